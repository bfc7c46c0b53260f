"""Small real runs, processes and all; peers where their environment is installed."""

from pathlib import Path

import numpy as np
import pytest

from errors import PartMissing
from evaluation.index_benchmark import known_engines
from evaluation.index_benchmark.cells import measure_cell
from evaluation.index_benchmark.known_engines import ENGINES
from evaluation.index_benchmark.local_mixture import VERSION
from evaluation.index_benchmark.real_pictures import RealDescriptors
from evaluation.index_benchmark.report import make_report
from evaluation.index_benchmark.task import Enlarged, Task
from evaluation.peers.environments import INDEXES, peer_python
from settings import ROOT

SIZE = 2000
PEERS = ROOT / "instance" / "peers"


@pytest.fixture(scope="module")
def real() -> RealDescriptors:
    rng = np.random.default_rng(5)
    points = rng.standard_normal((940, 8)) @ rng.standard_normal((8, 64)) + 0.3 * rng.standard_normal((940, 64))
    points = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    copies = points[:20] + 0.02 * rng.standard_normal((20, 64)).astype(np.float32)
    copies /= np.linalg.norm(copies, axis=1, keepdims=True)
    return RealDescriptors({"copy": points[:900]}, {"copy": points[900:]}, copies, np.arange(20))


@pytest.fixture(scope="module")
def enlarged(real: RealDescriptors, tmp_path_factory: pytest.TempPathFactory) -> Enlarged:
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


def test_a_base_is_described_beside_the_real_ones(enlarged: Enlarged, task: Task) -> None:
    honesty = enlarged.honesty((task.size,))
    assert [one.size for one in honesty.real] == [112, 225, 450, 900]
    assert [one.size for one in (*honesty.drawn, *honesty.regrown)] == [900, 900]
    assert [one.size for one in honesty.enlarged] == [one.size for one in honesty.expected] == [SIZE]
    assert enlarged.honesty((task.size,)) == honesty
    assert "| copy | *expected* | 2,000 |" in make_report([], {"copy": honesty}, seed=3).to_markdown()


def test_another_way_to_enlarge_is_another_base(
    real: RealDescriptors, enlarged: Enlarged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Enlarged(tmp_path, real, "copy", seed=3).key == enlarged.key
    monkeypatch.setattr("evaluation.index_benchmark.task.VERSION", VERSION + 1)
    assert Enlarged(tmp_path, real, "copy", seed=3).key != enlarged.key


def test_an_index_of_ours_that_changed_is_measured_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {name for name, engine in ENGINES.items() if engine.label != name} == {"lsh", "exact"}
    monkeypatch.setattr(known_engines, "_ROOT", tmp_path)
    source = tmp_path / "search" / "vector_index" / "lsh.py"
    source.parent.mkdir(parents=True)
    labels = []
    for text in ("BITS = 256\n", "BITS = 128\n", "BITS = 256\n"):
        source.write_text(text, encoding="utf-8")
        labels.append(ENGINES["lsh"].label)
    assert labels[0] == labels[2] != labels[1]
