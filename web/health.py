"""Whether this process lives, and whether it can answer."""

import os
from collections.abc import Mapping

from flask import Blueprint, Response, jsonify

from errors import CatalogueUnavailable, EnvironmentFault, ModelUnusable
from web.errors import outcome_of
from web.parts import Parts, get_parts

health = Blueprint("health", __name__)

READY = "ready"
PARTS = ("model", "database", "index")


@health.get("/healthz")
def alive() -> Response:
    """Answer as long as the process can: a supervisor restarts one that does not."""
    return Response("alive\n", mimetype="text/plain")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Answer 200 when model, database and index are ready, 503 with what is wrong otherwise.

    A load balancer sends visitors only to processes that are ready. Any worker may answer: which one did, and the last
    change of the catalogue that both of its indexes hold, is told too. The reasons name no path and no address: those
    are in the log, once for as long as a reason stays, however often it is asked for.
    """
    parts = get_parts()
    checks = check_parts(parts)
    is_ready = all(state == READY for state in checks.values())
    change = min(index.status.change for index in (parts.engine.copies, parts.engine.similars)) if is_ready else None
    answer = {"ready": is_ready, "worker": os.getpid(), "index_change": change, "checks": checks}
    return jsonify(answer), 200 if is_ready else 503


def check_parts(parts: Parts) -> Mapping[str, str]:
    """Return 'ready' or what is wrong, of model, database and index, and log what is wrong."""
    if parts.is_opening:
        return dict.fromkeys(PARTS, "being opened")
    try:
        engine = parts.engine
    except EnvironmentFault as exc:
        if parts.is_opening:  # since a moment ago
            return dict.fromkeys(PARTS, "being opened")
        parts.tell_fault(exc)
        return _states_after_failed_opening(exc)
    database, fault = READY, None
    try:
        engine.catalogue.last_change()
    except EnvironmentFault as exc:
        database, fault = _reason(exc), exc
    parts.tell_fault(fault)
    is_index_ready = engine.copies.is_ready and engine.similars.is_ready
    return {"model": READY, "database": database, "index": READY if is_index_ready else "does not follow the catalogue"}


def _states_after_failed_opening(exc: EnvironmentFault) -> Mapping[str, str]:
    """Return the states when the engine could not be opened: one part is at fault, the others wait for it."""
    at_fault = {ModelUnusable: "model", CatalogueUnavailable: "database"}.get(type(exc), "index")
    return {part: _reason(exc) if part == at_fault else "not opened" for part in PARTS}


def _reason(exc: EnvironmentFault) -> str:
    """Return what is wrong, free of anything that only the owner may know."""
    return f"{type(exc).__name__}: {outcome_of(type(exc)).title}"
