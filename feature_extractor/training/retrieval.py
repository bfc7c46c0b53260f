"""How well descriptors find what belongs together and attributes are told: the figures of the model card."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 512  # queries compared at once: bounds memory


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
    precisions, right = [], []
    for start in range(0, len(descriptors), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(descriptors)))
        cosines = descriptors[rows] @ descriptors.T
        cosines[np.arange(len(rows)), rows] = -np.inf  # itself comes last and is cut off
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :-1]  # ties in order of row
        relevant = classes[order] == classes[rows, None]  # (rows, n - 1)
        asked = relevant.any(axis=1)
        precisions.append(_average_precisions(relevant[asked]))
        right.append(relevant[asked, 0])
    averages = np.concatenate(precisions)
    return LeaveOneOut(float(averages.mean()), float(np.concatenate(right).mean()), len(averages))


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
