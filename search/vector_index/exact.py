"""The exact index: every vector is scored. The oracle that other indexes are judged by, and their fallback."""

from collections.abc import Iterator
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from search.vector_index.contract import Neighbours, Rows, SearchReport, Vectors
from search.vector_index.half_precision import Halves, widen
from search.vector_index.ranking import Ranking
from search.vector_index.segment import Rowset, Segment
from search.vector_index.segmented import SegmentedIndex, State
from search.vector_index.snapshot import OpenedSnapshot

_BLOCK = 2048
"""Rows multiplied at a time: 2 MiB at 256 dimensions, which most second-level caches hold."""
_ROUNDING = np.float32(4e-5)
"""More than the matrix product and the single dot products can differ by: each errs by at most dim * 2**-24 for
vectors of norm 1 and dim 256 (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1)."""


class ExactIndex(SegmentedIndex[None]):
    """Scores every vector; needs no signatures. Accepts any effort and always does all of it."""

    method: ClassVar[str] = "exact"

    def _search(
        self, state: State[None], queries: Vectors, k: int, allowed: Rows | None, effort: float | None
    ) -> Neighbours:
        return scan(state.rowset, queries, k, allowed)

    def _first_coding(self) -> None:
        return None

    @classmethod
    def _restored(cls, opened: OpenedSnapshot) -> tuple[Self, None]:
        return cls(opened.snapshot.identity), None


def scan(rowset: Rowset, queries: Vectors, k: int, allowed: Rows | None) -> Neighbours:
    """Return the true k nearest of every query.

    Blocks of rows are multiplied with all queries at once, in float32; what may be among the best k up to rounding is
    then scored again row by row, so that equal vectors tie and their ids decide.

    Args:
        rowset: what to search.
        queries: float32 (q, dim), L2 norm 1.
        k: how many, at least 1.
        allowed: live rows to look at, ascending; None for all.
    """
    best = [_BestSoFar(k) for _ in queries]
    for rows, halves in _blocks(rowset, allowed):
        scores = queries @ widen(halves).T  # (q, block)
        for one, row_scores in zip(best, scores, strict=True):
            one.offer(rows, row_scores)
    ranking = Ranking(len(queries), k)
    for number, (one, query) in enumerate(zip(best, queries, strict=True)):
        ranking.settle(number, rowset, one.rows, query)
    looked_at = rowset.live if allowed is None else len(allowed)
    return ranking.neighbours(SearchReport(candidates=looked_at * len(queries), estimated_recall=1.0, exact=True))


class _BestSoFar:
    """The rows that may still be among the best k of one query."""

    def __init__(self, k: int) -> None:
        self._k = k
        self._least = np.float32(-np.inf)
        self.rows: Rows = np.empty(0, np.intp)
        self._scores: NDArray[np.float32] = np.empty(0, np.float32)

    def offer(self, rows: Rows, scores: NDArray[np.float32]) -> None:
        """Keep those of the rows that may be among the best k."""
        kept = np.flatnonzero(scores >= self._least)
        if not len(kept):
            return
        self.rows = np.concatenate([self.rows, rows[kept]])
        self._scores = np.concatenate([self._scores, scores[kept]])
        if len(self.rows) > self._k:
            kth = np.partition(self._scores, len(self._scores) - self._k)[-self._k]
            self._least = kth - _ROUNDING
            kept = np.flatnonzero(self._scores >= self._least)
            self.rows, self._scores = self.rows[kept], self._scores[kept]


def _blocks(rowset: Rowset, allowed: Rows | None) -> Iterator[tuple[Rows, Halves]]:
    """Yield live rows and their vectors, a block at a time, without a copy where none is needed."""
    if allowed is not None:
        for start in range(0, len(allowed), _BLOCK):
            rows = allowed[start : start + _BLOCK]
            yield rows, rowset.halves(rows)
        return
    for segment, offset in ((rowset.base, 0), (rowset.delta, len(rowset.base))):
        yield from _segment_blocks(segment, offset)


def _segment_blocks(segment: Segment, offset: int) -> Iterator[tuple[Rows, Halves]]:
    for start in range(0, len(segment), _BLOCK):
        block = slice(start, min(start + _BLOCK, len(segment)))
        rows, halves = np.arange(block.start, block.stop), segment.halves[block]
        if segment.alive is not None:
            alive = segment.alive[block]
            rows, halves = rows[alive], halves[alive]
        if len(rows):
            yield rows + offset, halves
