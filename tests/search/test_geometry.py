"""The map between a picture and a copy is found where it is, in the right hand, and not between other pictures."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from feature_extractor.kept_keypoints import kept_keypoints
from feature_extractor.keypoints import OF_CATALOGUE, OF_QUERY, Keypoints, detect
from feature_extractor.picture import Picture
from search.geometry import LEAST_MATCHES, Matrix, align, is_plausible, jacobian, mirroring, project, scaling
from tests.search.known_copies import (
    HEIGHT,
    WIDTH,
    blots,
    catalogued,
    corner_error,
    in_greys,
    plain,
    seen_from,
    similarity,
    warped,
    with_curve,
    with_logo,
)

PICTURE = blots(1)

Copy = tuple[Picture, Matrix]


def moved(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def resized_to(width: int, height: int) -> Copy:
    copy = cv2.resize(PICTURE, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(copy, np.uint8), scaling(width / WIDTH, height / HEIGHT)


def through(matrix: Matrix, ground: Picture | None = None) -> Copy:
    height, width = (HEIGHT, WIDTH) if ground is None else ground.shape[:2]
    return warped(PICTURE, matrix, width, height, ground=ground), matrix


COPIES: dict[str, Copy] = {
    "the same": (PICTURE, np.eye(3)),
    "quarter turn": (np.ascontiguousarray(np.rot90(PICTURE, -1)), similarity(90, onto=(240, 320))),
    "half turn": (np.ascontiguousarray(np.rot90(PICTURE, 2)), similarity(180)),
    "three quarter turns": (np.ascontiguousarray(np.rot90(PICTURE)), similarity(-90, onto=(240, 320))),
    "turned by 17 degrees": through(similarity(17, 0.9)),
    "half of it": (np.ascontiguousarray(PICTURE[60:420, 100:540]), moved(-100, -60)),
    "half its size": resized_to(320, 240),
    "a thumbnail": resized_to(160, 120),
    "twice its size": resized_to(1280, 960),
    "widened": resized_to(832, 480),
    "on a plain page": through(similarity(8, 0.5, onto=(600, 250)), plain(240, 1000, 700)),
    "on another picture": through(similarity(-12, 0.5, onto=(400, 400)), blots(9, 1000, 700)),
    "seen from the side": through(seen_from(((60, 30), (600, 80), (600, 400), (60, 460)))),
    "seen from far to the side": through(seen_from(((60, 30), (600, 120), (600, 360), (60, 460)))),
    "seen from below": through(seen_from(((150, 30), (490, 30), (640, 450), (0, 450)))),
    "grey": (in_greys(PICTURE), np.eye(3)),
    "darker by gamma": (with_curve(PICTURE, gamma=1.8), np.eye(3)),
    "of little contrast": (with_curve(PICTURE, 0.4), np.eye(3)),
    "blurred": (np.asarray(cv2.GaussianBlur(PICTURE, (0, 0), 3), np.uint8), np.eye(3)),
}


@cache
def query_of(name: str) -> Keypoints:
    """Return the features of a copy, looked for once."""
    return detect(COPIES[name][0], OF_QUERY)


@pytest.fixture(scope="module")
def kept() -> Keypoints:
    """Return the features of the picture as the catalogue keeps them."""
    return catalogued(PICTURE).keypoints


@pytest.mark.parametrize("name", COPIES)
def test_the_map_to_a_copy_is_found(name: str, kept: Keypoints) -> None:
    _, truth = COPIES[name]
    best = align(kept, query_of(name))[0]
    scale = np.sqrt(np.linalg.det(jacobian(truth, WIDTH / 2, HEIGHT / 2)))
    seen_px = max(COPIES[name][0].shape) / OF_QUERY.longest_px  # px of the query that are one where it is looked at
    assert corner_error(best.matrix, truth) < max(4 * scale, seen_px)
    assert best.inliers > 25
    assert not best.mirrored


@pytest.mark.parametrize("name", ["the same", "quarter turn", "half of it", "on a plain page", "seen from the side"])
def test_the_map_to_a_mirrored_copy_is_found(name: str, kept: Keypoints) -> None:
    copy, truth = COPIES[name]
    best = align(kept, detect(np.ascontiguousarray(copy[:, ::-1]), OF_QUERY))[0]
    assert corner_error(best.matrix, mirroring(copy.shape[1]) @ truth) < 4
    assert best.inliers > 25
    assert best.mirrored


def test_what_a_map_rests_on_lies_where_the_map_says(kept: Keypoints) -> None:
    copy, _ = COPIES["half of it"]
    mirror_image = np.ascontiguousarray(copy[:, ::-1])
    found = detect(mirror_image, OF_QUERY)
    best = align(kept, found)[0]
    assert best.pairs.shape == (best.inliers, 4)
    assert best.pairs.dtype == np.float32
    off = np.linalg.norm(project(best.matrix, best.pairs[:, :2]) - best.pairs[:, 2:], axis=1)
    assert off.max() <= 0.015 * 440
    assert np.median(off) < 1
    for own, side in ((kept.places, best.pairs[:, :2]), (found.places, best.pairs[:, 2:])):
        apart = np.linalg.norm(side[:, None] - own[None], axis=2)
        assert apart.min(axis=1).max() < 1e-2, "they are features of the two pictures"
    # SIFT finds a place twice where it points in two directions; no feature counts twice, though.
    assert best.inliers <= best.of
    x, y = kept.places.T
    assert best.of == pytest.approx(((x > 99.5) & (x < 539.5) & (y > 59.5) & (y < 419.5)).sum(), abs=3)


def test_a_map_has_the_hand_that_it_says(kept: Keypoints) -> None:
    """Under a loose look features of the one hand fit the other, and a map found there would be none of its own."""
    for name in COPIES:
        found = align(kept, query_of(name))
        for one in found:
            assert (np.linalg.det(one.matrix) < 0) == one.mirrored
            assert is_plausible(one.matrix, WIDTH, HEIGHT)
        assert [one.inliers for one in found] == sorted((one.inliers for one in found), reverse=True)
        assert len({one.mirrored for one in found}) == len(found)


def test_features_that_were_packed_serve_as_well(kept: Keypoints) -> None:
    precise = detect(PICTURE, OF_CATALOGUE)
    for name in ("the same", "half of it", "turned by 17 degrees", "on another picture", "seen from the side"):
        _, truth = COPIES[name]
        one, other = align(kept, query_of(name))[0], align(precise, query_of(name))[0]
        assert one.inliers > 0.9 * other.inliers
        assert corner_error(one.matrix, truth) < corner_error(other.matrix, truth) + 1.5


def test_maps_are_between_the_px_that_features_are_told_in() -> None:
    """Of a large picture the catalogue looks at a preview, but tells in px of the file."""
    large = Keypoints.unpack(kept_keypoints(PICTURE, 6401, 4799))
    _, truth = COPIES["turned by 17 degrees"]
    best = align(large, query_of("turned by 17 degrees"))[0]
    from_large = np.linalg.inv(scaling(6401 / WIDTH, 4799 / HEIGHT))
    assert corner_error(best.matrix, truth @ from_large, 6401, 4799) < 3


@pytest.mark.parametrize("seed", range(2, 8))
def test_pictures_that_have_nothing_in_common_agree_on_next_to_nothing(seed: int, kept: Keypoints) -> None:
    for one in align(kept, detect(blots(seed), OF_QUERY)):
        assert one.inliers < 0.1 * max(one.of, 80)


def test_a_logo_that_two_pictures_share_is_all_that_agrees() -> None:
    picture, query = with_logo(PICTURE, 20, 20), with_logo(blots(2), 400, 300)
    best = align(catalogued(picture).keypoints, detect(query, OF_QUERY))[0]
    assert best.inliers >= LEAST_MATCHES
    x, y = best.pairs[:, :2].T
    inside = (x > 15) & (x < 205) & (y > 15) & (y < 165)
    assert inside.mean() > 0.7
    assert np.allclose(np.median(best.pairs[inside, 2:] - best.pairs[inside, :2], axis=0), (380, 280), atol=3)


def test_without_features_there_is_no_map(kept: Keypoints) -> None:
    none = catalogued(plain(90)).keypoints
    assert len(none) == 0
    for picture, query in ((none, none), (kept, none), (none, kept)):
        assert align(picture, query) == ()
    few = replace(
        kept,
        places=kept.places[:3],
        sizes=kept.sizes[:3],
        angles=kept.angles[:3],
        descriptors=kept.descriptors[:3],
    )
    assert align(few, kept) == ()
    assert align(kept, few) == ()


def test_features_at_one_place_make_no_map(kept: Keypoints) -> None:
    piled = replace(kept, places=np.full_like(kept.places, 50))
    for picture, query in ((piled, kept), (kept, piled), (piled, piled)):
        assert align(picture, query) == ()


def test_a_map_that_spares_a_picture_is_plausible() -> None:
    for matrix in (np.eye(3), mirroring(WIDTH), similarity(130, 0.05), scaling(3.0, 1.0), COPIES["seen from below"][1]):
        assert is_plausible(matrix, WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        (seen_from(((0, 0), (640, 480), (640, 0), (0, 480))), "its sides cross"),
        (seen_from(((0, 0), (640, 0), (150, 150), (0, 480))), "a corner is turned in"),
        (scaling(5.0, 1.0), "it is stretched"),
        (scaling(1.0, 0.0), "it is a line"),
        (scaling(40.0), "it is a speck of the other"),
        (scaling(0.02), "the other is a speck of it"),
        (np.array([[1, 0, 0], [0, 1, 0], [-1 / 300, 0, 1]]), "a part is behind the eye"),
        (np.array([[1, 0, 0], [0, 1, 0], [1 / 150, 0, 1]]), "one end is five times as near"),
        (np.full((3, 3), np.nan), "it is no map"),
    ],
)
def test_a_map_that_ruins_a_picture_is_not(matrix: Matrix, reason: str) -> None:
    assert not is_plausible(matrix, WIDTH, HEIGHT), reason


def test_the_jacobian_is_what_small_steps_show() -> None:
    matrix, at, step = COPIES["seen from below"][1], np.array([200.0, 100.0]), 1e-4
    around = project(matrix, at + step * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]]))
    steps = np.stack([around[0] - around[1], around[2] - around[3]], axis=1) / (2 * step)
    assert np.allclose(jacobian(matrix, 200, 100), steps, atol=1e-5)


def test_mirroring_takes_the_first_column_to_the_last() -> None:
    assert np.allclose(project(mirroring(640), np.array([[0.0, 7.0], [639.0, 3.0]])), [[639, 7], [0, 3]])
    assert np.allclose(mirroring(640) @ mirroring(640), np.eye(3))
