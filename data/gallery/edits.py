"""What people do to pictures before they pass them on: the edits of the gallery's copies."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

Edit = Callable[[Image.Image, np.random.Generator], Image.Image]
"""(RGB picture, randomness) to RGB picture."""


def _cropped(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    share = rng.uniform(0.62, 0.75)
    wide, high = round(picture.width * share), round(picture.height * share)
    left, top = int(rng.integers(0, picture.width - wide)), int(rng.integers(0, picture.height - high))
    return picture.crop((left, top, left + wide, top + high))


def _mirrored(picture: Image.Image, _: np.random.Generator) -> Image.Image:
    return ImageOps.mirror(picture)


def _watermarked(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    size = round(min(picture.size) * rng.uniform(0.09, 0.12))
    text = ("SAMPLE PREVIEW", "© ATELIER", "DO NOT COPY")[rng.integers(3)]
    side = round(np.hypot(*picture.size)) + size * 4
    mark = Image.new("L", (side, side))
    pen, font = ImageDraw.Draw(mark), ImageFont.load_default(size)
    wide = round(pen.textlength(text, font=font))
    for row, y in enumerate(range(0, side, size * 3)):
        for x in range(-(row % 2) * wide // 2, side, wide + size * 2):
            pen.text((x, y), text, font=font, fill=120)
    mark = mark.rotate(24, resample=Image.Resampling.BICUBIC)
    left, top = (side - picture.width) // 2, (side - picture.height) // 2
    marked = picture.copy()
    marked.paste((255, 255, 255), (0, 0), mark.crop((left, top, left + picture.width, top + picture.height)))
    return marked


def _captioned(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    size = round(picture.height * 0.1)
    font = ImageFont.load_default(size)
    top, bottom = (
        ("MONDAYS", "EVERY SINGLE TIME"),
        ("WHEN IT IS FRIDAY", "AT LAST"),
        ("ONE DOES NOT SIMPLY", "SKIP BREAKFAST"),
    )[rng.integers(3)]
    captioned = picture.copy()
    pen = ImageDraw.Draw(captioned)
    for text, y in ((top, size * 0.7), (bottom, picture.height - size * 0.75)):
        wide = pen.textlength(text, font=font)
        fit = font if wide < picture.width * 0.94 else ImageFont.load_default(size * picture.width * 0.94 / wide)
        pen.text(
            (picture.width / 2, y),
            text,
            font=fit,
            fill=(255, 255, 255),
            anchor="mm",
            stroke_width=max(2, size // 14),
            stroke_fill=(0, 0, 0),
        )
    return captioned


def _recoloured(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    hue, saturation, value = picture.convert("HSV").split()
    shift = int(rng.integers(40, 90))
    turned = Image.fromarray(((np.asarray(hue).astype(np.uint16) + shift) % 256).astype(np.uint8))
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")


def _grey(picture: Image.Image, _: np.random.Generator) -> Image.Image:
    return ImageOps.autocontrast(picture.convert("L"), cutoff=1).convert("RGB")


def _sepia(picture: Image.Image, _: np.random.Generator) -> Image.Image:
    return ImageOps.colorize(picture.convert("L"), (36, 22, 14), (250, 236, 208), (158, 116, 78))


def _faded(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    pale = ImageEnhance.Contrast(ImageEnhance.Color(picture).enhance(0.55)).enhance(0.7)
    warm = Image.new("RGB", picture.size, (255, 226, 180))
    return Image.blend(pale, warm, float(rng.uniform(0.14, 0.22)))


def _small(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    share = rng.uniform(0.34, 0.45)
    return picture.resize((round(picture.width * share), round(picture.height * share)), Image.Resampling.LANCZOS)


def _rotated(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    angle = float(rng.uniform(4, 9) * rng.choice([-1, 1]))
    return picture.rotate(angle, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=(255, 255, 255))


def _framed(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    wide = round(min(picture.size) * rng.uniform(0.07, 0.11))
    mount = ImageOps.expand(picture, wide, (244, 240, 230))
    return ImageOps.expand(mount, max(6, wide // 4), (52, 36, 26))


def _screenshot(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the picture inside a made-up phone post: picture in picture."""
    wide = 480
    inner = picture.resize((wide, round(picture.height * wide / picture.width)), Image.Resampling.LANCZOS)
    dark = rng.random() < 0.5
    paper, ink = ((24, 25, 28), (214, 216, 220)) if dark else ((250, 250, 252), (40, 42, 48))
    page = Image.new("RGB", (wide, inner.height + 190), paper)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(19)
    pen.ellipse((18, 16, 62, 60), fill=(214, 120, 82))
    pen.text((76, 18), "a friend of pictures", font=font, fill=ink)
    pen.text((76, 40), "yesterday", font=ImageFont.load_default(14), fill=(140, 142, 148))
    page.paste(inner, (0, 76))
    heart = inner.height + 108
    pen.polygon(
        [(40, heart + 14), (24, heart - 4), (32, heart - 12), (40, heart - 5), (48, heart - 12), (56, heart - 4)],
        fill=(222, 60, 76),
    )
    pen.text((68, heart - 12), f"{int(rng.integers(120, 990))} likes", font=font, fill=ink)
    pen.text((24, heart + 30), "found this one, who made it?", font=font, fill=ink)
    return page


EDITS: dict[str, tuple[Edit, int]] = {
    "cropped": (_cropped, 85),
    "mirrored": (_mirrored, 85),
    "watermarked": (_watermarked, 80),
    "captioned": (_captioned, 72),
    "recoloured": (_recoloured, 85),
    "in-grey": (_grey, 85),
    "in-sepia": (_sepia, 80),
    "faded": (_faded, 78),
    "small": (_small, 40),
    "rotated": (_rotated, 85),
    "framed": (_framed, 85),
    "screenshot": (_screenshot, 75),
}
"""Each edit by its name in titles and file names, and the quality (0..100) that its copy is saved with."""
