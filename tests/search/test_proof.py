"""End to end, from two pictures to what was done: copies whose making is known are held to it, others prove nothing."""

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
import pytest

from feature_extractor.keypoints import OF_CATALOGUE, OF_QUERY, detect
from feature_extractor.picture import Picture
from search.geometry import Matrix, mirroring, project, scaling
from search.proof import Proof, Seen, examine
from search.residual import Box
from tests.search.known_copies import (
    HEIGHT,
    WIDTH,
    asked,
    blots,
    catalogued,
    in_greys,
    overlap,
    plain,
    seen_from,
    similarity,
    small,
    warped,
    with_curve,
    with_logo,
)

PICTURE = blots(1)


@dataclass(frozen=True)
class Made:
    """A copy and how it was made.

    Attributes:
        copy: the query.
        truth: from px of the picture to px of the query.
    """

    copy: Picture
    truth: Matrix = field(default_factory=lambda: np.eye(3))
    mirrored: bool = False
    rotation_deg: float = 0
    scale: float = 1
    aspect: float = 1
    kept_share: float = 1
    is_surround_plain: bool = True


def moved(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def flipped(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1])


def resized(picture: Picture, width: int, height: int) -> Picture:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def pasted(degrees: float, scale: float, ground: Picture) -> Made:
    matrix = similarity(degrees, scale, onto=(550, 350))
    return Made(
        warped(PICTURE, matrix, ground.shape[1], ground.shape[0], ground=ground),
        matrix,
        rotation_deg=degrees,
        scale=scale,
        is_surround_plain=bool(np.ptp(ground) == 0),
    )


TURNED = similarity(17, 0.9)
SOFT = np.asarray(cv2.GaussianBlur(PICTURE, (0, 0), 5), np.uint8)

MADE: dict[str, Made] = {
    "the same": Made(PICTURE),
    "mirrored": Made(flipped(PICTURE), mirroring(WIDTH), mirrored=True),
    "quarter turn": Made(np.ascontiguousarray(np.rot90(PICTURE, -1)), similarity(90, onto=(240, 320)), rotation_deg=90),
    "half turn": Made(np.ascontiguousarray(np.rot90(PICTURE, 2)), similarity(180), rotation_deg=180),
    "mirrored, then turned": Made(
        np.ascontiguousarray(np.rot90(flipped(PICTURE))),
        similarity(-90, onto=(240, 320)) @ mirroring(WIDTH),
        mirrored=True,
        rotation_deg=-90,
    ),
    "turned by 17 degrees": Made(
        warped(PICTURE, TURNED, WIDTH, HEIGHT), TURNED, rotation_deg=17, scale=0.9, kept_share=0.958
    ),
    "half of it": Made(
        np.ascontiguousarray(PICTURE[60:420, 100:540]), moved(-100, -60), kept_share=440 * 360 / (WIDTH * HEIGHT)
    ),
    "an eighth of it": Made(
        np.ascontiguousarray(PICTURE[160:330, 200:426]), moved(-200, -160), kept_share=226 * 170 / (WIDTH * HEIGHT)
    ),
    "a third of its size": Made(resized(PICTURE, 213, 160), scaling(213 / WIDTH, 160 / HEIGHT), scale=1 / 3),
    "two and a half times its size": Made(resized(PICTURE, 1600, 1200), scaling(2.5), scale=2.5),
    "widened": Made(resized(PICTURE, 832, 480), scaling(1.3, 1.0), scale=np.sqrt(1.3), aspect=1.3),
    "on a page": pasted(8, 0.5, plain(240, 1000, 700)),
    "on another picture": pasted(-20, 0.5, blots(9, 1000, 700)),
    "grey and dark": Made(with_curve(in_greys(PICTURE), gamma=1.6)),
    "soft, small and mirrored": Made(
        flipped(resized(SOFT, 320, 240)), mirroring(320) @ scaling(0.5), mirrored=True, scale=0.5
    ),
}


@pytest.fixture(scope="module")
def known() -> Seen:
    return catalogued(PICTURE)


@cache
def query_of(name: str) -> Seen:
    """Return what is known of a copy, looked at once."""
    return asked(MADE[name].copy)


def proof_of(picture: Seen, query: Seen) -> Proof:
    found = examine(picture, query)
    assert found is not None
    return found


def edge_map(picture: Seen, of: Picture) -> Matrix:
    """Return the map from px of the file to px of the small version, each side by its own ratio."""
    height, width = of.shape[:2]
    return scaling(width / picture.keypoints.width, height / picture.keypoints.height)


