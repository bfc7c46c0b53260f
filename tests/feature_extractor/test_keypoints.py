"""Local features are few bytes that still tell where they were and how it looked there."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from errors import ContractBroken
from feature_extractor.kept_keypoints import kept_keypoints, resized
from feature_extractor.keypoints import DIM, OF_CATALOGUE, OF_QUERY, Keypoints, detect
from feature_extractor.picture import Picture


def blots(seed: int, width: int = 640, height: int = 480) -> Picture:
    """Return a picture of blots of all sizes, RGB (height, width, 3), with something to see everywhere."""
    generator = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for side in (4, 8, 16, 32, 64, 128):
        noise = generator.standard_normal((round(side * height / width), side, 3)).astype(np.float32)
        picture += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 25 * picture, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def picture() -> Picture:
    return blots(1)


@pytest.fixture(scope="module")
def found(picture: Picture) -> Keypoints:
    return detect(picture, OF_CATALOGUE)


def nearest(places: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each place which other is nearest, and how far it is in px."""
    apart = np.linalg.norm(places[:, np.newaxis] - of[np.newaxis], axis=2)
    return apart.argmin(axis=1), apart.min(axis=1)


def test_features_have_the_shapes_and_units_that_are_told(picture: Picture, found: Keypoints) -> None:
    assert len(found) == OF_CATALOGUE.most
    assert (found.width, found.height) == (640, 480)
    assert found.places.shape == (OF_CATALOGUE.most, 2)
    assert found.descriptors.shape == (OF_CATALOGUE.most, DIM)
    for values in (found.places, found.sizes, found.angles, found.descriptors):
        assert values.dtype == np.float32
    assert (found.places >= -0.5).all()
    assert (found.places <= (639.5, 479.5)).all()
    assert ((found.angles >= 0) & (found.angles < 360)).all()
    assert len(detect(picture, OF_QUERY)) > 2 * OF_CATALOGUE.most
    few = detect(picture, replace(OF_CATALOGUE, most=20))
    assert np.array_equal(few.places, found.places[:20]), "the best come first"


def test_packing_keeps_them_as_precisely_as_they_are_needed(found: Keypoints) -> None:
    packed = found.pack()
    assert len(packed) == 46 * OF_CATALOGUE.most + 11 <= 8_000
    again = Keypoints.unpack(packed)
    assert (again.width, again.height, len(again)) == (640, 480, OF_CATALOGUE.most)
    assert np.abs(again.places - found.places).max() < 0.02
    assert np.abs(np.log2(again.sizes / found.sizes)).max() < 0.04
    assert np.abs((again.angles - found.angles + 180) % 360 - 180).max() < 0.75
    lost = np.linalg.norm(again.descriptors - found.descriptors, axis=1)
    assert np.median(lost) < 0.01
    assert lost.max() < 0.15
    assert again.pack() == packed


def test_a_picture_without_corners_has_none(found: Keypoints) -> None:
    plain = kept_keypoints(np.full((300, 400, 3), 90, np.uint8), 400, 300)
    assert len(plain) == 11
    none = Keypoints.unpack(plain)
    assert (len(none), none.width, none.height, none.descriptors.shape) == (0, 400, 300, (0, DIM))
    assert len(none.mirrored()) == 0


def test_damaged_bytes_are_refused(found: Keypoints) -> None:
    packed = found.pack()
    for damaged in (b"", packed[:10], packed[:-1], packed + b"\0", b"\2" + packed[1:], b"\1\0\1" + packed[3:]):
        with pytest.raises(ContractBroken, match="expected"):
            Keypoints.unpack(damaged)


def test_the_features_of_a_mirrored_picture_need_not_be_detected(picture: Picture, found: Keypoints) -> None:
    detected = detect(np.ascontiguousarray(picture[:, ::-1]), OF_QUERY)
    which, apart = nearest(found.mirrored().places, detected.places)
    agree = np.linalg.norm(found.mirrored().descriptors - detected.descriptors[which], axis=1) < 0.3
    assert np.mean((apart < 2) & agree) > 0.6
    turned = (found.mirrored().angles - detected.angles[which] + 180) % 360 - 180
    assert np.mean(np.abs(turned[agree]) < 10) > 0.9
    # What is not mirrored looks otherwise: it is the signs that make them agree.
    otherwise = np.linalg.norm(found.descriptors - detected.descriptors[which], axis=1)
    assert np.median(otherwise) > 0.4
    twice = found.mirrored().mirrored()
    assert np.allclose(twice.places, found.places, atol=1e-3)
    assert np.array_equal(twice.descriptors, found.descriptors)


def test_a_part_that_has_the_most_corners_does_not_take_all(picture: Picture) -> None:
    """One quarter in full contrast, the rest faint: strength alone would choose from that quarter."""
    faint = (128 + (picture.astype(np.int16) - 128) // 4).astype(np.uint8)
    faint[:240, :320] = picture[:240, :320]
    found = detect(faint, OF_CATALOGUE)
    quarter = (found.places[:, 0] > 320).astype(int) + 2 * (found.places[:, 1] > 240)
    assert (np.bincount(quarter, minlength=4) >= OF_CATALOGUE.most // 8).all()


@pytest.mark.parametrize(("width", "height"), [(1280, 960), (321, 241), (2000, 1499)])
def test_features_of_another_size_lie_where_that_picture_has_them(
    found: Keypoints, picture: Picture, width: int, height: int
) -> None:
    moved = resized(found, width, height)
    same = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    detected = detect(same, OF_QUERY)
    which, apart = nearest(moved.places, detected.places)
    near = apart < 1.5 * width / 640
    assert near.mean() > 0.5
    # No drift, which half a pixel forgotten would be: the mean of many is far more precise than one.
    drift = (moved.places[near] - detected.places[which[near]]).mean(axis=0)
    assert np.abs(drift).max() < 0.2 * width / 640
    assert np.median(detected.sizes[which[near]] / moved.sizes[near]) == pytest.approx(1, abs=0.1)
    assert (moved.width, moved.height) == (width, height)
    assert np.array_equal(moved.descriptors, found.descriptors)


def test_what_is_kept_is_told_in_px_of_the_picture_in_the_file(picture: Picture) -> None:
    kept = Keypoints.unpack(kept_keypoints(picture, 6400, 4800))
    seen = Keypoints.unpack(kept_keypoints(picture, 640, 480))
    assert (kept.width, kept.height) == (6400, 4800)
    assert np.allclose((kept.places + 0.5) / 10, seen.places + 0.5, atol=0.02)
    assert kept.places.max() > 5000
    assert np.median(kept.sizes / seen.sizes) == pytest.approx(10, rel=0.05)
