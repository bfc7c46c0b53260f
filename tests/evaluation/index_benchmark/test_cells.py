"""Small real runs, processes and all; peers where their environment is installed."""

from pathlib import Path

import numpy as np
import pytest

from errors import PartMissing
from evaluation.index_benchmark.cells import measure_cell
from evaluation.index_benchmark.known_engines import ENGINES
from evaluation.index_benchmark.real_pictures import RealDescriptors
from evaluation.index_benchmark.report import make_report
from evaluation.index_benchmark.task import Enlarged, Task
from evaluation.peers.environments import INDEXES, peer_python
from settings import ROOT

SIZE = 2000
PEERS = ROOT / "instance" / "peers"


@pytest.fixture(scope="module")
def enlarged(tmp_path_factory: pytest.TempPathFactory) -> Enlarged:
    rng = np.random.default_rng(5)
    points = rng.standard_normal((640, 8)) @ rng.standard_normal((8, 64)) + 0.3 * rng.standard_normal((640, 64))
    points = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    copies = points[:20] + 0.02 * rng.standard_normal((20, 64)).astype(np.float32)
    copies /= np.linalg.norm(copies, axis=1, keepdims=True)
    real = RealDescriptors({"copy": points[:600]}, {"copy": points[600:]}, copies, np.arange(20))
    return Enlarged(tmp_path_factory.mktemp("bases"), real, "copy", seed=3)


@pytest.fixture(scope="module")
def task(enlarged: Enlarged) -> Task:
    return enlarged.task(SIZE)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_is_built_asked_and_changed(name: str, task: Task, tmp_path: Path) -> None:
    engine = ENGINES[name]
    if engine.is_peer and not peer_python(INDEXES, PEERS).is_file():
        pytest.skip("the environment of the other indexes is not installed")
    cell = measure_cell(engine, task, tmp_path, PEERS, threads=1, build_threads=1, limit_s=200)
    assert "failure" not in cell
    assert cell["build"]["seconds"] > 0
    assert cell["serve"]["added_per_s"] > 0
    assert cell["serve"]["is_added_found"] or name == "faiss-binary-hash"
    assert cell["serve"]["is_removed_gone"] or cell["serve"]["removed_per_s"] < 0
    best = max(one["recall"] for one in cell["serve"]["searches"] if one["query_set"] == "neighbours")
    assert best > (0.2 if name == "original-lsh" else 0.9)
    if name == "exact":
        assert {one["recall"] for one in cell["serve"]["searches"]} == {1.0}
    again = measure_cell(engine, task, tmp_path, PEERS, threads=1, build_threads=1, limit_s=200)
    assert again == cell
    assert f"| copy | {name} |" in make_report([cell], {}, seed=3).to_markdown()


def test_what_takes_too_long_is_told(task: Task, tmp_path: Path) -> None:
    cell = measure_cell(ENGINES["exact"], task, tmp_path, PEERS, threads=1, build_threads=1, limit_s=0.01)
    assert cell["failure"] == "build: not finished within 0.01 s"
    assert "not finished within" in make_report([cell], {}, seed=3).to_markdown()
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def test_peers_that_are_not_installed_name_the_command(task: Task, tmp_path: Path) -> None:
    with pytest.raises(PartMissing):
        measure_cell(ENGINES["usearch"], task, tmp_path, tmp_path / "absent", threads=1, build_threads=1, limit_s=1)
