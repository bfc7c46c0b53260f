import numpy as np
import pytest
from numpy.typing import NDArray

from search.vector_index.measured import NEIGHBOURS, Measured
from search.vector_index.plan import _LEVELS, Plan, Planner, _cost, effort_for, recall_for

ROWS = 2_000_000  # so many that no stage is as small as what is least
RECALLS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999, 1.0)


def a_measured(rows: int = ROWS, neighbours: int = NEIGHBOURS) -> Measured:
    """Depths as they are found: further neighbours stand deeper, and the less is compared the deeper."""
    generator = np.random.default_rng(1)

    def depths(first: float) -> NDArray[np.float32]:
        drawn = first * np.sqrt(1 + np.arange(neighbours)) * generator.lognormal(0, 1.2, (64, neighbours))
        return np.minimum(drawn, 1).astype(np.float32)

    return Measured(rows, depths(4e-3), depths(1e-3), depths(2e-4), depths(2e-5))


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(a_measured())


def plan_for(planner: Planner, *, size: int = ROWS, eligible: int = ROWS, k: int = 10, recall: float = 0.99) -> Plan:
    """Return the plan where there is one, as one query would have it."""
    plan = planner.plan(size=size, eligible=eligible, queries=1, k=k, recall=recall)
    assert plan is not None
    return plan


def cost(plan: Plan) -> float:
    return _cost(float(plan.probed), plan.first_words, float(plan.survivors), float(plan.candidates))


def passing(measured: Measured, k: int, first_words: int, shares: tuple[float, float, float]) -> float:
    """Count which of the k nearest pass all stages."""
    second = measured.first if first_words == 1 else measured.second
    stages = (measured.groups, second, measured.whole)
    return float(
        np.mean(np.logical_and.reduce([depths[:, :k] <= share for depths, share in zip(stages, shares, strict=True)]))
    )


def shares_of(plan: Plan) -> tuple[float, float, float]:
    return plan.probed / ROWS, plan.survivors / ROWS, plan.candidates / ROWS


@pytest.mark.parametrize("size", [0, 1, 5, 264, 1000])
def test_small_sets_are_scored_exactly(planner: Planner, size: int) -> None:
    assert planner.plan(size=size, eligible=size, queries=1, k=10, recall=0.99) is None


def test_so_are_few_that_are_allowed_of_many(planner: Planner) -> None:
    for eligible in (0, 5, 1000):
        assert planner.plan(size=ROWS, eligible=eligible, queries=1, k=10, recall=0.99) is None


def test_many_queries_at_once_share_an_exact_scan(planner: Planner) -> None:
    sizes = np.geomspace(1000, ROWS, 30).astype(int).tolist()
    planned = [
        [planner.plan(size=size, eligible=size, queries=queries, k=10, recall=0.99) is not None for size in sizes]
        for queries in (1, 10, 1000)
    ]
    for worth_it in planned:
        assert worth_it == sorted(worth_it)  # once it is, it is for all that are larger
    counts = [sum(worth_it) for worth_it in planned]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] > 0


def test_the_nearest_alone_is_planned_for_as_if_it_were_three(planner: Planner) -> None:
    assert shares_of(plan_for(planner, k=1)) == shares_of(plan_for(planner, k=3))


@pytest.mark.parametrize("k", [3, 10, 30, 100])
@pytest.mark.parametrize("recall", RECALLS)
def test_the_wanted_share_of_what_was_measured_passes(planner: Planner, k: int, recall: float) -> None:
    plan = plan_for(planner, k=k, recall=recall)
    assert plan.recall >= recall - 1e-6  # it is counted in single precision
    found = passing(a_measured(), k, plan.first_words, shares_of(plan))
    assert found == pytest.approx(plan.recall, abs=1e-3)
    assert found >= recall - 1e-3


def test_more_recall_never_costs_less(planner: Planner) -> None:
    for k in (3, 10, 100):
        plans = [plan_for(planner, k=k, recall=recall) for recall in RECALLS]
        costs = [cost(plan) for plan in plans]
        assert costs == sorted(costs)
        assert costs[-1] > 2 * costs[0]
        assert plans[-1].candidates > plans[0].candidates


