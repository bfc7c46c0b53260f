"""From a request to an answer, for pages and API alike."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response

from data.places import Place, parse_place
from data.records import Image
from data.word_query import WordQuery
from data.word_query import parse_words as parse_question
from errors import BadRequest, NotFound, UploadMissing
from search.answer import Answer, Ask, QueryPicture, SearchParts, Sort, Verdict
from search.query import COPIES_DEPTH, SIMILAR_DEPTH, describe_query, query_from_catalogue, search_described
from search.regions import parse_region
from search.residual import Box
from search.stopwatch import Stopwatch
from web import metrics
from web.parts import Parts
from web.seal import SealedQuery

MAX_ID = 2**63 - 1
"""Ids are 64-bit in the database; what is above names nothing."""
MAX_PAGE = max(COPIES_DEPTH, SIMILAR_DEPTH)
"""With one hit a page there are no more pages than this."""
MAX_COLLECTION = 256
"""Characters of a collection's name that can be asked for."""
MAX_URL = 2048
"""Characters of an address of a picture."""
DRAWN = "drawn"
"""In place of a region: it stands in four fields of its own, in per cent."""
SIDES = ("left", "top", "right", "bottom")
"""Those fields."""


@dataclass(frozen=True, slots=True)
class Searched:
    """An answer, and what its query was called."""

    answer: Answer
    name: str


def search_upload(parts: Parts, data: bytes, name: str, ask: Ask, *, with_preview: bool = False) -> Searched:
    """Search with the bytes of a file; with a preview for a page to show."""
    watch = Stopwatch()
    query = describe_query(parts.engine, data, watch, with_preview=with_preview)
    return _answer(parts, query, name, ask, watch)


def search_address(parts: Parts, url: str, ask: Ask, *, with_preview: bool = False) -> Searched:
    """Search with the picture behind an address; with a preview for a page to show."""
    watch = Stopwatch()
    with watch.step("fetch"):
        data = parts.fetch(url)
    query = describe_query(parts.engine, data, watch, with_preview=with_preview)
    return _answer(parts, query, url, ask, watch)


def search_sealed(parts: Parts, sealed: str, ask: Ask) -> Searched:
    """Go on with an upload of a moment ago: another page of it, or other attributes."""
    watch = Stopwatch()
    with watch.step("unseal"):
        opened = parts.seal.open(sealed, parts.engine.extractor.model_id)
    return _answer(parts, opened.query, opened.name, ask, watch)


def search_image(parts: Parts, image_id: int, ask: Ask) -> Searched:
    """Search with a picture of the catalogue."""
    watch = Stopwatch()
    query = query_from_catalogue(parts.engine, check_id(image_id), watch)
    return _answer(parts, query, "", ask, watch)


def seal(parts: Parts, searched: Searched) -> str:
    """Return the query sealed for the forms of its results page."""
    return parts.seal.close(SealedQuery(searched.answer.query, searched.name), parts.engine.extractor.model_id)


def image_of(parts: Parts, image_id: int) -> Image:
    """Return a picture of the catalogue.

    Raises:
        NotFound: there is none of this id.
    """
    return parts.engine.catalogue.image(check_id(image_id))


def check_id(image_id: int) -> int:
    """Return the id if it could be one.

    Raises:
        NotFound: it is beyond what a database counts to.
    """
    if not 0 < image_id <= MAX_ID:
        raise NotFound(f"there is no picture {image_id} in the catalogue")
    return image_id


