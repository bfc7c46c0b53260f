"""A folder of pictures with edited copies among them, and the truth of which are copies: what finders are judged on."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from errors import BadInput, SourceUnreadable, StorageUnavailable
from evaluation.answered_copies import HeldPicture, encode_copy, make_copy
from evaluation.attacks import Edit
from evaluation.description_cache import DescriptionCache
from evaluation.duplicate_truth import DuplicateTruth
from evaluation.held_sample import shuffled
from evaluation.known_copies import (
    COPIES_BY_EYE,
    LEAST_CORRELATION,
    MOST_DIFFERING,
    copies_by_eye,
    find_known_copies,
)
from feature_extractor.training.sample import LabelledPicture

SETS = ("pacs/", "photos/")
"""Whose pictures are searched for duplicates."""
EDITED = "photos/"
"""Whose pictures of `val` are edited."""
GROUNDS = "art/"
"""Whose pictures compositions are made with: none of them is in the pool, so that a copy shows one picture of it."""
GROUNDS_EACH = 4
"""Pictures that are lent to one composition and to no other: two copies on one ground would be copies of each other."""
_PICTURES, _MANIFEST = "pictures", "pool.json"
_ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class MadeCopy:
    """An edited copy; names of pictures of the pool.

    Attributes:
        edit: its name in the grid.
    """

    name: str
    edit: str
    original: str


@dataclass(frozen=True, slots=True)
class DuplicatePool:
    """Pictures, some of them copies of others.

    Attributes:
        folder: holds `pictures` (links to those of a sample, and the edited copies, as PNG so that nothing is done to
            them but the edit), and room for what finders keep.
        names: paths inside `pictures`, ascending; a picture's row is its place here.
        made: edited copies.
        known: names of pictures that are copies of each other as they come; see `known_copies`.
        equal_files: files left out, as one of the pool has the same bytes.
        seed: of every choice; the edits have their own.
    """

    folder: Path
    names: tuple[str, ...]
    made: tuple[MadeCopy, ...]
    known: tuple[tuple[str, str], ...]
    equal_files: int
    seed: int

    @property
    def pictures(self) -> Path:
        """The folder that finders look into."""
        return self.folder / _PICTURES

    def rows(self) -> dict[str, int]:
        """Return the row of each name."""
        return {name: row for row, name in enumerate(self.names)}

    def truth(self) -> DuplicateTruth:
        """Return which pictures are copies of each other."""
        rows = self.rows()
        is_edited = np.zeros(len(rows), np.bool_)
        is_edited[[rows[copy.name] for copy in self.made]] = True
        pairs = [(copy.name, copy.original) for copy in self.made] + [*self.known]
        return DuplicateTruth.join(is_edited, [(rows[one], rows[other]) for one, other in pairs])


def make_pool(
    sample: Sequence[LabelledPicture],
    folder: Path,
    *,
    copies: int,
    pictures: int | None,
    edits: Sequence[Edit],
    seed: int,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> DuplicatePool:
    """Return a pool of the pictures of `pacs` and `photos`, both splits, and edited copies of photographs of `val`.

    The copies go through the edits in turn; the original of each is drawn, so that some have several copies. A pool
    that was made before of the same pictures in the same way is read again.

    Args:
        sample: of both splits.
        folder: of such pools, and of what is kept of their pictures; anything in it can be deleted at any time.
        copies: how many are made.
        pictures: of the sample, drawn; None: all.
        edits: of the grid.
        seed: of every choice.
        on_progress: told how many copies are made, of how many.
    Raises:
        BadInput: there are too few pictures.
        SourceUnreadable: a picture cannot be read.
        StorageUnavailable: the folder cannot be written.
    """
    chosen = [picture for picture in sample if picture.name.startswith(SETS)]
    if pictures is not None and pictures < len(chosen):
        drawn = sorted(np.random.default_rng(seed).choice(len(chosen), pictures, replace=False).tolist())
        chosen = [chosen[place] for place in drawn]
    grounds = [picture for picture in sample if picture.name.startswith(GROUNDS)]
    originals = [picture for picture in chosen if picture.name.startswith(EDITED) and picture.split == "val"]
    if copies > len(originals) * len(edits):
        raise BadInput(
            f"expected at most {len(originals) * len(edits):,} copies, {len(edits)} of each of {len(originals):,} "
            f"photographs of the split 'val'; received {copies:,}",
            remedy="Ask for fewer copies, or for more pictures or edits.",
        )
    home = folder / _key_of([*chosen, *grounds], copies=copies, edits=edits, seed=seed)
    try:
        if (kept := _read(home, seed)) is not None:
            return kept
        shutil.rmtree(home / _PICTURES, ignore_errors=True)  # of a run that was stopped on the way
        return _make(home, chosen, grounds, originals, copies=copies, edits=edits, seed=seed, on_progress=on_progress)
    except OSError as exc:
        raise StorageUnavailable(f"{home} cannot be written: {exc}") from exc


def _make(
    home: Path,
    chosen: Sequence[LabelledPicture],
    grounds: Sequence[LabelledPicture],
    originals: Sequence[LabelledPicture],
    *,
    copies: int,
    edits: Sequence[Edit],
    seed: int,
    on_progress: Callable[[int, int], None],
) -> DuplicatePool:
    known = _known_copies(home.parent, [*chosen, *grounds])
    with_copies = {name for pair in known for name in pair}
    drawn = (grounds[place] for place in shuffled(range(len(grounds)), seed))
    lendable = (picture for picture in drawn if picture.name not in with_copies)
    seen: set[str] = set()
    held, made = list[str](), list[MadeCopy]()
    for picture in chosen:
        if _is_new(_read_file(picture), seen):
            target = home / _PICTURES / picture.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(picture.path.resolve())
            held.append(picture.name)
    kept = set(held)
    folder = home / _PICTURES / "edited"
    folder.mkdir(parents=True, exist_ok=True)
    equal, lent = 0, list[HeldPicture]()
    numbers = {picture.name: number for number, picture in enumerate(chosen)}
    usable = [one for one in originals if one.name in kept]
    for number, (edit, original) in enumerate(_choose(usable, copies, edits, seed)):
        lent = lent or _lend(lendable)
        row = numbers[original.name]
        copy = make_copy(edit, HeldPicture(row, (), original.read()), row, lent)
        if copy.others:
            lent = []
        data = encode_copy(copy.pixels)
        if _is_new(data, seen):
            name = f"edited/{number:04}-{edit.name}.png"
            (home / _PICTURES / name).write_bytes(data)
            made.append(MadeCopy(name, edit.name, original.name))
        else:
            equal += 1
        on_progress(number + 1, copies)
    pool = DuplicatePool(
        folder=home,
        names=tuple(sorted([*held, *(copy.name for copy in made)])),
        made=tuple(made),
        known=tuple((one, other) for one, other in known if one in kept and other in kept),
        equal_files=len(chosen) - len(held) + equal,
        seed=seed,
    )
    record = asdict(pool) | {"folder": str(home)}
    (home / _MANIFEST).write_text(json.dumps(record), encoding="utf-8")
    return pool


def _read(home: Path, seed: int) -> DuplicatePool | None:
    """Return a pool that was made before; None where there is none."""
    path = home / _MANIFEST
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_bytes())
        return TypeAdapter(DuplicatePool).validate_python(record | {"folder": home, "seed": seed})
    except (ValueError, ValidationError, TypeError) as exc:
        raise BadInput(f"expected what a pool holds in {path}; received {exc}", remedy=f"Delete {home}.") from exc


def _choose(
    originals: Sequence[LabelledPicture], copies: int, edits: Sequence[Edit], seed: int
) -> Iterator[tuple[Edit, LabelledPicture]]:
    """Yield an edit and the picture that it is done to, no two equal."""
    rng, done = np.random.default_rng([seed, copies]), set[tuple[str, str]]()
    for number in range(copies):
        edit = edits[number % len(edits)]
        left = [one for one in originals if (edit.name, one.name) not in done]
        if not left:
            raise BadInput(
                f"expected more photographs of 'val' than {len(originals):,}: every edit is done to all of them after "
                f"{number:,} copies",
                remedy="Ask for fewer copies.",
            )
        original = left[int(rng.integers(len(left)))]
        done.add((edit.name, original.name))
        yield edit, original


def _lend(grounds: Iterator[LabelledPicture]) -> list[HeldPicture]:
    """Return the next pictures that a composition may take.

    Raises:
        BadInput: there are no more.
    """
    lent = [HeldPicture(-1, (), one.read()) for _, one in zip(range(GROUNDS_EACH), grounds, strict=False)]
    if len(lent) < GROUNDS_EACH:
        raise BadInput(
            f"expected {GROUNDS_EACH} pictures of `{GROUNDS}` without known copies for each composition; there are no "
            "more of them",
            remedy="Ask for fewer copies, or name edits that need no other picture.",
        )
    return lent


def _known_copies(cache: Path, pictures: Sequence[LabelledPicture]) -> list[tuple[str, str]]:
    """Return names of pictures that are copies of each other as they come, by the rule and by eye, no pair twice."""
    small = DescriptionCache(cache, pictures).small()
    names = [picture.name for picture in pictures]
    places = {name: row for row, name in enumerate(names)}
    found = set(copies_by_eye(places, range(len(names))))
    for first in range(0, len(names), _ROWS_AT_ONCE):
        found.update(find_known_copies(small, range(first, min(first + _ROWS_AT_ONCE, len(names)))))
    return [(names[one], names[other]) for one, other in sorted({(min(pair), max(pair)) for pair in found})]


def _key_of(pictures: Sequence[LabelledPicture], *, copies: int, edits: Sequence[Edit], seed: int) -> str:
    """Return a name for the pool that these make, the same for the same files and rules."""
    try:
        stats = [(str(picture.path.resolve()), picture.path.stat()) for picture in pictures]
    except OSError as exc:
        raise SourceUnreadable(f"expected pictures of a sample; received {exc}") from exc
    files = [(path, stat.st_size, stat.st_mtime_ns) for path, stat in stats]
    rules = (LEAST_CORRELATION, MOST_DIFFERING, COPIES_BY_EYE.read_text(encoding="utf-8"))
    said = json.dumps([files, rules, copies, [edit.name for edit in edits], seed])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _is_new(data: bytes, seen: set[str]) -> bool:
    """Return whether no file of these bytes was seen, and note that it was."""
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 in seen:
        return False
    seen.add(sha256)
    return True


def _read_file(picture: LabelledPicture) -> bytes:
    try:
        return picture.path.read_bytes()
    except OSError as exc:
        raise SourceUnreadable(f"expected a picture in {picture.path}; received {exc}") from exc
