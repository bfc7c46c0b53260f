"""Edits that add or eat away the edges of a picture: borders, frames, round corners."""

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from feature_extractor.training.augment.pixels import (
    WHITE,
    Others,
    any_colour,
    make_ground,
    paste,
    pick_colour,
    pick_factor,
    surround,
)


def pad(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Add borders: even, uneven, above and below only, to a square; of a colour, a gradient, or continued."""
    height, width = picture.shape[:2]
    reach = 0.06 + 0.4 * strength
    chance = rng.random()
    if chance < 0.3:
        sides = np.full(4, rng.uniform(0.03, reach))
    elif chance < 0.6:
        sides = rng.uniform(0, reach, 4) + 0.01
    elif chance < 0.85:
        sides = rng.uniform(0.04, reach, 2).repeat(2) * ([1, 1, 0, 0] if rng.random() < 0.5 else [0, 0, 1, 1])
    else:
        longer = max(height, width)
        across, down = (longer - width) / 2 / width, (longer - height) / 2 / height
        sides = np.array([down, down, across, across]) + rng.uniform(0.01, 0.1)
    top, bottom, left, right = (int(side) for side in (sides * [height, height, width, width]).round())
    if rng.random() < 0.15:
        how = int(rng.choice([cv2.BORDER_REFLECT, cv2.BORDER_REPLICATE, cv2.BORDER_WRAP]))
        return np.asarray(cv2.copyMakeBorder(picture, top, bottom, left, right, how), np.uint8)
    canvas = make_ground(picture, rng, left + width + right, top + height + bottom)
    paste(canvas, picture, left, top)
    return canvas


def frame(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Frame it by one to four mouldings of different width and colour, or as an instant photograph."""
    height, width = picture.shape[:2]
    side = min(height, width)
    if rng.random() < 0.25:
        edge = round(side * rng.uniform(0.04, 0.1))
        foot = round(side * rng.uniform(0.15, 0.35))
        return surround(picture, (edge, foot, edge, edge), WHITE)
    framed = picture
    for _ in range(int(rng.integers(1, 5))):
        edge = max(1, round(side * pick_factor(rng, 0.01, 0.03 + 0.12 * strength)))
        framed = surround(framed, (edge, edge, edge, edge), pick_colour(rng))
    return framed


def round_corners(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Round its corners, as far as an ellipse; a colour or blurred colours show behind."""
    height, width = picture.shape[:2]
    radius = round(min(height, width) * rng.uniform(0.08, 0.15 + 0.35 * strength))
    if rng.random() < 0.3:
        inside = np.zeros((height, width), np.uint8)
        cv2.ellipse(inside, (width // 2, height // 2), (width // 2, height // 2), 0, 0, 360, (255,), -1)
    else:
        inside = rounded(width, height, radius)
    ground = make_ground(picture, rng, width, height)
    return np.asarray(cv2.copyTo(picture, inside, ground), np.uint8)


def rounded(width: int, height: int, radius: int) -> NDArray[np.uint8]:
    """Return a mask (height, width), 255 within a rectangle with round corners."""
    radius = max(1, min(radius, width // 2 - 1, height // 2 - 1))
    inside = np.zeros((height, width), np.uint8)
    inside[radius : height - radius] = 255
    inside[:, radius : width - radius] = 255
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(inside, (x, y), radius, (255,), -1)
    return inside


def decorate(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a picture as it is put on another: bare, or with a thin line or edge around."""
    if rng.random() < 0.65:
        return picture
    edge = max(1, round(min(picture.shape[:2]) * rng.uniform(0.01, 0.06)))
    colour = WHITE if rng.random() < 0.6 else any_colour(rng)
    return surround(picture, (edge, edge, edge, edge), colour)
