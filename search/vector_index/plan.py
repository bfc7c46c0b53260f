"""How much work a search is worth: how many vectors pass each stage, and when scoring all of them costs less."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from search.vector_index.measured import NEIGHBOURS, Measured

WANTED_RECALL = 0.99
"""What an index aims at where nobody says otherwise."""
LEAST_RECALL, MOST_RECALL = 0.5, 0.9995
"""What may be aimed at: less is no search worth the name; more cannot be told by what an index measures of itself."""

_LEAST_CANDIDATES = 32
_LEVELS = np.concatenate([1 - np.geomspace(0.5, 0.0005, 27), [1.0]])
"""Shares of the measured neighbours that a stage may let through."""

# Nanoseconds on one core of a server of 2023 over a million vectors, to weigh the stages against each other; only
# ratios matter.
_WIDEN_NS = 90
_MULTIPLY_NS = 10
_RERANK_NS = 300
_QUERY_NS = 200_000  # more than a scan costs beside its rows
_FIRST_WORD_NS = 3.5
_SECOND_WORD_NS = 4.5
_ALL_WORDS_NS = 15  # 23 to 35 where they were counted; less, as queries unlike all of an index lose most at this stage


_Count = TypeVar("_Count", float, NDArray[np.float64])


@dataclass(frozen=True, slots=True)
class Plan:
    """What passes each stage of a search by signatures.

    Attributes:
        probed: vectors whose first words are compared, those of the groups nearest to the query.
        first_words: words compared with each of them.
        survivors: vectors that pass, and are compared by all words.
        candidates: vectors that pass that too; their cosines are computed.
        recall: share of the true neighbours expected among them, 0..1.
    """

    probed: int
    first_words: int
    survivors: int
    candidates: int
    recall: float


@dataclass(frozen=True, slots=True)
class _Depths:
    """How deep each stage looks, as shares of all rows."""

    first_words: int
    probed: float
    survivors: float
    candidates: float
    recall: float


def recall_for(effort: float) -> float:
    """Return the recall that an effort of 0..1 aims at: half of the neighbours at 0, all but one in 2,000 at 1."""
    return float(1 - 0.5 * 10 ** (-3 * effort))


def effort_for(recall: float) -> float:
    """Return the effort that aims at a recall: the inverse of `recall_for`, within 0..1."""
    return float(np.clip(np.log10(2 * max(1 - recall, 1e-12)) / -3, 0, 1))


class Planner:
    """Finds the cheapest plan for a wanted recall among those that an index's measurements allow."""

    def __init__(self, measured: Measured) -> None:
        """Take what was measured; plans are made when they are first wanted."""
        self._measured = measured
        self._made: dict[tuple[int, float], _Depths] = {}

    def plan(self, *, size: int, eligible: int, queries: int, k: int, recall: float) -> Plan | None:
        """Return the plan for a search, or None where scoring every eligible vector costs less.

        Args:
            size: vectors in the index.
            eligible: those of them that may be returned.
            queries: searched for at once; an exact scan shares much of its work among them.
            k: neighbours wanted.
            recall: wanted, 0..1.
        """
        # The k nearest of every tenth vector are the 10 k nearest of all, or thereabouts: of those there are, or were
        # when it was measured.
        alike = k * max(size, self._measured.rows) / max(eligible, 1)
        depths = self._depths(_column(alike), round(recall, 4))
        deeper = max(1.0, alike / NEIGHBOURS)
        shares = [min(1.0, share * deeper) for share in (depths.probed, depths.survivors, depths.candidates)]
        probed, survivors, candidates = (int(np.ceil(share * eligible)) for share in shares)
        candidates = min(eligible, max(candidates, 2 * k, _LEAST_CANDIDATES))
        survivors = min(eligible, max(survivors, candidates))
        probed = min(eligible, max(probed, survivors))
        cost = _cost(probed, depths.first_words, survivors, candidates)
        if eligible * (_WIDEN_NS / max(queries, 1) + _MULTIPLY_NS) <= cost:
            return None
        return Plan(probed, depths.first_words, survivors, candidates, depths.recall)

    def _depths(self, column: int, recall: float) -> _Depths:
        key = column, recall
        if key not in self._made:
            self._made[key] = self._cheapest(column, recall)
        return self._made[key]

    def _cheapest(self, column: int, recall: float) -> _Depths:
        """Return the cheapest depths that let through the wanted share of the measured neighbours, the first ones."""
        measured = self._measured
        probed, probed_pass = _levels(measured.groups[:, :column])
        candidates, candidates_pass = _levels(measured.whole[:, :column])
        best, least = _Depths(1, 1.0, 1.0, 1.0, 1.0), np.inf
        for first_words, stage in ((1, measured.first), (2, measured.second)):
            survivors, survivors_pass = _levels(stage[:, :column])
            # One depth of probing at a time, which bounds the memory.
            both = np.stack([(survivors_pass * passed) @ candidates_pass.T for passed in probed_pass])
            found = both / np.float64(probed_pass.shape[1])  # (probed, survivors, candidates)
            costs = _cost(
                probed[:, None, None] * measured.rows,
                first_words,
                np.maximum(survivors[:, None], candidates) * measured.rows,
                candidates * measured.rows,
            )
            costs = np.where(found >= min(recall, found.max()), costs, np.inf)
            place = np.unravel_index(np.argmin(costs), costs.shape)
            if costs[place] < least:
                least = float(costs[place])
                p, s, c = place
                best = _Depths(
                    first_words, float(probed[p]), float(survivors[s]), float(candidates[c]), float(found[place])
                )
        return best


def _levels(depths: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return depths that let through ever more of the neighbours, and which neighbours each lets through, as 0 or 1."""
    flat = depths.ravel()
    shares = np.quantile(flat, _LEVELS, method="higher")
    # A group is probed where fewer rows come before it than wanted; a row passes where fewer are nearer.
    return np.minimum(shares * 1.0001 + 1e-9, 1.0).astype(np.float64), (flat <= shares[:, np.newaxis]).astype(
        np.float32
    )


def _cost(probed: _Count, first_words: int, survivors: _Count, candidates: _Count) -> _Count:
    """Return nanoseconds for so many vectors at each stage, numbers or arrays of them."""
    first = _FIRST_WORD_NS + (first_words - 1) * _SECOND_WORD_NS
    return _QUERY_NS + probed * first + survivors * _ALL_WORDS_NS + candidates * _RERANK_NS


def _column(alike: float) -> int:
    """Return how many of the measured neighbours stand for the k wanted: few plans serve all k.

    The nearest alone is too few: what is rare among so many queries would not be seen at all.
    """
    return min(NEIGHBOURS, next(count for count in (3, 10, 30, 100) if alike <= count or count == NEIGHBOURS))
