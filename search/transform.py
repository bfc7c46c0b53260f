"""What was done to a picture to make a copy of it, in fields with units."""

from dataclasses import dataclass
from math import atan2, degrees, hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from search.geometry import Matrix, jacobian, project
from search.residual import Box, Recolouring, Residual

Polygon = tuple[tuple[float, float], ...]
"""Corners in shares of a picture's width and height, clockwise, 0..1."""


@dataclass(frozen=True, slots=True)
class Transform:
    """How a query differs from a picture of the catalogue, as if it had been made from it.

    Which of two copies came first is not in their pixels: read backwards, a crop is an extension.

    Attributes:
        mirrored: left to right, before anything is turned.
        rotation_deg: clockwise, -180..180.
        scale: px of the query a px of the picture.
        aspect: scale of the width by that of the height, both of the picture as it stood; 1 keeps its shape.
        perspective: how much nearer one corner is than the farthest, 0..1; 0 is a flat view.
        kept: the part of the picture that the query shows.
        kept_share: of the picture's area, 0..1.
        placed: where in the query it lies.
        placed_share: of the query's area, 0..1.
        is_surround_plain: around it the query is of one colour, or there is nothing.
        recolouring: None where too little agrees to tell.
        blur_px: standard deviation of a blur laid over the copy, in px of the picture's small version (384 px).
        jpeg_quality: 1..100, of the query's file where it is a JPEG.
        added: what the query shows on top, in shares of the query, largest first.
    """

    mirrored: bool
    rotation_deg: float
    scale: float
    aspect: float
    perspective: float
    kept: Polygon
    kept_share: float
    placed: Polygon
    placed_share: float
    is_surround_plain: bool
    recolouring: Recolouring | None
    blur_px: float
    jpeg_quality: int | None
    added: tuple[Box, ...]


def read_transform(
    matrix: Matrix,
    picture_size: tuple[int, int],
    query_size: tuple[int, int],
    residual: Residual,
    jpeg_quality: int | None,
) -> Transform:
    """Return what a map and what remains after it say.

    Args:
        matrix: from px of the picture to px of the query.
        picture_size, query_size: width and height in those px.
        residual: of the two; its own matrix is not used.
        jpeg_quality: of the query's file.
    """
    placed = _clip(project(matrix, _corners(picture_size)), query_size)
    kept = project(np.asarray(np.linalg.inv(matrix), np.float64), placed) if len(placed) else placed
    x, y = kept.mean(axis=0) if len(kept) else np.array(picture_size) / 2
    derivative = jacobian(matrix, x, y)
    mirrored = bool(np.linalg.det(derivative) < 0)
    if mirrored:
        derivative = derivative @ np.diag([-1.0, 1.0])
    depths = np.concatenate([kept, np.ones((len(kept), 1))], axis=1) @ matrix[2] if len(kept) else np.ones(1)
    return Transform(
        mirrored=mirrored,
        rotation_deg=degrees(atan2(derivative[1, 0] - derivative[0, 1], derivative[0, 0] + derivative[1, 1])),
        scale=float(np.sqrt(np.linalg.det(derivative))),
        aspect=hypot(*derivative[:, 0]) / hypot(*derivative[:, 1]),
        perspective=float(1 - depths.min() / depths.max()),
        kept=_shares(kept, picture_size),
        kept_share=_area(kept, picture_size),
        placed=_shares(placed, query_size),
        placed_share=_area(placed, query_size),
        is_surround_plain=residual.is_surround_plain,
        recolouring=residual.recolouring,
        blur_px=residual.blur_px,
        jpeg_quality=jpeg_quality,
        added=residual.added,
    )


def _corners(size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the corners of a picture in px, clockwise from the top left: its edges, half a px outside of centres."""
    width, height = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5


def _clip(polygon: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the part of a convex polygon that lies within a picture; (0, 2) where there is none."""
    area, common = cv2.intersectConvexConvex(polygon.astype(np.float32), _corners(size).astype(np.float32))
    if area <= 0 or common is None:
        return np.zeros((0, 2))
    return np.asarray(common, np.float64).reshape(-1, 2)


def _shares(polygon: NDArray[np.float64], size: tuple[int, int]) -> Polygon:
    """Return a polygon in shares of a picture's sides, clockwise."""
    if len(polygon) == 0:
        return ()
    shares = np.clip((polygon + 0.5) / np.array(size), 0, 1)
    x, y = shares.T
    if (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() < 0:
        shares = shares[::-1]
    return tuple((round(float(a), 4), round(float(b), 4)) for a, b in shares)


def _area(polygon: NDArray[np.float64], size: tuple[int, int]) -> float:
    """Return the area of a polygon as a share of a picture's."""
    if len(polygon) < 3:
        return 0.0
    return min(1.0, float(cv2.contourArea(polygon.astype(np.float32))) / (size[0] * size[1]))
