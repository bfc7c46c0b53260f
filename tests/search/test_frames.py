"""Rectangles that straight edges frame: found where they are, and nothing where there are none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from search.frames import MOST_FRAMES, find_frames, overlap
from search.residual import Box
from tests.search.composed import cell, collage, paste, photograph


def find(picture: NDArray[np.uint8], least_px: int = 24) -> tuple[Box, ...]:
    return find_frames(picture, least_px=least_px)


@pytest.mark.parametrize("seed", range(6))
def test_a_picture_pasted_on_another_is_found_to_the_pixel(seed: int) -> None:
    ground = photograph(seed, 320, 240)
    generator = np.random.default_rng(seed)
    width, height = generator.integers(70, 160, 2).tolist()
    part = photograph(100 + seed, width, height)
    left, top = int(generator.integers(4, 316 - width)), int(generator.integers(4, 236 - height))
    box = paste(ground, part, left, top)
    found = find(ground)
    assert overlap(found[0], box) > 0.97


def test_every_picture_of_a_collage_is_found() -> None:
    page, boxes = collage(*(cell(seed) for seed in range(4)))
    found = find(np.ascontiguousarray(page[::2, ::2]))
    assert len(found) <= MOST_FRAMES
    for box in boxes:  # before the pairs of them
        assert max(overlap(one, box) for one in found[:4]) > 0.9


def test_pictures_side_by_side_without_a_gap_are_found_by_their_seam() -> None:
    page = np.concatenate([photograph(1, 160, 240), photograph(2, 160, 240)], axis=1)
    found = find(page)
    for half in (Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1)):
        assert max(overlap(one, half) for one in found) > 0.97


@pytest.mark.parametrize("seed", range(6))
def test_a_photograph_holds_no_frames(seed: int) -> None:
    assert find(photograph(seed, 320, 240)) == ()


def test_a_turned_picture_has_the_same_frames_turned() -> None:
    page = photograph(3, 320, 240)
    paste(page, photograph(4, 120, 90), 50, 60)
    turned = find(np.ascontiguousarray(page.transpose(1, 0, 2)))
    assert {Box(one.top, one.left, one.bottom, one.right) for one in turned} == set(find(page))


def test_what_is_flat_or_too_small_is_no_picture() -> None:
    page = photograph(5, 320, 240)
    paste(page, np.full((80, 120, 3), 200, np.uint8), 100, 80)
    assert find(page) == ()
    page = photograph(5, 320, 240)
    box = paste(page, photograph(6, 80, 60), 50, 60)
    assert overlap(find(page, least_px=60)[0], box) > 0.9
    assert find(page, least_px=61) == ()


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (24, 24), (40, 30)])
def test_small_and_flat_pictures_are_no_trouble(shape: tuple[int, int]) -> None:
    assert find(np.full((*shape, 3), 128, np.uint8)) == ()
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert all(0 <= one.left < one.right <= 1 and 0 <= one.top < one.bottom <= 1 for one in find(noise))


def test_overlap_is_the_shared_area_by_that_of_both() -> None:
    one = Box(0, 0, 0.5, 0.5)
    assert overlap(one, one) == 1
    assert overlap(one, Box(0.25, 0, 0.75, 0.5)) == pytest.approx(1 / 3)
    assert overlap(one, Box(0.5, 0.5, 1, 1)) == 0
