"""Scores of pairs and groups, on cases small enough to count by hand."""

import numpy as np
import pytest

from evaluation.duplicate_truth import DuplicateTruth, harmonic_mean, pairs_within

EDITED = np.array([False, True, True, False, False, False, False])
"""0 to 2 are one original with two copies, 3 and 4 copies as they come, 5 and 6 alone."""


@pytest.fixture
def truth() -> DuplicateTruth:
    return DuplicateTruth.join(EDITED, [(1, 0), (2, 0), (4, 3)])


def test_a_copy_of_a_copy_is_of_the_family() -> None:
    chain = DuplicateTruth.join(np.zeros(5, np.bool_), [(3, 4), (0, 1), (1, 3)])
    assert chain.families.tolist() == [0, 0, 1, 0, 0]
    assert not chain.is_asked.any()


def test_pairs_are_counted_as_they_are_in_the_families(truth: DuplicateTruth) -> None:
    found = truth.score_pairs(np.array([[0, 1], [3, 4], [2, 5]]))
    assert (found.said, found.right, found.asked, found.found) == (3, 2, 3, 1)
    assert (found.known, found.known_found) == (1, 1)
    assert (found.precision, found.recall) == pytest.approx((2 / 3, 1 / 3))
    assert found.f1 == pytest.approx(harmonic_mean(2 / 3, 1 / 3))


def test_who_says_nothing_says_nothing_wrong(truth: DuplicateTruth) -> None:
    nothing = truth.score_pairs(pairs_within([]))
    assert (nothing.precision, nothing.recall, nothing.f1) == (1, 0, 0)
    groups = truth.score_groups([])
    assert (groups.precision, groups.recall, groups.b3_precision) == (1, 0, 1)
    assert groups.b3_recall == pytest.approx(1 / 3)  # each of the three stands alone


def test_the_truth_itself_is_all_right(truth: DuplicateTruth) -> None:
    members = [[0, 1, 2], [3, 4]]
    assert truth.score_pairs(pairs_within(members)).f1 == 1
    groups = truth.score_groups(members)
    assert (groups.said, groups.pure, groups.asked, groups.whole) == (2, 2, 1, 1)
    assert groups.b3_f1 == 1


def test_groups_that_are_split_or_mixed_lose_what_b3_says_they_lose(truth: DuplicateTruth) -> None:
    groups = truth.score_groups([[2, 5], [0, 1]])
    assert (groups.said, groups.pure, groups.asked, groups.whole) == (2, 1, 1, 0)
    assert groups.b3_precision == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)
    assert groups.b3_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3)
    mixed = truth.score_groups([[0, 1, 2, 6]])
    assert (mixed.pure, mixed.whole) == (0, 1)
    assert mixed.b3_recall == 1


def test_every_level_counts_as_its_pairs_alone_do(truth: DuplicateTruth, rng: np.random.Generator) -> None:
    close = rng.integers(0, 5, (7, 7)) / 4
    close = np.maximum(close, close.T)
    levels = np.array([0.25, 0.5, 0.75, 1.0])
    blocks = [(0, close[:4]), (4, close[4:])]
    for level, scores in zip(levels, truth.score_levels(blocks, levels), strict=True):
        pairs = np.argwhere(np.triu(close >= level, 1))
        assert scores == truth.score_pairs(pairs)


def test_pairs_within_groups_are_all_of_them_in_order() -> None:
    assert pairs_within([[4, 1, 2], [3, 0]]).tolist() == [[0, 3], [1, 2], [1, 4], [2, 4]]
    assert pairs_within([]).shape == (0, 2)
