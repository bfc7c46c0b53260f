"""Unlabelled pictures to learn copies and likeness from: `python -m feature_extractor.training.more_pictures --help`.

Nothing that equals or nearly equals a labelled picture of the split 'val' may be learnt from, be it unlabelled or
labelled itself. Both are found here, and written down so that a reader can check each.
"""

import csv
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from errors import BadRequest, RetraceError, SourceUnreadable, StorageUnavailable
from feature_extractor.model_file import read_metadata
from feature_extractor.training.copy_pairs import (
    CopyPairs,
    CopyRule,
    careful_rule,
    find_copies,
    find_copies_among,
    find_nearest,
    sure_rule,
)
from feature_extractor.training.picture_traits import PictureFile, Traits, measure_traits
from feature_extractor.training.sample import LabelledPicture, read_sample

MIN_SIDE_PX = 96
"""Shortest side of a picture worth learning from."""

NEAR_RULE = CopyRule(bits=40, share=1.0, cosine=-1.0, cosine_alone=2.0)
"""When a train picture is too near to a val picture to learn from, though it is rarely a copy: by hashes alone.

It says nothing of sketches, whose hashes set so few bits that any two are near.
"""

SKETCH = "sketch"
"""Domain of the pictures that NEAR_RULE says nothing of."""

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}

OnProgress = Callable[[int], None]


class Reason(StrEnum):
    """Why a picture is not learnt from."""

    UNUSABLE = "does not decode"
    SMALL = f"a side under {MIN_SIDE_PX} px"
    SAME_FILE = "the file of a val picture"
    NEAR_BY_DESCRIPTOR = "near a val picture by descriptor"
    NEAR_BY_HASH = "near a val picture by hash"
    LABELLED = "copy of a labelled picture"
    AGAIN = "copy of an earlier picture"


@dataclass(frozen=True, slots=True)
class MorePicture:
    """A picture that was found, and whether to learn from it.

    Attributes:
        folder: that was searched.
        file: path inside the folder, with forward slashes.
        padded: whether black borders are to be cut off.
        sha256: of the file.
        reason: why it is dropped; None where it is kept.
        detail: the fault of a file that does not decode, the name of the picture it is a copy of, or ''.
        nearest_val: name of the val picture it is near to, or else whose descriptor is nearest; '' if unusable.
        cosine, share: of that pair: cosine of the copy descriptors, share of differing bits of the hashes.
    """

    folder: Path
    file: str
    padded: bool
    sha256: str
    reason: Reason | None
    detail: str
    nearest_val: str
    cosine: float
    share: float

    @property
    def name(self) -> str:
        """What it is called on every machine: the folder's own name and the path inside."""
        return f"{self.folder.name}/{self.file}"

    def read(self) -> NDArray[np.uint8]:
        """Return its pixels; see PictureFile.read."""
        return PictureFile(self.folder / self.file, self.name, self.padded).read()


class Rule(StrEnum):
    """What makes a pair across the split."""

    COPY = "copy"
    """`sure_rule`: as answers to each other they are right."""
    NEAR = "near"
    """NEAR_RULE alone: only not to be learnt from."""


@dataclass(frozen=True, slots=True)
class NearVal:
    """A labelled picture of 'train' that is a copy of one of 'val', or too near to it to learn from.

    Attributes:
        train, val: names.
        rule: that the pair fell under.
        bits: differing bits of the difference hashes, of 256.
        share: of them among the bits set in either.
        cosine: of the copy descriptors.
    """

    train: str
    val: str
    rule: Rule
    bits: int
    share: float
    cosine: float


def train_pictures_near_val(
    pictures: Sequence[LabelledPicture], model: Path, *, store: Path, on_progress: OnProgress = lambda _: None
) -> tuple[NearVal, ...]:
    """Return the pairs of a 'train' and a 'val' picture that are near each other, ascending.

    The 'train' side of each is to be left out of training; those of Rule.COPY are right answers to each other.

    Args:
        pictures: of both splits.
        model: the `.xml` of the shipped model.
        store: see measure_traits.
        on_progress: told how many pictures were measured.
    Raises:
        SourceUnreadable: a val picture cannot be had; a train picture that cannot is in no pair.
    """
    traits = _measure_labelled(pictures, model, store, on_progress, needed=("val",))
    drawn = {picture.name for picture in pictures if picture.domain == SKETCH}
    train, val = (traits.take(_rows_of(pictures, split)) for split in ("train", "val"))
    found: dict[tuple[str, str], NearVal] = {}
    copies = find_copies(train, val, sure_rule(read_metadata(model).copy_threshold))
    for rule, pairs in ((Rule.COPY, copies), (Rule.NEAR, _find_near(train, val, drawn))):
        for (one, other), bits, share, cosine in zip(
            pairs.rows.tolist(), pairs.bits.tolist(), pairs.share.tolist(), pairs.cosine.tolist(), strict=True
        ):
            names = train.names[one], val.names[other]
            found.setdefault(names, NearVal(*names, rule, bits, round(share, 4), round(cosine, 4)))
    return tuple(found[names] for names in sorted(found))


