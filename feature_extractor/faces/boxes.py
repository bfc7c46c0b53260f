"""Arithmetic of boxes: float arrays (n, 4) of left, top, right, bottom in px."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
Scores = NDArray[np.float64]


def keep_apart(boxes: Boxes, scores: Scores, overlap: float, *, of: Literal["union", "smaller"]) -> NDArray[np.intp]:
    """Return the rows that no surer box overlaps, the surest first.

    A box is dropped for a surer one even where that one is dropped too, as the package `mtcnn` does it.

    Args:
        boxes: (n, 4).
        scores: (n,).
        overlap: the most that two kept boxes may share, 0..1.
        of: what the shared area is a part of.
    """
    order: NDArray[np.intp] = np.argsort(scores)[::-1]
    left, top, right, bottom = boxes[order].T
    areas = (right - left) * (bottom - top)
    widths = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)  # (n, n)
    heights = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    shared = np.maximum(widths, 0) * np.maximum(heights, 0)
    whole = areas[:, None] + areas - shared if of == "union" else np.minimum(areas[:, None], areas)
    is_covered: NDArray[np.bool_] = np.triu(shared > overlap * whole, k=1).any(axis=0)
    kept: NDArray[np.intp] = order[~is_covered]
    return kept


def to_squares(boxes: Boxes) -> Boxes:
    """Return squares about the centres of boxes, as long as their longer sides."""
    sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)


def shift(boxes: Boxes, shares: NDArray[np.float32]) -> Boxes:
    """Return boxes whose edges are moved by shares (n, 4) of their sides, as the networks were trained to tell them."""
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    return boxes + shares * np.tile(sides, 2)
