"""How well descriptors find what belongs together and attributes are told: the figures of the model card."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FIRST = 10
"""How many answers `precision_at_10` looks at."""

_BLOCK = 512  # queries compared at once: bounds memory

Similarity = Callable[[NDArray[np.intp]], NDArray[np.float32]]
"""Rows that are asked for, (m,), to their similarity to all n pictures, (m, n)."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The score of each picture that was asked for among all others: those whose class has another member.

    Attributes:
        rows: (asked,), which pictures they are.
        average_precision: (asked,), 0..1.
        nearest_is_right: (asked,), whether the nearest other picture is of the same class.
        precision_at_10: (asked,), share of the ten nearest that are, or of all others where there are fewer.
    """

    rows: NDArray[np.intp]
    average_precision: NDArray[np.float64]
    nearest_is_right: NDArray[np.bool_]
    precision_at_10: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """Every picture asked for among all others.

    Attributes:
        mean_average_precision: over the pictures whose class has another member, 0..1.
        nearest_is_right: share of those pictures whose nearest other picture is of their class, 0..1.
        pictures: how many there were.
    """

    mean_average_precision: float
    nearest_is_right: float
    pictures: int


def leave_one_out(descriptors: NDArray[np.float32], classes: NDArray[np.str_]) -> LeaveOneOut:
    """Rank all other pictures by cosine for each one and score the ranking by class.

    Args:
        descriptors: float32 (n, dim), rows of L2 norm 1.
        classes: (n,).
    """
    found = score_left_out(lambda rows: descriptors[rows] @ descriptors.T, classes)
    return LeaveOneOut(
        float(found.average_precision.mean()), float(found.nearest_is_right.mean()), len(found.average_precision)
    )


def score_left_out(similarity: Similarity, classes: NDArray[np.str_]) -> LeftOut:
    """Rank all other pictures by similarity for each one and score each ranking by class.

    Args:
        similarity: of some pictures to all; higher is nearer.
        classes: (n,).
    """
    scored = []
    for start in range(0, len(classes), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(classes)))
        similarities = np.array(similarity(rows), np.float32)
        similarities[np.arange(len(rows)), rows] = -np.inf  # itself comes last and is cut off
        order = np.argsort(-similarities, axis=1, kind="stable")[:, :-1]  # ties in order of row
        relevant = classes[order] == classes[rows, None]  # (rows, n - 1)
        asked = relevant.any(axis=1)
        relevant = relevant[asked]
        scored.append((rows[asked], _average_precisions(relevant), relevant[:, 0], relevant[:, :FIRST].mean(axis=1)))
    return LeftOut(*(np.concatenate(parts) for parts in zip(*scored, strict=True)))


def average_precision(scores: NDArray[np.floating], positives: NDArray[np.bool_]) -> float:
    """Return the average precision of a ranking by score; ties stand in order of row.

    Args:
        scores: (n,).
        positives: (n,), at least one true.
    """
    order = np.argsort(-scores, kind="stable")
    return float(_average_precisions(positives[order][None])[0])


def _average_precisions(relevant: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mean, over the relevant places of each row, of the precision up to there."""
    found = np.cumsum(relevant, axis=1)
    precision = found / np.arange(1, relevant.shape[1] + 1)
    return np.asarray((precision * relevant).sum(axis=1) / relevant.sum(axis=1))
