"""Distances of packed signatures, each bit weighed by how certain the query is of it, and the nearest by them.

A bit tells little where the query's projection lies near its threshold. Weights are small whole numbers, so that the
distance is a sum of popcounts: of all differing bits that count at all, plus those that count twice, and so on. That
brings the ranking close to that of the query's own projections against the signs (asymmetric distances; Gordo et al.,
2014), at the cost of an AND for each weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.vector_index.coder import WORD_BITS, pack_signs
from search.vector_index.contract import Rows

Distances = NDArray[np.unsignedinteger[Any]]  # (n,), weighted bits; uint8 where they fit

GREATEST_WEIGHT = 3
_CERTAIN = 0.95
"""Quantile of a query's projections, without their signs, from which a bit has the greatest weight."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a query compares rows with.

    Attributes:
        words: uint64 (words,).
        masks: uint64 (weights, words): bit i of word w of masks[n] is whether bit 64 w + i weighs more than n.
        greatest: int (words,): the greatest distance by the first word, by the first two, and so on.
    """

    words: NDArray[np.uint64]
    masks: NDArray[np.uint64]
    greatest: tuple[int, ...]


def signature_of(projections: NDArray[np.float32]) -> Signature:
    """Return the signature of a query and what each of its bits weighs.

    Args:
        projections: float32 (bits,), how far it lies above each threshold.
    """
    certainty = np.abs(projections)
    unit = np.quantile(certainty, _CERTAIN) / GREATEST_WEIGHT
    weights = np.minimum(np.rint(certainty / max(unit, np.finfo(np.float32).tiny)), GREATEST_WEIGHT)
    levels = np.arange(GREATEST_WEIGHT, dtype=np.float32)[:, np.newaxis]
    masks = pack_signs(weights - levels).T  # (weights, words)
    greatest = np.cumsum(weights.reshape(-1, WORD_BITS).sum(axis=1)).astype(int)
    return Signature(pack_signs(projections[np.newaxis])[:, 0], masks, tuple(greatest.tolist()))


def distances(words: Sequence[NDArray[np.uint64]], signature: Signature) -> Distances:
    """Return the distances between a query's signature and rows.

    Args:
        words: the first words of the rows' signatures, as many as shall be compared, each (n,).
        signature: of the query.
    Returns:
        (n,) in 0..signature.greatest[len(words) - 1].
    """
    dtype: type[np.unsignedinteger[Any]] = np.uint8 if signature.greatest[len(words) - 1] < 255 else np.uint16
    found = np.zeros(len(words[0]), dtype)
    masked = np.empty(len(words[0]), np.uint64)
    for number, word in enumerate(words):
        differing = word ^ signature.words[number]
        for mask in signature.masks[:, number]:
            np.bitwise_and(differing, mask, out=masked)
            found += np.bitwise_count(masked)
    return found


def nearest(distances: Distances, count: int, greatest: int) -> Rows:
    """Return the positions of the `count` smallest distances, ascending; all where there are no more.

    Distances are small integers: bisecting over them takes a few passes that only count, which is several times
    faster than a partial sort. Of those at the last distance the first ones are taken, so that a thousand equal
    vectors cost no more than any other thousand.

    Args:
        distances: (n,); those above `greatest` are never returned.
        count: at least 1.
        greatest: the greatest distance there can be.
    """
    low, high = 0, greatest
    while low < high:
        middle = (low + high) // 2
        if np.count_nonzero(distances <= middle) >= count:
            high = middle
        else:
            low = middle + 1
    positions = np.flatnonzero(distances <= low)
    if len(positions) > count:
        level = np.flatnonzero(distances[positions] == low)
        positions = np.delete(positions, level[count - len(positions) :])
    return positions
