"""Pictures drawn from a seed, and copies of them whose making is known to the pixel."""

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.kept_keypoints import kept_keypoints
from feature_extractor.keypoints import OF_QUERY, Keypoints, detect
from feature_extractor.picture import Picture
from search.geometry import Matrix, project
from search.proof import Seen
from search.residual import Box

WIDTH, HEIGHT = 640, 480
SMALL_PX = 384
"""Longer side of the small versions that pictures are compared in."""


def blots(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Return a picture of coloured blots of all sizes, RGB (height, width, 3), with something to see everywhere."""
    generator = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for side in (4, 8, 16, 32, 64, 128):
        noise = generator.standard_normal((round(side * height / width), side, 3)).astype(np.float32)
        picture += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 25 * picture, 0, 255).astype(np.uint8)


def plain(value: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Return a picture of one grey."""
    return np.full((height, width, 3), value, np.uint8)


def warped(picture: Picture, matrix: Matrix, width: int, height: int, *, ground: Picture | None = None) -> Picture:
    """Return a picture drawn through a map on black, or on another picture of that size."""
    drawn = np.zeros((height, width, 3), np.uint8) if ground is None else ground.copy()
    return np.asarray(
        cv2.warpPerspective(
            picture, matrix, (width, height), dst=drawn, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
        ),
        np.uint8,
    )


def similarity(
    degrees: float = 0.0, scale: float = 1.0, *, onto: tuple[float, float] = (WIDTH / 2, HEIGHT / 2)
) -> Matrix:
    """Return the map that turns a picture of 640 x 480 px clockwise, resizes it and puts its centre at a place."""
    turn = np.radians(degrees)
    matrix = np.eye(3)
    matrix[:2, :2] = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix[:2, 2] = np.array(onto) - 0.5 - matrix[:2, :2] @ ((WIDTH - 1) / 2, (HEIGHT - 1) / 2)
    return matrix


def seen_from(corners: tuple[tuple[float, float], ...]) -> Matrix:
    """Return the homography that puts the corners of a picture of 640 x 480 px, clockwise from the top left, there."""
    return np.asarray(
        cv2.getPerspectiveTransform(
            np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32) - np.float32(0.5),
            np.array(corners, np.float32) - np.float32(0.5),
        ),
        np.float64,
    )


def corner_error(found: Matrix, truth: Matrix, width: int = WIDTH, height: int = HEIGHT) -> float:
    """Return how far, in px, a map puts the worst corner of a picture from where it belongs."""
    corners: NDArray[np.float64] = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5
    return float(np.linalg.norm(project(found, corners) - project(truth, corners), axis=1).max())


def small(picture: Picture) -> Picture:
    """Return the small version of a picture, its shorter side rounded."""
    height, width = picture.shape[:2]
    scale = min(1.0, SMALL_PX / max(height, width))
    return np.asarray(
        cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA), np.uint8
    )


def catalogued(picture: Picture) -> Seen:
    """Return what the catalogue knows of a picture: its features as they come out of their bytes."""
    height, width = picture.shape[:2]
    return Seen(Keypoints.unpack(kept_keypoints(picture, width, height)), small(picture))


def asked(picture: Picture) -> Seen:
    """Return what is known of a query."""
    return Seen(detect(picture, OF_QUERY), small(picture))


def in_greys(picture: Picture) -> Picture:
    """Return a picture without its colours."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def with_curve(picture: Picture, factor: float = 1.0, add: float = 0.0, gamma: float = 1.0) -> Picture:
    """Return a picture with a gamma, then contrast about the middle, then brightness in levels of 255."""
    curved = 255 * (picture / 255.0) ** gamma
    return np.clip((curved - 127.5) * factor + 127.5 + add, 0, 255).round().astype(np.uint8)


def with_logo(picture: Picture, left: int, top: int) -> Picture:
    """Return a picture with the one logo on it that several bear: 180 x 140 px, with much to see."""
    marked = picture.copy()
    marked[top : top + 140, left : left + 180] = blots(77, 180, 140)
    return marked


def overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes share by the area that either covers."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    both = max(0.0, across) * max(0.0, down)
    return both / (one.area + other.area - both)
