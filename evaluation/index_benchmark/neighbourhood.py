"""How a set of descriptors lies around queries: how far, and in how many dimensions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DEPTH = 100
"""Neighbours of a query that are looked at."""

_MLE_NEIGHBOURS = 20
_KEPT_RATIOS = 0.9


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Distances of unit vectors, Euclidean, 0..2, and the dimension they speak of.

    Attributes:
        size: of the set.
        nearest, tenth, random: 10 %, 50 % and 90 % of the queries have a nearest, a tenth, any one of the set within
            these.
        dimension_mle: of the first 20 neighbours (Levina and Bickel, "Maximum likelihood estimation of intrinsic
            dimension", 2004; inverses are averaged, as MacKay and Ghahramani found right in 2005).
        dimension_two: of the first two (Facco et al., "Estimating the intrinsic dimension of datasets by a minimal
            neighborhood information", 2017).
    """

    size: int
    nearest: tuple[float, float, float]
    tenth: tuple[float, float, float]
    random: tuple[float, float, float]
    dimension_mle: float
    dimension_two: float


def describe_neighbourhood(
    size: int, cosines: NDArray[np.float32], random_cosines: NDArray[np.float32]
) -> Neighbourhood:
    """Return how a set lies around queries.

    Args:
        size: of the set.
        cosines: of each query's nearest, best first, (queries, at least 20).
        random_cosines: of random pairs of a query and one of the set, (pairs,).
    """
    distances = as_distances(cosines)
    return Neighbourhood(
        size=size,
        nearest=_spread(distances[:, 0]),
        tenth=_spread(distances[:, 9]),
        random=_spread(as_distances(random_cosines)),
        dimension_mle=dimension_by_likelihood(distances[:, :_MLE_NEIGHBOURS]),
        dimension_two=dimension_by_two(distances),
    )


def as_distances(cosines: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the Euclidean distances of unit vectors at these cosines."""
    return np.sqrt(np.maximum(2 - 2 * cosines.astype(np.float64), 0))


def dimension_by_likelihood(distances: NDArray[np.float64]) -> float:
    """Return Levina and Bickel's estimate from each query's k nearest, (queries, k), ascending, none 0."""
    logs = np.log(distances[:, -1:] / np.maximum(distances[:, :-1], 1e-6))
    return float(1 / logs.mean())


def dimension_by_two(distances: NDArray[np.float64]) -> float:
    """Return Facco's estimate from each query's two nearest, (queries, at least 2), ascending; far ratios are cut."""
    ratios = np.sort(np.log(distances[:, 1] / np.maximum(distances[:, 0], 1e-6)))
    kept = max(1, int(_KEPT_RATIOS * len(ratios)))
    expected = -np.log(1 - np.arange(1, kept + 1) / (len(ratios) + 1))
    return float((ratios[:kept] @ expected) / (ratios[:kept] @ ratios[:kept]))


def _spread(values: NDArray[np.float64]) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
    return float(low), float(middle), float(high)
