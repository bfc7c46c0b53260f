"""How much was done to a picture: bounded, nothing for nothing, more for more."""

from dataclasses import replace

import pytest

from search.alteration import alteration
from search.residual import Box
from search.transform import Transform
from tests.search.transforms import PLAIN, SAME_COLOURS

UNCHANGED = replace(PLAIN, scale=0.3, jpeg_quality=20)


def test_size_and_compression_alter_nothing() -> None:
    assert alteration(UNCHANGED) == 0.0
    assert alteration(replace(UNCHANGED, recolouring=None)) == 0.0


@pytest.mark.parametrize(
    "half",
    [
        replace(UNCHANGED, kept_share=0.5),
        replace(UNCHANGED, placed_share=0.5),
        replace(UNCHANGED, added=(Box(0.0, 0.0, 1.0, 0.5),)),
        replace(UNCHANGED, recolouring=replace(SAME_COLOURS, is_grey=True)),
        replace(UNCHANGED, recolouring=replace(SAME_COLOURS, hue_deg=-120.0)),
        replace(UNCHANGED, blur_px=8.0),
    ],
    ids=["cropped", "set into", "covered", "grey", "other hues", "blurred"],
)
def test_what_leaves_a_half_counts_a_half(half: Transform) -> None:
    assert alteration(half) == pytest.approx(0.5)
    assert 0.5 < alteration(replace(half, mirrored=True)) < alteration(replace(half, mirrored=True, kept_share=0.3)) < 1


@pytest.mark.parametrize(
    "nothing",
    [
        replace(UNCHANGED, kept_share=0.0, placed_share=0.0),
        replace(UNCHANGED, added=(Box(0.0, 0.0, 1.0, 1.0), Box(0.0, 0.0, 1.0, 1.0))),
        replace(UNCHANGED, recolouring=replace(SAME_COLOURS, saturation=0.0, contrast=0.0), kept_share=1e-9),
    ],
)
def test_it_never_leaves_its_range(nothing: Transform) -> None:
    assert alteration(nothing) == pytest.approx(1.0)
