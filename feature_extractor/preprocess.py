"""A picture of any size to what the model takes: the one function used in training, adding and asking."""

import numpy as np
from PIL import Image

from errors import PictureTooSmall
from feature_extractor.picture import MIN_SIDE, Picture

INPUT_SIDE = 224
"""Side in px of the model's square input."""


def preprocess(picture: Picture, side: int = INPUT_SIDE) -> Picture:
    """Return a picture resized straight to the model's input, whatever its aspect.

    Bilinear with a support that grows with the reduction (antialiasing), so that a picture and its smaller version
    give nearly the same input. Scaling to 0..1 is the model's first operation, not done here.

    Args:
        picture: RGB uint8, (height, width, 3).
        side: of the result, px; training begins with smaller ones than the model that serves takes.
    Returns:
        RGB uint8, (side, side, 3), C-contiguous.
    Raises:
        PictureTooSmall: a side is under 16 px.
    """
    height, width = picture.shape[:2]
    if min(height, width) < MIN_SIDE:
        raise PictureTooSmall(f"expected sides of at least {MIN_SIDE} px; received {width} x {height} px")
    # reducing_gap lets Pillow halve a large picture cheaply before the filter runs.
    small = Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(small)
