"""Pictures drawn for these tests, and edits of them."""

import io

import numpy as np
from PIL import Image

SIZES = ((480, 360), (320, 420), (400, 400), (512, 256))


def draw(seed: int) -> Image.Image:
    """Return a picture of soft colours and hard shapes that is unlike that of any other seed."""
    generator = np.random.default_rng(seed)
    width, height = SIZES[seed % len(SIZES)]
    coarse = generator.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    for _ in range(12):
        left, top = int(generator.integers(width)), int(generator.integers(height))
        colour = tuple(int(part) for part in generator.integers(0, 256, 3))
        picture.paste(colour, (left, top, left + int(generator.integers(8, 90)), top + int(generator.integers(8, 90))))
    return picture


def encode(picture: Image.Image, file_format: str, **options: int) -> bytes:
    """Return a picture as a file."""
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def plain() -> bytes:
    """Return a file with nothing in it but one colour."""
    return encode(Image.new("RGB", (320, 240), (180, 180, 180)), "PNG")
