"""`decide …`: what copies are, in the words of the one who guards the pictures."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.group import FOUND_NOTHING, command, main
from commands.opening import open_catalogue, open_engine_of, read_picture
from commands.options import FILE, as_json
from commands.showing import show
from errors import StorageUnavailable
from settings import Settings, read_settings

if TYPE_CHECKING:
    from data.decisions import Decisions, State
    from data.tables import DecisionKind, DecisionScope
    from search.answer import QueryPicture
    from search.query import Engine

KINDS: dict[str, "DecisionKind"] = {"not-a-copy": "not_a_copy", "licensed": "licensed", "mine": "mine"}
_TAKE = "on"


class DecideGroup(click.Group):
    """A group that takes a decision where no subcommand is named; a file called `list` is `./list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the subcommand in its place."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_TAKE, *args]
        return super().parse_args(ctx, args)


@main.group(
    "decide",
    cls=DecideGroup,
    subcommand_metavar="A B KIND | --source PLACE KIND | --collection NAME KIND | COMMAND",
    epilog="\b\nExamples:\n  python3 index.py decide suspicious.jpg 17 not-a-copy\n"
    "  python3 index.py decide --source example.org licensed --note 'contract of May'",
)
def decide() -> None:
    """Say what copies are: not-a-copy, licensed or mine.

    Of two pictures, each a file, an address or the id of a picture of the catalogue; of all that comes from a host or
    folder; or of a collection. The nearer decision counts. It is remembered until it is undone: what is no copy is not
    shown again among the copies.
    """


@command(
    _TAKE,
    "decide suspicious.jpg 17 not-a-copy",
    "decide --source example.org licensed --note 'contract of May'",
    "decide on --collection archive mine",
    group=decide,
)
@click.argument("words", nargs=-1, metavar="[A B] KIND")
@click.option("--source", metavar="PLACE", help="All that was seen at this host or in this folder.")
@click.option("--collection", metavar="NAME", help="The pictures of this collection.")
@click.option("--note", help="Why, in words.")
@click.option("--by", help="Who decides [the user of this machine].")
@as_json
def take_decision(
    words: tuple[str, ...],
    *,
    source: str | None,
    collection: str | None,
    note: str | None,
    by: str | None,
    in_json: bool,
) -> None:
    """Take a decision, in place of the one that stands on the same thing."""
    from data.decisions import Subject
    from search.decide import decide_pair
    from search.decision_report import decision_line, decision_record

    is_on_pair = source is None and collection is None
    if len(words) != (3 if is_on_pair else 1) or words[-1] not in KINDS or None not in (source, collection):
        raise click.UsageError(f"Give two pictures, --source or --collection, and one of {', '.join(KINDS)}.")
    kind, who = KINDS[words[-1]], by or getpass.getuser()
    settings = read_settings()
    if is_on_pair:
        with open_engine_of(settings) as engine:
            query, picture = (describe(settings, engine, where) for where in words[:2])
            decision = decide_pair(engine, query, picture, kind, who, note=note)
    else:
        subject = Subject.of_source(source) if source is not None else Subject.of_collection(collection or "")
        with open_decisions() as decisions:
            decision = decisions.decide(kind, subject, who, note=note)
    show(decision_record(decision), [decision_line(decision)], in_json)


decide.commands[_TAKE].hidden = True  # it is meant where nothing else is said


@command("list", "decide list --kind licensed --state all", group=decide)
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only such.")
@click.option("--scope", type=click.Choice(["pair", "source", "collection"]), help="Only those on such.")
@click.option(
    "--state",
    type=click.Choice(["standing", "undone", "all"]),
    default="standing",
    show_default=True,
    help="Whether they stand.",
)
@click.option("--before", type=click.IntRange(1), help="Only those with a smaller number.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@as_json
def list_decisions(
    *,
    kind: str | None,
    scope: "DecisionScope | None",
    state: "State",
    before: int | None,
    limit: int,
    in_json: bool,
) -> None:
    """Show what was decided, the newest first. Exit status 1 where there is nothing."""
    from data.row_values import GREATEST
    from search.decision_report import decision_line, decision_record

    with open_decisions() as decisions:
        found = decisions.newest(
            kind=KINDS[kind] if kind is not None else None,
            scope=scope,
            state=state,
            before_id=before or GREATEST,
            limit=limit,
        )
    show([decision_record(one) for one in found], map(decision_line, found), in_json)
    if not found:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("undo", "decide undo 7", group=decide)
@click.argument("number", type=click.IntRange(1))
@click.option("--by", help="Who takes it back [the user of this machine].")
@as_json
def undo_decision(number: int, *, by: str | None, in_json: bool) -> None:
    """Take a decision back; the history keeps it."""
    from search.decision_report import decision_line, decision_record

    with open_decisions() as decisions:
        decision = decisions.undo(number, by or getpass.getuser())
    show(decision_record(decision), [decision_line(decision)], in_json)


@command("export", "decide export -o decisions.csv", "decide export --evidence > pairs.jsonl", group=decide)
@click.option("--evidence", is_flag=True, help="What was measured of the pairs, a JSON a line, for a calibration.")
@click.option("-o", "--out", type=FILE, help="The file to write; the output where it is left out.")
@as_json
def export_decisions(*, evidence: bool, out: Path | None, in_json: bool) -> None:
    """Write the whole history as CSV or JSON, undone decisions too; with --evidence the pairs on which one stands."""
    from search.decision_report import csv_export, evidence_export, json_export

    write = evidence_export if evidence else json_export if in_json else csv_export
    with open_decisions() as decisions:
        pieces = write(decisions.history())
        if out is None:
            for piece in pieces:
                click.echo(piece, nl=False)
            return
        try:
            with out.open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces)
        except OSError as exc:
            raise StorageUnavailable(f"{out} cannot be written: {exc.strerror}") from exc


@contextmanager
def open_decisions() -> Iterator["Decisions"]:
    """Open the decisions of the catalogue for the time of a block."""
    from data.decisions import Decisions

    with open_catalogue(read_settings()) as catalogue:
        yield Decisions(catalogue.database)


def describe(settings: Settings, engine: "Engine", where: str) -> "QueryPicture":
    """Return a picture of the catalogue by its id, or a file or the picture behind an address, described."""
    from search.query import describe_query, query_from_catalogue
    from search.stopwatch import Stopwatch

    if where.isdecimal():
        return query_from_catalogue(engine, int(where), Stopwatch())
    query = describe_query(engine, read_picture(settings, where), Stopwatch())
    image_id = engine.catalogue.same_file(query.sha256)
    return query if image_id is None else query_from_catalogue(engine, image_id, Stopwatch())
