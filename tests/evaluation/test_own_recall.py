import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from errors import BadInput
from evaluation.own_recall import COMPONENTS, WANTED, OwnRecallReport, measure_own_recall
from search.vector_index.lsh import LSHIndex
from tests.vectors import draw_vectors

COUNT, DIM = 14_000, 64


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    return draw_vectors(COUNT, seed=2, dim=DIM, clusters=400)


@pytest.fixture(scope="module")
def report(vectors: NDArray[np.float32]) -> OwnRecallReport:
    return measure_own_recall({"similar": vectors}, range(0, COUNT, 2), queries=100, draws=2)


def test_what_is_told_is_found_by_strangers_and_costs_more_the_more_it_is(report: OwnRecallReport) -> None:
    assert (report.queries, report.held) == (100, COUNT - 100)
    first, second = report.answered["similar"]
    assert first != second  # others ask
    for answered in (first, second):
        assert [one.wanted for one in answered] == list(WANTED)
        for one in answered:
            assert one.wanted - 1e-6 <= one.told <= 1
            assert one.found == pytest.approx(one.told, abs=0.04)
            assert 10 <= one.scored <= report.held / 4
        assert answered[0].scored < answered[-1].scored


def test_shares_of_the_variance_rise_to_all_of_it(report: OwnRecallReport) -> None:
    shares = report.shares["similar"]
    assert len(shares) == len(COMPONENTS)
    assert 0 < shares[0] < shares[1]
    assert shares[1:] == pytest.approx([1, 1])  # there are 64 dimensions


def test_the_same_seed_asks_the_same(vectors: NDArray[np.float32]) -> None:
    first, second = (
        measure_own_recall({"copy": vectors[:3000]}, range(3000), queries=20, draws=1, seed=3) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(("count", "askable", "queries"), [(3000, 5, 6), (LSHIndex.fitted_at_least, 9, 1)])
def test_too_few_pictures_are_refused(count: int, askable: int, queries: int) -> None:
    with pytest.raises(BadInput, match="expected"):
        measure_own_recall({"copy": draw_vectors(count, seed=1)}, range(askable), queries=queries)


def test_a_report_makes_tables_of_every_kind(report: OwnRecallReport) -> None:
    lines = report.to_markdown().split("\n")
    assert f"| {COMPONENTS[0]} | {report.shares['similar'][0]:.3f} |" in lines
    assert sum(line.startswith(f"| similar | {wanted:g} |") for wanted in WANTED for line in lines) == len(WANTED)
    record = TypeAdapter(OwnRecallReport).dump_python(report, mode="json")
    assert TypeAdapter(OwnRecallReport).validate_python(record) == report
