import numpy as np
import pytest
from numpy.typing import NDArray

from search.vector_index import measured as module
from search.vector_index.arrangement import Arrangement, arrange_by_id
from search.vector_index.coder import Coder, fit_coder
from search.vector_index.exact import ExactIndex
from search.vector_index.groups import group_of, probe_costs
from search.vector_index.half_precision import widen
from search.vector_index.hamming import distances, signatures_of
from search.vector_index.measured import QUERIES, Measured, measure
from search.vector_index.segment import Rowset, Segment
from tests.vectors import DIM, IDENTITY, draw_vectors, unit

GROUP_BITS, COUNT = 3, QUERIES  # so that every vector is searched for


def rows_of(vectors: NDArray[np.float32], ids: NDArray[np.int64]) -> tuple[Coder, Arrangement]:
    coder = fit_coder(vectors, 256, 1, lead=GROUP_BITS, drawn_from=len(vectors))
    halves = vectors.astype(np.float16)
    rows = Segment.of(ids, halves, coder.sign(halves))
    return coder, arrange_by_id(Rowset(rows, Segment.empty(DIM, 4)))


def measured_of(vectors: NDArray[np.float32], seed: int = 1) -> Measured:
    coder, rows = rows_of(vectors, np.arange(len(vectors)) * 3)
    return measure(coder, rows, GROUP_BITS, seed)


def test_depths_are_those_of_counting_one_by_one() -> None:
    vectors, ids = draw_vectors(COUNT, seed=1, clusters=10), np.arange(COUNT) * 3 + 5
    coder, rows = rows_of(vectors, ids)
    measured = measure(coder, rows, GROUP_BITS, seed=1)
    queries = widen(vectors.astype(np.float16))
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    oracle = ExactIndex(IDENTITY)
    oracle.add(ids, vectors)
    found = oracle.search(queries, COUNT).ids
    projections = coder.project(queries)
    groups = group_of(rows.words[0], GROUP_BITS)
    assert measured.rows == COUNT
    for number, own_id in enumerate(ids.tolist()):
        places = np.searchsorted(ids, found[number][found[number] != own_id][:100])
        cost_of = probe_costs(projections[number, :GROUP_BITS])[groups]
        before = [(cost_of < cost_of[place]).mean() for place in places]
        assert np.allclose(measured.groups[number], before)
        signature = signatures_of(projections[[number]])[0]
        for count, depths in ((1, measured.first), (2, measured.second), (4, measured.whole)):
            far = distances(list(rows.words[:count]), signature).astype(int)
            nearer = [(far < far[place]).mean() + (far == far[place]).mean() / 2 for place in places]
            assert np.allclose(depths[number], nearer)


def test_a_vector_is_never_its_own_neighbour_and_its_twin_is_the_first() -> None:
    vectors = np.repeat(draw_vectors(COUNT // 2, seed=2, clusters=COUNT), 2, axis=0)
    measured = measured_of(vectors)
    assert np.all(measured.groups[:, 0] == 0)
    assert np.allclose(measured.whole[:, 0], 1 / COUNT)  # half of two that are as near


def test_what_is_near_stands_high_and_the_more_words_the_higher() -> None:
    measured = measured_of(draw_vectors(3000, seed=3, clusters=60))
    for depths in (measured.groups, measured.first, measured.second, measured.whole):
        assert depths.shape == (QUERIES, 100)
        assert depths.dtype == np.float32
        assert np.all((depths >= 0) & (depths <= 1))
        assert depths[:, :10].mean() < depths[:, -10:].mean() < 0.5
    assert measured.first.mean() > measured.second.mean() > measured.whole.mean()


def test_a_part_of_the_rows_tells_about_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = draw_vectors(3000, seed=3, clusters=60)
    everything = measured_of(vectors)
    monkeypatch.setattr(module, "_RANKED_ROWS", 600)
    part = measured_of(vectors)
    assert np.array_equal(part.groups, everything.groups)
    assert np.abs(part.whole - everything.whole).max() < 0.1
    assert part.whole.mean() == pytest.approx(everything.whole.mean(), rel=0.05)


def test_the_seed_chooses() -> None:
    vectors = draw_vectors(400, seed=4)
    one, same, other = (measured_of(vectors, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.whole, same.whole)
    assert not np.array_equal(one.whole, other.whole)


@pytest.mark.parametrize("count", [2, 5])
def test_few_vectors_have_few_neighbours(count: int) -> None:
    measured = measured_of(draw_vectors(count, seed=5))
    assert measured.whole.shape == measured.groups.shape == (count, count - 1)


def test_vectors_that_are_all_the_same_stand_half_way_down() -> None:
    measured = measured_of(unit(np.ones((50, DIM))))
    assert np.all(measured.groups == 0)
    assert np.all(measured.whole == 0.5)
