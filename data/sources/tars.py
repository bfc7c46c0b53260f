"""Pictures in a tar archive, plain or compressed, read in one pass; nothing is unpacked to disk.

In a shard of WebDataset, as img2dataset writes them, a picture has neighbours of the same name: `00001.jpg`,
`00001.json`. What such a .json tells (url, title or caption, licence) goes with the picture.
"""

import bz2
import gzip
import json
import lzma
import tarfile
import zlib
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self, cast

from data.records import SourceRecord
from data.sources.fields import Row, first_filled, tell_about
from data.sources.names import as_address, printable, why_skip_name
from data.sources.reading import check_size
from data.sources.source import MIB, Skip, Skipped, SourceOptions, failing
from data.sources.zips import SPLIT
from errors import FileTooLarge, SourceUnreadable

COMPRESSIONS: dict[bytes, Callable[[Path], BufferedIOBase]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
"""First bytes of a compressed tar, and what opens it."""

_MAX_HEADER_BYTES = MIB
_MAX_FIELDS_BYTES = MIB
_MAX_SAMPLE = 16
_FIELDS_SUFFIX = ".json"
_HEADERS_OF_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)

# RecursionError: tarfile reads a header of a header by calling itself, and an archive may chain thousands of them.
_UNREADABLE = (tarfile.TarError, OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, RecursionError)


class _Member(tarfile.TarInfo):
    """A header that is refused where tarfile would end quietly or read without bound."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Return the header in a block of 512 bytes."""
        try:
            member = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as exc:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise  # the block of zeros that ends an archive
            # tarfile takes it for the end: what follows a damaged block, or was cut off, would be lost in silence.
            raise tarfile.ReadError(f"cut off or damaged: {exc}") from exc
        if member.type in _HEADERS_OF_HEADERS and member.size > _MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {member.size:,} bytes")
        return member


class _Metered:
    """A stream that refuses to give more than a number of bytes."""

    def __init__(self, stream: BufferedIOBase, max_bytes: int, max_ratio: int) -> None:
        self._stream = stream
        self._left = max_bytes
        self._max_ratio = max_ratio

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise tarfile.ReadError(
                f"expected at most {self._max_ratio} bytes for each byte of the archive; "
                "received more: a decompression bomb"
            )
        return data


@dataclass(slots=True)
class _Sample:
    """Neighbours of one name: as a rule a picture, and what is told about it.

    Attributes:
        name: of the members, up to the first dot of the last part.
        pictures: records of them, not yet told about.
        row: what the first .json among them tells that can be read.
        tellers: how many .json there are, and of these unreadable.
    """

    name: str = ""
    pictures: list[SourceRecord] = field(default_factory=list)
    row: Row | None = None
    tellers: int = 0
    unreadable: int = 0

    def is_full(self, max_bytes: int) -> bool:
        """Return whether so much waits for its end that it is none: neighbours of one name must not pile up."""
        return len(self.pictures) >= _MAX_SAMPLE or sum(one.held_bytes for one in self.pictures) > max_bytes

    def hear(self, row: Row | None) -> None:
        """Take in what one .json tells; None where it cannot be read."""
        self.tellers += 1
        self.unreadable += row is None
        self.row = row if self.row is None else self.row

    def finish(self, options: SourceOptions, skipped: Skipped) -> Generator[SourceRecord]:
        """Yield the pictures, told about."""
        if self.pictures and self.unreadable:
            skipped[Skip.UNREADABLE_FIELDS] += self.unreadable
        elif self.tellers and not self.pictures:
            skipped[Skip.NOT_A_PICTURE] += self.tellers
        for picture in self.pictures:
            yield picture if self.row is None else _tell_about(picture, self.row, options)


