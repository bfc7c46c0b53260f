"""Pictures in a zip archive, read member by member; nothing is unpacked to disk."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Generator
from functools import partial
from pathlib import Path
from threading import Lock
from typing import IO, BinaryIO

from data.records import SourceRecord
from data.sources.names import printable, why_skip_name
from data.sources.reading import check_size
from data.sources.source import ArchiveLimits, Skip, Skipped, SourceOptions
from errors import SourceUnreadable

# Ends of a zip: signatures and layouts as in PKWARE's APPNOTE 6.3.10, sections 4.3.14 to 4.3.16.
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_SIGNATURE = b"PK\x06\x06"
_LOCATOR64_SIGNATURE = b"PK\x06\x07"
_END64_LOCATOR_BYTES = 20
_MAX_COMMENT_BYTES = 0xFFFF
_ENCRYPTED = 0x1
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Compressions that zipfile unpacks piece by piece; of the others it unpacks without bound whatever it has read."""
_PIECE_BYTES = 64 * 1024

SPLIT = "Split the archive, or unpack it yourself and add the folder."

_UNREADABLE = (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, struct.error)


class SharedZip:
    """A zip whose members may be read from several threads, one at a time; the last one to hold it closes it."""

    def __init__(self, path: Path, limits: ArchiveLimits) -> None:
        self.name = printable(path)
        try:
            with path.open("rb") as file:
                _check_directory(self.name, file, limits)
            self._zip = zipfile.ZipFile(path)
        except _UNREADABLE as exc:
            raise SourceUnreadable(f"{self.name}: {exc}") from exc
        self._lock = Lock()

    def members(self) -> list[zipfile.ZipInfo]:
        """Return the entries of the directory in its order, folders too."""
        return self._zip.infolist()

    def read(self, member: zipfile.ZipInfo, max_bytes: int) -> bytes:
        """Return the bytes of a member.

        Raises:
            FileTooLarge: it has more than max_bytes.
            SourceUnreadable: encrypted, damaged, or compressed in a way that cannot be bounded.
        """
        locator = f"{self.name}!{printable(member.filename)}"
        check_size(locator, member.file_size, max_bytes)
        if member.flag_bits & _ENCRYPTED:
            raise SourceUnreadable(
                f"{locator}: encrypted", remedy="Unpack the archive with its password and add the folder."
            )
        if member.compress_type not in _BOUNDED:
            raise SourceUnreadable(
                f"{locator}: expected a member stored or compressed by deflate; received method {member.compress_type}",
                remedy="Unpack the archive and add the folder.",
            )
        try:
            with self._lock, self._zip.open(member) as stream:
                return _read_in_pieces(stream)
        except (*_UNREADABLE, zlib.error) as exc:
            raise SourceUnreadable(f"{locator}: damaged in the archive ({printable(str(exc))})") from exc


def read_zip(path: Path, options: SourceOptions, skipped: Skipped) -> Generator[SourceRecord]:
    """Yield the pictures of a zip in the order of its directory, archives inside it left out.

    Raises:
        SourceUnreadable: not a zip, damaged, too many members, or a decompression bomb by the sizes it declares.
    """
    archive = SharedZip(path, options.archive)
    wanted: list[zipfile.ZipInfo] = []
    for member in archive.members():
        if member.is_dir():
            continue
        if (reason := _why_skip(member)) is not None:
            skipped[reason] += 1
        else:
            wanted.append(member)
    # Members that are too large are never unpacked, so they do not count; each is refused by name.
    unpacked = sum(member.file_size for member in wanted if member.file_size <= options.max_bytes)
    packed = path.stat().st_size
    if unpacked > options.archive.max_unpacked_bytes(packed):
        raise SourceUnreadable(
            f"{archive.name}: expected at most {options.archive.max_ratio} bytes for each byte of the archive; "
            f"received {unpacked:,} bytes from {packed:,}: a decompression bomb"
        )
    for member in wanted:
        yield SourceRecord(
            locator=f"{archive.name}!{printable(member.filename)}",
            read=partial(archive.read, member, options.max_bytes),
            collection=options.collection,
        )


def _read_in_pieces(stream: IO[bytes]) -> bytes:
    """Return the bytes of a member.

    zipfile stops at the size that was checked and then compares the checksum, but only after it has unpacked up to as
    much as it was asked for: asked for everything, a megabyte becomes a gigabyte whatever size it declares.
    """
    pieces = []
    while piece := stream.read(_PIECE_BYTES):
        pieces.append(piece)
    return b"".join(pieces)


def count_zip(path: Path, limits: ArchiveLimits) -> int:
    """Return how many records `read_zip` yields.

    Raises:
        SourceUnreadable: as `read_zip`.
    """
    members = SharedZip(path, limits).members()
    return sum(1 for member in members if not member.is_dir() and _why_skip(member) is None)


def _why_skip(member: zipfile.ZipInfo) -> Skip | None:
    # The upper half holds the Unix mode where the zip was packed on one, zero elsewhere.
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        return Skip.LINK
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Skip.SPECIAL
    return why_skip_name(member.filename)


def _check_directory(name: str, file: BinaryIO, limits: ArchiveLimits) -> None:
    """Raise SourceUnreadable before zipfile would read a huge directory into memory.

    zipfile goes by the directory's size in bytes, not by its count of entries, so both are checked.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - _MAX_COMMENT_BYTES - _END64.size - _END64_LOCATOR_BYTES))
    tail = file.read()
    end = len(tail) - _END.size
    if end < 0 or not (tail.startswith(_END_SIGNATURE, end) and tail.endswith(b"\0\0")):
        end = tail.rfind(_END_SIGNATURE)  # it carries a comment
    if end < 0 or end + _END.size > len(tail):
        raise SourceUnreadable(f"{name}: a zip without its end: cut off or damaged")
    entries, directory_bytes = _END.unpack_from(tail, end)[4:6]
    locator, end64 = end - _END64_LOCATOR_BYTES, end - _END64_LOCATOR_BYTES - _END64.size
    if end64 >= 0 and tail.startswith(_LOCATOR64_SIGNATURE, locator) and tail.startswith(_END64_SIGNATURE, end64):
        entries, directory_bytes = _END64.unpack_from(tail, end64)[7:9]
    if entries > limits.max_members:
        raise SourceUnreadable(
            f"{name}: expected at most {limits.max_members:,} members; received {entries:,}", remedy=SPLIT
        )
    if directory_bytes > limits.max_directory_bytes:
        raise SourceUnreadable(
            f"{name}: expected a directory of at most {limits.max_directory_bytes:,} bytes; "
            f"received {directory_bytes:,}",
            remedy=SPLIT,
        )
