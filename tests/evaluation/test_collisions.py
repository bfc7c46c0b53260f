import numpy as np
import pytest

from evaluation.collisions import (
    CollisionReport,
    expected_deviation,
    expected_share,
    greatest_distance,
    measure_collisions,
)
from feature_extractor.descriptors import DIM
from search.vector_index.lsh import BITS


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


def test_the_variance_of_any_vector_is_that_of_fair_coins() -> None:
    given_a_right_angle = expected_deviation(0.0, DIM, dim=DIM) ** 2
    of_the_angle = DIM**2 / (np.pi**2 * DIM)
    assert given_a_right_angle + of_the_angle == pytest.approx(DIM / 4, rel=0.01)


def test_a_pass_keeps_what_theory_says(counted: CollisionReport) -> None:
    for one in counted.passes:
        assert one.measured == pytest.approx(one.expected, abs=0.04)
    by_bits = {bits: [one.measured for one in counted.passes if one.bits == bits] for bits in (64, 128, 256)}
    assert all(found == sorted(found) for found in by_bits.values())
    assert (np.array(by_bits[128]) >= by_bits[64]).all()


def test_the_same_seed_counts_the_same() -> None:
    assert measure_collisions(pairs=16, frames=2, seed=1) == measure_collisions(pairs=16, frames=2, seed=1)


def test_ends() -> None:
    assert expected_share(1.0) == 0
    assert expected_share(-1.0) == 1
    assert expected_deviation(1.0, 64, dim=DIM) == 0
    assert greatest_distance(64, 0.5) == 32
