"""What a picture is once it is decoded."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
"""RGB, (height, width, 3), C-contiguous."""

MIN_SIDE = 16
"""Shortest side in px that can be searched with."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture file may cost; checked before it is decoded.

    Attributes:
        max_bytes: size of the file.
        max_pixels: width times height as the file's header tells them, of the one frame that is read; half as
            many in WebP and AVIF, whose readers need twice the memory.
        max_frames: frames of an animation or pages of a document. Only the first is read; a file of more than this is
            a film, or was made to harm, and is refused unread.
    """

    max_bytes: int
    max_pixels: int
    max_frames: int = 5_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture and what its file says about it.

    Attributes:
        pixels: RGB, upright (EXIF orientation applied), alpha over white; not to be written to. A picture whose
            longer side is over 2048 px is reduced by a power of two, the longer side to 1024..2048 px.
        width, height: size in px of the upright picture in the file, before any reduction.
        format: 'JPEG', 'PNG', 'WEBP', 'GIF', 'BMP', 'TIFF', 'HEIF' or 'AVIF'.
        size_bytes: length of the file.
        sha256: of the file's bytes, hexadecimal.
        pixel_sha256: of the upright RGB pixels and their size, hexadecimal: equal for files that show the same
            pixels, before any reduction. None for a JPEG over 2048 px, which is reduced while it is decoded: its own
            pixels were never looked at.
        jpeg_quality: 1..100 on libjpeg's scale, estimated from the file's quantisation table; None for other formats.
        orientation: 1..8, the EXIF orientation that was undone; 1 where the file has none, and in HEIC, which turns
            its pixels by means of its own.
        exif: the EXIF block as it stands in the file; b"" where there is none, and of a TIFF, whose own tags are such.
    """

    pixels: Picture
    width: int
    height: int
    format: str
    size_bytes: int
    sha256: str
    pixel_sha256: str | None
    jpeg_quality: int | None
    orientation: int
    exif: bytes = b""
