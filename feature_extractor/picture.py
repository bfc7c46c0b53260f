"""What a picture is once it is decoded."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
"""RGB, (height, width, 3), C-contiguous."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture file may cost; checked before it is decoded.

    Attributes:
        max_bytes: size of the file.
        max_pixels: width × height as the file's header tells it, over all frames that would be read.
    """

    max_bytes: int
    max_pixels: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture and what its file says about it.

    Attributes:
        pixels: RGB, upright (EXIF orientation applied), alpha over white. Large pictures are reduced while decoding,
            the longer side to 1024..2048 px.
        width, height: size in px of the upright picture in the file, before any reduction.
        format: 'JPEG', 'PNG', 'WEBP', 'GIF', 'BMP', 'TIFF', 'HEIF' or 'AVIF'.
        size_bytes: length of the file.
        sha256: of the file's bytes, hexadecimal.
        pixel_sha256: of the upright RGB pixels and their size, hexadecimal: equal for files that show the same
            pixels. None when the picture was reduced while decoding, as its own pixels were never looked at.
    """

    pixels: Picture
    width: int
    height: int
    format: str
    size_bytes: int
    sha256: str
    pixel_sha256: str | None
