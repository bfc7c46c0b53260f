"""What is watched and what was found, for the signed-in; and a feed of it for whoever knows its address."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from data.findings import Findings
from data.outbox import Outbox
from data.records import Image
from data.row_values import GREATEST
from data.watch_records import Finding, Watched
from data.watches import Watches
from errors import BadRequest, NotFound
from feature_extractor.preview import PREVIEW_SIDE_PX, decode_preview, encode_preview
from search.answer import QueryPicture
from search.query import query_from_catalogue
from search.stopwatch import Stopwatch
from search.watching.guarded import as_query, key_of
from web.comparisons import show_upload_beside
from web.parts import Parts, get_parts
from web.present_watch import Told, WatchFacts, WatchShown, watch_context
from web.seal import SealedQuery
from web.searches import check_id, parse_id
from web.security import never_store
from web.signed_in import require_user
from web.watch_feed import MIMETYPE, atom_feed

PAGE_SIZE = 24
FEED_SIZE = 100

watching = Blueprint("watching", __name__)


@watching.get("/watch")
def show() -> Response:
    """Show what is guarded, what was found of it, and whether that could be told."""
    require_user()
    parts, shown = get_parts(), _shown()
    database = parts.engine.catalogue.database
    watches, outbox = Watches(database), Outbox(database)
    rows = Findings(database).newest(
        watch=shown.watch, unseen=shown.unseen, before_id=shown.before, limit=PAGE_SIZE + 1
    )
    facts = [
        WatchFacts(
            one,
            counts := watches.counts(one),
            watches.channels(one.id),
            counts.pictures - watches.comparable(one, parts.engine.extractor.model_id),
        )
        for one in watches.everything()
    ]
    context = watch_context(
        facts,
        _told(parts, rows[:PAGE_SIZE]),
        outbox.troubles(),
        outbox.facts(),
        shown,
        has_more=len(rows) > PAGE_SIZE,
    )
    return make_response(render_template("watch.html", page=context))


@watching.post("/watch/seen")
def mark_seen() -> BaseResponse:
    """Mark a finding as seen, or all up to one."""
    user, found = require_user(), Findings(get_parts().engine.catalogue.database)
    if up_to := request.args.get("up_to", ""):
        found.mark_seen(user.name, up_to=parse_id("up_to", up_to))
    else:
        found.mark_seen(user.name, finding_id=found.get(parse_id("finding", request.args.get("finding", ""))).id)
    return back_to_watch()


@watching.get("/watch/finding/<int:finding_id>")
def finding(finding_id: int) -> BaseResponse:
    """Show the two of a finding beside each other."""
    require_user()
    parts = get_parts()
    one = Findings(parts.engine.catalogue.database).get(finding_id)
    if one.watch_collection is not None:
        address = url_for("comparisons.compare_catalogue", first=one.watched_id, second=one.image_id)
        return redirect(address, code=303)
    watched = _watched(parts, one)
    query, model_id = query_of_watched(parts, watched), parts.engine.extractor.model_id
    sealed = parts.seal.close(SealedQuery(query, watched.name), model_id)
    return never_store(show_upload_beside(parts, sealed, one.image_id))


@watching.get("/watch/picture/<int:watched_id>.webp")
def picture(watched_id: int) -> Response:
    """Send the small version of a picture that is guarded beside the catalogue."""
    require_user()
    found = Watches(get_parts().engine.catalogue.database).watched([check_id(watched_id)])
    if not found:
        raise NotFound(f"there is no watched picture {watched_id}", remedy="Its watch may have been removed since.")
    return Response(found[watched_id].preview, mimetype="image/webp")


@watching.get("/watch/feed/<string(maxlength=100):token>")
def feed(token: str) -> BaseResponse:
    """Send the newest findings of a watch as Atom, to whoever knows the address."""
    parts = get_parts()
    catalogue = parts.engine.catalogue
    watch = Watches(catalogue.database).of_feed(token)
    found = Findings(catalogue.database).newest(watch=watch.name, with_settled=False, limit=FEED_SIZE)
    site = parts.settings.public_url.rstrip("/") or url_for("pages.home", _external=True).rstrip("/")
    own = site + url_for("watching.feed", token=token)
    body = atom_feed(watch, found, site=site, own_href=own, catalogue_id=catalogue.catalogue_id())
    response = Response(body, mimetype=MIMETYPE)
    response.headers["X-Robots-Tag"] = "noindex"
    response.add_etag()
    return response.make_conditional(request)


def query_of_finding(parts: Parts, one: Finding) -> QueryPicture:
    """Return the guarded picture of a finding as a query.

    Raises:
        NotFound: it is guarded no more, or another model described it.
    """
    if one.watch_collection is not None:
        return query_from_catalogue(parts.engine, one.watched_id, Stopwatch())
    return query_of_watched(parts, _watched(parts, one))


def query_of_watched(parts: Parts, watched: Watched) -> QueryPicture:
    """Return a picture beside the catalogue as a query, as small as an upload's preview.

    Raises:
        NotFound: another model described it.
    """
    if watched.model_id != parts.engine.extractor.model_id:
        raise NotFound(
            f"{watched.name} was described by another model than the one in use",
            remedy="Ask the owner to run `watch add` with it again.",
        )
    preview = encode_preview(decode_preview(watched.preview), PREVIEW_SIDE_PX)
    return as_query(watched, preview=preview)


def back_to_watch() -> BaseResponse:
    """Return to the page whose button was pressed."""
    kept: dict[str, Any] = {
        name: request.args[f"in_{name}"] for name in ("watch", "show") if f"in_{name}" in request.args
    }
    return redirect(url_for("watching.show", **kept), 303)


def _watched(parts: Parts, one: Finding) -> Watched:
    found = Watches(parts.engine.catalogue.database).watched([one.watched_id])
    if one.watched_id not in found:
        raise NotFound("the watched picture is guarded no more")
    return found[one.watched_id]


def _shown() -> WatchShown:
    """Return which findings the address asks for."""
    wanted = request.args
    if wanted.get("show", "") not in {"", "all"}:
        raise BadRequest(f"expected show as all; received {wanted['show'][:20]!r}")
    before = min(parse_id("before", wanted["before"]), GREATEST) if wanted.get("before") else GREATEST
    return WatchShown(wanted.get("watch", "")[:64] or None, unseen=wanted.get("show") != "all", before=before)


def _told(parts: Parts, findings: list[Finding]) -> list[Told]:
    """Return findings with what is shown of them; one query a kind, whatever their number."""
    engine = parts.engine
    images = engine.catalogue.images([
        *(one.image_id for one in findings),
        *(one.watched_id for one in findings if one.watch_collection is not None),
    ])  # fmt: skip
    beside = Watches(engine.catalogue.database).watched(
        [one.watched_id for one in findings if one.watch_collection is None]
    )
    sent = Outbox(engine.catalogue.database).of_findings([one.id for one in findings])
    told = []
    for one in findings:
        watched: Image | Watched | None = (
            beside.get(one.watched_id) if one.watch_collection is None else images.get(one.watched_id)
        )
        decision = None
        if watched is not None and one.image_id in images:
            key = watched.key if isinstance(watched, Watched) else key_of(watched)
            decision = engine.decisions.of_hits(key, [one.image_id]).get(one.image_id)
        told.append(Told(one, watched, images.get(one.image_id), decision, sent.get(one.id, [])))
    return told
