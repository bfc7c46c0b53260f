"""The file format of an evidence pack: a plain ZIP with a manifest, written byte for byte alike, read with bounds.

    evidence.json                     the record
    evidence.pdf                      the same for people
    first/preview.webp  features.bin  small version and local features of the first picture; likewise second/
    first/file.jpg                    the picture itself, where it was asked for
    stills/<name>.jpg                 what geometry found, drawn
    manifest.json                     size and sha256 of each of these

The manifest tells a change that was made to a part. It is not signed: who changes a part and the manifest too is found
out by `verify`, which makes everything anew from the pictures.
"""

import hashlib
import io
import json
import re
import secrets
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.sources.source import MIB, ArchiveLimits
from data.sources.zips import SharedZip
from errors import BadInput, FileTooLarge, SourceUnreadable, StorageUnavailable
from search.evidence.record import EvidenceRecord

RECORD = "evidence.json"
PDF = "evidence.pdf"
MANIFEST = "manifest.json"
SIDES = ("first", "second")
ENDINGS: Mapping[str, str] = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "BMP": "bmp",
    "TIFF": "tif",
    "HEIF": "heic",
    "AVIF": "avif",
}
_FORMAT = 1
_KINDS: tuple[tuple[re.Pattern[str], int | None], ...] = (
    (re.compile(r"evidence\.json"), MIB),
    (re.compile(r"evidence\.pdf"), 16 * MIB),
    (re.compile(r"manifest\.json"), 64 * 1024),
    (re.compile(r"(first|second)/preview\.webp"), MIB),
    (re.compile(r"(first|second)/features\.bin"), 64 * 1024),
    (re.compile(r"stills/[a-z_]{1,40}\.jpg"), 8 * MIB),
    (re.compile(rf"(first|second)/file\.({'|'.join(ENDINGS.values())})"), None),
)
"""Names that members may have, and bytes at most; None: as many as a picture file may have."""
_LIMITS = ArchiveLimits(max_members=32, max_directory_bytes=64 * 1024, max_ratio=100, free_bytes=8 * MIB)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no zone; the time is in the record
_REMEDY = "Give a whole pack that `python3 index.py evidence` made."


class _Member(BaseModel):
    """A line of the manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=100)]
    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """What a pack holds, itself left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Annotated[int, Field(ge=1, le=_FORMAT)] = _FORMAT
    members: Annotated[tuple[_Member, ...], Field(max_length=32)]

    @classmethod
    def of(cls, members: Mapping[str, bytes]) -> "Manifest":
        """Return the manifest of some members, in their order."""
        return cls(
            members=tuple(
                _Member(name=name, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
                for name, data in members.items()
            )
        )


def write_pack(members: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a pack: the members in their order, then the manifest; the same members, the same bytes."""
    manifest = json_bytes(Manifest.of(members))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # pictures would not get smaller
        for name, data in (*members.items(), (MANIFEST, manifest)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # of any machine: it would else tell which kind packed it
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def save_pack(pack: bytes, target: Path) -> None:
    """Write a pack to a new file, which appears under its name when it is whole.

    Raises:
        BadInput: there is a file of this name.
        StorageUnavailable: it cannot be written.
    """
    if target.exists():
        raise BadInput(f"there is a file {target} already", remedy="Choose another name, or remove the old pack.")
    partial = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        partial.write_bytes(pack)
        partial.rename(target)
    except OSError as exc:
        raise StorageUnavailable(f"the pack {target} cannot be written: {exc.strerror}") from exc
    finally:
        partial.unlink(missing_ok=True)


def read_pack(path: Path, max_file_bytes: int) -> dict[str, bytes]:
    """Return the members of a pack by name, with nothing unpacked to disk, and nothing believed yet.

    Args:
        path: the ZIP.
        max_file_bytes: largest picture file.
    Raises:
        BadInput: it is no pack, or would cost more than one ever does.
    """
    if not path.is_file():
        raise BadInput(f"expected an evidence pack at {path}; there is no such file", remedy=_REMEDY)
    try:
        return dict(_members(path, max_file_bytes))
    except (SourceUnreadable, FileTooLarge) as exc:
        raise BadInput(str(exc), remedy=_REMEDY) from exc


def parse_manifest(members: Mapping[str, bytes]) -> Manifest:
    """Return the manifest of a pack.

    Raises:
        BadInput: there is none, or it cannot be read.
    """
    if MANIFEST not in members:
        raise BadInput("expected an evidence pack; received a ZIP without manifest.json", remedy=_REMEDY)
    try:
        return Manifest.model_validate_json(members[MANIFEST])
    except ValidationError as exc:
        raise BadInput(
            f"expected {MANIFEST} as Retrace writes it; received {_first_fault(exc)}", remedy=_REMEDY
        ) from exc


def parse_record(data: bytes) -> EvidenceRecord:
    """Return the record of a pack.

    Raises:
        BadInput: it cannot be read: changed, too deep, of another version.
    """
    try:
        return EvidenceRecord.model_validate_json(data)
    except ValidationError as exc:
        raise BadInput(f"expected {RECORD} as Retrace writes it; received {_first_fault(exc)}", remedy=_REMEDY) from exc


def json_bytes(part: BaseModel) -> bytes:
    """Return a part of a pack as JSON for people, in UTF-8."""
    return (json.dumps(part.model_dump(mode="json"), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def file_member(side: str, file_format: str) -> str:
    """Return the name of the member that holds a picture file."""
    return f"{side}/file.{ENDINGS[file_format]}"


def still_member(name: str) -> str:
    """Return the name of the member that holds a still."""
    return f"stills/{name}.jpg"


def _members(path: Path, max_file_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each member."""
    archive = SharedZip(path, _LIMITS)
    entries, packed = archive.members(), path.stat().st_size
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > _LIMITS.max_unpacked_bytes(packed):
        raise BadInput(
            f"expected at most {_LIMITS.max_ratio} bytes for each byte of the pack; "
            f"received {unpacked:,} from {packed:,}: a decompression bomb",
            remedy=_REMEDY,
        )
    seen = set()
    for entry in entries:
        most = next((most for name, most in _KINDS if name.fullmatch(entry.filename)), 0)
        mode = stat.S_IFMT(entry.external_attr >> 16)
        if most == 0 or entry.filename in seen or mode not in (0, stat.S_IFREG):
            raise BadInput(
                f"expected the members of an evidence pack, each once; received {entry.filename[:80]!r}", remedy=_REMEDY
            )
        seen.add(entry.filename)
        yield entry.filename, archive.read(entry, max_file_bytes if most is None else most)


def _first_fault(error: ValidationError) -> str:
    """Return what is wrong first, on one line."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part)[:40] for part in first["loc"][:6])
    return f"{first['msg'][:120]}{f' ({place})' if place else ''}"
