"""Edits that cover parts of a picture: writing, watermarks, lines, stamps, patches."""

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from feature_extractor.training.augment.lettering import fit, invent_words, letter, outline, stain, turn
from feature_extractor.training.augment.pixels import (
    BLACK,
    WHITE,
    Colour,
    Others,
    any_colour,
    blend,
    pick_colour,
    pick_factor,
    resize,
    surround,
)
from feature_extractor.training.augment.stamps import draw_stamp


def watermark(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Write a mark, once and large or again and again, turned, half transparent."""
    marked = picture.copy()
    height, width = picture.shape[:2]
    opacity = rng.uniform(0.15, 0.3 + 0.5 * strength)
    colour = WHITE if rng.random() < 0.6 else pick_colour(rng)
    tiled = rng.random() < 0.55
    line = letter(rng, invent_words(rng, int(rng.integers(1, 3))), round(height * rng.uniform(0.06, 0.13)))
    if not tiled:
        line = letter(rng, invent_words(rng, 1), round(height * rng.uniform(0.12, 0.4)))
        line = turn(fit(line, width, height), float(rng.choice([0, 0, 30, -30, 45, -45, 90])))
        left = round(rng.uniform(-0.1, 1.1) * (width - line.shape[1]))
        top = round(rng.uniform(-0.1, 1.1) * (height - line.shape[0]))
        stain(marked, line, (left, top), colour, opacity)
        return marked
    line = fit(line, width // 2, height // 4)
    gap = round(line.shape[0] * rng.uniform(0.4, 2.5))
    tile = np.pad(line, ((gap // 2, gap // 2), (gap // 2, gap // 2)))
    side = height + width
    lines = np.tile(tile, (side // tile.shape[0] + 1, side // tile.shape[1] + 1))[:side, :side]
    turning = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-45, 45), 1)
    turning[:, 2] += (width - side) / 2, (height - side) / 2
    stain(marked, np.asarray(cv2.warpAffine(lines, turning, (width, height)), np.uint8), (0, 0), colour, opacity)
    return marked


def write(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Write one to six lines, small in a corner or large over most of the picture; plain, outlined, or on a bar."""
    written = picture.copy()
    height, width = picture.shape[:2]
    lines = int(rng.integers(1, 4 + round(3 * strength)))
    step = height * rng.uniform(0.08, 0.15 + 0.8 * strength) / lines
    size = max(8, round(min(step * 0.95, height * 0.5)))
    top = rng.uniform(0, max(1, height - step * lines))
    colour = pick_colour(rng)
    contrast = BLACK if sum(colour) > 380 else WHITE
    opacity = 1 if rng.random() < 0.7 else rng.uniform(0.4, 1)
    style, centred, tilt = rng.random(), rng.random() < 0.5, rng.uniform(-20, 20) if rng.random() < 0.2 else 0
    for number in range(lines):
        words = max(1, round(rng.uniform(0.6, 1.4) * width / size / 4))
        line = fit(letter(rng, invent_words(rng, words), size), round(width * 0.98), size)
        line = turn(line, tilt) if tilt else line
        left = (width - line.shape[1]) // 2 if centred else round(width * 0.02)
        y = round(top + number * step)
        if style < 0.3:
            edge = max(1, size // 14)
            stain(written, outline(line, edge), (left - edge, y - edge), contrast, opacity)
        elif style < 0.45:
            bar = np.full((line.shape[0] + 6, line.shape[1] + 8), 255, np.uint8)
            stain(written, bar, (left - 4, y - 3), contrast)
        stain(written, line, (left, y), colour, opacity)
    return written


def write_meme(picture: Picture, rng: np.random.Generator, _strength: float, _others: Others) -> Picture:
    """Add a band with one or two lines above, below or both; or write there in outlined capitals."""
    above = rng.random() < 0.75
    below = not above or rng.random() < 0.4
    height, width = picture.shape[:2]
    inside = rng.random() < 0.35
    bands = [round(height * rng.uniform(0.12, 0.4)) if there else 0 for there in (above, below)]
    ground, ink = (WHITE, BLACK) if rng.random() < 0.7 else (BLACK, WHITE)
    if inside:
        canvas, tops, ink = picture.copy(), (0, height - bands[1]), WHITE
    else:
        canvas = surround(picture, (bands[0], bands[1], 0, 0), ground)
        tops = (0, bands[0] + height)
    for top, band in zip(tops, bands, strict=True):
        if not band:
            continue
        lines = 1 if band < height * 0.18 else int(rng.integers(1, 3))
        size = max(8, round(band / lines * 0.75))
        for number in range(lines):
            text = invent_words(rng, max(1, round(width / size / 3)))
            line = fit(letter(rng, text.upper() if inside else text, size), round(width * 0.95), size)
            left, y = (width - line.shape[1]) // 2, round(top + band / lines * (number + 0.12))
            if inside:
                edge = max(1, size // 12)
                stain(canvas, outline(line, edge), (left - edge, y - edge), BLACK)
            stain(canvas, line, (left, y), ink)
    return canvas


def draw_lines(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Draw stripes, a few straight lines, a grid, or scribbles, opaque or not."""
    drawn = picture.copy()
    height, width = picture.shape[:2]
    side = min(height, width)
    colour = pick_colour(rng)
    chance = rng.random()
    if chance < 0.4:
        _draw_stripes(drawn, rng, colour)
    elif chance < 0.55:
        gap = round(side * rng.uniform(0.08, 0.3))
        thick = max(1, round(gap * rng.uniform(0.02, 0.15)))
        for x in range(gap // 2, width, gap):
            drawn[:, x : x + thick] = colour
        for y in range(gap // 2, height, gap):
            drawn[y : y + thick] = colour
    elif chance < 0.75:
        for _ in range(int(rng.integers(1, 4 + round(8 * strength)))):
            ends = rng.integers(0, [width, height], (2, 2))
            thick = max(1, round(side * pick_factor(rng, 0.005, 0.05)))
            cv2.line(drawn, _point(ends[0]), _point(ends[1]), any_colour(rng), thick, cv2.LINE_AA)
    else:
        for _ in range(int(rng.integers(1, 3 + round(3 * strength)))):
            path = rng.uniform(0, 1, 2) * [width, height] + np.cumsum(rng.normal(0, side * 0.12, (12, 2)), axis=0)
            thick = max(1, round(side * pick_factor(rng, 0.008, 0.04)))
            cv2.polylines(drawn, [path.astype(np.int32)], False, any_colour(rng), thick, cv2.LINE_AA)
    return blend(picture, drawn, 1 if rng.random() < 0.5 else rng.uniform(0.3, 0.9))


def stamp(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Put one to six faces, hearts, stars and other shapes on it."""
    stamped = picture.copy()
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(1, 3 + round(4 * strength)))):
        radius = min(height, width) * pick_factor(rng, 0.05, 0.08 + 0.2 * strength)
        draw_stamp(stamped, rng, rng.uniform(0, width), rng.uniform(0, height), radius)
    return stamped if rng.random() < 0.8 else blend(picture, stamped, rng.uniform(0.4, 0.9))


def cut_out(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Cover one to six patches with a colour, with noise, with mosaic, or with other parts of the picture."""
    cut = picture.copy()
    height, width = picture.shape[:2]
    many = int(rng.integers(1, 7))
    for _ in range(many):
        share = pick_factor(rng, 0.01, 0.05 + 0.35 * strength) / np.sqrt(many)
        aspect = pick_factor(rng, 0.3, 3)
        across = min(width, max(4, round(np.sqrt(share * aspect) * width)))
        down = min(height, max(4, round(np.sqrt(share / aspect) * height)))
        left, top = int(rng.integers(width - across + 1)), int(rng.integers(height - down + 1))
        part = cut[top : top + down, left : left + across]
        chance = rng.random()
        if chance < 0.6:
            part[:] = pick_colour(rng)
        elif chance < 0.7:
            part[:] = np.frombuffer(rng.bytes(part.size), np.uint8).reshape(part.shape)
        elif chance < 0.85:
            blocks = resize(np.ascontiguousarray(part), 3, 3)
            part[:] = cv2.resize(blocks, (across, down), interpolation=cv2.INTER_NEAREST)
        else:
            x, y = int(rng.integers(width - across + 1)), int(rng.integers(height - down + 1))
            part[:] = picture[y : y + down, x : x + across]
    return cut


def _draw_stripes(drawn: Picture, rng: np.random.Generator, colour: Colour) -> None:
    """Draw parallel stripes over all of it, in place."""
    height, width = drawn.shape[:2]
    angle = float(rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)]))
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    period = min(height, width) * pick_factor(rng, 0.06, 0.4)
    thick = max(1, round(period * rng.uniform(0.08, 0.5)))
    reach = float(np.hypot(height, width))
    for offset in np.arange(-reach / 2, reach / 2, period):
        middle = np.array([width / 2, height / 2]) + across * offset
        cv2.line(drawn, _point(middle - along * reach), _point(middle + along * reach), colour, thick, cv2.LINE_AA)


def _point(place: NDArray[np.generic]) -> tuple[int, int]:
    """Return a place as OpenCV takes it."""
    return round(float(place[0])), round(float(place[1]))
