"""How much of a face there is to tell a person by."""

import numpy as np

from feature_extractor.faces.detector import Face

_ENOUGH_PX = 100
"""Width of a face beyond which more pixels tell no more: it is described at about this size."""


def quality_of(face: Face) -> float:
    """Return 0..1: how large a face is, times how much it is seen from the front.

    From the front the tip of the nose lies midway between the eyes, counted along the line through them; in profile
    it lies beyond one of them.
    """
    left, right, nose = (face.landmarks[place].astype(np.float64) for place in range(3))
    between = right - left
    length = float(between @ between)
    along = float((nose - left) @ between) / length if length else 0.0  # 0: at the one eye, 1: at the other
    frontal = max(0.0, 1 - abs(2 * along - 1))
    return min(1.0, face.width / _ENOUGH_PX) * frontal
