"""Small versions of decoded pictures: thumbnails of the catalogue and the preview inside a sealed query."""

import io

import numpy as np
from PIL import Image

from errors import BrokenPicture
from feature_extractor.picture import Picture

THUMBNAIL_SIDE_PX = 384
"""Longest side of the small version that the catalogue keeps."""
PREVIEW_SIDE_PX = 320
"""Of the one that travels with a query."""

# Of 0..6, measured on a photograph of 640 px made 320 px small: 1 takes 3.0 ms and 9.7 kB, 2 takes 3.8 ms and 8.3 kB,
# 4, Pillow's own choice, 8.5 ms and 8.0 kB.
_WEBP_METHOD = 1

# Average whole squares of pixels first, then filter what remains between factors 1 and 2.
_REDUCING_GAP = 1.0


def preview_size(width: int, height: int, max_side: int) -> tuple[int, int]:
    """Return the size of a preview whose sides are at most `max_side` px and never longer than the picture's.

    Pages use it to keep the room of a thumbnail before it is there.
    """
    longer = max(width, height)
    if longer <= max_side:
        return width, height
    return max(1, round(width * max_side / longer)), max(1, round(height * max_side / longer))


def encode_preview(pixels: Picture, max_side: int, *, quality: int = 80) -> bytes:
    """Return a picture as a small WebP file without metadata.

    Args:
        pixels: RGB uint8, (height, width, 3).
        max_side: longest side of the preview in px; a smaller picture keeps its size.
        quality: of the lossy compression, 0..100.
    """
    buffer = io.BytesIO()
    _shrink(pixels, max_side).save(buffer, "WEBP", quality=quality, method=_WEBP_METHOD)
    return buffer.getvalue()


def make_preview(pixels: Picture, max_side: int) -> Picture:
    """Return the pixels of a preview, RGB uint8, before any compression."""
    return np.asarray(_shrink(pixels, max_side))


def decode_preview(data: bytes) -> Picture:
    """Return the pixels, RGB uint8, of a preview that was made here.

    Raises:
        BrokenPicture: the file was damaged since, or is larger than any that is made here.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
            _check_size(image)
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as exc:
        raise BrokenPicture(f"expected a thumbnail or preview as it was written; received {exc}") from exc


def _check_size(image: Image.Image) -> None:
    """Refuse what no preview of ours is, before it is decoded: an evidence pack brings some of strangers.

    Raises:
        ValueError: a side is longer than any here.
    """
    if max(image.size) > THUMBNAIL_SIDE_PX:
        raise ValueError(f"one of {image.width} x {image.height} px")


def _shrink(pixels: Picture, max_side: int) -> Image.Image:
    """Return a picture whose sides are at most so long."""
    height, width = pixels.shape[:2]
    preview = Image.fromarray(pixels)
    size = preview_size(width, height, max_side)
    if size != preview.size:
        preview = preview.resize(size, Image.Resampling.BILINEAR, reducing_gap=_REDUCING_GAP)
    return preview
