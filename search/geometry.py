"""Where a picture of the catalogue lies within a query: the map between the two that their local features agree on."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.keypoints import Keypoints, mirror_parity

Matrix = NDArray[np.float64]
"""A homography, (3, 3): from x and y in px, pixel centres at whole numbers, to the same of the other picture."""

LEAST_MATCHES = 4
"""Matches without which nothing is tried: an affine map takes three, and one must agree with it."""
LEAST_VOTES = 5
"""Matches that must agree on a change of size and direction before a map is fitted to them. Of 729 maps that proved a
copy of `train` none had fewer; of the others two in three do, and are let go for an eighth of what they cost."""

_RATIO = 0.85  # of the nearest distance to the second (Lowe, 2004); high, as geometry sorts out what is wrong
_OCTAVES = 0.6  # matches of one picture agree in size within this
_DEGREES = 25.0  # and in direction, which perspective and stretching turn apart
_REACH = 0.015  # of the longer side of the picture as it lies in the query: how far off a feature may be found
_SEARCH_REACH = 0.03  # where more features are looked for, once a map is known
_SAME_LOOK = 0.75  # greatest distance of two descriptors that may show the same once their places agree
_HOMOGRAPHY_FROM = 12  # fewer matches do not tell perspective from noise
_HOMOGRAPHY_GAIN = 1.1
_STRETCH = 4.0
_SCALE = 30.0


@dataclass(frozen=True, slots=True)
class Alignment:
    """A map from a picture of the catalogue to a query, and what it rests on.

    Attributes:
        matrix: from px of the catalogue's picture to px of the query, mirroring included.
        mirrored: the query shows the picture as in a mirror.
        matches: pairs of features that look alike, right or wrong.
        inliers: those that the map explains, at most one a feature.
        of: features of the catalogue's picture that the map puts inside the query.
        pairs: float32 (inliers, 4): x and y in the picture, x and y in the query.
    """

    matrix: Matrix
    mirrored: bool
    matches: int
    inliers: int
    of: int
    pairs: NDArray[np.float32]


def align(picture: Keypoints, query: Keypoints) -> tuple[Alignment, ...]:
    """Return the map that most features of two pictures agree on, one for each handedness that has any, best first.

    Matches are sorted by the change of size and direction that each proposes, and the largest group that agrees
    proposes an affine map (random sample consensus, Fischler and Bolles, 1981), or a homography where that explains
    clearly more (MAGSAC++, Barath et al., 2020). Under that map further features are matched by place and look, and it
    is fitted again to all.

    Args:
        picture: features of a picture of the catalogue.
        query: of the query.
    """
    plain, opposite = _distances(picture.descriptors, query.descriptors)
    found = [_align_one_hand(picture, query, plain, mirrored=False)]
    turned = _align_one_hand(picture, query.mirrored(), opposite, mirrored=True)
    if turned is not None:
        pairs = turned.pairs.copy()
        pairs[:, 2] = query.width - 1 - pairs[:, 2]
        found.append(replace(turned, matrix=mirroring(query.width) @ turned.matrix, pairs=pairs))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: -one.inliers))


def mirroring(width: int) -> Matrix:
    """Return the map of a picture so wide to its mirror image."""
    return np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)


def scaling(across: float, down: float | None = None) -> Matrix:
    """Return the map to a picture resized by a factor, or by one for each side, pixel centres at whole numbers."""
    down = across if down is None else down
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]], np.float64)


def _align_one_hand(
    picture: Keypoints, query: Keypoints, distances: NDArray[np.float32], *, mirrored: bool
) -> Alignment | None:
    """Return the best map to a query that is seen in one handedness."""
    pairs = _match(distances)
    group = pairs[_agreeing(picture, query, pairs)]
    if len(group) < LEAST_VOTES:
        return None
    # Within a page a small picture is to be placed as precisely, for its size, as one that fills it.
    scale = float(np.median(query.sizes[group[:, 1]] / picture.sizes[group[:, 0]]))
    extent = min(max(query.width, query.height), scale * max(picture.width, picture.height))
    matrix = _propose(picture, query, group, _REACH * extent)
    if matrix is None:
        return None
    more = _match_by_place(picture, query, distances, matrix, _SEARCH_REACH * extent)
    if len(more) < LEAST_MATCHES:
        return None
    matrix, kept = _refine(picture.places[more[:, 0]], query.places[more[:, 1]], matrix, _REACH * extent)
    if len(kept) < LEAST_MATCHES or not is_plausible(matrix, picture.width, picture.height):
        return None
    if np.linalg.det(matrix) < 0:  # features that look about alike may lie so that the other hand explains them
        return None
    held = more[kept]
    return Alignment(
        matrix=matrix,
        mirrored=mirrored,
        matches=len(pairs),
        inliers=len(held),
        of=int(_inside(project(matrix, picture.places), query.width, query.height).sum()),
        pairs=np.concatenate([picture.places[held[:, 0]], query.places[held[:, 1]]], axis=1),
    )


def project(matrix: Matrix, places: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return where a homography puts places, float64 (n, 2)."""
    wide = np.concatenate([places, np.ones((len(places), 1))], axis=1) @ matrix.T
    mapped: NDArray[np.float64] = wide[:, :2] / wide[:, 2:]
    return mapped


