from itertools import pairwise

import numpy as np
import pytest

from search.vector_index import arrangement
from search.vector_index.arrangement import Arrangement, arrange_by_group, arrange_by_id
from search.vector_index.coder import fit_coder
from search.vector_index.contract import Ids
from search.vector_index.groups import group_of
from search.vector_index.half_precision import widen
from search.vector_index.segment import Rowset, Segment
from tests.vectors import DIM, draw_vectors

Triple = tuple[int, bytes, tuple[int, ...]]
BITS = 4


def a_segment(ids: Ids, seed: int) -> Segment:
    words = np.random.default_rng(seed).integers(0, 2**64, (2, len(ids)), np.uint64)
    return Segment.of(ids, draw_vectors(len(ids), seed).astype(np.float16), words)


def triples(segment: Segment, offset: int = 0) -> dict[int, Triple]:
    """The live rows, by row: id, vector and signature."""
    rows = segment.rows_by_id()
    found = zip(segment.ids_of(rows).tolist(), segment.halves[rows], segment.words.T[rows].tolist(), strict=True)
    return {
        row + offset: (one, half.tobytes(), tuple(words))
        for row, (one, half, words) in zip(rows.tolist(), found, strict=True)
    }


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrangement, "_BLOCK_ROWS", 37)


@pytest.fixture(scope="module")
def source() -> Rowset:
    """A base in groups and a delta whose ids lie between its own, rows of both removed."""
    ids = np.random.default_rng(1).permutation(1000)
    base, delta = a_segment(np.sort(ids[:600]), 2), a_segment(np.sort(ids[600:800]), 3)
    base = arrange_by_group(arrange_by_id(Rowset(base, Segment.empty(DIM, 2))), 3).segment()
    assert base.order is not None
    return Rowset(base.without(np.arange(0, 1000, 7)), delta.without(np.arange(0, 1000, 5)))


@pytest.fixture(scope="module")
def by_id(source: Rowset) -> Arrangement:
    return arrange_by_id(source)


def test_by_id_keeps_every_vector_and_signature_with_its_id(source: Rowset, by_id: Arrangement) -> None:
    segment = by_id.segment()
    assert np.all(np.diff(segment.ids) > 0)
    assert (segment.order, segment.alive, segment.live) == (None, None, source.live)
    held = triples(source.base) | triples(source.delta, len(source.base))
    assert set(triples(segment).values()) == set(held.values())
    assert [held[row] for row in by_id.rows.tolist()] == list(triples(segment).values())


@pytest.mark.parametrize("bits", [1, BITS, 9])
def test_by_group_keeps_them_too(by_id: Arrangement, bits: int) -> None:
    arranged = arrange_by_group(by_id, bits)
    assert list(triples(arranged.segment()).values()) == list(triples(by_id.segment()).values())


def test_rows_of_a_group_lie_together_in_the_order_of_their_ids(by_id: Arrangement) -> None:
    segment = arrange_by_group(by_id, BITS).segment()
    assert segment.order is not None
    starts = segment.order.groups.starts
    assert len(starts) == 2**BITS + 1
    ids = segment.ids_of(np.arange(len(segment)))
    for group, (start, stop) in enumerate(pairwise(starts)):
        assert np.all(group_of(segment.words[0, start:stop], BITS) == group)
        assert np.all(np.diff(ids[start:stop]) > 0)
    assert starts[-1] == len(segment)


def test_rows_and_ranks_are_each_others_inverse(by_id: Arrangement) -> None:
    order = arrange_by_group(by_id, BITS).order
    assert order is not None
    every = np.arange(len(by_id.ids))
    assert np.array_equal(order.row_of[order.rank_of], every)
    assert np.array_equal(order.rank_of[order.row_of], every)
    assert order.row_of.dtype == order.rank_of.dtype == np.int32


def test_no_bits_leave_rows_in_the_order_of_their_ids(by_id: Arrangement) -> None:
    assert arrange_by_group(by_id, 0) is by_id


def test_vectors_come_in_blocks_as_they_shall_lie(by_id: Arrangement) -> None:
    arranged = arrange_by_group(by_id, BITS)
    blocks = list(arranged.halves())
    assert max(map(len, blocks)) == 37
    assert np.array_equal(np.concatenate(blocks), arranged.segment().halves)


def test_signing_anew_signs_each_vector_as_it_lies(source: Rowset, by_id: Arrangement) -> None:
    vectors = widen(source.halves(by_id.rows))
    coder = fit_coder(vectors, 128, 1, lead=BITS, drawn_from=len(vectors))
    signed = by_id.signed_by(coder)
    # A product of another size may round a projection near its threshold to the other side.
    assert (signed.words == coder.sign(source.halves(by_id.rows))).mean() > 0.99
    assert signed.ids is by_id.ids
    ordered = arrange_by_group(signed, BITS)
    rows = ordered.segment().rows_by_id()
    assert np.array_equal(ordered.segment().words[:, rows], signed.words)


def test_nothing_can_be_arranged() -> None:
    nothing = Segment.empty(DIM, 2)
    by_id = arrange_by_id(Rowset(nothing, nothing))
    assert len(by_id.segment()) == 0
    assert len(arrange_by_group(by_id, BITS).segment()) == 0
