"""Edits that make a picture a part of a larger one."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from evaluation.edits.canvas import WHITE, Colour, cover, font, pick, resize, to_image, to_pixels
from evaluation.edits.overlaying import words
from feature_extractor.picture import Picture

_LONGEST_SIDE = 1024
_INK: Colour = (40, 42, 48)
_PALE: Colour = (236, 238, 241)
_ACCENT: Colour = (32, 96, 210)


def put_onto(pixels: Picture, rng: np.random.Generator, *, share: float, others: Sequence[Picture]) -> Picture:
    """Return another picture with this one, whole, lying on it.

    Args:
        pixels: RGB uint8, (height, width, 3).
        rng: gives the other picture and the place.
        share: of the result's area that the picture fills, 0..1.
        others: pictures to lie on.
    """
    height, width = pixels.shape[:2]
    ground = pick(rng, others)
    area = height * width / share
    aspect = ground.shape[1] / ground.shape[0]
    # Where the other's aspect leaves no room for the picture, the ground is cut to fit it.
    across = min(max(math.sqrt(area * aspect), width), area / height)
    down = area / across
    shrunk = min(1.0, _LONGEST_SIDE / max(across, down))
    part = resize(pixels, (round(width * shrunk), round(height * shrunk)))
    canvas = cover(ground, (max(part.shape[1], round(across * shrunk)), max(part.shape[0], round(down * shrunk))))
    left = int(rng.integers(canvas.shape[1] - part.shape[1] + 1))
    top = int(rng.integers(canvas.shape[0] - part.shape[0] + 1))
    canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
    return canvas


def make_collage(pixels: Picture, rng: np.random.Generator, *, others: Sequence[Picture]) -> Picture:
    """Return four pictures in two rows with a gap between them, this one whole at a random place."""
    height, width = pixels.shape[:2]
    gap = max(2, min(height, width) // 30)
    canvas = np.full((2 * height + 3 * gap, 2 * width + 3 * gap, 3), 255, np.uint8)
    place = int(rng.integers(4))
    for cell in range(4):
        part = pixels if cell == place else cover(pick(rng, others), (width, height))
        top, left = gap + (cell // 2) * (height + gap), gap + (cell % 2) * (width + gap)
        canvas[top : top + height, left : left + width] = part
    scale = min(1.0, _LONGEST_SIDE / max(canvas.shape[:2]))
    return resize(canvas, (round(canvas.shape[1] * scale), round(canvas.shape[0] * scale)))


def screenshot_page(pixels: Picture, rng: np.random.Generator, *, share: float) -> Picture:
    """Return a browser window of 1280 x 800 px with a page of text in which the picture fills this share."""
    page = Image.new("RGB", (1280, 800), WHITE)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 1280, 70), (222, 225, 230))
    for n, colour in enumerate([(237, 106, 94), (245, 191, 79), (98, 197, 84)]):
        draw.ellipse((16 + 22 * n, 10, 30 + 22 * n, 24), colour)
    draw.rounded_rectangle((120, 36, 1160, 62), 13, WHITE)
    draw.text((140, 41), f"https://www.{words(rng, 1)}-{words(rng, 1)}.example/{words(rng, 1)}", _INK, font(14))
    draw.text((80, 95), words(rng, 5).capitalize(), _INK, font(34))
    draw.text((80, 140), words(rng, 9), (120, 124, 130), font(15))
    height, width = pixels.shape[:2]
    scale = math.sqrt(share * 1280 * 800 / (height * width))
    scale = min(scale, 700 / width, 560 / height)
    part = to_image(resize(pixels, (round(width * scale), round(height * scale))))
    left = 80 if rng.random() < 0.5 else 860 - part.width
    page.paste(part, (left, 185))
    beside = (80 + part.width + 24, 860) if left == 80 else (80, left - 24)
    for top in range(185, 780, 24):
        start, end = beside if top < 185 + part.height + 12 else (80, 860)
        _write_line(draw, rng, start, end, top)
    draw.rectangle((900, 95, 1200, 780), _PALE)
    for top in range(115, 700, 110):
        draw.rectangle((920, top, 1010, top + 80), tuple(rng.integers(120, 230, size=3).tolist()))
        _write_line(draw, rng, 1025, 1190, top + 8)
        _write_line(draw, rng, 1025, 1190, top + 34)
    return to_pixels(page)


def screenshot_phone(pixels: Picture, rng: np.random.Generator) -> Picture:
    """Return a phone's screen, 540 px wide, that shows the picture in a feed as wide as the screen."""
    height, width = pixels.shape[:2]
    part = to_image(resize(pixels, (540, max(1, round(540 * height / width)))))
    is_dark = rng.random() < 0.5
    ground, ink = ((18, 18, 20), (230, 230, 232)) if is_dark else (WHITE, _INK)
    screen = Image.new("RGB", (540, part.height + 400), ground)
    draw = ImageDraw.Draw(screen)
    draw.text((24, 12), f"{rng.integers(24):02}:{rng.integers(60):02}", ink, font(20))
    draw.rounded_rectangle((470, 14, 516, 34), 5, outline=ink, width=2)
    draw.rectangle((473, 17, int(rng.integers(485, 512)), 31), ink)
    draw.ellipse((24, 66, 80, 122), tuple(rng.integers(60, 230, size=3).tolist()))
    draw.text((96, 70), words(rng, 2), ink, font(22))
    draw.text((96, 98), words(rng, 1), (140, 140, 145), font(16))
    screen.paste(part, (0, 140))
    below = 140 + part.height
    for left in (24, 84, 144):
        draw.ellipse((left, below + 18, left + 36, below + 54), outline=ink, width=3)
    for n in range(3):
        draw.text((24, below + 72 + 30 * n), words(rng, 6), ink, font(20))
    draw.line((0, below + 190, 540, below + 190), (128, 128, 132), 1)
    for left in range(60, 540, 105):
        draw.rounded_rectangle((left - 16, below + 208, left + 16, below + 240), 6, outline=ink, width=3)
    return to_pixels(screen)


def _write_line(draw: ImageDraw.ImageDraw, rng: np.random.Generator, left: float, right: float, top: float) -> None:
    letters = font(15)
    text = words(rng, 1)
    room = (right - left) / letters.getlength("n") - 12  # the longest word, so that the last one fits
    while len(text) < room:
        text += " " + words(rng, 1)
    colour = _ACCENT if rng.random() < 0.08 else _INK
    draw.text((left, top), text, colour, letters)
