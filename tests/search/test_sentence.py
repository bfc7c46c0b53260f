import json
from dataclasses import replace
from math import inf, nan
from sys import float_info

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.geometry import Matrix
from search.residual import Box, Recolouring, Residual
from search.sentence import MOST_CHARACTERS, UNCHANGED, describe_transform, transform_record
from search.transform import Transform, read_transform
from tests.search.transforms import PLAIN, SAME_COLOURS


def of(**changes: object) -> Transform:
    return replace(PLAIN, **changes)  # type: ignore[arg-type]


def recoloured(**changes: object) -> Transform:
    return of(recolouring=replace(SAME_COLOURS, **changes))  # type: ignore[arg-type]


def set_into(left: float, top: float, right: float, bottom: float, **changes: object) -> Transform:
    polygon = ((left, top), (right, top), (right, bottom), (left, bottom))
    return of(placed=polygon, placed_share=(right - left) * (bottom - top), **changes)


def mark(x: float, y: float) -> Box:
    return Box(x - 0.05, y - 0.05, x + 0.05, y + 0.05)


TABLE: list[tuple[Transform, str]] = [
    (PLAIN, UNCHANGED),
    (of(recolouring=None), UNCHANGED),
    # pose
    (of(mirrored=True), "Mirrored."),
    (of(rotation_deg=1.4), UNCHANGED),
    (of(rotation_deg=-1.6), "Turned by 2° anticlockwise."),
    (of(rotation_deg=12.0), "Turned by 12° clockwise."),
    (of(rotation_deg=88.5), "Turned by a quarter clockwise."),
    (of(rotation_deg=-91.0), "Turned by a quarter anticlockwise."),
    (of(rotation_deg=87.0), "Turned by 87° clockwise."),
    (of(rotation_deg=179.5), "Turned upside down."),
    (of(rotation_deg=-180.0), "Turned upside down."),
    (of(mirrored=True, rotation_deg=180.0), "Mirrored top to bottom."),
    (of(mirrored=True, rotation_deg=90.0), "Mirrored and turned by a quarter clockwise."),
    (of(perspective=0.07), UNCHANGED),
    (of(perspective=0.09), "Seen in perspective."),
    (of(aspect=1.06), UNCHANGED),
    (of(aspect=1.4), "Stretched to 140 % of its width."),
    (of(aspect=0.8), "Stretched to 125 % of its height."),
    (
        of(aspect=1.4, rotation_deg=90.0),
        "Turned by a quarter clockwise and stretched to 140 % of its height.",
    ),
    (of(aspect=1.4, rotation_deg=180.0), "Turned upside down and stretched to 140 % of its width."),
    # part
    (of(kept_share=0.98), UNCHANGED),
    (of(kept_share=0.62), "Cropped to 62 %."),
    (of(kept_share=0.004), "Cropped to less than 1 %."),
    (set_into(0.1, 0.1, 0.9, 0.9), "A border was put around it."),
    (set_into(0.01, 0.01, 0.99, 0.99), UNCHANGED),
    (set_into(0.0, 0.0, 1.0, 0.8), "A plain strip was put below it."),
    (set_into(0.0, 0.12, 1.0, 0.88), "Plain strips were put above and below it."),
    (set_into(0.03, 0.03, 0.97, 0.8), "A border was put around it."),
    (of(kept=(), kept_share=0.0, placed=(), placed_share=0.0), "Cropped to less than 1 %."),
    (
        set_into(0.2, 0.2, 0.5, 0.7, is_surround_plain=False),
        "Set into a larger picture, where it fills 15 %.",
    ),
    (
        set_into(0.2, 0.2, 0.5, 0.7, is_surround_plain=False, mirrored=True, scale=0.5),
        "Mirrored, set into a larger picture, where it fills 15 %, and reduced to half.",
    ),
    # size
    (of(scale=0.61), UNCHANGED),
    (of(scale=1.59), UNCHANGED),
    (of(scale=0.42), "Reduced to 42 %."),
    (of(scale=0.5), "Reduced to half."),
    (of(scale=0.335), "Reduced to a third."),
    (of(scale=0.001), "Reduced to less than 1 %."),
    (of(scale=2.03), "Enlarged to twice its size."),
    (of(scale=1.7), "Enlarged to 170 %."),
    (of(scale=40.0), "Enlarged to more than 1,000 %."),
    (of(rotation_deg=90.2, scale=0.33), "Turned by a quarter clockwise and reduced to a third."),
    # colour
    (recoloured(is_grey=True, saturation=0.05), "Made grey."),
    (recoloured(is_tinted=True, saturation=0.4, hue_deg=50.0), "Brought into two inks."),
    (recoloured(brightness=0.05, contrast=1.2, saturation=0.8, hue_deg=-11.0), UNCHANGED),
    (recoloured(brightness=-0.1), "Darker."),
    (recoloured(brightness=0.3), "Much lighter."),
    (recoloured(brightness=-0.3, saturation=0.5), "Much darker, paler colours."),
    (recoloured(contrast=0.7), "Less contrast."),
    (recoloured(contrast=1.5, saturation=1.5), "More contrast, stronger colours."),
    (recoloured(hue_deg=-40.0), "Other hues."),
    # sharpness
    (of(blur_px=0.9), UNCHANGED),
    (of(blur_px=1.4), "Blurred."),
    (of(jpeg_quality=40), UNCHANGED),
    (of(jpeg_quality=10), "Compressed hard (JPEG quality about 10)."),
    (
        of(blur_px=2.0, jpeg_quality=20, mirrored=True),
        "Mirrored, blurred and compressed hard (JPEG quality about 20).",
    ),
    # added
    (of(added=(mark(0.1, 0.9),)), "Text or a mark was added bottom left."),
    (of(added=(Box(0.0, 0.85, 1.0, 1.0),)), "Text or a mark was added at the bottom."),
    (of(added=(Box(0.0, 0.1, 1.0, 0.9),)), "Text or a mark was added across most of it."),
    (of(added=(mark(0.5, 0.5), mark(0.9, 0.1))), "Text or a mark was added in the centre and top right."),
    (of(added=(mark(0.1, 0.1), mark(0.2, 0.2))), "Text or a mark was added top left."),
    (
        of(added=(mark(0.1, 0.1), mark(0.9, 0.5), mark(0.9, 0.9))),
        "Text or a mark was added top left and at the right, and more in one other place.",
    ),
    (
        of(added=(mark(0.1, 0.1), mark(0.9, 0.5), mark(0.9, 0.9), mark(0.5, 0.1))),
        "Text or a mark was added top left and at the right, and more in 2 other places.",
    ),
    # together
    (
        of(mirrored=True, kept_share=0.62, added=(mark(0.1, 0.9),)),
        "Mirrored, cropped to 62 %, text or a mark added bottom left.",
    ),
    (
        set_into(0.1, 0.1, 0.9, 0.9, kept_share=0.5, jpeg_quality=15),
        "Cropped to 50 %, a border put around it, compressed hard (JPEG quality about 15).",
    ),
]


