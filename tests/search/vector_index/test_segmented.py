from typing import Any

import numpy as np
import pytest

from search.vector_index.exact import ExactIndex
from search.vector_index.segmented import SegmentedIndex
from tests.eager import EagerExact, EagerLSH, plan_for_few
from tests.vectors import IDENTITY, draw_vectors

eager_index = pytest.mark.parametrize("implementation", [EagerExact, EagerLSH])


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    plan_for_few(monkeypatch)


@eager_index
def test_what_a_reader_took_never_changes(implementation: type[SegmentedIndex[Any]]) -> None:
    index, generator = implementation(IDENTITY), np.random.default_rng(1)
    taken, queries = [], draw_vectors(2, seed=1)
    for turn in range(150):
        ids = generator.choice(200, 5, replace=False)
        index.add(ids, draw_vectors(5, turn))
        index.remove(generator.choice(200, 2))
        state = index._state  # what a search takes, for as long as it runs
        rows = state.rowset.rows_by_id()
        answer = index._search(state, queries, 10, None, None)
        taken.append((state, state.rowset.ids(rows), state.rowset.halves(rows), answer))
    assert implementation is EagerExact or not all(answer.report.exact for *_, answer in taken)
    for state, ids, halves, answer in taken:
        rows = state.rowset.rows_by_id()
        assert np.array_equal(state.rowset.ids(rows), ids)
        assert np.array_equal(state.rowset.halves(rows), halves)
        again = index._search(state, queries, 10, None, None)
        assert np.array_equal(again.ids, answer.ids)
        assert np.array_equal(again.scores, answer.scores)
        assert again.report == answer.report


@eager_index
def test_removed_rows_do_not_pile_up(implementation: type[SegmentedIndex[Any]]) -> None:
    index = implementation(IDENTITY)
    vectors = draw_vectors(100, 1)
    for _ in range(50):
        index.add(np.arange(100), vectors)
    assert len(index) == 100
    assert index._state.rowset.size < 250
    index.remove(np.arange(100))
    assert (len(index), index._state.rowset.size) == (0, 0)


@eager_index
def test_compacting_changes_no_answer(implementation: type[SegmentedIndex[Any]]) -> None:
    index, vectors = implementation(IDENTITY), draw_vectors(400, 1)
    index.add(np.arange(300), vectors[:300])
    index.add(np.arange(300, 330), vectors[300:330])
    index.remove(np.arange(0, 30, 2))
    rowset, before = index._state.rowset, index.search(vectors[390:], 5, effort=1.0)
    assert rowset.base.alive is not None
    assert len(rowset.delta) == 30
    index.compact()
    rowset, after = index._state.rowset, index.search(vectors[390:], 5, effort=1.0)
    assert (rowset.size, len(rowset.delta)) == (len(index), 0)
    assert np.array_equal(before.ids, after.ids)
    assert np.array_equal(before.scores, after.scores)


def test_a_small_addition_copies_no_more_than_itself() -> None:
    index = ExactIndex(IDENTITY)
    index.add(np.arange(10_000), draw_vectors(10_000, 1))  # large enough to become the base at once
    base = index._state.rowset.base
    index.add(np.array([10_000]), draw_vectors(1, 2))
    index.remove(np.array([3]))
    assert index._state.rowset.base.halves is base.halves
    assert len(index._state.rowset.delta) == 1
