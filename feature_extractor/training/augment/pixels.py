"""What the edits share: drawing of numbers, sizes and grounds, in NumPy's types."""

import math
from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np

from feature_extractor.picture import Picture

Colour: TypeAlias = tuple[int, int, int]
"""RGB, 0..255."""

Others: TypeAlias = Callable[[], Picture]
"""Gives another picture, for compositions."""

Change: TypeAlias = Callable[[Picture, np.random.Generator, float, Others], Picture]
"""An edit of pixels: picture, generator, strength 0..1 (how far of its range it may go), other pictures. It returns a
new array and leaves the picture alone."""

LEAST_SIDE = 32
GREATEST_SIDE = 448
"""Sides in px of what an edit returns lie between these; the model sees 224 px."""

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)


def pick_colour(rng: np.random.Generator) -> Colour:
    """Return black or white half of the time, else any colour."""
    chance = rng.random()
    if chance < 0.25:
        return WHITE
    if chance < 0.5:
        return BLACK
    return any_colour(rng)


def any_colour(rng: np.random.Generator) -> Colour:
    """Return any colour."""
    red, green, blue = rng.integers(0, 256, 3)
    return int(red), int(green), int(blue)


def pick_factor(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a factor, uniform in its logarithm."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def clip_side(side: float, least: int = LEAST_SIDE) -> int:
    """Return a side in px that is neither tiny nor larger than the model can use."""
    return min(GREATEST_SIDE, max(least, round(side)))


def resize(picture: Picture, width: int, height: int) -> Picture:
    """Return a picture resized, averaged where it shrinks."""
    shrinks = width * height < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (max(1, width), max(1, height)), interpolation=how), np.uint8)


def shrink_to_fit(picture: Picture, side: int) -> Picture:
    """Return a picture with no side above this many px."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    return picture if scale >= 1 else resize(picture, clip_side(width * scale), clip_side(height * scale))


def cover(picture: Picture, rng: np.random.Generator, width: int, height: int) -> Picture:
    """Return the largest window of this aspect, anywhere in a picture, resized."""
    tall, wide = picture.shape[:2]
    scale = min(wide / width, tall / height)
    across, down = max(1, int(width * scale)), max(1, int(height * scale))
    left, top = int(rng.integers(wide - across + 1)), int(rng.integers(tall - down + 1))
    return resize(np.ascontiguousarray(picture[top : top + down, left : left + across]), width, height)


def plain(width: int, height: int, colour: Colour) -> Picture:
    """Return a canvas of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def blur_much(picture: Picture, width: int, height: int) -> Picture:
    """Return a picture stretched over a canvas and blurred until only its colours are left."""
    return np.asarray(cv2.resize(cv2.blur(resize(picture, 16, 16), (3, 3)), (width, height)), np.uint8)


def make_ground(picture: Picture, rng: np.random.Generator, width: int, height: int) -> Picture:
    """Return a canvas to lay a picture on: a colour, a gradient of two, or the picture blurred."""
    chance = rng.random()
    if chance < 0.6:
        return plain(width, height, pick_colour(rng))
    if chance < 0.75:
        corners = rng.integers(0, 256, (2, 2, 3), np.uint8)
        return np.asarray(cv2.resize(corners, (width, height)), np.uint8)
    return blur_much(picture, width, height)


def paste(canvas: Picture, part: Picture, left: int, top: int) -> None:
    """Lay a part on a canvas, in place; what reaches beyond the canvas is lost."""
    height, width = canvas.shape[:2]
    x, y = max(0, left), max(0, top)
    right, bottom = min(width, left + part.shape[1]), min(height, top + part.shape[0])
    if x < right and y < bottom:
        canvas[y:bottom, x:right] = part[y - top : bottom - top, x - left : right - left]


def surround(picture: Picture, edges: tuple[int, int, int, int], colour: Colour) -> Picture:
    """Return a picture with edges of so many px: above, below, left, right."""
    above, below, left, right = edges
    canvas = plain(left + picture.shape[1] + right, above + picture.shape[0] + below, colour)
    paste(canvas, picture, left, above)
    return canvas


def blend(ground: Picture, layer: Picture, opacity: float) -> Picture:
    """Return a layer laid over a ground of its size."""
    return np.asarray(cv2.addWeighted(layer, opacity, ground, 1 - opacity, 0), np.uint8)
