"""Exact scores and their order, the same to the last bit whichever way a vector was found."""

import numpy as np
from numpy.typing import NDArray

from search.vector_index.contract import NO_ID, Neighbours, Rows, SearchReport
from search.vector_index.half_precision import Halves, widen
from search.vector_index.segment import Rowset

_BLOCK = 512
"""Rows widened at a time: they stay in the processor's cache until they are multiplied."""


def cosines(halves: Halves, query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosines of kept vectors and one query.

    One dot product a row, so that equal vectors score equal bits; a matrix product may round the rows of one block
    differently, and ties would not be ties. Rounding to float16 can bring a cosine past 1: it is cut there.

    Args:
        halves: float16 (n, dim), L2 norm about 1.
        query: float32 (dim,), L2 norm 1.
    Returns:
        float32 (n,) in -1..1.
    """
    scores = np.empty(len(halves), np.float32)
    for start in range(0, len(halves), _BLOCK):
        block = slice(start, start + _BLOCK)
        scores[block] = np.vecdot(widen(halves[block]), query)
    return np.clip(scores, -1, 1, out=scores)


class Ranking:
    """The answer as it is filled in, query by query."""

    def __init__(self, queries: int, k: int) -> None:
        """Start with no neighbours for any query."""
        self._ids = np.full((queries, k), NO_ID, np.int64)
        self._scores = np.full((queries, k), -np.inf, np.float32)
        self._k = k

    def settle(self, number: int, rowset: Rowset, rows: Rows, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score rows exactly, keep the best k of them for a query, and return the scores kept, best first.

        Args:
            number: which query.
            rowset: where the rows are.
            rows: live rows, each once, in any order.
            query: float32 (dim,).
        """
        scores = cosines(rowset.halves(rows), query)
        if len(rows) > self._k:
            least = np.partition(scores, len(scores) - self._k)[-self._k]
            best = np.flatnonzero(scores >= least)  # all that tie with the k-th: the ids decide among them
            rows, scores = rows[best], scores[best]
        ids = rowset.ids(rows)
        order = np.lexsort((ids, -scores))[: self._k]
        self._ids[number, : len(order)] = ids[order]
        self._scores[number, : len(order)] = scores[order]
        return self._scores[number, : len(order)]

    def neighbours(self, report: SearchReport) -> Neighbours:
        """Return the answer."""
        return Neighbours(self._ids, self._scores, report)
