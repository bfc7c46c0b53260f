"""Adds what sources offer to the catalogue, on this machine or on a cluster."""

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from commands.opening import describe_lacking_regions, engine_source, fetcher_of, served_model
from commands.showing import failure_report, progress_bar, tell_skipped, tell_tally
from settings import Settings

if TYPE_CHECKING:
    from search.ingest import Tally


def take_in(
    settings: Settings, what: Sequence[str], *, collection: str | None, failures: Path | None, quiet: bool
) -> "Tally":
    """Add everything that some sources offer, show the progress, and save the indexes."""
    from data.sources import count_source, open_source
    from search.ingest import ingest
    from search.open_engine import open_intake

    fetcher = fetcher_of(settings)
    with ExitStack() as stack:
        report = stack.enter_context(failure_report(failures))
        sources = [
            stack.enter_context(
                open_source(
                    one,
                    max_bytes=settings.max_upload_bytes,
                    collection=collection,
                    fetcher=fetcher,
                    show_mature=settings.show_mature,
                )
            )
            for one in what
        ]
        counts = [count_source(one, show_mature=settings.show_mature) for one in what]
        total = None if None in counts else sum(number or 0 for number in counts)
        advance = stack.enter_context(progress_bar("Adding pictures", quiet=quiet))
        intake = stack.enter_context(open_intake(engine_source(settings)))
        tally = ingest(
            intake,
            chain.from_iterable(sources),
            on_progress=lambda so_far: advance(so_far.seen, total),
            on_failure=report,
        )
    for source in sources:
        tell_skipped(source.skipped.items())
    if settings.regions:
        describe_lacking_regions(settings, settings.regions, quiet=quiet)
    if not quiet:
        tell_tally(tally)
    return tally


def take_in_bulk(
    settings: Settings,
    what: Sequence[str],
    *,
    address: str,
    collection: str | None,
    failures: Path | None,
    quiet: bool,
) -> "Tally":
    """Add everything that some sources offer, described on a Ray cluster."""
    from search.bulk.run import add_in_bulk
    from search.bulk.shards import Order
    from search.open_engine import open_intake

    with ExitStack() as stack:
        report = stack.enter_context(failure_report(failures))
        advance = stack.enter_context(progress_bar("Adding pictures", quiet=quiet))
        intake = stack.enter_context(open_intake(engine_source(settings)))
        order = Order(
            folder=settings.data_dir.absolute() / "bulk",
            model=served_model(settings).absolute(),
            model_id=intake.extractor.model_id,
            limits=intake.limits,
            fetch_timeout_s=settings.fetch_timeout_s,
            collection=collection,
            show_mature=settings.show_mature,
        )
        outcome = add_in_bulk(
            intake,
            order,
            what,
            address,
            on_progress=lambda so_far, total: advance(so_far.seen, total),
            on_failure=report,
        )
    tell_skipped(outcome.skipped.items())
    if settings.regions:
        describe_lacking_regions(settings, settings.regions, quiet=quiet)
    if not quiet:
        tell_tally(outcome.tally)
    return outcome.tally
