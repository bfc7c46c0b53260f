"""What commands print: results, progress, what was left out."""

import csv
import json
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from errors import StorageUnavailable

if TYPE_CHECKING:
    from search.ingest import Failure, Tally

SHOWN_FAILURES = 20
"""Failures that `add` prints one by one; a table of dead links has millions, which `--failures FILE` takes."""


def tell(what: str) -> None:
    """Say on stderr what comes next."""
    click.echo(what, err=True)


def tell_skipped(skipped: Iterable[tuple[str, int]]) -> None:
    """Say on stderr how many things of a source were left out without being a failure."""
    for reason, number in skipped:
        click.echo(f"{number} left out: {reason}", err=True)


def tell_tally(tally: "Tally") -> None:
    """Say what became of the pictures that were offered."""
    click.echo(f"{tally.added} added, {tally.known} known already, {tally.failed} failed.")


@contextmanager
def failure_report(path: Path | None) -> Iterator[Callable[["Failure"], None]]:
    """Yield a function that reports a picture left out: the first few on stderr, all of them in a CSV file."""
    seen = 0
    with ExitStack() as stack:
        writer = None
        if path is not None:
            try:
                file = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
            except OSError as exc:
                raise StorageUnavailable(f"{path} cannot be written: {exc.strerror}") from exc
            writer = csv.writer(file)
            writer.writerow(["locator", "reason"])

        def report(failure: "Failure") -> None:
            nonlocal seen
            seen += 1
            if writer is not None:
                writer.writerow([failure.locator, failure.reason])
            if seen <= SHOWN_FAILURES:
                click.echo(f"left out: {failure.locator}: {failure.reason}", err=True)

        yield report
    if seen > SHOWN_FAILURES:
        where = f"all of them are in {path}" if path else "name a file with --failures to have them all"
        click.echo(f"… and {seen - SHOWN_FAILURES} more left out; {where}.", err=True)


@contextmanager
def progress_bar(title: str, *, quiet: bool = False) -> Iterator[Callable[[int, int | None], None]]:
    """Yield a function (done, total) that moves a bar with rate and time left on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task(title, total=None, rate="")

        def advance(done: int, total: int | None) -> None:
            elapsed = progress.tasks[task].elapsed or 0.0
            rate = f"{done / elapsed:.0f}/s" if elapsed > 1 else ""
            progress.update(task, completed=done, total=total, rate=rate)

        yield advance


def command_given() -> str:
    """Return the command that runs, as people would give it again, for a report that says how it was made."""
    context = click.get_current_context()
    words = context.command_path.split()[1:]
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if context.get_parameter_source(parameter.name or "") is not ParameterSource.COMMANDLINE:
            continue
        values = value if isinstance(value, tuple) else (value,)
        for one in values:
            words += [] if isinstance(parameter, click.Argument) else [parameter.opts[0]]
            words += [] if one is True else [shlex.quote(str(one))]
    return " ".join(["python3 index.py", *words])


def show(record: object, lines: Iterable[str], in_json: bool) -> None:
    """Print a result: as JSON, or line by line."""
    if in_json:
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)
