from math import acos, comb, pi

import numpy as np
import pytest

from search.vector_index.recall import Cutoff, expected_recall


@pytest.mark.parametrize("bits", [64, 256])
@pytest.mark.parametrize("cosine", [0.0, 0.5, 0.92])
def test_passing_is_binomial_in_the_angle(bits: int, cosine: float) -> None:
    distance = bits // 4
    p = acos(cosine) / pi
    pmf = [comb(bits, d) * p**d * (1 - p) ** (bits - d) for d in range(distance + 1)]
    passing = Cutoff(bits, distance, 0.25).pass_probability(np.array([cosine], np.float32))
    assert passing[0] == pytest.approx(sum(pmf[:-1]) + 0.25 * pmf[-1], abs=0.03)  # angles are rounded in its table


def test_nearer_vectors_pass_more_surely() -> None:
    passing = Cutoff(256, 80, 1.0).pass_probability(np.linspace(-1, 1, 200, dtype=np.float32))
    assert np.all(np.diff(passing) >= -1e-12)
    assert passing[0] < 1e-6
    assert passing[-1] == pytest.approx(1)


def test_each_neighbour_found_stands_for_those_that_were_missed() -> None:
    cosines = np.full(10, 0.5, np.float32)
    cutoff = Cutoff(64, 20, 1.0)
    once = expected_recall(cosines, [cutoff])
    assert once == pytest.approx(cutoff.pass_probability(cosines)[0])
    assert expected_recall(cosines, [cutoff, cutoff]) == pytest.approx(once**2)


def test_what_lies_below_the_true_neighbours_does_not_count() -> None:
    cutoff = Cutoff(256, 100, 1.0)
    near, far = np.float32(0.8), np.float32(-0.1)
    assert expected_recall(np.array([near] * 9 + [far], np.float32), [cutoff]) == pytest.approx(0.9, abs=0.01)


def test_nothing_found_and_nothing_to_pass_is_complete() -> None:
    assert expected_recall(np.empty(0, np.float32), [Cutoff(64, 3, 1.0)]) == 1
    assert expected_recall(np.array([0.3], np.float32), []) == 1
