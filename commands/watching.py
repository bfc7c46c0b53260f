"""`watch …`: pictures to guard, what was found of them, and where that is told."""

import getpass
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.group import FOUND_NOTHING, command, main
from commands.opening import engine_source, fetcher_of, open_catalogue, open_engine_of
from commands.options import FILE, as_json
from commands.showing import failure_report, progress_bar, show, tell, tell_skipped, tell_tally
from errors import BadInput, NotFound
from search.words import count
from settings import Settings, read_settings

if TYPE_CHECKING:
    from data.watch_records import Watch
    from data.watches import Watches
    from search.ingest import Tally

_PAUSE_S = 1.0


@main.group("watch")
def watch() -> None:
    """Guard pictures: what is added to the catalogue later is compared with them, and what is found is told, once.

    Serving processes do it by themselves; where none runs, `watch run` does.
    """


@command("add", "watch add ~/Portfolio --name portfolio", "watch add --collection mine --name mine", group=watch)
@click.argument("what", nargs=-1)
@click.option("--name", required=True, help="Name of the watch; one that is there gets further pictures.")
@click.option("--collection", help="Guard the pictures of this collection, those too that come to it later.")
@click.option("--everything", is_flag=True, help="Compare what is in the catalogue already, too (a new watch alone).")
@click.option("--failures", type=FILE, help="Write what was left out to this CSV file.")
@as_json
def add(
    what: tuple[str, ...],
    *,
    name: str,
    collection: str | None,
    everything: bool,
    failures: Path | None,
    in_json: bool,
) -> None:
    """Guard pictures: files, folders, archives and tables as `add` takes them, or a collection of the catalogue.

    What is guarded by files never appears in searches: it is kept beside the catalogue, as descriptors, local features
    and a small version that only the signed-in see. Exit status 3 when a picture was left out.
    """
    if bool(what) == (collection is not None):
        raise click.UsageError("Give pictures to guard, or --collection.")
    settings = read_settings()
    with open_watches(settings) as watches:
        if collection is not None:
            watch, tally = _guard_collection(watches, name, collection, everything=everything), None
        else:
            watch = watches.add(name, everything=everything)
            tally = _guard_files(settings, watches, watch, what, failures, quiet=in_json)
        watches.make_ready(watch.id)
        counts = watches.counts(watch)
    lines = [f"{name} guards {count(counts.pictures, 'picture')}; what is added from now on is compared with them."]
    if everything:
        lines.append("What is in the catalogue already is compared, too.")
    record = {"name": name, "pictures": counts.pictures, "tally": None if tally is None else asdict(tally)}
    show(record, lines, in_json)
    if tally is not None and tally.failed:
        raise click.exceptions.Exit(BadInput.exit_status)


def _guard_collection(watches: "Watches", name: str, collection: str, *, everything: bool) -> "Watch":
    """Guard a collection that has pictures.

    Raises:
        NotFound: it has none: a name that was mistyped would guard nothing for ever.
    """
    from data.watches import MOST_WATCHED

    with open_catalogue(read_settings()) as catalogue:
        held = len(catalogue.find(collection=collection))
    if not held:
        raise NotFound(f"there is no picture in a collection {collection!r}", remedy="See which there are: `stats`.")
    if held > MOST_WATCHED:
        raise BadInput(
            f"expected at most {MOST_WATCHED:,} pictures in a watch; the collection has {held:,}",
            remedy="Guard a smaller collection, or some of its pictures as files.",
        )
    return watches.add(name, collection=collection, everything=everything)


def _guard_files(
    settings: Settings, watches: "Watches", watch: "Watch", what: tuple[str, ...], failures: Path | None, *, quiet: bool
) -> "Tally":
    """Guard what some sources offer."""
    from data.sources import count_source, open_source
    from feature_extractor.extractor import open_extractor
    from feature_extractor.threads import limit_threads
    from search.watching.intake import guard_files

    cores = os.cpu_count() or 1
    limit_threads(1)
    fetcher = fetcher_of(settings)
    with ExitStack() as stack:
        report = stack.enter_context(failure_report(failures))
        sources = [
            stack.enter_context(open_source(one, max_bytes=settings.max_upload_bytes, fetcher=fetcher)) for one in what
        ]
        counts = [count_source(one) for one in what]
        total = None if None in counts else sum(number or 0 for number in counts)
        advance = stack.enter_context(progress_bar("Guarding pictures", quiet=quiet))
        tally = guard_files(
            watches,
            watch,
            chain.from_iterable(sources),
            open_extractor(settings.model, threads=0, streams=cores),
            engine_source(settings).limits,
            workers=cores,
            on_progress=lambda so_far: advance(so_far.seen, total),
            on_failure=report,
        )
    for source in sources:
        tell_skipped(source.skipped.items())
    if not quiet:
        tell_tally(tally)
    return tally


