"""Edits that draw over a picture or around it; text is set in Pillow's bundled font."""

import math

import numpy as np
from PIL import Image, ImageDraw

from evaluation.edits.canvas import BLACK, WHITE, any_colour, font, to_image, to_pixels
from feature_extractor.picture import Picture

_WORDS = (
    "sale",
    "best",
    "offer",
    "only",
    "today",
    "photo",
    "stock",
    "sample",
    "original",
    "quality",
    "art",
    "shop",
    "new",
)
_SMOOTH = 4  # shapes are drawn this much larger, then reduced, as Pillow draws without antialiasing


def words(rng: np.random.Generator, count: int) -> str:
    """Return some random words."""
    return " ".join(_WORDS[n] for n in rng.integers(len(_WORDS), size=count))


def watermark(pixels: Picture, rng: np.random.Generator, *, opacity: float) -> Picture:
    """Return a picture under rows of slanting half-transparent words."""
    height, width = pixels.shape[:2]
    letters = font(max(10, min(height, width) // 11))
    text = f"© {words(rng, 2)}"
    _, _, across, down = letters.getbbox(text)
    side = math.ceil(math.hypot(width, height))
    layer = Image.new("L", (side, side))
    draw = ImageDraw.Draw(layer)
    for row, top in enumerate(range(0, side, max(1, round(down * 3)))):
        for left in range(-round(across) * (row % 2) // 2, side, round(across * 1.3)):
            draw.text((left, top), text, fill=round(255 * opacity), font=letters)
    layer = layer.rotate(30, Image.Resampling.BILINEAR)
    left, top = (side - width) // 2, (side - height) // 2
    layer = layer.crop((left, top, left + width, top + height))
    image = to_image(pixels)
    image.paste(BLACK, (1, 1), layer)  # a shadow, so that the words show on white too
    image.paste(WHITE, (0, 0), layer)
    return to_pixels(image)


def caption(pixels: Picture, rng: np.random.Generator, *, lines: int) -> Picture:
    """Return a picture under large outlined words, each line as wide as the picture or as high as there is room."""
    height, width = pixels.shape[:2]
    image = to_image(pixels)
    draw = ImageDraw.Draw(image)
    fill, outline = (WHITE, BLACK) if rng.random() < 0.7 else (any_colour(rng), WHITE)
    tops = (np.arange(lines) + rng.uniform(0.1, 0.9)) / lines * height
    for top in tops:
        text = words(rng, int(rng.integers(1, 3))).upper()
        per_size = font(100).getlength(text) / 100
        letters = font(max(12.0, min(0.9 * width / per_size, 0.8 * height / lines)))
        draw.text(
            (width / 2, top), text, fill, letters, anchor="mm", stroke_width=max(1, width // 120), stroke_fill=outline
        )
    return to_pixels(image)


def emoji(pixels: Picture, rng: np.random.Generator, *, count: int) -> Picture:
    """Return a picture under round faces, hearts and stars, each about a quarter of its shorter side."""
    height, width = pixels.shape[:2]
    image = to_image(pixels)
    for _ in range(count):
        side = round(min(height, width) * rng.uniform(0.2, 0.3))
        stamp = (_face, _heart, _star)[int(rng.integers(3))](side, rng)
        stamp = stamp.rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC)
        left, top = int(rng.integers(max(1, width - side))), int(rng.integers(max(1, height - side)))
        image.paste(stamp, (left, top), stamp)
    return to_pixels(image)


def border(pixels: Picture, rng: np.random.Generator, *, share: float) -> Picture:
    """Return a picture on a plain ground that reaches this share of the shorter side beyond each edge."""
    edge = max(1, round(share * min(pixels.shape[:2])))
    ground = (BLACK, WHITE, any_colour(rng))[int(rng.integers(3))]
    return _surround(pixels, edge, ground)


def frame(pixels: Picture, rng: np.random.Generator, *, share: float) -> Picture:
    """Return a picture in a light mount and a moulding with a bright and a dark edge, as on a wall.

    Args:
        pixels: RGB uint8, (height, width, 3).
        rng: gives the colour of the moulding.
        share: of the shorter side, for mount and moulding together.
    """
    edge = max(6, round(share * min(pixels.shape[:2])))
    wood = np.array(any_colour(rng)) // 2
    mounted = _surround(pixels, edge // 2, (240, 236, 226))
    steps = edge - edge // 2
    framed = _surround(mounted, steps, BLACK)
    height, width = framed.shape[:2]
    for step in range(steps):
        # A rounded moulding, from outside in: bright in the middle, dark at its edges.
        light = 0.6 + 0.9 * math.sin(math.pi * (step + 0.5) / steps)
        framed[step : height - step, step : width - step] = np.clip(wood * light + 20 * light, 0, 255).astype(np.uint8)
    framed[steps : height - steps, steps : width - steps] = mounted
    return framed


def _surround(pixels: Picture, edge: int, colour: tuple[int, int, int]) -> Picture:
    height, width = pixels.shape[:2]
    grown = np.empty((height + 2 * edge, width + 2 * edge, 3), np.uint8)
    grown[:] = colour
    grown[edge : edge + height, edge : edge + width] = pixels
    return grown


def _stamp(side: int) -> tuple[Image.Image, ImageDraw.ImageDraw, int]:
    large = side * _SMOOTH
    image = Image.new("RGBA", (large, large))
    return image, ImageDraw.Draw(image), large


def _smooth(image: Image.Image, side: int) -> Image.Image:
    return image.resize((side, side), Image.Resampling.BOX)


def _face(side: int, rng: np.random.Generator) -> Image.Image:
    image, draw, large = _stamp(side)
    draw.ellipse((0, 0, large - 1, large - 1), (255, 205, 50, 255), (200, 140, 20, 255), large // 40)
    for centre in (0.33, 0.67):
        draw.ellipse(((centre - 0.07) * large, 0.28 * large, (centre + 0.07) * large, 0.46 * large), (60, 40, 10, 255))
    mouth = (0.25 * large, 0.35 * large, 0.75 * large, 0.8 * large)
    if rng.random() < 0.5:
        draw.chord(mouth, 10, 170, (130, 40, 30, 255))
    else:
        draw.arc(mouth, 20, 160, (90, 60, 10, 255), large // 20)
    return _smooth(image, side)


def _heart(side: int, _rng: np.random.Generator) -> Image.Image:
    image, draw, large = _stamp(side)
    t = np.linspace(0, 2 * math.pi, 80)
    # The usual heart curve, 32 wide and about 29 high.
    x = 0.5 + 16 * np.sin(t) ** 3 / 34
    y = 0.46 - (13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 34
    draw.polygon([(a * large, b * large) for a, b in zip(x.tolist(), y.tolist(), strict=True)], (225, 30, 60, 255))
    return _smooth(image, side)


def _star(side: int, rng: np.random.Generator) -> Image.Image:
    image, draw, large = _stamp(side)
    red, green, blue = any_colour(rng)
    points = [
        (large * (0.5 + radius * math.sin(n * math.pi / 5)), large * (0.5 - radius * math.cos(n * math.pi / 5)))
        for n in range(10)
        for radius in (0.5 if n % 2 == 0 else 0.2,)
    ]
    draw.polygon(points, (red, green, blue, 255), WHITE)
    return _smooth(image, side)
