"""Bins of equal size, and how far what was told in each is from what is so."""

import numpy as np
import pytest

from evaluation.reliability import measure_reliability


def test_probabilities_that_come_true_have_no_error_but_chance() -> None:
    rng = np.random.default_rng(1)
    told = rng.random(20_000)
    found = measure_reliability(told.tolist(), (rng.random(20_000) < told).tolist())
    assert found.error < 0.02
    assert [one.pairs for one in found.bins] == [2_000] * 10
    assert all(one.least <= one.told <= one.most for one in found.bins)
    assert found.brier == pytest.approx(1 / 6, abs=0.01)  # the mean of p (1 - p) over 0..1


def test_the_error_is_how_far_what_is_told_is_from_what_is_so() -> None:
    found = measure_reliability([0.9] * 100, [True] * 60 + [False] * 40)
    assert found.error == pytest.approx(0.3)
    assert found.true == pytest.approx(0.6)
    (only,) = found.bins
    assert (only.pairs, only.least, only.most) == (100, 0.9, 0.9)


def test_pairs_of_one_probability_are_never_parted() -> None:
    told = [0.1] * 30 + [0.5] * 5 + [0.95] * 65
    found = measure_reliability(told, [False] * 35 + [True] * 65, bins=4)
    assert [one.pairs for one in found.bins] == [35, 65]
    assert sum(one.pairs for one in found.bins) == found.pairs == 100


def test_the_order_of_pairs_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    told, true = rng.random(500).round(2), rng.random(500) < 0.5
    order = rng.permutation(500)
    one = measure_reliability(told.tolist(), true.tolist())
    other = measure_reliability(told[order].tolist(), true[order].tolist())
    assert one.error == pytest.approx(other.error)
    assert [each.pairs for each in one.bins] == [each.pairs for each in other.bins]


@pytest.mark.parametrize(("told", "true"), [([], []), ([0.5], [])])
def test_nothing_to_measure_is_refused(told: list[float], true: list[bool]) -> None:
    with pytest.raises(ValueError, match="expected as many"):
        measure_reliability(told, true)
