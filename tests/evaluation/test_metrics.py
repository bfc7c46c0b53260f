import numpy as np
import pytest

from evaluation.metrics import average_precision, rank_of_first_right, recall_at_k, recall_at_precision


def test_ranks_and_recall_by_hand() -> None:
    scores = np.array([[0.9, 0.5, 0.1], [0.9, 0.5, 0.1], [0.2, 0.3, 0.4]])
    right = np.array([[True, False, False], [False, False, True], [True, True, False]])
    assert rank_of_first_right(scores, right).tolist() == [1, 3, 2]
    assert [recall_at_k(scores, right, k) for k in (1, 2, 3)] == [1 / 3, 2 / 3, 1.0]


def test_a_tie_stands_against_what_is_judged() -> None:
    scores = np.zeros((1, 4))
    right = np.array([[True, False, False, False]])
    assert rank_of_first_right(scores, right).tolist() == [4]
    assert recall_at_k(scores, right, 1) == 0
    assert rank_of_first_right(scores, np.ones((1, 4), bool)).tolist() == [1]


def test_average_precision_by_hand() -> None:
    """Right at ranks 1, 3 and 4: (1/1 + 2/3 + 3/4) / 3."""
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, False, True, True, False])
    assert average_precision(scores, right) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert average_precision(scores, right, positives=6) == pytest.approx((1 + 2 / 3 + 3 / 4) / 6)
    assert average_precision(scores[::-1], right[::-1]) == average_precision(scores, right)


def test_average_precision_of_one_score_for_all_is_the_floor() -> None:
    right = np.arange(20) < 3
    assert average_precision(np.ones(20), right) == pytest.approx(3 / 20)
    assert average_precision(np.ones(20), right[::-1]) == pytest.approx(3 / 20)


def test_recall_at_precision_by_hand() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, False, True, True, False])  # precision 1, 1/2, 2/3, 3/4, 3/5
    assert recall_at_precision(scores, right, 1.0) == pytest.approx(1 / 3)
    assert recall_at_precision(scores, right, 0.75) == 1.0
    assert recall_at_precision(scores, right, 0.75, positives=4) == 0.75
    assert recall_at_precision(scores, ~right, 0.9) == 0.0


def test_ties_enter_together() -> None:
    """The right one of two with equal scores cannot be had without the wrong one."""
    scores, right = np.array([0.9, 0.9, 0.1]), np.array([True, False, False])
    assert recall_at_precision(scores, right, 0.6) == 0.0
    assert recall_at_precision(scores, right, 0.5) == 1.0
    assert average_precision(scores, right) == pytest.approx(0.5)


def test_random_scores_agree_with_the_definition() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        scores, right = rng.integers(8, size=30) / 8, rng.random(30) < 0.3
        if not right.any():
            continue
        expected = 0.0
        for threshold in np.unique(scores):
            chosen = scores >= threshold
            expected += right[chosen].mean() * right[scores == threshold].sum() / right.sum()
        assert average_precision(scores, right) == pytest.approx(expected)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="a right answer for every query"):
        rank_of_first_right(np.zeros((2, 3)), np.zeros((2, 3), bool))
    with pytest.raises(ValueError, match="one shape"):
        average_precision(np.zeros(3), np.zeros(4, bool))
    with pytest.raises(ValueError, match="at least 1 positives; received 0"):
        average_precision(np.zeros(3), np.zeros(3, bool))
    with pytest.raises(ValueError, match="at least 3 positives; received 2"):
        recall_at_precision(np.zeros(3), np.ones(3, bool), 0.5, positives=2)
