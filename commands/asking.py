"""`search`, `compare` and `why`: questions with a picture."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.batch_searching import search_and_report
from commands.group import FOUND_NOTHING, command
from commands.opening import engine_source, open_engine_of, read_picture, served_model
from commands.options import FILE, as_json
from commands.showing import show
from settings import read_settings

if TYPE_CHECKING:
    from data.places import Place
    from data.word_query import WordQuery


SORTS = ("best", "changed", "biggest", "smallest", "newest", "oldest")
VERDICTS = ("identical", "same_pixels", "copy", "unconfirmed", "similar", "distant")
"""As in search.answer, which `--help` does not wait for; a test holds them to it."""


@command(
    "search",
    "search picture.jpg --limit 5",
    "search picture.jpg --sort biggest --source example.org",
    "search collage.jpg --region 0,0,0.5,0.5",
    "search ~/Pictures --report report.html --since last",
)
@click.argument("pictures", nargs=-1, required=True, metavar="PICTURE")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Hits of each list.")
@click.option("--attribute", "attributes", multiple=True, help="Only similar works that carry this; may be repeated.")
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default="best",
    show_default=True,
    help="Order of the copies found: best match, most changed, or by size or by when they were first seen.",
)
@click.option(
    "--verdict", "verdicts", type=click.Choice(VERDICTS), multiple=True, help="Only hits of this; may be repeated."
)
@click.option("--collection", help="Only pictures of this collection.")
@click.option(
    "--source",
    help="Only pictures seen there: a host (example.org), a folder (with a slash), an archive (ending in !), or the "
    "word files for all that are not from the web.",
)
@click.option("--words", help="Only pictures that these words find, as `find` does.")
@click.option("--region", metavar="L,T,R,B", help="Search with this part alone: four shares of the sides, 0..1.")
@click.option(
    "--regions",
    type=click.Choice(["auto", "all", "none"]),
    default="auto",
    show_default=True,
    help="Parts searched beside the whole: what looks like a picture within it, these and fixed crops, or none.",
)
@click.option("--all", "show_decided", is_flag=True, help="Show what was decided not to be a copy, too.")
@click.option(
    "--report",
    type=FILE,
    help="Search with everything in folders, archives and tables, and write the copies found to this .html page, a CSV "
    "and a JSON beside it. Run it again to go on where it stopped.",
)
@click.option(
    "--since",
    metavar="DATE|last",
    help="Only what no report before this day, or none before this one, told of; with --report.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Processes that search, with --report [one a core, if it is worth it].",
)
@click.option("--explain", is_flag=True, help="Show the time of every step and how the indexes answered.")
@as_json
def search(
    pictures: tuple[str, ...],
    *,
    limit: int,
    attributes: tuple[str, ...],
    sort: str,
    verdicts: tuple[str, ...],
    collection: str | None,
    source: str | None,
    words: str | None,
    region: str | None,
    regions: str,
    show_decided: bool,
    report: Path | None,
    since: str | None,
    workers: int | None,
    explain: bool,
    in_json: bool,
) -> None:
    """Search with a picture: a file, or the address of one. Exit status 1 when it has no copy that was asked for.

    With --report: with every picture of files, folders, archives and tables.
    """
    from search.answer import Ask, SearchParts, Sort, Verdict
    from search.query import search as search_with
    from search.regions import parse_region
    from search.report import answer_lines, answer_record

    if report is None:
        if len(pictures) > 1 or since is not None or workers is not None:
            raise click.UsageError("Several pictures, --since and --workers go with --report FILE.html.")
    elif attributes or region is not None or explain or sort != "best":
        raise click.UsageError("--attribute, --region, --sort and --explain are for one picture, without --report.")
    settings = read_settings()
    ask = Ask(
        page_size=limit,
        attributes=attributes,
        verdicts=tuple(verdict for verdict in Verdict if verdict.value in verdicts),
        collection=collection,
        place=None if source is None else place_of(source),
        words=None if words is None else words_of(words),
        sort=Sort(sort),
        show_decided=show_decided,
        region=None if region is None else parse_region(region),
        parts=SearchParts(regions),
    )
    if report is not None:
        search_and_report(settings, pictures, ask, report, since=since, workers=workers, in_json=in_json)
        return
    data = read_picture(settings, pictures[0])
    with open_engine_of(settings) as engine:
        answer = search_with(engine, data, ask)
    show(answer_record(answer), answer_lines(answer, explain=explain), in_json)
    if not answer.copies.hits:
        raise click.exceptions.Exit(FOUND_NOTHING)


def words_of(typed: str) -> "WordQuery | None":
    """Return the words that pictures must be found by; None where nothing is asked for.

    Raises:
        BadRequest: they are too many, or a date among them is none.
    """
    from data.word_query import parse_words

    query = parse_words(typed)
    return None if query.asks_nothing else query


def place_of(source: str) -> "Place":
    """Return the place that a word means; folders as they are kept, by their whole path.

    Raises:
        BadRequest: it means none.
    """
    from data.places import Place, parse_place

    place = parse_place(source, folders=True)
    return place if place.kind != "folder" else Place("folder", str(Path(place.name).resolve()))


@command("compare", "compare mine.jpg theirs.jpg")
@click.argument("first")
@click.argument("second")
@as_json
def compare(first: str, second: str, in_json: bool) -> None:
    """Show how alike two pictures are (files or addresses). Exit status 1 when they are no copies of each other."""
    from feature_extractor.extractor import open_extractor
    from feature_extractor.threads import limit_threads
    from search.compare import compare as compare_files
    from search.confidence import read_calibration
    from search.report import comparison_lines, comparison_record

    limit_threads(0)
    settings = read_settings()
    one, other = (read_picture(settings, where) for where in (first, second))
    model = served_model(settings)
    extractor = open_extractor(model, threads=0)
    found = compare_files(
        extractor,
        one,
        other,
        engine_source(settings).limits,
        calibration=read_calibration(model, extractor.model_id),
    )
    show(comparison_record(found), comparison_lines(found), in_json)
    if not found.verdict.is_copy:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("why", "why suspicious.jpg 17", "why suspicious.jpg original.jpg")
@click.argument("picture")
@click.argument("other", metavar="ID_OR_PICTURE")
@as_json
def why(picture: str, other: str, in_json: bool) -> None:
    """Show why a search with a picture shows another as it does, or not at all: every step, number and limit.

    PICTURE is a file or an address; the other is the id of a picture of the catalogue, or likewise. Exit status 1 when
    a search does not show it as a copy.
    """
    from search.why import trace_files
    from search.why_report import trace_lines, trace_record

    settings = read_settings()
    query = read_picture(settings, picture)
    wanted = int(other) if other.isdecimal() else read_picture(settings, other)
    with open_engine_of(settings) as engine:
        trace = trace_files(engine, query, wanted)
    show(trace_record(trace), trace_lines(trace), in_json)
    if trace.shown is None or not trace.shown.is_copy:
        raise click.exceptions.Exit(FOUND_NOTHING)
