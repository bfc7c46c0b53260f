import numpy as np
import pytest

from evaluation.attacks import GRID, Edit
from feature_extractor.picture import MIN_SIDE
from tests.evaluation.making import draw_picture

OTHERS = [draw_picture(seed, 180, 180) for seed in range(100, 104)]
NEEDS_OTHERS = {"onto_40", "onto_15", "collage", "mixed_onto"}

STRENGTHS = {
    "crop_60": "60 % of the area",
    "crop_30": "30 % of the area",
    "crop_15": "15 % of the area",
    "mirror": "left to right",
    "turn_90": "90°",
    "turn_180": "180°",
    "turn_270": "270°",
    "rotate_plus_7": "+7°, cut",
    "rotate_minus_7": "-7°, cut",
    "rotate_plus_20": "+20°, filled",
    "rotate_minus_20": "-20°, filled",
    "thumbnail_96": "96 px",
    "aspect_70": "× 0.7",
    "perspective": "corners up to 20 %",
    "jpeg_50": "quality 50",
    "jpeg_10": "quality 10",
    "blur_1": "1 % of the width",
    "blur_2": "2 % of the width",
    "noise": "σ 25 of 255",
    "grey": "no colour",
    "tone": "20 to 40 %",
    "gamma": "2 or ½",
    "hue": "60°",
    "duotone": "two inks",
    "watermark": "opacity 45 %",
    "large_text": "two lines",
    "emoji": "four",
    "border": "15 % on each side",
    "frame": "20 % on each side",
    "onto_40": "40 % of the area",
    "onto_15": "15 % of the area",
    "collage": "one of four",
    "screenshot_phone": "as wide as the screen",
    "screenshot_page": "10 % of the area",
    "mixed_crop": "crop to 50 %, gamma, text, JPEG 30",
    "mixed_turn": "mirror, rotate 10°, duotone, 160 px",
    "mixed_onto": "mirror, tone, onto 50 %, JPEG 40",
}

edits = pytest.mark.parametrize("edit", GRID, ids=lambda edit: edit.name)


def test_the_grid_is_not_eased() -> None:
    """Models were judged on this grid: an edit may be added, none weakened or taken away."""
    assert {edit.name: edit.intensity for edit in GRID} == STRENGTHS
    assert len(GRID) == len(STRENGTHS)


@edits
@pytest.mark.parametrize(("width", "height"), [(200, 150), (90, 240), (64, 64), (900, 130)])
def test_every_edit_gives_a_picture_and_leaves_the_original(edit: Edit, width: int, height: int) -> None:
    picture = draw_picture(1, width, height)
    before = picture.copy()
    edited = edit.apply(picture, 7, OTHERS)
    assert edited.dtype == np.uint8
    assert edited.ndim == 3
    assert edited.shape[2] == 3
    assert min(edited.shape[:2]) >= MIN_SIDE
    assert max(edited.shape[:2]) <= 2000
    assert edited.flags.c_contiguous
    assert edited.flags.writeable
    assert not np.shares_memory(edited, picture)
    assert np.array_equal(picture, before)
    is_small_already = edit.name == "thumbnail_96" and max(width, height) <= 96
    assert np.array_equal(edited, picture) == is_small_already


@edits
def test_an_edit_depends_on_its_number_alone(edit: Edit) -> None:
    picture = draw_picture(2)
    first = edit.apply(picture, 3, OTHERS)
    edit.apply(picture, 4, OTHERS)
    assert np.array_equal(first, edit.apply(picture, 3, OTHERS))


@edits
def test_only_compositions_need_others(edit: Edit) -> None:
    if edit.name in NEEDS_OTHERS:
        with pytest.raises(ValueError, match="at least one other picture"):
            edit.apply(draw_picture(2), 0, [])
    else:
        assert np.array_equal(edit.apply(draw_picture(2), 0, []), edit.apply(draw_picture(2), 0, OTHERS))


def test_random_edits_differ_from_picture_to_picture() -> None:
    varied = [
        edit for edit in GRID if edit.name in {"crop_30", "emoji", "noise", "onto_15", "perspective", "large_text"}
    ]
    for edit in varied:
        one, two = (edit.apply(draw_picture(2), number, OTHERS) for number in (0, 1))
        assert one.shape != two.shape or not np.array_equal(one, two)
