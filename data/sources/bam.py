"""BAM! files, SQLite databases of artwork with 20 attributes; the only reader of them.

From Wilber et al., "BAM! The Behance Artistic Media Dataset for Recognition Beyond Photography", 2017.

modules(mid, project_id, src, mature_content, license) names the pictures; automatic_labels, a table or a view, has a
column an attribute; crowd_labels(mid, attribute, label) holds what people said, which wins. `scores` is not read: the
labels are made from it. Only `modules` with mid and src must be there.
"""

import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from data.records import BamRow, Label, SourceRecord
from data.sources.names import printable, told
from data.sources.reading import locate
from data.sources.source import LABELS, Skip, Skipped, SourceOptions, failing
from errors import SourceUnreadable

MAGIC = b"SQLite format 3\0"

# A damaged schema comes back in sqlite3's own messages, which then are not text.
_UNREADABLE = (sqlite3.Error, UnicodeError)
Labelled = list[tuple[str, object]]
"""Attribute and value as the file has it."""

# A label whose mid is no whole number belongs to no picture.
_OF_PICTURES = "WHERE typeof(mid) = 'integer' ORDER BY mid"
# Whatever is not plainly "no" counts as marked; NULL is no mark.
_IS_MATURE = "coalesce(lower(trim({column})) NOT IN ('0', '0.0', '', 'f', 'false', 'n', 'no'), 0)"


def read_bam(path: Path, skipped: Skipped | None = None) -> Generator[BamRow]:
    """Yield the rows of a BAM! file in order of mid, labels and all, without reading any picture.

    Rows stream: a file of millions costs no more memory than a small one.

    Args:
        path: of the SQLite file; it is opened read-only and never changed.
        skipped: counts labels that are none of positive, negative and unsure.
    Raises:
        SourceUnreadable: not a BAM! file, damaged, or being written.
    """
    name = printable(path)
    tally = Skipped() if skipped is None else skipped
    try:
        with closing(_connect(path)) as connection:
            yield from _rows(connection, name, tally)
    except _UNREADABLE as exc:
        raise SourceUnreadable(f"{name}: {printable(str(exc))}") from exc


def read_bam_pictures(path: Path, options: SourceOptions, skipped: Skipped) -> Generator[SourceRecord]:
    """Yield the pictures of a BAM! file in order of mid; a `src` that is no address counts from the file's folder.

    Raises:
        SourceUnreadable: as `read_bam`.
    """
    for row in read_bam(path, skipped):
        if row.mature and not options.show_mature:
            skipped[Skip.MATURE] += 1
        else:
            yield _picture(row, path, options)


def count_bam(path: Path, *, show_mature: bool) -> int:
    """Return how many records `read_bam_pictures` yields.

    Raises:
        SourceUnreadable: as `read_bam`.
    """
    name = printable(path)
    try:
        with closing(_connect(path)) as connection:
            mature = _module_columns(connection, name)["mature"]
            shown = "1" if show_mature else f"NOT {mature}"
            (count,) = connection.execute(f"SELECT count(*) FROM modules WHERE {shown}").fetchone()  # noqa: S608 - our own words and quoted names
            return int(count)
    except _UNREADABLE as exc:
        raise SourceUnreadable(f"{name}: {printable(str(exc))}") from exc


def _picture(row: BamRow, path: Path, options: SourceOptions) -> SourceRecord:
    locator = f"{printable(path)}!mid {row.mid}"
    if not row.src:
        error = SourceUnreadable(f"{locator}: expected a path or an address in src; received none")
        return failing(locator, error, collection=options.collection)
    locator, read = locate(row.src, path.parent, options)
    return SourceRecord(
        locator=locator,
        read=read,
        licence=row.licence,
        project=row.project_id,
        collection=options.collection,
        labels=row.labels,
        mature=row.mature,
    )


