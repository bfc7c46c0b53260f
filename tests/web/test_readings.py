"""What was done lately: the difference of two readings of the metrics."""

from itertools import pairwise
from math import inf

import pytest

from search.shadow import LiveRecall
from web.metrics import Metrics
from web.readings import EVERY_S, SPAN_S, Reading, Readings, StepTimes, read_metrics


def test_a_reading_holds_what_was_measured() -> None:
    metrics = Metrics(None)
    for seconds in (0.003, 0.03, 11.0):
        metrics.step_seconds.labels("copies").observe(seconds)
    metrics.searches.labels("copy").inc(3)
    metrics.tell_recall("copies", LiveRecall(2, 20, 19))
    metrics.behind.labels("similar").set(7)
    reading = read_metrics(metrics.registry, 5.0)
    assert reading.searches == {"copy": 3}
    assert reading.neighbours == {"copies": (19, 1)}
    assert (reading.workers, reading.behind["similar"]) == (1, 7)
    assert reading.started_s > 0
    steps = reading.steps["copies"]
    assert steps.times == 3
    assert steps.mean_s == pytest.approx(11.033 / 3)
    assert [steps.bound_s(share) for share in (0.3, 0.6, 0.95)] == [0.005, 0.04, inf]


def test_a_server_that_was_never_searched_reads_as_nothing() -> None:
    reading = read_metrics(Metrics(None).registry, 0.0)
    assert (reading.searches, reading.steps, reading.neighbours, reading.behind) == ({}, {}, {}, {})


def test_what_came_on_top_is_the_difference() -> None:
    metrics = Metrics(None)
    metrics.step_seconds.labels("copies").observe(9.0)
    metrics.step_seconds.labels("fetch").observe(1.0)
    metrics.searches.labels("copy").inc()
    before = read_metrics(metrics.registry, 0.0)
    for _ in range(4):
        metrics.step_seconds.labels("copies").observe(0.003)
    metrics.searches.labels("similar").inc(4)
    lately = read_metrics(metrics.registry, 60.0).since(before)
    assert lately.searches == {"similar": 4}
    assert set(lately.steps) == {"copies"}
    assert lately.steps["copies"].times == 4
    assert lately.steps["copies"].mean_s == pytest.approx(0.003)
    assert lately.steps["copies"].bound_s(0.95) == 0.005


def test_readings_cover_the_span_and_no_more_than_that_are_kept() -> None:
    readings = Readings()
    assert readings.oldest() is None
    at_s, taken = 0.0, 0
    while at_s < 5 * SPAN_S:
        if readings.is_due(at_s):
            readings.keep(Reading(at_s))
            taken += 1
        at_s += 3.0
        oldest = readings.oldest()
        assert oldest is not None
        assert at_s - oldest.at_s <= SPAN_S + 2 * EVERY_S
        assert at_s < SPAN_S or at_s - oldest.at_s >= SPAN_S - EVERY_S
    assert taken <= 5 * SPAN_S / EVERY_S + 1


def test_counts_within_bounds_never_fall() -> None:
    metrics = Metrics(None)
    for place in range(200):
        metrics.step_seconds.labels("copies").observe(place / 40)
    within = read_metrics(metrics.registry, 0.0).steps["copies"].within
    assert list(within)[-1] == inf
    assert all(first <= second for first, second in pairwise(within.values()))


def test_nothing_taken_has_a_mean_and_a_bound_all_the_same() -> None:
    assert StepTimes(0, 0.0, {}).mean_s == 0
    assert StepTimes(0, 0.0, {}).bound_s(0.95) == inf
