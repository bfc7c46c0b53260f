"""`search … --report`: every picture of one's own against the catalogue, and a report of what was found."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from commands.group import FOUND_NOTHING
from commands.opening import engine_source, fetcher_of, open_engine_of
from commands.showing import progress_bar, show, tell_skipped
from errors import BadRequest, StorageUnavailable
from settings import ROOT, Settings

if TYPE_CHECKING:
    from search.answer import Ask
    from search.batch.journal import Journal
    from search.batch.run import Tally

STYLES = ROOT / "web" / "static" / "css"
LAST = "last"
_STEPS_TOLD = 4
FEW = 64
"""Files that one process searches with by itself: others take seconds to load the model."""


def search_and_report(
    settings: Settings,
    what: Sequence[str],
    ask: "Ask",
    page: Path,
    *,
    since: str | None,
    workers: int | None,
    in_json: bool,
) -> None:
    """Search with everything that some sources offer, and write page, CSV and JSON beside each other.

    Exit status 1 when nothing was found that the report tells of.
    """
    from data.sources import count_source, open_source
    from search.batch.ask import asked_digest
    from search.batch.files import write_report
    from search.batch.journal import SUFFIX, Journal
    from search.batch.report import COPIES, Wanted, make_report, report_lines
    from search.batch.run import search_all

    check_page(page)
    fetcher = fetcher_of(settings)
    with ExitStack() as stack:
        engine = stack.enter_context(open_engine_of(settings))
        journal = stack.enter_context(
            Journal.open(page.with_suffix(SUFFIX), change=engine.copies.index.change, asked=asked_digest(engine, ask))
        )
        moment = since_moment(since, journal)
        sources = [
            stack.enter_context(
                open_source(one, max_bytes=settings.max_upload_bytes, fetcher=fetcher, show_mature=settings.show_mature)
            )
            for one in what
        ]
        counts = [count_source(one, show_mature=settings.show_mature) for one in what]
        total = None if None in counts else sum(number or 0 for number in counts)
        journal.begin(what)
        workers = workers or workers_for(settings, total)
        started = perf_counter()
        with progress_bar("Searching", quiet=in_json) as advance:
            tally = search_all(
                engine,
                engine_source(settings),
                chain.from_iterable(sources),
                journal,
                ask,
                workers=workers,
                on_progress=lambda so_far: advance(so_far.seen, total),
            )
        seconds = perf_counter() - started
        report = make_report(
            journal,
            engine.decisions,
            Wanted(ask.verdicts or COPIES, moment, ask.show_decided),
            what=what,
            searched=len(engine.copies),
            change=engine.copies.index.change,
            model_id=engine.extractor.model_id,
            made_at=datetime.now(UTC),
        )
        files = write_report(report, engine.thumbnails, STYLES, page)
        journal.end()
    for source in sources:
        tell_skipped(source.skipped.items())
    took = {
        "workers": workers,
        "seconds": round(seconds, 3),
        "steps_s": {step: round(took_ms / 1e3, 3) for step, took_ms in tally.steps_ms.items()},
    }
    lines = chain(report_lines(report), [time_line(tally, seconds), f"Written: {', '.join(map(str, files))}"])
    show(report.record() | {"took": took}, lines, in_json)
    if not report.rows:
        raise click.exceptions.Exit(FOUND_NOTHING)


def time_line(tally: "Tally", seconds: float) -> str:
    """Return how long the searches took, and which of their steps took longest."""
    said = f"{tally.searched:,} searched in {seconds:.1f} s"
    if not tally.searched:
        return f"{said}."
    steps = sorted(tally.steps_ms.items(), key=lambda step: -step[1])[:_STEPS_TOLD]
    of_each = ", ".join(f"{step} {took_ms / tally.searched:.0f} ms" for step, took_ms in steps)
    return f"{said}, {tally.searched / seconds:.0f} a second; of a worker each: {of_each}."


def check_page(page: Path) -> None:
    """Raise where a report cannot be called so: before anything is searched."""
    if page.suffix.lower() not in {".html", ".htm"}:
        raise BadRequest(f"expected a report that ends in .html; received {page}", remedy="Name it so.")
    if not page.parent.is_dir():
        raise StorageUnavailable(f"there is no folder {page.parent}", remedy="Make it, or name another place.")


def since_moment(since: str | None, journal: "Journal") -> datetime | None:
    """Return the moment that only newer findings are told of; None for all.

    Raises:
        BadRequest: it is neither a date nor the word last.
    """
    if since is None:
        return None
    if since == LAST:
        # Of a first run everything is new.
        return datetime.now(UTC) if journal.last_end() is not None else None
    try:
        moment = datetime.fromisoformat(since)
    except ValueError as exc:
        raise BadRequest(
            f"expected --since as a date or the word {LAST}; received {since[:40]!r}",
            remedy="Write it so: 2026-11-28.",
        ) from exc
    return moment if moment.tzinfo else moment.astimezone()


def workers_for(settings: Settings, total: int | None) -> int:
    """Return how many processes a batch is worth: a core each, and none of its own for a few files.

    Milvus Lite, a server in a file, belongs to one process.
    """
    if (total is not None and total < FEW) or settings.index_url.startswith("milvus:"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
