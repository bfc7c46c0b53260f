"""Laid on its copy a picture agrees with it, and what does not agree is told: colours, blur, things on top."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from search.geometry import Matrix, mirroring, scaling
from search.residual import FRAME_PX, Box, Recolouring, Residual, overlay, what_remains
from tests.search.known_copies import (
    blots,
    corner_error,
    in_greys,
    overlap,
    plain,
    seen_from,
    similarity,
    small,
    warped,
    with_curve,
    with_logo,
)

LARGE = blots(1)
PICTURE = small(LARGE)
HEIGHT, WIDTH = PICTURE.shape[:2]  # 288, 384


def blurred(picture: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def less_colourful(picture: Picture, factor: float) -> Picture:
    return np.asarray(cv2.addWeighted(picture, factor, in_greys(picture), 1 - factor, 0), np.uint8)


def of_hues_turned(picture: Picture, degrees: float) -> Picture:
    """Return a picture with its colours turned about grey in CIELAB, lightness kept."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    turned = (lab[..., 1] + 1j * lab[..., 2]) * np.exp(1j * np.radians(degrees))
    lab[..., 1], lab[..., 2] = turned.real, turned.imag
    return (255 * np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)).round().astype(np.uint8)


def in_sepia(picture: Picture) -> Picture:
    light = in_greys(picture) / 255.0
    return np.asarray((255 * light ** np.array([0.8, 1.0, 1.4])).round(), np.uint8)


def as_jpeg(picture: Picture, quality: int) -> Picture:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def with_box(picture: Picture, box: Box, colour: tuple[int, int, int] = (250, 240, 20)) -> Picture:
    height, width = picture.shape[:2]
    covered = picture.copy()
    covered[
        round(box.top * height) : round(box.bottom * height), round(box.left * width) : round(box.right * width)
    ] = colour
    return covered


def residual_of(copy: Picture, matrix: Matrix | None = None) -> Residual:
    over = overlay(PICTURE, copy, np.eye(3) if matrix is None else matrix)
    return what_remains(over, PICTURE)


def recolouring_of(copy: Picture) -> Recolouring:
    found = residual_of(copy).recolouring
    assert found is not None
    return found


RECOLOURED: dict[str, Picture] = {
    "grey": in_greys(PICTURE),
    "sepia": in_sepia(PICTURE),
    "brighter": with_curve(PICTURE, add=35),
    "of little contrast": with_curve(PICTURE, 0.5),
    "light by gamma": with_curve(PICTURE, gamma=0.7),
    "dark by gamma": with_curve(PICTURE, gamma=1.5),
    "of little colour": less_colourful(PICTURE, 0.4),
    "of turned hues": of_hues_turned(PICTURE, 30),
    "compressed": as_jpeg(PICTURE, 20),
}


@pytest.mark.parametrize("name", RECOLOURED)
def test_other_colours_are_the_same_picture_and_add_nothing_to_it(name: str) -> None:
    over = overlay(PICTURE, RECOLOURED[name], np.eye(3))
    assert over.agreement > 0.97
    assert over.cells > 500
    remains = what_remains(over, PICTURE)
    assert sum(box.area for box in remains.added) < 0.02
    assert remains.blur_px == 0
    assert remains.is_surround_plain


def test_a_copy_as_it_was_has_not_changed() -> None:
    found = recolouring_of(PICTURE)
    assert (found.is_grey, found.is_tinted) == (False, False)
    assert found.brightness == pytest.approx(0, abs=0.005)
    assert (found.contrast, found.saturation) == pytest.approx((1, 1), abs=0.02)
    assert found.hue_deg == pytest.approx(0, abs=1)


def test_a_copy_without_colour_is_grey() -> None:
    found = recolouring_of(RECOLOURED["grey"])
    assert (found.is_grey, found.is_tinted) == (True, False)
    assert found.saturation < 0.05
    assert found.hue_deg == 0


def test_a_copy_in_one_ink_is_tinted() -> None:
    found = recolouring_of(RECOLOURED["sepia"])
    assert (found.is_grey, found.is_tinted) == (False, True)


def test_what_was_grey_has_not_become_grey() -> None:
    grey = in_greys(PICTURE)
    found = what_remains(overlay(grey, grey, np.eye(3)), grey).recolouring
    assert found is not None
    assert not found.is_grey
    assert found.saturation == 1


@pytest.mark.parametrize("levels", [-40, 35])
def test_brightness_is_the_change_of_the_mean(levels: int) -> None:
    copy = with_curve(PICTURE, add=levels)
    change = float(in_greys(copy).mean() - in_greys(PICTURE).mean()) / 255
    assert recolouring_of(copy).brightness == pytest.approx(change, abs=0.02)


@pytest.mark.parametrize("factor", [0.5, 0.8])
def test_contrast_is_the_factor_on_differences(factor: float) -> None:
    found = recolouring_of(with_curve(PICTURE, factor))
    assert found.contrast == pytest.approx(factor, abs=0.06)
    assert found.saturation == pytest.approx(factor, abs=0.08)


