"""Picture files in memory, for the tests of everything that reads them."""

import io
import struct
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from feature_extractor.picture import Picture


def motif(width: int = 96, height: int = 64) -> Picture:
    """Return a smooth picture without symmetry: every turn, mirroring and negative of it is another picture."""
    x = np.linspace(0, 1, width)[None, :]
    y = np.linspace(0, 1, height)[:, None]
    channels = (220 * x * np.ones_like(y), 200 * y * np.ones_like(x), 60 + 90 * x * y)
    return np.stack([np.broadcast_to(channel, (height, width)) for channel in channels], axis=2).astype(np.uint8)


def save(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return a picture as a file of one of Pillow's formats, or HEIF."""
    buffer = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.encode(image.mode, image.size, image.tobytes(), buffer, quality=90, **options)
    else:
        image.save(buffer, kind, **options)
    return buffer.getvalue()


def orientation_block(orientation: int) -> bytes:
    """Return an EXIF block that asks for an orientation and nothing else."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *before: tuple[bytes, bytes]) -> bytes:
    """Return a PNG file from its raw filtered rows, with chunks of one's own before them."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks: Iterable[tuple[bytes, bytes]] = [(b"IHDR", header), *before, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def deep_png(values: NDArray[np.uint16], *before: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of 16 bits: grey from (height, width), RGB from (height, width, 3), RGBA from (height, width, 4)."""
    height, width = values.shape[:2]
    colour = 0 if values.ndim == 2 else {3: 2, 4: 6}[values.shape[2]]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(width, height, 16, colour, rows, *before)


def tiff(entries: Iterable[tuple[int, int, int, int]], body: bytes = b"", following: int = 0) -> bytes:
    """Return a little-endian TIFF of one directory of (tag, type, count, value) at its beginning."""
    listed = list(entries)
    directory = b"".join(struct.pack("<HHII", *entry) for entry in listed)
    return b"II*\0" + struct.pack("<IH", 8, len(listed)) + directory + struct.pack("<I", following) + body
