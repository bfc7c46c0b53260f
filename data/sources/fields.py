"""What a row of a table, or a file of metadata beside a picture, tells about the picture."""

import os
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from data.records import Label, SourceRecord
from data.sources.names import backlink_of, told
from data.sources.source import LABELS, SourceOptions

_COLUMNS = {
    "title": ("title", "caption", "text"),
    "licence": ("licence", "license"),
    "project": ("project", "project_id"),
    "collection": ("collection",),
    "backlink": ("backlink", "page"),
}
"""Field of a record to the columns that may tell it, the first that is filled counts; img2dataset writes captions."""

KNOWN_COLUMNS = frozenset(chain.from_iterable(_COLUMNS.values()))
"""Columns that are read."""
LABEL_COLUMNS = ("content_", "emotion_", "media_")
"""How the columns begin that hold labels, as in BAM!: 'positive', 'negative' or 'unsure'; anything else is no label."""

Row = Mapping[str, object]
"""Cells by column name in lower case."""


def tell_about(record: SourceRecord, row: Row, options: SourceOptions) -> SourceRecord:
    """Return a record with what a row tells about its picture."""
    texts = {field: first_filled(row, columns) for field, columns in _COLUMNS.items()}
    return replace(
        record,
        title=told(texts["title"]),
        licence=told(texts["licence"]),
        project=told(texts["project"]),
        collection=options.collection or told(texts["collection"]),
        backlink=backlink_of(texts["backlink"]),
        labels=_labels(row),
    )


def first_filled(row: Row, columns: tuple[str, ...]) -> str | None:
    """Return the first of these cells that is filled, as text."""
    return next((text for column in columns if (text := _cell(row.get(column)))), None)


def _labels(row: Row) -> dict[str, Label]:
    cells = ((column, LABELS.get(_cell(value))) for column, value in row.items() if column.startswith(LABEL_COLUMNS))
    return {column: label for column, label in cells if label is not None}


def _cell(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN, which stands for "none" in Parquet files of pandas
        return ""
    return (os.fsdecode(value) if isinstance(value, bytes) else str(value)).strip()
