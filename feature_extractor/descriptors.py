"""What a model says about pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture

DIM = 256
"""Length of a descriptor."""

ATTRIBUTES = (
    "content_bicycle", "content_bird", "content_building", "content_cars", "content_cat", "content_dog",
    "content_flower", "content_people", "content_tree",
    "emotion_gloomy", "emotion_happy", "emotion_peaceful", "emotion_scary",
    "media_3d_graphics", "media_comic", "media_graphite", "media_oilpaint", "media_pen_ink", "media_vectorart",
    "media_watercolor",
)  # fmt: skip
"""The attributes of BAM!, in the order of the model's output (Wilber et al., 2017)."""


@dataclass(frozen=True, slots=True)
class Descriptors:
    """The model's outputs for a batch of pictures, row for row.

    Attributes:
        copy: float32 (n, 256), L2 norm 1: near for copies of one picture, far for all else.
        similar: float32 (n, 256), L2 norm 1: near for works of like content and medium.
        attributes: float32 (n, 20), probabilities in the order of ATTRIBUTES; NaN where the model was never taught
            an attribute.
    """

    copy: NDArray[np.float32]
    similar: NDArray[np.float32]
    attributes: NDArray[np.float32]


@runtime_checkable
class Extractor(Protocol):
    """Pixels to numbers. Safe to call from several threads.

    Attributes:
        model_id: sha256 of the model file; descriptors of different model ids never meet.
        copy_threshold: least cosine of two `copy` descriptors at which a pair is shown as a probable copy; measured
            on training pictures, kept beside the model.
        similar_floor: least cosine of two `similar` descriptors at which a work is called similar; kept there too.
    """

    model_id: str
    copy_threshold: float
    similar_floor: float

    def describe(self, pictures: Sequence[Picture]) -> Descriptors:
        """Return the descriptors of decoded pictures.

        Args:
            pictures: RGB uint8 arrays, each (height, width, 3); any number, zero too.
        Raises:
            PictureTooSmall: a side is under 16 px.
        """
        ...
