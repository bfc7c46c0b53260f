"""Pictures that other pictures lie in, for tests of searches by part."""

import cv2
import numpy as np
from numpy.typing import NDArray

from search.residual import Box

WIDTH, HEIGHT, GAP = 300, 200, 10


def photograph(seed: int, width: int = 640, height: int = 480) -> NDArray[np.uint8]:
    """Return what has structure of all sizes and no straight edge, as what a camera saw, RGB (height, width, 3)."""
    generator = np.random.default_rng(seed)
    layers: NDArray[np.float32] = np.zeros((height, width, 3), np.float32)
    for size in (4, 9, 20, 45, 100):
        grain = generator.normal(0, 1, (-(-height // size) + 1, -(-width // size) + 1, 3)).astype(np.float32)
        whole = cv2.resize(grain, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)
        layers = layers + np.asarray(whole[:height, :width], np.float32) * np.float32(size**0.5)
    soft = np.asarray(cv2.GaussianBlur(layers, (0, 0), 1.2), np.float32)
    return np.asarray(np.clip(128 + 40 * soft / soft.std(), 0, 255), np.uint8)


def paste(ground: NDArray[np.uint8], part: NDArray[np.uint8], left: int, top: int) -> Box:
    """Lay a picture on another, which is changed, and return where."""
    height, width = part.shape[:2]
    ground[top : top + height, left : left + width] = part
    across, down = ground.shape[1], ground.shape[0]
    return Box(left / across, top / down, (left + width) / across, (top + height) / down)


def collage(*parts: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], list[Box]]:
    """Return four pictures of WIDTH x HEIGHT px in two rows, with a white gap between them, and where each lies."""
    page = np.full((2 * HEIGHT + 3 * GAP, 2 * WIDTH + 3 * GAP, 3), 255, np.uint8)
    boxes = [
        paste(page, part, GAP + number % 2 * (WIDTH + GAP), GAP + number // 2 * (HEIGHT + GAP))
        for number, part in enumerate(parts)
    ]
    return page, boxes


def cell(seed: int) -> NDArray[np.uint8]:
    """Return a picture for a collage; no two seeds look alike."""
    return photograph(1000 + seed, WIDTH, HEIGHT)
