"""Do probabilities come true? Bins of equal size, what was said in each and how often it was so."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Pairs that were given about the same probability.

    Attributes:
        pairs: how many.
        least, most: probability that was given to one of them.
        told: mean of what was given, 0..1.
        true: share of them that was so.
    """

    pairs: int
    least: float
    most: float
    told: float
    true: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far probabilities are from what is so.

    Attributes:
        bins: of as equal a size as ties allow, ascending.
        error: expected calibration error (Naeini et al., 2015): the mean over pairs of how far `told` and `true` of
            their bin are apart.
        brier: mean squared distance of each probability from what is so, 0 or 1 (Brier, 1950).
        pairs: how many.
        true: share of them that was so, which a model that knows nothing else would tell of each.
    """

    bins: tuple[ReliabilityBin, ...]
    error: float
    brier: float
    pairs: int
    true: float


def measure_reliability(told: Sequence[float], true: Sequence[bool], *, bins: int = BINS) -> Reliability:
    """Return how well probabilities come true, over bins of equal numbers of pairs.

    Bins of equal width would leave most of them empty, as most pairs are clear, and count none of the mistakes among
    those. Pairs of one probability are never parted by chance: they stay in one bin.

    Args:
        told: probabilities, 0..1, at least one.
        true: what is so, for each.
        bins: how many at most.
    Raises:
        ValueError: there is none, or there are not as many of both.
    """
    if not told or len(told) != len(true):
        raise ValueError(f"expected as many outcomes as probabilities, and one; received {len(true)} and {len(told)}")
    order = np.argsort(np.asarray(told, np.float64), kind="stable")
    given, so = np.asarray(told, np.float64)[order], np.asarray(true, np.float64)[order]
    edges = _edges(given, bins)
    found = tuple(
        ReliabilityBin(
            pairs=last - first,
            least=float(given[first]),
            most=float(given[last - 1]),
            told=float(given[first:last].mean()),
            true=float(so[first:last].mean()),
        )
        for first, last in pairwise(edges)
    )
    return Reliability(
        bins=found,
        error=float(sum(one.pairs * abs(one.told - one.true) for one in found) / len(given)),
        brier=float(((given - so) ** 2).mean()),
        pairs=len(given),
        true=float(so.mean()),
    )


def _edges(given: NDArray[np.float64], bins: int) -> list[int]:
    """Return where the bins of ascending probabilities begin, and the end of the last."""
    ends = np.linspace(0, len(given), min(bins, len(given)) + 1).round().astype(int)[1:-1]
    firsts = np.searchsorted(given, given[ends], side="left")
    return [*np.unique([0, *firsts.tolist()]).tolist(), len(given)]
