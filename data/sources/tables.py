"""Pictures that a table points at: CSV, TSV or Parquet, one row a picture."""

import codecs
import csv
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from data.records import SourceRecord
from data.sources.fields import KNOWN_COLUMNS, LABEL_COLUMNS, Row, first_filled, tell_about
from data.sources.names import printable
from data.sources.reading import locate
from data.sources.source import MIB, SourceOptions, failing
from errors import SourceUnreadable

_WHERE = ("path", "file", "src", "url")
_MAX_LINE_CHARACTERS = MIB
_PARQUET_BATCH_ROWS = 1024
_SAVE_AS_UTF8 = "Save the table as UTF-8 text."

Cells = Row | SourceUnreadable
"""A row, or why it cannot be read."""


def read_table(path: Path, options: SourceOptions, *, parquet: bool) -> Generator[SourceRecord]:
    """Yield what the rows of a table point at, in their order.

    A picture stands in the first filled of the columns path, file, src and url, as a path (a relative one counts from
    the table's folder) or an http(s) address. A row that cannot be read is a failing record.

    Columns that begin like attributes of BAM! (content_, emotion_, media_) hold labels.

    Args:
        path: absolute path of the table.
        options: how to read.
        parquet: whether it is Parquet; otherwise it is text with commas, semicolons or tabs.
    Raises:
        SourceUnreadable: not such a table, or none of the columns is there.
    """
    name = printable(path)
    with closing(_parquet_rows(path) if parquet else _text_rows(path)) as rows:
        for place, row in rows:
            locator = f"{name}!{place}"
            if isinstance(row, SourceUnreadable):
                yield failing(locator, row, collection=options.collection)
                continue
            where = first_filled(row, _WHERE)
            if where is None:
                error = SourceUnreadable(f"{locator}: expected a path or an address; received none")
                yield failing(locator, error, collection=options.collection)
                continue
            locator, read = locate(where, path.parent, options)
            yield tell_about(SourceRecord(locator, read), row, options)


def count_table(path: Path, *, parquet: bool) -> int:
    """Return how many records `read_table` yields.

    Raises:
        SourceUnreadable: not even the first row can be read.
    """
    if parquet:
        with _open_parquet(path) as table:
            return int(table.metadata.num_rows)
    count = 0
    with closing(_text_rows(path)) as rows:
        try:
            for _ in rows:
                count += 1
        except SourceUnreadable:
            if not count:
                raise
            return count + 1  # the record that stands for the failure
    return count


def _text_rows(path: Path) -> Generator[tuple[str, Cells]]:
    """Yield place and cells of the rows of a text table; rows without any text are passed over."""
    name = printable(path)
    try:
        with path.open(encoding=_encoding(path), errors="surrogateescape", newline="") as file:
            lines = _lines(name, file)
            first = next(lines, "")
            delimiter = max((",", ";", "\t"), key=first.count)
            reader = csv.reader(chain([first], lines), delimiter=delimiter)
            header = _check_header(name, next(reader, []))
            while True:
                try:
                    cells = next(reader, None)
                except csv.Error as exc:
                    yield f"line {reader.line_num}", SourceUnreadable(f"{name}!line {reader.line_num}: {exc}")
                    continue
                if cells is None:
                    return
                if any(cells):
                    place = f"line {reader.line_num}"
                    yield place, _name_cells(f"{name}!{place}", header, cells)
    except (OSError, UnicodeError, csv.Error) as exc:
        raise SourceUnreadable(f"{name}: {exc}", remedy=_SAVE_AS_UTF8) from exc


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(2)
    return "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _lines(name: str, file: TextIO) -> Iterator[str]:
    while line := file.readline(_MAX_LINE_CHARACTERS):
        if len(line) == _MAX_LINE_CHARACTERS and not line.endswith("\n"):
            raise SourceUnreadable(f"{name}: expected lines under {_MAX_LINE_CHARACTERS:,} characters; received longer")
        yield line


def _check_header(name: str, cells: Sequence[str]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    if not set(_WHERE) & set(header):
        shown = ", ".join(printable(cell)[:40] for cell in header[:12]) or "none"
        raise SourceUnreadable(
            f"{name}: expected a column {', '.join(_WHERE[:-1])} or {_WHERE[-1]}; received columns: {shown}",
            remedy="Name the column in the table's first line.",
        )
    return header


def _name_cells(locator: str, header: list[str], cells: list[str]) -> Cells:
    if any(cells[len(header) :]):
        # A comma too many shifts the cells behind it: better a failure by name than a title in the place of a path.
        return SourceUnreadable(f"{locator}: expected {len(header)} cells; received {len(cells)}")
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        return SourceUnreadable(f"{locator}: not UTF-8 text", remedy=_SAVE_AS_UTF8)
    return dict(zip(header, cells, strict=False))


def _parquet_rows(path: Path) -> Generator[tuple[str, Cells]]:
    """Yield place and cells of the rows of a Parquet file, batch by batch."""
    import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types

    with _open_parquet(path) as table:
        known = {*_WHERE, *KNOWN_COLUMNS}
        columns = [
            column.name
            for column in table.schema_arrow
            if (column.name.strip().lower() in known or column.name.strip().lower().startswith(LABEL_COLUMNS))
            and not pa.types.is_nested(column.type)
        ]
        header = [column.strip().lower() for column in columns]
        number = 0
        for batch in table.iter_batches(batch_size=_PARQUET_BATCH_ROWS, columns=columns):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield f"row {number}", dict(zip(header, cells, strict=True))


@contextmanager
def _open_parquet(path: Path) -> Iterator[Any]:  # pyarrow ships no types
    """Give a Parquet file that has a column of pictures, and our errors for those of pyarrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    name = printable(path)
    try:
        with pq.ParquetFile(path) as table:
            _check_header(name, table.schema_arrow.names)
            yield table
    except (pa.ArrowException, OSError, ValueError) as exc:
        raise SourceUnreadable(f"{name}: {printable(str(exc))}") from exc
