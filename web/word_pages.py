"""The page that searches by words; its address holds the whole question, to be shared."""

from flask import Blueprint, Response, make_response, render_template, request

from errors import BadRequest
from search.stopwatch import Stopwatch
from web.parts import get_parts
from web.present_words import AskedWords, words_context
from web.searches import tell_times
from web.word_documents import MAX_PAGE

PAGE_SIZE = 24

word_pages = Blueprint("word_pages", __name__)


@word_pages.get("/words")
def find() -> Response:
    """Show the pictures that words find, and by what they can be narrowed; without words all of them."""
    wanted, watch = request.args, Stopwatch()
    asked = AskedWords(
        words=wanted.get("words", "").strip(),
        collection=wanted.get("collection", ""),
        licence=wanted.get("licence", ""),
        source=wanted.get("source", ""),
        year=wanted.get("year", ""),
        attributes=wanted.get("attributes", ""),
        since=wanted.get("since", "").strip(),
        before=wanted.get("before", "").strip(),
    )
    page = parse_word_page(wanted.get("page", ""))
    query = asked.question()
    with watch.step("words"):
        found = get_parts().engine.catalogue.words.find(query, page=page, page_size=PAGE_SIZE)
    response = make_response(render_template("words.html", page=words_context(found, query, asked, watch.steps_ms)))
    response.headers["X-Robots-Tag"] = "noindex"
    return tell_times(response, watch.steps_ms)


def parse_word_page(text: str) -> int:
    """Return a 1-based page number; the first where nothing is said.

    Raises:
        BadRequest: it is no such number.
    """
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and 1 <= int(text) <= MAX_PAGE):
        raise BadRequest(
            f"expected page in 1..{MAX_PAGE}; received {text[:20]!r}", remedy="Leave it out for the first page."
        )
    return int(text)
