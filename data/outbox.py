"""What is still to be sent of findings: taken one at a time, tried again, given up in the end, and never lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, or_, select, tuple_, update

from data.batch_insert import Counter
from data.database import reading, write
from data.findings import FINDINGS, finding_of
from data.row_values import keepable
from data.tables import CatalogueRow, FindingRow, OutboxRow, WatchChannelRow, WatchRow
from data.watch_records import Channel, Delivery, QueueFacts

MOST_ERROR_CHARACTERS = 500
"""Of what an attempt failed by."""
_CHANNEL_COLUMNS = (
    WatchChannelRow.id.label("channel_id"),
    WatchChannelRow.kind,
    WatchChannelRow.target,
    WatchChannelRow.secret,
    WatchChannelRow.allows_private,
)
_DELIVERIES = (
    FINDINGS.add_columns(
        *_CHANNEL_COLUMNS,
        OutboxRow.state,
        OutboxRow.attempts,
        OutboxRow.added_at,
        OutboxRow.next_at,
        OutboxRow.last_error,
        OutboxRow.done_at,
    )
    .join(OutboxRow, OutboxRow.finding_id == FindingRow.id)
    .join(WatchChannelRow, WatchChannelRow.id == OutboxRow.channel_id)
)


class Outbox:
    """The deliveries of a catalogue's findings; threads may share one.

    Moments are given by the caller, in UTC: the machines that send must agree on them within seconds. Every method
    raises CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, database: Engine) -> None:
        """Keep the database.

        Args:
            database: of an open catalogue (data.catalogue.Catalogue.database).
        """
        self._database = database

    def take(self, now: datetime, *, hold: timedelta, most: int) -> list[Delivery]:
        """Return what is due, of one channel, the oldest first; nobody else gets it before `hold` is over.

        Whoever takes something and dies leaves it to be taken again: it is noted as an attempt before it is made.

        Args:
            now: in UTC.
            hold: longer than an attempt lasts.
            most: deliveries at most; of a webhook one, whatever this says.
        """

        def take(connection: Connection) -> list[Delivery]:
            Counter(connection)  # takes the lock: two processes never take the same
            is_due = OutboxRow.state == "waiting", OutboxRow.next_at <= now
            first = connection.execute(
                select(OutboxRow.channel_id, WatchChannelRow.kind)
                .join(WatchChannelRow, WatchChannelRow.id == OutboxRow.channel_id)
                .where(*is_due)
                .order_by(OutboxRow.next_at, OutboxRow.finding_id, OutboxRow.channel_id)
                .limit(1)
            ).one_or_none()
            if first is None:
                return []
            is_mail = first.kind == "mail"
            # One mail tells of all that waits for it, also of what came a moment ago.
            chosen = or_(OutboxRow.next_at <= now, OutboxRow.attempts == 0) if is_mail else OutboxRow.next_at <= now
            rows = connection.execute(
                _DELIVERIES.where(OutboxRow.state == "waiting", chosen, OutboxRow.channel_id == first.channel_id)
                .order_by(OutboxRow.next_at, OutboxRow.finding_id)
                .limit(most if is_mail else 1)
            ).all()
            keys = [(row.id, row.channel_id) for row in rows]
            connection.execute(
                update(OutboxRow)
                .where(tuple_(OutboxRow.finding_id, OutboxRow.channel_id).in_(keys))
                .values(attempts=OutboxRow.attempts + 1, next_at=now + hold)
            )
            return [_delivery(row, attempts=row.attempts + 1) for row in rows]

        return write(self._database, take)

    def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Note that an attempt succeeded."""
        self._end(deliveries, {"state": "delivered", "done_at": now, "last_error": None})

    def postpone(self, deliveries: Sequence[Delivery], until: datetime, error: str) -> None:
        """Note that an attempt failed, and when the next one is due."""
        self._end(deliveries, {"next_at": until, "last_error": _bounded(error)})

    def give_up(self, deliveries: Sequence[Delivery], now: datetime, error: str) -> None:
        """Note that there will be no further attempt."""
        self._end(deliveries, {"state": "given_up", "done_at": now, "last_error": _bounded(error)})

    def rest(self, channel_id: int, until: datetime) -> None:
        """Let everything else that waits for a channel wait too: where one cannot be reached, no other can."""
        statement = (
            update(OutboxRow)
            .where(OutboxRow.channel_id == channel_id, OutboxRow.state == "waiting", OutboxRow.next_at < until)
            .values(next_at=until)
        )
        write(self._database, lambda connection: connection.execute(statement))

    def _end(self, deliveries: Sequence[Delivery], values: dict[str, Any]) -> None:
        keys = [(one.finding.id, one.channel.id) for one in deliveries]
        statement = (
            update(OutboxRow)
            .where(tuple_(OutboxRow.finding_id, OutboxRow.channel_id).in_(keys), OutboxRow.state == "waiting")
            .values(**values)
        )
        write(self._database, lambda connection: connection.execute(statement))

    def try_again(self, watch_id: int, now: datetime) -> int:
        """Let what was given up of a watch be sent from now on as if it were new; return how much that is."""
        of_watch = select(FindingRow.id).where(FindingRow.watch_id == watch_id)
        statement = (
            update(OutboxRow)
            .where(OutboxRow.state == "given_up", OutboxRow.finding_id.in_(of_watch))
            .values(state="waiting", attempts=0, added_at=now, next_at=now, done_at=None)
        )
        return write(self._database, lambda connection: connection.execute(statement).rowcount)

    def has_due(self, now: datetime) -> bool:
        """Return whether anything is due."""
        statement = select(OutboxRow.finding_id).where(OutboxRow.state == "waiting", OutboxRow.next_at <= now).limit(1)
        with reading(self._database) as connection:
            return connection.execute(statement).first() is not None

    def of_findings(self, finding_ids: Sequence[int]) -> dict[int, list[Delivery]]:
        """Return the deliveries of findings, by the ids of these."""
        found: dict[int, list[Delivery]] = {}
        statement = _DELIVERIES.where(FindingRow.id.in_(list(finding_ids))).order_by(
            WatchChannelRow.kind, WatchChannelRow.target
        )
        with reading(self._database) as connection:
            for row in connection.execute(statement):
                found.setdefault(row.id, []).append(_delivery(row))
        return found

    def troubles(self, limit: int = 20) -> list[Delivery]:
        """Return deliveries that were given up or failed at least once and wait, the newest first."""
        statement = (
            _DELIVERIES.where(OutboxRow.state != "delivered", OutboxRow.last_error.is_not(None))
            .order_by(OutboxRow.finding_id.desc(), OutboxRow.channel_id)
            .limit(limit)
        )
        with reading(self._database) as connection:
            return [_delivery(row) for row in connection.execute(statement)]

    def facts(self) -> QueueFacts:
        """Return how deliveries are doing."""
        states = select(OutboxRow.state, func.count()).group_by(OutboxRow.state)
        oldest = select(func.min(OutboxRow.added_at)).where(OutboxRow.state == "waiting")
        furthest = select(func.min(WatchRow.cursor)).where(WatchRow.is_ready)
        with reading(self._database) as connection:
            by_state = dict(connection.execute(states).all())
            last = connection.execute(select(CatalogueRow.last_change)).scalar_one()
            cursor = connection.execute(furthest).scalar()
            return QueueFacts(
                waiting=by_state.get("waiting", 0),
                delivered=by_state.get("delivered", 0),
                given_up=by_state.get("given_up", 0),
                oldest_at=connection.execute(oldest).scalar(),
                behind=0 if cursor is None else last - cursor,
            )


def _bounded(error: str) -> str:
    return keepable(" ".join(error.split())[:MOST_ERROR_CHARACTERS])


def _delivery(row: Row[*tuple[Any, ...]], *, attempts: int | None = None) -> Delivery:
    """Return a row as a delivery."""
    return Delivery(
        finding=finding_of(row),
        channel=Channel(row.channel_id, row.watch_id, row.kind, row.target, row.secret, row.allows_private),
        state=row.state,
        attempts=row.attempts if attempts is None else attempts,
        added_at=row.added_at,
        next_at=row.next_at,
        last_error=row.last_error,
        done_at=row.done_at,
    )
