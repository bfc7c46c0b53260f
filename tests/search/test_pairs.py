"""Which of two copies came first: told where they tell it, whichever is asked with, and nowhere else."""

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from data.records import Image
from feature_extractor.picture import Picture
from search.pairs import ProvenPair, SeenImage, prove_pair
from search.precedence import Clue, decide
from tests.search.known_copies import catalogued, in_greys
from tests.search.scenes import scene

WHOLE = scene(1)


def seen(number: int, pixels: Picture, *, size_bytes: int = 100_000, file_format: str = "PNG") -> SeenImage:
    """Return a picture as the catalogue knows it; other pixels have another hash."""
    picture = np.ascontiguousarray(pixels)
    image = Image(
        id=number,
        sha256=f"{number:064x}",
        pixel_sha256=f"{int(picture.sum(dtype=np.int64)):064x}",
        pdq=None,
        width=picture.shape[1],
        height=picture.shape[0],
        format=file_format,
        size_bytes=size_bytes,
        title=None,
        licence=None,
        project=None,
        collection=None,
        mature=False,
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return SeenImage(image, catalogued(picture))


def both_ways(whole: SeenImage, other: SeenImage) -> tuple[ProvenPair, ProvenPair]:
    pairs = prove_pair(whole, other), prove_pair(other, whole)
    assert pairs[0] is not None
    assert pairs[1] is not None
    return pairs[0], pairs[1]


def with_words(picture: Picture) -> Picture:
    """Return a picture with a plain sky and, on that, words."""
    marked = with_sky(picture)
    cv2.putText(marked, "RETRACE", (60, 90), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (20, 20, 20), 8)
    return marked


def with_sky(picture: Picture) -> Picture:
    skied = picture.copy()
    skied[:140] = (150, 190, 230)
    return skied


@pytest.mark.parametrize(
    ("first", "later", "clue"),
    [
        (WHOLE, WHOLE[60:420, 80:560], Clue.CROPPED),
        (WHOLE, np.pad(WHOLE, ((60, 60), (60, 60), (0, 0)), constant_values=250), Clue.PUT_INTO),
        (WHOLE, in_greys(WHOLE), Clue.COLOURS_LOST),
        (WHOLE, cv2.resize(WHOLE, (320, 240), interpolation=cv2.INTER_AREA), Clue.FEWER_PIXELS),
        (WHOLE, cv2.GaussianBlur(WHOLE, (0, 0), 6), Clue.BLURRED),
        (with_sky(WHOLE), with_words(WHOLE), Clue.ADDED),
    ],
    ids=["crop", "border", "grey", "smaller", "blurred", "words"],
)
def test_what_was_done_tells_which_came_first(first: Picture, later: Picture, clue: Clue) -> None:
    for pair in both_ways(seen(1, first), seen(2, later)):
        assert pair.first == 1, pair.precedence
        assert clue in pair.precedence.clues


@pytest.mark.parametrize(
    "other", [WHOLE[:, ::-1], np.rot90(WHOLE), 255 - WHOLE // 2], ids=["mirrored", "turned", "darker, inverted"]
)
def test_what_can_be_undone_tells_nothing(other: Picture) -> None:
    for pair in (prove_pair(seen(1, WHOLE), seen(2, other)), prove_pair(seen(2, other), seen(1, WHOLE))):
        assert pair is None or pair.first is None


def test_noise_is_not_taken_for_sharpness_nor_for_bytes() -> None:
    soft = np.asarray(cv2.GaussianBlur(WHOLE, (0, 0), 4), np.uint8)
    noise = np.random.default_rng(3).normal(0, 25, soft.shape)
    noisy = np.clip(soft + noise, 0, 255).astype(np.uint8)
    for pair in both_ways(
        seen(1, soft, size_bytes=30_000, file_format="JPEG"), seen(2, noisy, size_bytes=90_000, file_format="JPEG")
    ):
        assert pair.first is None, pair.precedence


def test_of_two_files_of_one_size_the_compressed_one_is_later() -> None:
    other = np.clip(WHOLE.astype(np.int16) + 1, 0, 255).astype(np.uint8)
    for pair in both_ways(seen(1, WHOLE), seen(2, other, size_bytes=20_000, file_format="JPEG")):
        assert (pair.first, pair.precedence.clues) == (1, (Clue.COMPRESSED,))


def test_equal_pixels_prove_a_pair_and_tell_nothing_of_time() -> None:
    for pair in both_ways(seen(1, WHOLE), SeenImage(seen(2, WHOLE, size_bytes=9).image, None)):
        assert (pair.first, pair.is_same_pixels, pair.read(1)) == (None, True, None)


def test_strangers_are_no_pair_and_neither_is_what_cannot_be_seen() -> None:
    assert prove_pair(seen(1, WHOLE), seen(2, scene(2))) is None
    assert prove_pair(seen(1, WHOLE), SeenImage(seen(2, WHOLE[:, :600]).image, None)) is None


@pytest.mark.parametrize(
    ("forward", "backward", "first", "clues"),
    [
        ((), (), None, ()),
        ((Clue.BLURRED,), (), "picture", (Clue.BLURRED,)),
        ((), (Clue.FEWER_PIXELS,), "query", (Clue.FEWER_PIXELS,)),
        ((Clue.CROPPED,), (Clue.FEWER_PIXELS,), "picture", (Clue.CROPPED,)),
        ((Clue.CROPPED,), (Clue.ADDED,), None, (Clue.CROPPED, Clue.ADDED)),
        ((Clue.BLURRED,), (Clue.COMPRESSED,), None, (Clue.BLURRED, Clue.COMPRESSED)),
        ((Clue.COLOURS_LOST,), (Clue.ADDED,), "picture", (Clue.COLOURS_LOST,)),
        ((Clue.ADDED,), (Clue.BLURRED,), "query", (Clue.BLURRED,)),
    ],
)
def test_strong_clues_count_before_others_and_nothing_is_decided_at_odds(
    forward: tuple[Clue, ...], backward: tuple[Clue, ...], first: str | None, clues: tuple[Clue, ...]
) -> None:
    found = decide(forward, backward)
    assert (found.first, found.clues) == (first, clues)
