import numpy as np
import pytest

from errors import BadInput, BadRequest, ContractBroken
from search.tuning import tune, tune_to, wanted_recall
from search.vector_index.contract import IndexIdentity
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from search.vector_index.plan import MOST_RECALL, WANTED_RECALL
from tests.vectors import draw_vectors

DIM, COUNT = 64, 20_000
IDENTITY = IndexIdentity("cd" * 32, "similar", DIM)


@pytest.fixture(scope="module")
def index() -> LSHIndex:
    index = LSHIndex(IDENTITY)
    index.add(np.arange(COUNT), draw_vectors(COUNT, seed=2, dim=DIM, clusters=400))
    return index


def test_what_is_wanted_is_expected_and_found_and_costs_more_the_more_it_is(index: LSHIndex) -> None:
    tried = tune(index, wanted=(0.8, 0.95, 0.99))
    for one in tried:
        assert not one.is_exact
        assert one.expected >= one.wanted
        assert one.found > one.expected - 0.03
        assert 10 <= one.candidates < COUNT
    costs = [one.candidates for one in tried]
    assert costs == sorted(costs)


def test_an_index_that_grew_is_measured_as_it_is_now(index: LSHIndex) -> None:
    measured = index.measured
    assert measured is not None
    index.add(np.arange(COUNT, COUNT + 500), draw_vectors(500, seed=3, dim=DIM, clusters=400))
    tune(index, wanted=(0.9,))
    assert index.measured is not None
    assert index.measured.rows == COUNT + 500


def test_few_vectors_are_scored_exactly() -> None:
    small = LSHIndex(IDENTITY)
    small.add(np.arange(50), draw_vectors(50, seed=2, dim=DIM))
    (one,) = tune(small, wanted=(0.9,))
    assert (one.is_exact, one.found, one.expected, one.candidates) == (True, 1.0, 1.0, 50)


def test_nothing_is_found_in_nothing() -> None:
    assert tune(LSHIndex(IDENTITY), wanted=(0.9,))[0].candidates == 0


def test_the_least_aim_that_finds_what_is_wanted_is_chosen_and_kept(index: LSHIndex) -> None:
    tuning = tune_to(index, 0.93)
    aims = [one.wanted for one in tuning.tried]
    assert aims == sorted(aims)
    assert {0.9, 0.93, MOST_RECALL} <= set(aims)
    assert tuning.is_reached
    assert tuning.chosen.found - tuning.chosen.error > 0.93
    for one in tuning.tried:
        if 0.93 <= one.wanted < tuning.chosen.wanted:
            assert one.found - 2 * one.error < 0.93
    assert (index.recall, index.is_tuned) == (tuning.chosen.wanted, True)
    queries = draw_vectors(100, seed=9, dim=DIM, clusters=400)
    answers = [index.search(query[np.newaxis], 10) for query in queries]
    true = index.search(queries, 10, effort=1.0).ids
    found = np.mean([np.isin(one, answer.ids[0]).mean() for one, answer in zip(true, answers, strict=True)])
    assert found >= 0.93
    assert not any(answer.report.exact for answer in answers)


def test_a_table_tells_what_was_tried_and_chosen(index: LSHIndex) -> None:
    tuning = tune_to(index, 0.93)
    lines = list(tuning.lines())
    assert lines[0] == f"similar: {len(index):,} pictures"
    rows = [line for line in lines if "%" in line]
    assert [float(row.split("%")[0]) for row in rows] == [pytest.approx(100 * one.wanted) for one in tuning.tried]
    (chosen,) = [row for row in rows if row.endswith("chosen")]
    assert f"{tuning.chosen.found:.2%}" in chosen


def test_where_nothing_finds_enough_the_highest_is_chosen_and_it_is_told(
    index: LSHIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = LSHIndex.search

    def half_blind(self, queries, k, *, allow=None, effort=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        answer = search(self, queries, k, allow=allow, effort=effort)
        if effort != 1.0 or len(queries) == 1:
            answer.ids[:, 1::2] = -1
        return answer

    monkeypatch.setattr(LSHIndex, "search", half_blind)
    tuning = tune_to(index, 0.9)
    assert not tuning.is_reached
    assert tuning.chosen is tuning.tried[-1]
    assert index.recall == MOST_RECALL
    assert list(tuning.lines())[-1].startswith("  None found 90.00%: RETRACE_INDEX_URL=exact:")


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_few_are_not_chosen_for_but_what_is_wanted_is_kept(count: int) -> None:
    small = LSHIndex(IDENTITY)
    small.add(np.arange(count), draw_vectors(count, seed=2, dim=DIM))
    tuning = tune_to(small, 0.98)
    assert (tuning.pictures, tuning.asked, tuning.chosen.wanted, small.recall) == (count, count, 0.98, 0.98)
    assert "all scored" in " ".join(tuning.lines())
    assert len(small) == count


def test_only_signatures_are_tuned() -> None:
    with pytest.raises(ContractBroken, match="ExactIndex"):
        tune_to(ExactIndex(IDENTITY), 0.9)


def test_the_address_says_what_is_wanted_where_nobody_else_does() -> None:
    assert wanted_recall("lsh:") == WANTED_RECALL
    assert wanted_recall("lsh:?recall=.9") == 0.9
    assert wanted_recall("lsh:?recall=.9", 0.5) == 0.5
    assert wanted_recall("lsh:", MOST_RECALL) == MOST_RECALL


@pytest.mark.parametrize(
    ("address", "remedy"),
    [
        ("exact:", "RETRACE_INDEX_URL=lsh:"),
        ("milvus:a.db", "method=flat"),
        ("milvus+http://host:19530?method=hnsw", "method=hnsw"),
    ],
)
def test_indexes_that_are_not_tuned_say_what_to_do(address: str, remedy: str) -> None:
    with pytest.raises(BadRequest, match="searches by signatures") as caught:
        wanted_recall(address, 0.9)
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("recall", [0.4999, 0.9996, 1.0, 98.0, -1.0, float("nan"), float("inf")])
def test_a_recall_out_of_range_is_refused(recall: float) -> None:
    with pytest.raises(BadRequest, match=r"from 0\.5 to 0\.9995"):
        wanted_recall("lsh:", recall)


def test_an_address_that_cannot_be_read_is_refused_first() -> None:
    with pytest.raises(BadInput, match="no parameter but"):
        wanted_recall("lsh:?recall=2", 0.9)
