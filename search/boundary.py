"""Whether a picture goes on past the edge of a part of it, or ends there."""

from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from search.transform import Polygon

_STEP_PX = 2.5  # from the edge to what is compared, further than a map is off
_INSIDE = 0.02  # of a side: an edge nearer to the picture's own is that
_LEAST_PLACES = 40  # along the edges, one a px
_SEAM = 2.5  # times what neighbours differ by elsewhere
_SEAM_LEVELS = 12.0
_GOES_ON = ((1.6, 0.6), (2.2, 0.85))
"""Times what neighbours differ by elsewhere, and correlation, along the edge, of what lies on both sides of it: where
that is high, they may differ by more."""
_PLAIN = 2.5  # mean difference of neighbours, in levels, on plain ground
_BUSY = 4.0  # times as much
_TEXTURE = 3.0  # mean difference of neighbours under which there is nothing that could go on


class Boundary(Enum):
    """What lies at the edge of a part of a picture."""

    SEAM = "seam"
    """What is beside the part has nothing to do with it: it was put there, or something was put around it."""
    GOES_ON = "goes_on"
    """The picture goes on past it: the part was cut out."""


def judge_boundary(picture: Picture, part: Polygon) -> Boundary | None:
    """Return what lies at the edge of a part of a picture; None where that cannot be told.

    Pixels on both sides of the edge are held against pixels as far apart that lie on one side of it. The edge is seen
    as a seam where they differ much more, or where what is beside the part is plain and the part is not; the picture
    is said to go on where they differ as usual and, along the edge, are like each other. Plain ground goes on whatever
    was put on it, so that it tells nothing. The measure is ours.

    Args:
        picture: RGB uint8, small.
        part: in shares of its sides; edges that are the picture's own are passed over.
    """
    height, width = picture.shape[:2]
    places, normals = _places(part, width, height)
    if len(places) < _LEAST_PLACES:
        return None
    soft = cv2.GaussianBlur(picture, (0, 0), 0.8).astype(np.float32)
    inner, inside, outside, outer = (
        _values(soft, places + away * normals) for away in np.array([-3, -1, 1, 3]) * _STEP_PX
    )
    across, within, beyond = _difference(inside, outside), _difference(inner, inside), _difference(outside, outer)
    usual = (within + beyond) / 2
    is_step = across > _SEAM * usual and across > _SEAM_LEVELS
    is_border = beyond < _PLAIN and within > _BUSY * max(beyond, _PLAIN / 2)
    if is_step or is_border:
        return Boundary.SEAM
    alike = _correlation(inside, outside)
    least_usual = min(within, beyond)  # a thin line between two pictures makes one side differ much within itself
    if least_usual > _TEXTURE and any(across < most * least_usual and alike > least for most, least in _GOES_ON):
        return Boundary.GOES_ON
    return None


def _places(part: Polygon, width: int, height: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places along those edges of a part that lie within the picture, and the outward normals there, (n, 2)."""
    corners = np.array(part, np.float64).reshape(-1, 2) * (width, height) - 0.5
    reach = 3 * _STEP_PX
    places, normals = [], []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        length = float(np.linalg.norm(end - start))
        if length < 1:
            continue
        along = (end - start) / length
        normal = np.array([along[1], -along[0]])  # outward, as corners go clockwise and y downward
        # Near the corners what is beside one edge is beside the other as well.
        steps = np.arange(reach, length - reach)[:, None]
        found = start + steps * along
        beyond = found + reach * normal
        margin = _INSIDE * np.array([width, height])
        held = ((beyond > 0) & (beyond < (width - 1, height - 1)) & (found > margin)).all(axis=1)
        held &= (found < np.array([width - 1, height - 1]) - margin).all(axis=1)
        places.append(found[held])
        normals.append(np.repeat(normal[None], int(held.sum()), axis=0))
    if not places:
        return np.zeros((0, 2)), np.zeros((0, 2))
    return np.concatenate(places), np.concatenate(normals)


def _values(picture: NDArray[np.float32], places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the colours at some places, float32 (n, 3)."""
    x, y = places.astype(np.float32).T
    # OpenCV reads at most 32,767 px in one row; there are a few hundred.
    found = cv2.remap(picture, x[None], y[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found[0], np.float32)


def _difference(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return by how many levels colours differ, the mean of the channel that differs most."""
    return float(np.abs(one - other).max(axis=1).mean())


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return how alike two rows of colours are, -1..1."""
    first, second = (values.mean(axis=1) for values in (one, other))
    first, second = first - first.mean(), second - second.mean()
    return float((first * second).sum() / max(float(np.sqrt((first**2).sum() * (second**2).sum())), 1e-6))