def _connect(path: Path) -> sqlite3.Connection:
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        # `immutable` reads the file alone, so that nothing is written beside it, and would miss what is in the log.
        raise SourceUnreadable(
            f"{printable(path)}: changes are still in {printable(log.name)}",
            remedy="Close the program that writes the file, then try again.",
        )
    # A generator may be advanced by another thread than the one that began it, though never by two at a time.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    connection.text_factory = os.fsdecode  # file names need not be UTF-8
    # The file is a stranger's: its views may not call functions with side effects, and its pages are checked.
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _rows(connection: sqlite3.Connection, name: str, skipped: Skipped) -> Iterator[BamRow]:
    columns = _module_columns(connection, name)
    automatic = _Follower(_automatic_labels(connection))
    crowd = _Follower(_crowd_labels(connection))
    selected = ", ".join(columns.values())
    query = f"SELECT {selected} FROM modules ORDER BY mid"  # noqa: S608 - our own words and quoted names
    for mid, project_id, src, mature, licence in connection.execute(query):
        if not isinstance(mid, int):
            raise SourceUnreadable(f"{name}: expected a whole number in modules.mid; received {printable(repr(mid))}")
        labels: dict[str, Label] = {}
        for attribute, value in (*automatic.at(mid), *crowd.at(mid)):  # people last, as they win
            label = LABELS.get(value)
            if label is not None:
                labels[attribute] = label
            elif value is not None:
                skipped[Skip.UNKNOWN_LABEL] += 1
        yield BamRow(
            mid=mid,
            project_id=told(project_id),
            src="" if src is None else str(src).strip(),
            licence=told(licence),
            mature=bool(mature),
            labels=labels,
        )


class _Follower:
    """Labels in order of mid, handed out in step with pictures in order of mid: a join that keeps one row at hand.

    A join in SQL would search a view without an index once for every picture.
    """

    def __init__(self, rows: Iterator[tuple[int, Labelled]]) -> None:
        self._rows = rows
        self._ahead = next(rows, None)
        self._mid: int | None = None
        self._found: Labelled = []

    def at(self, mid: int) -> Labelled:
        """Return attribute and value of what is labelled at `mid`, which never goes down from call to call."""
        if mid != self._mid:
            self._mid, self._found = mid, []
            while self._ahead is not None and self._ahead[0] <= mid:
                if self._ahead[0] == mid:
                    self._found.extend(self._ahead[1])
                self._ahead = next(self._rows, None)
        return self._found


def _module_columns(connection: sqlite3.Connection, name: str) -> dict[str, str]:
    """Return SQL expressions for mid, project_id, src, mature and licence, NULL where the file has no such column."""
    columns = _columns(connection, "modules")
    if not {"mid", "src"} <= columns.keys():
        found = ", ".join(printable(column) for column in columns) or "none"
        raise SourceUnreadable(
            f"{name}: expected a BAM! file with a table modules(mid, src, …); received columns: {found}"
        )
    mature = columns.get("mature_content")
    return {
        "mid": columns["mid"],
        "project_id": columns.get("project_id", "NULL"),
        "src": columns["src"],
        "mature": _IS_MATURE.format(column=mature) if mature else "0",
        "licence": columns.get("license", columns.get("licence", "NULL")),
    }


def _automatic_labels(connection: sqlite3.Connection) -> Iterator[tuple[int, Labelled]]:
    columns = _columns(connection, "automatic_labels")
    mid = columns.pop("mid", None)
    if mid is None or not columns:
        return
    query = f"SELECT {', '.join([mid, *columns.values()])} FROM automatic_labels {_OF_PICTURES}"  # noqa: S608 - quoted names
    for number, *values in connection.execute(query):
        yield number, list(zip(columns, values, strict=True))


def _crowd_labels(connection: sqlite3.Connection) -> Iterator[tuple[int, Labelled]]:
    if not {"mid", "attribute", "label"} <= _columns(connection, "crowd_labels").keys():
        return
    query = f"SELECT mid, attribute, label FROM crowd_labels {_OF_PICTURES}, attribute"  # noqa: S608 - our own words
    for number, attribute, value in connection.execute(query):
        yield number, [(printable(str(attribute)), value)]


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return the columns of a table or view, name in lower case to name quoted for SQL; none where it is absent."""
    names = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
    return {printable(name.lower()): '"' + name.replace('"', '""') + '"' for name in names}