def is_plausible(matrix: Matrix, width: int, height: int) -> bool:
    """Return whether a map keeps a picture whole: no side turned inside out, nothing stretched or shrunk to a line."""
    corners = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float64)
    if not np.isfinite(matrix).all():
        return False
    depths = np.concatenate([corners, np.ones((4, 1))], axis=1) @ matrix[2]
    if depths.min() <= 0 or depths.max() > 4 * depths.min():
        return False
    if not cv2.isContourConvex(project(matrix, corners).astype(np.float32)):
        return False
    stretch, squeeze = np.linalg.svd(jacobian(matrix, width / 2, height / 2), compute_uv=False)
    return bool(squeeze * _STRETCH > stretch and 1 / _SCALE < np.sqrt(stretch * squeeze) < _SCALE)


def jacobian(matrix: Matrix, x: float, y: float) -> NDArray[np.float64]:
    """Return the derivative of a homography at a place, (2, 2)."""
    u, v, w = matrix @ (x, y, 1)
    return np.asarray((matrix[:2, :2] - np.outer([u / w, v / w], matrix[2, :2])) / w, np.float64)


def _distances(
    picture: NDArray[np.float32], query: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return squared distances of descriptors, float32 (n, m), and those to the query seen in a mirror.

    Components are the same or the opposite in a mirror, so that the products of either kind make both.
    """
    is_same = mirror_parity() > 0
    squares = (picture * picture).sum(axis=1)[:, None] + (query * query).sum(axis=1)[None]
    same = 2 * picture[:, is_same] @ query[:, is_same].T
    squares -= same
    opposite = 2 * picture[:, ~is_same] @ query[:, ~is_same].T
    plain = squares - opposite
    squares += opposite  # in place: what is written for the first time costs as much as the sum
    return plain, squares


def _match(distances: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return pairs of rows and columns, (n, 2), whose nearness stands out, each column once."""
    if distances.shape[0] == 0 or distances.shape[1] < 2:
        return np.zeros((0, 2), np.intp)
    every = np.arange(len(distances))
    nearest = distances.argmin(axis=1)
    first = distances[every, nearest]
    distances[every, nearest] = np.inf  # twice the least is three times as fast as a partition
    second = distances.min(axis=1)
    distances[every, nearest] = first
    rows = np.flatnonzero(first < _RATIO * _RATIO * second)
    return _once_a_column(rows, nearest[rows], first[rows])


def _once_a_column(
    rows: NDArray[np.intp], columns: NDArray[np.intp], distances: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Return the pairs (n, 2) that are the nearest of their column."""
    order = np.argsort(distances, kind="stable")
    rows, columns = rows[order], columns[order]
    _, first = np.unique(columns, return_index=True)
    return np.stack([rows[first], columns[first]], axis=1)


def _agreeing(picture: Keypoints, query: Keypoints, pairs: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the largest group of pairs that propose about the same change of size and direction."""
    if len(pairs) == 0:
        return np.zeros(0, np.intp)
    octaves = np.log2(query.sizes[pairs[:, 1]] / picture.sizes[pairs[:, 0]])
    turns = query.angles[pairs[:, 1]] - picture.angles[pairs[:, 0]]
    apart = np.abs((turns[:, None] - turns[None] + 180) % 360 - 180)
    near = (np.abs(octaves[:, None] - octaves[None]) < _OCTAVES) & (apart < _DEGREES)
    return np.flatnonzero(near[near.sum(axis=1).argmax()])


def _fit_affine(places: NDArray[np.float32], found: NDArray[np.float32], reach: float) -> Matrix | None:
    """Return the affine map that most pairs of places agree on."""
    if len(places) < LEAST_MATCHES:
        return None
    matrix, _ = cv2.estimateAffine2D(
        places, found, method=cv2.RANSAC, ransacReprojThreshold=reach, maxIters=1000, confidence=0.999
    )
    return None if matrix is None else np.concatenate([matrix, [[0, 0, 1]]])


def _fit_homography(places: NDArray[np.float32], found: NDArray[np.float32], reach: float) -> Matrix | None:
    """Return the homography that most pairs of places agree on; None of too few pairs to tell perspective by."""
    if len(places) < _HOMOGRAPHY_FROM:
        return None
    matrix, _ = cv2.findHomography(places, found, cv2.USAC_MAGSAC, reach, maxIters=2000, confidence=0.999)
    return None if matrix is None else np.asarray(matrix, np.float64)


def _propose(picture: Keypoints, query: Keypoints, group: NDArray[np.intp], reach: float) -> Matrix | None:
    """Return the map that most of a group of pairs agrees on."""
    places, found = picture.places[group[:, 0]], query.places[group[:, 1]]
    affine = _fit_affine(places, found, reach)
    if affine is None:
        return None
    # Seen from the side, an affine map would explain a part of the picture and never find the rest.
    bent = _fit_homography(places, found, reach)
    if bent is None or not is_plausible(bent, picture.width, picture.height):
        return affine
    held = [len(_explained(matrix, places, found, reach)) for matrix in (affine, bent)]
    return bent if held[1] >= _HOMOGRAPHY_GAIN * held[0] else affine


def _match_by_place(
    picture: Keypoints, query: Keypoints, distances: NDArray[np.float32], matrix: Matrix, reach: float
) -> NDArray[np.intp]:
    """Return pairs whose places agree under a map, each the most alike within reach."""
    mapped = project(matrix, picture.places)
    rows = np.flatnonzero(_inside(mapped, query.width, query.height))
    if len(rows) == 0:
        return np.zeros((0, 2), np.intp)
    x, y = mapped[rows].astype(np.float32).T
    away, down = np.subtract.outer(x, query.places[:, 0]), np.subtract.outer(y, query.places[:, 1])  # (rows, m)
    away *= away
    down *= down
    away += down
    candidates = distances[rows]
    candidates[away >= reach * reach] = np.inf
    columns = candidates.argmin(axis=1)
    nearest = candidates[np.arange(len(rows)), columns]
    alike = nearest < _SAME_LOOK * _SAME_LOOK
    return _once_a_column(rows[alike], columns[alike], nearest[alike])


def _refine(
    places: NDArray[np.float32], found: NDArray[np.float32], matrix: Matrix, reach: float
) -> tuple[Matrix, NDArray[np.intp]]:
    """Return a map fitted to all pairs that agree, and which do."""
    kept = _explained(matrix, places, found, reach)
    again = _fit_affine(places, found, reach)
    if again is not None and len(_explained(again, places, found, reach)) > len(kept):
        matrix, kept = again, _explained(again, places, found, reach)
    bent = _fit_homography(places, found, reach) if len(kept) >= _HOMOGRAPHY_FROM else None
    if bent is not None:
        held = _explained(bent, places, found, reach)
        if len(held) >= _HOMOGRAPHY_GAIN * len(kept):
            return bent, held
    return matrix, kept


def _explained(
    matrix: Matrix, places: NDArray[np.float32], found: NDArray[np.float32], reach: float
) -> NDArray[np.intp]:
    """Return which pairs of places a map explains."""
    away = ((project(matrix, places) - found) ** 2).sum(axis=1)
    return np.flatnonzero(away < reach * reach)


def _inside(places: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """Return which places are inside a picture."""
    return np.asarray(((places > -0.5) & (places < np.array([width, height]) - 0.5)).all(axis=1), np.bool_)
