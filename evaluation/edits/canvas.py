"""Between arrays and Pillow's pictures: what all edits share."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFont

from errors import PartMissing
from feature_extractor.picture import Picture

Size = tuple[int, int]
Colour = tuple[int, int, int]

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)


def to_image(pixels: Picture) -> Image.Image:
    """Return RGB pixels as a Pillow picture."""
    return Image.fromarray(pixels)


def to_pixels(image: Image.Image) -> Picture:
    """Return a Pillow picture as RGB pixels."""
    return np.array(image.convert("RGB"))


def resize(pixels: Picture, size: Size) -> Picture:
    """Return a picture scaled to (width, height), at least 1 px each."""
    width, height = max(1, size[0]), max(1, size[1])
    return to_pixels(to_image(pixels).resize((width, height), Image.Resampling.BICUBIC))


def cover(pixels: Picture, size: Size) -> Picture:
    """Return a picture scaled to fill (width, height), what hangs over cut off evenly."""
    height, width = pixels.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    grown = resize(pixels, (max(size[0], round(width * scale)), max(size[1], round(height * scale))))
    top, left = (grown.shape[0] - size[1]) // 2, (grown.shape[1] - size[0]) // 2
    return np.ascontiguousarray(grown[top : top + size[1], left : left + size[0]])


def pick(rng: np.random.Generator, others: Sequence[Picture]) -> Picture:
    """Return one of the other pictures.

    Raises:
        ValueError: there are none.
    """
    if not others:
        raise ValueError("expected at least one other picture; received none")
    return others[int(rng.integers(len(others)))]


def any_colour(rng: np.random.Generator) -> Colour:
    """Return a colour, any as likely as another."""
    red, green, blue = rng.integers(256, size=3).tolist()
    return red, green, blue


def font(size: float) -> ImageFont.FreeTypeFont:
    """Return Pillow's bundled font in this size, px.

    Raises:
        PartMissing: this Pillow was built without FreeType.
    """
    letters = ImageFont.load_default(size)
    if not isinstance(letters, ImageFont.FreeTypeFont):
        raise PartMissing("expected a Pillow with FreeType; this one draws no scalable text")
    return letters