def _find_near(train: Traits, val: Traits, drawn: Collection[str]) -> CopyPairs:
    """Return the pairs by NEAR_RULE of pictures that are not drawn."""
    rows, others = ([row for row, name in enumerate(traits.names) if name not in drawn] for traits in (train, val))
    pairs = find_copies(train.take(rows), val.take(others), NEAR_RULE)
    back = np.stack([np.array(rows, np.intp)[pairs.rows[:, 0]], np.array(others, np.intp)[pairs.rows[:, 1]]], axis=1)
    return replace(pairs, rows=back)


def find_pictures(folder: Path, *, padded: bool = False, most: int | None = None) -> list[PictureFile]:
    """Return the JPEG, PNG and WebP files in and under a folder, in order of their paths.

    Args:
        folder: its own name comes first in theirs.
        padded: see PictureFile.
        most: of them, drawn by their names: the sample of a smaller number is part of that of a greater one.
    Raises:
        SourceUnreadable: the folder cannot be read.
    """
    try:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())
    except OSError as exc:
        raise SourceUnreadable(f"expected a folder of pictures in {folder}; received {exc.strerror}") from exc
    files = [PictureFile(path, path.relative_to(folder.parent).as_posix(), padded) for path in paths]
    drawn = sorted(files, key=lambda file: hashlib.sha256(file.name.encode()).digest())[:most]
    return sorted(drawn, key=lambda file: file.path)


def choose_pictures(
    folders: Iterable[Path],
    labelled: Sequence[LabelledPicture],
    model: Path,
    *,
    padded: Iterable[Path] = (),
    most_each: int | None = None,
    store: Path,
    on_progress: OnProgress = lambda _: None,
) -> list[MorePicture]:
    """Return all pictures of some folders, each with the reason why it is dropped, or none.

    Dropped are files that do not decode or are too small, what equals or nearly equals a 'val' picture by either trait
    (`careful_rule`), and copies of labelled pictures and of earlier ones (`sure_rule`), which would be taken for other
    pictures in training.

    Args:
        folders: of unlabelled pictures; their last parts differ.
        labelled: of both splits.
        model: the `.xml` of the shipped model.
        padded: more folders, whose pictures have black borders.
        most_each: pictures drawn of each folder; all by default.
        store: see measure_traits.
        on_progress: told how many unlabelled files were measured.
    Raises:
        BadRequest: two folders have the same last part.
        SourceUnreadable: a labelled picture cannot be had.
    """
    asked = [(folder.resolve(), False) for folder in folders] + [(folder.resolve(), True) for folder in padded]
    names = Counter(folder.name for folder, _ in asked)
    if twice := [name for name, count in names.items() if count > 1]:
        raise BadRequest(f"expected folders of different names; received {', '.join(twice)} more than once")
    found = [
        (folder, file)
        for folder, is_padded in asked
        for file in find_pictures(folder, padded=is_padded, most=most_each)
    ]
    known = _measure_labelled(labelled, model, store)
    traits = measure_traits([file for _, file in found], model, store=store, on_progress=on_progress)
    verdicts = _judge(traits, known, _rows_of(labelled, "val"), read_metadata(model).copy_threshold)
    return [
        MorePicture(
            folder,
            file.path.relative_to(folder).as_posix(),
            file.padded,
            sha256,
            verdict.reason,
            verdict.detail,
            verdict.nearest_val,
            round(verdict.cosine, 4),
            round(verdict.share, 4),
        )
        for (folder, file), sha256, verdict in zip(found, traits.sha256, verdicts, strict=True)
    ]


def write_manifest(path: Path, pictures: Iterable[MorePicture]) -> None:
    """Write a CSV of pictures, kept and dropped.

    Raises:
        StorageUnavailable: it cannot be written.
    """
    columns = ["folder", "file", "padded", "sha256", "kept", "reason", "detail", "nearest_val", "cosine", "share"]
    rows = (
        [
            picture.folder.as_posix(),
            picture.file,
            "yes" if picture.padded else "no",
            picture.sha256,
            "no" if picture.reason else "yes",
            picture.reason or "",
            picture.detail,
            picture.nearest_val,
            picture.cosine,
            picture.share,
        ]
        for picture in pictures
    )
    _write_rows(path, columns, rows)