def read_tar(path: Path, options: SourceOptions, skipped: Skipped) -> Generator[SourceRecord]:
    """Yield the pictures of a tar in its own order, archives inside it left out.

    A tar can only be read forwards and by one thread, so a record holds the bytes of its picture, and `read` hands
    them out. The locator of a picture whose .json tells an address is that address: there it was seen.

    Raises:
        SourceUnreadable: not a tar, damaged or cut off, too many members, or a decompression bomb.
    """
    name = printable(path)
    seen = 0
    sample = _Sample()
    with ExitStack() as stack:
        try:
            tar = _open(path, options, stack)
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # tarfile keeps every header it has read
                seen += 1
                if seen > options.archive.max_members:
                    yield from sample.finish(options, skipped)
                    raise SourceUnreadable(
                        f"{name}: expected at most {options.archive.max_members:,} members; received more", remedy=SPLIT
                    )
                if (sample_name := _sample_name(member)) != sample.name or sample.is_full(options.max_bytes):
                    yield from sample.finish(options, skipped)
                    sample = _Sample(sample_name)
                if _holds_fields(member):
                    sample.hear(_read_fields(tar, member))
                elif record := _read_member(tar, member, name, options, skipped):
                    sample.pictures.append(record)
            yield from sample.finish(options, skipped)
        except _UNREADABLE as exc:
            yield from sample.finish(options, skipped)
            raise SourceUnreadable(f"{name}: after {seen:,} members: {_tell(exc)}") from exc


def _sample_name(member: tarfile.TarInfo) -> str:
    path = PurePosixPath(member.name)
    return f"{path.parent}/{path.name.partition('.')[0]}"


def _holds_fields(member: tarfile.TarInfo) -> bool:
    return member.isreg() and member.name.lower().endswith(_FIELDS_SUFFIX) and why_skip_name(member.name) != Skip.HIDDEN


def _read_fields(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Row | None:
    """Return the plain values of a .json by name in lower case; None where it is none, or too large."""
    if member.size > _MAX_FIELDS_BYTES:
        return None
    data = _read_bytes(tar, member)
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    return {name.strip().lower(): value for name, value in values.items() if isinstance(value, str | int | float)}


def _tell_about(picture: SourceRecord, row: Row, options: SourceOptions) -> SourceRecord:
    address = as_address(first_filled(row, ("url",)) or "")
    locator = picture.locator if address is None else printable(address)
    return tell_about(replace(picture, locator=locator), row, options)


def _open(path: Path, options: SourceOptions, stack: ExitStack) -> tarfile.TarFile:
    with path.open("rb") as file:
        start = file.read(8)
    opener = next((opener for magic, opener in COMPRESSIONS.items() if start.startswith(magic)), None)
    if opener is None:
        return stack.enter_context(tarfile.open(path, mode="r:", tarinfo=_Member))
    stream = stack.enter_context(opener(path))
    limits = options.archive
    metered = _Metered(stream, limits.max_unpacked_bytes(path.stat().st_size), limits.max_ratio)
    return stack.enter_context(tarfile.open(fileobj=cast(BinaryIO, metered), mode="r|", tarinfo=_Member))


def _read_member(
    tar: tarfile.TarFile, member: tarfile.TarInfo, archive: str, options: SourceOptions, skipped: Skipped
) -> SourceRecord | None:
    if member.isdir():
        return None
    if (reason := _why_skip(member)) is not None:
        skipped[reason] += 1
        return None
    locator = f"{archive}!{printable(member.name)}"
    try:
        check_size(locator, member.size, options.max_bytes)
    except FileTooLarge as exc:
        return failing(locator, exc, collection=options.collection)
    data = _read_bytes(tar, member)
    return SourceRecord(locator=locator, read=lambda: data, collection=options.collection, held_bytes=len(data))


def _read_bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """Return the bytes of a regular file."""
    stream = tar.extractfile(member)
    if stream is None:
        raise tarfile.ReadError(f"{printable(member.name)}: expected a file")
    with stream:
        data = stream.read()
    if len(data) != member.size:
        raise tarfile.ReadError("cut off")
    return data


def _why_skip(member: tarfile.TarInfo) -> Skip | None:
    if member.issym() or member.islnk():
        return Skip.LINK
    return why_skip_name(member.name) if member.isreg() else Skip.SPECIAL


def _tell(error: BaseException) -> str:
    return printable(str(error)) or type(error).__name__
