from itertools import product

import numpy as np
import pytest

from search.vector_index import groups
from search.vector_index.groups import BLOCK_ROWS, Groups, bits_for, group_of, probe_costs, starts_of

BITS, COUNT = 6, 5000


def own_group(projections: np.ndarray[tuple[int], np.dtype[np.float32]]) -> int:
    return sum(1 << bit for bit in range(BITS) if projections[bit] > 0)


@pytest.fixture
def members() -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    """The groups of some rows, some groups empty and one large."""
    drawn = np.random.default_rng(1).integers(0, 2**BITS, COUNT).astype(np.uint16)
    drawn[drawn % 7 == 0] = 5
    return drawn


def test_a_group_costs_the_squares_of_the_projections_whose_signs_it_has_not() -> None:
    projections = np.random.default_rng(2).standard_normal(BITS).astype(np.float32)
    costs = probe_costs(projections)
    for group, signs in enumerate(product((0, 1), repeat=BITS)):
        bits = np.array(signs[::-1])  # the first projection is the lowest bit
        differing = bits != (projections > 0)
        assert costs[group] == pytest.approx(np.sum(projections[differing] ** 2), rel=1e-5)
    assert costs[own_group(projections)] == 0


@pytest.mark.parametrize("wanted", [1, 100, 1234, COUNT, 10 * COUNT])
def test_the_cheapest_groups_are_probed_until_there_are_rows_enough(
    members: np.ndarray[tuple[int], np.dtype[np.uint16]], wanted: int
) -> None:
    index = Groups(starts_of(members, BITS))
    projections = np.random.default_rng(3).standard_normal(64).astype(np.float32)
    probed = index.probed(projections, wanted)
    ranked = np.argsort(probe_costs(projections[:BITS]), kind="stable")
    held = np.cumsum(np.bincount(members, minlength=2**BITS)[ranked])
    needed = min(int(np.searchsorted(held, wanted)) + 1, len(ranked))
    assert len(probed) >= needed
    assert set(probed.tolist()) == set(ranked[: len(probed)].tolist())
    assert held[len(probed) - 1] >= min(wanted, COUNT)
    assert len(probed) <= needed + 1  # those that cost nearly the same come together


@pytest.mark.parametrize("wanted", [1, 100, 1234, COUNT, 10 * COUNT])
def test_blocks_hold_the_probed_groups_and_little_else(
    members: np.ndarray[tuple[int], np.dtype[np.uint16]], wanted: int
) -> None:
    index = Groups(starts_of(members, BITS))
    projections = np.random.default_rng(3).standard_normal(64).astype(np.float32)
    blocks = index.probe(projections, wanted)
    assert np.all(np.diff(blocks) > 0)
    read = (blocks[:, np.newaxis] * BLOCK_ROWS + np.arange(BLOCK_ROWS)).ravel()
    assert read[-1] < COUNT
    probed = index.probed(projections, wanted)
    of_groups = np.flatnonzero(np.isin(np.sort(members, kind="stable"), probed))
    whole = COUNT // BLOCK_ROWS * BLOCK_ROWS
    assert set(of_groups[of_groups < whole].tolist()) <= set(read.tolist())
    assert len(read) <= len(of_groups) + 2 * BLOCK_ROWS * len(probed)


def test_without_rows_there_is_nothing_to_look_at() -> None:
    assert not len(Groups(np.zeros(5, np.int64)).probe(np.ones(4, np.float32), 10))


def test_a_query_that_knows_no_group_from_another_looks_into_all(
    members: np.ndarray[tuple[int], np.dtype[np.uint16]],
) -> None:
    probed = Groups(starts_of(members, BITS)).probed(np.zeros(BITS, np.float32), 1)
    assert probed.tolist() == list(range(2**BITS))


def test_the_lowest_bits_of_the_first_word_tell_the_group() -> None:
    words = np.array([0b101, 0b1101, 2**63, 0b111], np.uint64)
    assert group_of(words, 3).tolist() == [5, 5, 0, 7]
    assert starts_of(group_of(words, 3), 3).tolist() == [0, 1, 1, 1, 1, 1, 3, 3, 4]
    assert Groups(starts_of(group_of(words, 3), 3)).bits == 3


def test_groups_grow_in_number_not_in_size() -> None:
    assert [bits_for(rows) for rows in (0, 1, groups.ROWS_A_GROUP, 2 * groups.ROWS_A_GROUP)] == [0, 0, 0, 1]
    for rows in (100_000, 1_000_000, 10_000_000):
        assert groups.ROWS_A_GROUP <= rows / 2 ** bits_for(rows) < 2 * groups.ROWS_A_GROUP
    assert bits_for(10**12) == groups.MOST_BITS


def test_the_own_group_is_the_first_and_may_be_enough(members: np.ndarray[tuple[int], np.dtype[np.uint16]]) -> None:
    index = Groups(starts_of(members, BITS))
    for seed in range(20):
        projections = np.random.default_rng(seed).standard_normal(BITS).astype(np.float32)
        own = own_group(projections)
        costs = probe_costs(projections)
        probed = index.probed(projections, 1).tolist()
        assert own in probed
        if np.any(members == own):
            assert costs[probed].max() < 1e-3 * costs.max()  # those that cost nearly nothing come with it
        else:  # nothing is in it: the next cheapest that holds something is taken
            assert np.isin(members, probed).any()


def test_all_is_read_once(members: np.ndarray[tuple[int], np.dtype[np.uint16]]) -> None:
    blocks = Groups(starts_of(members, BITS)).probe(np.ones(BITS, np.float32), COUNT)
    assert blocks.tolist() == list(range(COUNT // BLOCK_ROWS))


def test_no_bits_make_one_group() -> None:
    assert Groups(np.array([0, 40])).probe(np.ones(64, np.float32), 5).tolist() == [0, 1]
