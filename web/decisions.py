"""What the signed-in decide of copies: taken beside a hit or a pair, looked through, undone, exported."""

from collections.abc import Iterator
from typing import Any, cast, get_args

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from data.decisions import KINDS, SCOPES, State, Subject
from data.findings import Findings
from data.row_values import GREATEST
from data.tables import DecisionKind
from errors import BadRequest
from search.decide import decide_pair
from search.decision_report import csv_export, evidence_export, json_export
from search.query import query_from_catalogue
from search.stopwatch import Stopwatch
from web.comparisons import show_upload_beside
from web.pages import read_ask, show_results
from web.parts import Parts, get_parts
from web.present_decisions import Shown, decisions_context, subject_choices, subject_context
from web.searches import check_id, image_of, parse_id, search_sealed
from web.security import never_store
from web.signed_in import require_user
from web.watching import back_to_watch, query_of_finding

PAGE_SIZE = 50
_EXPORTS = {
    "json": (json_export, "application/json"),
    "csv": (csv_export, "text/csv"),
    "jsonl": (evidence_export, "application/jsonl"),
}

decisions = Blueprint("decisions", __name__)


@decisions.post("/decide")
def decide() -> BaseResponse:
    """Decide on a picture of the catalogue and another: what was searched with, or what is watched and was found."""
    user, parts = require_user(), get_parts()
    picture_id = check_id(parse_id("picture", request.args.get("picture", "")))
    kind = _kind(request.args.get("kind", ""))
    if kind is None:
        raise BadRequest("expected a kind of decision; received none", remedy=f"Choose among {', '.join(KINDS)}.")
    engine, watch = parts.engine, Stopwatch()
    if finding := request.args.get("finding", ""):
        findings = Findings(engine.catalogue.database)
        found = findings.get(parse_id("finding", finding))
        query = query_of_finding(parts, found)
        findings.mark_seen(user.name, finding_id=found.id)
    elif image := request.args.get("image", ""):
        query = query_from_catalogue(engine, check_id(parse_id("image", image)), watch)
    else:
        query = parts.seal.open(request.form.get("sealed", ""), engine.extractor.model_id).query
    picture = query_from_catalogue(engine, picture_id, watch)
    decide_pair(engine, query, picture, kind, user.name, note=request.form.get("note", "") or None)
    return _go_back(parts)


@decisions.post("/undecide")
def undecide() -> BaseResponse:
    """Take a decision back."""
    user, parts = require_user(), get_parts()
    parts.engine.decisions.undo(parse_id("decision", request.args.get("decision", "")), user.name)
    return _go_back(parts)


@decisions.get("/decisions")
def list_decisions() -> Response:
    """Show what was decided, the newest first."""
    require_user()
    engine, shown = get_parts().engine, _shown()
    found = engine.decisions
    rows = found.newest(
        kind=shown.kind, scope=shown.scope, state=shown.state, before_id=shown.before, limit=PAGE_SIZE + 1
    )
    pairs = [decision.subject.pair for decision in rows if decision.subject.pair is not None]
    ids = found.image_ids({picture.sha256 for pair in pairs for picture in pair})
    known = {image.sha256: image for image in engine.catalogue.images(list(ids.values())).values()}
    total = found.count(kind=shown.kind, scope=shown.scope, state=shown.state)
    context = decisions_context(rows[:PAGE_SIZE], known, shown, total=total, has_more=len(rows) > PAGE_SIZE)
    return make_response(render_template("decisions.html", page=context))


