"""A map says, in fields with units, what was done to a picture: every number is held to the map it was made from."""

from itertools import pairwise

import numpy as np
import pytest

from search.geometry import Matrix, mirroring, scaling
from search.residual import Box, Recolouring, Residual
from search.transform import Polygon, Transform, read_transform
from tests.search.known_copies import HEIGHT, WIDTH, similarity

SIZE = (WIDTH, HEIGHT)
NOTHING = Residual(None, 0.0, (), is_surround_plain=True, heat=np.zeros((1, 1), np.uint8))
WHOLE = ((0, 0), (1, 0), (1, 1), (0, 1))


def read(matrix: Matrix, query_size: tuple[int, int] = SIZE) -> Transform:
    return read_transform(matrix, SIZE, query_size, NOTHING, None)


def moved(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def are_same(one: Polygon, other: Polygon, within: float = 1e-3) -> bool:
    """Return whether every corner of each is one of the other; where they begin does not matter."""
    first, second = np.array(one), np.array(other)
    apart = np.linalg.norm(first[:, None] - second[None], axis=2)
    return bool(apart.min(axis=0).max() <= within and apart.min(axis=1).max() <= within)


def signed_area(polygon: Polygon) -> float:
    """Return an area, positive when the corners go clockwise, y downwards."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise((*polygon, polygon[0]))) / 2


def test_the_same_picture_has_been_left_as_it_was() -> None:
    found = read(np.eye(3))
    assert not found.mirrored
    assert (found.rotation_deg, found.perspective) == pytest.approx((0, 0))
    assert (found.scale, found.aspect, found.kept_share, found.placed_share) == pytest.approx((1, 1, 1, 1), abs=1e-5)
    assert are_same(found.kept, WHOLE)
    assert are_same(found.placed, WHOLE)


@pytest.mark.parametrize("degrees", [-179, -90, -33, 0, 12, 90, 135, 180])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_turn_is_told_clockwise_after_mirroring(degrees: float, is_mirrored: bool) -> None:
    matrix = similarity(degrees, 0.5, onto=(500, 500))
    found = read(matrix @ mirroring(WIDTH) if is_mirrored else matrix, (1000, 1000))
    assert found.mirrored == is_mirrored
    assert (found.rotation_deg - degrees + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)
    assert -180 <= found.rotation_deg <= 180
    assert (found.scale, found.aspect) == pytest.approx((0.5, 1))
    assert found.kept_share == pytest.approx(1, abs=1e-4)
    assert found.placed_share == pytest.approx(0.25 * WIDTH * HEIGHT / 1e6, rel=1e-3)
    assert len(found.placed) == 4


def test_upside_down_in_a_mirror_is_a_mirror_and_a_half_turn() -> None:
    flipped = np.array([[1, 0, 0], [0, -1, HEIGHT - 1], [0, 0, 1]], np.float64)
    found = read(flipped)
    assert found.mirrored
    assert abs(found.rotation_deg) == pytest.approx(180)


def test_clockwise_is_as_a_picture_is_seen() -> None:
    """A quarter turn clockwise takes the top left corner to the top right."""
    turned = read(np.array([[0, -1, HEIGHT - 1], [1, 0, 0], [0, 0, 1]], np.float64), (HEIGHT, WIDTH))
    assert turned.rotation_deg == pytest.approx(90)
    assert turned.kept_share == pytest.approx(1, abs=1e-4)
    assert are_same(turned.placed, WHOLE)


@pytest.mark.parametrize(("across", "down"), [(2.0, 2.0), (0.25, 0.25), (1.3, 1.0), (0.5, 0.8)])
def test_scale_and_aspect_are_of_the_picture_as_it_stood(across: float, down: float) -> None:
    stretched = read(scaling(across, down), (round(WIDTH * across), round(HEIGHT * down)))
    assert stretched.scale == pytest.approx(np.sqrt(across * down))
    assert stretched.aspect == pytest.approx(across / down)
    assert stretched.placed_share == pytest.approx(1, abs=1e-4)
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], np.float64)
    turned = read(moved(2000, 0) @ turn @ scaling(across, down), (4000, 4000))
    assert turned.rotation_deg == pytest.approx(90)
    assert turned.aspect == pytest.approx(across / down)


def test_a_crop_keeps_the_part_that_it_shows() -> None:
    found = read(moved(-160, -120), (320, 240))
    assert are_same(found.kept, ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
    assert found.kept_share == pytest.approx(0.25, abs=1e-4)
    assert are_same(found.placed, WHOLE)
    assert found.placed_share == pytest.approx(1, abs=1e-4)
    assert (found.scale, found.rotation_deg) == pytest.approx((1, 0))


def test_a_picture_on_a_page_is_placed_where_it_lies() -> None:
    found = read(moved(300, 200) @ scaling(0.5), (1000, 1000))
    assert are_same(found.placed, ((0.3, 0.2), (0.62, 0.2), (0.62, 0.44), (0.3, 0.44)))
    assert found.placed_share == pytest.approx(0.32 * 0.24, abs=1e-4)
    assert found.kept_share == pytest.approx(1, abs=1e-4)


def test_a_part_on_a_page_is_both() -> None:
    """The picture hangs over the left and the upper edge by half."""
    found = read(moved(-320, -240), (1000, 1000))
    assert are_same(found.kept, ((0.5, 0.5), (1, 0.5), (1, 1), (0.5, 1)))
    assert are_same(found.placed, ((0, 0), (0.32, 0), (0.32, 0.24), (0, 0.24)))


def test_a_turned_crop_keeps_a_turned_part() -> None:
    found = read(similarity(45, 1, onto=(100, 100)), (200, 200))
    assert found.kept_share == pytest.approx(200 * 200 / (WIDTH * HEIGHT), abs=1e-3)
    half = 100 * np.sqrt(2)
    middle = np.array([WIDTH / 2, HEIGHT / 2])
    corners = [(middle + step) / SIZE for step in ((0, -half), (half, 0), (0, half), (-half, 0))]
    assert are_same(found.kept, tuple((float(x), float(y)) for x, y in corners))


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_corners_go_clockwise(is_mirrored: bool) -> None:
    matrix = moved(-100, 50) @ (mirroring(WIDTH) if is_mirrored else np.eye(3))
    found = read(matrix)
    for polygon, share in ((found.kept, found.kept_share), (found.placed, found.placed_share)):
        assert signed_area(polygon) == pytest.approx(share, abs=1e-3)
        assert all(0 <= value <= 1 for corner in polygon for value in corner)


def test_perspective_is_how_much_nearer_one_corner_is() -> None:
    bent = np.array([[1, 0, 0], [0, 1, 0], [1 / WIDTH, 0, 1]], np.float64)  # the right is twice as far as the left
    found = read(bent)
    assert found.perspective == pytest.approx(0.5, abs=0.01)
    assert found.kept_share == pytest.approx(1, abs=1e-3)
    left_half = read(bent, (WIDTH // 3, HEIGHT))  # x / (1 + x / 640) is 213 at 320
    assert left_half.kept_share == pytest.approx(0.5, abs=0.01)
    assert left_half.perspective == pytest.approx(1 / 3, abs=0.01), "it is of the part that is shown"
    assert read(similarity(30, 0.7)).perspective == pytest.approx(0)


def test_a_picture_outside_of_the_query_is_kept_nowhere() -> None:
    found = read(moved(5000, 0))
    assert (found.kept, found.placed) == ((), ())
    assert (found.kept_share, found.placed_share, found.perspective) == (0, 0, 0)


def test_what_the_map_cannot_tell_is_handed_on() -> None:
    colours = Recolouring(True, False, 0.1, 0.9, 0.0, 0.0)
    added = (Box(0.1, 0.2, 0.3, 0.4),)
    remains = Residual(colours, 1.5, added, is_surround_plain=False, heat=np.zeros((1, 1), np.uint8))
    found = read_transform(np.eye(3), SIZE, SIZE, remains, 85)
    assert found.recolouring is colours
    assert found.added is added
    assert (found.blur_px, found.jpeg_quality, found.is_surround_plain) == (1.5, 85, False)
