"""What is kept of faces and what comes out: plain values, free of SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares 0..1 of a picture's sides."""


@dataclass(frozen=True, slots=True)
class NewFace:
    """A face found and described, ready to be kept.

    Attributes:
        box: where it is.
        landmarks: float32 (5, 2), x and y as shares of the picture's sides.
        score: 0..1, how sure the detector is.
        quality: 0..1, how much there is to tell a person by.
        vector: float32 (dim,) of L2 norm 1, kept as float16.
    """

    box: Box
    landmarks: NDArray[np.float32]
    score: float
    quality: float
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A picture whose faces were looked for; there may be none."""

    image_id: int
    faces: Sequence[NewFace]


@dataclass(frozen=True, slots=True)
class KeptFace:
    """A face of the catalogue, without its vector; as in NewFace."""

    id: int
    image_id: int
    collection: str
    box: Box
    score: float
    quality: float


@dataclass(frozen=True, slots=True)
class FaceConsent:
    """A collection whose faces may be kept.

    Attributes:
        because: the administrator's sentence why.
        since: when it was said, UTC.
        pictures, looked_at, faces: how many the collection has, how many of them were looked at, what was found.
    """

    collection: str
    because: str
    since: datetime
    pictures: int
    looked_at: int
    faces: int
