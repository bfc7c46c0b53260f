"""Edits that move pixels."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from evaluation.edits.canvas import BLACK, WHITE, any_colour, resize, to_image, to_pixels
from feature_extractor.picture import Picture


def crop(pixels: Picture, rng: np.random.Generator, *, keep: float) -> Picture:
    """Return a part of a picture, at a random place and of a slightly changed aspect.

    Args:
        pixels: RGB uint8, (height, width, 3).
        rng: gives place and aspect.
        keep: share of the area that is left, 0..1.
    """
    height, width = pixels.shape[:2]
    # An aspect that would need more than the whole of a side is clipped to it, the area stays.
    stretch = math.exp(rng.uniform(-0.2, 0.2))
    part_width = min(1.0, math.sqrt(keep) * stretch)
    part_height = min(1.0, keep / part_width)
    part_width = keep / part_height
    across, down = max(1, round(width * part_width)), max(1, round(height * part_height))
    left, top = int(rng.integers(width - across + 1)), int(rng.integers(height - down + 1))
    return pixels[top : top + down, left : left + across].copy()


def mirror(pixels: Picture, _rng: np.random.Generator) -> Picture:
    """Return a picture with left and right exchanged."""
    return np.ascontiguousarray(pixels[:, ::-1])


def quarter_turn(pixels: Picture, _rng: np.random.Generator, *, turns: int) -> Picture:
    """Return a picture turned counter-clockwise by `turns` times 90 degrees."""
    return np.ascontiguousarray(np.rot90(pixels, turns))


def rotate_and_cut(pixels: Picture, _rng: np.random.Generator, *, degrees: float) -> Picture:
    """Return a picture turned by a small angle and cut so that no empty corner shows, its aspect kept."""
    height, width = pixels.shape[:2]
    sine, cosine = abs(math.sin(math.radians(degrees))), abs(math.cos(math.radians(degrees)))
    # The largest upright rectangle of the same aspect inside a turned one.
    scale = 1 / max(cosine + sine * height / width, cosine + sine * width / height)
    turned = to_image(pixels).rotate(degrees, Image.Resampling.BICUBIC)
    across, down = max(1, int(width * scale)), max(1, int(height * scale))
    left, top = (width - across) // 2, (height - down) // 2
    return to_pixels(turned.crop((left, top, left + across, top + down)))


def rotate_and_fill(pixels: Picture, rng: np.random.Generator, *, degrees: float) -> Picture:
    """Return a picture turned on a larger ground of black or white."""
    ground = BLACK if rng.random() < 0.5 else WHITE
    return to_pixels(to_image(pixels).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=ground))


def change_aspect(pixels: Picture, rng: np.random.Generator, *, factor: float) -> Picture:
    """Return a picture with one side, either, scaled by `factor`."""
    height, width = pixels.shape[:2]
    if rng.random() < 0.5:
        return resize(pixels, (round(width * factor), height))
    return resize(pixels, (width, round(height * factor)))


def perspective(pixels: Picture, rng: np.random.Generator, *, strength: float) -> Picture:
    """Return the whole picture as seen from aside, on a plain ground.

    Args:
        pixels: RGB uint8, (height, width, 3).
        rng: gives the corners and the ground's colour.
        strength: how far a corner moves inwards at most, as a share of its side.
    """
    height, width = pixels.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    inwards = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (width, height)
    moved = corners + inwards * rng.uniform(0, strength, (4, 2))
    return to_pixels(
        to_image(pixels).transform(
            (width, height),
            Image.Transform.PERSPECTIVE,
            _coefficients(moved, corners),
            Image.Resampling.BICUBIC,
            fillcolor=any_colour(rng),
        )
    )


def _coefficients(here: NDArray[np.float64], there: NDArray[np.float64]) -> list[float]:
    """Return the eight numbers of the perspective that takes four points `here` (4, 2) to those `there`."""
    rows = [
        row
        for (x, y), (u, v) in zip(here, there, strict=True)
        for row in ((x, y, 1, 0, 0, 0, -u * x, -u * y), (0, 0, 0, x, y, 1, -v * x, -v * y))
    ]
    solution: list[float] = np.linalg.solve(np.array(rows), there.ravel()).tolist()
    return solution
