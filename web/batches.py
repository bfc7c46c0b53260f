"""The page that searches with many pictures at once.

A script sends them to the JSON API one by one and writes the rows as they come. Without it the same form posts several
files, and the answer is the finished page. Nothing of them is kept either way.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from time import monotonic

from flask import Blueprint, Response, make_response, render_template
from werkzeug.datastructures import FileStorage

from errors import BadInput, UploadMissing
from search.answer import Ask, Hit
from search.batch.ask import asked_digest, finding_of
from search.batch.records import Finding, Searched, Unread
from search.batch.report import COPIES
from search.query import COPIES_DEPTH
from search.words import public_place
from web import batch_uploads
from web.batch_uploads import MOST_SEARCHED, files_of_form
from web.parts import Parts, get_parts
from web.present_batch import Asked, Outcome, Unasked, answer_context, form_context
from web.rate_limits import count_another
from web.searches import search_upload
from web.security import never_store
from web.words import public_link

ALL_COPIES = Ask(page_size=COPIES_DEPTH, verdicts=COPIES)
"""Every copy, and no similar works, as the command asks for."""
TOO_MANY = f"At most {MOST_SEARCHED} are searched with at once."
TOO_LONG = "There was no time left for it."
USED_UP = "Your share of searches was used up: wait a minute."

batches = Blueprint("batches", __name__)


@batches.get("/batch")
def ask() -> str:
    """Show the form."""
    return render_template("batch.html", page=form_context(get_parts().settings))


@batches.post("/batch")
def search_files() -> Response:
    """Search with several files, one after the other, and tell of each what became of it; nothing is stored."""
    parts = get_parts()
    outcomes = list(_search_all(parts, files_of_form()))
    if not outcomes:
        raise UploadMissing("no file was given", remedy="Choose pictures, then search.")
    response = make_response(render_template("batch.html", page=answer_context(parts, outcomes)))
    response.headers["X-Robots-Tag"] = "noindex"
    return never_store(response)


def _search_all(parts: Parts, files: Iterable[tuple[str, FileStorage]]) -> Iterator[Outcome]:
    """Yield what became of each file; from the first on that there is no room, time or share for, none is searched."""
    end, why_not = monotonic() + batch_uploads.MOST_S, ""
    for number, (name, file) in enumerate(files):
        if not why_not and number:  # the request has counted for the first one
            if number >= MOST_SEARCHED:
                why_not = TOO_MANY
            elif monotonic() >= end:
                why_not = TOO_LONG
            elif not count_another():
                why_not = USED_UP
        yield Unasked(name, why_not) if why_not else _search(parts, name, file)


def _search(parts: Parts, name: str, file: FileStorage) -> Asked | Unread:
    try:
        answer = search_upload(parts, file.stream.read(), name, ALL_COPIES, with_preview=True).answer
    except BadInput as exc:
        return Unread(locator=name, reason=str(exc))
    query, hits = answer.query, answer.copies.hits
    searched = Searched(
        locator=name,
        sha256=query.sha256,
        pixel_sha256=query.pixel_sha256,
        width=query.width,
        height=query.height,
        change=parts.engine.copies.index.change,
        asked=asked_digest(parts.engine, ALL_COPIES),
        is_too_plain=query.too_plain,
        findings=tuple(map(_public_finding, hits)),
        thumbnail=b64encode(query.preview).decode() if hits else "",
    )
    return Asked(searched, tuple(hit.image for hit in hits), answer.refuted_total)


def _public_finding(hit: Hit) -> Finding:
    """Return a copy as a finding that tells a visitor no more than other pages do of where it was seen."""
    found = finding_of(hit)
    return found.model_copy(
        update={"sources": tuple(map(public_place, found.sources)), "backlink": public_link(found.backlink)}
    )
