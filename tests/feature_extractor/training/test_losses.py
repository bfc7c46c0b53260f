import numpy as np
import pytest
from keras import ops
from numpy.typing import NDArray

from feature_extractor.training.losses import (
    category_cross_entropy,
    contrastive,
    cosine_distillation,
    entropy,
    masked_cross_entropy,
    relational_distillation,
    show_nothing_alike,
)

EMPTY = np.zeros((4, 8), np.float32)


def unit(rows: int, seed: int, dim: int = 8) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal((rows, dim)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def integers(*numbers: int) -> NDArray[np.int32]:
    return np.array(numbers, np.int32)


def different(ids: NDArray[np.int32], others: NDArray[np.int32] | None = None) -> NDArray[np.bool_]:
    """Which pictures differ; the empty bank's places differ from nothing."""
    others = np.full(len(EMPTY), -1, np.int32) if others is None else others
    return np.asarray((ids[:, None] != others[None, :]) & (others[None, :] >= 0))


def as_float(value: object) -> float:
    return float(ops.convert_to_numpy(value))


def test_contrastive_is_the_mean_cross_entropy_of_every_pair() -> None:
    views, ids, bank, bank_ids = unit(5, 0), integers(0, 1, 0, 1, 2), unit(3, 1), integers(0, 9, -1)
    expected = []
    for one, other in ((0, 2), (2, 0), (1, 3), (3, 1)):
        rest = [np.dot(views[one], views[n]) for n in range(5) if ids[n] != ids[one]]
        rest += [np.dot(views[one], bank[n]) for n in range(3) if bank_ids[n] not in (ids[one], -1)]
        scores = np.array([np.dot(views[one], views[other]), *rest]) / 0.1
        expected.append(np.log(np.exp(scores).sum()) - scores[0])
    found = contrastive(views, ids, bank, different(ids, ids), different(ids, bank_ids), temperature=0.1)
    assert as_float(found) == pytest.approx(np.mean(expected), rel=1e-4)


def test_contrastive_falls_as_copies_move_together_and_apart_from_others() -> None:
    ids = integers(0, 1, 0, 1)
    apart = np.eye(4, 8, dtype=np.float32)
    losses = []
    for nearness in (0.0, 0.5, 1.0):
        views = apart.copy()
        views[2:] = (1 - nearness) * apart[2:] + nearness * apart[:2]
        views /= np.linalg.norm(views, axis=1, keepdims=True)
        losses.append(as_float(contrastive(views, ids, EMPTY, different(ids, ids), different(ids), temperature=0.1)))
    assert losses[0] > losses[1] > losses[2]


def test_a_batch_without_pairs_has_no_contrast() -> None:
    ids = integers(0, 1, 2)
    assert as_float(contrastive(unit(3, 0), ids, EMPTY, different(ids, ids), different(ids), temperature=0.1)) == 0


def test_entropy_is_of_the_nearest_view_of_another_picture() -> None:
    views, ids, bank, bank_ids = unit(4, 0), integers(0, 0, 1, 2), unit(2, 1), integers(1, 5)
    expected = []
    for one in range(4):
        others = [views[n] for n in range(4) if ids[n] != ids[one]]
        others += [bank[n] for n in range(2) if bank_ids[n] != ids[one]]
        expected.append(-np.log(min(np.linalg.norm(views[one] - other) for other in others)))
    found = entropy(views, bank, different(ids, ids), different(ids, bank_ids))
    assert as_float(found) == pytest.approx(np.mean(expected), rel=1e-4)


def test_entropy_bears_equal_views_of_different_pictures_and_a_single_picture() -> None:
    same = np.repeat(unit(1, 0), 3, axis=0)
    different_ones, one = integers(0, 1, 2), integers(0, 0, 0)
    assert np.isfinite(
        as_float(entropy(same, EMPTY, different(different_ones, different_ones), different(different_ones)))
    )
    assert as_float(entropy(same, EMPTY, different(one, one), different(one))) == 0


def test_views_that_show_the_same_picture_are_not_told_apart() -> None:
    ids, companions = integers(0, 1, 2), np.array([[-1, -1], [-1, 0], [7, -1]], np.int32)
    other_ids, other_companions = integers(0, 7, 5, -1), np.array([[-1], [-1], [1], [-1]], np.int32)
    found = ops.convert_to_numpy(show_nothing_alike(ids, companions, other_ids, other_companions))
    # The second shows picture 0 and is shown in the third other; the third shows 7; nothing differs from no picture.
    assert found.tolist() == [[False, True, True, False], [False, True, False, False], [True, False, True, False]]
    batch = ops.convert_to_numpy(show_nothing_alike(ids, companions, ids, companions))
    assert batch.tolist() == [[False, False, True], [False, False, True], [True, True, False]]


def test_cross_entropy_counts_what_is_labelled_alone() -> None:
    logits = np.array([[2.0, -1.0], [0.5, 100.0]], np.float32)
    labels = np.array([[1.0, -1.0], [0.0, -1.0]], np.float32)
    expected = np.mean([np.log1p(np.exp(-2.0)), np.log1p(np.exp(0.5))])
    everyone, first, nobody = np.ones(2, np.float32), np.array([1, 0], np.float32), np.zeros(2, np.float32)
    assert as_float(masked_cross_entropy(logits, labels, everyone)) == pytest.approx(expected, rel=1e-5)
    assert as_float(masked_cross_entropy(logits, labels, first)) == pytest.approx(np.log1p(np.exp(-2.0)), rel=1e-5)
    assert as_float(masked_cross_entropy(logits, labels, nobody)) == 0


def test_categories_count_where_they_are_known() -> None:
    logits = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    categories, rows = np.array([2, -1, 0], np.int32), np.array([1, 1, 0.5], np.float32)
    surprise = [np.log(np.exp(logits[n]).sum()) - logits[n, c] for n, c in ((0, 2), (2, 0))]
    expected = (surprise[0] + 0.5 * surprise[1]) / 1.5
    assert as_float(category_cross_entropy(logits, categories, rows)) == pytest.approx(expected, rel=1e-5)
    assert as_float(category_cross_entropy(logits, np.full(3, -1, np.int32), rows)) == 0


def test_distillation_is_nought_for_the_teacher_s_own_geometry_and_grows_with_the_difference() -> None:
    teacher, rows = unit(6, 0), np.ones(6, np.float32)
    turned = teacher @ np.linalg.qr(np.random.default_rng(1).standard_normal((8, 8)))[0].astype(np.float32)
    other = unit(6, 2)
    losses = [as_float(relational_distillation(x, teacher, rows, temperature=0.1)) for x in (turned, teacher, other)]
    assert losses[0] == pytest.approx(0, abs=1e-4)
    assert losses[1] == pytest.approx(0, abs=1e-6)
    assert losses[2] > 0.1


def test_a_look_is_as_wrong_as_its_cosine_to_the_teacher_s_says() -> None:
    teacher, rows = unit(4, 0), np.array([1, 1, 2, 0], np.float32)
    look = np.stack([teacher[0], -teacher[1], teacher[2], -teacher[3]])
    assert as_float(cosine_distillation(look, teacher, rows)) == pytest.approx(2 / 4, abs=1e-5)
    assert as_float(cosine_distillation(look, teacher, np.zeros(4, np.float32))) == 0


def test_distillation_does_not_see_rows_of_no_weight() -> None:
    teacher, similar, rows = unit(6, 0), unit(6, 1), np.array([1, 1, 1, 1, 0, 0], np.float32)
    moved = similar.copy()
    moved[4:] = unit(2, 7)
    losses = [as_float(relational_distillation(x, teacher, rows, temperature=0.1)) for x in (similar, moved)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert losses[0] == pytest.approx(
        as_float(relational_distillation(similar[:4], teacher[:4], rows[:4], temperature=0.1)), rel=1e-4
    )
