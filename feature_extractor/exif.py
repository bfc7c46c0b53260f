"""What a camera or program wrote into a picture file about how it was made (EXIF 2.32; CIPA DC-008)."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

LONGEST = 200
"""Characters of a text that are kept."""

Text: TypeAlias = Annotated[str, Field(max_length=LONGEST)] | None
_MOST_ENTRIES = 512  # of a directory: cameras write about sixty
_ASCII, _LONG = 2, 4  # types of a field
_EXIF_DIRECTORY, _POSITION_DIRECTORY = 0x8769, 0x8825
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class ExifFacts(BaseModel):
    """What a file says of how it was made; each may be wrong or left behind by another picture.

    Its orientation is no part: `Decoded` tells which was undone.

    Attributes:
        camera_make, camera_model, lens, software, artist, copyright, description: as written.
        taken_at, digitised_at, changed_at: by the camera's clock, as written ('2026:11:29 09:46:58'), with its offset
            from UTC where the file tells one.
        unique_id: hexadecimal, where the camera gave the picture one.
        has_position: it tells where on earth it was made; the place itself is not repeated here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera_make: Text = None
    camera_model: Text = None
    lens: Text = None
    software: Text = None
    artist: Text = None
    copyright: Text = None
    description: Text = None
    taken_at: Text = None
    digitised_at: Text = None
    changed_at: Text = None
    unique_id: Text = None
    has_position: bool = False


_TEXTS = {
    0x010E: "description",
    0x010F: "camera_make",
    0x0110: "camera_model",
    0x0131: "software",
    0x0132: "changed_at",
    0x013B: "artist",
    0x8298: "copyright",
    0x9003: "taken_at",
    0x9004: "digitised_at",
    0xA420: "unique_id",
    0xA434: "lens",
}
_OFFSETS = {0x9010: "changed_at", 0x9011: "taken_at", 0x9012: "digitised_at"}


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a directory: its tag, type, count of values, and where its own four bytes lie."""

    tag: int
    kind: int
    count: int
    at: int


def read_exif(data: bytes) -> ExifFacts:
    """Return what an EXIF block says; what is absent, damaged or not text is None.

    Args:
        data: the block, with or without its `Exif` mark, or a whole TIFF file, which begins as such a block does.
    """
    block = data.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return ExifFacts()
    texts: dict[str, str] = {}
    offsets: dict[str, str] = {}
    has_position = False
    (first,) = struct.unpack_from(order + "I", block, 4)
    fields = list(_fields(block, order, first))
    for field in fields:
        if field.tag == _EXIF_DIRECTORY and field.kind == _LONG:
            (inner,) = struct.unpack_from(order + "I", block, field.at)
            fields += _fields(block, order, inner)  # goes on with these; one in them would not be followed
            break
    for field in fields:
        if field.tag in _TEXTS and (text := _text(block, order, field)):
            texts.setdefault(_TEXTS[field.tag], text)
        elif field.tag in _OFFSETS and (text := _text(block, order, field)):
            offsets.setdefault(_OFFSETS[field.tag], text)
        elif field.tag == _POSITION_DIRECTORY and field.kind == _LONG:
            (place,) = struct.unpack_from(order + "I", block, field.at)
            has_position = has_position or next(_fields(block, order, place), None) is not None
    for name, offset in offsets.items():
        if name in texts:
            texts[name] = f"{texts[name]} {offset}"[:LONGEST]
    return ExifFacts(**texts, has_position=has_position)


def _fields(block: bytes, order: str, at: int) -> Iterator[_Field]:
    """Yield the fields of a directory as far as the block goes."""
    if at + 2 > len(block):
        return
    (count,) = struct.unpack_from(order + "H", block, at)
    for place in islice(range(at + 2, len(block) - 11, 12), min(count, _MOST_ENTRIES)):
        tag, kind, length = struct.unpack_from(order + "HHI", block, place)
        yield _Field(tag, kind, length, place + 8)


def _text(block: bytes, order: str, field: _Field) -> str | None:
    """Return a text on one line, cut to what is kept; None where there is none."""
    if field.kind != _ASCII:
        return None
    at = field.at
    if field.count > 4:  # it does not fit into the field itself
        (at,) = struct.unpack_from(order + "I", block, at)
    raw = block[at : at + min(field.count, 4 * LONGEST)].partition(b"\0")[0]
    text = raw.decode("utf-8", errors="replace")  # by the standard ASCII; programs write UTF-8
    return _UNSEEN.sub(" ", text).strip()[:LONGEST].strip() or None