def read_manifest(path: Path) -> list[MorePicture]:
    """Return the pictures of a manifest; those to learn from have no reason.

    Raises:
        SourceUnreadable: it is absent or not of the form expected.
    """
    try:
        return [
            MorePicture(
                Path(row["folder"]),
                row["file"],
                {"yes": True, "no": False}[row["padded"]],
                row["sha256"],
                Reason(row["reason"]) if row["reason"] else None,
                row["detail"],
                row["nearest_val"],
                float(row["cosine"]),
                float(row["share"]),
            )
            for row in _read_rows(path)
        ]
    except (OSError, KeyError, ValueError, csv.Error) as exc:
        raise SourceUnreadable(f"expected a manifest of pictures in {path}; received {exc!r}") from exc


def write_near_val(path: Path, pairs: Iterable[NearVal]) -> None:
    """Write a CSV of pairs across the split.

    Raises:
        StorageUnavailable: it cannot be written.
    """
    columns = [field.name for field in fields(NearVal)]
    rows = ([getattr(pair, name) for name in columns] for pair in pairs)
    _write_rows(path, columns, rows)


def read_near_val(path: Path) -> tuple[NearVal, ...]:
    """Return the pairs across the split that were written down.

    Raises:
        SourceUnreadable: the file is absent or not of the form expected.
    """
    try:
        return tuple(
            NearVal(
                row["train"],
                row["val"],
                Rule(row["rule"]),
                int(row["bits"]),
                float(row["share"]),
                float(row["cosine"]),
            )
            for row in _read_rows(path)
        )
    except (OSError, KeyError, ValueError, csv.Error) as exc:
        raise SourceUnreadable(f"expected pairs across the split in {path}; received {exc!r}") from exc


@dataclass(frozen=True, slots=True)
class _Verdict:
    """See MorePicture."""

    reason: Reason | None = None
    detail: str = ""
    nearest_val: str = ""
    cosine: float = 0.0
    share: float = 1.0


def _judge(traits: Traits, labelled: Traits, val_rows: Sequence[int], copy_threshold: float) -> list[_Verdict]:
    """Return a verdict on each of the unlabelled pictures."""
    verdicts = [_Verdict(Reason.UNUSABLE, fault) if fault else _Verdict() for fault in traits.faults]
    rows = [row for row, verdict in enumerate(verdicts) if not verdict.reason]
    val, sure = labelled.take(val_rows), sure_rule(copy_threshold)
    for row, verdict in zip(rows, _judge_by_val(traits.take(rows), val, copy_threshold), strict=True):
        verdicts[row] = verdict
    rows = [row for row in rows if not verdicts[row].reason]
    for row, other in _copied(traits.take(rows), labelled, sure).items():
        verdicts[rows[row]] = _dropped(verdicts[rows[row]], Reason.LABELLED, other)
    rows = [row for row in rows if not verdicts[row].reason]
    for row, other in _copied_earlier(traits.take(rows), sure).items():
        verdicts[rows[row]] = _dropped(verdicts[rows[row]], Reason.AGAIN, other)
    return verdicts


def _judge_by_val(traits: Traits, val: Traits, copy_threshold: float) -> list[_Verdict]:
    """Return verdicts that look at size and at pictures of 'val' alone."""
    nearest = find_nearest(traits, val)
    verdicts = [
        _Verdict(Reason.SMALL if min(sides) < MIN_SIDE_PX else None, "", val.names[other], cosine, share)
        for sides, (_, other), cosine, share in zip(
            traits.sides.tolist(), nearest.rows.tolist(), nearest.cosine.tolist(), nearest.share.tolist(), strict=True
        )
    ]
    near = find_copies(traits, val, careful_rule(copy_threshold))
    order = np.argsort(near.cosine, kind="stable")  # the last of a picture's pairs stays: its nearest
    for pair in order.tolist():
        row, other = near.rows[pair].tolist()
        by_descriptor = near.cosine[pair] >= copy_threshold
        reason = Reason.NEAR_BY_DESCRIPTOR if by_descriptor else Reason.NEAR_BY_HASH
        verdicts[row] = _Verdict(reason, "", val.names[other], float(near.cosine[pair]), float(near.share[pair]))
    files = dict(zip(val.sha256, val.names, strict=True))
    for row, sha256 in enumerate(traits.sha256):
        if sha256 in files:
            verdicts[row] = _Verdict(Reason.SAME_FILE, "", files[sha256], 1.0, 0.0)
    return verdicts


