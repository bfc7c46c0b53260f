import numpy as np
from numpy.typing import NDArray

from feature_extractor.training.attributes_head import MIN_POSITIVES, fit_attributes


def labelled(count: int = 900, inputs: int = 30) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Features, and labels drawn with a probability they decide; the last attribute has too few positives."""
    generator = np.random.default_rng(3)
    features = generator.standard_normal((count, inputs)).astype(np.float32)
    logits = features @ generator.standard_normal((inputs, 3)).astype(np.float32) - 1
    labels = (generator.uniform(size=(count, 3)) < 1 / (1 + np.exp(-logits))).astype(np.float32)
    labels[:, 2] = np.arange(count) < MIN_POSITIVES - 1
    return features, labels


def test_learns_what_can_be_learnt_and_says_what_cannot() -> None:
    features, labels = labelled()
    learnt = fit_attributes(features[:600], labels[:600], range(600), seed=0)
    assert learnt.taught.tolist() == [True, True, False]
    logits = learnt.head(features[600:])
    for attribute in (0, 1):
        right = np.mean((logits[:, attribute] > 0) == (labels[600:, attribute] == 1))
        assert right > max(0.75, 1 - labels[600:, attribute].mean())
    assert not logits[:, 2].any()


def test_half_means_as_often_right_as_wrong() -> None:
    features, labels = labelled(3000)
    learnt = fit_attributes(features[:2000], labels[:2000], range(2000), seed=0)
    probabilities = 1 / (1 + np.exp(-learnt.head(features[2000:])[:, 0]))
    for low in (0.2, 0.4, 0.6):
        within = (probabilities >= low) & (probabilities < low + 0.2)
        assert abs(labels[2000:][within, 0].mean() - probabilities[within].mean()) < 0.1


def test_unsure_pictures_carry_no_loss() -> None:
    features, labels = labelled()
    labels[500:] = np.nan
    masked = fit_attributes(features, labels, range(900), seed=1).head
    changed = features.copy()
    changed[500:] = features[500:][::-1]  # other pictures, the same principal components
    np.testing.assert_allclose(
        fit_attributes(changed, labels, range(900), seed=1).head.matrix, masked.matrix, atol=2e-3
    )


def test_equal_seeds_learn_the_same() -> None:
    features, labels = labelled()
    one, same = (fit_attributes(features, labels, range(900), seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.head.matrix, same.head.matrix)


def test_separable_labels_give_finite_numbers() -> None:
    features, labels = labelled()
    labels[:, 0] = features[:, 0] > 0
    learnt = fit_attributes(features, labels, range(900), seed=0)
    assert np.isfinite(learnt.head.matrix).all()
    assert np.mean((learnt.head(features)[:, 0] > 0) == (labels[:, 0] == 1)) > 0.97
