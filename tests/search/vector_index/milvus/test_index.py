"""What is particular to an index in Milvus; tests/properties/ holds it to the contract of every index."""

from pathlib import Path

import numpy as np
import pytest

from errors import ContractBroken
from search.vector_index.contract import NO_ID
from search.vector_index.exact import ExactIndex
from search.vector_index.milvus import index as milvus_index
from search.vector_index.milvus.address import Method, Metric
from search.vector_index.milvus.client import DEEPEST
from search.vector_index.milvus.home import MilvusHome
from search.vector_index.milvus.index import FEW_ALLOWED
from tests.milvus import milvus_lite
from tests.vectors import DIM, IDENTITY, draw_vectors, near


def test_the_same_rows_written_twice_are_there_once(home: MilvusHome) -> None:
    index, vectors = home.new(IDENTITY), draw_vectors(50, seed=1)
    for _ in range(2):
        index.add(np.arange(50), vectors)
    assert len(index) == 50
    assert index.search(vectors[:1], 50).ids[0].tolist() != [NO_ID] * 50
    assert sorted(index.search(vectors[:1], 50).ids[0].tolist()) == list(range(50))


def test_more_than_one_request_holds(home: MilvusHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus_index, "REQUEST_BYTES", 4 * DIM * 32)
    monkeypatch.setattr(milvus_index, "IDS_IN_FILTER", 40)
    monkeypatch.setattr(milvus_index, "FEW_ALLOWED", 10)
    index, exact, vectors = home.new(IDENTITY), ExactIndex(IDENTITY), draw_vectors(150, seed=1)
    for one in (index, exact):
        one.add(np.arange(150), vectors)
        assert one.remove(np.arange(100, 200)) == 50
    assert index.ids().tolist() == list(range(100))
    assert np.array_equal(index.vectors(np.arange(200))[1], exact.vectors(np.arange(200))[1])
    queries = near(vectors[:40], seed=2)
    for allow in (None, np.arange(0, 200, 2)):
        found, true = index.search(queries, 7, allow=allow), exact.search(queries, 7, allow=allow)
        assert np.array_equal(found.ids, true.ids)
        assert np.array_equal(found.scores, true.scores)


def test_nothing_is_kept_in_this_process(home: MilvusHome) -> None:
    index = home.new(IDENTITY)
    index.add(np.arange(50), draw_vectors(50, seed=1))
    assert (index.memory.mapped_bytes, index.memory.private_bytes) == (0, 0)


def test_more_neighbours_than_a_server_gives_are_refused(home: MilvusHome) -> None:
    with pytest.raises(ContractBroken, match=f"at most {DEEPEST}"):
        home.new(IDENTITY).search(draw_vectors(1, seed=1), DEEPEST + 1)


@pytest.mark.parametrize("metric", ["cosine", "l2", "ip"])
@pytest.mark.parametrize("method", ["flat", "hnsw"])
def test_scores_are_cosines_whichever_metric_and_method(tmp_path: Path, metric: Metric, method: Method) -> None:
    exact, vectors = ExactIndex(IDENTITY), draw_vectors(1500, seed=1)
    exact.add(np.arange(1500), vectors)
    queries = near(vectors[:5], seed=2)
    with milvus_lite(tmp_path, metric=metric, method=method) as home:
        index = home.new(IDENTITY)
        index.add(np.arange(1500), vectors)
        for effort in (None, 0.0, 1.0):
            found, true = index.search(queries, 5, effort=effort), exact.search(queries, 5)
            assert found.ids[:, 0].tolist() == [0, 1, 2, 3, 4]
            assert found.report.exact == (method == "flat" or effort == 1)
            assert found.report.estimated_recall == found.report.exact  # a server does not tell what a graph missed
            if found.report.exact:
                assert np.array_equal(found.ids, true.ids)
                assert np.array_equal(found.scores, true.scores)
        assert FEW_ALLOWED < 1400
        found = index.search(queries, 1450, allow=np.arange(1400))
        assert np.all(np.sum(found.ids != NO_ID, axis=1) == 1400)