@command("list", "watch list", "watch list --json", group=watch)
@as_json
def list_watches(in_json: bool) -> None:
    """Show what is guarded, and where findings are sent. Exit status 1 where nothing is."""
    from search.watching.report import watch_lines, watch_record

    with open_watches(read_settings()) as watches:
        told = [(one, watches.counts(one), watches.channels(one.id)) for one in watches.everything()]
    lines = [line for one in told for line in watch_lines(*one)]
    show([watch_record(*one) for one in told], lines or ["Nothing is watched: `watch add`."], in_json)
    if not told:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("remove", "watch remove portfolio", group=watch)
@click.argument("name")
@as_json
def remove(name: str, in_json: bool) -> None:
    """End a watch: its pictures, its findings and all that is still to be sent of them go. The catalogue stays."""
    with open_watches(read_settings()) as watches:
        gone = watches.remove(name)
    line = f"{name} is removed, with {count(gone.findings, 'finding')}; {gone.waiting} of them were still to be sent."
    show({"name": name, **asdict(gone)}, [line], in_json)


@command("findings", "watch findings --unseen", "watch findings --watch portfolio --json", group=watch)
@click.option("--watch", "name", help="Only of this watch.")
@click.option("--unseen", is_flag=True, help="Only those that nobody has marked as seen.")
@click.option("--before", type=click.IntRange(1), help="Only those with a smaller number.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@click.option("--mark-seen", is_flag=True, help="Mark those that are shown as seen.")
@as_json
def list_findings(
    *, name: str | None, unseen: bool, before: int | None, limit: int, mark_seen: bool, in_json: bool
) -> None:
    """Show what was found, the newest first, and what became of telling it. Exit status 1 where there is nothing."""
    from data.findings import Findings
    from data.outbox import Outbox
    from data.row_values import GREATEST
    from search.watching.report import finding_json, finding_text

    with open_catalogue(read_settings()) as catalogue:
        findings, outbox = Findings(catalogue.database), Outbox(catalogue.database)
        found = findings.newest(watch=name, unseen=unseen, before_id=before or GREATEST, limit=limit)
        sent = outbox.of_findings([one.id for one in found])
        if mark_seen:
            for one in found:
                findings.mark_seen(getpass.getuser(), finding_id=one.id)
    lines = [line for one in found for line in finding_text(one, sent.get(one.id, []))]
    show([finding_json(one, sent.get(one.id, [])) for one in found], lines, in_json)
    if not found:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("hook", "watch hook portfolio https://example.org/hooks/retrace --test", group=watch)
@click.argument("name")
@click.argument("url")
@click.option("--allow-private", is_flag=True, help="The host may have an address of a private network.")
@click.option("--test", "is_tried", is_flag=True, help="Post a message of the type retrace.test first.")
@click.option("--remove", "is_removed", is_flag=True, help="Send nothing there any more.")
@as_json
def hook(name: str, url: str, *, allow_private: bool, is_tried: bool, is_removed: bool, in_json: bool) -> None:
    """Post what is found from now on to an address, signed with a secret that is shown this once.

    The same address again gets a new secret.
    """
    from data.sealed_secret import seal
    from data.webhook import Poster, check_target, new_secret, secret_text
    from search.watching.open_courier import HOOK_TIMEOUT_S
    from search.watching.trial import try_hook

    settings, target = read_settings(), check_target(url)
    with open_watches(settings) as watches:
        if is_removed:
            watches.remove_channel(name, "webhook", target)
            show({"name": name, "removed": target}, [f"Nothing is posted to {target} any more."], in_json)
            return
        secret, key = new_secret(), hook_key(settings)
        watches.get(name)
        if is_tried:
            try_hook(Poster(timeout_s=HOOK_TIMEOUT_S), target, secret, allows_private=allow_private)
        watches.add_channel(name, "webhook", target, secret=seal(secret, key), allows_private=allow_private)
    lines = [
        f"What is found of {name} is posted to {target}.",
        f"Secret, shown this once: {secret_text(secret)}",
    ]
    show({"name": name, "target": target, "secret": secret_text(secret)}, lines, in_json)


@command("mail", "watch mail portfolio ann@example.org", group=watch)
@click.argument("name")
@click.argument("address")
@click.option("--test", "is_tried", is_flag=True, help="Send a mail there first.")
@click.option("--remove", "is_removed", is_flag=True, help="Send nothing there any more.")
@as_json
def mail(name: str, address: str, *, is_tried: bool, is_removed: bool, in_json: bool) -> None:
    """Mail what is found from now on, several findings in one mail, over the server of RETRACE_SMTP_URL."""
    from data.mail import check_address
    from search.watching.open_courier import read_mail_options
    from search.watching.trial import try_mail

    settings, target = read_settings(), check_address(address)
    with open_watches(settings) as watches:
        if is_removed:
            watches.remove_channel(name, "mail", target)
            show({"name": name, "removed": target}, [f"Nothing is mailed to {target} any more."], in_json)
            return
        options = read_mail_options(settings)
        watches.get(name)
        if is_tried:
            try_mail(options, target)
        elif options.server is None:
            tell("RETRACE_SMTP_URL is empty: until it is set, where findings are sent from, no mail goes out.")
        watches.add_channel(name, "mail", target)
    show({"name": name, "target": target}, [f"What is found of {name} is mailed to {target}."], in_json)


@command("feed", "watch feed portfolio", "watch feed portfolio --new", "watch feed portfolio --off", group=watch)
@click.argument("name")
@click.option("--new", "is_renewed", is_flag=True, help="Give it another address; the one before ends.")
@click.option("--off", "is_off", is_flag=True, help="Take its address away.")
@as_json
def feed(name: str, *, is_renewed: bool, is_off: bool, in_json: bool) -> None:
    """Show the address of a watch's Atom feed. Whoever knows it reads the findings, without signing in."""
    from data.watches import new_token

    if is_renewed and is_off:
        raise click.UsageError("Give --new or --off.")
    settings = read_settings()
    with open_watches(settings) as watches:
        found = watches.get(name)
        if is_renewed or is_off:
            found = watches.set_feed(name, new_token() if is_renewed else None)
    path = None if found.feed_token is None else f"/watch/feed/{found.feed_token}"
    lines = [f"{name} has no feed: `watch feed {name} --new`."]
    if path is not None:
        lines = [f"{settings.public_url.rstrip('/')}{path}"]
    show({"name": name, "path": path}, lines, in_json)


@command("run", "watch run", "watch run --once", group=watch)
@click.option("--once", is_flag=True, help="End when there is nothing left to compare and nothing due to be sent.")
@as_json
def run(*, once: bool, in_json: bool) -> None:
    """Compare and send where nothing is served, or beside it: one process at a time does it. Stop it with Ctrl-C.

    Exit status 1 where another process was at it all the time.
    """
    from data.outbox import Outbox
    from search.watching.open_courier import open_courier
    from search.watching.report import queue_record
    from search.watching.runner import WatchRunner

    settings = read_settings()
    with open_engine_of(settings) as engine:
        runner = WatchRunner(engine, open_courier(settings, engine.catalogue, hook_key(settings)))

        def look(pause_s: float) -> bool:
            time.sleep(pause_s)
            engine.copies.catch_up()
            return False

        try:
            has_worked = runner.run(until_done=once, pause_s=_PAUSE_S, wait=look)
        finally:
            runner.let_go()
        facts = Outbox(engine.catalogue.database).facts()
    done = runner.done
    line = (
        f"{count(done.compared, 'picture')} compared, {count(done.found, 'finding')}, {done.tried} deliveries tried; "
        f"{facts.waiting} to be sent, {facts.given_up} given up."
    )
    lines = [line if has_worked else "Another process is at it; nothing was done here."]
    show({**asdict(done), "has_worked": has_worked, "queue": queue_record(facts)}, lines, in_json)
    if not has_worked:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("queue", "watch queue --json", group=watch)
@as_json
def queue(in_json: bool) -> None:
    """Show how much is still to be compared and to be sent. Exit status 0 also where something is."""
    from data.outbox import Outbox
    from search.watching.report import queue_record

    with open_catalogue(read_settings()) as catalogue:
        facts = Outbox(catalogue.database).facts()
    oldest = "" if facts.oldest_at is None else f", the oldest of {facts.oldest_at:%Y-%m-%d %H:%M} UTC"
    line = (
        f"{count(facts.behind, 'change')} to be compared; {facts.waiting} to be sent{oldest}; "
        f"{facts.delivered} delivered, {facts.given_up} given up."
    )
    show(queue_record(facts), [line], in_json)


@command("retry", "watch retry portfolio", group=watch)
@click.argument("name")
@as_json
def retry(name: str, in_json: bool) -> None:
    """Try again to send what was given up of a watch."""
    from data.outbox import Outbox
    from search.watching.deliver import utc_now

    with open_catalogue(read_settings()) as catalogue, open_watches(read_settings()) as watches:
        number = Outbox(catalogue.database).try_again(watches.get(name).id, utc_now())
    show({"name": name, "waiting": number}, [f"{number} given up before are sent again."], in_json)


@contextmanager
def open_watches(settings: Settings) -> Iterator["Watches"]:
    """Open the watches of the catalogue for the time of a block."""
    from data.watches import Watches

    with open_catalogue(settings) as catalogue:
        yield Watches(catalogue.database)


def hook_key(settings: Settings) -> bytes:
    """Return the key that secrets of hooks are sealed with."""
    from web.secret import HOOK_SECRETS, derive_key, read_secret

    return derive_key(read_secret(settings), HOOK_SECRETS)