@pytest.mark.parametrize("factor", [0.4, 0.7])
def test_saturation_is_the_factor_on_colourfulness(factor: float) -> None:
    found = recolouring_of(less_colourful(PICTURE, factor))
    assert found.saturation == pytest.approx(factor, abs=0.06)
    assert found.hue_deg == pytest.approx(0, abs=3)


@pytest.mark.parametrize("degrees", [-90, -30, 60, 150])
def test_hue_is_how_far_colours_were_turned(degrees: float) -> None:
    assert recolouring_of(of_hues_turned(PICTURE, degrees)).hue_deg == pytest.approx(degrees, abs=8)


@pytest.mark.parametrize("sigma", [1.3, 2.4, 3.5])
def test_a_blur_is_measured_in_px_of_the_picture(sigma: float) -> None:
    remains = residual_of(blurred(PICTURE, sigma))
    assert remains.blur_px == pytest.approx(sigma, rel=0.3)
    # What it takes of contrast is its own doing.
    assert remains.recolouring is not None
    assert remains.recolouring.contrast == pytest.approx(1, abs=0.05)
    assert remains.recolouring.saturation == pytest.approx(1, abs=0.05)
    assert sum(box.area for box in remains.added) < 0.02


def test_a_blur_is_found_beneath_other_colours_and_a_smaller_size() -> None:
    copy = with_curve(blurred(LARGE, 4), 0.6, add=20)
    half = np.asarray(cv2.resize(copy, (320, 240), interpolation=cv2.INTER_AREA), np.uint8)
    remains = residual_of(half, scaling(320 / WIDTH))
    assert remains.blur_px == pytest.approx(4 * WIDTH / 640, rel=0.3)


def test_plain_pictures_are_not_blurred() -> None:
    """Of a plain grey rounding makes a difference that any blur would change."""
    for one, other in ((0, 0), (128, 128), (128, 90), (255, 200)):
        picture, query = plain(one, 384, 288), plain(other, 384, 288)
        over = overlay(picture, query, np.eye(3))
        remains = what_remains(over, picture)
        assert over.cells == 0
        assert over.agreement == 0
        assert remains.blur_px == 0
        assert remains.added == ()


BOX, OTHER_BOX = Box(0.1, 0.1, 0.35, 0.3), Box(0.6, 0.6, 0.75, 0.75)


def test_what_was_laid_on_top_is_found_where_it_is() -> None:
    remains = residual_of(with_box(with_box(PICTURE, BOX), OTHER_BOX, (240, 20, 30)))
    assert len(remains.added) == 2
    assert overlap(remains.added[0], BOX) > 0.75
    assert overlap(remains.added[1], OTHER_BOX) > 0.7
    height, width = remains.heat.shape
    inside = remains.heat[round(0.15 * height) : round(0.25 * height), round(0.15 * width) : round(0.3 * width)]
    assert np.median(inside) > 80
    assert np.median(remains.heat[round(0.8 * height) :]) < 20


def test_it_is_found_on_a_copy_that_was_changed_otherwise_too() -> None:
    copy = with_box(np.ascontiguousarray(with_curve(in_greys(PICTURE), 0.7, add=10)[:, ::-1]), BOX)
    remains = residual_of(copy, mirroring(WIDTH))
    assert overlap(remains.added[0], BOX) > 0.75
    assert remains.recolouring is not None
    assert remains.recolouring.is_grey


def test_written_words_are_one_thing() -> None:
    copy = PICTURE.copy()
    cv2.putText(copy, "RETRACE", (120, 250), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (255, 255, 255), 5)
    rows, columns = np.nonzero((copy != PICTURE).any(axis=2))
    drawn = Box(columns.min() / WIDTH, rows.min() / HEIGHT, (columns.max() + 1) / WIDTH, (rows.max() + 1) / HEIGHT)
    assert overlap(residual_of(copy).added[0], drawn) > 0.7


def test_what_lies_beside_the_picture_was_not_laid_on_it() -> None:
    matrix = similarity(8, 0.6, onto=(400, 260)) @ scaling(640 / WIDTH)
    for ground, is_plain in ((plain(240, 800, 520), True), (blots(9, 800, 520), False)):
        over = overlay(PICTURE, warped(PICTURE, matrix, 800, 520, ground=ground), matrix)
        remains = what_remains(over, PICTURE)
        assert over.agreement > 0.95, "cells at the edge count by what lies within"
        assert remains.added == ()
        assert remains.is_surround_plain == is_plain
        assert not remains.heat[~over.mask].any()


def test_a_small_picture_on_a_page_of_another_tone_agrees_to_its_edges() -> None:
    matrix = similarity(8, 0.4, onto=(600, 250)) @ scaling(640 / WIDTH)
    for tone in (0, 240):
        over = overlay(PICTURE, warped(PICTURE, matrix, 1000, 700, ground=plain(tone, 1000, 700)), matrix)
        assert over.agreement > 0.95
        assert 6 <= over.cells < 150


