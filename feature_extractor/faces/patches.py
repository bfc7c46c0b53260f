"""Parts of a picture at one size."""

import numpy as np
from numpy.typing import NDArray

from feature_extractor.faces.boxes import Boxes


def cut_patches(picture: NDArray[np.float32], boxes: Boxes, side: int) -> NDArray[np.float32]:
    """Return the parts of a picture under boxes, at one size, bilinear; 0 where a box leaves the picture.

    The samples lie where TensorFlow's `crop_and_resize` takes them: the networks were trained so.

    Args:
        picture: (height, width, 3).
        boxes: (n, 4) in px.
        side: of a patch in px.
    Returns:
        (n, side, side, 3).
    """
    height, width = picture.shape[:2]
    columns, column_shares, columns_inside = _sample(boxes[:, 0], boxes[:, 2], width, side)
    rows, row_shares, rows_inside = _sample(boxes[:, 1], boxes[:, 3], height, side)
    below, beside = np.minimum(rows + 1, height - 1)[:, :, None], np.minimum(columns + 1, width - 1)[:, None, :]
    rows, columns = rows[:, :, None], columns[:, None, :]
    across = column_shares[:, None, :, None]
    upper = picture[rows, columns] + (picture[rows, beside] - picture[rows, columns]) * across
    lower = picture[below, columns] + (picture[below, beside] - picture[below, columns]) * across
    patches = upper + (lower - upper) * row_shares[:, :, None, None]
    inside: NDArray[np.bool_] = rows_inside[:, :, None, None] & columns_inside[:, None, :, None]
    return np.where(inside, patches, np.float32(0))


def _sample(
    begin: NDArray[np.float64], end: NDArray[np.float64], length: int, side: int
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
    """Return, each (n, side): the sample before, how far behind it, and whether it lies in the picture."""
    places = (begin[:, None] + (end - begin)[:, None] * (np.arange(side) / (side - 1))) * ((length - 1) / length)
    inside = (places >= 0) & (places <= length - 1)
    places = np.clip(places, 0, length - 1)
    before = places.astype(np.intp)
    return before, (places - before).astype(np.float32), inside
