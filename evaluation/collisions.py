"""Do signatures do what theory says? Bits that differ, counted on random pairs: `python -m evaluation.collisions`.

What is counted are the index's own directions and signs. The theory is about directions that look everywhere alike, and
the index draws such where vectors fill their space evenly, so it is given such: isotropic Gaussian ones, normalised.
`article/article.md` derives what is expected.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import NormalDist

import click
import numpy as np
from numpy.typing import NDArray

from feature_extractor.descriptors import DIM
from search.vector_index.coder import WORD_BITS, Coder, fit_coder, pack_signs
from search.vector_index.groups import bits_for
from search.vector_index.lsh import BITS

COSINES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
PASSES = {64: 10_000, 128: 10_000, 256: 1_000}
"""Bits compared in a pass, and how many of SIZE vectors it keeps."""

SIZE = 1_000_000
"""Vectors of the index that passes are told for."""

SEED = 20160424
_EVEN = 20_000
"""Vectors that directions are drawn from."""

Draw = Callable[[int], Coder]
"""Given a seed."""


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
        expected: probability that it is kept.
        measured: share of the pairs that are kept.
    """

    bits: int
    kept: int
    distance: int
    cosine: float
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
        dim: of the vectors where directions are orthogonal, those of the first word and those behind it: each pair of
            bits of one run then has a covariance of -sin² angle / (pi² dim), but for terms of 1 / dim² and less; None
            where all are independent.
    """
    share = expected_share(cosine)
    variance = bits * share * (1 - share)
    if dim is not None:
        pairs = sum(run * (run - 1) for run in _runs(bits))
        variance -= pairs * (1 - cosine**2) / (np.pi**2 * dim)
    return float(np.sqrt(variance))


def unrelated_deviation(bits: int, *, dim: int) -> float:
    """Return the standard deviation of the Hamming distance of vectors that have nothing to do with each other.

    Orthogonal directions turn a vector of no particular direction into another such: its signs are fair and
    independent, whatever the query's are. Between the runs, directions are independent of each other: each pair of
    bits has a covariance of 1 / (pi² dim).
    """
    first, others = _runs(bits)
    return float(np.sqrt(bits / 4 + 2 * first * others / (np.pi**2 * dim)))


def _runs(bits: int) -> tuple[int, int]:
    """Return how many of the first bits have directions of the first word, and how many of those behind it."""
    return min(bits, WORD_BITS), max(0, bits - WORD_BITS)


def measure_collisions(*, pairs: int = 8000, frames: int = 8, seed: int = SEED) -> CollisionReport:
    """Count differing bits of random pairs at known cosines.

    Args:
        pairs: of each cosine, a multiple of `frames`.
        frames: times that directions are drawn anew; a single draw of independent ones has a bias of its own.
        seed: of pairs and directions.
    """
    orthogonal, independent = (
        _count_differing(draw, pairs=pairs, frames=frames, seed=seed) for draw in (draw_as_the_index, _draw_independent)
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

    Within the first word it is binomial. Behind it, it is wider: the two runs of directions see the same angle.
    """
    unrelated = NormalDist(bits / 2, unrelated_deviation(bits, dim=DIM))
    return int(np.ceil(unrelated.inv_cdf(share) - 0.5))


def _passes(differing: NDArray[np.int64]) -> tuple[FirstPass, ...]:
    """Return who gets through passes of so many bits, given (cosines, pairs, words) of bits that differ so far."""
    found = []
    for bits, kept in PASSES.items():
        distance = greatest_distance(bits, kept / SIZE)
        for number, cosine in enumerate(COSINES):
            if 0.4 <= cosine <= 0.8:  # below, hardly any get through, above, all do
                deviation = expected_deviation(cosine, bits, dim=DIM)
                normal = NormalDist(bits * expected_share(cosine), deviation)
                measured = (differing[number, :, bits // WORD_BITS - 1] <= distance).mean()
                found.append(FirstPass(bits, kept, distance, cosine, normal.cdf(distance + 0.5), float(measured)))
    return tuple(found)


def _count_differing(draw: Draw, *, pairs: int, frames: int, seed: int) -> NDArray[np.int64]:
    """Return how many bits differ in the first word, the first two, and so on: int64 (cosines, pairs, words)."""
    each = pairs // frames
    counts = np.empty((len(COSINES), frames, each, BITS // WORD_BITS), np.int64)
    rng = np.random.default_rng(seed)
    for frame in range(frames):
        coder = draw(seed + frame)
        for number, cosine in enumerate(COSINES):
            one, other = _draw_pairs(rng, each, cosine)
            words, others = (pack_signs(coder.project(vectors)) for vectors in (one, other))
            differing = np.bitwise_count(words ^ others)  # (words, pairs)
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


def draw_as_the_index(seed: int) -> Coder:
    """Return the coder that an index of SIZE vectors draws where they fill their space evenly."""
    even = np.random.default_rng([seed, 1]).standard_normal((_EVEN, DIM), dtype=np.float32)
    even /= np.linalg.norm(even, axis=1, keepdims=True)
    return fit_coder(even, BITS, seed, lead=bits_for(SIZE), drawn_from=SIZE)


def _draw_independent(seed: int) -> Coder:
    """Return random directions drawn one by one."""
    directions = np.random.default_rng(seed).standard_normal((BITS, DIM), dtype=np.float32)
    return Coder(directions, np.zeros(BITS, np.float32), 0, SIZE)


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
