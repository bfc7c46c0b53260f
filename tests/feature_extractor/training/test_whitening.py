import numpy as np
import pytest
from numpy.typing import NDArray

from errors import ContractBroken
from feature_extractor.training.whitening import fit_projection, fit_regression


def features(count: int = 400, inputs: int = 24) -> NDArray[np.float32]:
    """Correlated and off centre, as features of a network are."""
    generator = np.random.default_rng(0)
    mixing = generator.standard_normal((inputs, inputs)) * np.linspace(0.1, 3, inputs)[:, None]
    return np.asarray(generator.standard_normal((count, inputs)) @ mixing + 5, np.float32)


@pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])
def test_components_are_centred_and_uncorrelated(whitening: float) -> None:
    rows = features()
    components = fit_projection(rows, 8, whitening)(rows)
    assert components.dtype == np.float32
    covariance = np.cov(components.T)
    np.testing.assert_allclose(components.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-4 * covariance.max())


def test_full_whitening_gives_all_components_one_variance() -> None:
    rows = features()
    variances = fit_projection(rows, 8, 1.0)(rows).var(axis=0)
    np.testing.assert_allclose(variances, variances.mean(), rtol=1e-3)


def test_no_whitening_keeps_distances_when_nothing_is_dropped() -> None:
    rows = features()
    components = fit_projection(rows, rows.shape[1], 0.0)(rows)
    before = np.linalg.norm(rows[:50] - rows[50:100], axis=1)
    after = np.linalg.norm(components[:50] - components[50:100], axis=1)
    np.testing.assert_allclose(after / before, (after / before).mean(), rtol=1e-3)


def test_the_order_of_the_pictures_does_not_matter() -> None:
    rows = features()
    there, back = fit_projection(rows, 8, 1.0), fit_projection(rows[::-1], 8, 1.0)
    np.testing.assert_allclose(there.matrix, back.matrix, atol=1e-4)


def test_refuses_fewer_pictures_than_components() -> None:
    with pytest.raises(ContractBroken, match=r"more than 24 rows .* received \(20, 24\)"):
        fit_projection(features(20), 24, 1.0)


def test_regression_finds_the_head_that_made_the_targets() -> None:
    generator = np.random.default_rng(1)
    rows = np.asarray(generator.standard_normal((4000, 12)) + 3, np.float32)
    matrix, bias = generator.standard_normal((12, 5)), generator.standard_normal(5)
    targets = np.asarray(rows @ matrix + bias, np.float32)
    head = fit_regression(rows, targets)
    assert {head.matrix.dtype, head.bias.dtype} == {np.dtype(np.float32)}
    error = head(rows) - targets
    np.testing.assert_allclose(error.mean(axis=0), 0, atol=1e-3)
    assert error.var() < 1e-2 * targets.var()  # the ridge draws it a little towards the mean


def test_regression_bears_more_features_than_pictures() -> None:
    generator = np.random.default_rng(2)
    rows = np.asarray(generator.standard_normal((20, 60)), np.float32)
    targets = np.asarray(generator.standard_normal((20, 3)), np.float32)
    error = fit_regression(rows, targets)(rows) - targets
    assert np.isfinite(error).all()
    assert error.var() < 0.1 * targets.var()
