"""Edits that make a picture a part of something larger, or let another picture cover a part of it.

The picture is seen whole, or all but its edges.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from feature_extractor.training.augment.pixels import (
    Others,
    blend,
    clip_side,
    cover,
    make_ground,
    paste,
    pick_colour,
    pick_factor,
    plain,
    resize,
)
from feature_extractor.training.augment.surrounds import decorate, rounded

Cell = tuple[float, float, float, float]
"""Left, top, width and height of a part of a canvas, as shares of its sides."""

_LEAST_CELL = 0.07
"""Share of a collage's area that the picture fills at least."""


def put_onto(picture: Picture, rng: np.random.Generator, strength: float, others: Others) -> Picture:
    """Lay it, whole, on another picture: 8 to 70 % of the area, anywhere, bare or edged, at times turned a little."""
    part = decorate(picture, rng)
    share = pick_factor(rng, 0.08 + 0.12 * (1 - strength), 0.7)
    own = part.shape[1] / part.shape[0]
    aspect = pick_factor(rng, 0.6, 1.7) if share < 0.4 else own * pick_factor(rng, 0.75, 1.33)
    side = rng.uniform(240, 352)
    width, height = clip_side(side * math.sqrt(aspect)), clip_side(side / math.sqrt(aspect))
    ground = cover(others(), rng, width, height) if rng.random() < 0.9 else make_ground(others(), rng, width, height)
    stretched = own * pick_factor(rng, 0.85, 1.18)
    across, down = math.sqrt(share * width * height * stretched), math.sqrt(share * width * height / stretched)
    fitting = min(1.0, width / across, height / down)
    part = resize(part, max(16, round(across * fitting)), max(16, round(down * fitting)))
    mask = np.full(part.shape[:2], 255, np.uint8)
    chance = rng.random()
    if chance < 0.12:
        mask = rounded(part.shape[1], part.shape[0], round(min(part.shape[:2]) * rng.uniform(0.05, 0.25)))
    elif chance < 0.27 and share < 0.5:
        part, mask = _turn(part, mask, rng.uniform(-20, 20))
    left = round(rng.uniform(0, max(0, width - part.shape[1])))
    top = round(rng.uniform(0, max(0, height - part.shape[0])))
    layer, seen = ground.copy(), np.zeros((height, width), np.uint8)
    paste(layer, part, left, top)
    visible = mask[: height - top, : width - left]
    seen[top : top + visible.shape[0], left : left + visible.shape[1]] = visible
    if rng.random() < 0.1:
        layer = blend(ground, layer, rng.uniform(0.65, 0.95))
    return np.asarray(cv2.copyTo(layer, seen, ground), np.uint8)


