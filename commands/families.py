"""`family`: the versions of a picture of the catalogue."""

import click

from commands.group import FOUND_NOTHING, command
from commands.opening import open_engine_of
from commands.options import as_json
from commands.showing import show
from settings import read_settings


@command("family", "family 17", "family 17 --seconds 60 --json")
@click.argument("image_id", metavar="ID", type=click.IntRange(1))
@click.option(
    "--seconds",
    type=click.FloatRange(0, 3600),
    default=30.0,
    show_default=True,
    help="After which no further pair is compared.",
)
@as_json
def family(image_id: int, *, seconds: float, in_json: bool) -> None:
    """Show the copies of a picture in the catalogue as a tree: which was made from which, what was done, and why so.

    A line joins two that are proven to be copies of each other; where nothing tells which came first, it says so. Exit
    status 1 when there is no other version.
    """
    from search.families import Bounds, find_family
    from search.family_report import family_lines, family_record
    from search.stopwatch import Stopwatch

    settings = read_settings()
    with open_engine_of(settings) as engine:
        found = find_family(engine, image_id, Stopwatch(), Bounds(seconds=seconds))
    show(family_record(found), family_lines(found), in_json)
    if len(found.members) == 1:
        raise click.exceptions.Exit(FOUND_NOTHING)
