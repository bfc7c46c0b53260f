import numpy as np
import pytest
from numpy.typing import NDArray

from search.vector_index.hamming import GREATEST_WEIGHT, distances, nearest, signatures_of

WORDS = 4


def words_of(count: int, seed: int = 5) -> NDArray[np.uint64]:
    return np.random.default_rng(seed).integers(0, 2**64, (WORDS, count), np.uint64)


def bits_of(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """The bits of signatures, (n, 64 words)."""
    return np.unpackbits(np.ascontiguousarray(words.T).view(np.uint8), axis=1, bitorder="little")


def projections_of(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(64 * WORDS).astype(np.float32)


@pytest.mark.parametrize("count", [1, 2, WORDS])
def test_a_distance_sums_the_weights_of_the_bits_that_differ(count: int) -> None:
    words, projections = words_of(300), projections_of(6)
    signature = signatures_of(projections[np.newaxis])[0]
    unit = np.quantile(np.abs(projections), 0.95, method="nearest") / GREATEST_WEIGHT
    weights = np.minimum(np.rint(np.abs(projections) / unit), GREATEST_WEIGHT)[: 64 * count]
    differing = bits_of(words[:count]) != (projections[: 64 * count] > 0)
    assert np.array_equal(distances(list(words[:count]), signature), differing @ weights)
    assert signature.greatest[count - 1] == weights.sum()


def test_the_own_signature_is_at_no_distance_and_its_opposite_at_the_greatest() -> None:
    signature = signatures_of(projections_of(7)[np.newaxis])[0]
    own, opposite = (list(words[:, np.newaxis]) for words in (signature.words, ~signature.words))
    assert distances(own, signature).tolist() == [0]
    assert distances(opposite, signature).tolist() == [signature.greatest[-1]]


def test_queries_have_at_once_the_signatures_that_they_have_alone() -> None:
    projections = np.stack([projections_of(seed) for seed in range(5)])
    for together, own in zip(signatures_of(projections), projections, strict=True):
        alone = signatures_of(own[np.newaxis])[0]
        assert np.array_equal(together.words, alone.words)
        assert np.array_equal(together.masks, alone.masks)
        assert together.greatest == alone.greatest
    assert signatures_of(np.empty((0, 64 * WORDS), np.float32)) == []


def test_the_order_is_nearly_that_of_the_projections_themselves() -> None:
    words, projections = words_of(4000), projections_of(8)
    true = (bits_of(words) != (projections > 0)) @ np.abs(projections)
    found = distances(list(words), signatures_of(projections[np.newaxis])[0])
    assert np.corrcoef(true, found)[0, 1] > 0.95


def test_a_query_without_any_certainty_tells_nothing_and_fails_not() -> None:
    assert distances(list(words_of(3)), signatures_of(np.zeros((1, 64 * WORDS), np.float32))[0]).tolist() == [0, 0, 0]


@pytest.mark.parametrize("count", [1, 10, 999, 1000])
def test_nearest_takes_the_smallest_in_the_order_of_their_places(count: int) -> None:
    found = np.random.default_rng(7).integers(90, 160, 1000).astype(np.uint16)
    positions = nearest(found, count, 256)
    assert np.all(np.diff(positions) > 0)
    assert len(positions) == count
    assert np.array_equal(np.sort(found[positions]), np.sort(found)[:count])
    last = found[positions].max()
    taken = positions[found[positions] == last]
    assert np.array_equal(taken, np.flatnonzero(found == last)[: len(taken)])


def test_what_is_beyond_the_greatest_distance_is_never_taken() -> None:
    found = np.array([3, 255, 7, 255, 9], np.uint8)
    assert nearest(found, 2, 90).tolist() == [0, 2]
    assert nearest(found, 5, 90).tolist() == [0, 2, 4]
    assert nearest(found[1:2], 1, 90).tolist() == []


def test_a_crowd_at_one_distance_costs_no_more_than_was_asked_for() -> None:
    assert nearest(np.full(5000, 77, np.uint16), 100, 256).tolist() == list(range(100))
