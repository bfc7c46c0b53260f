"""Groups without chains, and candidates that the hashes bring together."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.duplicates.candidates import PDQ_BITS, pdq_pairs
from search.duplicates.grouping import group_by_head

EDGES = st.sets(st.tuples(st.integers(1, 12), st.integers(1, 12)).filter(lambda pair: pair[0] < pair[1]), max_size=30)


def rank(picture: int) -> tuple[int, ...]:
    return (-picture,)


@given(EDGES)
def test_every_member_is_proven_against_its_head_and_in_one_group(edges: set[tuple[int, int]]) -> None:
    groups = group_by_head(edges, rank)
    placed = [one for head, members in groups for one in (head, *members)]
    assert len(placed) == len(set(placed))
    for head, members in groups:
        assert members
        assert all((min(head, one), max(head, one)) in edges for one in members)
    # No proven pair is left of which neither is in a group.
    assert all(one in placed or other in placed for one, other in edges)
    sizes = [len(members) for _, members in groups]
    assert sizes == sorted(sizes, reverse=True)


def test_a_chain_is_no_group() -> None:
    # 3 is a collage of 1 and 4: two pictures that have nothing to do with each other.
    groups = group_by_head([(1, 2), (1, 3), (1, 6), (3, 4), (4, 5), (4, 7)], rank)
    assert [(head, members) for head, members in groups] == [(1, [2, 3, 6]), (4, [5, 7])]


def test_hashes_that_are_near_are_brought_together_and_no_others() -> None:
    generator = np.random.default_rng(3)
    hashes = generator.integers(0, 256, (400, 32), dtype=np.uint8)
    near = hashes[:200].copy()
    for row in near:  # fifteen bits anywhere: one of sixteen bands stays as it is
        for bit in generator.choice(256, 15, replace=False):
            row[bit // 8] ^= 1 << (bit % 8)
    ids = np.arange(1, 601, dtype=np.int64)
    whole = np.concatenate([hashes, near])
    pairs = set(pdq_pairs(ids, whole))
    assert pairs == {(number, number + 400) for number in range(1, 201)}
    apart = np.bitwise_count(whole[:, None].view(np.uint64) ^ whole[None].view(np.uint64)).sum(axis=2)
    assert all(apart[one - 1, other - 1] <= PDQ_BITS for one, other in pairs)
    assert list(pdq_pairs(ids[:1], whole[:1])) == list(pdq_pairs(ids[:0], whole[:0])) == []
