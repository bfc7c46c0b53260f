"""The true nearest neighbours, by comparing everything: what the answers of all engines are held against."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Found = tuple[NDArray[np.int64], NDArray[np.float32]]  # rows and cosines, (queries, k) each, best first

TIE = 5e-5
"""Cosines that differ by less count as equal: float16 keeps a vector's norm no better than that."""


def nearest(blocks: Iterable[NDArray[np.float32]], queries: NDArray[np.float32], k: int) -> Found:
    """Return the k rows with the largest inner product with each query, and these.

    Args:
        blocks: of rows, float32 (any, dim), taken once; at least k rows in all.
        queries: float32 (q, dim).
        k: how many.
    Raises:
        ValueError: there are fewer rows.
    """
    best_rows = np.empty((len(queries), 0), np.int64)
    best: NDArray[np.float32] = np.empty((len(queries), 0), np.float32)
    start = 0
    for block in blocks:
        scores = queries @ block.T  # (q, block)
        rows = np.argpartition(-scores, min(k, len(block)) - 1, axis=1)[:, :k]
        scores = np.concatenate([best, np.take_along_axis(scores, rows, axis=1)], axis=1)
        candidates = np.concatenate([best_rows, rows + start], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        best, best_rows = np.take_along_axis(scores, order, axis=1), np.take_along_axis(candidates, order, axis=1)
        start += len(block)
    if best.shape[1] < k:
        raise ValueError(f"expected at least {k} rows; received {start}")
    return best_rows, best


def right_answers(rows: NDArray[np.int64], cosines: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return, for each query, every row that may stand among the first k, ties with the last included.

    Args:
        rows, cosines: as `nearest` gives them, more than k of them so that ties are seen.
        k: how many answers are judged.
    Returns:
        int64 (queries, rows a query), -1 in place of rows that are no right answer.
    """
    return np.where(cosines >= cosines[:, k - 1 : k] - TIE, rows, -1)
