from itertools import product

import numpy as np
import pytest

from search.vector_index import groups
from search.vector_index.groups import Groups, bits_for, group_of, probe_costs, starts_of

BITS, COUNT = 6, 5000


@pytest.fixture
def members() -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    """The groups of some rows, some groups empty and one large."""
    drawn = np.random.default_rng(1).integers(0, 2**BITS, COUNT).astype(np.uint16)
    drawn[drawn % 7 == 0] = 5
    return drawn


def test_a_group_costs_the_squares_of_the_projections_whose_signs_it_has_not() -> None:
    projections = np.random.default_rng(2).standard_normal(BITS).astype(np.float32)
    own, costs = probe_costs(projections)
    for group, signs in enumerate(product((0, 1), repeat=BITS)):
        bits = np.array(signs[::-1])  # the first projection is the lowest bit
        differing = bits != (projections > 0)
        assert costs[group ^ own] == pytest.approx(np.sum(projections[differing] ** 2), rel=1e-5)
    assert costs[0] == 0


@pytest.mark.parametrize("wanted", [1, 100, 1234, COUNT, 10 * COUNT])
def test_the_cheapest_groups_are_probed_until_there_are_rows_enough(
    members: np.ndarray[tuple[int], np.dtype[np.uint16]], wanted: int
) -> None:
    index = Groups(starts_of(members, BITS))
    projections = np.random.default_rng(3).standard_normal(64).astype(np.float32)
    starts, stops = index.probe(projections, wanted)
    assert np.all(starts < stops)
    assert np.all(stops[:-1] < starts[1:])  # ascending, with gaps
    held = int((stops - starts).sum())
    assert held >= min(wanted, COUNT)
    own, costs = probe_costs(projections[:BITS])
    ranked = np.argsort(costs, kind="stable") ^ own
    sizes = np.bincount(members, minlength=2**BITS)[ranked]
    needed = int(np.searchsorted(np.cumsum(sizes), wanted)) + 1
    rows = set(np.concatenate([np.arange(a, b) for a, b in zip(starts, stops, strict=True)]).tolist())
    by_group = np.sort(members, kind="stable")
    assert rows == set(np.flatnonzero(np.isin(by_group, ranked[:needed])).tolist())


def test_without_rows_there_is_nothing_to_look_at() -> None:
    starts, stops = Groups(np.zeros(5, np.int64)).probe(np.ones(4, np.float32), 10)
    assert (stops - starts).sum() == 0


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
        own, _ = probe_costs(projections)
        assert own == sum(1 << bit for bit in range(BITS) if projections[bit] > 0)
        starts, stops = index.probe(projections, 1)
        if np.any(members == own):
            assert (starts.tolist(), stops.tolist()) == ([index.starts[own]], [index.starts[own + 1]])
        else:  # nothing is in it: the next cheapest that holds something is taken
            assert (stops - starts).sum() > 0


def test_all_is_read_as_one_slice(members: np.ndarray[tuple[int], np.dtype[np.uint16]]) -> None:
    starts, stops = Groups(starts_of(members, BITS)).probe(np.ones(BITS, np.float32), COUNT)
    assert (starts.tolist(), stops.tolist()) == ([0], [COUNT])


def test_no_bits_make_one_group() -> None:
    starts, stops = Groups(np.array([0, 40])).probe(np.ones(64, np.float32), 5)
    assert (starts.tolist(), stops.tolist()) == ([0], [40])
