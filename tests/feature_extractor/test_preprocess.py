import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import PictureTooSmall
from feature_extractor.picture import MIN_SIDE, Picture
from feature_extractor.preprocess import INPUT_SIDE, preprocess


def smooth(height: int, width: int) -> Picture:
    """A picture without fine detail: any good resize of it looks the same."""
    y, x = np.mgrid[0:height, 0:width] / [[[height]], [[width]]]
    waves = np.stack([np.sin(3 * x + 2 * y), np.cos(4 * y), np.sin(5 * x * y)], axis=-1)
    return np.asarray(127.5 + 127 * waves, np.uint8)


@settings(max_examples=25, deadline=None)
@given(st.integers(MIN_SIDE, 900), st.integers(MIN_SIDE, 900))
def test_any_size_becomes_the_model_s_input(height: int, width: int) -> None:
    result = preprocess(smooth(height, width))
    assert result.shape == (INPUT_SIDE, INPUT_SIDE, 3)
    assert result.dtype == np.uint8
    assert result.flags["C_CONTIGUOUS"]


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (INPUT_SIDE, INPUT_SIDE, 3), np.uint8)
    np.testing.assert_array_equal(preprocess(picture), picture)


@pytest.mark.parametrize(("height", "width"), [(1200, 900), (300, 2000), (448, 448)])
def test_a_picture_and_its_smaller_version_give_nearly_the_same(height: int, width: int) -> None:
    large, small = preprocess(smooth(height, width)), preprocess(smooth(height // 2, width // 2))
    assert np.abs(large.astype(int) - small).mean() < 2


def test_detail_finer_than_the_input_averages_out() -> None:
    stripes = np.zeros((1120, 1120, 3), np.uint8)
    stripes[:, ::2] = 255  # without antialiasing they would become wide bands or vanish
    result = preprocess(stripes).astype(int)
    assert np.abs(result - 127.5).max() < 12


def test_colours_stay_in_their_channels() -> None:
    red = np.zeros((50, 70, 3), np.uint8)
    red[..., 0] = 200
    assert preprocess(red).reshape(-1, 3).max(axis=0).tolist() == [200, 0, 0]


def test_does_not_write_into_the_picture() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    before = picture.copy()
    picture.flags.writeable = False
    preprocess(picture)
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize(("height", "width"), [(15, 100), (100, 15), (1, 1)])
def test_refuses_what_is_too_small(height: int, width: int) -> None:
    with pytest.raises(PictureTooSmall, match=f"received {width} x {height} px"):
        preprocess(np.zeros((height, width, 3), np.uint8))
