import csv

import numpy as np
import pytest

from evaluation.edits.degrading import compress
from evaluation.known_copies import COPIES_BY_EYE, copies_by_eye, find_known_copies, make_small
from feature_extractor.picture import Picture
from feature_extractor.training.sample import read_sample
from tests.evaluation.making import draw_picture
from tests.needs import shared_data


def test_finds_copies_upright_and_mirrored_and_nothing_else(rng: np.random.Generator) -> None:
    pictures = [draw_picture(seed) for seed in range(12)]
    jpeg, mirrored = compress(pictures[2], rng, quality=40), np.ascontiguousarray(pictures[5][:, ::-1])
    relit = np.clip(pictures[7] * 0.8 + 20, 0, 255).astype(np.uint8)
    small = make_small([*pictures, jpeg, mirrored, relit])
    assert small.shape == (15, 64, 64, 3)
    assert list(find_known_copies(small, [1, 2, 5, 7])) == [(2, 12), (5, 13), (7, 14)]
    assert list(find_known_copies(small, [13])) == [(13, 5)]


def shirt(seed: int) -> Picture:
    """A light shirt with a print of its own on a red sheet."""
    pixels = np.full((160, 120, 3), (170, 20, 50), np.uint8)
    pixels[30:140, 25:95] = 225
    pixels[60:120, 40:80] = np.kron(np.random.default_rng(seed).integers(0, 2, (6, 4, 1)) * 225, np.ones((10, 10, 3)))
    return pixels


def test_two_shirts_on_one_sheet_are_no_copies() -> None:
    small = make_small([shirt(seed) for seed in range(6)])
    assert list(find_known_copies(small, range(6))) == []


def test_plain_pictures_are_no_copies_of_each_other() -> None:
    small = make_small([np.full((32, 32, 3), grey, np.uint8) for grey in (0, 128, 255)])
    assert list(find_known_copies(small, range(3))) == []


def test_copies_seen_by_eye_count_both_ways_and_only_where_the_sample_holds_both() -> None:
    with COPIES_BY_EYE.open(newline="", encoding="utf-8") as file:
        seen = list(csv.DictReader(file))
    assert all(row["picture"] != row["copy"] and row["what"] for row in seen)
    one, other = seen[0]["picture"], seen[0]["copy"]
    places = {one: 4, other: 9, seen[-1]["picture"]: 2}
    assert list(copies_by_eye(places, [4])) == [(4, 9)]
    assert list(copies_by_eye(places, [9, 2])) == [(9, 4)]
    assert list(copies_by_eye({"other.png": 0}, [0])) == []


@pytest.mark.shared
def test_copies_seen_by_eye_are_in_the_shared_sample() -> None:
    names = {picture.name for picture in read_sample(shared_data())}
    with COPIES_BY_EYE.open(newline="", encoding="utf-8") as file:
        assert {name for row in csv.DictReader(file) for name in (row["picture"], row["copy"])} <= names
