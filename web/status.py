"""How this site is doing, for the signed-in: what `stats` and /metrics tell, and what there is to see to."""

import os
import shutil
from datetime import UTC, datetime
from time import monotonic

from flask import Blueprint, Response, make_response, render_template

from data.last_backup import LastBackup, read_last_backup
from errors import StorageUnavailable
from search.cautions import Caution, DiskSpace, FoundRecall, find_cautions
from search.query import Engine
from search.stock import take_stock
from web import metrics
from web.health import check_parts
from web.parts import Parts, get_parts
from web.present_status import SiteStatus, status_context
from web.readings import Measured
from web.signed_in import require_user

status = Blueprint("status", __name__)


@status.get("/status")
def show() -> Response:
    """Show what there is to see to, and what this site holds and does."""
    require_user()
    context = status_context(_status(get_parts()))
    return make_response(render_template("status.html", page=context))


def _status(parts: Parts) -> SiteStatus:
    """Return all that the page tells.

    Raises:
        EnvironmentFault: the catalogue or the data folder cannot be read.
    """
    engine, now = parts.engine, datetime.now(UTC)
    change = engine.catalogue.last_change()
    stock = take_stock(engine.catalogue, counts=parts.holdings().counts)
    measured = metrics.read_lately(monotonic())
    recall = _recall(engine, measured)
    disk = _disk(parts)
    backup, damaged = _backup(parts)
    return SiteStatus(
        engine=engine,
        settings=parts.settings,
        version=parts.version,
        checks=check_parts(parts),
        stock=stock,
        change=change,
        recall=recall,
        measured=measured,
        disk=disk,
        backup=backup,
        cautions=(*find_cautions(engine, stock, recall, disk, backup=backup, now=now), *damaged),
        process_id=os.getpid(),
        started_at=parts.started_at,
        now=now,
    )


def _recall(engine: Engine, measured: Measured | None) -> dict[str, FoundRecall]:
    """Return live recall by kind of index: of all workers where that is measured, else of this one."""
    if measured is not None:
        told = {kind: measured.now.neighbours.get(name, (0, 0)) for kind, name in metrics.INDEXES.items()}
        return {kind: FoundRecall(found, found + missed) for kind, (found, missed) in told.items()}
    return {
        index.identity.kind: FoundRecall(index.status.live_recall.found, index.status.live_recall.wanted)
        for index in (engine.copies, engine.similars)
    }


def _disk(parts: Parts) -> DiskSpace:
    """Return the room on the disk of the data folder.

    Raises:
        StorageUnavailable: it cannot be asked.
    """
    try:
        usage = shutil.disk_usage(parts.settings.data_dir)
    except OSError as exc:
        raise StorageUnavailable(f"the disk of {parts.settings.data_dir} cannot be asked: {exc.strerror}") from exc
    return DiskSpace(usage.total, usage.free)


def _backup(parts: Parts) -> tuple[LastBackup | None, tuple[Caution, ...]]:
    """Return the last backup that is known, and what is wrong with the note of it."""
    try:
        return read_last_backup(parts.settings.data_dir), ()
    except StorageUnavailable as exc:
        parts.tell_fault(exc)
        return None, (Caution("The note of the last backup cannot be read.", "The log says why. Remove the file."),)
