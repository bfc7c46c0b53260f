"""The stills of a page fit on each other and are whole small files."""

from dataclasses import replace
from typing import TypeVar

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from search.geometry import mirroring
from search.page_stills import STILL_SIDE_PX, PageStill, PageStills, draw_page_stills
from search.proof import Proof, Seen, examine
from search.stills import MARK
from tests.search.known_copies import HEIGHT, WIDTH, asked, blots, catalogued, similarity, warped, with_logo

PICTURE = blots(1)
TURNED = similarity(12, 0.6, onto=(350, 250))
Value = TypeVar("Value", np.uint8, np.bool_)
LOGO = slice(250, 350), slice(330, 450)  # well inside of what `with_logo` puts at 300, 220


def drawn(picture: Picture, query: Picture) -> tuple[Seen, Seen, Proof, PageStills]:
    first, second = catalogued(picture), asked(query)
    proof = examine(first, second)
    assert proof is not None
    return first, second, proof, draw_page_stills(proof, first.pixels, second.pixels)


def pixels(still: PageStill | None) -> NDArray[np.uint8]:
    """Return the pixels of a still, RGB or RGBA."""
    assert still is not None
    decoded = cv2.imdecode(np.frombuffer(still.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    assert decoded.shape[:2] == (still.height, still.width)
    code = cv2.COLOR_BGRA2RGBA if decoded.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(decoded, code), np.uint8)


def at(still: NDArray[Value], rows: slice, columns: slice) -> NDArray[Value]:
    """Return a part of a still by px of a picture of 640 x 480 px."""
    height, width = still.shape[:2]
    down, across = height / HEIGHT, width / WIDTH
    return still[
        round(rows.start * down) : round(rows.stop * down), round(columns.start * across) : round(columns.stop * across)
    ]


def is_marked(still: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which pixels are about the colour of lines: WebP keeps colours at half the detail."""
    away = np.abs(still[..., :3].astype(np.int16) - np.array(MARK, np.int16)).max(axis=-1)
    return np.asarray(away < 70, np.bool_)


@pytest.fixture(scope="module")
def pasted() -> PageStills:
    """A picture mirrored, turned and set onto another, with a logo on it."""
    query = with_logo(warped(PICTURE, TURNED @ mirroring(WIDTH), WIDTH, HEIGHT, ground=blots(9)), 300, 220)
    return drawn(PICTURE, query)[3]


def test_a_copy_laid_on_its_original_looks_like_it() -> None:
    *_, stills = drawn(PICTURE, np.ascontiguousarray(PICTURE[:, ::-1]))
    laid, query = pixels(stills.laid), pixels(stills.query)
    assert np.abs(laid[8:-8, 8:-8, :3].astype(int) - query[8:-8, 8:-8]).mean() < 12
    assert (laid[8:-8, 8:-8, 3] == 255).all()
    assert pixels(stills.heat)[8:-8, 8:-8].mean() < 90


def test_all_in_the_frame_of_the_query_have_its_size_and_are_small(pasted: PageStills) -> None:
    framed = [pasted.query, pasted.laid, pasted.blend, pasted.heat, pasted.query_outlined]
    sizes = {pixels(one).shape[:2] for one in framed}
    assert sizes == {(STILL_SIDE_PX * HEIGHT // WIDTH, STILL_SIDE_PX)}
    assert all(one is not None and len(one.data) < 80_000 for one in framed)


def test_what_is_laid_is_seen_where_it_lies_and_nowhere_else(pasted: PageStills) -> None:
    alpha = pixels(pasted.laid)[..., 3]
    assert (at(alpha, slice(0, 40), slice(0, WIDTH)) == 0).all()
    assert (at(alpha, *LOGO) == 255).all()
    assert (alpha == 255).mean() == pytest.approx(0.6**2, abs=0.02)
    blend, query = pixels(pasted.blend), pixels(pasted.query)
    assert np.abs(blend.astype(int) - query)[alpha == 0].mean() < 12


def test_the_place_is_outlined_and_what_was_added_is_boxed_within_it(pasted: PageStills) -> None:
    outlined, alpha = pixels(pasted.query_outlined), pixels(pasted.laid)[..., 3]
    marked = is_marked(outlined)
    edge = cv2.morphologyEx(alpha, cv2.MORPH_GRADIENT, np.ones((9, 9), np.uint8)) > 0
    assert marked[edge].sum() > 300
    rows, columns = slice(215, 365), slice(295, 485)  # around the logo, 300..480 and 220..360
    for name, part, axis in (
        ("left", at(marked, rows, slice(288, 312)), 0),
        ("right", at(marked, rows, slice(468, 492)), 0),
        ("top", at(marked, slice(208, 232), columns), 1),
        ("bottom", at(marked, slice(348, 372), columns), 1),
    ):
        assert part.mean(axis=axis).max() > 0.3, name
    assert np.ptp(at(outlined, slice(0, 30), slice(0, 60)).astype(int), axis=-1).mean() < 6, "dimmed beside it"


def test_the_part_that_was_kept_is_outlined_in_the_original() -> None:
    *_, stills = drawn(PICTURE, np.ascontiguousarray(PICTURE[60:420, 100:540]))
    original, outlined = catalogued(PICTURE).pixels, pixels(stills.picture_outlined)
    assert outlined.shape[1] / outlined.shape[0] == pytest.approx(original.shape[1] / original.shape[0], abs=0.01)
    marked = is_marked(outlined)
    columns, rows = marked.mean(axis=0), marked.mean(axis=1)
    width, height = outlined.shape[1], outlined.shape[0]
    for share, along, side in (
        (100 / WIDTH, columns, width),
        (540 / WIDTH, columns, width),
        (60 / HEIGHT, rows, height),
        (420 / HEIGHT, rows, height),
    ):
        middle = round(share * side)
        assert along[middle - 5 : middle + 5].max() > 0.3, share


def test_small_versions_are_not_enlarged_beyond_what_they_show() -> None:
    first, second, proof, _ = drawn(PICTURE, PICTURE)
    tiny = np.asarray(cv2.resize(second.pixels, (96, 72), interpolation=cv2.INTER_AREA), np.uint8)
    stills = draw_page_stills(proof, first.pixels, tiny)
    assert (stills.query.width, stills.query.height) == (192, 144)


def test_where_too_little_agrees_there_is_no_heat() -> None:
    first, second, proof, _ = drawn(PICTURE, PICTURE)
    without = replace(proof, residual=replace(proof.residual, recolouring=None))
    assert draw_page_stills(without, first.pixels, second.pixels).heat is None