@decisions.get("/decisions/export.<string(maxlength=5):form>")
def export(form: str) -> Response:
    """Send the whole history: as JSON, as CSV, or as what a calibration learns from (one JSON a line)."""
    require_user()
    if form not in _EXPORTS:
        raise BadRequest(f"expected an export as {', '.join(_EXPORTS)}; received {form!r}")
    write, mimetype = _EXPORTS[form]
    # Read a page at a time while it is sent: the history may be long.
    pieces: Iterator[str] = write(get_parts().engine.decisions.history())
    response = Response(pieces, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="decisions.{form}"'
    return response


@decisions.get("/decisions/new")
def ask_subject() -> Response:
    """Ask what is decided on all that comes from where a picture of the catalogue comes from."""
    require_user()
    image = image_of(get_parts(), parse_id("picture", request.args.get("picture", "")))
    return make_response(render_template("decide.html", page=subject_context(image)))


@decisions.post("/decisions/new")
def decide_subject() -> BaseResponse:
    """Decide on the places or the collection that the form names."""
    user, parts, form = require_user(), get_parts(), request.form
    kind = _kind(form.get("kind", ""))
    if kind is None:
        raise BadRequest("expected a kind of decision; received none", remedy="Go back and choose one.")
    place = form.get("place", "").strip()
    if place:
        subject = Subject.of_source(place)
    else:
        image = image_of(parts, parse_id("picture", request.args.get("picture", "")))
        choices = subject_choices(image)
        number = parse_id("subject", form.get("subject", ""))
        if number >= len(choices):
            raise BadRequest("expected one of the places of the form; received another")
        subject = choices[number]
    parts.engine.decisions.decide(kind, subject, user.name, note=form.get("note", "") or None)
    return redirect(url_for("decisions.list_decisions"), code=303)


def _go_back(parts: Parts) -> BaseResponse:
    """Return to the page whose button was pressed: an upload's is made anew, as nothing else leads there."""
    wanted, kept = request.args.get("to", ""), dict[str, Any](request.args)
    sealed, image = request.form.get("sealed", ""), request.args.get("image", "")
    for name in ("to", "kind", "picture", "decision"):
        kept.pop(name, None)
    if wanted == "watch":
        return back_to_watch()
    if wanted == "compare":
        picture = parse_id("picture", request.args.get("picture", ""))
        if sealed:
            return never_store(show_upload_beside(parts, sealed, picture))
        return redirect(url_for("comparisons.compare_catalogue", first=picture, second=parse_id("image", image)), 303)
    if wanted == "results":
        if sealed:
            ask = read_ask()
            return never_store(show_results(search_sealed(parts, sealed, ask), sealed, ask))
        parse_id("image", image)
        return redirect(url_for("pages.search_catalogue", **kept) + "#copies", 303)
    return redirect(_list_of_the_button(wanted, kept), 303)


def _list_of_the_button(wanted: str, kept: dict[str, Any]) -> str:
    """Return the address of the list whose button was pressed, at the place where that was."""
    if wanted == "duplicates":
        page, group = (parse_id(name, request.args.get(name, "1")) for name in ("page", "group"))
        return url_for("duplicates.list_groups", page=page) + f"#group-{group}"
    narrowed = {name: kept[f"in_{name}"] for name in ("kind", "scope", "state", "before") if f"in_{name}" in kept}
    return url_for("decisions.list_decisions", **narrowed)


def _shown() -> Shown:
    """Return which decisions the address asks for."""
    wanted = request.args
    scope, state = wanted.get("scope", ""), wanted.get("state", "") or "standing"
    if scope and scope not in SCOPES:
        raise BadRequest(f"expected scope as one of {', '.join(SCOPES)}; received {scope[:20]!r}")
    if state not in get_args(State):
        raise BadRequest(f"expected state as one of {', '.join(get_args(State))}; received {state[:20]!r}")
    before = min(parse_id("before", wanted["before"]), GREATEST) if wanted.get("before") else GREATEST
    return Shown(
        kind=_kind(wanted.get("kind", "")),
        scope=scope or None,
        state=cast(State, state),
        before=before,
    )


def _kind(text: str) -> DecisionKind | None:
    """Return a kind of decision; None where none is said.

    Raises:
        BadRequest: there is no such kind.
    """
    if text and text not in KINDS:
        raise BadRequest(f"expected kind as one of {', '.join(KINDS)}; received {text[:20]!r}")
    return text or None
