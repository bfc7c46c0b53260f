"""The addresses of TinEye's API, so that its published clients search this catalogue unchanged.

They take the copies of a picture alone, as TinEye knows no similar works. What its clients send and read is told by
their source (pytineye 3.0.0) and by TinEye's documentation of version 1 of `/rest/`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import perf_counter, time
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from data.records import Image, Source
from errors import BadRequest, UploadMissing
from search.answer import Answer, Ask, Hit, Verdict
from search.query import COPIES_DEPTH, SIMILAR_DEPTH
from search.words import public_place
from web import words
from web.links import thumbnail_src
from web.parts import get_parts
from web.rate_limits import shares_left
from web.searches import parse_address, search_address, search_upload
from web.security import never_store

tineye = Blueprint("tineye", __name__, url_prefix="/rest")

DEFAULT_LIMIT = 100
MOST_BACKLINKS = 100
NO_SIMILAR = 1 + -(-SIMILAR_DEPTH // COPIES_DEPTH)
"""A page of similar works that is always empty, so that no row of them is read."""
UNLIMITED = 2**31 - 1
"""Searches that are left where nothing limits them: clients read a number."""
ORDERS = ("desc", "asc")
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def last_seen(hit: Hit) -> datetime:
    """Return when a picture was seen last; long ago where it never was."""
    return max((source.seen_at for source in hit.image.sources), default=_EARLIEST)


def match_score(hit: Hit) -> float:
    """Return how sure a copy is, 0..100: its confidence, or where nothing tells one its cosine."""
    if hit.probability is not None:
        return round(100 * hit.probability, 1)
    if hit.verdict in {Verdict.IDENTICAL, Verdict.SAME_PIXELS}:
        return 100.0
    return round(100 * min(1.0, max(0.0, hit.score)), 1)


SORTS: Mapping[str, Callable[[Hit], float | datetime]] = {
    "score": match_score,
    "size": lambda hit: hit.image.width * hit.image.height,
    "crawl_date": last_seen,
}
"""What matches can be sorted by; equals stay in the order of the best match."""


@tineye.route("/search/", methods=["GET", "POST"])
def search() -> Response:
    """Search with the picture behind `image_url`, or with the file `image_upload`."""
    began, parts = perf_counter(), get_parts()
    offset, limit = _number("offset", 0, 0), _number("limit", DEFAULT_LIMIT, 1)
    backlinks = _number("backlink_limit", MOST_BACKLINKS, 0)
    sort, order = _choice("sort", tuple(SORTS)), _choice("order", ORDERS)
    ask = Ask(page_size=COPIES_DEPTH, similar_page=NO_SIMILAR)
    if request.method == "POST" and (file := request.files.get("image_upload")) is not None:
        if not (data := file.stream.read()):
            raise UploadMissing("the file is empty")
        searched = search_upload(parts, data, "", ask)
    else:
        searched = search_address(parts, parse_address(request.values.get("image_url", "")), ask)
    answer = searched.answer
    hits = sorted(answer.copies.hits, key=SORTS[sort], reverse=order == "desc")
    domain = request.values.get("domain", "")[:300].lower()
    kept = [hit for hit in hits if not domain or any(host_of(source) == domain for source in hit.image.sources)]
    matches = [_match(answer, hit, min(backlinks, MOST_BACKLINKS)) for hit in kept[offset : offset + limit]]
    stats = {
        "timestamp": f"{time():.2f}",
        "query_time": f"{perf_counter() - began:.2f}",
        "total_backlinks": sum(len(hit.image.sources) for hit in hits),
        "total_collection": 0,
        "total_stock": 0,
        "total_results": len(hits),
        "total_filtered_results": len(kept),
    }
    return _answer({"matches": matches}, stats)


@tineye.get("/image_count/")
def image_count() -> Response:
    """Tell how many pictures are searched."""
    return _answer(len(get_parts().engine.copies))


@tineye.get("/remaining_searches/")
def remaining_searches() -> Response:
    """Tell how many searches are left to who asks: a bundle for each limit, the least of them in all."""
    now = datetime.now(UTC)
    bundles = [
        _bundle(share.left, now - timedelta(seconds=share.window_s), datetime.fromtimestamp(share.reset_at, UTC))
        for share in shares_left()
    ] or [_bundle(UNLIMITED, now, now + timedelta(days=3650))]
    left = min(bundle["remaining_searches"] for bundle in bundles)
    return _answer({"bundles": bundles, "total_remaining_searches": left})


def host_of(source: Source) -> str:
    """Return the host that a picture was seen at; '' for a file."""
    link = words.public_link(source.locator)
    try:
        return (urlsplit(link).hostname or "") if link is not None else ""
    except ValueError:  # such as an unclosed bracket
        return ""


def _match(answer: Answer, hit: Hit, backlinks: int) -> dict[str, Any]:
    """Return a copy as TinEye writes it."""
    image = hit.image
    return {
        "image_url": _absolute(thumbnail_src(image.sha256)),
        "domain": next((host for source in image.sources if (host := host_of(source))), ""),
        "score": match_score(hit),
        "width": image.width,
        "height": image.height,
        "size": image.width * image.height,
        "format": image.format.upper(),
        "filesize": image.size_bytes,
        # It would show the two on each other, for which the picture would have to be kept.
        "overlay": "",
        "tags": [],
        "query_hash": answer.query.sha256,
        "backlinks": [_backlink(source) for source in _newest(image)[:backlinks]],
    }


def _newest(image: Image) -> list[Source]:
    """Return where a picture was seen, the last place first."""
    return sorted(image.sources, key=lambda source: source.seen_at, reverse=True)


def _backlink(source: Source) -> dict[str, str]:
    """Return a place where a picture was seen; of a path on this server only the last part is told."""
    return {
        "url": public_place(source.locator),
        "backlink": words.public_link(source.backlink) or "",
        "crawl_date": f"{source.seen_at:%Y-%m-%d}",
    }


def _bundle(left: int, start: datetime, end: datetime) -> dict[str, Any]:
    """Return a share of searches as TinEye writes what was bought."""
    return {
        "remaining_searches": left,
        "start_date": f"{start:%Y-%m-%d %H:%M:%S} UTC",
        "expire_date": f"{end:%Y-%m-%d %H:%M:%S} UTC",
    }


def _answer(results: object, stats: Mapping[str, object] | None = None) -> Response:
    """Return an answer in TinEye's envelope."""
    return never_store(jsonify(code=200, messages=[], stats=stats or {}, results=results))


def _absolute(path: str) -> str:
    """Return an address of this site as clients elsewhere can follow it."""
    return request.host_url.rstrip("/") + path


def _number(name: str, default: int, least: int) -> int:
    """Return a parameter that counts.

    Raises:
        BadRequest: it is no such number.
    """
    text = request.values.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) >= least):
        raise BadRequest(f"expected {name} as a number from {least}; received {text[:20]!r}")
    return int(text)


def _choice(name: str, choices: tuple[str, ...]) -> str:
    """Return a parameter that is one of several; the first where nothing is said.

    Raises:
        BadRequest: it is none of them.
    """
    text = request.values.get(name, choices[0])
    if text not in choices:
        raise BadRequest(f"expected {name} as one of {', '.join(choices)}; received {text[:20]!r}")
    return text
