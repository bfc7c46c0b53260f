"""What days of measuring make one report of: made-up cells of an earlier and of a later day."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from commands import main
from errors import BadInput
from evaluation.index_benchmark.cells import Cell
from evaluation.index_benchmark.merging import merge_reports
from evaluation.index_benchmark.neighbourhood import Honesty, Neighbourhood, describe_neighbourhood
from evaluation.index_benchmark.report import IndexReport, make_report


def cell(engine: str, size: int, failure: str, **more: object) -> Cell:
    place = {"engine": engine, "kind": "copy", "size": size, "threads": 1, "build_threads": 2}
    return place | {"failure": failure} | more


def of_day(day: str, note: str) -> dict[str, object]:
    return {"conditions": {"measured_on": day, "commit": "c0ffee", "note": note}}


def lying(rng: np.random.Generator, size: int) -> Neighbourhood:
    cosines = -np.sort(-rng.random((30, 100), np.float32), axis=1)
    return describe_neighbourhood(size, cosines, random_cosines=cosines.ravel(), own_cosines=cosines[:, 0], limit=0.1)


def report(cells: list[Cell], *enlarged: Neighbourhood, limit: float = 0.1) -> IndexReport:
    return make_report(cells, {"copy": Honesty(limit, (), (), (), enlarged, ())}, seed=1)


@pytest.fixture
def earlier(rng: np.random.Generator) -> IndexReport:
    cells = [cell("lsh", 1000, "old"), cell("hnswlib", 1000, "old"), cell("lsh", 5000, "old")]
    return replace(report(cells, lying(rng, 1000), lying(rng, 5000)), commit="beef")


def test_what_was_measured_again_replaces_what_was_there_and_all_else_stays(
    earlier: IndexReport, rng: np.random.Generator
) -> None:
    tenfold = lying(rng, 10_000)
    later = report([cell("exact", 10_000, "new"), cell("lsh", 1000, "new", **of_day("2026-11-30", "quiet"))], tenfold)
    merged = merge_reports(earlier, later)
    assert [(one["engine"], one["size"], one["failure"]) for one in merged.cells] == [
        ("lsh", 1000, "new"),
        ("hnswlib", 1000, "old"),
        ("lsh", 5000, "old"),
        ("exact", 10_000, "new"),
    ]
    assert merged.honesty["copy"].enlarged == (*earlier.honesty["copy"].enlarged, tenfold)
    assert merge_reports(merged, later) == merged


def test_every_cell_tells_when_it_was_measured_and_of_which_commit(earlier: IndexReport) -> None:
    later = report([cell("lsh", 1000, "new", **of_day("2026-11-30", "one core of two, all else at rest"))])
    merged = merge_reports(earlier, later)
    assert [one["conditions"]["commit"] for one in merged.cells] == ["c0ffee", "beef", "beef"]
    shown = merged.to_markdown()
    assert "| copy | 1,000: lsh | 2026-11-30 | c0ffee | 1, 2 | one core of two, all else at rest |" in shown
    assert "| copy | 1,000: hnswlib; 5,000: lsh | – | beef | 1, 2 | – |" in shown


def test_reports_of_other_descriptors_seeds_or_machines_are_not_mixed(earlier: IndexReport) -> None:
    later = report([cell("lsh", 1000, "new")])
    for other in (
        report([], limit=0.2),
        replace(earlier, seed=2),
        replace(earlier, processor="another"),
    ):
        with pytest.raises(BadInput, match="expected an earlier report"):
            merge_reports(other, later)


def test_what_is_no_report_is_told_before_anything_is_described(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    words = ["benchmark", "index", "--data", str(tmp_path), "--engines", "lsh", "--keep", str(tmp_path / "other.json")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == BadInput.exit_status
    assert "expected a report of `benchmark index`" in result.output
