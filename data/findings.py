"""What was found of watched pictures: written once each, together with what is to be sent and how far it was looked."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, bindparam, exists, func, insert, select, update

from data.batch_insert import Counter
from data.database import reading, write
from data.row_values import GREATEST, keepable, keepable_or_none
from data.tables import FindingRow, ImageRow, OutboxRow, WatchChannelRow, WatchRow
from data.watch_records import Finding, NewFinding
from errors import NotFound

_FINDING_COLUMNS = (
    FindingRow.id,
    FindingRow.uid,
    FindingRow.watch_id,
    WatchRow.name.label("watch"),
    WatchRow.collection.label("watch_collection"),
    FindingRow.watched_id,
    FindingRow.image_id,
    FindingRow.record,
    FindingRow.settled,
    FindingRow.found_at,
    FindingRow.seen_by,
    FindingRow.seen_at,
)
FINDINGS: Select[*tuple[Any, ...]] = select(*_FINDING_COLUMNS).join(WatchRow, WatchRow.id == FindingRow.watch_id)
"""All findings; other statements of `data` are made from it."""
_HELD = select(FindingRow.id, FindingRow.image_id).where(
    FindingRow.watch_id == bindparam("watch_id"),
    FindingRow.watched_key == bindparam("watched_key"),
    FindingRow.found_key == bindparam("found_key"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """How far a watch was compared.

    Attributes:
        cursor: where it stood; reached: number of the last change that was compared now.
        passed_over: pictures among them that could not be compared; reason: why the last of them could not, or None.
    """

    watch_id: int
    cursor: int
    reached: int
    passed_over: int = 0
    reason: str | None = None


class Findings:
    """The findings of a catalogue's watches; threads may share one.

    Every method raises CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, database: Engine) -> None:
        """Keep the database.

        Args:
            database: of an open catalogue (data.catalogue.Catalogue.database).
        """
        self._database = database

    def keep(self, steps: Sequence[Step], found: Sequence[NewFinding], *, mail_after: timedelta) -> int | None:
        """Note findings, what is to be sent of them and how far was looked, all in one transaction.

        Whatever stops the process, either all of it is there or nothing, and then it is looked again. A pair that was
        found before is not found again: only where its picture was removed and added again, its new id is noted.

        Args:
            steps: of every watch that was compared.
            found: in the order in which they are to be numbered.
            mail_after: how long mails wait for further findings, so that one mail tells of several.
        Returns:
            how many findings are new; None where another process has compared one of these changes meanwhile, or a
            watch was removed: nothing was noted then.
        """
        moment = datetime.now(UTC)

        def keep(connection: Connection) -> int | None:
            Counter(connection)  # takes the lock: one process at a time gets past here
            for step in steps:
                stands = select(WatchRow.cursor).where(WatchRow.id == step.watch_id)
                if connection.execute(stands).scalar() != step.cursor:
                    return None
            for step in steps:
                connection.execute(_advanced(step))
            following = 1 + (connection.execute(select(func.max(FindingRow.id))).scalar() or 0)
            new = 0
            for one in found:
                if _is_new(connection, one):
                    _insert(connection, following + new, one, moment, mail_after)
                    new += 1
            return new

        return write(self._database, keep)

    def get(self, finding_id: int) -> Finding:
        """Return a finding.

        Raises:
            NotFound: there is none of this number.
        """
        if 0 < finding_id <= GREATEST:
            with reading(self._database) as connection:
                row = connection.execute(FINDINGS.where(FindingRow.id == finding_id)).one_or_none()
            if row is not None:
                return finding_of(row)
        raise NotFound(f"there is no finding {finding_id}", remedy="Its watch may have been removed since.")

    def newest(
        self,
        *,
        watch: str | None = None,
        unseen: bool = False,
        with_settled: bool = True,
        before_id: int = GREATEST,
        limit: int = 50,
    ) -> list[Finding]:
        """Return findings, the newest first.

        Args:
            watch: name of the watch; None for all.
            unseen: only those that nobody marked.
            with_settled: those too that were not told, as something had been decided of them.
            before_id: only those with a smaller number.
            limit: at most so many.
        """
        statement = FINDINGS.where(FindingRow.id < min(before_id, GREATEST))
        if watch is not None:
            statement = statement.where(WatchRow.name == keepable(watch))
        if unseen:
            statement = statement.where(FindingRow.seen_at.is_(None), FindingRow.settled.is_(None))
        if not with_settled:
            statement = statement.where(FindingRow.settled.is_(None))
        with reading(self._database) as connection:
            rows = connection.execute(statement.order_by(FindingRow.id.desc()).limit(limit))
            return [finding_of(row) for row in rows]

    def mark_seen(self, by: str, *, finding_id: int | None = None, up_to: int | None = None) -> int:
        """Mark a finding as seen, or all up to one; return how many were not before.

        Args:
            by: who has seen them.
            finding_id: of one.
            up_to: number of the last, where all up to it are meant.
        """
        which = FindingRow.id == finding_id if up_to is None else FindingRow.id <= min(up_to, GREATEST)
        statement = (
            update(FindingRow)
            .where(which, FindingRow.seen_at.is_(None))
            .values(seen_by=keepable(by), seen_at=datetime.now(UTC))
        )
        return write(self._database, lambda connection: connection.execute(statement).rowcount)


