"""Figures of merit of finding people."""

import numpy as np
import pytest

from evaluation.identification import Ranked, difference, estimate, identify, rank, roc

PEOPLE = [f"person {number // 3}" for number in range(30)] + ["alone 1", "alone 2"]


def descriptors(noise: float, seed: int = 1) -> np.ndarray:
    generator = np.random.default_rng(seed)
    centres = {name: generator.standard_normal(24) for name in dict.fromkeys(PEOPLE)}
    rows = np.stack([centres[name] for name in PEOPLE]) + noise * generator.standard_normal((len(PEOPLE), 24))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_perfect_descriptors_are_perfect() -> None:
    found = identify(rank(descriptors(0.01), PEOPLE), seed=1)
    for one in (found.precision_at_1, found.precision_at_all, found.mean_average_precision, found.auc):
        assert (one.value, one.low, one.high) == (1, 1, 1)
    assert found.precision_at_5.value == pytest.approx(2 / 5)  # there are two others of each
    assert found.found_at_1_percent == 1


def test_equal_descriptors_find_nobody_by_luck() -> None:
    alike = np.zeros((len(PEOPLE), 8), np.float32)
    alike[:, 0] = 1
    found = identify(rank(alike, PEOPLE), seed=1)
    assert found.precision_at_1.value == 0
    assert found.auc.value == pytest.approx(0.5)
    assert found.mean_average_precision.value == pytest.approx(2 / 31)
    assert found.found_at_1_percent == 0


def test_figures_are_those_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    ranked = rank(descriptors(1.5), PEOPLE)
    found = identify(ranked, seed=1)
    assert found.auc.value == pytest.approx(metrics.roc_auc_score(ranked.same, ranked.scores))
    assert found.auc.low < found.auc.value < found.auc.high
    assert found.precision_at_1.value < 1


def test_people_with_one_picture_are_in_the_way_but_not_asked_for() -> None:
    ranked = rank(descriptors(0.5), PEOPLE)
    assert len(ranked.people) == 10
    assert len(ranked.scores) == 32 * 31 // 2


def test_a_paired_difference_knows_the_sign() -> None:
    good, bad = rank(descriptors(0.7), PEOPLE), rank(descriptors(2.0), PEOPLE)
    gain = difference(good, bad, "ap", seed=1)
    assert 0 < gain.low <= gain.value <= gain.high
    assert difference(good, good, "ap", seed=1).value == 0
    with pytest.raises(ValueError, match="same people"):
        difference(good, rank(descriptors(0.7)[3:], PEOPLE[3:]), "ap", seed=1)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    generator = np.random.default_rng(3)
    held = [
        one.low <= 0.5 <= one.high for one in (estimate(generator.random(40), seed=number) for number in range(100))
    ]
    assert 85 <= sum(held) <= 100


def test_the_curve_rises_and_ends_where_all_are_found() -> None:
    ranked: Ranked = rank(descriptors(1.0), PEOPLE)
    false_share, found = roc(ranked)
    assert (np.diff(false_share) > 0).all()
    assert (np.diff(found) >= 0).all()
    assert false_share[-1] == 1
    assert found[-1] > 0.9
