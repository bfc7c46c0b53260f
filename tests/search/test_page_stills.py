"""Pictures of a proof: what they show is where it belongs, and they are whole small files."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from search.geometry import mirroring
from search.proof import Proof, Seen, examine
from search.page_stills import STILL_SIDE_PX, Still, Stills, draw_stills
from tests.search.known_copies import (
    HEIGHT,
    WIDTH,
    asked,
    blots,
    catalogued,
    in_greys,
    similarity,
    warped,
    with_logo,
)

PICTURE = blots(1)
TURNED = similarity(12, 0.6, onto=(350, 250))
LOGO = slice(250, 350), slice(330, 450)  # well inside of what `with_logo` puts at 300, 220


def drawn(picture: Picture, query: Picture) -> tuple[Seen, Seen, Proof, Stills]:
    first, second = catalogued(picture), asked(query)
    proof = examine(first, second)
    assert proof is not None
    return first, second, proof, draw_stills(proof, first.pixels, second.pixels)


def pixels(still: Still) -> NDArray[np.uint8]:
    """Return the pixels of a still, RGB or RGBA."""
    decoded = cv2.imdecode(np.frombuffer(still.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    assert decoded.shape[:2] == (still.height, still.width)
    code = cv2.COLOR_BGRA2RGBA if decoded.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(decoded, code), np.uint8)


def at(still: NDArray[np.uint8], rows: slice, columns: slice) -> NDArray[np.uint8]:
    """Return a part of a still by px of a picture of 640 x 480 px."""
    height, width = still.shape[:2]
    down, across = height / HEIGHT, width / WIDTH
    return still[
        round(rows.start * down) : round(rows.stop * down), round(columns.start * across) : round(columns.stop * across)
    ]


def is_like(colours: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Return which pixels are about a colour: WebP keeps colours at half the detail."""
    away = np.abs(colours.astype(np.int16) - np.array(colour, np.int16)).max(axis=-1)
    return np.asarray(away < 90, np.bool_)


@pytest.fixture(scope="module")
def pasted() -> Stills:
    """A picture mirrored, turned and set onto another, with a logo on it."""
    query = with_logo(warped(PICTURE, TURNED @ mirroring(WIDTH), WIDTH, HEIGHT, ground=blots(9)), 300, 220)
    return drawn(PICTURE, query)[3]


def test_a_copy_laid_on_its_original_looks_like_it() -> None:
    *_, stills = drawn(PICTURE, np.ascontiguousarray(PICTURE[:, ::-1]))
    laid, query = pixels(stills.laid), pixels(stills.query)
    assert np.abs(laid[8:-8, 8:-8, :3].astype(int) - query[8:-8, 8:-8]).mean() < 12
    assert (laid[8:-8, 8:-8, 3] == 255).all()
    assert stills.heat is not None
    assert pixels(stills.heat)[8:-8, 8:-8].mean() < 90


def test_all_in_the_frame_of_the_query_have_its_size(pasted: Stills) -> None:
    sizes = {(one.width, one.height) for one in (pasted.query, pasted.laid, pasted.blend, pasted.query_outlined)}
    assert sizes == {(STILL_SIDE_PX, STILL_SIDE_PX * HEIGHT // WIDTH)}
    assert all(len(one.data) < 80_000 for one in (pasted.query, pasted.laid, pasted.blend, pasted.query_outlined))


def test_what_is_laid_is_seen_where_it_lies_and_nowhere_else(pasted: Stills) -> None:
    alpha = pixels(pasted.laid)[..., 3]
    assert (at(alpha[..., None], slice(0, 40), slice(0, WIDTH)) == 0).all()
    assert (at(alpha[..., None], *LOGO) == 255).all()
    share = 0.6**2
    assert (alpha == 255).mean() == pytest.approx(share, abs=0.02)
    blend, query = pixels(pasted.blend), pixels(pasted.query)
    outside = alpha == 0
    assert np.abs(blend.astype(int) - query)[outside].mean() < 12


def test_the_heat_is_where_something_was_added(pasted: Stills) -> None:
    assert pasted.heat is not None
    heat = pixels(pasted.heat)
    inside, elsewhere = at(heat, *LOGO), at(heat, slice(150, 200), slice(220, 400))
    assert inside.mean() > 1.5 * elsewhere.mean()
    # Unchanged parts are greys; what differs has colour.
    assert np.ptp(elsewhere.astype(int), axis=-1).mean() < 25 < np.ptp(inside.astype(int), axis=-1).mean()


def test_outlines_and_boxes_lie_on_their_edges(pasted: Stills) -> None:
    query, outlined = pixels(pasted.query), pixels(pasted.query_outlined)
    changed = np.abs(outlined.astype(int) - query).max(axis=-1) > 60
    red, yellow = (changed & is_like(outlined, colour) for colour in ((255, 92, 56), (255, 214, 51)))
    assert red.sum() > 300
    assert yellow.sum() > 200
    rows, columns = np.nonzero(yellow)
    box = (columns.min() / 480, rows.min() / 360, columns.max() / 480, rows.max() / 360)
    assert box == pytest.approx((300 / 640, 220 / 480, 480 / 640, 360 / 480), abs=0.06)
    # Nothing is drawn far from any line.
    assert not at(changed[..., None], slice(0, 30), slice(0, 60)).any()


def test_the_part_that_was_kept_is_outlined_in_the_original() -> None:
    *_, stills = drawn(PICTURE, np.ascontiguousarray(PICTURE[60:420, 100:540]))
    original, outlined = catalogued(PICTURE).pixels, pixels(stills.picture_outlined)
    assert outlined.shape[1] / outlined.shape[0] == pytest.approx(original.shape[1] / original.shape[0], abs=0.01)
    red = is_like(outlined, (255, 92, 56)) & (outlined[..., 0] > 200)
    columns, rows = red.mean(axis=0), red.mean(axis=1)
    width, height = outlined.shape[1], outlined.shape[0]
    for share, along, side in (
        (100 / WIDTH, columns, width),
        (540 / WIDTH, columns, width),
        (60 / HEIGHT, rows, height),
        (420 / HEIGHT, rows, height),
    ):
        middle = round(share * side)
        assert along[middle - 5 : middle + 5].max() > 0.3, share


def test_a_grey_copy_differs_in_nothing_but_its_colours() -> None:
    *_, stills = drawn(PICTURE, in_greys(PICTURE))
    assert stills.heat is not None
    assert np.ptp(pixels(stills.heat)[8:-8, 8:-8].astype(int), axis=-1).mean() < 30


def test_small_versions_are_not_enlarged_beyond_what_they_show() -> None:
    first, second, proof, _ = drawn(PICTURE, PICTURE)
    tiny = cv2.resize(second.pixels, (96, 72), interpolation=cv2.INTER_AREA)
    stills = draw_stills(proof, first.pixels, np.asarray(tiny, np.uint8))
    assert (stills.query.width, stills.query.height) == (192, 144)


def test_where_too_little_agrees_there_is_no_heat() -> None:
    first, second, proof, _ = drawn(PICTURE, PICTURE)
    without = replace(proof, residual=replace(proof.residual, recolouring=None))
    assert draw_stills(without, first.pixels, second.pixels).heat is None