def finding_of(row: Row[*tuple[Any, ...]]) -> Finding:
    """Return a row that has the columns of FINDINGS as a finding."""
    return Finding(
        id=row.id,
        uid=row.uid,
        watch_id=row.watch_id,
        watch=row.watch,
        watch_collection=row.watch_collection,
        watched_id=row.watched_id,
        image_id=row.image_id,
        record=_record(row.record),
        settled=row.settled,
        found_at=row.found_at,
        seen_by=row.seen_by,
        seen_at=row.seen_at,
    )


def _record(text: str) -> Mapping[str, Any]:
    record: dict[str, Any] = json.loads(text)
    return record


def _advanced(step: Step) -> Any:  # noqa: ANN401 - SQLAlchemy's own type has no short name
    """Return the statement that notes how far a watch was compared."""
    values: dict[str, Any] = {"cursor": step.reached}
    if step.passed_over:
        values["passed_over"] = WatchRow.passed_over + step.passed_over
        values["passed_over_reason"] = keepable_or_none(step.reason)
    return update(WatchRow).where(WatchRow.id == step.watch_id).values(**values)


def _is_new(connection: Connection, one: NewFinding) -> bool:
    """Return whether a pair was never found; note the new id of a picture that had gone and came again."""
    values = {"watch_id": one.watch_id, "watched_key": one.watched.key, "found_key": one.found.key}
    held = connection.execute(_HELD, values).one_or_none()
    if held is None:
        return True
    if (
        held.image_id != one.image_id
        and not connection.execute(select(exists().where(ImageRow.id == held.image_id))).scalar_one()
    ):
        connection.execute(update(FindingRow).where(FindingRow.id == held.id).values(image_id=one.image_id))
    return False


def _insert(connection: Connection, finding_id: int, one: NewFinding, moment: datetime, mail_after: timedelta) -> None:
    """Write a finding and, unless something was decided of it, a delivery for each channel of its watch."""
    connection.execute(
        insert(FindingRow).values(
            id=finding_id,
            uid=str(uuid.uuid4()),
            watch_id=one.watch_id,
            watched_key=one.watched.key,
            found_key=one.found.key,
            watched_id=one.watched_id,
            image_id=one.image_id,
            record=keepable(json.dumps(one.record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))),
            settled=keepable_or_none(one.settled),
            found_at=moment,
        )
    )
    if one.settled is not None:
        return
    channels = select(WatchChannelRow.id, WatchChannelRow.kind).where(WatchChannelRow.watch_id == one.watch_id)
    for channel in connection.execute(channels).all():
        connection.execute(
            insert(OutboxRow).values(
                finding_id=finding_id,
                channel_id=channel.id,
                state="waiting",
                attempts=0,
                added_at=moment,
                next_at=moment + (mail_after if channel.kind == "mail" else timedelta()),
            )
        )
