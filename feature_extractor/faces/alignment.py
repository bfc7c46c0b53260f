"""Faces turned upright and brought to one size and place by their five landmarks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture

SIDE_PX = 112
"""Side of an aligned face."""
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where the landmarks of a face of 112 px come to lie (Deng et al., ArcFace, 2019); in the order of Face.landmarks."""
_TEMPLATE_PX = 112


def align(picture: Picture, landmarks: NDArray[np.float32], side_px: int = SIDE_PX) -> Picture:
    """Return the face with these landmarks, upright; beyond the picture its edge goes on.

    Args:
        picture: RGB uint8 (height, width, 3).
        landmarks: (5, 2), as in Face.
        side_px: of what is returned.
    Returns:
        RGB uint8 (side_px, side_px, 3).
    """
    target = TEMPLATE * (side_px / _TEMPLATE_PX)
    places = landmarks.astype(np.float64)
    matrix = fit_similarity(places, target)
    reduction = 2 * float(np.hypot(*matrix[:, 0]))
    if reduction < 1:  # a large face: bilinear sampling alone would pass over most of its pixels
        height, width = picture.shape[:2]
        size = (max(1, round(width * reduction)), max(1, round(height * reduction)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        matrix = fit_similarity(places * (np.array(size) / (width, height)), target)
    aligned = cv2.warpAffine(
        picture, matrix, (side_px, side_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return aligned.astype(np.uint8, copy=False)


def fit_similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the turn, scale and shift that bring points nearest to others, in the least squares (Umeyama, 1991).

    Args:
        source: (n, 2), not all equal.
        target: (n, 2).
    Returns:
        (2, 3): target ≈ source @ result[:, :2].T + result[:, 2]. It never mirrors.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    from_mean, to_mean = source - source_mean, target - target_mean
    left, sizes, right = np.linalg.svd(to_mean.T @ from_mean)
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    rotation = left @ np.diag(signs) @ right
    scale = (sizes * signs).sum() / max((from_mean**2).sum(), np.finfo(np.float64).tiny)
    return np.column_stack([scale * rotation, target_mean - scale * rotation @ source_mean])
