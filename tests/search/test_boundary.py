"""Whether a picture goes on past a part of it: cuts go on, pastes end, plain ground tells nothing."""

import numpy as np
import pytest

from feature_extractor.picture import Picture
from search.boundary import Boundary, judge_boundary
from search.transform import Polygon
from tests.search.known_copies import plain, small
from tests.search.scenes import scene

PART: Polygon = ((0.2, 0.25), (0.7, 0.25), (0.7, 0.8), (0.2, 0.8))


def pasted(ground: Picture, part: Picture) -> Picture:
    """Return a picture with another on the part of it, as its small version."""
    height, width = ground.shape[:2]
    picture = ground.copy()
    top, bottom, left, right = round(0.25 * height), round(0.8 * height), round(0.2 * width), round(0.7 * width)
    picture[top:bottom, left:right] = part[: bottom - top, : right - left]
    return small(picture)


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_picture_goes_on_past_a_cut(seed: int) -> None:
    assert judge_boundary(small(scene(seed)), PART) is Boundary.GOES_ON
    turned = ((0.5, 0.1), (0.9, 0.5), (0.5, 0.9), (0.1, 0.5))
    assert judge_boundary(small(scene(seed)), turned) is Boundary.GOES_ON


@pytest.mark.parametrize("ground", [scene(9), plain(20), plain(255)], ids=["another picture", "dark", "white"])
def test_what_was_put_there_ends_there(ground: Picture) -> None:
    for seed in range(1, 5):
        assert judge_boundary(pasted(ground, scene(seed)), PART) is Boundary.SEAM, seed


def test_plain_ground_tells_nothing() -> None:
    assert judge_boundary(small(plain(200)), PART) is None
    assert judge_boundary(pasted(plain(200), plain(204)), PART) is None


@pytest.mark.parametrize("part", [(), ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))], ids=["nothing", "all of it"])
def test_the_edges_of_the_picture_itself_tell_nothing(part: Polygon) -> None:
    assert judge_boundary(small(scene(1)), part) is None


def test_it_takes_pictures_of_any_size() -> None:
    for shape in ((16, 16, 3), (384, 16, 3), (16, 384, 3)):
        picture = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
        assert judge_boundary(picture, PART) in {None, Boundary.SEAM, Boundary.GOES_ON}
