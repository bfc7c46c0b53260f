import pytest

from search.vector_index.plan import make_plan


def test_small_sets_are_scored_exactly() -> None:
    assert make_plan(eligible=1500, queries=1, k=10, words=4, effort=None) is None
    assert make_plan(eligible=13_160, queries=1, k=10, words=4, effort=None) is not None


def test_full_effort_scores_everything() -> None:
    assert make_plan(eligible=10**7, queries=1, k=10, words=4, effort=1.0) is None


@pytest.mark.parametrize("eligible", [0, 1, 5, 264])
def test_no_more_candidates_than_there_are(eligible: int) -> None:
    assert make_plan(eligible=eligible, queries=1, k=10, words=4, effort=0.9) is None


@pytest.mark.parametrize("eligible", [20_000, 1_000_000])
def test_more_effort_means_more_candidates_and_enough_for_k(eligible: int) -> None:
    plans = [make_plan(eligible=eligible, queries=1, k=300, words=4, effort=effort) for effort in (0, 0.3, None, 0.6)]
    counts = [plan.candidates for plan in plans if plan is not None]
    assert len(counts) == len(plans)
    assert counts == sorted(set(counts))
    assert counts[0] >= 300
    assert all(plan.candidates <= plan.survivors < eligible for plan in plans if plan is not None)


def test_large_indexes_are_read_in_two_stages() -> None:
    small = make_plan(eligible=50_000, queries=1, k=10, words=4, effort=None)
    large = make_plan(eligible=500_000, queries=1, k=10, words=4, effort=None)
    assert small is not None
    assert large is not None
    assert (small.first_words, small.survivors) == (4, small.candidates)
    assert large.first_words == 2
    assert large.survivors > large.candidates
