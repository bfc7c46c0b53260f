import numpy as np
import pytest

from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from search.vector_index.segmented import SegmentedIndex
from tests.vectors import IDENTITY, draw_vectors


class EagerExact(ExactIndex):
    """Tidies up after a few changes."""

    removed_at_least, delta_at_least = 10, 20


class EagerLSH(LSHIndex):
    """Tidies up after a few changes."""

    removed_at_least, delta_at_least = 10, 20


@pytest.mark.parametrize("implementation", [EagerExact, EagerLSH])
def test_what_a_reader_took_never_changes(implementation: type[SegmentedIndex]) -> None:
    index, generator = implementation(IDENTITY), np.random.default_rng(1)
    taken = []
    for turn in range(150):
        ids = generator.choice(200, 5, replace=False)
        index.add(ids, draw_vectors(5, turn))
        index.remove(generator.choice(200, 2))
        rowset = index._rowset  # what a search takes, for as long as it runs
        rows = rowset.rows_by_id()
        taken.append((rowset, rowset.ids(rows), rowset.halves(rows)))
    for rowset, ids, halves in taken:
        rows = rowset.rows_by_id()
        assert np.array_equal(rowset.ids(rows), ids)
        assert np.array_equal(rowset.halves(rows), halves)


@pytest.mark.parametrize("implementation", [EagerExact, EagerLSH])
def test_removed_rows_do_not_pile_up(implementation: type[SegmentedIndex]) -> None:
    index = implementation(IDENTITY)
    vectors = draw_vectors(100, 1)
    for _ in range(50):
        index.add(np.arange(100), vectors)
    assert len(index) == 100
    assert index._rowset.size < 250
    index.remove(np.arange(100))
    assert (len(index), index._rowset.size) == (0, 0)


def test_a_small_addition_copies_no_more_than_itself() -> None:
    index = LSHIndex(IDENTITY)
    index.add(np.arange(70_000), draw_vectors(70_000, 1))  # large enough to become the base at once
    base = index._rowset.base
    index.add(np.array([70_000]), draw_vectors(1, 2))
    index.remove(np.array([3]))
    assert index._rowset.base.halves is base.halves
    assert len(index._rowset.delta) == 1
