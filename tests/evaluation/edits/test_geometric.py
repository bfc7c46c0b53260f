import numpy as np
import pytest

from evaluation.edits.geometric import (
    change_aspect,
    crop,
    mirror,
    perspective,
    quarter_turn,
    rotate_and_cut,
    rotate_and_fill,
)
from feature_extractor.picture import Picture
from tests.evaluation.making import draw_picture


def is_inside(part: Picture, whole: Picture) -> bool:
    height, width = part.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(whole, (height, width, 3))[:, :, 0]
    return bool((windows == part).all(axis=(2, 3, 4)).any())


@pytest.mark.parametrize("keep", [0.15, 0.3, 0.6, 0.95])
def test_a_crop_is_a_part_of_that_area(keep: float) -> None:
    whole = draw_picture(1)
    for seed in range(3):
        part = crop(whole, np.random.default_rng(seed), keep=keep)
        assert part.shape[0] * part.shape[1] == pytest.approx(keep * whole.shape[0] * whole.shape[1], rel=0.03)
        assert is_inside(part, whole)


def test_mirrors_and_turns_undo_themselves(rng: np.random.Generator) -> None:
    picture = draw_picture(1)
    assert np.array_equal(mirror(mirror(picture, rng), rng), picture)
    assert np.array_equal(mirror(picture, rng)[:, 0], picture[:, -1])
    for turns in (1, 2, 3):
        there = quarter_turn(picture, rng, turns=turns)
        assert np.array_equal(quarter_turn(there, rng, turns=4 - turns), picture)


@pytest.mark.parametrize("degrees", [-20, -7, 7, 20])
@pytest.mark.parametrize(("width", "height"), [(200, 150), (60, 240)])
def test_a_cut_rotation_shows_no_corner(degrees: float, width: int, height: int, rng: np.random.Generator) -> None:
    white = np.full((height, width, 3), 255, np.uint8)
    turned = rotate_and_cut(white, rng, degrees=degrees)
    assert turned.min() > 200
    assert turned.shape[1] / turned.shape[0] == pytest.approx(width / height, rel=0.05)
    assert turned.size > 0.1 * white.size


def test_a_filled_rotation_keeps_the_whole_picture(rng: np.random.Generator) -> None:
    grey = np.full((150, 200, 3), 128, np.uint8)
    turned = rotate_and_fill(grey, rng, degrees=20)
    assert (abs(turned.astype(int) - 128) < 20).all(axis=2).sum() == pytest.approx(150 * 200, rel=0.02)
    assert set(np.unique(turned[[0, 0, -1, -1], [0, -1, 0, -1]])) <= {0, 255}


def test_the_aspect_changes_by_the_factor() -> None:
    shapes = {change_aspect(draw_picture(1), np.random.default_rng(seed), factor=0.7).shape for seed in range(20)}
    assert shapes == {(150, 140, 3), (105, 200, 3)}


def test_a_perspective_moves_the_corners_inwards() -> None:
    grey = np.full((150, 200, 3), 128, np.uint8)
    for seed in range(5):
        seen = perspective(grey, np.random.default_rng(seed), strength=0.2)
        assert seen.shape == grey.shape
        share = (abs(seen.astype(int) - 128) < 3).all(axis=2).mean()
        assert 0.3 < share < 1