def make_collage(picture: Picture, rng: np.random.Generator, _strength: float, others: Others) -> Picture:
    """Make it one of two to nine pictures, in equal or unequal cells, with or without gaps."""
    own = picture.shape[1] / picture.shape[0]
    chance = rng.random()
    if chance < 0.18:
        rows, columns = (1, 2) if rng.random() < 0.5 else (2, 1)
    elif chance < 0.5:
        rows, columns = 2, 2
    elif chance < 0.77:
        rows, columns = ((1, 3), (3, 1), (2, 3), (3, 2), (3, 3))[rng.integers(5)]
    else:
        rows, columns = 0, 0
    side = rng.uniform(256, 352)
    aspect = own * columns / rows if rows and rng.random() < 0.6 else pick_factor(rng, 0.6, 1.7)
    aspect = min(2.2, max(0.45, aspect))
    width, height = clip_side(side * math.sqrt(aspect)), clip_side(side / math.sqrt(aspect))
    cells = _grid(rows, columns) if rows else _split(rng, int(rng.integers(2, 7)))
    large = [n for n, (_, _, across, down) in enumerate(cells) if across * down >= _LEAST_CELL]
    mine = int(rng.choice(large))
    canvas = plain(width, height, pick_colour(rng))
    gap = 0 if rng.random() < 0.35 else max(1, round(side * rng.uniform(0.004, 0.03)))
    for number, (left, top, across, down) in enumerate(cells):
        x, y = round(left * width) + gap, round(top * height) + gap
        room = round((left + across) * width) - x - gap, round((top + down) * height) - y - gap
        room = max(8, room[0]), max(8, room[1])
        part = fit_into(picture, rng, *room) if number == mine else cover(others(), rng, *room)
        paste(canvas, part, x + (room[0] - part.shape[1]) // 2, y + (room[1] - part.shape[0]) // 2)
    return canvas


def fit_into(picture: Picture, rng: np.random.Generator, width: int, height: int) -> Picture:
    """Return a picture for a cell: at least 75 % of it, stretched by no more than a quarter, maybe with room left."""
    tall, wide = picture.shape[:2]
    # Wider than the cell: cut left and right, else above and below.
    excess = (wide / tall) / (width / height)
    keep = max(0.75, min(excess, 1 / excess))
    across, down = (round(wide * keep), tall) if excess > 1 else (wide, round(tall * keep))
    left, top = int(rng.integers(wide - across + 1)), int(rng.integers(tall - down + 1))
    part = np.ascontiguousarray(picture[top : top + down, left : left + across])
    stretch = min(1.25, max(0.8, (width / height) / (across / down)))
    scale = min(width / (across * stretch), height / down)
    return resize(part, max(8, round(across * stretch * scale)), max(8, round(down * scale)))


def lay_other_over(picture: Picture, rng: np.random.Generator, strength: float, others: Others) -> Picture:
    """Lay another picture over all of it, opacity .1 to .45."""
    height, width = picture.shape[:2]
    return blend(picture, cover(others(), rng, width, height), rng.uniform(0.1, 0.2 + 0.25 * strength))


def inset_other(picture: Picture, rng: np.random.Generator, strength: float, others: Others) -> Picture:
    """Cover 5 to 35 % of it by another picture, anywhere."""
    height, width = picture.shape[:2]
    side = math.sqrt(rng.uniform(0.05, 0.1 + 0.25 * strength))
    aspect = pick_factor(rng, 0.8, 1.25)
    part = cover(others(), rng, max(8, round(width * side * aspect)), max(8, round(height * side / aspect)))
    part = decorate(part, rng)
    covered = picture.copy()
    left = round(rng.uniform(0, max(0, width - part.shape[1])))
    paste(covered, part, left, round(rng.uniform(0, max(0, height - part.shape[0]))))
    return covered


def _turn(part: Picture, mask: NDArray[np.uint8], degrees: float) -> tuple[Picture, NDArray[np.uint8]]:
    """Return a part and its mask turned, on a canvas that holds all of them."""
    height, width = mask.shape
    turning = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cosine, sine = abs(turning[0, 0]), abs(turning[0, 1])
    size = int(width * cosine + height * sine) + 1, int(width * sine + height * cosine) + 1
    turning[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    turned = cv2.warpAffine(part, turning, size, borderMode=cv2.BORDER_REPLICATE)
    turned_mask = cv2.warpAffine(mask, turning, size, flags=cv2.INTER_NEAREST)
    return np.asarray(turned, np.uint8), np.asarray(turned_mask, np.uint8)


def _grid(rows: int, columns: int) -> list[Cell]:
    """Return equal cells."""
    return [(column / columns, row / rows, 1 / columns, 1 / rows) for row in range(rows) for column in range(columns)]


def _split(rng: np.random.Generator, count: int) -> list[Cell]:
    """Return so many unequal cells: the largest is cut in two, again and again."""
    cells: list[Cell] = [(0.0, 0.0, 1.0, 1.0)]
    while len(cells) < count:
        cells.sort(key=lambda cell: cell[2] * cell[3])
        left, top, width, height = cells.pop()
        cut = rng.uniform(0.3, 0.7)
        if width * rng.uniform(0.7, 1.4) > height:
            cells += [(left, top, width * cut, height), (left + width * cut, top, width * (1 - cut), height)]
        else:
            cells += [(left, top, width, height * cut), (left, top + height * cut, width, height * (1 - cut))]
    return cells
