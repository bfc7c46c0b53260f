"""Properties of the arithmetic of boxes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feature_extractor.faces.boxes import keep_apart, shift, to_squares


def random_boxes(seed: int, count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    corners = generator.uniform(0, 100, (count, 2))
    return np.concatenate([corners, corners + generator.uniform(5, 40, (count, 2))], axis=1), generator.random(count)


def shared_share(one: np.ndarray, other: np.ndarray) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return float(shared / (sum(areas) - shared))


@given(st.integers(0, 10_000))
def test_kept_boxes_are_apart_and_the_surest_is_kept(seed: int) -> None:
    boxes, scores = random_boxes(seed)
    kept = keep_apart(boxes, scores, 0.3, of="union")
    assert kept[0] == scores.argmax()
    assert list(scores[kept]) == sorted(scores[kept], reverse=True)
    for place, row in enumerate(kept):
        assert all(shared_share(boxes[row], boxes[other]) <= 0.3 for other in kept[:place])


@given(st.integers(0, 10_000))
def test_a_dropped_box_has_a_surer_one_over_it(seed: int) -> None:
    boxes, scores = random_boxes(seed)
    for row in set(range(len(boxes))) - set(keep_apart(boxes, scores, 0.3, of="union").tolist()):
        assert any(
            shared_share(boxes[row], boxes[other]) > 0.3 for other in np.flatnonzero(scores > scores[row]).tolist()
        )


def test_a_box_within_another_is_told_by_the_smaller_of_both() -> None:
    boxes = np.array([[0.0, 0, 100, 100], [10, 10, 30, 30]])
    scores = np.array([0.9, 0.8])
    assert keep_apart(boxes, scores, 0.7, of="union").tolist() == [0, 1]
    assert keep_apart(boxes, scores, 0.7, of="smaller").tolist() == [0]


def test_no_boxes_are_no_boxes() -> None:
    assert keep_apart(np.zeros((0, 4)), np.zeros(0), 0.5, of="union").tolist() == []
    assert to_squares(np.zeros((0, 4))).shape == (0, 4)


@given(st.integers(0, 10_000))
def test_squares_keep_centre_and_longer_side(seed: int) -> None:
    boxes, _ = random_boxes(seed)
    squares = to_squares(boxes)
    sides = squares[:, 2:] - squares[:, :2]
    np.testing.assert_allclose(sides[:, 0], sides[:, 1])
    np.testing.assert_allclose(sides[:, 0], (boxes[:, 2:] - boxes[:, :2]).max(axis=1))
    np.testing.assert_allclose(squares[:, :2] + squares[:, 2:], boxes[:, :2] + boxes[:, 2:])


def test_edges_move_by_shares_of_their_side() -> None:
    moved = shift(np.array([[10.0, 20, 19, 39]]), np.array([[0.1, 0.1, -0.1, 0.5]], np.float32))
    np.testing.assert_allclose(moved, [[11, 22, 18, 49]], atol=1e-5)  # a box of 10 × 20 px, its last ones counted
