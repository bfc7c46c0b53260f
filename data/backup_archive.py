"""The file format of a backup: a plain .tar of thumbnails, strips, the database, and a manifest that closes it.

    thumbnails/ab/<sha256>.webp   in order of image id
    posters/ab/<sha256>.webp      strips of small frames, in order of video id
    catalogue.sqlite              always SQLite, whichever database was backed up
    manifest.json                 counts and checksums; an archive without it was cut off

Format 1 had no strips; such an archive is read as one of a catalogue without any.

It is not compressed: pictures would not get smaller, and a plain archive cannot hold more than its own size.
"""

import hashlib
import io
import json
import re
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Protocol

from data.thumbnails import ThumbnailStore
from errors import BadInput, StorageUnavailable

DATABASE = "catalogue.sqlite"
THUMBNAILS = "thumbnails"
POSTERS = "posters"
_MANIFEST = "manifest.json"
FORMAT = 2
_FIRST_FORMAT = 1
_SMALL_NAME = re.compile(r"(thumbnails|posters)/([0-9a-f]{2})/(\2[0-9a-f]{62})\.webp")
_AT_ONCE = 1 << 20
_MAX_MANIFEST_BYTES = 1 << 20
_MAX_THUMBNAIL_BYTES = 8 << 20
_REMEDY = "Give a whole archive that `python3 index.py backup` made."


class _Hash(Protocol):
    """A running checksum, as hashlib makes them."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes in."""
        ...

    def hexdigest(self) -> str:
        """Return the checksum of all bytes so far."""
        ...


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        format: version of this file format.
        created_at: ISO 8601, UTC.
        images, sources, last_change: as in data.records.CatalogueCounts.
        database_bytes, database_sha256: of catalogue.sqlite.
        thumbnails, thumbnails_bytes: how many, and their size in all.
        thumbnails_sha256: of one line `<sha256 of the picture> <sha256 of the thumbnail>` each, in order.
        missing_thumbnails: pictures that had none when the backup was made.
        videos: as in data.video_records.VideoCounts.
        posters, posters_bytes, posters_sha256: of the strips of videos, as of the thumbnails.
        missing_posters: videos that had none when the backup was made.
    """

    format: int
    created_at: str
    images: int
    sources: int
    last_change: int
    database_bytes: int
    database_sha256: str
    thumbnails: int
    thumbnails_bytes: int
    thumbnails_sha256: str
    missing_thumbnails: int
    videos: int = 0
    posters: int = 0
    posters_bytes: int = 0
    posters_sha256: str = hashlib.sha256().hexdigest()
    missing_posters: int = 0


@dataclass(slots=True)
class _Tally:
    """Counts thumbnails or strips and checks their bytes as they pass by."""

    count: int = 0
    size_bytes: int = 0
    checksum: _Hash = field(default_factory=hashlib.sha256)

    def note(self, sha256: str, data: bytes) -> None:
        """Take one in."""
        self.count += 1
        self.size_bytes += len(data)
        self.checksum.update(f"{sha256} {hashlib.sha256(data).hexdigest()}\n".encode())


class ArchiveWriter:
    """Writes a backup: thumbnails and strips first, then the database, then what closes it."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._thumbnails, self._posters = _Tally(), _Tally()

    def add_thumbnail(self, sha256: str, data: bytes) -> None:
        """Add the thumbnail of a picture."""
        self._add(f"{THUMBNAILS}/{sha256[:2]}/{sha256}.webp", io.BytesIO(data), len(data))
        self._thumbnails.note(sha256, data)

    def add_poster(self, sha256: str, data: bytes) -> None:
        """Add the strip of a video."""
        self._add(f"{POSTERS}/{sha256[:2]}/{sha256}.webp", io.BytesIO(data), len(data))
        self._posters.note(sha256, data)

    def finish(
        self,
        database: Path,
        *,
        created_at: str,
        images: int,
        sources: int,
        last_change: int,
        missing_thumbnails: int,
        videos: int,
        missing_posters: int,
    ) -> Manifest:
        """Add the database and the manifest, and return the manifest."""
        with database.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size_bytes = file.tell()
            file.seek(0)
            self._add(DATABASE, file, size_bytes)
        manifest = Manifest(
            format=FORMAT,
            created_at=created_at,
            images=images,
            sources=sources,
            last_change=last_change,
            database_bytes=size_bytes,
            database_sha256=digest,
            thumbnails=self._thumbnails.count,
            thumbnails_bytes=self._thumbnails.size_bytes,
            thumbnails_sha256=self._thumbnails.checksum.hexdigest(),
            missing_thumbnails=missing_thumbnails,
            videos=videos,
            posters=self._posters.count,
            posters_bytes=self._posters.size_bytes,
            posters_sha256=self._posters.checksum.hexdigest(),
            missing_posters=missing_posters,
        )
        text = json.dumps(asdict(manifest), indent=2).encode()
        self._add(_MANIFEST, io.BytesIO(text), len(text))
        return manifest

    def _add(self, name: str, file: IO[bytes], size_bytes: int) -> None:
        """Add a member that belongs to nobody in particular."""
        member = tarfile.TarInfo(name)
        member.size = size_bytes
        member.mtime = int(time.time())
        member.mode = 0o600
        self._tar.addfile(member, file)
        self._tar.getmembers().clear()  # it would remember a million of them


