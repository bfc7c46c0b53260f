import numpy as np
import pytest

from search.vector_index.hamming import hamming, nearest
from search.vector_index.segment import Rowset, Segment

WORDS = 4


def a_rowset(base: int, delta: int) -> Rowset:
    generator = np.random.default_rng(5)

    def segment(count: int, first_id: int) -> Segment:
        words = generator.integers(0, 2**64, (WORDS, count), np.uint64)
        return Segment.of(np.arange(first_id, first_id + count), np.zeros((count, 8), np.float16), words)

    return Rowset(segment(base, 0), segment(delta, base))


@pytest.mark.parametrize("words", [1, 2, 4])
@pytest.mark.parametrize("delta", [0, 30])
def test_counts_differing_bits(words: int, delta: int) -> None:
    rowset = a_rowset(40_000, delta)
    signature = np.random.default_rng(6).integers(0, 2**64, words, np.uint64)
    every_word = np.concatenate([rowset.base.words, rowset.delta.words], axis=1)[:words]
    expected = np.unpackbits((every_word ^ signature[:, None]).view(np.uint8).reshape(words, -1, 8), axis=2)
    expected = expected.sum(axis=(0, 2))
    assert np.array_equal(hamming(rowset, None, signature), expected)
    rows = np.array([3, 40_000 + delta - 1, 0, 39_999])
    assert np.array_equal(hamming(rowset, rows, signature), expected[rows])


def test_the_opposite_differs_in_every_bit() -> None:
    rowset = a_rowset(10, 0)
    assert hamming(rowset, None, ~rowset.base.words[:, 0])[0] == 64 * WORDS


def test_removed_rows_are_beyond_every_distance() -> None:
    rowset = a_rowset(10, 5)
    rowset = Rowset(rowset.base.without(np.array([3])), rowset.delta.without(np.array([12])))
    distances = hamming(rowset, None, ~rowset.base.words[:, 3])
    assert np.flatnonzero(distances > 64 * WORDS).tolist() == [3, 12]


@pytest.mark.parametrize("count", [1, 10, 999, 1000])
def test_nearest_takes_the_smallest_and_says_where_it_stopped(count: int) -> None:
    distances = np.random.default_rng(7).integers(90, 160, 1000).astype(np.uint16)
    positions, cutoff = nearest(distances, count, 256)
    assert len(np.unique(positions)) == count
    assert np.array_equal(np.sort(distances[positions]), np.sort(distances)[:count])
    at_cutoff = np.count_nonzero(distances == cutoff.distance)
    assert count == np.count_nonzero(distances < cutoff.distance) + round(cutoff.share * at_cutoff)


def test_a_crowd_at_one_distance_costs_no_more_than_was_asked_for() -> None:
    positions, cutoff = nearest(np.full(5000, 77, np.uint16), 100, 256)
    assert positions.tolist() == list(range(100))
    assert (cutoff.distance, cutoff.share) == (77, 100 / 5000)