def map_error(proof: Proof, picture: Seen, query: Seen, truth: Matrix) -> float:
    """Return how far off, in px of the query, the worst corner is of what the query shows of the picture."""
    found = np.linalg.inv(edge_map(query, query.pixels)) @ proof.overlay.matrix @ edge_map(picture, picture.pixels)
    size = np.array([picture.keypoints.width, picture.keypoints.height])
    shown = np.array(proof.transform.kept) * size - 0.5
    return float(np.linalg.norm(project(found, shown) - project(truth, shown), axis=1).max())


@pytest.mark.parametrize("name", MADE)
def test_how_a_copy_was_made_is_read_from_it(name: str, known: Seen) -> None:
    made, query = MADE[name], query_of(name)
    proof = proof_of(known, query)
    assert proof.overlay.agreement > 0.9
    assert proof.overlay.cells >= 24
    assert map_error(proof, known, query, made.truth) < 4 * max(1.0, made.scale)
    told = proof.transform
    assert told.mirrored == proof.alignment.mirrored == made.mirrored
    assert abs((told.rotation_deg - made.rotation_deg + 180) % 360 - 180) < 3
    assert told.scale == pytest.approx(made.scale, rel=0.02)
    assert told.aspect == pytest.approx(made.aspect, rel=0.02)
    assert told.perspective < 0.03
    assert told.kept_share == pytest.approx(made.kept_share, abs=0.05)
    assert told.placed_share == pytest.approx(
        made.kept_share * made.scale**2 * WIDTH * HEIGHT / (made.copy.shape[0] * made.copy.shape[1]), abs=0.05
    )
    assert told.is_surround_plain == made.is_surround_plain
    assert told.added == ()


@pytest.mark.parametrize("name", ["on a page", "on another picture"])
def test_a_picture_on_another_is_placed_where_it_was_put(name: str, known: Seen) -> None:
    made = MADE[name]
    told = proof_of(known, query_of(name)).transform
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]) - 0.5
    put = (project(made.truth, corners) + 0.5) / (1000, 700)
    placed = np.array(told.placed)
    assert len(placed) == 4
    assert np.linalg.norm(put[:, None] - placed[None], axis=2).min(axis=1).max() < 0.01


def test_a_view_from_the_side_is_told_as_perspective(known: Seen) -> None:
    truth = seen_from(((60, 30), (600, 100), (600, 380), (60, 460)))
    query = asked(warped(PICTURE, truth, WIDTH, HEIGHT))
    proof = proof_of(known, query)
    assert proof.overlay.agreement > 0.95
    assert map_error(proof, known, query, truth) < 3
    # The right side is 280 px long and the left 430: depths are as the inverse of lengths.
    assert proof.transform.perspective == pytest.approx(1 - 280 / 430, abs=0.03)


def test_what_was_added_is_told_in_shares_of_the_query(known: Seen) -> None:
    """Quarter turned, so that shares of the picture would be others."""
    box = Box(0.1, 0.15, 0.4, 0.3)
    copy = np.ascontiguousarray(np.rot90(PICTURE, -1))
    copy[round(0.15 * 640) : round(0.3 * 640), round(0.1 * 480) : round(0.4 * 480)] = (250, 240, 20)
    told = proof_of(known, asked(copy)).transform
    assert overlap(told.added[0], box) > 0.75
    assert len(told.added) == 1


def test_colours_and_blur_are_told_of_copies_found_by_features(known: Seen) -> None:
    copy = flipped(np.asarray(cv2.GaussianBlur(with_curve(PICTURE, 0.6, add=20), (0, 0), 4), np.uint8))
    told = proof_of(known, asked(copy)).transform
    assert told.recolouring is not None
    assert told.recolouring.contrast == pytest.approx(0.6, abs=0.08)
    assert told.recolouring.brightness == pytest.approx(20 / 255, abs=0.03)
    assert told.blur_px == pytest.approx(4 * 384 / WIDTH, rel=0.35)


def test_the_quality_of_the_file_is_handed_on(known: Seen) -> None:
    for quality in (None, 75):
        found = examine(known, query_of("a third of its size"), jpeg_quality=quality)
        assert found is not None
        assert found.transform.jpeg_quality == quality


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_pictures_without_corners_are_laid_frame_on_frame(is_mirrored: bool) -> None:
    """So soft that no feature is left, a copy is still the same picture."""
    soft = np.asarray(cv2.GaussianBlur(blots(4), (0, 0), 12), np.uint8)
    query = asked(resized(flipped(soft) if is_mirrored else soft, 400, 300))
    picture = catalogued(soft)
    without = Seen(detect(plain(0), OF_QUERY), picture.pixels)
    proof = proof_of(without, query)
    assert len(without.keypoints) == 0
    assert (proof.alignment.matches, proof.alignment.inliers, proof.alignment.pairs.shape) == (0, 0, (0, 4))
    assert proof.overlay.agreement > 0.95
    assert proof.transform.mirrored == proof.alignment.mirrored == is_mirrored
    truth = scaling(400 / WIDTH)
    assert map_error(proof, without, query, mirroring(400) @ truth if is_mirrored else truth) < 2


