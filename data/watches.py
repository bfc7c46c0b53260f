"""Which pictures are guarded, and where what is found of them is sent."""

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Row, bindparam, delete, func, insert, select, update

from data.batch_insert import PICTURE, Counter, model_places
from data.database import reading, write
from data.id_lists import among
from data.row_values import GREATEST, digest_of, keepable, plain_ids, vector_blob
from data.tables import (
    CatalogueRow,
    ChannelKind,
    DescriptorRow,
    FindingRow,
    ImageRow,
    ModelRow,
    OutboxRow,
    WatchChannelRow,
    WatchedPictureRow,
    WatchRow,
)
from data.watch_records import Channel, NewWatched, Watch, WatchCounts, Watched
from errors import BadInput, NotFound

MOST_WATCHES = 100
MOST_WATCHED = 50_000
"""Pictures that one watch guards: each new picture is held against all of them, in about a millisecond."""
MOST_CHANNELS = 20
"""Of a watch."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FLOAT16 = np.dtype("<f2")

# Statements are built once: SQLAlchemy spends more time on building one than SQLite on answering it.
_WATCHES = select(
    WatchRow.id,
    WatchRow.name,
    WatchRow.collection,
    WatchRow.cursor,
    WatchRow.is_ready,
    WatchRow.feed_token,
    WatchRow.passed_over,
    WatchRow.passed_over_reason,
    WatchRow.added_at,
).order_by(WatchRow.name)
_WATCHED = select(
    WatchedPictureRow.id,
    WatchedPictureRow.watch_id,
    WatchedPictureRow.sha256,
    WatchedPictureRow.pixel_sha256,
    WatchedPictureRow.pdq,
    WatchedPictureRow.width,
    WatchedPictureRow.height,
    WatchedPictureRow.format,
    WatchedPictureRow.size_bytes,
    WatchedPictureRow.name,
    WatchedPictureRow.added_at,
    ModelRow.model_id,
    WatchedPictureRow.copy,
    WatchedPictureRow.similar,
    WatchedPictureRow.keypoints_method,
    WatchedPictureRow.keypoints,
    WatchedPictureRow.preview,
).join(ModelRow, ModelRow.id == WatchedPictureRow.model)
_WATCHED_BY_ID = _WATCHED.where(among(WatchedPictureRow.id, "ids")).order_by(WatchedPictureRow.id)
_VECTORS = (
    select(WatchedPictureRow.id, WatchedPictureRow.copy)
    .join(ModelRow, ModelRow.id == WatchedPictureRow.model)
    .where(WatchedPictureRow.watch_id == bindparam("watch_id"), ModelRow.model_id == bindparam("model_id"))
    .order_by(WatchedPictureRow.id)
)
_OF_PIXELS = select(WatchedPictureRow.id).where(
    WatchedPictureRow.watch_id == bindparam("watch_id"), WatchedPictureRow.pixel_sha256 == bindparam("pixels")
)
_CHANNELS = select(
    WatchChannelRow.id,
    WatchChannelRow.watch_id,
    WatchChannelRow.kind,
    WatchChannelRow.target,
    WatchChannelRow.secret,
    WatchChannelRow.allows_private,
).order_by(WatchChannelRow.kind, WatchChannelRow.target)


class Watches:
    """The watches of a catalogue; threads may share one.

    Nothing is remembered between two calls: every process sees a watch as soon as it is made. Every method raises
    CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, database: Engine) -> None:
        """Keep the database.

        Args:
            database: of an open catalogue (data.catalogue.Catalogue.database).
        """
        self._database = database

    # Watches

    def add(self, name: str, *, collection: str | None = None, everything: bool = False) -> Watch:
        """Make a watch that guards nothing yet, or go on with one of this name; return it.

        Args:
            name: small letters, digits, dots, dashes and underscores; at most 64.
            collection: whose pictures are guarded; None for files, which are then added.
            everything: compare what is in the catalogue already, too; else what is added from now on.
        Raises:
            BadInput: no such name can be, there is one of that name which guards something else, or there are too many.
        """
        if not _NAME.fullmatch(name):
            raise BadInput(
                f"expected a name of small letters, digits, dots, dashes and underscores; received {name[:80]!r}"
            )
        wanted = None if collection is None else keepable(collection)

        def add(connection: Connection) -> None:
            Counter(connection)  # takes the lock: of two that add one name the second goes on with it
            stood = connection.execute(select(WatchRow.collection).where(WatchRow.name == name)).one_or_none()
            if stood is not None and stood.collection == wanted:
                return
            if stood is not None:
                guarded = "files" if stood.collection is None else f"the collection {stood.collection}"
                raise BadInput(
                    f"there is a watch {name} already, which guards {guarded}", remedy="Choose another name."
                )
            if connection.execute(select(func.count()).select_from(WatchRow)).scalar_one() >= MOST_WATCHES:
                raise BadInput(f"expected at most {MOST_WATCHES} watches; there are as many already")
            last = connection.execute(select(CatalogueRow.last_change)).scalar_one()
            connection.execute(
                insert(WatchRow).values(
                    id=_next_id(connection, WatchRow.id),
                    name=name,
                    collection=wanted,
                    cursor=0 if everything else last,
                    is_ready=False,
                    feed_token=new_token(),
                    passed_over=0,
                    added_at=datetime.now(UTC),
                )
            )

        write(self._database, add)
        return self.get(name)

    def make_ready(self, watch_id: int) -> None:
        """Say that all that was to be guarded is there: from now on what is added is compared."""
        write(
            self._database,
            lambda connection: connection.execute(
                update(WatchRow).where(WatchRow.id == watch_id).values(is_ready=True)
            ),
        )

    def get(self, name: str) -> Watch:
        """Return a watch.

        Raises:
            NotFound: there is none of this name.
        """
        with reading(self._database) as connection:
            row = connection.execute(_WATCHES.where(WatchRow.name == name)).one_or_none()
        if row is None:
            raise NotFound(f"there is no watch {name}", remedy="See which there are: `python3 index.py watch list`.")
        return Watch(*row)

    def everything(self) -> list[Watch]:
        """Return all watches in order of their names."""
        with reading(self._database) as connection:
            return [Watch(*row) for row in connection.execute(_WATCHES)]

    def of_feed(self, token: str) -> Watch:
        """Return the watch whose feed has this token.

        Raises:
            NotFound: there is none, or none any more.
        """
        with reading(self._database) as connection:
            row = connection.execute(_WATCHES.where(WatchRow.feed_token == keepable(token))).one_or_none()
        if row is None:
            raise NotFound("there is no such feed", remedy="Its address may have been changed: ask for the new one.")
        return Watch(*row)

    def set_feed(self, name: str, token: str | None) -> Watch:
        """Give the feed of a watch another address, or take it away; the one before is good for nothing any more.

        Raises:
            NotFound: there is none of this name.
        """
        watch = self.get(name)
        statement = update(WatchRow).where(WatchRow.id == watch.id).values(feed_token=token)
        write(self._database, lambda connection: connection.execute(statement))
        return replace(watch, feed_token=token)

    def remove(self, name: str) -> WatchCounts:
        """Remove a watch with its pictures, findings and deliveries, sent or not; return what there was.

        Raises:
            NotFound: there is none of this name.
        """
        watch = self.get(name)
        counts = self.counts(watch)

        def remove(connection: Connection) -> None:
            Counter(connection)  # takes the lock: nobody finds anything for it meanwhile
            # The rest goes with it, by the foreign keys.
            connection.execute(delete(WatchRow).where(WatchRow.id == watch.id))

        write(self._database, remove)
        return counts

    def counts(self, watch: Watch) -> WatchCounts:
        """Return how much there is of a watch."""
        of_watch = FindingRow.watch_id == watch.id
        pictures = (
            select(func.count()).select_from(WatchedPictureRow).where(WatchedPictureRow.watch_id == watch.id)
            if watch.collection is None
            else select(func.count()).select_from(ImageRow).where(ImageRow.collection == watch.collection)
        )
        findings = select(func.count()).select_from(FindingRow).where(of_watch)
        states = (
            select(OutboxRow.state, func.count())
            .join(FindingRow, FindingRow.id == OutboxRow.finding_id)
            .where(of_watch)
            .group_by(OutboxRow.state)
        )
        with reading(self._database) as connection:
            by_state = dict(connection.execute(states).all())
            return WatchCounts(
                pictures=connection.execute(pictures).scalar_one(),
                findings=connection.execute(findings).scalar_one(),
                unseen=connection.execute(
                    findings.where(FindingRow.seen_at.is_(None), FindingRow.settled.is_(None))
                ).scalar_one(),
                waiting=by_state.get("waiting", 0),
                given_up=by_state.get("given_up", 0),
            )

    def comparable(self, watch: Watch, model_id: str) -> int:
        """Return how many of the guarded pictures a model has described: the others cannot be compared."""
        if watch.collection is None:
            statement = (
                select(func.count())
                .select_from(WatchedPictureRow)
                .join(ModelRow, ModelRow.id == WatchedPictureRow.model)
                .where(WatchedPictureRow.watch_id == watch.id, ModelRow.model_id == model_id)
            )
        else:
            statement = (
                select(func.count())
                .select_from(ImageRow)
                .join(DescriptorRow, DescriptorRow.owner_id == ImageRow.id)
                .join(ModelRow, ModelRow.id == DescriptorRow.model)
                .where(
                    ImageRow.collection == watch.collection,
                    DescriptorRow.owner_kind == PICTURE,
                    DescriptorRow.kind == "copy",
                    ModelRow.model_id == model_id,
                )
            )
        with reading(self._database) as connection:
            return connection.execute(statement).scalar_one()

    # Pictures beside the catalogue

    def put(self, watch_id: int, pictures: Sequence[NewWatched]) -> int:
        """Guard pictures, all or none; return how many are new. What was guarded already is described anew.

        Raises:
            NotFound: the watch was removed.
            BadInput: it would guard too many.
            DescriptorShapeError: a descriptor is not a vector of norm 1.
        """
        moment = datetime.now(UTC)

        def put(connection: Connection) -> int:
            Counter(connection)  # takes the lock
            if connection.execute(select(WatchRow.id).where(WatchRow.id == watch_id)).one_or_none() is None:
                raise NotFound("the watch was removed meanwhile", remedy="Add it again.")
            models = model_places(connection, {new.model_id for new in pictures})
            held = select(WatchedPictureRow.sha256, WatchedPictureRow.id).where(WatchedPictureRow.watch_id == watch_id)
            known: dict[bytes, int] = dict(connection.execute(held).all())
            before, following = len(known), _next_id(connection, WatchedPictureRow.id)
            for new in pictures:
                values = _watched_values(new, models[new.model_id])
                row_id = known.get(values["sha256"])
                if row_id is not None:
                    connection.execute(update(WatchedPictureRow).where(WatchedPictureRow.id == row_id).values(**values))
                    continue
                connection.execute(
                    insert(WatchedPictureRow).values(id=following, watch_id=watch_id, added_at=moment, **values)
                )
                known[values["sha256"]] = following
                following += 1
            if len(known) > MOST_WATCHED:
                raise BadInput(
                    f"expected at most {MOST_WATCHED:,} pictures in a watch; received more",
                    remedy="Divide them among several watches.",
                )
            return len(known) - before

        return write(self._database, put)

    def known(self, watch_id: int, hashes: Collection[str], model_id: str) -> set[str]:
        """Return those of the hashes whose file is guarded, and described by this model."""
        digests = [digest_of(each) for each in hashes]
        statement = (
            select(WatchedPictureRow.sha256)
            .join(ModelRow, ModelRow.id == WatchedPictureRow.model)
            .where(
                WatchedPictureRow.watch_id == watch_id,
                ModelRow.model_id == model_id,
                WatchedPictureRow.sha256.in_(digests),
            )
        )
        with reading(self._database) as connection:
            return {digest.hex() for digest in connection.execute(statement).scalars()}

    def vectors(self, watch_id: int, model_id: str) -> list[tuple[int, bytes]]:
        """Return id and `copy` descriptor, float16 as kept, of the guarded pictures that a model described, by id."""
        with reading(self._database) as connection:
            rows = connection.execute(_VECTORS, {"watch_id": watch_id, "model_id": model_id})
            return [(row[0], row[1]) for row in rows]

    def watched(self, ids: Collection[int]) -> dict[int, Watched]:
        """Return guarded pictures beside the catalogue by id; unknown ids are left out."""
        with reading(self._database) as connection:
            rows = connection.execute(_WATCHED_BY_ID, {"ids": plain_ids(ids)})
            return {row.id: _watched(row) for row in rows}

    def list_watched(self, watch_id: int, *, after_id: int = 0, limit: int = 100) -> list[Watched]:
        """Return a page of the pictures that a watch keeps beside the catalogue, in order of id."""
        statement = _WATCHED.where(
            WatchedPictureRow.watch_id == watch_id, WatchedPictureRow.id > min(after_id, GREATEST)
        )
        with reading(self._database) as connection:
            rows = connection.execute(statement.order_by(WatchedPictureRow.id).limit(limit))
            return [_watched(row) for row in rows]

    def same_pixels(self, watch_id: int, pixel_sha256: str) -> list[int]:
        """Return the ids of the guarded pictures beside the catalogue with exactly these pixels."""
        values = {"watch_id": watch_id, "pixels": digest_of(pixel_sha256)}
        with reading(self._database) as connection:
            return list(connection.execute(_OF_PIXELS, values).scalars())

    # Channels

    def add_channel(
        self, name: str, kind: ChannelKind, target: str, *, secret: bytes | None = None, allows_private: bool = False
    ) -> Channel:
        """Send what is found of a watch to another place from now on; one that is there already is changed.

        Raises:
            NotFound: there is no watch of this name.
            BadInput: there are too many channels.
        """
        watch, wanted = self.get(name), keepable(target)

        def add(connection: Connection) -> None:
            Counter(connection)  # takes the lock
            of_watch = WatchChannelRow.watch_id == watch.id
            held = select(WatchChannelRow.id).where(
                of_watch, WatchChannelRow.kind == kind, WatchChannelRow.target == wanted
            )
            there = connection.execute(held).scalar()
            if there is not None:
                connection.execute(
                    update(WatchChannelRow)
                    .where(WatchChannelRow.id == there)
                    .values(secret=secret, allows_private=allows_private)
                )
                return
            channels = select(func.count()).select_from(WatchChannelRow).where(of_watch)
            if connection.execute(channels).scalar_one() >= MOST_CHANNELS:
                raise BadInput(f"expected at most {MOST_CHANNELS} hooks and mailboxes of a watch; there are as many")
            connection.execute(
                insert(WatchChannelRow).values(
                    id=_next_id(connection, WatchChannelRow.id),
                    watch_id=watch.id,
                    kind=kind,
                    target=wanted,
                    secret=secret,
                    allows_private=allows_private,
                    added_at=datetime.now(UTC),
                )
            )

        write(self._database, add)
        return next(one for one in self.channels(watch.id) if (one.kind, one.target) == (kind, wanted))

    def remove_channel(self, name: str, kind: ChannelKind, target: str) -> None:
        """Send nothing there any more, what waits for it included.

        Raises:
            NotFound: there is no such watch, or nothing of it is sent there.
        """
        watch, wanted = self.get(name), keepable(target)
        statement = delete(WatchChannelRow).where(
            WatchChannelRow.watch_id == watch.id, WatchChannelRow.kind == kind, WatchChannelRow.target == wanted
        )
        if not write(self._database, lambda connection: connection.execute(statement).rowcount):
            raise NotFound(f"nothing of the watch {name} is sent to {target}", remedy="See `watch list`.")

    def channels(self, watch_id: int | None = None) -> list[Channel]:
        """Return where the findings of a watch are sent, or those of all."""
        statement = _CHANNELS if watch_id is None else _CHANNELS.where(WatchChannelRow.watch_id == watch_id)
        with reading(self._database) as connection:
            return [Channel(*row) for row in connection.execute(statement)]