def unpack(archive: Path, folder: Path) -> Manifest:
    """Write the parts of a backup into a folder of ours, check them, and return the manifest.

    Nothing in the archive decides where a file goes: each member must be one of the four kinds there are, by its
    full name, and anything else ends the unpacking.

    Args:
        archive: the file.
        folder: where `thumbnails/`, `posters/` and `catalogue.sqlite` are put.
    Raises:
        BadInput: not a backup, cut off, changed, or of another version of this format.
        StorageUnavailable: the folder cannot be written.
    """
    stores = {name: ThumbnailStore(folder / name) for name in (THUMBNAILS, POSTERS)}
    tallies = {name: _Tally() for name in stores}
    digest, manifest = "", None
    with _open(archive) as tar:
        while (member := tar.next()) is not None:
            tar.members.clear()  # type: ignore[attr-defined] # undocumented, but it would remember a million of them
            small = _SMALL_NAME.fullmatch(member.name)
            # A sparse member claims a size that its archive does not have.
            if not member.isreg() or member.issparse() or manifest is not None:
                raise _refusal(archive, f"an odd member {member.name[:80]!r}")
            if small and not stores[small[1]].path(small[3]).exists():
                data = _read(tar, member, _MAX_THUMBNAIL_BYTES)
                stores[small[1]].put(small[3], data)
                tallies[small[1]].note(small[3], data)
            elif member.name == DATABASE and not digest:
                digest = _copy_out(tar, member, folder / DATABASE)
            elif member.name == _MANIFEST:
                manifest = _parse(archive, _read(tar, member, _MAX_MANIFEST_BYTES))
            else:
                raise _refusal(archive, f"an odd member {member.name[:80]!r}")
    if manifest is None:
        raise _refusal(archive, "no manifest: it was cut off")
    found = [digest]
    said = [manifest.database_sha256]
    for tally in tallies.values():
        found += [f"{tally.count} of {tally.size_bytes} bytes", tally.checksum.hexdigest()]
    said += [f"{manifest.thumbnails} of {manifest.thumbnails_bytes} bytes", manifest.thumbnails_sha256]
    said += [f"{manifest.posters} of {manifest.posters_bytes} bytes", manifest.posters_sha256]
    if found != said:
        raise _refusal(archive, "other contents than its manifest says")
    return manifest


@contextmanager
def _open(archive: Path) -> Iterator[tarfile.TarFile]:
    """Give the archive, and our errors for those of tarfile, in the block too."""
    try:
        with tarfile.open(archive, "r:") as tar:
            yield tar
    except FileNotFoundError as exc:
        raise BadInput(f"there is no backup at {archive}", remedy=_REMEDY) from exc
    except tarfile.TarError as exc:
        raise _refusal(archive, f"not a whole .tar: {exc}") from exc


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo, most_bytes: int) -> bytes:
    """Return the bytes of a member.

    Raises:
        BadInput: it is larger than such a member ever is.
        tarfile.ReadError: it is cut off.
    """
    if member.size > most_bytes:
        raise BadInput(f"expected {member.name} of at most {most_bytes} bytes; received {member.size}", remedy=_REMEDY)
    file = tar.extractfile(member)
    if file is None:
        raise tarfile.ReadError(f"{member.name} has no bytes")
    return file.read()


def _copy_out(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> str:
    """Write a member to a new file, and return the sha256 of its bytes, hexadecimal."""
    source = tar.extractfile(member)
    if source is None:
        raise tarfile.ReadError(f"{member.name} has no bytes")
    checksum = hashlib.sha256()
    try:
        with path.open("xb") as file:
            while data := source.read(_AT_ONCE):
                checksum.update(data)
                file.write(data)
    except OSError as exc:
        raise StorageUnavailable(f"{path} cannot be written: {exc.strerror}") from exc
    return checksum.hexdigest()


def _parse(archive: Path, text: bytes) -> Manifest:
    """Return the manifest, checked for shape and version."""
    try:
        values = json.loads(text)
        if values["format"] not in (_FIRST_FORMAT, FORMAT):
            raise _refusal(archive, f"format {values['format']!r}; this version of Retrace reads up to {FORMAT}")
        return Manifest(**values)
    except (ValueError, TypeError, KeyError) as exc:
        raise _refusal(archive, "a manifest that cannot be read") from exc


def _refusal(archive: Path, reason: str) -> BadInput:
    """Return the error that refuses an archive."""
    return BadInput(f"{archive.name} is not a backup we can restore; received {reason}", remedy=_REMEDY)
