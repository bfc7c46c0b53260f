import numpy as np
import pytest

from feature_extractor.training.heads import normalise
from feature_extractor.training.retrieval import average_precision, leave_one_out


def test_a_perfect_ranking_scores_one() -> None:
    classes = np.array(["a"] * 5 + ["b"] * 7)
    descriptors = np.where(classes[:, None] == "a", [1.0, 0.0], [0.0, 1.0]).astype(np.float32)
    found = leave_one_out(descriptors, classes)
    assert (found.mean_average_precision, found.nearest_is_right, found.pictures) == (1.0, 1.0, 12)


def test_chance_scores_the_share_of_the_class() -> None:
    generator = np.random.default_rng(0)
    descriptors = normalise(generator.standard_normal((1200, 16)).astype(np.float32))
    found = leave_one_out(descriptors, generator.choice(["a", "b", "c", "d"], 1200))
    assert found.mean_average_precision == pytest.approx(0.25, abs=0.02)
    assert found.nearest_is_right == pytest.approx(0.25, abs=0.05)


def test_a_picture_without_fellows_is_not_asked_for() -> None:
    descriptors = normalise(np.random.default_rng(1).standard_normal((5, 4)).astype(np.float32))
    assert leave_one_out(descriptors, np.array(["a", "a", "b", "c", "c"])).pictures == 4


def test_average_precision_counts_every_positive() -> None:
    assert average_precision(np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False])) == pytest.approx(
        5 / 6
    )
    assert average_precision(np.array([3, 2, 1]), np.array([False, False, True])) == pytest.approx(1 / 3)