def _copied(traits: Traits, labelled: Traits, sure: CopyRule) -> dict[int, str]:
    """Return the rows that are copies of labelled pictures, and the names of these."""
    return {row: labelled.names[other] for row, other in find_copies(traits, labelled, sure).rows.tolist()}


def _copied_earlier(traits: Traits, sure: CopyRule) -> dict[int, str]:
    """Return the rows that are copies of an earlier one that stays, and its name."""
    copies: dict[int, str] = {}
    pairs = find_copies_among(traits, sure).rows
    for row, other in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].tolist():
        if row not in copies:
            copies.setdefault(other, traits.names[row])
    return copies


def _dropped(verdict: _Verdict, reason: Reason, detail: str) -> _Verdict:
    return _Verdict(reason, detail, verdict.nearest_val, verdict.cosine, verdict.share)


def _measure_labelled(
    pictures: Sequence[LabelledPicture],
    model: Path,
    store: Path,
    on_progress: OnProgress = lambda _: None,
    *,
    needed: Collection[str] = ("train", "val"),
) -> Traits:
    """Return the traits of labelled pictures; those of the needed splits must be there.

    A val picture unseen protects nothing.
    """
    files = [PictureFile(picture.path, picture.name) for picture in pictures]
    traits = measure_traits(files, model, store=store, on_progress=on_progress)
    for picture, fault in zip(pictures, traits.faults, strict=True):
        if fault and picture.split in needed:
            raise SourceUnreadable(f"expected a picture in {picture.path}; received: {fault}")
    return traits


def _rows_of(pictures: Sequence[LabelledPicture], split: str) -> list[int]:
    return [row for row, picture in enumerate(pictures) if picture.split == split]


def _write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV beside the old one, then in its place."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(rows)
        partial.replace(path)
    except OSError as exc:
        raise StorageUnavailable(
            f"expected to write {path}; received {exc.strerror}", remedy="Choose another place for the file."
        ) from exc


def _read_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _summary(pictures: Iterable[MorePicture]) -> Iterator[str]:
    """Yield a line for each folder and fate."""
    fates = Counter((picture.folder.name, str(picture.reason or "kept")) for picture in pictures)
    for (folder, fate), count in sorted(fates.items()):
        yield f"{folder}: {count:,} {fate}"


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option(
    "--model",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(__file__).resolve().parents[1] / "models" / "retrace-resnet50-int8.xml",
    show_default=True,
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option(
    "--padded",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="A folder more, whose pictures have black borders to be cut off.",
)
@click.option("--most", type=click.IntRange(min=1), help="At most so many pictures of each folder.  [default: all]")
@click.option(
    "--store",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keeps what was measured, so that a stopped run goes on.  [default: OUT with .traits]",
)
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(
    *,
    data: Path,
    model: Path,
    out: Path,
    padded: tuple[Path, ...],
    most: int | None,
    store: Path | None,
    folders: tuple[Path, ...],
) -> None:
    """Choose unlabelled pictures from FOLDERS that are no copies of a val picture in DATA, and list them in OUT (CSV).

    Beside OUT, near_val.csv lists the labelled train pictures that are copies of val pictures or too near to them.

    Example: python -m feature_extractor.training.more_pictures --data data --out more.csv flowers --padded paintings
    """
    store = store or out.with_suffix(".traits")
    try:
        labelled = read_sample(data)
        with Progress(*Progress.get_default_columns()[:-1], MofNCompleteColumn(), TimeRemainingColumn()) as progress:
            known = progress.add_task("labelled", total=len(labelled))
            pairs = train_pictures_near_val(
                labelled, model, store=store, on_progress=lambda done: progress.update(known, completed=done)
            )
            write_near_val(out.with_name("near_val.csv"), pairs)
            more = progress.add_task("more", total=None)
            pictures = choose_pictures(
                folders,
                labelled,
                model,
                padded=padded,
                most_each=most,
                store=store,
                on_progress=lambda done: progress.update(more, completed=done),
            )
        write_manifest(out, pictures)
    except RetraceError as exc:
        click.echo(f"{exc} {exc.remedy}", err=True)
        sys.exit(exc.exit_status)
    click.echo(
        f"{len({pair.train for pair in pairs}):,} labelled train pictures are copies of val pictures or near them"
    )
    for line in _summary(pictures):
        click.echo(line)


if __name__ == "__main__":
    main()
