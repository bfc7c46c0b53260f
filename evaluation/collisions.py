"""Do signatures do what theory says? Bits that differ, counted on random pairs: `python -m evaluation.collisions`.

What is counted are the index's own directions and signs. `article/article.md` derives what is expected.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import NormalDist

import click
import numpy as np
from numpy.typing import NDArray

from feature_extractor.descriptors import DIM
from search.vector_index.lsh import BITS
from search.vector_index.plan import make_plan
from search.vector_index.recall import Cutoff
from search.vector_index.signatures import WORD_BITS, draw_directions, sign

COSINES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
PASSES = (64, 128, 256)
"""Bits of a first pass."""

SIZE = 1_000_000
WANTED = 10
"""Of the index that recall is told for: vectors and neighbours."""

SEED = 20160424

Draw = Callable[[int, int, int], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Bits:
    """How many bits of a signature differ between vectors at one cosine.

    Attributes:
        cosine: of the pairs.
        expected, measured: share of the bits that differ.
        deviation_expected, deviation_measured: standard deviation of their number, directions orthogonalised.
        deviation_independent, deviation_independent_measured: likewise, directions drawn one by one.
    """

    cosine: float
    expected: float
    measured: float
    deviation_expected: float
    deviation_measured: float
    deviation_independent: float
    deviation_independent_measured: float


@dataclass(frozen=True, slots=True)
class FirstPass:
    """Who gets through a pass over signatures that keeps so many of many unrelated vectors.

    Attributes:
        bits: compared.
        kept: of SIZE vectors.
        distance: greatest Hamming distance that is kept.
        cosine: of a copy.
        estimated: probability that it is kept, as the index estimates it.
        expected: likewise, with the variance of orthogonalised directions.
        measured: share of the pairs that are kept.
    """

    bits: int
    kept: int
    distance: int
    cosine: float
    estimated: float
    expected: float
    measured: float


@dataclass(frozen=True, slots=True)
class CollisionReport:
    """Theory beside what was counted.

    Attributes:
        bits: by cosine.
        passes: by bits, then by cosine.
        dim, signature_bits, pairs, frames, seed: what was counted: pairs of each cosine, spread over so many draws of
            the directions.
    """

    bits: tuple[Bits, ...]
    passes: tuple[FirstPass, ...]
    dim: int
    signature_bits: int
    pairs: int
    frames: int
    seed: int


def expected_share(cosine: float) -> float:
    """Return the probability that a bit differs: angle / pi (Charikar, 2002)."""
    return float(np.arccos(cosine) / np.pi)


def expected_deviation(cosine: float, bits: int, *, dim: int | None) -> float:
    """Return the standard deviation of a Hamming distance.

    Args:
        cosine: of the two vectors.
        bits: of the signatures, at most `dim`.
        dim: of the vectors where directions are orthogonal: each pair of bits then has a covariance of
            -sin² angle / (pi² dim), but for terms of 1 / dim² and less; None where they are independent.
    """
    share = expected_share(cosine)
    variance = bits * share * (1 - share)
    if dim is not None:
        variance -= bits * (bits - 1) * (1 - cosine**2) / (np.pi**2 * dim)
    return float(np.sqrt(variance))


def measure_collisions(*, pairs: int = 8000, frames: int = 8, seed: int = SEED) -> CollisionReport:
    """Count differing bits of random pairs at known cosines.

    Args:
        pairs: of each cosine, a multiple of `frames`.
        frames: times that directions are drawn anew; a single draw of independent ones has a bias of its own.
        seed: of pairs and directions.
    """
    orthogonal, independent = (
        _count_differing(draw, pairs=pairs, frames=frames, seed=seed) for draw in (draw_directions, _draw_independent)
    )
    bits = tuple(
        Bits(
            cosine,
            expected_share(cosine),
            float(orthogonal[number, :, -1].mean() / BITS),
            expected_deviation(cosine, BITS, dim=DIM),
            float(orthogonal[number, :, -1].std()),
            expected_deviation(cosine, BITS, dim=None),
            float(independent[number, :, -1].std()),
        )
        for number, cosine in enumerate(COSINES)
    )
    return CollisionReport(bits, _passes(orthogonal), DIM, BITS, pairs, frames, seed)


def greatest_distance(bits: int, share: float) -> int:
    """Return the Hamming distance that this share of unrelated vectors stays within, or the first above it.

    Orthogonal directions turn a vector of no particular direction into another such: its signs are fair and
    independent, whatever the query's are, and their distance is binomial with 1/2.
    """
    likely = [Cutoff(bits, distance, 1.0).pass_probability(np.zeros(1, np.float32))[0] for distance in range(bits + 1)]
    return int(np.searchsorted(likely, share))


def _passes(differing: NDArray[np.int64]) -> tuple[FirstPass, ...]:
    """Return who gets through passes of so many bits, given (cosines, pairs, words) of bits that differ so far."""
    plan = make_plan(eligible=SIZE, queries=1, k=WANTED, words=BITS // WORD_BITS, effort=None)
    if plan is None:
        raise ValueError(f"expected a plan for {SIZE:,} vectors; received an exact scan")
    found = []
    for bits in PASSES:
        kept = plan.candidates if bits == BITS else plan.survivors
        distance = greatest_distance(bits, kept / SIZE)
        for number, cosine in enumerate(COSINES):
            if 0.4 <= cosine <= 0.8:  # below, hardly any get through, above, all do
                deviation = expected_deviation(cosine, bits, dim=DIM)
                normal = NormalDist(bits * expected_share(cosine), deviation)
                estimated = Cutoff(bits, distance, 1.0).pass_probability(np.array([cosine], np.float32))[0]
                measured = (differing[number, :, bits // WORD_BITS - 1] <= distance).mean()
                expected = normal.cdf(distance + 0.5)
                found.append(FirstPass(bits, kept, distance, cosine, float(estimated), expected, float(measured)))
    return tuple(found)


def _count_differing(draw: Draw, *, pairs: int, frames: int, seed: int) -> NDArray[np.int64]:
    """Return how many bits differ in the first word, the first two, and so on: int64 (cosines, pairs, words)."""
    each = pairs // frames
    counts = np.empty((len(COSINES), frames, each, BITS // WORD_BITS), np.int64)
    rng = np.random.default_rng(seed)
    for frame in range(frames):
        directions = draw(DIM, BITS, seed + frame)
        for number, cosine in enumerate(COSINES):
            one, other = _draw_pairs(rng, each, cosine)
            differing = np.bitwise_count(sign(one @ directions.T) ^ sign(other @ directions.T))  # (words, pairs)
            counts[number, frame] = np.cumsum(differing, axis=0, dtype=np.int64).T
    return counts.reshape(len(COSINES), frames * each, -1)


def _draw_pairs(rng: np.random.Generator, pairs: int, cosine: float) -> tuple[NDArray[np.float32], ...]:
    """Return vectors of L2 norm 1 and others at this cosine to them, float32 (pairs, dim) each."""
    one, aside = rng.standard_normal((2, pairs, DIM))
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    aside -= (aside * one).sum(axis=1, keepdims=True) * one
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    other = cosine * one + np.sqrt(1 - cosine**2) * aside
    return one.astype(np.float32), other.astype(np.float32)


def _draw_independent(dim: int, bits: int, seed: int) -> NDArray[np.float32]:
    """Return random directions drawn one by one, float32 (bits, dim)."""
    return np.random.default_rng(seed).standard_normal((bits, dim), dtype=np.float32)


@click.command()
@click.option("--pairs", type=click.IntRange(8), default=8000, show_default=True, help="Of each cosine.")
@click.option("--seed", type=int, default=SEED, show_default=True)
def main(pairs: int, seed: int) -> None:
    """Compare the index's signatures with theory and print a report as JSON; it takes seconds.

    Example: python -m evaluation.collisions > article/tables/collisions.json
    """
    click.echo(json.dumps(asdict(measure_collisions(pairs=pairs - pairs % 8, seed=seed)), indent=2))


if __name__ == "__main__":
    main()