def new_token() -> str:
    """Return what the address of a feed ends with: 256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


def _next_id(connection: Connection, column: Any) -> int:  # noqa: ANN401 - a column of any table
    """Return an id above those that are there, in a transaction that holds the lock of `Counter`."""
    return 1 + (connection.execute(select(func.max(column))).scalar() or 0)


def _watched_values(new: NewWatched, model: int) -> dict[str, Any]:
    """Return the columns of a guarded picture that follow from its file."""
    return {
        "sha256": digest_of(new.sha256),
        "pixel_sha256": None if new.pixel_sha256 is None else digest_of(new.pixel_sha256),
        "pdq": new.pdq,
        "width": new.width,
        "height": new.height,
        "format": new.format,
        "size_bytes": new.size_bytes,
        "name": keepable(new.name),
        "model": model,
        "copy": vector_blob(new.copy),
        "similar": vector_blob(new.similar),
        "keypoints_method": new.keypoints_method,
        "keypoints": new.keypoints,
        "preview": new.preview,
    }


def _watched(row: Row[*tuple[Any, ...]]) -> Watched:
    """Return a row as a guarded picture."""
    return Watched(
        id=row.id,
        watch_id=row.watch_id,
        sha256=row.sha256.hex(),
        pixel_sha256=None if row.pixel_sha256 is None else row.pixel_sha256.hex(),
        pdq=row.pdq,
        width=row.width,
        height=row.height,
        format=row.format,
        size_bytes=row.size_bytes,
        name=row.name,
        added_at=row.added_at,
        model_id=row.model_id,
        copy=np.frombuffer(row.copy, _FLOAT16),
        similar=np.frombuffer(row.similar, _FLOAT16),
        keypoints_method=row.keypoints_method,
        keypoints=row.keypoints,
        preview=row.preview,
    )
