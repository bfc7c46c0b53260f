"""Follows the changes of the catalogue: each picture that is added is compared once, whoever dies meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from data.findings import Findings, Step
from data.records import Image
from data.watch_records import NewFinding, Watch
from data.watches import Watches
from errors import NotFound
from search.answer import QueryPicture
from search.decision_report import decision_words
from search.query import Engine, query_from_catalogue
from search.stopwatch import Stopwatch
from search.watching.compare import Match, compare
from search.watching.finding_record import finding_record
from search.watching.guarded import GuardedPictures, key_of, open_guarded

CHANGES_AT_ONCE = 16
"""Compared and then written together: what a kill costs is to compare so many again."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What one look at the changes did.

    Attributes:
        compared: pictures that were held against at least one watch.
        found: findings that are new.
        is_done: there was nothing left to compare.
    """

    compared: int
    found: int
    is_done: bool


def is_behind(engine: Engine) -> bool:
    """Return whether there are changes that a watch was not compared with."""
    cursors = [watch.cursor for watch in Watches(engine.catalogue.database).everything() if watch.is_ready]
    return bool(cursors) and min(cursors) < engine.catalogue.last_change()


def follow_changes(engine: Engine, *, mail_after: timedelta, on_picture: Callable[[], None] = lambda: None) -> Followed:
    """Compare the next pictures that were added with all watches that have not seen them; note what was found.

    Findings, what is to be sent of them, and how far was looked are written in one transaction, which finds out
    whether another process has been faster.

    Args:
        engine: the parts of a search.
        mail_after: how long mails wait for further findings.
        on_picture: called before each picture.
    Raises:
        EnvironmentFault: catalogue, thumbnails or model cannot be had; nothing is noted, and it is looked again later.
    """
    watches = [watch for watch in Watches(engine.catalogue.database).everything() if watch.is_ready]
    if not watches:
        return Followed(0, 0, is_done=True)
    changes = engine.catalogue.changes_after(min(watch.cursor for watch in watches), CHANGES_AT_ONCE)
    if not changes:
        return Followed(0, 0, is_done=True)
    reached = changes[-1].number
    behind = [watch for watch in watches if watch.cursor < reached]
    # After the changes were read: what was added to a collection by then is among the guarded.
    guarded = [open_guarded(engine, watch) for watch in behind]
    images = engine.catalogue.images([change.image_id for change in changes if change.kind == "added"])
    found: list[NewFinding] = []
    troubles: dict[int, list[str]] = {watch.id: [] for watch in behind}
    compared = 0
    for change in changes:
        image = images.get(change.image_id) if change.kind == "added" else None
        concerned = [one for one in guarded if one.watch.cursor < change.number]
        if image is None or not concerned:  # it is gone again, or nobody's
            continue
        on_picture()
        try:
            query = query_from_catalogue(engine, image.id, Stopwatch())
        except NotFound as exc:  # described by another model, or removed at this moment
            for one in concerned:
                troubles[one.watch.id].append(str(exc))
            continue
        compared += 1
        found += _findings(engine, concerned, query, image)
    steps = [
        Step(watch.id, watch.cursor, reached, len(troubles[watch.id]), next(reversed(troubles[watch.id]), None))
        for watch in behind
    ]
    kept = Findings(engine.catalogue.database).keep(steps, found, mail_after=mail_after)
    return Followed(compared, kept or 0, is_done=False)


def _findings(engine: Engine, concerned: list[GuardedPictures], query: QueryPicture, image: Image) -> list[NewFinding]:
    """Return what a picture is found to be a copy of."""
    found: list[NewFinding] = []
    for guarded in concerned:
        if guarded.guards(image):
            continue
        matches, query = compare(engine, guarded, query)
        found += [_finding(engine, guarded.watch, match, image) for match in matches]
    return found


def _finding(engine: Engine, watch: Watch, match: Match, image: Image) -> NewFinding:
    """Return a match as it is noted, with what stands decided of the two."""
    watched = key_of(match.watched)
    decision = engine.decisions.of_hits(watched, [image.id]).get(image.id)
    return NewFinding(
        watch_id=watch.id,
        watched=watched,
        found=key_of(image),
        watched_id=match.watched.id,
        image_id=image.id,
        record=finding_record(match, image),
        settled=None if decision is None else decision_words(decision),
    )
