"""The pictures to learn from: `labels.csv` of each set, joined with the labels of a BAM! file by path."""

import csv
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from errors import SourceUnreadable
from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.picture import Picture

SETS = ("art", "pacs", "photos")
BAM_SAMPLE = "bam_sample.sqlite"
"""File of the labels of a folder of sets."""
LABELS = {"positive": 1.0, "negative": 0.0}
"""What a label counts as; any other is not known, NaN."""


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture file and what is known about it.

    Attributes:
        path: the file.
        name: its path inside the collection, the same on every machine.
        split: 'train' or 'val'.
        project: the author's project; pictures of one are never on both sides of a split.
        attributes: in the order of ATTRIBUTES: 1 positive, 0 negative, NaN unsure.
        domain, category: what sort of picture it is and what it shows, where its set says so, else ''.
    """

    path: Path
    name: str
    split: str
    project: int
    attributes: tuple[float, ...]
    domain: str = ""
    category: str = ""

    def read(self) -> Picture:
        """Return its pixels, RGB.

        Raises:
            SourceUnreadable: the file is absent or does not decode.
        """
        try:
            with Image.open(self.path, formats=["WEBP", "JPEG", "PNG"]) as opened:
                return np.asarray(opened.convert("RGB"))
        except OSError as exc:  # Pillow's UnidentifiedImageError is one too
            raise SourceUnreadable(f"expected a picture in {self.path}; received {exc}") from exc


def read_sample(folder: Path) -> list[LabelledPicture]:
    """Return the pictures of a folder of sets, in order of set and row.

    Args:
        folder: holds `bam_sample.sqlite` and, for each of SETS, a folder with `labels.csv`.
    Raises:
        SourceUnreadable: a file is absent or not of the form expected.
    """
    try:
        labels = dict(_read_labels(folder / BAM_SAMPLE))
        return [
            LabelledPicture(
                folder / name, name, row["split"], *labels[name], row.get("domain", ""), row.get("class", "")
            )
            for name, row in _read_rows(folder)
        ]
    except (OSError, KeyError, csv.Error, sqlite3.Error) as exc:
        raise SourceUnreadable(f"expected sets {SETS} and bam_sample.sqlite in {folder}; received {exc!r}") from exc


def attribute_matrix(pictures: Sequence[LabelledPicture]) -> NDArray[np.float32]:
    """Return the labels, float32 (n, 20): 1 positive, 0 negative, NaN unsure."""
    return np.array([picture.attributes for picture in pictures], np.float32)


def _read_rows(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name and the row of each picture."""
    for name in SETS:
        with (folder / name / "labels.csv").open(newline="", encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                yield f"{name}/{row['file']}", row


def _read_labels(database: Path) -> Iterator[tuple[str, tuple[int, tuple[float, ...]]]]:
    """Yield the name, project and attributes of each picture."""
    columns = ", ".join(f"labels.{name}" for name in ATTRIBUTES)
    statement = f"SELECT src, project_id, {columns} FROM modules JOIN automatic_labels AS labels USING (mid)"  # noqa: S608  # names of our own
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        for src, project, *labels in connection.execute(statement):
            yield src, (project, tuple(LABELS.get(label, float("nan")) for label in labels))
