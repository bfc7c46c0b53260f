import numpy as np

from search.vector_index.segment import GrowingRows, Rowset, Segment
from tests.vectors import DIM, draw_vectors

WORDS = 2


def a_segment(ids: list[int]) -> Segment:
    words = np.array([ids, ids], np.uint64)
    return Segment.of(np.array(ids, np.int64), draw_vectors(len(ids), seed=1).astype(np.float16), words)


def test_finds_rows_by_id_and_passes_over_others() -> None:
    segment = a_segment([2, 4, 6, 8])
    assert segment.rows_of(np.array([0, 2, 3, 8, 99])).tolist() == [0, 3]
    assert segment.without(np.array([2, 5])).rows_of(np.array([2, 4])).tolist() == [1]


def test_removing_leaves_what_a_reader_holds() -> None:
    segment = a_segment([2, 4, 6])
    less = segment.without(np.array([4]))
    assert segment.live_rows().tolist() == [0, 1, 2]
    assert less.live_rows().tolist() == [0, 2]
    assert less.without(np.array([4, 5])) is less


def test_two_segments_read_as_one() -> None:
    rowset = Rowset(a_segment([2, 4, 6]).without(np.array([4])), a_segment([3, 9]))
    rows = rowset.rows_by_id()
    assert rowset.ids(rows).tolist() == [2, 3, 6, 9]
    assert rowset.word(1, rows).tolist() == [2, 3, 6, 9]
    merged = rowset.merged()
    assert merged.ids.tolist() == [2, 3, 6, 9]
    assert np.array_equal(merged.halves, rowset.halves(rows))
    assert np.array_equal(merged.halves[1], rowset.delta.halves[0])
    assert merged.live == len(merged) == rowset.live


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
