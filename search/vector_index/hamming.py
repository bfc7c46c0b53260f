"""Distances of packed signatures, each bit weighed by how certain the query is of it, and the nearest by them.

A bit tells little where the query's projection lies near its threshold. Weights are small whole numbers, so that the
distance is a sum of popcounts: of the differing bits whose weight is odd, plus twice that of those whose weight has the
next binary digit. That brings the ranking close to that of the query's own projections against the signs (asymmetric
distances; Gordo et al., 2014), at the cost of an AND and a popcount for each digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.vector_index.coder import WORD_BITS, pack_signs
from search.vector_index.contract import Rows

Distances = NDArray[np.unsignedinteger[Any]]  # (n,), weighted bits; uint8 where they fit

DIGITS = 2
GREATEST_WEIGHT = 2**DIGITS - 1
_CERTAIN = 0.95
"""Quantile of a query's projections, without their signs, from which a bit has the greatest weight."""
_BLOCK = 65_536
"""Rows compared at a time: what is written on the way, 1.1 MB, stays near a core, and each call is long enough that
threads seldom wait for the interpreter."""
_SAMPLE = 8192
"""Distances that tell about where the last of the nearest lies."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a query compares rows with.

    Attributes:
        words: uint64 (words,).
        masks: uint64 (DIGITS, words): bit i of word w of masks[d] is binary digit d of the weight of bit 64 w + i.
        greatest: int (words,): the greatest distance by the first word, by the first two, and so on.
    """

    words: NDArray[np.uint64]
    masks: NDArray[np.uint64]
    greatest: tuple[int, ...]


def signatures_of(projections: NDArray[np.float32]) -> list[Signature]:
    """Return the signatures of queries and what each of their bits weighs.

    Args:
        projections: float32 (queries, bits), how far each lies above each threshold.
    """
    certainty = np.abs(projections)
    place = round(_CERTAIN * (certainty.shape[1] - 1))
    unit = np.partition(certainty, place, axis=1)[:, [place]] / GREATEST_WEIGHT
    weights = np.minimum(np.rint(certainty / np.maximum(unit, np.finfo(np.float32).tiny)), GREATEST_WEIGHT)
    weights = weights.astype(np.uint8)  # (queries, bits)
    by_word = weights.reshape(len(weights), weights.shape[1] // WORD_BITS, WORD_BITS).sum(axis=2)
    greatest = np.cumsum(by_word, axis=1).tolist()
    words = pack_signs(projections).T  # (queries, words)
    masks = np.stack([pack_signs(weights >> digit & 1).T for digit in range(DIGITS)], axis=1)
    return [Signature(*parts) for parts in zip(words, masks, map(tuple, greatest), strict=True)]


def distances(words: Sequence[NDArray[np.uint64]], signature: Signature, *, first: int = 0) -> Distances:
    """Return the distances between a query's signature and rows.

    Args:
        words: some words of the rows' signatures that follow each other, each (n,).
        signature: of the query.
        first: which word of a signature the first of these is.
    Returns:
        (n,) in 0..signature.greatest[first + len(words) - 1].
    """
    greatest = signature.greatest[first + len(words) - 1]
    dtype: type[np.unsignedinteger[Any]] = np.uint8 if greatest < 255 else np.uint16
    count = len(words[0])
    found = np.zeros(count, dtype)
    room = min(count, _BLOCK)
    rooms = (np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.uint8), np.empty(room, np.uint8))
    for start in range(0, count, _BLOCK):
        block = found[start : start + _BLOCK]
        differing, masked, bits, total = (some[: len(block)] for some in rooms)
        for number, word in enumerate(words, start=first):
            np.bitwise_xor(word[start : start + _BLOCK], signature.words[number], out=differing)
            highest, *others = signature.masks[::-1, number]  # what a digit gives is doubled for the next lower one
            np.bitwise_and(differing, highest, out=masked)
            np.bitwise_count(masked, out=total)  # of one word in the end 192 at most, which a byte holds
            for mask in others:
                np.add(total, total, out=total)
                np.bitwise_and(differing, mask, out=masked)
                np.bitwise_count(masked, out=bits)
                np.add(total, bits, out=total)
            np.add(block, total, out=block)
    return found


def nearest(distances: Distances, count: int, greatest: int) -> Rows:
    """Return the positions of the `count` smallest distances, ascending; all where there are no more.

    Some of the distances tell below which level about as many lie as are wanted, and a few more; one pass takes these,
    and counting how many lie at each level tells which stay. That is several times faster than a partial sort. Of
    those at the last distance the first ones are taken, so that a thousand equal vectors cost no more than any others.

    Args:
        distances: (n,); those above `greatest` are never returned.
        count: at least 1.
        greatest: the greatest distance there can be.
    """
    positions = np.flatnonzero(distances <= _likely_level(distances, count, greatest))
    if len(positions) < count:  # rare: the sample misled, or there are not so many
        positions = np.flatnonzero(distances <= greatest)
    if len(positions) <= count:
        return positions
    found = distances[positions]
    below = np.cumsum(np.bincount(found))  # by level: how many are no further
    level = int(np.searchsorted(below, count))
    kept = found <= level
    last = np.flatnonzero(found == level)
    kept[last[len(last) - (int(below[level]) - count) :]] = False
    return positions[kept]


def _likely_level(distances: Distances, count: int, greatest: int) -> int:
    """Return a distance that the `count`-th smallest hardly exceeds, by some of them."""
    some = distances[:: max(1, len(distances) // _SAMPLE)]
    place = count * len(some) / max(1, len(distances))
    below = np.cumsum(np.bincount(some, minlength=greatest + 1))
    return min(greatest, int(np.searchsorted(below, place + 3 * np.sqrt(place) + 1)))
