from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from search.vector_index.contract import NO_ID, IndexIdentity
from search.vector_index.exact import ExactIndex
from search.vector_index.groups import BLOCK_ROWS
from search.vector_index.lsh import Coding, LSHIndex
from tests.vectors import IDENTITY as SMALL
from tests.vectors import draw_vectors, near

DIM, COUNT, CLUSTERS = 64, 20_000, 1000
IDENTITY = IndexIdentity("cd" * 32, "similar", DIM)


def draw(count: int, seed: int) -> NDArray[np.float32]:
    """Vectors of the same clusters as the index's own, which it does not hold."""
    return draw_vectors(count, seed, dim=DIM, clusters=CLUSTERS)


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    return draw(COUNT, seed=2)


@pytest.fixture(scope="module")
def saved(vectors: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lsh") / "saved"
    index = LSHIndex(IDENTITY)
    index.add(np.arange(COUNT), vectors)
    index.save(path)
    return path


@pytest.fixture
def lsh(saved: Path) -> LSHIndex:
    """An index of one's own to change."""
    return LSHIndex.open(saved, IDENTITY)


@pytest.fixture(scope="module")
def exact(vectors: NDArray[np.float32]) -> ExactIndex:
    index = ExactIndex(IDENTITY)
    index.add(np.arange(COUNT), vectors)
    return index


def true_ids(
    index: LSHIndex, queries: NDArray[np.float32], k: int, allow: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    answer = index.search(queries, k, allow=allow, effort=1.0)
    assert answer.report.exact
    return answer.ids


def share_found(found: NDArray[np.int64], true: NDArray[np.int64]) -> float:
    return float(np.mean([np.isin(one, other).mean() for one, other in zip(true, found, strict=True)]))


@dataclass(frozen=True)
class Answers:
    """What single queries found; a batch may be worth an exact scan."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    expected: float
    candidates: float


def one_by_one(
    index: LSHIndex,
    queries: NDArray[np.float32],
    k: int,
    effort: float | None = None,
    allow: NDArray[np.int64] | None = None,
) -> Answers:
    answers = [index.search(query[np.newaxis], k, effort=effort, allow=allow) for query in queries]
    assert not any(answer.report.exact for answer in answers)
    return Answers(
        np.concatenate([answer.ids for answer in answers]),
        np.concatenate([answer.scores for answer in answers]),
        float(np.mean([answer.report.estimated_recall for answer in answers])),
        float(np.mean([answer.report.candidates for answer in answers])),
    )


def coding_of(index: LSHIndex) -> Coding:
    coding = index._state.coding
    assert coding is not None
    return coding


def is_grouped(index: LSHIndex) -> bool:
    return index._state.rowset.base.order is not None


def test_what_is_large_has_groups_and_looks_into_some(lsh: LSHIndex) -> None:
    assert is_grouped(lsh)
    plan = coding_of(lsh).planner.plan(size=COUNT, eligible=COUNT, queries=1, k=10, recall=0.8)
    assert plan is not None
    assert plan.probed < COUNT / 2


def test_finds_the_neighbours_that_the_exact_scan_finds(lsh: LSHIndex, exact: ExactIndex) -> None:
    queries = draw(100, seed=3)
    found = one_by_one(lsh, queries, 10)
    assert share_found(found.ids, exact.search(queries, 10).ids) > 0.97
    assert found.candidates < COUNT / 20


def test_finds_copies(lsh: LSHIndex, vectors: NDArray[np.float32]) -> None:
    originals = np.arange(0, COUNT, 100)
    queries = near(vectors[originals], seed=4, angle_tan=0.7)
    assert np.mean(one_by_one(lsh, queries, 5).ids[:, 0] == originals) > 0.99


def test_scores_are_those_of_the_exact_scan_to_the_last_bit(lsh: LSHIndex, exact: ExactIndex) -> None:
    queries = draw(20, seed=5)
    ours, true = one_by_one(lsh, queries, 5), exact.search(queries, 5)
    for number in range(20):
        both = np.isin(ours.ids[number], true.ids[number])
        assert both.any()
        assert np.array_equal(
            ours.scores[number][both], true.scores[number][np.isin(true.ids[number], ours.ids[number])]
        )


@pytest.mark.parametrize(("k", "effort"), [(1, None), (10, 0.0), (10, 0.2), (10, None), (100, 0.3), (300, None)])
def test_the_expected_recall_is_near_the_measured(
    lsh: LSHIndex, exact: ExactIndex, k: int, effort: float | None
) -> None:
    queries = draw(150, seed=6)
    found = one_by_one(lsh, queries, k, effort)
    measured = share_found(found.ids, exact.search(queries, k).ids)
    assert found.expected - 0.05 < measured < found.expected + 0.2  # candidates are never fewer than some


@pytest.mark.parametrize(("k", "effort"), [(10, 0.0), (10, None), (100, 0.3)])
def test_with_a_filter_it_is_no_more_than_the_measured(
    lsh: LSHIndex, exact: ExactIndex, k: int, effort: float | None
) -> None:
    queries, allow = draw(100, seed=6), np.arange(1, COUNT, 2)
    found = one_by_one(lsh, queries, k, effort, allow)
    assert share_found(found.ids, exact.search(queries, k, allow=allow).ids) > found.expected - 0.03


@pytest.mark.parametrize("is_compacted", [False, True])
@pytest.mark.parametrize(("k", "effort"), [(10, 0.0), (10, 0.2), (10, None), (100, 0.3), (100, None)])
def test_removed_rows_do_not_make_it_expect_too_much(
    lsh: LSHIndex, k: int, effort: float | None, is_compacted: bool
) -> None:
    lsh.remove(np.random.default_rng(1).choice(COUNT, 8000, replace=False))
    if is_compacted:
        lsh.compact()
    assert coding_of(lsh).measured.rows == COUNT
    assert (lsh._state.rowset.base.alive is None) == is_compacted  # otherwise they still lie among the others
    queries = draw(150, seed=6)
    found = one_by_one(lsh, queries, k, effort)
    share = share_found(found.ids, true_ids(lsh, queries, k))
    assert share > found.expected - 0.05


@pytest.mark.parametrize(("k", "effort"), [(10, 0.0), (10, None), (100, 0.3)])
def test_nor_do_added_ones(lsh: LSHIndex, k: int, effort: float | None) -> None:
    lsh.add(np.arange(COUNT, COUNT + 8000), draw(8000, seed=7))
    assert len(lsh._state.rowset.delta) == 8000
    queries = draw(150, seed=6)
    found = one_by_one(lsh, queries, k, effort)
    share = share_found(found.ids, true_ids(lsh, queries, k))
    assert share > found.expected - 0.05


def test_more_effort_finds_more(lsh: LSHIndex, exact: ExactIndex) -> None:
    queries = draw(60, seed=7)
    true = exact.search(queries, 50).ids
    found = [one_by_one(lsh, queries, 50, effort) for effort in (0.0, 0.3, 0.6)]
    shares = [share_found(one.ids, true) for one in found]
    assert shares == sorted(set(shares))
    assert [one.expected for one in found] == sorted({one.expected for one in found})
    assert np.array_equal(true_ids(lsh, queries, 50), true)


def test_the_recall_that_is_aimed_at_can_be_chosen(lsh: LSHIndex) -> None:
    queries = draw(30, seed=8)
    expected = []
    for recall in (0.6, 0.9, 0.99):
        lsh.recall = recall
        expected.append(one_by_one(lsh, queries, 10).expected)
        assert expected[-1] == pytest.approx(recall, abs=0.05)
    assert expected == sorted(set(expected))


def test_a_filter_applies_before_candidates_are_chosen(lsh: LSHIndex, exact: ExactIndex) -> None:
    queries, allow = draw(30, seed=8), np.arange(1, COUNT, 2)
    found = one_by_one(lsh, queries, 10, allow=allow)
    assert np.all(found.ids % 2 == 1)
    assert share_found(found.ids, exact.search(queries, 10, allow=allow).ids) > 0.97


def test_a_filter_holds_for_what_was_removed_and_added_too(lsh: LSHIndex) -> None:
    lsh.remove(np.arange(0, 6000, 2))
    lsh.add(np.arange(COUNT, COUNT + 3000), draw(3000, seed=9))
    queries, allow = draw(30, seed=8), np.arange(0, COUNT + 4000, 4)
    found, true = one_by_one(lsh, queries, 10, allow=allow), true_ids(lsh, queries, 10, allow)
    assert np.all((found.ids % 4 == 0) & ((found.ids >= 6000) | (found.ids % 2 == 1)))
    assert np.any(found.ids >= COUNT)
    assert share_found(found.ids, true) > 0.96


def test_few_allowed_ids_are_scored_exactly(lsh: LSHIndex) -> None:
    answer = lsh.search(draw(1, seed=9), 10, allow=np.arange(0, COUNT, 40))
    assert answer.report.exact
    assert answer.report.candidates == COUNT // 40


def test_k_are_found_where_all_that_lay_near_is_gone(lsh: LSHIndex) -> None:
    query = draw(1, seed=10)
    nearest = true_ids(lsh, query, 8000)[0]
    lsh.remove(nearest)
    assert lsh._state.rowset.base.alive is not None
    answer = lsh.search(query, 10, effort=0.0)
    assert not answer.report.exact
    assert np.all(answer.ids != NO_ID)
    assert len(set(answer.ids[0].tolist())) == 10
    assert not np.isin(answer.ids, nearest).any()


def test_where_the_groups_looked_into_hold_nothing_any_more_all_is_scored(lsh: LSHIndex) -> None:
    query, base = draw(1, seed=10), lsh._state.rowset.base
    assert base.order is not None
    blocks = base.order.groups.probe(coding_of(lsh).coder.project(query)[0], 6000)
    lsh.remove(base.ids_of((blocks[:, np.newaxis] * BLOCK_ROWS + np.arange(BLOCK_ROWS)).ravel()))
    assert lsh._state.rowset.base.alive is not None
    answer = lsh.search(query, 1, effort=0.0)
    assert not answer.report.exact
    assert answer.report.candidates == len(lsh)
    assert np.array_equal(answer.ids, true_ids(lsh, query, 1))


def test_the_same_seed_and_vectors_give_the_same_answers(lsh: LSHIndex, vectors: NDArray[np.float32]) -> None:
    again = LSHIndex(IDENTITY)
    for some in np.array_split(np.random.default_rng(1).permutation(COUNT), 7):
        again.add(some, vectors[some])
    again.measure_again()
    queries = draw(20, seed=11)
    ours, theirs = one_by_one(lsh, queries, 10), one_by_one(again, queries, 10)
    assert np.array_equal(ours.ids, theirs.ids)
    assert np.array_equal(ours.scores, theirs.scores)
    assert (ours.expected, ours.candidates) == (theirs.expected, theirs.candidates)


def test_a_batch_finds_what_its_queries_find(lsh: LSHIndex) -> None:
    queries = draw(16, seed=12)  # of more at once an exact scan costs less here
    batch = lsh.search(queries, 10)
    assert not batch.report.exact
    alone = one_by_one(lsh, queries, 10)
    # A product of another size may round a projection to another weight.
    assert share_found(batch.ids, alone.ids) > 0.995
    assert batch.report.candidates == pytest.approx(16 * alone.candidates)


def test_answers_are_the_same_after_saving_and_opening(
    lsh: LSHIndex, vectors: NDArray[np.float32], tmp_path: Path
) -> None:
    index = LSHIndex(IDENTITY)
    index.add(np.arange(COUNT), vectors)
    index.remove(np.arange(0, 900, 3))
    index.add(np.arange(COUNT, COUNT + 700), draw(700, seed=13))
    index.save(tmp_path / "one")
    opened = LSHIndex.open(tmp_path / "one", IDENTITY)
    opened.save(tmp_path / "two")
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    index.compact()
    queries = draw(30, seed=14)
    for effort in (0.0, None):
        ours, theirs = (one_by_one(one, queries, 10, effort) for one in (index, opened))
        assert np.array_equal(ours.ids, theirs.ids)
        assert np.array_equal(ours.scores, theirs.scores)
        assert ours.candidates == theirs.candidates
    assert is_grouped(opened)


def files_of(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir()}


def test_saving_changes_no_answer(lsh: LSHIndex, tmp_path: Path) -> None:
    lsh.remove(np.arange(0, 900, 3))
    lsh.add(np.arange(COUNT, COUNT + 700), draw(700, seed=13))
    state = lsh._state
    lsh.save(tmp_path / "saved")
    assert lsh._state is state


class Growing(LSHIndex):
    """Draws directions from few vectors, and merges what is added at once."""

    fitted_at_least: ClassVar[int] = 200
    delta_at_least, delta_share = 1, 0.0


def test_directions_are_drawn_again_once_an_index_is_four_times_as_large() -> None:
    index, vectors = Growing(SMALL), draw_vectors(3000, seed=1)
    index.add(np.arange(199), vectors[:199])
    assert index._state.coding is None
    assert index.measured is None
    drawn_from, measured_rows = [], []
    for first, end in ((199, 500), (500, 900), (900, 1100), (1100, 1999), (1999, 2000), (2000, 3000)):
        before = index._state.coding
        index.add(np.arange(first, end), vectors[first:end])
        coding = coding_of(index)
        drawn_from.append(coding.coder.drawn_from)
        measured_rows.append(coding.measured.rows)
        drawn_anew = before is None or before.coder is not coding.coder
        assert drawn_anew == (before is None or end >= 4 * before.coder.drawn_from)
        # Whatever they were signed with first, all are signed with what is current.
        rowset = index._state.rowset
        assert (rowset.base.words == coding.coder.sign(rowset.base.halves)).mean() > 0.999
    assert drawn_from == [500, 500, 500, 500, 2000, 2000]
    assert measured_rows == [500, 500, 1100, 1100, 2000, 2000]


def test_depths_are_measured_again_once_half_is_gone() -> None:
    index = Growing(SMALL)
    index.add(np.arange(1000), draw_vectors(1000, seed=1))
    index.remove(np.arange(0, 400))
    index.compact()
    assert coding_of(index).measured.rows == 1000
    index.remove(np.arange(400, 500))
    index.compact()
    assert coding_of(index).measured.rows == 500
    assert coding_of(index).coder.drawn_from == 1000


def test_measuring_again_draws_directions_from_what_is_held_now(lsh: LSHIndex) -> None:
    before = coding_of(lsh)
    lsh.remove(np.arange(0, 4000))
    lsh.measure_again()
    after = coding_of(lsh)
    assert (after.coder.drawn_from, after.measured.rows) == (COUNT - 4000, COUNT - 4000)
    assert not np.array_equal(before.coder.directions, after.coder.directions)
    assert lsh._state.rowset.base.alive is None
    queries = draw(50, seed=15)
    assert share_found(one_by_one(lsh, queries, 10).ids, true_ids(lsh, queries, 10)) > 0.96


def test_a_reader_that_holds_what_was_gets_right_answers_of_it(lsh: LSHIndex) -> None:
    queries = draw(3, seed=16)
    held, before = lsh._state, [lsh.search(queries, 10, effort=effort) for effort in (0.0, None, 1.0)]
    lsh.remove(np.unique(before[2].ids))
    lsh.add(np.arange(COUNT, COUNT + 500), draw(500, seed=17))
    lsh.add(before[2].ids[0], draw(10, seed=18))
    lsh.measure_again()
    lsh.compact()
    for effort, answer in zip((0.0, None, 1.0), before, strict=True):
        again = lsh._search(held, queries, 10, None, effort)
        assert np.array_equal(again.ids, answer.ids)
        assert np.array_equal(again.scores, answer.scores)


def test_an_index_that_shrank_below_what_is_worth_it_goes_on(lsh: LSHIndex, tmp_path: Path) -> None:
    lsh.remove(np.arange(500, COUNT))
    lsh.compact()
    assert not is_grouped(lsh)
    queries = draw(40, seed=19)
    answer = lsh.search(queries, 10)
    assert answer.report.exact
    lsh.save(tmp_path / "small")
    opened = LSHIndex.open(tmp_path / "small", IDENTITY)
    assert np.array_equal(opened.search(queries, 10).ids, answer.ids)
    opened.add(np.arange(500, 12_000), draw(11_500, seed=20))
    assert is_grouped(opened)
    assert share_found(one_by_one(opened, queries, 10).ids, true_ids(opened, queries, 10)) > 0.9


def test_a_vector_agrees_with_itself_in_every_bit_and_its_group_is_looked_into(
    lsh: LSHIndex, vectors: NDArray[np.float32]
) -> None:
    found = lsh.agreement(vectors[7], vectors[7], 10)
    assert found is not None
    assert found.equal_bits == found.bits == 256
    assert found.equal_group_bits == found.group_bits > 0
    assert found.is_probed is True


def test_signatures_agree_the_less_the_farther_apart_vectors_are(lsh: LSHIndex) -> None:
    query = draw(1, seed=31)[0]
    angles = (0.1, 0.5, 1.5)
    shares = []
    for tangent in angles:
        found = [lsh.agreement(query, near(query[np.newaxis], seed, angle_tan=tangent)[0], 10) for seed in range(20)]
        shares.append(np.mean([one.equal_bits / one.bits for one in found if one is not None]))
    assert shares[0] > shares[1] > shares[2] > 0.5
    # Directions in blocks are orthogonal, so that the share of bits follows the angle (Charikar, 2002).
    assert shares[0] == pytest.approx(1 - np.arctan(0.1) / np.pi, abs=0.06)


def test_what_a_search_returns_lay_in_a_group_that_is_looked_into(lsh: LSHIndex, vectors: NDArray[np.float32]) -> None:
    probed, not_probed = 0, 0
    for query in draw(5, seed=32):
        answer = lsh.search(query[np.newaxis], 10)
        assert not answer.report.exact
        for image_id in answer.ids[0].tolist():
            found = lsh.agreement(query, vectors[image_id], 10)
            assert found is not None
            assert found.is_probed is True
            probed += 1
        others = [lsh.agreement(query, vector, 10) for vector in vectors[:200]]
        not_probed += sum(one is not None and one.is_probed is False for one in others)
    assert probed == 50
    assert not_probed > 0


def test_an_index_without_directions_tells_of_no_signatures() -> None:
    index = LSHIndex(SMALL)
    vectors = draw_vectors(10, seed=1)
    index.add(np.arange(10), vectors)
    assert index.agreement(vectors[0], vectors[1], 3) is None
