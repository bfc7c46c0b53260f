"""Tell what a source is, and open it."""

import re
import stat
from collections import Counter
from collections.abc import Callable, Generator
from enum import Enum, auto
from functools import partial
from pathlib import Path

from data.records import SourceRecord
from data.sources import bam, files, tables, tars, zips
from data.sources.names import as_address, is_picture_name, printable
from data.sources.reading import fetch
from data.sources.source import ArchiveLimits, PictureSource, Skipped, SourceOptions
from errors import SourceUnreadable

_OTHER_ARCHIVES = {b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!\x1a\x07": "RAR", b"\x28\xb5\x2f\xfd": "Zstandard"}
_TAR_MAGIC = b"ustar"
_TAR_MAGIC_AT = 257
_START_BYTES = 512


class _Kind(Enum):
    ADDRESS = auto()
    FILE = auto()
    FOLDER = auto()
    ZIP = auto()
    TAR = auto()
    TEXT_TABLE = auto()
    PARQUET = auto()
    BAM = auto()


def open_source(
    what: str | Path,
    *,
    max_bytes: int,
    collection: str | None = None,
    fetcher: Callable[[str], bytes] | None = None,
    show_mature: bool = False,
    archive: ArchiveLimits | None = None,
) -> PictureSource:
    """Open whatever holds pictures and return their records in a fixed order, without having read a picture.

    Args:
        what: a picture file, a folder, a zip or tar archive, a CSV, TSV or Parquet table of paths or addresses, a BAM!
            SQLite file, or the http(s) address of a picture.
        max_bytes: most bytes of one picture.
        collection: name to put every picture under, whatever the source says.
        fetcher: gives the bytes behind an address; None where fetching is off.
        show_mature: whether pictures marked as mature are offered.
        archive: what an archive may cost; None for the usual limits.
    Raises:
        SourceUnreadable: there is no such source, or it cannot be read at all.
    """
    options = SourceOptions(
        max_bytes=max_bytes,
        collection=collection,
        fetcher=fetcher,
        show_mature=show_mature,
        archive=archive or ArchiveLimits(),
    )
    skipped: Skipped = Counter()
    kind, path = _recognise(str(what))
    records = _records(kind, path, str(what), options, skipped)
    name = printable(path if kind is not _Kind.ADDRESS else str(what))
    return PictureSource(name, records, skipped, collection=collection)


def count_source(what: str | Path, *, show_mature: bool = False, archive: ArchiveLimits | None = None) -> int | None:
    """Return how many records a source yields; None where only reading it through would tell.

    Raises:
        SourceUnreadable: as `open_source`.
    """
    kind, path = _recognise(str(what))
    match kind:
        case _Kind.ADDRESS | _Kind.FILE:
            return 1
        case _Kind.FOLDER:
            return files.count_folder(path)
        case _Kind.ZIP:
            return zips.count_zip(path, archive or ArchiveLimits())
        case _Kind.TAR:
            return None
        case _Kind.TEXT_TABLE | _Kind.PARQUET:
            return tables.count_table(path, parquet=kind is _Kind.PARQUET)
        case _Kind.BAM:
            return bam.count_bam(path, show_mature=show_mature)


def _records(  # noqa: PLR0911 - one a kind
    kind: _Kind, path: Path, what: str, options: SourceOptions, skipped: Skipped
) -> Generator[SourceRecord]:
    match kind:
        case _Kind.ADDRESS:
            return _read_address(what, options)
        case _Kind.FILE:
            return files.read_one(path, options)
        case _Kind.FOLDER:
            return files.read_folder(path, options, skipped)
        case _Kind.ZIP:
            return zips.read_zip(path, options, skipped)
        case _Kind.TAR:
            return tars.read_tar(path, options, skipped)
        case _Kind.TEXT_TABLE | _Kind.PARQUET:
            return tables.read_table(path, options, parquet=kind is _Kind.PARQUET)
        case _Kind.BAM:
            return bam.read_bam_pictures(path, options, skipped)


def _read_address(what: str, options: SourceOptions) -> Generator[SourceRecord]:
    address = as_address(what) or what
    if options.fetcher is None:
        fetch(address, options)
    yield SourceRecord(locator=printable(address), read=partial(fetch, address, options), collection=options.collection)


def _recognise(what: str) -> tuple[_Kind, Path]:
    """Return the kind of a source and, but for an address, its absolute path."""
    if as_address(what):
        return _Kind.ADDRESS, Path()
    if re.match(r"[a-z][a-z0-9+.-]+://", what, re.IGNORECASE):
        raise SourceUnreadable(f"{printable(what)}: expected a path or an http(s) address")
    name = printable(what)
    try:
        path = _absolute(Path(what))
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return _Kind.FOLDER, path
        if not stat.S_ISREG(mode):
            raise SourceUnreadable(f"{name}: expected a file or a folder; received a pipe, socket or device")
        with path.open("rb") as file:
            start = file.read(_START_BYTES)
    except (OSError, ValueError) as exc:
        raise SourceUnreadable(f"{name}: {getattr(exc, 'strerror', None) or exc}") from exc
    return _kind_of_file(name, path.name, start), path


def _absolute(path: Path) -> Path:
    """Return one spelling of a path, so that a picture keeps its locator; a link at its end keeps its own name."""
    return path.resolve() if path.name in ("", "..") else path.parent.resolve() / path.name


def _kind_of_file(shown: str, name: str, start: bytes) -> _Kind:  # noqa: PLR0911 - one line a kind
    """Return what a file is: by its first bytes where they tell, else by its name."""
    suffix = Path(name).suffix.lower()
    if is_picture_name(name):
        return _Kind.FILE
    if start.startswith(bam.MAGIC):
        return _Kind.BAM
    if start.startswith(b"PAR1") or suffix == ".parquet":
        return _Kind.PARQUET
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")) or suffix == ".zip":
        return _Kind.ZIP
    if start.startswith(tuple(tars.COMPRESSIONS)) or suffix == ".tar" or start.startswith(_TAR_MAGIC, _TAR_MAGIC_AT):
        return _Kind.TAR
    if suffix in (".csv", ".tsv"):
        return _Kind.TEXT_TABLE
    for magic, packer in _OTHER_ARCHIVES.items():
        if start.startswith(magic):
            raise SourceUnreadable(
                f"{shown}: expected a zip or a tar; received a {packer} archive",
                remedy="Unpack it and add the folder.",
            )
    return _Kind.FILE
