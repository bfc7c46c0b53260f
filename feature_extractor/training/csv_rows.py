"""Tables of rows as CSV files, written whole or not at all."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from errors import StorageUnavailable


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV beside the old one, then in its place.

    Raises:
        StorageUnavailable: it cannot be written.
    """
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


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV by column; what is wrong with it shows as OSError, ValueError or csv.Error."""
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
