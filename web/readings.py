"""Readings of the metrics, kept for some minutes: what was done lately is the difference of two."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.samples import Sample

SPAN_S = 600.0
"""How far back readings go."""
EVERY_S = 20.0
"""Between two that are kept: reading costs some milliseconds a worker."""


@dataclass(frozen=True, slots=True)
class StepTimes:
    """How long a step of searches took.

    Attributes:
        times: it was taken.
        total_s: seconds in all.
        within: how often it took at most so many seconds, by these; the last is endless.
    """

    times: int
    total_s: float
    within: Mapping[float, int]

    @property
    def mean_s(self) -> float:
        """Seconds on average; 0 where it was never taken."""
        return self.total_s / self.times if self.times else 0.0

    def bound_s(self, share: float) -> float:
        """Return the least bound of the metrics within which this share of the times lies; endless beyond the last."""
        return next((bound for bound, times in self.within.items() if times >= share * self.times), inf)

    def since(self, before: "StepTimes | None") -> "StepTimes":
        """Return what came on top of an earlier reading."""
        if before is None:
            return self
        return StepTimes(
            self.times - before.times,
            self.total_s - before.total_s,
            {bound: times - before.within.get(bound, 0) for bound, times in self.within.items()},
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What the metrics said at a moment, over all worker processes of this server.

    Attributes:
        at_s: the moment, on a clock that only goes forward.
        searches: by the surest verdict, since the server started.
        steps: by name, since the server started.
        neighbours: of searches done again exactly, by index: found and missed.
        workers: processes that answer.
        started_s: when the first of them started, seconds since 1970.
        behind: changes of the catalogue that an index lacked at the last look, of the worker furthest behind.
    """

    at_s: float
    searches: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, StepTimes] = field(default_factory=dict)
    neighbours: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    workers: int = 0
    started_s: float = 0.0
    behind: Mapping[str, int] = field(default_factory=dict)

    def since(self, before: "Reading") -> "Reading":
        """Return this reading with the searches and steps alone that came on top of an earlier one."""
        steps = {name: taken.since(before.steps.get(name)) for name, taken in self.steps.items()}
        searches = {name: number - before.searches.get(name, 0) for name, number in self.searches.items()}
        return Reading(
            self.at_s,
            {name: number for name, number in searches.items() if number},
            {name: taken for name, taken in steps.items() if taken.times},
            self.neighbours,
            self.workers,
            self.started_s,
            self.behind,
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """What the metrics of this server said.

    Attributes:
        now: since it started.
        lately: the same with the searches and steps of the last minutes alone.
        lately_s: how long that is.
    """

    now: Reading
    lately: Reading
    lately_s: float


class Readings:
    """The readings of the last minutes of one process; threads may share them."""

    def __init__(self) -> None:
        self._kept: deque[Reading] = deque()
        self._lock = Lock()

    def is_due(self, at_s: float) -> bool:
        """Return whether it is time for another one."""
        with self._lock:
            return not self._kept or at_s - self._kept[-1].at_s >= EVERY_S

    def keep(self, reading: Reading) -> None:
        """Keep a reading, and let go of those that are too old."""
        with self._lock:
            self._kept.append(reading)
            # One older than the span stays, so that what is told covers all of it.
            while len(self._kept) > 2 and reading.at_s - self._kept[1].at_s >= SPAN_S:
                self._kept.popleft()

    def oldest(self) -> Reading | None:
        """Return the first that is kept."""
        with self._lock:
            return self._kept[0] if self._kept else None


def read_metrics(registry: "CollectorRegistry", at_s: float) -> Reading:
    """Return what a registry of web.metrics says now.

    Args:
        registry: with several processes that of the collector over all of them.
        at_s: now.
    """
    samples = [sample for family in registry.collect() for sample in family.samples]
    searches = _by_label(samples, "retrace_searches_total", "verdict")
    neighbours: dict[str, tuple[int, int]] = {}
    for sample in samples:
        if sample.name == "retrace_shadow_neighbours_total":
            found, missed = neighbours.get(sample.labels["index"], (0, 0))
            more = int(sample.value)
            is_found = sample.labels["outcome"] == "found"
            neighbours[sample.labels["index"]] = (found + more, missed) if is_found else (found, missed + more)
    return Reading(
        at_s,
        {verdict: int(number) for verdict, number in searches.items() if number},
        _steps(samples),
        neighbours,
        int(_single(samples, "retrace_workers")),
        _single(samples, "retrace_started_seconds"),
        {index: int(number) for index, number in _by_label(samples, "retrace_index_behind", "index").items()},
    )


def _steps(samples: "list[Sample]") -> dict[str, StepTimes]:
    """Return the steps that were taken, by name."""
    name = "retrace_search_step_seconds"
    times, totals = _by_label(samples, f"{name}_count", "step"), _by_label(samples, f"{name}_sum", "step")
    buckets: dict[str, dict[float, int]] = {}
    for sample in samples:
        if sample.name == f"{name}_bucket":
            buckets.setdefault(sample.labels["step"], {})[float(sample.labels["le"])] = int(sample.value)
    return {
        step: StepTimes(int(number), totals.get(step, 0.0), _rising(buckets.get(step, {})))
        for step, number in times.items()
        if number
    }


def _rising(within: Mapping[float, int]) -> dict[float, int]:
    """Return counts by bound in order of the bounds, none less than the one before.

    Other processes count while they are read, one bucket after another.
    """
    ordered = dict(sorted(within.items()))
    for before, bound in pairwise(ordered):
        ordered[bound] = max(ordered[bound], ordered[before])
    return ordered


def _by_label(samples: "list[Sample]", name: str, label: str) -> dict[str, float]:
    return {sample.labels[label]: sample.value for sample in samples if sample.name == name}


def _single(samples: "list[Sample]", name: str) -> float:
    return next((sample.value for sample in samples if sample.name == name), 0.0)
