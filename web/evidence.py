"""Evidence of a pair as a file to download: an upload of a moment ago and a picture of the catalogue, or two of it."""

from datetime import UTC, datetime

from flask import Blueprint, Response, request

from search.evidence.exhibit import Exhibit, exhibit_image, exhibit_query
from search.evidence.make import make_evidence
from search.stopwatch import Stopwatch
from web.comparisons import parse_pair, sealed_of_form
from web.parts import Parts, get_parts
from web.searches import check_id, parse_id, tell_times
from web.security import never_store

evidence = Blueprint("evidence", __name__)


@evidence.post("/evidence")
def evidence_of_upload() -> Response:
    """Send the evidence of a picture of the catalogue and an upload of a moment ago, which is posted sealed."""
    parts, watch = get_parts(), Stopwatch()
    sealed = sealed_of_form()
    image_id = parse_id("picture", request.args.get("picture", ""))
    with watch.step("unseal"):
        opened = parts.seal.open(sealed, parts.engine.extractor.model_id)
    with watch.step("exhibit"):
        first, second = _exhibit(parts, image_id), exhibit_query(opened.query, name=opened.name)
    return _pack(parts, (first, second), f"retrace-evidence-{image_id}.zip", watch)


@evidence.get("/evidence")
def evidence_of_catalogue() -> Response:
    """Send the evidence of two pictures of the catalogue."""
    parts, watch = get_parts(), Stopwatch()
    one, other = parse_pair()
    with watch.step("exhibit"):
        first, second = _exhibit(parts, one), _exhibit(parts, other)
    return _pack(parts, (first, second), f"retrace-evidence-{one}-{other}.zip", watch)


def _exhibit(parts: Parts, image_id: int) -> Exhibit:
    """Return what the catalogue keeps of a picture; its file, wherever it lies on this machine, is left alone."""
    engine = parts.engine
    return exhibit_image(
        engine.catalogue,
        engine.thumbnails,
        engine.extractor,
        check_id(image_id),
        engine.limits,
        look="catalogue",
        opens_files=False,
    )


def _pack(parts: Parts, pair: tuple[Exhibit, Exhibit], name: str, watch: Stopwatch) -> Response:
    """Return the pack as a download; it is made in memory and kept nowhere."""
    engine = parts.engine
    with watch.step("evidence"):
        made = make_evidence(*pair, engine.extractor, engine.limits, version=parts.version, made_at=datetime.now(UTC))
        response = Response(made.to_bytes(), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["X-Robots-Tag"] = "noindex"
    return tell_times(never_store(response), dict(watch.steps_ms))
