"""Two pictures beside each other: an upload of a moment ago and a picture of the catalogue, or two of the catalogue."""

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from data.records import Image
from errors import BadRequest
from search.answer import QueryPicture, Verdict
from search.examine import small_version
from search.page_stills import PageStills, draw_page_stills
from search.query import query_from_catalogue
from search.regions import narrow
from search.residual import Box
from search.stopwatch import Stopwatch
from search.why import Trace, trace_pair
from web.contexts import DecisionControls
from web.parts import Parts, get_parts
from web.present_comparison import Compared, comparison_context
from web.present_decisions import pair_controls
from web.searches import check_id, image_of, parse_box, parse_id, tell_times
from web.security import never_store
from web.signed_in import current_user

comparisons = Blueprint("comparisons", __name__)


@comparisons.post("/compare")
def compare_upload() -> Response:
    """Show an upload of a moment ago, which is posted sealed, beside a picture of the catalogue; nothing is stored."""
    sealed = sealed_of_form()
    image_id = parse_id("picture", request.args.get("picture", ""))
    return never_store(show_upload_beside(get_parts(), sealed, image_id))


def show_upload_beside(parts: Parts, sealed: str, image_id: int) -> Response:
    """Return the page of a picture of the catalogue and an upload.

    Raises:
        SealBroken: the upload was sealed too long ago, or not here.
        NotFound: there is no such picture.
    """
    watch = Stopwatch()
    with watch.step("unseal"):
        opened = parts.seal.open(sealed, parts.engine.extractor.model_id)
    return _answer(parts, image_id, _Second(opened.query, opened.name, sealed, region=_region()), watch)


@comparisons.get("/compare")
def compare_catalogue() -> BaseResponse:
    """Show two pictures of the catalogue beside each other, an address to share; without any, back to the form."""
    if not request.args.get("first") and not request.args.get("second"):
        return redirect(url_for("pages.home"), code=303)
    first, second = parse_pair()
    parts, watch = get_parts(), Stopwatch()
    query, image = query_from_catalogue(parts.engine, check_id(second), watch), image_of(parts, second)
    return _answer(parts, first, _Second(query, "", "", image, _region()), watch)


def sealed_of_form() -> str:
    """Return the sealed query that was posted.

    Raises:
        BadRequest: there is none.
    """
    sealed = request.form.get("sealed", "")
    if not sealed:
        raise BadRequest(
            "expected the sealed query of a results page; received none",
            remedy="Search with a picture, then choose Compare beside one of the hits.",
        )
    return sealed


def parse_pair() -> tuple[int, int]:
    """Return the ids of two pictures of the catalogue that the address names.

    Raises:
        BadRequest: they are no ids, or the same.
    """
    first, second = (parse_id(name, request.args.get(name, "")) for name in ("first", "second"))
    if first == second:
        raise BadRequest(f"expected two pictures to compare; received {first} twice", remedy="Name another picture.")
    return first, second


@dataclass(frozen=True, slots=True)
class _Second:
    """What a picture of the catalogue is compared with.

    Attributes:
        image: its row where it is in the catalogue too.
        region: the part of it that was searched with; None: the whole.
    """

    query: QueryPicture
    name: str
    sealed: str
    image: Image | None = None
    region: Box | None = None


def _region() -> Box | None:
    """Return the part of the second picture that the address names."""
    return parse_box(request.args.get("region", ""), {})


def _answer(parts: Parts, image_id: int, second: _Second, watch: Stopwatch) -> Response:
    """Return the page of a picture of the catalogue and a second picture."""
    picture, first = query_from_catalogue(parts.engine, check_id(image_id), watch), image_of(parts, image_id)
    query = second.query
    if second.region is not None:
        with watch.step("region"):
            query = narrow(query, second.region, parts.engine.extractor, parts.thumbnails)
    with watch.step("trace"):
        trace = trace_pair(parts.engine, query, picture)
    with watch.step("draw"):
        stills = _draw(parts, trace, picture, second.query)
    compared = Compared(
        first,
        second.image,
        second.query,
        second.name,
        second.sealed,
        trace,
        stills,
        controls=_controls(parts, trace, image_id, second) if current_user() is not None else None,
    )
    response = make_response(render_template("compare.html", page=comparison_context(compared, watch.steps_ms)))
    response.headers["X-Robots-Tag"] = "noindex"
    return tell_times(response, dict(watch.steps_ms))


def _controls(parts: Parts, trace: Trace, image_id: int, second: _Second) -> DecisionControls:
    """Return what the signed-in can decide on the pair."""
    decision = parts.engine.decisions.of_hits(second.query.key, [image_id]).get(image_id)
    back: dict[str, object] = {"to": "compare"}
    if second.image is not None:
        back["image"] = second.image.id
    is_same = trace.verdict in {Verdict.IDENTICAL, Verdict.SAME_PIXELS}
    return pair_controls(decision, image_id, back, is_same=is_same)


def _draw(parts: Parts, trace: Trace, picture: QueryPicture, query: QueryPicture) -> PageStills | None:
    """Return the pictures of what was found; None where there is no map between the two."""
    if trace.proof is None:
        return None
    small = small_version(picture, parts.engine.thumbnails), small_version(query, parts.engine.thumbnails)
    if small[0] is None or small[1] is None:  # removed meanwhile
        return None
    return draw_page_stills(trace.proof, small[0], small[1])