@pytest.mark.parametrize("recall", [0.7, 0.95, 0.995])
def test_no_other_plan_is_cheaper_and_as_good(planner: Planner, recall: float) -> None:
    measured, ours = a_measured(), cost(plan_for(planner, recall=recall))
    columns = [depths[:, :10] for depths in (measured.groups, measured.first, measured.second, measured.whole)]
    groups, first, second, whole = (np.quantile(one, _LEVELS, method="higher") for one in columns)
    generator = np.random.default_rng(2)
    as_good = 0
    for p, s, c in generator.integers(0, len(_LEVELS), (1500, 3)).tolist():
        for first_words, level in ((1, first), (2, second)):
            if passing(measured, 10, first_words, (groups[p], level[s], whole[c])) < recall:
                continue
            as_good += 1
            survivors = max(level[s], whole[c])
            assert _cost(groups[p] * ROWS, first_words, survivors * ROWS, whole[c] * ROWS) >= ours * 0.999
    assert as_good > 50


@pytest.mark.parametrize("eligible", [20_000, 300_000, ROWS])
@pytest.mark.parametrize("k", [1, 40, 700, 9000])
@pytest.mark.parametrize("recall", [0.5, 0.99])
def test_each_stage_passes_what_the_next_one_needs(planner: Planner, eligible: int, k: int, recall: float) -> None:
    plan = planner.plan(size=ROWS, eligible=eligible, queries=1, k=k, recall=recall)
    if plan is not None:
        assert 2 * k <= plan.candidates <= plan.survivors <= plan.probed <= eligible


def test_more_neighbours_than_were_measured_stand_deeper_in_proportion(planner: Planner) -> None:
    hundred, more = (plan_for(planner, k=k) for k in (NEIGHBOURS, 3 * NEIGHBOURS))
    assert more.candidates == pytest.approx(3 * hundred.candidates, rel=0.01)
    assert more.survivors == pytest.approx(3 * hundred.survivors, rel=0.01)
    assert more.recall == hundred.recall
    assert planner.plan(size=ROWS, eligible=ROWS, queries=1, k=ROWS // 2, recall=0.9) is None


def test_the_nearest_of_every_tenth_are_the_ten_times_as_many_nearest_of_all(planner: Planner) -> None:
    tenth, whole = plan_for(planner, eligible=ROWS // 10, k=10), plan_for(planner, k=100)
    assert tenth.recall == whole.recall
    for ours, of_all in ((tenth.candidates, whole.candidates), (tenth.survivors, whole.survivors)):
        assert ours == pytest.approx(of_all / 10, rel=0.01)


def test_a_filter_makes_a_search_look_deeper(planner: Planner) -> None:
    shares = []
    for part in (1, 2, 10, 20):
        plan = plan_for(planner, eligible=ROWS // part)
        shares.append(plan.candidates / (ROWS // part))
    assert shares == sorted(shares)
    assert shares[-1] > 5 * shares[0]


def test_fewer_neighbours_measured_than_wanted_are_stretched() -> None:
    planner = Planner(a_measured(rows=100_000, neighbours=20))
    plan = plan_for(planner, size=100_000, eligible=100_000, k=300)
    assert 600 <= plan.candidates <= 100_000


@pytest.mark.parametrize("effort", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_efforts_and_recalls_are_each_others_inverse(effort: float) -> None:
    assert effort_for(recall_for(effort)) == pytest.approx(effort)


def test_more_effort_aims_higher_and_ends_where_recall_does() -> None:
    recalls = [recall_for(effort) for effort in (0, 0.3, 0.6, 1)]
    assert recalls == sorted(set(recalls))
    assert recalls[0] == 0.5
    assert recalls[-1] == pytest.approx(0.9995)
    assert (effort_for(0.0), effort_for(1.0)) == (0, 1)
