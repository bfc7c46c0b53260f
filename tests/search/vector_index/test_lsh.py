import numpy as np
import pytest
from numpy.typing import NDArray

from search.vector_index.contract import IndexIdentity
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from tests.vectors import draw_vectors, near

DIM = 128
IDENTITY = IndexIdentity("cd" * 32, "similar", DIM)
COUNT = 20_000


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    return draw_vectors(COUNT, seed=2, dim=DIM, clusters=400)


@pytest.fixture(scope="module")
def lsh(vectors: NDArray[np.float32]) -> LSHIndex:
    index = LSHIndex(IDENTITY)
    index.add(np.arange(COUNT), vectors)
    return index


@pytest.fixture(scope="module")
def exact(vectors: NDArray[np.float32]) -> ExactIndex:
    index = ExactIndex(IDENTITY)
    index.add(np.arange(COUNT), vectors)
    return index


def share_found(found: NDArray[np.int64], true: NDArray[np.int64]) -> float:
    return float(np.mean([np.isin(one, other).mean() for one, other in zip(true, found, strict=True)]))


def one_by_one(
    index: LSHIndex, queries: NDArray[np.float32], k: int, effort: float | None = None
) -> tuple[NDArray[np.int64], float]:
    """Return ids and mean estimated recall; single queries, as a batch of this size would be scanned exactly."""
    answers = [index.search(query[np.newaxis], k, effort=effort) for query in queries]
    assert not any(answer.report.exact for answer in answers)
    return np.concatenate([answer.ids for answer in answers]), float(
        np.mean([answer.report.estimated_recall for answer in answers])
    )


def test_finds_the_neighbours_that_the_exact_scan_finds(lsh: LSHIndex, exact: ExactIndex) -> None:
    queries = draw_vectors(100, seed=3, dim=DIM, clusters=400)
    found, _ = one_by_one(lsh, queries, 10)
    assert share_found(found, exact.search(queries, 10).ids) > 0.98


def test_finds_copies(lsh: LSHIndex, vectors: NDArray[np.float32]) -> None:
    originals = np.arange(0, COUNT, 100)
    queries = near(vectors[originals], seed=4, angle_tan=0.7)
    found, _ = one_by_one(lsh, queries, 5)
    assert np.mean(found[:, 0] == originals) > 0.99


def test_scores_are_those_of_the_exact_scan_to_the_last_bit(lsh: LSHIndex, exact: ExactIndex) -> None:
    queries = draw_vectors(20, seed=5, dim=DIM, clusters=400)
    for query in queries:
        ours, true = lsh.search(query[np.newaxis], 5), exact.search(query[np.newaxis], 5)
        both = np.isin(ours.ids, true.ids)
        assert np.array_equal(ours.scores[both], true.scores[np.isin(true.ids, ours.ids)])


@pytest.mark.parametrize(("k", "effort"), [(10, 0.0), (10, 0.2), (100, 0.1), (100, 0.3), (300, None)])
def test_the_estimated_recall_is_near_the_measured_and_not_above(
    lsh: LSHIndex, exact: ExactIndex, k: int, effort: float | None
) -> None:
    queries = draw_vectors(60, seed=6, dim=DIM, clusters=400)
    found, estimated = one_by_one(lsh, queries, k, effort)
    measured = share_found(found, exact.search(queries, k).ids)
    assert measured - 0.1 < estimated < measured + 0.03


def test_more_effort_finds_more(lsh: LSHIndex, exact: ExactIndex) -> None:
    queries = draw_vectors(60, seed=7, dim=DIM, clusters=400)
    true = exact.search(queries, 50).ids
    shares = [share_found(one_by_one(lsh, queries, 50, effort)[0], true) for effort in (0.0, 0.3, 0.6)]
    assert shares == sorted(shares)
    assert lsh.search(queries, 50, effort=1.0).report.exact
    assert np.array_equal(lsh.search(queries, 50, effort=1.0).ids, true)


def test_a_filter_applies_before_candidates_are_chosen(lsh: LSHIndex, exact: ExactIndex) -> None:
    queries = draw_vectors(20, seed=8, dim=DIM, clusters=400)
    allow = np.arange(1, COUNT, 2)
    answers = [lsh.search(query[np.newaxis], 10, allow=allow) for query in queries]
    assert not any(answer.report.exact for answer in answers)
    found = np.concatenate([answer.ids for answer in answers])
    assert np.all(found % 2 == 1)
    assert share_found(found, exact.search(queries, 10, allow=allow).ids) > 0.97


def test_few_allowed_ids_are_scored_exactly(lsh: LSHIndex) -> None:
    answer = lsh.search(draw_vectors(1, seed=9, dim=DIM), 10, allow=np.arange(0, COUNT, 40))
    assert answer.report.exact
    assert answer.report.candidates == COUNT // 40


def test_two_stages_find_what_one_finds() -> None:
    count = 120_000
    vectors = draw_vectors(count, seed=10, dim=32, clusters=3000, spread=0.5)
    index = LSHIndex(IndexIdentity("cd" * 32, "similar", 32))
    index.add(np.arange(count), vectors)
    originals = np.arange(0, count, 3000)
    found, estimated = one_by_one(index, near(vectors[originals], seed=1, angle_tan=0.2), 10)
    assert np.mean(found[:, 0] == originals) > 0.95
    assert 0.5 < estimated <= 1


def test_the_same_seed_gives_the_same_answers(lsh: LSHIndex, vectors: NDArray[np.float32]) -> None:
    again = LSHIndex(IDENTITY)
    for some in np.array_split(np.arange(COUNT), 7):
        again.add(some, vectors[some])
    queries = draw_vectors(20, seed=11, dim=DIM, clusters=400)
    assert np.array_equal(one_by_one(lsh, queries, 10)[0], one_by_one(again, queries, 10)[0])
