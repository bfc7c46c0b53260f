"""Light edits of a picture, to see how far a copy's descriptor moves: for calibration, not for training.

They are milder and fewer than those of the evaluation, and share no code with them.
"""

import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from feature_extractor.picture import Picture

_Edit = Callable[[Image.Image, np.random.Generator], Image.Image]


def _jpeg(picture: Image.Image, generator: np.random.Generator) -> Image.Image:
    """Compress with quality 20 to 60."""
    compressed = io.BytesIO()
    picture.save(compressed, "JPEG", quality=int(generator.integers(20, 61)))
    with Image.open(compressed, formats=["JPEG"]) as opened:
        return opened.convert("RGB")


def _crop(picture: Image.Image, generator: np.random.Generator) -> Image.Image:
    """Keep a window of 60 to 85 % of the area, anywhere."""
    side = np.sqrt(generator.uniform(0.6, 0.85))
    width, height = round(picture.width * side), round(picture.height * side)
    left = int(generator.integers(picture.width - width + 1))
    top = int(generator.integers(picture.height - height + 1))
    return picture.crop((left, top, left + width, top + height))


def _mirror(picture: Image.Image, generator: np.random.Generator) -> Image.Image:
    """Swap left and right."""
    return ImageOps.mirror(picture)


def _rotate(picture: Image.Image, generator: np.random.Generator) -> Image.Image:
    """Turn by 3 to 10 degrees either way, on white."""
    angle = generator.uniform(3, 10) * generator.choice([-1, 1])
    return picture.rotate(angle, Image.Resampling.BILINEAR, fillcolor=(255, 255, 255))


def _tone(picture: Image.Image, generator: np.random.Generator) -> Image.Image:
    """Change brightness, contrast and saturation by up to 40 %."""
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhance(picture).enhance(generator.uniform(0.6, 1.4))
    return picture


def _grey(picture: Image.Image, generator: np.random.Generator) -> Image.Image:
    """Take the colour away."""
    return ImageOps.grayscale(picture).convert("RGB")


def _text(picture: Image.Image, generator: np.random.Generator) -> Image.Image:
    """Write two lines across it, a tenth of its height each."""
    marked = picture.copy()
    draw = ImageDraw.Draw(marked)
    colour = tuple(int(part) for part in generator.integers(0, 256, 3))
    for place in generator.uniform(0.05, 0.85, 2):
        words = "".join(generator.choice(list("abcdefghijklmnop ABCDEFGHIJ"), 18))
        draw.text(
            (marked.width * 0.05, marked.height * place), words, colour, ImageFont.load_default(marked.height / 10)
        )
    return marked


def _thumbnail(picture: Image.Image, generator: np.random.Generator) -> Image.Image:
    """Reduce to at most 128 px."""
    small = picture.copy()
    small.thumbnail((128, 128))
    return small


LIGHT_EDITS: dict[str, _Edit] = {
    "jpeg": _jpeg,
    "crop": _crop,
    "mirror": _mirror,
    "rotate": _rotate,
    "tone": _tone,
    "grey": _grey,
    "text": _text,
    "thumbnail": _thumbnail,
}


def edit_lightly(picture: Picture, generator: np.random.Generator) -> Iterator[tuple[str, Picture]]:
    """Yield each light edit of a picture with its name, in the order of LIGHT_EDITS.

    Args:
        picture: RGB uint8 (height, width, 3).
        generator: decides strengths and places.
    """
    opened = Image.fromarray(picture)
    for name, edit in LIGHT_EDITS.items():
        yield name, np.asarray(edit(opened, generator))
