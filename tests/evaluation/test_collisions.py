from itertools import accumulate
from math import comb

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.collisions import (
    PASSES,
    SIZE,
    CollisionReport,
    draw_as_the_index,
    expected_deviation,
    expected_share,
    greatest_distance,
    measure_collisions,
    unrelated_deviation,
)
from feature_extractor.descriptors import DIM
from search.vector_index.coder import pack_signs
from search.vector_index.lsh import BITS
from tests.vectors import unit


@pytest.fixture(scope="module")
def counted() -> CollisionReport:
    return measure_collisions(pairs=2400, seed=5)


def test_bits_differ_as_often_as_the_angle_says(counted: CollisionReport) -> None:
    for one in counted.bits:
        # Five standard errors of the mean over all pairs.
        assert abs(one.measured - one.expected) < 5 * one.deviation_independent / BITS / np.sqrt(counted.pairs)


def test_orthogonal_directions_spread_less_as_derived(counted: CollisionReport) -> None:
    for one in counted.bits:
        # The relative standard error of a deviation is 1 / sqrt(2 n).
        assert one.deviation_measured == pytest.approx(one.deviation_expected, rel=5 / np.sqrt(2 * counted.pairs))
        assert one.deviation_expected < one.deviation_independent
        assert one.deviation_independent_measured == pytest.approx(one.deviation_independent, rel=0.12)


def test_the_variance_of_any_vector_is_that_given_the_angle_and_that_of_the_angle() -> None:
    given_a_right_angle = expected_deviation(0.0, DIM, dim=DIM) ** 2
    of_the_angle = DIM**2 / (np.pi**2 * DIM)
    assert given_a_right_angle + of_the_angle == pytest.approx(unrelated_deviation(DIM, dim=DIM) ** 2, rel=0.01)
    assert unrelated_deviation(64, dim=DIM) == 4  # fair coins


@pytest.fixture(scope="module")
def unrelated() -> dict[int, NDArray[np.int64]]:
    """Hamming distances of vectors that have nothing to do with each other, by the bits compared."""
    generator = np.random.default_rng(3)
    found = []
    for seed in range(4):
        coder = draw_as_the_index(seed)
        some, others = (
            pack_signs(coder.project(unit(part))) for part in generator.standard_normal((2, 20_000, DIM), np.float32)
        )
        for shift in range(10):  # each with ten others
            differing = np.bitwise_count(some ^ np.roll(others, shift, axis=1))
            found.append(np.cumsum(differing, axis=0, dtype=np.int64))
    distances = np.concatenate(found, axis=1)  # (words, pairs)
    return {bits: distances[bits // 64 - 1] for bits in PASSES}


def test_unrelated_vectors_spread_as_derived(unrelated: dict[int, NDArray[np.int64]]) -> None:
    for bits, distances in unrelated.items():
        assert np.std(distances) == pytest.approx(unrelated_deviation(bits, dim=DIM), rel=0.02)


def test_the_distance_of_a_pass_keeps_what_it_says(unrelated: dict[int, NDArray[np.int64]]) -> None:
    for bits, kept in PASSES.items():
        distance = greatest_distance(bits, kept / SIZE)
        assert (unrelated[bits] < distance).mean() < kept / SIZE
        assert (unrelated[bits] <= distance).mean() > 0.8 * kept / SIZE


@pytest.mark.parametrize("kept", [300, 1_000, 10_000, 100_000])
def test_within_one_run_of_directions_a_pass_cuts_where_the_binomial_does(kept: int) -> None:
    within = accumulate(comb(64, distance) for distance in range(65))
    exact = next(distance for distance, ways in enumerate(within) if ways * SIZE >= kept * 2**64)
    assert greatest_distance(64, kept / SIZE) == exact


def test_a_pass_keeps_what_theory_says(counted: CollisionReport) -> None:
    for one in counted.passes:
        assert one.measured == pytest.approx(one.expected, abs=0.04)
    by_bits = {bits: [one.measured for one in counted.passes if one.bits == bits] for bits in (64, 128, 256)}
    assert all(found == sorted(found) for found in by_bits.values())
    assert (np.array(by_bits[128]) >= by_bits[64]).all()  # both keep as many


def test_the_same_seed_counts_the_same() -> None:
    assert measure_collisions(pairs=16, frames=2, seed=1) == measure_collisions(pairs=16, frames=2, seed=1)


def test_ends() -> None:
    assert expected_share(1.0) == 0
    assert expected_share(-1.0) == 1
    assert expected_deviation(1.0, 64, dim=DIM) == 0
    assert greatest_distance(64, 0.5) == 32
    assert greatest_distance(64, 1e-3) < 22
