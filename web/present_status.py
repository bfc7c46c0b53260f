"""The status of a site as a page: every word that the signed-in read about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isinf

from data.last_backup import LastBackup
from search.cautions import INDEX_NAMES, Caution, DiskSpace, FoundRecall
from search.query import Engine, indexes_of
from search.stock import Stock
from search.vector_index.address import method_of
from search.words import count
from settings import Settings
from web import words
from web.readings import Measured
from web.site import METHODS, confidence_text, index_aims
from web.status_contexts import CautionView, StatusContext, StepLine

MOST_STEPS = 30
_NOT_MEASURED = (
    "Searches are not counted. With RETRACE_METRICS=true they are, over all workers of this server, and this page and "
    "/metrics tell it; the latter is public then: keep it behind the proxy."
)


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """All that the page tells.

    Attributes:
        engine, settings, version: of this site.
        checks: of web.health: model, database and index, 'ready' or what is wrong.
        stock: of the catalogue.
        change: last change of the catalogue, at this moment.
        recall: of the indexes, by their kinds, over all workers where that is measured.
        measured: None where metrics are off.
        disk: of the data folder.
        backup: the last one that is known.
        cautions: what there is to see to.
        process_id, started_at: of the worker that answers.
        now: UTC.
    """

    engine: Engine
    settings: Settings
    version: str
    checks: Mapping[str, str]
    stock: Stock
    change: int
    recall: Mapping[str, FoundRecall]
    measured: Measured | None
    disk: DiskSpace
    backup: LastBackup | None
    cautions: tuple[Caution, ...]
    process_id: int
    started_at: datetime
    now: datetime


def status_context(status: SiteStatus) -> StatusContext:
    """Return the page."""
    cautions = status.cautions
    title, steps, note = _searches(status.measured)
    return StatusContext(
        headline="Nothing to see to" if not cautions else f"{count(len(cautions), 'thing')} to see to",
        explanation=(
            "What this site holds, how it is doing, and what it would like somebody to do. The command check proves "
            "far more, and takes longer."
        ),
        cautions=tuple(CautionView(_pieces(one.what), _pieces(one.remedy)) for one in cautions),
        holds=tuple(_holds(status.stock)),
        model=tuple(_model(status)),
        index=tuple(_index(status)),
        serving=tuple(_serving(status)),
        deliveries=tuple(_deliveries(status)),
        storage=tuple(_storage(status)),
        searches_title=title,
        steps=steps,
        searches_note=note,
    )


def span(length: timedelta) -> str:
    """Return a length of time in the largest unit of which it has two: '90 seconds', '9 minutes', '30 hours'."""
    seconds = max(0, int(length.total_seconds()))
    for unit_s, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * unit_s:
            return count(seconds // unit_s, name)
    return count(seconds, "second")


def _pieces(text: str) -> tuple[str, ...]:
    """Return text and what stands between backticks in it by turns."""
    return tuple(text.split("`"))


def _holds(stock: Stock) -> Iterator[tuple[str, str]]:
    counts, videos = stock.counts, stock.videos
    yield "Pictures", f"{counts.images:,}"
    yield "Places they were seen at", f"{counts.sources:,}"
    if counts.collections:
        yield "Collections", f"{len(counts.collections):,}"
    if videos.videos:
        yield "Videos", f"{videos.videos:,}, {words.whole_seconds(videos.duration_ms)} in all"
    if stock.faces:
        kept = count(sum(one.faces for one in stock.faces), "face")
        yield "Faces", f"{kept} of {count(len(stock.faces), 'collection')}"
    yield "Changes so far", f"{counts.last_change:,}"


def _model(status: SiteStatus) -> Iterator[tuple[str, str]]:
    engine, counts = status.engine, status.stock.counts
    yield "Model id", engine.extractor.model_id[:16]
    yield "Pictures it described", f"{counts.models.get(engine.extractor.model_id, 0):,} of {counts.images:,}"
    following = engine.catalogue.models.serving().next
    if following is not None and following != engine.extractor.model_id:
        yield "About to take its place", following[:16]
    yield "Confidence", confidence_text(engine)


def _index(status: SiteStatus) -> Iterator[tuple[str, str]]:
    engine = status.engine
    yield "Method", METHODS[method_of(status.settings.index_url)]
    yield from index_aims(engine)
    for index in indexes_of(engine):
        name = INDEX_NAMES[index.identity.kind]
        memory = index.status.memory
        held = words.size_bytes(memory.mapped_bytes + memory.private_bytes)
        yield f"Index of {name}", f"{len(index):,} vectors, {held}"
    yield "Found, by searches done again exactly", _recall(status)
    yield "Changes behind the catalogue", _behind(status)


def _recall(status: SiteStatus) -> str:
    """Return what searches found of the true neighbours, by index."""
    told = [
        f"{found.share:.1%} of {found.wanted:,} nearest {INDEX_NAMES[kind]}"
        for kind, found in status.recall.items()
        if found.share is not None
    ]
    whose = "" if status.measured is not None else ", in this worker"
    return f"{', '.join(told)}{whose}" if told else f"none yet{whose}"


def _behind(status: SiteStatus) -> str:
    """Return how far the indexes are behind, of all workers where that is measured."""
    own = max(0, *(status.change - index.status.change for index in (status.engine.copies, status.engine.similars)))
    others = status.measured.now.behind.values() if status.measured is not None else ()
    furthest = max([own, *others])
    whose = "of the worker furthest behind" if others else "of this worker"
    return f"{furthest:,}, {whose}"


def _serving(status: SiteStatus) -> Iterator[tuple[str, str]]:
    measured, settings = status.measured, status.settings
    faults = [f"{part} {state}" for part, state in status.checks.items() if state != "ready"]
    yield "Ready", "; ".join(faults) or f"yes: {', '.join(status.checks)}"
    wanted = f"{count(settings.workers, 'process', 'processes')} of {count(settings.threads, 'thread')}"
    if measured is not None and measured.now.workers:
        yield (
            "Workers",
            f"{measured.now.workers:,} {'answers' if measured.now.workers == 1 else 'answer'}; {wanted} each are set",
        )
    else:
        yield "Workers", f"{wanted} each"
    if measured is not None and measured.now.started_s:
        started = datetime.fromtimestamp(measured.now.started_s, UTC)
        yield "Server up for", span(status.now - started)
    yield "Worker that answers", f"{status.process_id}, up for {span(status.now - status.started_at)}"
    if measured is not None:
        lately, total = sum(measured.lately.searches.values()), sum(measured.now.searches.values())
        if measured.lately_s:
            yield f"Searches in the last {span(timedelta(seconds=measured.lately_s))}", f"{lately:,}"
        yield "Searches since the server started", f"{total:,}"
    yield "Retrace", status.version


def _deliveries(status: SiteStatus) -> Iterator[tuple[str, str]]:
    facts = status.stock.deliveries
    yield "Waiting to be sent", f"{facts.waiting:,}"
    if facts.oldest_at is not None:
        yield "The oldest waits for", span(status.now - facts.oldest_at)
    yield "Given up", f"{facts.given_up:,}"
    yield "Delivered", f"{facts.delivered:,}"
    yield "Still to be compared with what is watched", count(facts.behind, "change") if facts.behind else "nothing"
    yield "Watching", "by these processes" if status.settings.watch else "by index.py watch run alone"


def _storage(status: SiteStatus) -> Iterator[tuple[str, str]]:
    disk, backup = status.disk, status.backup
    share = disk.free / disk.total if disk.total else 0.0
    yield (
        "Free on the disk of the data folder",
        f"{disk.free / 1e9:,.1f} GB of {disk.total / 1e9:,.1f} GB ({share:.0%})",
    )
    yield "Catalogue", "SQLite in the data folder" if not status.settings.database_url else "a database of its own"
    if backup is None:
        yield "Last backup", "none known"
        return
    yield (
        "Last backup",
        f"{words.day(backup.created_at)}: {words.shorten(backup.name)}, {count(backup.images, 'picture')}",
    )
    changes = max(0, status.stock.counts.last_change - backup.last_change)
    yield "Changes since", f"{changes:,}"


def _searches(measured: Measured | None) -> tuple[str, tuple[StepLine, ...], str]:
    """Return title, steps and note of the table of searches."""
    if measured is None:
        return "Steps of a search", (), _NOT_MEASURED
    shown = measured.lately if measured.lately.steps else measured.now
    since = (
        f"in the last {span(timedelta(seconds=measured.lately_s))}" if shown is measured.lately else "since the start"
    )
    steps = sorted(shown.steps.items(), key=lambda item: -item[1].total_s)[:MOST_STEPS]
    lines = tuple(
        StepLine(
            name=name,
            times_text=f"{taken.times:,}",
            mean_text=words.seconds(1e3 * taken.mean_s),
            bound_text="over 10 s" if isinf(bound := taken.bound_s(0.95)) else f"≤ {words.seconds(1e3 * bound)}",
        )
        for name, taken in steps
    )
    return f"Steps of a search, {since}", lines, "" if lines else "Nobody has searched yet."
