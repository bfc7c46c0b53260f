import numpy as np
import pytest
from numpy.typing import NDArray

from search.vector_index.groups import Groups
from search.vector_index.segment import GrowingRows, Order, Rowset, Segment
from tests.vectors import DIM, draw_vectors

WORDS = 2


def a_segment(ids: list[int]) -> Segment:
    words = np.array([ids, ids], np.uint64)
    return Segment.of(np.array(ids, np.int64), draw_vectors(len(ids), seed=1).astype(np.float16), words)


def shuffled(segment: Segment, seed: int) -> Segment:
    """The same ids, vectors and signatures, the rows in another order."""
    rank_of = np.random.default_rng(seed).permutation(len(segment)).astype(np.int32)
    row_of = np.argsort(rank_of).astype(np.int32)
    order = Order(row_of, rank_of, Groups(np.array([0, len(segment)])))
    return Segment.of(segment.ids, segment.halves[rank_of], segment.words[:, rank_of], order)


def draw_ids(seed: int, count: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(seed).choice(300, count, replace=False))


def test_finds_rows_by_id_and_passes_over_others() -> None:
    segment = a_segment([2, 4, 6, 8])
    assert segment.rows_of(np.array([0, 2, 3, 8, 99])).tolist() == [0, 3]
    assert segment.without(np.array([2, 5])).rows_of(np.array([2, 4])).tolist() == [1]


def test_removing_leaves_what_a_reader_holds() -> None:
    segment = a_segment([2, 4, 6])
    less = segment.without(np.array([4]))
    assert segment.rows_by_id().tolist() == [0, 1, 2]
    assert less.rows_by_id().tolist() == [0, 2]
    assert (segment.live, less.live, len(less)) == (3, 2, 3)
    assert less.without(np.array([4, 5])) is less


@pytest.mark.parametrize("seed", range(5))
def test_rows_in_any_order_are_found_and_removed_alike(seed: int) -> None:
    plain = a_segment(draw_ids(seed, 120).tolist())
    ordered = shuffled(plain, seed)
    for turn in range(4):
        asked = draw_ids(100 * seed + turn, 90)
        for rows, others in (
            (plain.rows_of(asked), ordered.rows_of(asked)),
            (plain.rows_by_id(), ordered.rows_by_id()),
        ):
            assert np.array_equal(plain.ids_of(rows), ordered.ids_of(others))
            assert np.array_equal(plain.halves[rows], ordered.halves[others])
            assert np.array_equal(plain.words[:, rows], ordered.words[:, others])
        every_row = np.arange(len(ordered))
        assert (
            ordered.ids_of(every_row)[ordered.rows_of(asked)].tolist()
            == np.intersect1d(asked, ordered.ids_of(ordered.rows_by_id())).tolist()
        )
        gone = draw_ids(100 * seed + turn + 50, 40)
        plain, ordered = plain.without(gone), ordered.without(gone)
        assert plain.live == ordered.live == len(ordered.rows_by_id())
        assert not len(ordered.rows_of(gone))


def test_an_order_is_counted_as_memory() -> None:
    plain = a_segment([2, 4, 6, 8])
    assert shuffled(plain, 1).nbytes == plain.nbytes + 2 * 4 * 4 + 2 * 8


def test_an_empty_segment_holds_nothing() -> None:
    empty = Segment.empty(DIM, WORDS)
    assert empty.rows_of(np.array([0, 7])).tolist() == []
    assert empty.rows_by_id().tolist() == []
    assert empty.without(np.array([7])) is empty


@pytest.mark.parametrize("base", [a_segment([2, 4, 6]), shuffled(a_segment([2, 4, 6]), 3)])
def test_two_segments_read_as_one(base: Segment) -> None:
    rowset = Rowset(base.without(np.array([4])), a_segment([3, 9]))
    rows = rowset.rows_by_id()
    assert rowset.ids(rows).tolist() == [2, 3, 6, 9]
    assert rowset.word(1, rows).tolist() == [2, 3, 6, 9]
    assert rowset.words(rows).tolist() == [[2, 3, 6, 9]] * WORDS
    three = draw_vectors(3, seed=1).astype(np.float16)
    two = draw_vectors(2, seed=1).astype(np.float16)
    assert np.array_equal(rowset.halves(rows), [three[0], two[0], three[2], two[1]])
    assert sorted(rowset.ids(rowset.rows_of(np.array([3, 4, 6, 7]))).tolist()) == [3, 6]
    assert (rowset.size, rowset.live) == (5, 4)


def test_appending_never_changes_what_was_handed_out() -> None:
    growing, segment = GrowingRows(DIM, WORDS), Segment.empty(DIM, WORDS)
    handed_out = []
    for first in range(0, 3000, 100):
        new = a_segment(list(range(first, first + 100)))
        segment = growing.append(segment, new.ids, new.halves, new.words).without(np.array([first + 7]))
        handed_out.append((segment, segment.ids.copy(), segment.halves.copy(), segment.words.copy()))
    for seen, ids, halves, words in handed_out:
        assert np.array_equal(seen.ids, ids)
        assert np.array_equal(seen.halves, halves)
        assert np.array_equal(seen.words, words)
        assert seen.live == len(ids) * 99 // 100
