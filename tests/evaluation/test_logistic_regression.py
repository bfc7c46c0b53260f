"""The weights that make what was seen likeliest."""

import numpy as np
import pytest

from errors import BadInput
from evaluation.logistic_regression import fit_logistic, logistic


def drawn(count: int = 4_000) -> tuple[np.ndarray, np.ndarray]:
    """Return features of unlike scales, and outcomes drawn by known weights."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(count, 3)) * [1, 10, 0.1] + [0, 5, 1]
    return features, rng.random(count) < logistic(features @ [1.5, -0.2, 0] + 0.5)


def test_weights_that_outcomes_were_drawn_by_are_found() -> None:
    features, right = drawn()
    found = fit_logistic(features, right, ridge=1e-6)
    assert found[1] == pytest.approx(1.5, abs=0.15)
    assert found[2] == pytest.approx(-0.2, abs=0.02)
    assert abs(found[3]) < 1.2  # a tenth of a standard deviation a unit: it tells nothing
    told = logistic(features @ found[1:] + found[0])
    assert told.mean() == pytest.approx(right.mean())  # as the constant is free


def test_no_other_weights_are_likelier() -> None:
    features, right = drawn(500)

    def loss(weights: np.ndarray) -> float:
        logits = features @ weights[1:] + weights[0]
        return float(np.logaddexp(0, np.where(right, -logits, logits)).sum())

    best = fit_logistic(features, right, ridge=1e-9)
    rng = np.random.default_rng(3)
    assert all(loss(best) <= loss(best + rng.normal(size=4) * 0.01) + 1e-6 for _ in range(20))


def test_a_feature_that_tells_all_apart_gets_a_weight_that_the_ridge_keeps_finite() -> None:
    features = np.r_[np.zeros((20, 1)), np.ones((20, 1))]
    right = features[:, 0] > 0
    weak, strong = (fit_logistic(features, right, ridge=ridge) for ridge in (0.1, 10.0))
    assert np.isfinite(weak).all()
    assert weak[1] > strong[1] > 0


def test_a_feature_without_spread_counts_for_nothing() -> None:
    features, right = drawn(200)
    features[:, 1] = 3.0
    found = fit_logistic(features, right, ridge=1.0)
    assert np.isfinite(found).all()
    assert found[2] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("outcome", [True, False])
def test_outcomes_of_one_kind_teach_nothing(outcome: bool) -> None:
    with pytest.raises(BadInput, match="of one kind"):
        fit_logistic(np.zeros((5, 1)), np.full(5, outcome), ridge=1.0)


def test_extreme_log_odds_do_not_overflow() -> None:
    assert logistic(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]


def test_a_weight_of_two_is_the_pair_seen_twice() -> None:
    features, right = drawn(300)
    twice = np.arange(300) < 100
    weighted = fit_logistic(features, right, ridge=1.0, weights=np.where(twice, 2.0, 1.0))
    repeated = fit_logistic(np.r_[features, features[twice]], np.r_[right, right[twice]], ridge=1.0)
    assert weighted == pytest.approx(repeated, abs=1e-5)
    assert weighted != pytest.approx(fit_logistic(features, right, ridge=1.0), abs=1e-3)
