"""How hard a JPEG was compressed, told from its quantisation table alone."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

# ITU-T T.81 (1992), table K.1: luminance, in rows of the 8 x 8 block.
_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_MOST = 255  # what a baseline file can hold; tables of 16 bits hold more, and are compared as if they could not


def estimate_quality(table: Sequence[int]) -> int | None:
    """Return the quality, 1..100, whose table in libjpeg is nearest to that of a file.

    Exact for files of libjpeg and what is built on it. Other encoders have tables of their own (Photoshop, cameras,
    mozjpeg): for these it is the quality at which libjpeg would have been as coarse.

    Args:
        table: 64 steps of the first component, in rows of the 8 x 8 block (not in zigzag order).
    Returns:
        None for a table of any other length.
    """
    if len(table) != len(_LUMINANCE) ** 2:
        return None
    # Logarithms: a step of 2 in place of 1 is as far as one of 200 in place of 100.
    steps = np.log(np.clip(np.array(table, np.float32), 1, _MOST))  # (64,)
    return int(np.abs(_standard_tables() - steps).mean(axis=1).argmin()) + 1


@cache
def _standard_tables() -> NDArray[np.float32]:
    """Return the logarithms of libjpeg's tables at the qualities 1 to 100, (100, 64).

    The rule is that of `jpeg_quality_scaling` and `jpeg_add_quant_table` in libjpeg's jcparam.c.
    """
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    steps = (np.ravel(_LUMINANCE) * percent[:, None] + 50) // 100
    return np.asarray(np.log(np.clip(steps, 1, _MOST)), np.float32)
