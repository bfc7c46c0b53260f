"""Reports and figures of made-up figures: what is chosen, fitted and drawn."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import BadInput
from evaluation.index_benchmark.figures import draw_index_figures
from evaluation.index_benchmark.neighbourhood import Honesty, describe_neighbourhood, expect
from evaluation.index_benchmark.report import IndexReport, make_report
from evaluation.index_benchmark.run import Order


def search(query_set: str, setting: str, recall: float, median_ms: float) -> dict[str, object]:
    same = {"asked": 9, "p99_ms": 2 * median_ms, "batch_recall": recall, "batch_ms": median_ms / 2}
    return {"query_set": query_set, "setting": setting, "recall": recall, "median_ms": median_ms, **same}


def cell(engine: str, size: int, *searches: dict[str, object]) -> dict[str, object]:
    build = {"built_as": f"{engine} 1.0", "seconds": 3.0, "peak_mb": 40.0, "disk_mb": 20.0}
    costs = {"open_s": 0.1, "private_mb": 7.0, "mapped_mb": 5.0, "added_per_s": 9e4, "removed_per_s": -1.0}
    told = {"is_added_found": True, "is_removed_gone": False, "searches": searches}
    return {**place(engine, size), "build": build, "serve": costs | told}


def place(engine: str, size: int) -> dict[str, object]:
    return {"engine": engine, "kind": "copy", "size": size, "threads": 1, "build_threads": 2}


@pytest.fixture
def report(rng: np.random.Generator) -> IndexReport:
    cells = [
        cell(
            "lsh",
            size,
            search("neighbours", "quick", 0.9, 0.1),
            search("neighbours", "middle", 0.985, (size / 1000) ** 0.5),
            search("neighbours", "thorough", 1.0, 100.0),
            search("copies", "quick", 0.99, 0.1),
        )
        for size in (1000, 10_000, 100_000)
    ]
    late = place("hnswlib", 1000) | {"failure": "build: not finished within 5 s"}
    cosines = -np.sort(-rng.random((30, 100), np.float32), axis=1)
    lies = [
        describe_neighbourhood(
            size, cosines, random_cosines=cosines.ravel(), own_cosines=cosines[:, 0] - size / 1e6, limit=0.1
        )
        for size in (100, 200)
    ]
    grown = [replace(one, nearest=(0.1, 0.8 * (one.size / 200) ** -0.1, 0.9)) for one in lies]
    later = expect(grown, cosines[:, 0], [400, 200 * 2**20], 0.1)
    honest = Honesty(0.1, tuple(grown), tuple(lies[:1]), tuple(lies[:1]), tuple(lies), later)
    return make_report([*cells, late], {"copy": honest}, seed=1)


def test_the_quickest_setting_that_reaches_the_recall_is_told(report: IndexReport) -> None:
    best = {(one.query_set, one.size): one for one in report.best()}
    assert best["neighbours", 1000].setting == "middle"
    assert best["neighbours", 1000].is_reached
    assert not best["copies", 1000].is_reached
    shown = report.to_markdown()
    assert "| copy | lsh | middle | 1,000 | 0.985 | 1.00 | 2.00 | 0.50 |" in shown
    assert "*0.990*" in shown
    assert "not finished within 5 s" in shown


def test_growth_is_the_exponent_of_the_size(report: IndexReport) -> None:
    assert report.growth().keys() == {("copy", "neighbours", "lsh")}
    assert report.growth()["copy", "neighbours", "lsh"][1] == pytest.approx(0.5)
    assert "| 0.50 |" in report.to_markdown()


def test_what_is_expected_stands_beside_what_is(report: IndexReport) -> None:
    shown = report.to_markdown()
    assert "| copy | real pictures | 200 | 0.800 |" in shown
    assert "| copy | *expected* | 209,715,200 | 0.200 |" in shown  # 2 ** 20 times as many, in ten dimensions


def test_a_report_is_read_back_and_drawn(report: IndexReport, tmp_path: Path) -> None:
    file = tmp_path / "index.json"
    file.write_text(json.dumps(report.to_record()), encoding="utf-8")
    read = IndexReport.read(file)
    assert read.to_markdown() == report.to_markdown()
    drawn = draw_index_figures(read, tmp_path / "figures")
    assert [path.name for path in drawn] == ["index-recall.png", "index-growth.png", "index-honesty.png"]
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(BadInput, match="benchmark index"):
        IndexReport.read(file)


@pytest.mark.parametrize(
    ("sizes", "engines", "kinds"),
    [([1000], ["annoy"], ["copy"]), ([1000], ["lsh"], ["face"]), ([10], ["lsh"], ["copy"])],
)
def test_what_cannot_be_measured_is_refused(sizes: list[int], engines: list[str], kinds: list[str]) -> None:
    order = Order(sizes, engines, kinds, threads=1, build_threads=1, limit_s=1, seed=1)
    with pytest.raises(BadInput, match="expected"):
        order.check()