def parse_id(name: str, text: str) -> int:
    """Return the id of a picture.

    Raises:
        BadRequest: it is no number, or longer than ids are.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 19):
        raise BadRequest(f"expected {name} as a number; received {text[:20]!r}")
    return int(text)


def parse_address(text: str) -> str:
    """Return the address of a picture, trimmed.

    Raises:
        UploadMissing: there is none.
        BadRequest: it is longer than addresses are.
    """
    url = text.strip()
    if not url:
        raise UploadMissing("neither a file nor an address was given")
    if len(url) > MAX_URL:
        raise BadRequest(f"expected an address of at most {MAX_URL} characters; received {len(url)}")
    return url


def parse_attributes(text: str) -> tuple[str, ...]:
    """Return comma-separated attributes, each once, in the order given; whether they exist is for `Ask` to say."""
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def parse_verdicts(text: str) -> tuple[Verdict, ...]:
    """Return comma-separated verdicts, each once, the surest first.

    Raises:
        BadRequest: there is no such verdict.
    """
    names = {name for part in text.split(",") if (name := part.strip())}
    known = {verdict.value: verdict for verdict in Verdict}
    if unknown := sorted(names - set(known)):
        raise BadRequest(
            f"expected a verdict such as 'copy'; received {unknown[0][:60]!r}",
            remedy=f"Choose among {', '.join(known)}.",
        )
    return tuple(verdict for name, verdict in known.items() if name in names)


def parse_collection(text: str) -> str | None:
    """Return the name of a collection; None where none is given.

    Raises:
        BadRequest: it is longer than can be asked for.
    """
    if len(text) > MAX_COLLECTION:
        raise BadRequest(f"expected a collection of at most {MAX_COLLECTION} characters; received {len(text)}")
    return text or None


def parse_source(text: str) -> Place | None:
    """Return where pictures must have been seen; None for anywhere. A folder of this server cannot be asked for.

    Raises:
        BadRequest: it is no host.
    """
    return parse_place(text, folders=False) if text.strip() else None


def parse_words(text: str) -> WordQuery | None:
    """Return the words that pictures must be found by; None where none are given.

    Raises:
        BadRequest: they are too many, or a date among them is none.
    """
    query = parse_question(text)
    return None if query.asks_nothing else query


def parse_sort(text: str) -> Sort:
    """Return an order of copies; by best match where nothing is said.

    Raises:
        BadRequest: there is no such order.
    """
    orders = {sort.value: sort for sort in Sort}
    if text and text not in orders:
        raise BadRequest(
            f"expected an order such as 'biggest'; received {text[:20]!r}", remedy=f"Choose among {', '.join(orders)}."
        )
    return orders.get(text, Sort.BEST)


def parse_box(text: str, fields: Mapping[str, str]) -> Box | None:
    """Return the part of the picture to search with; None for the whole.

    Args:
        text: four shares of the picture's sides, '' for the whole, or DRAWN.
        fields: of the form, which then hold the four in per cent.
    Raises:
        BadRequest: it is no part of a picture.
    """
    if not text:
        return None
    if text != DRAWN:
        return parse_region(text)
    values = [fields.get(side, "")[:20].strip() for side in SIDES]
    try:
        return parse_region(",".join(f"{float(value) / 100:.6f}" for value in values))
    except ValueError as exc:
        raise BadRequest(
            f"expected the part of the picture in per cent; received {', '.join(map(repr, values))}",
            remedy="Write four numbers from 0 to 100: left, top, right and bottom.",
        ) from exc


def region_value(box: Box | None) -> str:
    """Return a part of a picture as `parse_box` reads it; '' for the whole."""
    return "" if box is None else ",".join(f"{getattr(box, side):.4f}" for side in SIDES)


def parse_parts(text: str) -> SearchParts:
    """Return which parts of a picture are searched beside the whole.

    Raises:
        BadRequest: there is no such choice.
    """
    try:
        return SearchParts(text or SearchParts.AUTO.value)
    except ValueError as exc:
        choices = ", ".join(choice.value for choice in SearchParts)
        raise BadRequest(f"expected regions as one of {choices}; received {text[:20]!r}") from exc


def parse_page(name: str, text: str) -> int:
    """Return a 1-based page number; the first where nothing is said.

    Raises:
        BadRequest: it is no such number.
    """
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MAX_PAGE):
        raise BadRequest(
            f"expected {name} in 1..{MAX_PAGE}; received {text[:20]!r}", remedy="Leave it out for the first page."
        )
    return int(text)


def tell_times(response: Response, steps_ms: dict[str, float]) -> Response:
    """Send the steps of a search in the header that browsers' developer tools draw (W3C Server Timing)."""
    response.headers["Server-Timing"] = ", ".join(f"{name};dur={taken:.2f}" for name, taken in steps_ms.items())
    return response


def _answer(parts: Parts, query: QueryPicture, name: str, ask: Ask, watch: Stopwatch) -> Searched:
    """Return the answer to a described query."""
    answer = search_described(parts.engine, query, ask, watch)
    metrics.observe_search(answer)
    return Searched(answer, name)
