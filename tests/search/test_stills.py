"""Stills show what the numbers say: what was added is hot and boxed, halves meet, the rest is dimmed."""

from dataclasses import replace
from functools import cache
from typing import Literal

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from search.geometry import mirroring, scaling
from search.proof import Proof, examine
from search.residual import Box
from search.stills import (
    MARK,
    Pair,
    aligned,
    blended,
    boxed,
    cut_out,
    encode_still,
    fitted,
    halves,
    heat_map,
    lay,
    outlined,
    side_by_side,
)
from search.transform import Polygon
from tests.search.known_copies import HEIGHT, WIDTH, asked, blots, catalogued, in_greys, plain, warped

PICTURE = blots(1)
BLUE = (40, 70, 140)


@cache
def made() -> tuple[Proof, Picture, Picture]:
    """Return a proof, the picture and its copy: mirrored, reduced to half, on a blue page, with a red block on it."""
    matrix = np.array([[0.5, 0, 160], [0, 0.5, 120], [0, 0, 1]]) @ mirroring(WIDTH)
    copy = warped(PICTURE, matrix, WIDTH, HEIGHT, ground=np.full((HEIGHT, WIDTH, 3), BLUE, np.uint8))
    copy[264:360, 384:480] = (250, 30, 20)
    proof = examine(catalogued(PICTURE), asked(copy))
    assert proof is not None
    return proof, PICTURE, copy


def pair() -> Pair:
    proof, picture, copy = made()
    return Pair.of(proof, catalogued(picture).pixels, asked(copy).pixels).redrawn(picture, copy)


# A query is looked at with 320 px, so the map of one of 640 px is right to a pixel of it, which along the edges of the
# discs is so many levels of mean difference; looked at with 400 px it was under 8.
MOST_APART = 12


def apart(one: Picture, other: Picture) -> float:
    """Return the mean difference of two pictures in levels."""
    return float(np.abs(one.astype(np.int16) - other).mean())


def test_two_pictures_stand_side_by_side_and_none_is_enlarged() -> None:
    wide, small = blots(2, 600, 300), blots(3, 50, 80)
    sheet = side_by_side(wide, small, side_px=300)
    assert sheet.shape == (150, 300 + 9 + 50, 3)
    assert np.array_equal(sheet[35:115, 309:], small)
    assert (sheet[:, 300:309] == 250).all()
    assert apart(sheet[:, :300], np.asarray(cv2.resize(wide, (300, 150), interpolation=cv2.INTER_AREA), np.uint8)) == 0


def test_a_picture_is_drawn_where_it_lies_in_the_query() -> None:
    drawn, mask = lay(pair())
    _, _, copy = made()
    rows, columns = np.nonzero(mask)
    found = (columns.min(), rows.min(), columns.max(), rows.max())
    assert np.abs(np.array(found) - (160, 120, 479, 359)).max() <= 2
    untouched = np.zeros(mask.shape, np.bool_)
    untouched[130:255, 170:375] = True
    assert apart(drawn[untouched], copy[untouched]) < MOST_APART


@pytest.mark.parametrize("size", [(96, 64), (320, 240), (900, 700)])
def test_other_versions_of_the_pictures_lie_on_each_other_as_well(size: tuple[int, int]) -> None:
    other = np.asarray(cv2.resize(PICTURE, size, interpolation=cv2.INTER_AREA), np.uint8)
    drawn, mask = lay(pair().redrawn(other, made()[2]))
    before, where = lay(pair())
    both = mask & where
    assert both.sum() > 0.97 * where.sum()
    smooth = [np.asarray(cv2.GaussianBlur(one, (0, 0), 5), np.uint8) for one in (drawn, before)]
    assert apart(smooth[0][both], smooth[1][both]) < 4


def test_a_small_place_is_filled_with_means_not_with_samples() -> None:
    rng = np.random.default_rng(4)
    noise = np.repeat(rng.integers(0, 2, (512, 512, 1), np.uint8) * 255, 3, axis=2)
    drawn, mask = lay(Pair(noise, plain(0, 64, 64), scaling(1 / 16)))
    assert mask.sum() > 25 * 25
    assert np.abs(drawn[mask].astype(np.int16) - 128).max() < 50


