"""How likely a neighbour was to get through the stages of a search: the estimate that comes with every answer.

A vector at angle a to the query differs from it in each of b bits with probability a / pi, so that its Hamming
distance is binomial; with directions that are orthogonal in blocks the spread is a little smaller, which makes the
estimate a cautious one. Stages look at nested bits, and passing one makes passing the next likelier (Harris, A lower
bound for the critical probability in a certain percolation process, 1960), so that the product of the stages'
probabilities is cautious too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_LEAST_PROBABILITY = 1e-9
_STEPS = 512
"""Angles in the table between 0 and pi."""


@dataclass(frozen=True, slots=True)
class Cutoff:
    """Who passed a stage: all under a distance, and a share of those at it.

    Attributes:
        bits: compared.
        distance: the greatest that passed.
        share: of the vectors at exactly that distance, how many passed, 0..1.
    """

    bits: int
    distance: int
    share: float

    def pass_probability(self, cosines: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability of passing for vectors at these cosines to the query, float64 in 0..1."""
        rows = np.ceil(np.arccos(cosines) * (_STEPS / np.pi)).astype(np.intp)  # rounded to the larger angle
        below, up_to = _binomial_cdf(self.bits)[rows, self.distance : self.distance + 2].T
        passing: NDArray[np.float64] = below + self.share * (up_to - below)
        return passing


def expected_recall(cosines: NDArray[np.float32], cutoffs: Sequence[Cutoff]) -> float:
    """Return the expected share of the true neighbours among those found.

    A neighbour that is found with probability p stands for 1 / p neighbours that exist (Horvitz and Thompson, A
    generalization of sampling without replacement from a finite universe, 1952). Going down the list, the true
    neighbours are complete where these add up to as many as were asked for; what was found up to there is the share.

    Args:
        cosines: of the neighbours found, best first, float32 (n,).
        cutoffs: the stages they passed.
    Returns:
        0..1; 1 where nothing was found.
    """
    wanted = len(cosines)
    if not wanted:
        return 1.0
    passing = np.ones(wanted)
    for cutoff in cutoffs:
        passing *= cutoff.pass_probability(cosines)
    stands_for = 1 / np.clip(passing, _LEAST_PROBABILITY, 1)
    up_to = np.cumsum(stands_for)
    whole = int(np.searchsorted(up_to, wanted, side="right"))
    if whole == wanted:
        return 1.0
    rest = wanted - (up_to[whole - 1] if whole else 0.0)
    return float((whole + rest / stands_for[whole]) / wanted)


@lru_cache(maxsize=8)
def _binomial_cdf(bits: int) -> NDArray[np.float64]:
    """Return P(distance < d) for angle i * pi / _STEPS and d from 0 to bits + 1, (steps + 1, bits + 2)."""
    share = np.arange(_STEPS + 1) / _STEPS  # of bits that differ
    pmf = np.zeros((_STEPS + 1, bits + 1))
    pmf[:, 0] = 1
    for _ in range(bits):  # one more bit: it agrees or it differs
        pmf[:, 1:] = pmf[:, 1:] * (1 - share)[:, None] + pmf[:, :-1] * share[:, None]
        pmf[:, 0] *= 1 - share
    return np.concatenate([np.zeros((_STEPS + 1, 1)), np.minimum(np.cumsum(pmf, axis=1), 1)], axis=1)
