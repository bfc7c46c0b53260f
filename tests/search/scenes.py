"""Pictures that look like something: soft ground, shapes with edges, and places where there is little to see."""

import cv2
import numpy as np

from feature_extractor.picture import Picture


def scene(seed: int, width: int = 640, height: int = 480) -> Picture:
    """Return shapes of many sizes on soft light, RGB (height, width, 3)."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(60, 200, (4, 5, 3)).astype(np.float32)
    picture = np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)
    for size in np.geomspace(90, 8, 70):
        centre = generator.integers(0, (width, height))
        corners = centre + size * generator.uniform(-1, 1, (int(generator.integers(3, 7)), 2))
        colour = generator.integers(0, 256, 3).tolist()
        cv2.fillPoly(picture, [cv2.convexHull(corners.astype(np.int32))], colour, lineType=cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.0), np.uint8)
