"""How like each frame of a video is to a picture that is laid on it: what tells one moment from the next.

In neighbouring frames nearly all is the same. The sum of what differs, pixel by pixel, is the one measure to which all
that stands still adds the same everywhere, so that the little that moves decides. Pixels are compared by local
contrast, which survives changes of tone and colour, on small pictures, as blur and compression leave nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from search.geometry import Matrix, jacobian, scaling

SIDE_PX = 96
"""Longer side at which frames are compared."""

_SOFT = 1.5  # smoothing in px: what blur, noise and compression kept alike
_AROUND = 8.0  # px: the reach of what is local
_LEAST_DEVIATION = 6.0  # of 255: fainter texture than that is noise, and counts for less
_LEAST_SHARE = 0.01  # of a frame that must be covered for anything to be told

Grey = NDArray[np.uint8]
_Contrast = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ComparedFrames:
    """Frames of one size, ready to be compared.

    Attributes:
        contrast: float32 (n, h, w), local contrast of each.
        to_small: from px of a frame to px of its small version.
    """

    contrast: _Contrast
    to_small: Matrix

    @classmethod
    def of(cls, frames: Sequence[Grey]) -> Self:
        """Prepare frames, uint8 (height, width) each, all of one size."""
        height, width = frames[0].shape
        scale = min(1.0, SIDE_PX / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = [cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32) for frame in frames]
        return cls(np.stack([_local_contrast(each) for each in small]), scaling(size[0] / width, size[1] / height))

    def differences(self, picture: Grey, to_picture: Matrix) -> NDArray[np.float32] | None:
        """Return by how much a picture differs from each frame where it lies on it.

        Args:
            picture: uint8, of any size.
            to_picture: from px of a frame to px of the picture, for all frames.
        Returns:
            float32 (n,), 0 for none: the mean absolute difference of local contrast. None where the picture covers too
            little of a frame.
        """
        height, width = self.contrast.shape[1:]
        laid, mask = _lay(picture, to_picture @ np.linalg.inv(self.to_small), (width, height))
        if mask.sum() < _LEAST_SHARE * mask.size:
            return None
        apart = self.contrast[:, mask]  # (n, covered), a copy
        apart -= _local_contrast(laid)[mask]
        return np.asarray(np.abs(apart, out=apart).mean(axis=1), np.float32)


def _lay(picture: Grey, to_picture: Matrix, size: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return a picture as it lies on a frame, float32, and where it covers it.

    Args:
        picture: uint8, of any size.
        to_picture: from px of the frame to px of the picture.
        size: width and height of the frame.
    """
    height, width = picture.shape
    scale = float(np.sqrt(abs(np.linalg.det(jacobian(to_picture, size[0] / 2, size[1] / 2)))))
    if scale > 1.5:  # bilinear sampling would skip pixels
        smaller = (max(2, round(width / scale)), max(2, round(height / scale)))
        picture = np.asarray(cv2.resize(picture, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        to_picture = scaling(smaller[0] / width, smaller[1] / height) @ to_picture
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpPerspective(picture, to_picture, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpPerspective(np.full(picture.shape, 255, np.uint8), to_picture, size, flags=flags, borderValue=0)
    # One px less on every side: beside the edge something else is, in a collage, and a map is off by a little.
    return laid.astype(np.float32), np.asarray(cv2.erode(covered, np.ones((3, 3), np.uint8), borderValue=0) == 255)


def _local_contrast(values: NDArray[np.float32]) -> _Contrast:
    """Return how far each pixel is from the mean around it, in standard deviations of what is around it."""
    soft = cv2.GaussianBlur(values, (0, 0), _SOFT)
    mean = cv2.GaussianBlur(soft, (0, 0), _AROUND)
    variance = np.maximum(cv2.GaussianBlur(soft * soft, (0, 0), _AROUND) - mean * mean, 0)
    return np.asarray((soft - mean) / (np.sqrt(variance) + _LEAST_DEVIATION), np.float32)
