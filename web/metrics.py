"""Counters and times for Prometheus, summed over all worker processes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from time import monotonic, time

from flask import Blueprint, Flask, Response, current_app, request

from data.watch_records import QueueFacts
from errors import EnvironmentFault
from search.answer import Answer
from search.query import Engine
from search.shadow import LiveRecall
from search.stock import deliveries_of
from search.video_query import VideoAnswer
from web.parts import get_parts, parts_of
from web.readings import Measured, Readings, read_metrics
from web.request_ids import elapsed_ms
from web.tokens import current_token

_EXTENSION = "retrace_metrics"
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.12, 0.25, 0.5, 1.0, 2.5, 10.0)

INDEXES: Mapping[str, str] = {"copy": "copies", "similar": "similar"}
"""What the metrics call an index, by its kind."""

metrics = Blueprint("metrics", __name__)


class Metrics:
    """The metrics of one application."""

    def __init__(self, folder: Path | None) -> None:
        """Make them.

        Args:
            folder: where the worker processes keep their numbers; None for a process that stands alone.
        """
        # The library decides at its import, by a variable of the environment, whether processes share their numbers:
        # `web.server` sets it, so that nothing may import the library before.
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
        from prometheus_client.multiprocess import MultiProcessCollector

        self.registry = CollectorRegistry()
        # With several processes each keeps its own numbers in the folder, and the collector alone reads them all.
        own = None if folder is not None else self.registry
        if folder is not None:
            MultiProcessCollector(self.registry, path=str(folder))  # type: ignore[no-untyped-call]  # the library
        self.requests = Counter("retrace_requests", "Requests answered.", ("method", "route", "status"), registry=own)
        self.token_requests = Counter(
            "retrace_token_requests",
            "Requests answered to a program, by the name of its token.",
            ("token", "status"),
            registry=own,
        )
        self.request_seconds = Histogram(
            "retrace_request_seconds", "Time to answer a request.", ("route",), registry=own, buckets=_SECONDS
        )
        self.step_seconds = Histogram(
            "retrace_search_step_seconds", "Time of a step of a search.", ("step",), registry=own, buckets=_SECONDS
        )
        self.searches = Counter(
            "retrace_searches", "Searches answered, by the surest verdict.", ("verdict",), registry=own
        )
        self.neighbours = Counter(
            "retrace_shadow_neighbours",
            "True neighbours in searches that were done again exactly: found is what the index had found too.",
            ("index", "outcome"),
            registry=own,
        )
        self._told: dict[str, LiveRecall] = {}
        self._telling = Lock()
        self.images = Gauge(
            "retrace_images", "Pictures that can be found.", registry=own, multiprocess_mode="mostrecent"
        )

        self.behind = Gauge(
            "retrace_index_behind",
            "Changes of the catalogue that an index lacked at the last look, of the worker furthest behind.",
            ("index",),
            registry=own,
            multiprocess_mode="livemax",
        )
        workers = Gauge("retrace_workers", "Processes that answer.", registry=own, multiprocess_mode="livesum")
        workers.set(1)
        started = Gauge(
            "retrace_started_seconds",
            "When the first process of this server started, in seconds since 1970.",
            registry=own,
            multiprocess_mode="min",
        )
        started.set(time())
        self.readings = Readings()

        gauges = {
            "retrace_watch_waiting": "Deliveries of findings that are still to be made.",
            "retrace_watch_given_up": "Deliveries of findings that were given up.",
            "retrace_watch_oldest_seconds": "Age of the oldest delivery that is still to be made.",
            "retrace_watch_behind": "Changes of the catalogue that are still to be compared with watched pictures.",
        }
        self._watch = {
            name: Gauge(name, words, registry=own, multiprocess_mode="mostrecent") for name, words in gauges.items()
        }

    def tell_queue(self, facts: QueueFacts, now: datetime) -> None:
        """Tell how deliveries of findings are doing."""
        age_s = 0.0 if facts.oldest_at is None else max(0.0, (now - facts.oldest_at).total_seconds())
        for name, value in (
            ("waiting", facts.waiting),
            ("given_up", facts.given_up),
            ("oldest_seconds", age_s),
            ("behind", facts.behind),
        ):
            self._watch[f"retrace_watch_{name}"].set(value)

    def tell_recall(self, index: str, live: LiveRecall) -> None:
        """Add what was found since this process last told it."""
        with self._telling:
            before = self._told.get(index, LiveRecall())
            if live.searches < before.searches:  # the engine was opened anew
                before = LiveRecall()
            self._told[index] = live
            found = live.found - before.found
            self.neighbours.labels(index, "found").inc(found)
            self.neighbours.labels(index, "missed").inc(live.wanted - before.wanted - found)

    def tell_behind(self, engine: Engine) -> None:
        """Tell how far the indexes of this process are behind the catalogue.

        Raises:
            CatalogueUnavailable: it cannot be asked for its last change.
        """
        change = engine.catalogue.last_change()
        for index in (engine.copies, engine.similars):
            behind = max(0, change - index.status.change)
            self.behind.labels(INDEXES[index.identity.kind]).set(behind)

    def look(self, engine: Engine, at_s: float) -> None:
        """Keep a reading where one is due, and tell how far this process is behind.

        Raises:
            CatalogueUnavailable: the catalogue cannot be asked.
        """
        if self.readings.is_due(at_s):
            # First, so that a catalogue that cannot be reached is not asked at every look.
            self.readings.keep(read_metrics(self.registry, at_s))
            self.tell_behind(engine)


def measure(app: Flask, folder: Path | None) -> None:
    """Count what the application answers, and serve the numbers at /metrics.

    Call it after the parts were set and before the engine is opened.
    """
    held = app.extensions[_EXTENSION] = Metrics(folder)
    parts = parts_of(app)

    def look(engine: Engine) -> None:
        """Keep what the metrics say from time to time."""
        try:
            held.look(engine, monotonic())
        except EnvironmentFault as exc:
            parts.tell_fault(exc)

    parts.each_look = look
    app.after_request(_count)
    app.register_blueprint(metrics)


def observe_search(answer: Answer) -> None:
    """Count a search and its steps, where metrics are on."""
    held: Metrics | None = current_app.extensions.get(_EXTENSION)
    if held is None:
        return
    for step, taken in answer.steps_ms.items():
        held.step_seconds.labels(step).observe(taken / 1e3)
    first = answer.no_copies or answer.copies.surest
    held.searches.labels(first.value if first is not None else "beyond_last_page").inc()
    engine = get_parts().engine
    for name, index in (("copies", engine.copies), ("similar", engine.similars)):
        held.tell_recall(name, index.status.live_recall)


def observe_video_search(answer: VideoAnswer) -> None:
    """Count a search with a video and its steps, where metrics are on."""
    held: Metrics | None = current_app.extensions.get(_EXTENSION)
    if held is None:
        return
    for step, taken in answer.steps_ms.items():
        held.step_seconds.labels(f"video {step}").observe(taken / 1e3)
    held.searches.labels("video" if any(hit.is_sure for hit in answer.hits) else "no_video").inc()


def observe_face_search(steps_ms: Mapping[str, float], *, is_found: bool) -> None:
    """Count a search by a face and its steps, where metrics are on."""
    held: Metrics | None = current_app.extensions.get(_EXTENSION)
    if held is None:
        return
    for step, taken in steps_ms.items():
        held.step_seconds.labels(f"face {step}").observe(taken / 1e3)
    held.searches.labels("face" if is_found else "no_face").inc()


def read_lately(at_s: float) -> Measured | None:
    """Return what the metrics say now, and what came in the last minutes; None where metrics are off.

    Args:
        at_s: now, by `time.monotonic`.
    """
    held: Metrics | None = current_app.extensions.get(_EXTENSION)
    if held is None:
        return None
    now, before = read_metrics(held.registry, at_s), held.readings.oldest()
    if held.readings.is_due(at_s):
        held.readings.keep(now)
    if before is None:
        return Measured(now, now, 0.0)
    return Measured(now, now.since(before), at_s - before.at_s)


@metrics.get("/metrics")
def show() -> Response:
    """Answer the numbers in Prometheus' text format."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    held: Metrics = current_app.extensions[_EXTENSION]
    parts = get_parts()
    held.images.set(parts.images_held())
    if parts.images_held():
        try:
            held.tell_behind(parts.engine)
            held.tell_queue(deliveries_of(parts.engine.catalogue), datetime.now(UTC))
        except EnvironmentFault as exc:  # the other numbers are told all the same
            parts.tell_fault(exc)
    return Response(generate_latest(held.registry), content_type=CONTENT_TYPE_LATEST)


def _count(response: Response) -> Response:
    """Count a request by the pattern of its route, of which there are few, whatever addresses are tried."""
    held: Metrics = current_app.extensions[_EXTENSION]
    route = request.url_rule.rule if request.url_rule is not None else "none"
    method = request.method if request.method in {"GET", "HEAD", "POST", "DELETE", "OPTIONS"} else "other"
    held.requests.labels(method, route, str(response.status_code)).inc()
    if (token := current_token()) is not None:
        held.token_requests.labels(token.name, str(response.status_code)).inc()
    held.request_seconds.labels(route).observe(elapsed_ms() / 1e3)
    return response
