"""A manifest of unlabelled pictures: a CSV of those to learn from, and of those that are dropped with the reasons."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from errors import SourceUnreadable
from feature_extractor.picture import Picture
from feature_extractor.training.csv_rows import read_rows, write_rows
from feature_extractor.training.picture_traits import PictureFile

MIN_SIDE_PX = 96
"""Shortest side of a picture worth learning from."""

KEPT = "kept"
"""The fate of a picture that is not dropped."""


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

    def read(self) -> Picture:
        """Return its pixels; see PictureFile.read."""
        return PictureFile(self.folder / self.file, self.name, self.padded).read()


def count_fates(pictures: Iterable[MorePicture]) -> dict[str, dict[str, int]]:
    """Return for each folder, by its own name, how many pictures were kept and how many dropped for each reason."""
    counts: dict[str, Counter[str]] = {}
    for picture in pictures:
        counts.setdefault(picture.folder.name, Counter())[str(picture.reason or KEPT)] += 1
    return {folder: dict(sorted(counts[folder].items())) for folder in sorted(counts)}


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
    write_rows(path, columns, rows)


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
            for row in read_rows(path)
        ]
    except (OSError, KeyError, ValueError, csv.Error) as exc:
        raise SourceUnreadable(f"expected a manifest of pictures in {path}; received {exc!r}") from exc
