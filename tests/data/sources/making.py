"""Makes archives, tables and BAM! files for these tests, and reads sources to the end."""

import io
import sqlite3
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast

from data.records import SourceRecord
from data.sources import PictureSource
from errors import BadInput

MAX_BYTES = 10_000

MEMBERS = {"b.jpg": b"second" * 50, "a.png": b"first" * 50, "deep/er/c.webp": b"third" * 50}


def make_zip(path: Path, members: Mapping[str, bytes] = MEMBERS, *, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def new_tar(path: Path, kind: str = "") -> tarfile.TarFile:
    return tarfile.open(path, cast(Literal["w:", "w:gz"], f"w:{kind}"))


def make_tar(path: Path, members: Mapping[str, bytes] = MEMBERS, *, kind: str = "") -> Path:
    with new_tar(path, kind) as archive:
        for name, data in members.items():
            add_member(archive, name, data)
    return path


def add_member(archive: tarfile.TarFile, name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE) -> None:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.size = len(data)
    member.linkname = "b.jpg" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    archive.addfile(member, io.BytesIO(data))


def make_bam(path: Path, script: str) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


def outcome(record: SourceRecord) -> bytes | BadInput:
    """Return the bytes of a record, or the error its `read` raises."""
    try:
        return record.read()
    except BadInput as exc:
        return exc


def outcomes(source: PictureSource, root: Path) -> dict[str, bytes | BadInput]:
    """Return what every record gives, by its locator without the folder; a locator that comes twice fails."""
    found: dict[str, bytes | BadInput] = {}
    for record in source:
        locator = record.locator.removeprefix(f"{root}/")
        assert locator not in found
        found[locator] = outcome(record)
    return found
