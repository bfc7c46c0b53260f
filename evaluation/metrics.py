"""Figures of merit of rankings, in NumPy.

Ties are never broken in favour of what is judged: a wrong answer with the score of a right one stands before it in
`recall_at_k`, and pairs of equal score enter together in the precision and recall of the others, as no threshold can
tell them apart. A method that scores everything alike therefore gets the trivial floor, not luck.
"""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
Flags = NDArray[np.bool_]


def rank_of_first_right(scores: Scores, right: Flags) -> NDArray[np.int64]:
    """Return the rank, from 1, at which each query meets its first right answer.

    Args:
        scores: (queries, answers), higher is surer.
        right: (queries, answers), at least one True a row.
    Raises:
        ValueError: the shapes differ, or a query has no right answer.
    """
    _check(scores, right)
    if not right.any(axis=1).all():
        raise ValueError("expected a right answer for every query; received a query with none")
    best = np.where(right, scores, -np.inf).max(axis=1, keepdims=True)  # (queries, 1)
    ahead: NDArray[np.int64] = np.count_nonzero((scores >= best) & ~right, axis=1)
    return 1 + ahead


def recall_at_k(scores: Scores, right: Flags, k: int) -> float:
    """Return the share of queries that have a right answer among their first k, 0..1; see `rank_of_first_right`."""
    return float((rank_of_first_right(scores, right) <= k).mean())


def average_precision(scores: Scores, right: Flags, *, positives: int | None = None) -> float:
    """Return the area under the precision over recall of one ranking, 0..1.

    The sum over thresholds of precision times the recall gained there, without interpolation (as scikit-learn's).
    On the pooled pairs of all queries this is the micro-AP of the image similarity challenge (Douze et al., "The 2021
    Image Similarity Dataset and Challenge", 2021).

    Args:
        scores: (n,), higher is surer.
        right: (n,).
        positives: how many right answers exist where not all of them are ranked; None: those of `right`.
    Raises:
        ValueError: the shapes differ, or there are no positives.
    """
    precision, recall = _curve(scores, right, positives)
    return float((precision * np.diff(recall, prepend=0.0)).sum())


def recall_at_precision(scores: Scores, right: Flags, precision: float, *, positives: int | None = None) -> float:
    """Return the largest recall that any threshold reaches with at least this precision; 0 where none does.

    Args:
        scores: (n,), higher is surer.
        right: (n,).
        precision: wanted, 0..1.
        positives: as in `average_precision`.
    Raises:
        ValueError: the shapes differ, or there are no positives.
    """
    reached, recall = _curve(scores, right, positives)
    return float(recall[reached >= precision].max(initial=0.0))


def _curve(scores: Scores, right: Flags, positives: int | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return precision and recall at every distinct score, falling: (thresholds,) each."""
    _check(scores, right)
    total = int(right.sum()) if positives is None else positives
    if total < max(1, int(right.sum())):
        raise ValueError(f"expected at least {max(1, int(right.sum()))} positives; received {total}")
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.diff(scores[order], append=np.nan))  # the last place of each run of equal scores
    found = np.cumsum(right[order])[last]
    return found / (last + 1), found / total


def _check(scores: Scores, right: Flags) -> None:
    if scores.shape != right.shape:
        raise ValueError(f"expected scores and flags of one shape; received {scores.shape} and {right.shape}")
