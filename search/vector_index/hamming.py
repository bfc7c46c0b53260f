"""Hamming distances of packed signatures, and the nearest by them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.vector_index.contract import Rows
from search.vector_index.recall import Cutoff
from search.vector_index.segment import Rowset, Segment

Distances = NDArray[np.unsignedinteger[Any]]  # (n,), in bits; uint8 where they fit

_BLOCK = 32_768
"""Rows compared at a time: 256 KiB of words, so that what is computed from them stays in the cache."""


def hamming(rowset: Rowset, rows: Rows | None, signature: NDArray[np.uint64]) -> Distances:
    """Return the distances between a signature's words and the first words of rows.

    Args:
        rowset: where the rows are.
        rows: live rows, in any order; None for all, removed ones too.
        signature: uint64 (words,), as many words as shall be compared.
    Returns:
        (n,) in 0..64 words; the greatest number of the dtype where a row is removed.
    """
    dtype: type[np.unsignedinteger[Any]] = np.uint8 if 64 * len(signature) < 255 else np.uint16
    if rows is not None:
        distances = np.zeros(len(rows), dtype)
        for number, word in enumerate(signature):
            distances += np.bitwise_count(rowset.word(number, rows) ^ word)
        return distances
    distances = np.empty(rowset.size, dtype)
    split = len(rowset.base)
    _compare(rowset.base, signature, distances[:split])
    _compare(rowset.delta, signature, distances[split:])
    return distances


def _compare(segment: Segment, signature: NDArray[np.uint64], distances: Distances) -> None:
    """Fill in the distances of a segment's rows."""
    differing = np.empty(min(_BLOCK, len(segment)), np.uint64)
    for start in range(0, len(segment), _BLOCK):
        block = slice(start, min(start + _BLOCK, len(segment)))
        scratch, result = differing[: block.stop - start], distances[block]
        np.bitwise_xor(segment.words[0, block], signature[0], out=scratch)
        result[...] = np.bitwise_count(scratch)
        for words, word in zip(segment.words[1:], signature[1:], strict=False):  # fewer of the query: a first stage
            np.bitwise_xor(words[block], word, out=scratch)
            result += np.bitwise_count(scratch)
    if segment.alive is not None:
        distances[~segment.alive] = np.iinfo(distances.dtype).max


def nearest(distances: Distances, count: int, bits: int) -> tuple[Rows, Cutoff]:
    """Return the positions of the `count` smallest distances, in no order, and where they were cut off.

    Distances are small integers: bisecting over them takes eight passes that only count, which is several times
    faster than a partial sort. Of those at the last distance the first ones are taken, so that a thousand equal
    vectors cost no more than any other thousand.

    Args:
        distances: (n,), at least `count` of them in 0..bits.
        count: at least 1.
        bits: the greatest distance there can be.
    """
    low, high = 0, bits
    while low < high:
        middle = (low + high) // 2
        if np.count_nonzero(distances <= middle) >= count:
            high = middle
        else:
            low = middle + 1
    under = np.flatnonzero(distances < low)
    level = np.flatnonzero(distances == low)
    taken = level[: count - len(under)]
    return np.concatenate([under, taken]), Cutoff(bits, low, len(taken) / len(level))
