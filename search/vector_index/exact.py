"""The exact index: every vector is scored. The oracle that other indexes are judged by, and their fallback."""

from collections.abc import Iterator
from itertools import pairwise
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
_ASIDE = 8
"""How many times the wanted rows may be put aside before the bars are raised."""


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
    best = _BestSoFar(len(queries), k)
    for rows, halves in _blocks(rowset, allowed):
        best.offer(rows, queries @ widen(halves).T)
    ranking = Ranking(len(queries), k)
    for number, (rows, query) in enumerate(zip(best.rows(), queries, strict=True)):
        ranking.settle(number, rowset, rows, query)
    looked_at = rowset.live if allowed is None else len(allowed)
    return ranking.neighbours(SearchReport(candidates=looked_at * len(queries), estimated_recall=1.0, exact=True))


class _BestSoFar:
    """The rows that may still be among the best k of some queries.

    What reaches a query's bar is put aside; when there is much of it, each bar is raised to the k-th best. That takes
    a few calls of NumPy a block for all queries, and raises the bars a few times in all.
    """

    def __init__(self, queries: int, k: int) -> None:
        self._k = k
        self._bars = np.full(queries, -np.inf, np.float32)
        self._numbers: list[Rows] = [np.empty(0, np.intp)]
        self._rows: list[Rows] = [np.empty(0, np.intp)]
        self._scores: list[NDArray[np.float32]] = [np.empty(0, np.float32)]
        self._aside = 0
        self._most_aside = self._least_aside = _ASIDE * k * queries

    def offer(self, rows: Rows, scores: NDArray[np.float32]) -> None:
        """Put aside those of the rows that may be among the best k; scores (queries, rows)."""
        if scores.shape[1] > self._k and not np.isfinite(self._bars).any():
            # The first block: its own k-th best is a bar already.
            self._bars = np.partition(scores, -self._k, axis=1)[:, -self._k] - _ROUNDING
        numbers, columns = np.divmod(np.flatnonzero(scores >= self._bars[:, np.newaxis]), scores.shape[1])
        self._numbers.append(numbers)
        self._rows.append(rows[columns])
        self._scores.append(scores[numbers, columns])
        self._aside += len(numbers)
        if self._aside > self._most_aside:
            self._raise_bars()

    def rows(self) -> Iterator[Rows]:
        """Yield, query by query, the rows that are left."""
        self._raise_bars()
        starts = np.searchsorted(self._numbers[0], np.arange(len(self._bars) + 1))
        return (self._rows[0][start:stop] for start, stop in pairwise(starts.tolist()))

    def _raise_bars(self) -> None:
        numbers, rows, scores = (
            np.concatenate(self._numbers),
            np.concatenate(self._rows),
            np.concatenate(self._scores),
        )
        order = np.lexsort((-scores, numbers))
        numbers, rows, scores = numbers[order], rows[order], scores[order]
        counts = np.bincount(numbers, minlength=len(self._bars))
        enough = np.flatnonzero(counts >= self._k)
        kth = np.cumsum(counts)[enough] - counts[enough] + self._k - 1
        self._bars[enough] = np.maximum(self._bars[enough], scores[kth] - _ROUNDING)
        kept = scores >= self._bars[numbers]
        self._numbers, self._rows, self._scores = [numbers[kept]], [rows[kept]], [scores[kept]]
        self._aside = len(self._numbers[0])
        self._most_aside = max(self._least_aside, 2 * self._aside)  # a crowd of equal vectors is not sorted every time


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
