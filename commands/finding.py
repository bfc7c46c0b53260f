"""`find`: pictures of the catalogue by words."""

import click

from commands.asking import words_of
from commands.group import FOUND_NOTHING, command
from commands.opening import open_catalogue, open_engine_of, read_picture
from commands.options import as_json
from commands.showing import show
from settings import read_settings


@command(
    "find",
    'find "oil harbour since:2026-05"',
    'find "collection:archive -boat" --limit 5 --page 2',
    'find "medium:oil" --like picture.jpg',
)
@click.argument("words")
@click.option(
    "--like", metavar="PICTURE", help="Of these the copies of a picture and its similar works: file or address."
)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Pictures of a page.")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which page; not with --like.")
@as_json
def find(words: str, *, like: str | None, limit: int, page: int, in_json: bool) -> None:
    """Find pictures by words, in title, source, collection, licence, project and attributes.

    All of the words must be there; the last may be the beginning of one. Quotes keep words side by side, a minus leaves
    out, harb* is a beginning; title: medium: mood: content: collection: licence: source: year: since: and before: ask
    one field. docs/words.md tells more. Exit status 1 when nothing is found.
    """
    from data.word_query import parse_words
    from search.word_report import found_lines, found_record

    settings = read_settings()
    if like is not None:
        _search(words, like, limit, in_json=in_json)
        return
    query = parse_words(words)
    with open_catalogue(settings) as catalogue:
        found = catalogue.words.find(query, page=page, page_size=limit)
    show(found_record(found), found_lines(found), in_json)
    if not found.images:
        raise click.exceptions.Exit(FOUND_NOTHING)


def _search(words: str, picture: str, limit: int, *, in_json: bool) -> None:
    """Search with a picture among what words find, and show the answer as `search` does."""
    from search.answer import Ask
    from search.query import search as search_with
    from search.report import answer_lines, answer_record

    settings = read_settings()
    ask = Ask(page_size=limit, words=words_of(words))
    data = read_picture(settings, picture)
    with open_engine_of(settings) as engine:
        answer = search_with(engine, data, ask)
    show(answer_record(answer), answer_lines(answer, explain=False), in_json)
    if not answer.copies.hits and not answer.similar.hits:
        raise click.exceptions.Exit(FOUND_NOTHING)