def test_frames_of_other_shapes_are_not_laid_on_each_other() -> None:
    assert examine(asked(plain(90, 600, 100)), asked(plain(90, 100, 600))) is None


@pytest.mark.parametrize("seed", range(2, 8))
def test_two_pictures_prove_nothing(seed: int, known: Seen) -> None:
    found = examine(known, asked(blots(seed)))
    assert found is None or found.overlay.agreement < 0.35 or found.overlay.cells < 6


def test_a_logo_that_two_pictures_share_is_no_proof() -> None:
    proof = examine(catalogued(with_logo(PICTURE, 20, 20)), asked(with_logo(blots(2), 400, 300)))
    if proof is not None:  # its features match, but what is around it does not
        assert proof.overlay.agreement < 0.6
        agreed = float((proof.overlay.agrees & proof.overlay.mask).mean())
        assert agreed < 2 * 180 * 140 / (WIDTH * HEIGHT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (plain(0), plain(0)),
        (plain(128), plain(90)),
        (plain(255), PICTURE),
        (PICTURE, plain(128)),
        (plain(90, 16, 16), plain(90, 2000, 1500)),
        (plain(90, 1200, 8), plain(90, 8, 1200)),
        (plain(90, 1200, 8), PICTURE),
    ],
    ids=["black", "greys", "white and a picture", "a picture and grey", "tiny", "lines", "a line and a picture"],
)
def test_plain_pictures_prove_nothing_and_raise_nothing(one: Picture, other: Picture) -> None:
    found = examine(seen(one), seen(other))
    assert found is None or found.overlay.cells < 6 or found.overlay.agreement < 0.1


def seen(picture: Picture) -> Seen:
    """Return a picture as it is seen, however narrow."""
    height, width = picture.shape[:2]
    scale = min(1.0, 384 / max(height, width))
    return Seen(
        detect(picture, OF_QUERY), resized(picture, max(1, round(width * scale)), max(1, round(height * scale)))
    )


@pytest.mark.parametrize(
    ("width", "height", "copy_width", "copy_height"),
    [(1001, 667, 778, 519), (1023, 769, 643, 483), (771, 1155, 515, 771), (999, 401, 1500, 601)],
)
@pytest.mark.parametrize("is_covered", [False, True])
def test_rounding_of_small_versions_does_not_move_the_map(
    width: int, height: int, copy_width: int, copy_height: int, is_covered: bool
) -> None:
    """Small versions have whole sides: 1001 x 667 px are 384 x 256 px, in which a px is no longer quite square."""
    picture = blots(3, width, height)
    copy = resized(picture, copy_width, copy_height)
    if is_covered:  # so that the map is refined in the small versions
        copy[copy_height // 10 : copy_height // 3, copy_width // 10 : copy_width // 3] = 250
    one, other = catalogued(picture), asked(copy)
    proof = proof_of(one, other)
    error = map_error(proof, one, other, scaling(copy_width / width, copy_height / height))
    assert error < max(1.5, 0.0015 * copy_width)


def test_a_small_version_a_px_too_short_does_not_move_the_map() -> None:
    picture = blots(3, 1001, 667)
    query = asked(picture)
    cut = Seen(query.keypoints, resized(picture, 383, 256))
    proof = proof_of(catalogued(picture), cut)
    assert map_error(proof, catalogued(picture), cut, np.eye(3)) < 1.5
    assert proof.overlay.agreement > 0.98


@pytest.mark.parametrize("name", ["half of it", "turned by 17 degrees", "on another picture", "mirrored, then turned"])
def test_features_that_were_packed_prove_as_much(name: str, known: Seen) -> None:
    made, query = MADE[name], query_of(name)
    precise = Seen(detect(PICTURE, OF_CATALOGUE), small(PICTURE))
    one, other = proof_of(known, query), proof_of(precise, query)
    assert one.overlay.agreement == pytest.approx(other.overlay.agreement, abs=0.02)
    assert map_error(one, known, query, made.truth) < map_error(other, precise, query, made.truth) + 1.5