def test_aligned_shows_the_picture_and_dims_what_is_around_it() -> None:
    shown, copy = aligned(pair()), made()[2]
    assert apart(shown[130:255, 170:375], copy[130:255, 170:375]) < MOST_APART
    assert np.ptp(shown[:100], axis=2).max() == 0
    assert apart(shown[290:340, 400:460], copy[290:340, 400:460]) > 40, "the block is not of the picture"


def test_cut_out_is_the_picture_alone() -> None:
    drawn, mask = lay(pair())
    alone = cut_out(pair())
    assert np.array_equal(alone[..., :3][mask], drawn[mask])
    assert np.array_equal(alone[..., 3] == 255, mask)
    assert set(np.unique(alone[..., 3])) == {0, 255}


@pytest.mark.parametrize(
    ("side_px", "most", "size"),
    [(200, 1.0, (200, 100)), (900, 1.0, (400, 200)), (900, 2.0, (800, 400)), (1, 1.0, (1, 1))],
)
def test_a_picture_fits_into_a_side_and_is_enlarged_no_more_than_asked(
    side_px: int, most: float, size: tuple[int, int]
) -> None:
    shown = fitted(blots(2, 400, 200), side_px, most=most)
    assert (shown.shape[1], shown.shape[0]) == size


@pytest.mark.parametrize(
    ("form", "still"), [("JPEG", aligned(pair())), ("WEBP", aligned(pair())), ("WEBP", cut_out(pair()))]
)
def test_a_still_comes_back_from_its_file(form: Literal["JPEG", "WEBP"], still: NDArray[np.uint8]) -> None:
    decoded = cv2.imdecode(np.frombuffer(encode_still(still, form), np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    code = cv2.COLOR_BGRA2RGBA if still.shape[2] == 4 else cv2.COLOR_BGR2RGB
    shown = cv2.cvtColor(decoded, code)
    solid = still[..., -1] > 0 if still.shape[2] == 4 else np.ones(still.shape[:2], np.bool_)
    assert apart(np.asarray(shown, np.uint8)[solid], still[solid]) < 8
    assert still.shape == shown.shape


def test_blending_goes_from_the_query_to_the_picture() -> None:
    laid, copy = lay(pair())[0], made()[2]
    inside = (slice(140, 340), slice(180, 460))
    assert np.array_equal(blended(pair(), 0), copy)
    assert apart(blended(pair(), 1)[inside], laid[inside]) == 0
    middle = blended(pair())[inside].astype(np.float32)
    assert np.abs(middle - (laid[inside].astype(np.float32) + copy[inside]) / 2).max() <= 1


def test_halves_meet_at_a_line() -> None:
    shown, copy, laid = halves(pair()), made()[2], lay(pair())[0]
    assert apart(shown[130:350, 170:310], laid[130:350, 170:310]) == 0
    assert apart(shown[130:350, 330:], copy[130:350, 330:]) == 0
    assert apart(shown[:, :150], copy[:, :150]) == 0
    assert (shown[200, 318:322] == MARK).all(axis=-1).any()


def test_nothing_is_laid_over_a_query_that_shows_nothing_of_the_picture() -> None:
    query = blots(5, 100, 80)
    away = Pair(blots(6, 100, 80), query, np.array([[1, 0, 500], [0, 1, 0], [0, 0, 1]], np.float64))
    assert np.array_equal(halves(away), query)
    assert np.array_equal(blended(away), query)
    assert apart(aligned(away), query) > 0


def test_what_was_added_is_hot_and_nothing_else_is() -> None:
    proof, _, copy = made()
    heat = heat_map(proof, copy)
    assert heat is not None
    colour = heat.astype(np.int16).max(axis=2) - heat.min(axis=2)  # grey has none, and neither has white
    bright = heat.min(axis=2)
    assert bright[280:340, 400:460].min() > 200, "the block is white-hot"
    assert np.percentile(colour[140:240, 180:360], 90) < 60
    assert (colour[:100] == 0).all(), "what is not of the picture was not compared"
    assert heat[:100].mean() < 0.7 * 0.55 * copy[:100].mean(), "and is darker than what was"


def test_a_grey_copy_differs_in_nothing_but_its_colours() -> None:
    grey = in_greys(PICTURE)
    proof = examine(catalogued(PICTURE), asked(grey))
    assert proof is not None
    heat = heat_map(proof, grey)
    assert heat is not None
    assert np.ptp(heat[8:-8, 8:-8].astype(np.int16), axis=-1).mean() < 30


def test_where_too_little_agrees_no_heat_is_claimed() -> None:
    proof, _, copy = made()
    assert heat_map(replace(proof, residual=replace(proof.residual, recolouring=None)), copy) is None


def test_a_region_is_outlined_and_the_rest_dimmed() -> None:
    shown = outlined(PICTURE, ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
    assert np.array_equal(shown[130:350, 170:470], PICTURE[130:350, 170:470])
    assert np.ptp(shown[:100], axis=2).max() == 0
    assert (shown[240, 155:165] == MARK).all(axis=-1).any()


def test_an_outline_of_the_whole_stays_on_the_picture() -> None:
    shown = outlined(PICTURE, ((0, 0), (1, 0), (1, 1), (0, 1)))
    for edge in (shown[240, :6], shown[240, -6:], shown[:6, 320], shown[-6:, 320]):
        assert (edge == MARK).all(axis=-1).any()
    assert np.array_equal(shown[10:-10, 10:-10], PICTURE[10:-10, 10:-10])


def test_added_things_are_boxed_and_numbered() -> None:
    ground = plain(128)
    shown = boxed(ground, (Box(0.6, 0.55, 0.8, 0.75), Box(0.1, 0.1, 0.2, 0.2)))
    assert np.array_equal(shown[300:330, 430:500], ground[300:330, 430:500]), "what is in a box is left as it is"
    for left, top in ((0.6, 0.55), (0.1, 0.1)):
        corner = shown[round(top * HEIGHT) + 3 :, round(left * WIDTH) + 3 :][:18, :14]
        assert (corner == MARK).all(axis=-1).sum() > 60, "its number stands on the accent"
        assert (corner == 255).all(axis=-1).any()
    assert np.array_equal(boxed(ground, ()), ground)


SHARES = st.floats(-0.5, 1.5)
SIDES = st.integers(1, 90)


@settings(deadline=None)
@given(
    st.lists(st.tuples(SHARES, SHARES), max_size=8).map(tuple),
    st.lists(st.builds(Box, SHARES, SHARES, SHARES, SHARES), max_size=4),
    SIDES,
    SIDES,
)
def test_any_region_of_any_picture_can_be_drawn(region: Polygon, boxes: list[Box], width: int, height: int) -> None:
    picture = blots(7, 90, 90)[:height, :width].copy()
    picture.flags.writeable = False  # as decoded ones are
    for shown in (outlined(picture, region), boxed(picture, boxes)):
        assert shown.shape == picture.shape
        assert shown.dtype == np.uint8
    sheet = side_by_side(picture, picture, side_px=40)
    assert sheet.shape[0] <= 40


@settings(deadline=None)
@given(
    st.tuples(*[st.floats(-2, 2)] * 4, *[st.floats(-100, 100)] * 2),
    SIDES,
    SIDES,
)
def test_any_map_can_be_drawn(numbers: tuple[float, ...], width: int, height: int) -> None:
    a, b, c, d, x, y = numbers
    picture, query = blots(8, 90, 90)[:height, :width].copy(), blots(9, 90, 90)[:width, :height].copy()
    query.flags.writeable = False
    assume(abs(a * d - b * c) > 1e-3)  # what proofs are made of is never flat
    given_pair = Pair(picture, query, np.array([[a, b, x], [c, d, y], [0, 0, 1]], np.float64))
    for shown in (aligned(given_pair), blended(given_pair), halves(given_pair)):
        assert shown.shape == query.shape
        assert shown.dtype == np.uint8
