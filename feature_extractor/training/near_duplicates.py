"""Pictures of a collection that are copies of each other: they must not count as wrong answers."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from feature_extractor.picture import Picture

NEAR_SHARE = 0.45
"""Largest share of differing bits, among those set in either hash, of pictures that may be copies of each other.

Two unrelated pictures share a third of them by chance and differ in two thirds. A share, not a count: a line drawing
sets few bits, and differs in few from any other.
"""

_SIDE = 16
_WORDS = _SIDE * _SIDE // 64
_BLOCK = 512  # pictures compared at once: bounds memory


def difference_hashes(pictures: Iterable[Picture]) -> NDArray[np.uint64]:
    """Return the difference hash of each picture: whether each of 16 × 16 places is brighter than its right neighbour.

    Args:
        pictures: RGB uint8 (height, width, 3) each.
    Returns:
        uint64 (n, 4).
    """
    bits = []
    for picture in pictures:
        grey = Image.fromarray(picture).convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
        levels = np.asarray(grey)
        bits.append(np.packbits(levels[:, :-1] > levels[:, 1:]))
    return np.stack(bits).view(np.uint64)


def near_duplicate_pairs(pictures: Iterable[Picture]) -> NDArray[np.intp]:
    """Return the pairs of pictures that may be copies of each other, mirrored ones too.

    It errs on the side of leaving pairs out: collections hold copies that were recoloured, redrawn or watermarked, and
    a copy that is taken for an unrelated picture harms a calibration more than a few pairs too many.

    Args:
        pictures: RGB uint8 (height, width, 3) each; read once, in order.
    Returns:
        Row numbers (pairs, 2), the smaller first, in ascending order.
    """
    both = [(difference_hashes([picture])[0], difference_hashes([picture[:, ::-1]])[0]) for picture in pictures]
    hashes, mirrored = (np.stack(part) for part in zip(*both, strict=True))
    found = []
    for start in range(0, len(hashes), _BLOCK):
        block = slice(start, start + _BLOCK)
        near = _are_near(hashes[block], hashes) | _are_near(mirrored[block], hashes)
        rows, columns = np.nonzero(near)
        found.append(np.stack([rows + start, columns], axis=1)[rows + start < columns])
    return np.concatenate(found)


def _are_near(some: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which of some are near which of others, (some, others)."""
    differing = np.zeros((len(some), len(others)), np.int64)
    set_in_either = np.zeros_like(differing)
    for word in range(_WORDS):
        one, other = some[:, None, word], others[None, :, word]
        differing += np.bitwise_count(one ^ other)
        set_in_either += np.bitwise_count(one | other)
    return np.asarray((differing <= NEAR_SHARE * set_in_either) & (set_in_either > 0))  # plain pictures are no copies
