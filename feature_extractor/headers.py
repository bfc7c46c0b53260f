"""What the bytes of a picture file tell before anything is decoded: format, frames, scans, orientation.

Every walker here touches a header's own few bytes, stops at a count given to it and treats a file that ends early as
ended: whether it is damaged is for the decoder to say.
"""

import re
import struct
from collections.abc import Iterator

from errors import BrokenPicture, UnsupportedFormat

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),  # BigTIFF
    (b"MM\0+", "TIFF"),
)
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})

# What people send most often in place of a picture we read; the first bytes are compared in lower case.
_LOOK_ALIKES: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML or SVG document"),
    (b"%pdf", "a PDF document"),
    (b"%!ps", "a PostScript document"),
    (b"8bps", "a Photoshop document"),
    (b"pk\x03\x04", "a ZIP archive or office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x00\x00\x01\x00", "a Windows icon"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjxl ", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjp  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\x1a\x45\xdf\xa3", "a Matroska or WebM film"),
)

# TIFF tags: the counts of these grow with the picture, one entry a strip or tile.
_TIFF_MAX_ENTRIES = 65_536
_TIFF_BYTE_TYPES = frozenset({1, 2, 6, 7})  # BYTE, ASCII, SBYTE, UNDEFINED

_EXIF_ORIENTATION = 0x0112
_EXIF_SHORT = 3

_MARKER_AFTER_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # neither stuffing (00) nor restart (D0..D7) nor fill


def sniff(data: bytes) -> str:
    """Return the format that the bytes themselves show, whatever the file is called.

    Returns:
        'JPEG', 'PNG', 'WEBP', 'GIF', 'BMP', 'TIFF', 'HEIF' or 'AVIF'.

    Raises:
        UnsupportedFormat: none of these; the message names what it looks like where we can tell.
    """
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        # AVIF first: it may also list the container brand mif1, which HEIC files share.
        brands = set(_container_brands(data))
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _HEIF_BRANDS:
            return "HEIF"
        raise UnsupportedFormat("expected a picture; received an MP4 or QuickTime film")
    if not data:
        raise UnsupportedFormat("expected a picture; received an empty file")
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").lower()
    for signature, name in _LOOK_ALIKES:
        if start.startswith(signature):
            raise UnsupportedFormat(f"expected a picture; received {name}")
    raise UnsupportedFormat("expected a picture; received bytes of no picture format we know")


def _container_brands(data: bytes) -> Iterator[bytes]:
    """Yield the major and compatible brands of an ISO base media file (ISO/IEC 14496-12, `ftyp`)."""
    size = min(int.from_bytes(data[:4], "big"), len(data), 1024)
    yield data[8:12]
    for at in range(16, size - 3, 4):
        yield data[at : at + 4]


def count_gif_frames(data: bytes, stop: int) -> int:
    """Return how many frames a GIF holds, counted to `stop` at most, without decoding one (GIF89a, 1990)."""

    def table_bytes(flags: int) -> int:
        return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

    def after_blocks(at: int) -> int:
        while size := data[at]:
            at += size + 1
        return at + 1

    frames = 0
    try:
        at = 13 + table_bytes(data[10])
        while frames < stop:
            kind = data[at]
            if kind == 0x2C:  # a frame: descriptor, colour table, code size, blocks
                frames += 1
                at = after_blocks(at + 11 + table_bytes(data[at + 9]))
            elif kind == 0x21:  # an extension: label, blocks
                at = after_blocks(at + 2)
            else:  # the trailer, or rubbish
                break
    except IndexError:  # the file ends early
        return frames
    return frames


def count_tiff_pages(data: bytes, stop: int) -> int:
    """Return how many pages a TIFF or BigTIFF holds, counted to `stop` at most (TIFF 6.0, 1992).

    Raises:
        BrokenPicture: the first page's directory lists more strips, tiles or values than any picture needs. Such lists
            become Python objects, thousands of times the size of the file, before a decoder sees them.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    first = struct.Struct(order + ("Q" if big else "I"))
    entries = struct.Struct(order + ("Q" if big else "H"))
    entry = struct.Struct(order + ("HHQ8x" if big else "HHI4x"))
    pages = 0
    seen: set[int] = set()
    try:
        (at,) = first.unpack_from(data, 8 if big else 4)
        while at and at not in seen and pages < stop:
            seen.add(at)
            (length,) = entries.unpack_from(data, at)
            body = at + entries.size
            end = body + length * entry.size
            if pages == 0:
                if length > 4096:
                    raise BrokenPicture(f"expected at most 4096 entries in a TIFF directory; received {length}")
                _check_tiff_entries(data[body:end], entry)
            pages += 1
            (at,) = first.unpack_from(data, end)
    except struct.error:  # the file ends early
        return pages
    return pages


def _check_tiff_entries(directory: bytes, entry: struct.Struct) -> None:
    for at in range(0, len(directory) - entry.size + 1, entry.size):
        tag, kind, count = entry.unpack_from(directory, at)
        if kind not in _TIFF_BYTE_TYPES and count > _TIFF_MAX_ENTRIES:
            raise BrokenPicture(f"expected at most {_TIFF_MAX_ENTRIES} values in TIFF tag {tag}; received {count}")


def count_jpeg_scans(data: bytes, stop: int) -> int:
    """Return how many scans a JPEG holds, counted to `stop` at most.

    A progressive file may repeat scans without end at a few bytes each, and every one costs a pass over all pixels
    (libjpeg-turbo, "Two issues with the JPEG standard", 2013).
    """
    scans = 0
    at = 2
    while scans < stop and at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill
            at += 1
        elif marker == 0xD9:  # end of image
            break
        elif marker in {0x01, *range(0xD0, 0xD9)}:  # markers without a body
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if marker == 0xDA:
                scans += 1
                following = _MARKER_AFTER_SCAN.search(data, at)
                if following is None:
                    break
                at = following.start()
    return scans


def exif_orientation(exif: bytes) -> int:
    """Return the orientation 1..8 that an EXIF block asks for; 1 where it is absent or unreadable.

    Only the first directory is read (EXIF 2.32, 4.6.4): a damaged block elsewhere must not cost the picture.
    """
    block = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(order + "I", block, 4)
        (length,) = struct.unpack_from(order + "H", block, at)
        for place in range(at + 2, at + 2 + 12 * length, 12):
            tag, kind, value = struct.unpack_from(order + "HH4xH", block, place)
            if tag == _EXIF_ORIENTATION and kind == _EXIF_SHORT:
                return value if 1 <= value <= 8 else 1
    except struct.error:  # the block ends early
        return 1
    return 1