@pytest.mark.parametrize("seed", range(2, 8))
def test_other_pictures_agree_by_chance_at_most(seed: int) -> None:
    assert overlay(PICTURE, small(blots(seed)), np.eye(3)).agreement < 0.15


@pytest.mark.parametrize("sigma", [2.0, 4.0, 8.0])
def test_a_blurred_copy_agrees_and_another_blurred_picture_does_not(sigma: float) -> None:
    soft = small(blurred(LARGE, sigma * 640 / WIDTH))
    over = overlay(PICTURE, soft, np.eye(3))
    assert over.agreement > 0.95
    assert over.cells > 100
    for seed in range(2, 8):
        assert overlay(small(blots(seed)), soft, np.eye(3)).agreement < 0.4


def test_a_logo_that_two_pictures_share_proves_nothing() -> None:
    moved = np.array([[1, 0, 380], [0, 1, 280], [0, 0, 1]], np.float64)
    one, other = with_logo(LARGE, 20, 20), with_logo(blots(2), 400, 300)
    to_small = scaling(WIDTH / 640)
    over = overlay(small(one), small(other), to_small @ moved @ np.linalg.inv(to_small))
    assert over.agreement < 0.65
    # Of the part that both show the logo agrees, and it alone.
    y, x = np.nonzero(over.agrees & over.mask)
    logo = (x > 0.6 * over.mask.shape[1]) & (y > 0.6 * over.mask.shape[0])
    assert logo.mean() > 0.75


def test_where_too_little_agrees_colours_are_not_told() -> None:
    remains = residual_of(plain(90, WIDTH, HEIGHT))
    assert remains.recolouring is None
    assert (remains.blur_px, remains.added) == (0, ())
    assert remains.heat.shape == (FRAME_PX * 3 // 4, FRAME_PX)


def test_a_negative_is_not_the_picture() -> None:
    assert overlay(PICTURE, 255 - PICTURE, np.eye(3)).agreement < 0.1


@pytest.mark.parametrize(
    "error",
    [
        np.array([[1, 0, 4], [0, 1, -3], [0, 0, 1]], np.float64),
        scaling(1.015),
        seen_from(((6, 0), (640, 8), (630, 480), (0, 474))),
    ],
    ids=["moved", "resized", "bent"],
)
@pytest.mark.parametrize("is_covered", [False, True])
def test_a_map_that_is_a_little_off_is_put_right(error: Matrix, is_covered: bool) -> None:
    query = with_box(PICTURE, BOX, (255, 255, 255)) if is_covered else PICTURE
    over = overlay(PICTURE, query, error)
    assert over.agreement > (0.9 if is_covered else 0.97)
    assert corner_error(over.matrix, np.eye(3), WIDTH, HEIGHT) < 0.3 * corner_error(error, np.eye(3), WIDTH, HEIGHT)


@pytest.mark.parametrize("height", [274, 276, 277, 279])
def test_rounding_of_the_frame_does_not_move_the_map(height: int) -> None:
    """A frame of 208 px of 384 has sides that are no whole numbers; half a px of it is nearly one of the picture."""
    picture = blots(3, 384, height)
    off = np.array([[1, 0, 3], [0, 1, 3], [0, 0, 1]], np.float64)
    over = overlay(picture, picture, off)  # off by so much that it is refined
    assert corner_error(over.matrix, np.eye(3), 384, height) < 0.7
    untouched = overlay(picture, picture, np.eye(3))
    assert np.allclose(untouched.matrix, np.eye(3), atol=1e-9)


def test_the_frame_is_no_larger_than_it_need_be() -> None:
    large = overlay(LARGE, LARGE, np.eye(3))
    assert large.frame.shape == large.laid.shape == (156, 208, 3)
    assert large.mask.shape == large.agrees.shape == (156, 208)
    assert large.mask.dtype == large.agrees.dtype == np.bool_
    assert large.scale == pytest.approx(208 / 640)
    tiny = blots(1, 64, 48)
    assert overlay(tiny, LARGE, scaling(10.0)).frame.shape == (48, 64, 3), "neither is enlarged"


def test_a_map_that_leaves_the_query_shows_nothing() -> None:
    away = np.array([[1, 0, 5000], [0, 1, 0], [0, 0, 1]], np.float64)
    over = overlay(PICTURE, PICTURE, away)
    assert (over.agreement, over.cells) == (0, 0)
    assert not over.mask.any()
    assert what_remains(over, PICTURE).recolouring is None


def test_scaling_keeps_edges_at_edges() -> None:
    edges: NDArray[np.float64] = np.array([[-0.5, -0.5, 1], [383.5, 287.5, 1]])
    assert np.allclose((edges @ scaling(0.5).T)[:, :2], [[-0.5, -0.5], [191.5, 143.5]])
    assert np.allclose((edges @ scaling(2.0, 0.25).T)[:, :2], [[-0.5, -0.5], [767.5, 71.5]])


def test_boxes_join_and_have_an_area() -> None:
    assert BOX.area == pytest.approx(0.05)
    assert BOX.joined(OTHER_BOX) == Box(0.1, 0.1, 0.75, 0.75)
    assert BOX.joined(BOX) == BOX
