"""How often the nearest vectors are of the query's class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from feature_extractor.backbones import Features, scale_to_unit

Metric = Literal["cosine", "euclid", "dot"]
METRICS: tuple[Metric, ...] = ("cosine", "euclid", "dot")
NEIGHBOURS = 10
REDRAWS = 1_000
SEED = 20170509

_BLOCK = 256

Places = NDArray[np.intp]  # (queries, k), rows of the base, nearest first
Classes = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well neighbours tell the class.

    Attributes:
        precision_at_10: mean share of the ten nearest that are of the query's class.
        interval: of that, 95 %, by drawing the queries anew.
        nearest: share of queries whose nearest is of their class.
        vote: share of queries whose class is the commonest among the ten nearest; of equally common ones the one whose
            members are nearer.
        by_class: precision at 10 of the queries of each class.
    """

    precision_at_10: float
    interval: tuple[float, float]
    nearest: float
    vote: float
    by_class: Mapping[str, float]


def nearest(queries: Features, base: Features, metric: Metric, k: int = NEIGHBOURS) -> Places:
    """Return the rows of the k nearest of each query; equal ones in the order of the base.

    Args:
        queries: float32 (q, length).
        base: float32 (n, length), at least k.
        metric: 'cosine' and 'dot' take the largest, 'euclid' the least distance.
        k: how many.
    """
    if metric == "cosine":
        queries, base = scale_to_unit(queries), scale_to_unit(base)
    squares = np.einsum("ij,ij->i", base, base) if metric == "euclid" else None
    found = np.empty((len(queries), k), np.intp)
    for start in range(0, len(queries), _BLOCK):
        scores = queries[start : start + _BLOCK] @ base.T
        if squares is not None:
            scores = 2 * scores - squares  # the square of the query is the same for all
        for row, values in enumerate(scores, start=start):
            among = np.flatnonzero(values >= np.partition(values, -k)[-k])
            found[row] = among[np.argsort(-values[among], kind="stable")[:k]]
    return found


def measure_agreement(places: Places, asked: Classes, base: Classes) -> Agreement:
    """Return how well neighbours tell the class.

    Args:
        places: of the neighbours, (q, k), nearest first; -1 for none.
        asked: classes of the queries, (q,).
        base: of the base, (n,).
    """
    given = np.where(places >= 0, base[places], "")
    right = given == asked[:, None]
    precision = right.mean(axis=1)
    return Agreement(
        precision_at_10=float(precision.mean()),
        interval=interval_of_mean(precision),
        nearest=float(right[:, 0].mean()),
        vote=float((_vote(given) == asked).mean()),
        by_class={str(name): float(precision[asked == name].mean()) for name in np.unique(asked)},
    )


def interval_of_mean(values: NDArray[np.floating]) -> tuple[float, float]:
    """Return the 95 % interval of a mean over drawn values (percentile bootstrap; Efron, 1979)."""
    generator = np.random.default_rng(SEED)
    means = [float(values[generator.integers(0, len(values), len(values))].mean()) for _ in range(REDRAWS)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _vote(given: Classes) -> Classes:
    """Return the commonest class of each row."""
    found = np.empty(len(given), given.dtype)
    for row, names in enumerate(given):
        counts = (names[:, None] == names).sum(axis=1)  # of each neighbour's class
        found[row] = names[counts.argmax()]  # the first of the largest is the nearest
    return found