@pytest.mark.parametrize(("transform", "sentence"), TABLE)
def test_a_transform_is_told_in_plain_words(transform: Transform, sentence: str) -> None:
    assert describe_transform(transform) == sentence


def turned(degrees: float, size: tuple[int, int] = (400, 300), scale: float = 1.0) -> tuple[Matrix, tuple[int, int]]:
    """Return the map that turns a picture clockwise about its centre, and the size of the canvas that just holds it."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    width, height = size
    wide = round(scale * (abs(cos) * width + abs(sin) * height))
    high = round(scale * (abs(sin) * width + abs(cos) * height))
    to_centre = np.array([[1, 0, (1 - width) / 2], [0, 1, (1 - height) / 2], [0, 0, 1]])
    turn = np.array([[scale * cos, -scale * sin, 0], [scale * sin, scale * cos, 0], [0, 0, 1]])
    back = np.array([[1, 0, (wide - 1) / 2], [0, 1, (high - 1) / 2], [0, 0, 1]])
    return back @ turn @ to_centre, (wide, high)


def read(matrix: Matrix, query_size: tuple[int, int], *, is_plain: bool = True) -> str:
    residual = Residual(SAME_COLOURS, 0.0, (), is_plain, np.zeros((8, 8), np.uint8))
    return describe_transform(read_transform(matrix, (400, 300), query_size, residual, None))


@pytest.mark.parametrize("is_plain", [True, False])
def test_the_corners_that_a_turn_leaves_are_no_border(is_plain: bool) -> None:
    matrix, size = turned(20.0)
    assert read(matrix, size, is_plain=is_plain) == "Turned by 20° clockwise."


def test_a_turn_on_a_larger_canvas_has_a_border() -> None:
    matrix, (width, height) = turned(-20.0)
    moved = np.array([[1, 0, 60], [0, 1, 60], [0, 0, 1]]) @ matrix
    size = (width + 120, height + 120)
    assert read(moved, size) == "Turned by 20° anticlockwise, a border put around it."
    inside = read(moved, size, is_plain=False)
    assert inside.startswith("Turned by 20° anticlockwise and set into a larger picture, where it fills ")


def test_a_quarter_turn_and_a_reduction_are_read_from_a_map() -> None:
    matrix, size = turned(90.0, scale=1 / 3)
    assert read(matrix, size) == "Turned by a quarter clockwise and reduced to a third."


def test_what_is_stretched_after_a_quarter_turn_is_told_in_that_order() -> None:
    matrix, (width, height) = turned(90.0)
    wider = np.diag([1.5, 1.0, 1.0]) @ matrix  # of the picture that is turned by now
    assert read(wider, (round(1.5 * width), height)) == (
        "Turned by a quarter clockwise and stretched to 150 % of its width."
    )


def test_a_mirrored_crop_is_read_from_a_map() -> None:
    mirror = np.array([[-1.0, 0, 399], [0, 1, 0], [0, 0, 1]])
    assert read(mirror, (200, 300)) == "Mirrored and cropped to 50 %."


def test_what_does_not_fit_is_told_by_its_most_telling_parts() -> None:
    sentence = describe_transform(EVERYTHING)
    assert len(sentence) <= MOST_CHARACTERS
    for said in ("Mirrored, turned by 123° anticlockwise", "cropped to", "fills", "bottom right", "6 other places"):
        assert said in sentence
    assert sentence.endswith(", among other changes.")
    assert "JPEG" not in sentence


EVERYTHING = set_into(
    0.2,
    0.2,
    0.24,
    0.22,
    mirrored=True,
    rotation_deg=-123.0,
    scale=0.001,
    aspect=2.5,
    perspective=0.5,
    kept_share=0.001,
    is_surround_plain=False,
    recolouring=replace(SAME_COLOURS, brightness=-0.4, contrast=2.0, saturation=3.0, hue_deg=90.0),
    blur_px=4.0,
    jpeg_quality=10,
    added=tuple(mark(x, y) for y in (0.9, 0.5, 0.1) for x in (0.9, 0.5, 0.1))[:8],
)

NUMBERS = st.floats() | st.floats(-2.0, 4.0)
SHARES = st.floats(0.0, 1.0)
TRANSFORMS = st.builds(
    Transform,
    mirrored=st.booleans(),
    rotation_deg=NUMBERS | st.floats(-180.0, 180.0),
    scale=NUMBERS,
    aspect=NUMBERS,
    perspective=NUMBERS,
    kept=st.lists(st.tuples(SHARES, SHARES), max_size=8).map(tuple),
    kept_share=NUMBERS,
    placed=st.lists(st.tuples(NUMBERS, SHARES), max_size=8).map(tuple),
    placed_share=NUMBERS,
    is_surround_plain=st.booleans(),
    recolouring=st.none()
    | st.builds(
        Recolouring,
        is_grey=st.booleans(),
        is_tinted=st.booleans(),
        brightness=NUMBERS,
        contrast=NUMBERS,
        saturation=NUMBERS,
        hue_deg=NUMBERS,
    ),
    blur_px=NUMBERS,
    jpeg_quality=st.none() | st.integers(1, 100),
    added=st.lists(st.builds(Box, NUMBERS, SHARES, SHARES, SHARES), max_size=12).map(tuple),
)


@given(TRANSFORMS)
def test_any_transform_gives_one_sentence(transform: Transform) -> None:
    sentence = describe_transform(transform)
    assert 1 < len(sentence) <= MOST_CHARACTERS
    assert sentence[0].isupper()
    assert sentence[-1] == "."
    assert ". " not in sentence
    assert ".." not in sentence
    assert "nan" not in sentence
    assert "inf" not in sentence


@given(TRANSFORMS)
@example(of(scale=float_info.max))  # rounds up to infinity
def test_any_transform_gives_a_record_that_json_holds(transform: Transform) -> None:
    record = transform_record(transform)
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_a_record_names_units_and_rounds() -> None:
    record = transform_record(
        of(
            rotation_deg=-0.01,
            scale=0.0123456,
            kept_share=0.123456,
            blur_px=inf,
            aspect=nan,
            recolouring=replace(SAME_COLOURS, hue_deg=12.345, brightness=0.12345),
            added=(Box(0.1, 0.2, 0.30004, 0.4),),
        )
    )
    assert str(record["rotation_deg"]) == "0.0"  # not -0.0
    assert record["scale_px_per_px"] == 0.01235
    assert record["kept_area_share"] == 0.1235
    assert record["blur_sigma_px_of_384"] is None
    assert record["aspect_ratio"] is None
    assert record["recolouring"] == {
        "is_grey": False,
        "is_tinted": False,
        "brightness_share": 0.123,
        "contrast_factor": 1.0,
        "saturation_factor": 1.0,
        "hue_deg": 12.3,
    }
    assert record["added_boxes_shares"] == [{"left": 0.1, "top": 0.2, "right": 0.3, "bottom": 0.4}]
    assert record["placed_polygon_shares"] == [[0, 0], [1, 0], [1, 1], [0, 1]]


def test_a_record_keeps_every_part_of_a_transform() -> None:
    assert len(transform_record(PLAIN)) == len(Transform.__slots__)
    assert transform_record(of(recolouring=None))["recolouring"] is None
