"""Writes `gallery.csv`: the gallery as a table of paths that `add` reads."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from data.records import Label

TABLE = "gallery.csv"
COLLECTION = "Sample gallery"
LICENCE = "CC0-1.0"
"""The generator's author waives all rights to what it draws."""

Row = tuple[str, str, str, Mapping[str, Label]]
"""File, title, project, labels."""


def write_table(folder: Path, rows: Sequence[Row]) -> None:
    """Write the table beside the pictures, unless it is there word for word.

    Columns: path (relative to the table), title, licence, project, collection, backlink, then one for each attribute
    with `positive`, `negative` or nothing.
    """
    attributes = sorted({name for *_, labels in rows for name in labels})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "title", "licence", "project", "collection", "backlink", *attributes])
    for file, title, project, labels in rows:
        given = [labels.get(name, "") for name in attributes]
        writer.writerow([file, title, LICENCE, project, COLLECTION, "", *given])
    target = folder / TABLE
    if target.is_file() and target.read_text(encoding="utf-8") == text.getvalue():
        return
    beside = folder / f".{TABLE}.part"
    beside.write_text(text.getvalue(), encoding="utf-8")
    beside.replace(target)
