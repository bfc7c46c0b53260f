"""How a set of descriptors lies: how far from queries, how far apart, in how many dimensions; how it would grow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DEPTH = 100
"""Neighbours of a query that are looked at."""

RANKS = (1, 10, DEPTH)
"""Neighbours whose distances are told."""

Spread = tuple[float, float, float]
"""10 %, 50 % and 90 % are no larger."""

_MLE_NEIGHBOURS = 20
_KEPT_RATIOS = 0.9
_MEDIAN_SHIFT = 1 / 3
"""The median of the ball up to the k-th neighbour holds the (k - 1/3)-th part of all: that of a Gamma distribution."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Distances of unit vectors, Euclidean, 0..2, and the dimension they speak of.

    Attributes:
        size: of the set.
        nearest, tenth, hundredth, random: distances from queries, which are not in the set, to the neighbours of these
            ranks and to any one of the set.
        own: from one of the set to the nearest other one of the set.
        near_share: how many of the set, 0..1, have another one nearer than the limit of near duplicates.
        dimension_mle: of the first 20 neighbours (Levina and Bickel, "Maximum likelihood estimation of intrinsic
            dimension", 2004; inverses are averaged, as MacKay and Ghahramani found right in 2005).
        dimension_two: of the first two (Facco et al., "Estimating the intrinsic dimension of datasets by a minimal
            neighborhood information", 2017).
    """

    size: int
    nearest: Spread
    tenth: Spread
    hundredth: Spread
    random: Spread
    own: Spread
    near_share: float
    dimension_mle: float
    dimension_two: float


@dataclass(frozen=True, slots=True)
class Expected:
    """How a set would lie that is larger than the real one, if real ones went on as they grew: medians.

    Attributes:
        size: of the set.
        nearest, tenth, hundredth, own, near_share: as of `Neighbourhood`.
        dimension: d, where distances shrink as size ** (-1 / d).
    """

    size: int
    nearest: float
    tenth: float
    hundredth: float
    own: float
    near_share: float
    dimension: float


@dataclass(frozen=True, slots=True)
class Honesty:
    """How enlarged sets lie, beside real ones.

    Attributes:
        limit: distance under which two pictures are near duplicates: one in a hundred real ones has another so near.
        real: an eighth of the real ones, a quarter, half, all.
        drawn: as many as there are real ones, none of them real.
        regrown: an eighth of the real ones, enlarged to as many as there are.
        enlarged: by size.
        expected: by size, what real ones that go on growing would do.
    """

    limit: float
    real: tuple[Neighbourhood, ...]
    drawn: tuple[Neighbourhood, ...]
    regrown: tuple[Neighbourhood, ...]
    enlarged: tuple[Neighbourhood, ...]
    expected: tuple[Expected, ...]


def describe_neighbourhood(
    size: int,
    cosines: NDArray[np.float32],
    *,
    random_cosines: NDArray[np.float32],
    own_cosines: NDArray[np.float32],
    limit: float,
) -> Neighbourhood:
    """Return how a set lies around queries and around its own.

    Args:
        size: of the set.
        cosines: of each query's nearest, best first, (queries, at least 20); the last stands for the hundredth where
            there are fewer.
        random_cosines: of random pairs of a query and one of the set, (pairs,).
        own_cosines: of some of the set with the nearest other one, (some,).
        limit: distance of near duplicates.
    """
    distances, own = as_distances(cosines), as_distances(own_cosines)
    first, tenth, hundredth = (_spread(distances[:, min(rank, distances.shape[1]) - 1]) for rank in RANKS)
    return Neighbourhood(
        size=size,
        nearest=first,
        tenth=tenth,
        hundredth=hundredth,
        random=_spread(as_distances(random_cosines)),
        own=_spread(own),
        near_share=float((own < limit).mean()),
        dimension_mle=dimension_by_likelihood(distances[:, :_MLE_NEIGHBOURS]),
        dimension_two=dimension_by_two(distances),
    )


def expect(
    real: Sequence[Neighbourhood], own_cosines: NDArray[np.float32], sizes: Sequence[int], limit: float
) -> tuple[Expected, ...]:
    """Return how larger sets would lie if growth went on: with n points, a k-th neighbour lies where k / n of all lie.

    Where the real ones tell how far that is, they are asked; nearer than their nearest, distances shrink by the
    dimension d by which the median nearest shrank as the parts grew, as size ** (-1 / d).

    Args:
        real: growing parts of the real ones, two or more; the last is all of them.
        own_cosines: of some of all of them with the nearest other one, (some,).
        sizes: of the sets.
        limit: distance of near duplicates.
    """
    whole, dimension = real[-1], dimension_by_growth(real)
    known = np.log([(rank - _MEDIAN_SHIFT) / whole.size for rank in RANKS])
    medians = np.log([whole.nearest[1], whole.tenth[1], whole.hundredth[1]])
    own = as_distances(own_cosines)
    expected = []
    for size in sizes:
        wanted = np.log([(rank - _MEDIAN_SHIFT) / size for rank in RANKS])
        found = np.exp(np.interp(wanted, known, medians) + np.minimum(wanted - known[0], 0) / dimension)
        first, tenth, hundredth = found.tolist()
        shrunk = own * (whole.size / size) ** (1 / dimension)
        near_share = float((shrunk < limit).mean())
        expected.append(Expected(size, first, tenth, hundredth, float(np.median(shrunk)), near_share, dimension))
    return tuple(expected)


def dimension_by_growth(grown: Sequence[Neighbourhood]) -> float:
    """Return d where the median distance to the nearest goes as size ** (-1 / d), least squares of the logarithms."""
    sizes, nearest = np.log([one.size for one in grown]), np.log([one.nearest[1] for one in grown])
    return float(-1 / np.polyfit(sizes, nearest, 1)[0])


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


def _spread(values: NDArray[np.float64]) -> Spread:
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
    return float(low), float(middle), float(high)
