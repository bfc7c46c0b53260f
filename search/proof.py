"""Whether a picture of the catalogue is in a query, by geometry: maps are proposed, and each must bear a comparison."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.keypoints import Keypoints
from feature_extractor.picture import Picture
from search.geometry import Alignment, Matrix, align, is_plausible, mirroring, scaling
from search.residual import Overlay, Residual, overlay, what_remains
from search.transform import Transform, read_transform

METHOD = "cells-1"
"""Name of how maps are proposed, refined and compared; what was fitted to another does not hold for this."""
LEAST_INLIERS = 6
"""Of a map by local features that is looked at: chance gives as many to one pair of pictures in twenty."""
WORTH_TELLING = 0.25
"""Agreement under which a map is nothing but chance."""
_CONVINCING = 0.75  # agreement at which no other map is tried
_GLANCE_PX = 24  # both sides of what tells whether two pictures can lie on each other frame on frame
_LIKE_AT_A_GLANCE = 0.5  # correlation of these, of copies that lie so .51 at least, of others .42 in three of four
_Glance = NDArray[np.float32]
_NO_ALIGNMENT_PAIRS = np.zeros((0, 4), np.float32)


@dataclass(frozen=True, slots=True)
class Seen:
    """What geometry needs to know of a picture.

    Attributes:
        keypoints: their width and height are the picture's.
        pixels: a small version of it, RGB uint8, of any size.
    """

    keypoints: Keypoints
    pixels: Picture


@dataclass(frozen=True, slots=True)
class Proof:
    """What geometry found of a pair; `verdict` decides what it is worth.

    Attributes:
        alignment: by local features; without pairs where the map came from the frames of the pictures alone.
        overlay: of the small versions.
        residual: likewise.
        transform: what was done.
    """

    alignment: Alignment
    overlay: Overlay
    residual: Residual
    transform: Transform


@dataclass(frozen=True, slots=True)
class Trial:
    """A map that was proposed, and the pictures laid on each other by it."""

    alignment: Alignment
    overlay: Overlay

    @property
    def is_by_frames(self) -> bool:
        """Whether the map came from the frames of the pictures alone."""
        return self.alignment.inliers == 0

    @property
    def worth(self) -> float:
        """How much of the pictures agrees, 0..1; a few cells that agree by chance are worth little."""
        return self.overlay.agreement * min(1.0, self.overlay.cells / 24)


def propose(picture: Keypoints, query: Keypoints, *, by_frames: bool = True) -> tuple[Alignment, ...]:
    """Return the maps between two pictures that are worth a look, the likeliest first.

    Local features propose a map in each handedness. In pictures that are blurred or have few corners they do not: then
    the pictures may also lie on each other frame on frame, plain or mirrored.

    Args:
        picture: of the catalogue.
        query: what was asked with.
        by_frames: whether those are among the proposals; each costs as much as one by features.
    """
    return choose_maps(align(picture, query), picture, query, by_frames=by_frames)


def choose_maps(
    aligned: Iterable[Alignment], picture: Keypoints, query: Keypoints, *, by_frames: bool = True
) -> tuple[Alignment, ...]:
    """Return those of the maps by local features that are worth a look, and the maps by frames after them."""
    found = tuple(alignment for alignment in aligned if alignment.inliers >= LEAST_INLIERS)
    return (*found, *_by_frames(picture, query)) if by_frames else found


def prove(
    picture: Seen, query: Seen, proposals: Iterable[Alignment], *, jpeg_quality: int | None = None
) -> Proof | None:
    """Return the best of some maps between two pictures; None when none of them bears a comparison.

    Args:
        picture: of the catalogue.
        query: what was asked with.
        proposals: as `propose` gives them; the first that convinces is taken.
        jpeg_quality: of the query's file, handed on to the transform.
    """
    return settle(picture, query, try_maps(picture, query, proposals), jpeg_quality=jpeg_quality)


def try_maps(picture: Seen, query: Seen, proposals: Iterable[Alignment]) -> tuple[Trial, ...]:
    """Return two pictures laid on each other by one map after another, up to the first that convinces.

    Maps by frames are passed over where the pictures differ at a glance.
    """
    to_small, from_small = _to_small(query), np.linalg.inv(_to_small(picture))
    trials: list[Trial] = []
    glances: tuple[_Glance, _Glance] | None = None
    for alignment in proposals:
        if alignment.inliers == 0:
            glances = glances or (_glance(picture), _glance(query))
            if not _is_alike_at_a_glance(*glances, mirrored=alignment.mirrored):
                continue
        laid = overlay(picture.pixels, query.pixels, to_small @ alignment.matrix @ from_small)
        trials.append(Trial(alignment, laid))
        if trials[-1].worth >= _CONVINCING:
            break
    return tuple(trials)


def best_of(trials: Iterable[Trial]) -> Trial | None:
    """Return the trial that is worth most, the first of equals; None of none."""
    return max(trials, key=lambda trial: trial.worth, default=None)


def settle(picture: Seen, query: Seen, trials: Iterable[Trial], *, jpeg_quality: int | None = None) -> Proof | None:
    """Return what the best of some trials tells; None when even that is nothing but chance."""
    best = best_of(trials)
    if best is None or best.worth < WORTH_TELLING:
        return None
    laid = best.overlay
    residual = what_remains(laid, picture.pixels)
    matrix = np.linalg.inv(_to_small(query)) @ laid.matrix @ _to_small(picture)
    transform = read_transform(matrix, _size(picture), _size(query), residual, jpeg_quality)
    return Proof(best.alignment, laid, residual, transform)


def examine(picture: Seen, query: Seen, *, jpeg_quality: int | None = None) -> Proof | None:
    """Return the best of all maps between two pictures; None when none bears a comparison."""
    return prove(picture, query, propose(picture.keypoints, query.keypoints), jpeg_quality=jpeg_quality)


def _size(seen: Seen) -> tuple[int, int]:
    """Return width and height of a picture in px."""
    return seen.keypoints.width, seen.keypoints.height


def _by_frames(picture: Keypoints, query: Keypoints) -> tuple[Alignment, ...]:
    """Return the maps that lay the whole of a picture on the whole of a query."""
    stretch = scaling(query.width / picture.width, query.height / picture.height)
    if not is_plausible(stretch, picture.width, picture.height):
        return ()
    return tuple(
        Alignment(matrix, mirrored=mirrored, matches=0, inliers=0, of=len(picture), pairs=_NO_ALIGNMENT_PAIRS)
        for matrix, mirrored in ((stretch, False), (mirroring(query.width) @ stretch, True))
    )


def _is_alike_at_a_glance(picture: _Glance, query: _Glance, *, mirrored: bool) -> bool:
    """Return whether two pictures are of about the same light and dark, each squeezed into one small square."""
    other = query[:, ::-1] if mirrored else query
    one, other = picture - picture.mean(), other - other.mean()
    scale = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) >= _LIKE_AT_A_GLANCE * scale


def _glance(seen: Seen) -> _Glance:
    """Return the lightness of a picture in a small square, float32."""
    grey = cv2.cvtColor(seen.pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (_GLANCE_PX, _GLANCE_PX), interpolation=cv2.INTER_AREA), np.float32)


def _to_small(seen: Seen) -> Matrix:
    """Return the map from px of a picture to px of its small version."""
    height, width = seen.pixels.shape[:2]
    return scaling(width / seen.keypoints.width, height / seen.keypoints.height)
