"""The bands find what comparing everything finds."""

import numpy as np
import pytest
from numpy.typing import NDArray

from errors import BadRequest, DescriptorShapeError
from feature_extractor.hashes import pdq_distances
from search.hash_table import BANDED_DISTANCE, LEAST_BANDED, HashTable


def flipped(rng: np.random.Generator, hashes: NDArray[np.uint8], bits: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return hashes, each with so many of its bits turned round, anywhere."""
    unpacked = np.unpackbits(hashes, axis=1)
    for row, number in zip(unpacked, bits, strict=True):
        row[rng.choice(256, number, replace=False)] ^= 1
    return np.packbits(unpacked, axis=1)


@pytest.fixture(scope="module")
def hashes() -> NDArray[np.uint8]:
    """More hashes than the bands are made for, half of them near to one another, as those of real pictures are."""
    rng = np.random.default_rng(7)
    number = LEAST_BANDED + 1_000
    centres = rng.integers(0, 256, (50, 32), dtype=np.uint8)
    near = flipped(rng, centres[rng.integers(0, 50, number // 2)], rng.integers(0, 70, number // 2))
    return np.concatenate([near, rng.integers(0, 256, (number - number // 2, 32), dtype=np.uint8)])


@pytest.mark.parametrize("max_distance", [0, 1, 15, 16, 31, 32, 60])
def test_near_is_what_all_comparisons_say(hashes: NDArray[np.uint8], max_distance: int) -> None:
    rng = np.random.default_rng(max_distance)
    bits = np.array([*range(0, 64, 4), max_distance, max_distance, max_distance + 1], np.int64)
    queries = flipped(rng, hashes[rng.integers(0, len(hashes), len(bits))], bits)
    found = list(HashTable(hashes).near(queries, max_distance))
    assert len(found) == len(queries)
    assert any(len(near.rows) for near in found)
    for query, near in zip(queries, found, strict=True):
        distances = pdq_distances(query.tobytes(), hashes)
        rows = np.flatnonzero(distances <= max_distance)
        rows = rows[np.lexsort((rows, distances[rows]))]
        assert near.rows.tolist() == rows.tolist()
        assert near.distances.tolist() == distances[rows].tolist()


def test_the_worst_spread_of_bits_is_found() -> None:
    """One bit of one band and two of every other: the most that the bands can bear."""
    table = np.zeros((LEAST_BANDED, 32), np.uint8)
    table[:-1] = 255
    query = np.zeros((1, 32), np.uint8)
    query[0, ::2] = 0b11
    query[0, 0] = 0b1
    [near] = HashTable(table).near(query, BANDED_DISTANCE)
    assert (near.rows.tolist(), near.distances.tolist()) == ([LEAST_BANDED - 1], [31])


def test_small_and_empty_tables(hashes: NDArray[np.uint8]) -> None:
    [near] = HashTable(hashes[:0]).near(hashes[:1], 256)
    assert near.rows.tolist() == []
    [near] = HashTable(hashes[:5]).near(hashes[:1], 256)
    assert sorted(near.rows.tolist()) == list(range(5))
    assert list(HashTable(hashes[:5]).near(hashes[:0], 31)) == []


def test_what_is_no_hash_or_distance_is_refused(hashes: NDArray[np.uint8]) -> None:
    with pytest.raises(DescriptorShapeError):
        HashTable(hashes[:, :31])
    with pytest.raises(BadRequest):
        list(HashTable(hashes[:5]).near(hashes[:1], 257))
