import io

import numpy as np
import pdqhash  # type: ignore[import-untyped]  # ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from errors import DescriptorShapeError
from feature_extractor.hashes import (
    PDQ_BYTES,
    PDQ_MATCH_DISTANCE,
    PDQ_MIN_QUALITY,
    compute_pdq,
    pdq_distance,
    pdq_distances,
)
from feature_extractor.picture import Picture

hash_bytes = st.binary(min_size=PDQ_BYTES, max_size=PDQ_BYTES)


def scene(seed: int, width: int = 640, height: int = 480) -> Picture:
    """Return random soft shapes: large ones, as in pictures, not noise."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def test_small_pictures_have_the_hash_of_the_reference() -> None:
    pixels = scene(1, 512, 384)
    bits, quality = pdqhash.compute(pixels)
    hashed = compute_pdq(pixels)
    assert np.array_equal(np.unpackbits(np.frombuffer(hashed.bits, np.uint8)), bits)
    assert hashed.quality == quality


def test_the_text_form_is_the_one_other_programs_exchange() -> None:
    bits, _ = pdqhash.compute(scene(1, 512, 384))
    spelled = f"{int(''.join(map(str, bits)), 2):064x}"
    assert compute_pdq(scene(1, 512, 384)).bits.hex() == spelled


@pytest.mark.parametrize("seed", range(8))
def test_copies_are_near_and_others_far(seed: int) -> None:
    pixels = scene(seed)
    original = compute_pdq(pixels)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=40)
    copies = [
        np.asarray(Image.open(buffer)),
        np.asarray(Image.fromarray(pixels).resize((300, 225))),
        np.asarray(Image.fromarray(pixels).resize((1600, 1200))),
        np.clip(pixels.astype(int) + 12, 0, 255).astype(np.uint8),
    ]
    assert original.quality >= PDQ_MIN_QUALITY
    for copy in copies:
        assert pdq_distance(original.bits, compute_pdq(copy).bits) <= PDQ_MATCH_DISTANCE
    for other in (scene(seed + 100), pixels[:, ::-1].copy()):
        assert pdq_distance(original.bits, compute_pdq(other).bits) > 2 * PDQ_MATCH_DISTANCE


def test_flat_pictures_are_of_no_quality() -> None:
    assert compute_pdq(np.full((300, 300, 3), 128, np.uint8)).quality < PDQ_MIN_QUALITY


@pytest.mark.parametrize(("width", "height"), [(16, 16), (16, 2048), (2048, 16), (511, 513), (2048, 2048)])
def test_every_size_of_a_decoded_picture_has_a_hash(width: int, height: int) -> None:
    pixels = scene(5, width, height)
    pixels.flags.writeable = False
    hashed = compute_pdq(pixels)
    assert len(hashed.bits) == PDQ_BYTES
    assert 0 <= hashed.quality <= 100
    assert type(hashed.quality) is int


@given(hash_bytes, hash_bytes, hash_bytes)
def test_the_distance_is_a_metric(first: bytes, second: bytes, third: bytes) -> None:
    assert pdq_distance(first, first) == 0
    assert (pdq_distance(first, second) == 0) == (first == second)
    assert pdq_distance(first, second) == pdq_distance(second, first) <= 256
    assert pdq_distance(first, third) <= pdq_distance(first, second) + pdq_distance(second, third)


@given(hash_bytes, st.lists(hash_bytes, max_size=20))
def test_distances_to_many_are_those_to_each(one: bytes, many: list[bytes]) -> None:
    table = np.frombuffer(b"".join(many), np.uint8).reshape(-1, PDQ_BYTES)
    distances = pdq_distances(one, table)
    assert distances.dtype == np.int64
    assert distances.tolist() == [pdq_distance(one, other) for other in many]
    wide = np.repeat(table, 2, axis=0)[::2]  # rows that do not lie side by side
    assert np.array_equal(pdq_distances(one, wide), distances)


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33)])
def test_hashes_of_another_length_are_refused(wrong: bytes) -> None:
    for first, second in ((wrong, bytes(32)), (bytes(32), wrong)):
        with pytest.raises(DescriptorShapeError):
            pdq_distance(first, second)
    with pytest.raises(DescriptorShapeError):
        pdq_distances(wrong, np.zeros((3, 32), np.uint8))
    with pytest.raises(DescriptorShapeError):
        pdq_distances(bytes(32), np.zeros((3, 31), np.uint8))
    with pytest.raises(DescriptorShapeError):
        pdq_distances(bytes(32), np.zeros((3, 32), np.int8))
