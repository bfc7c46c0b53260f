"""The videos of the catalogue: everything that is asked of their tables, and everything that is told to them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select

from data.batch_insert import Counter, model_places
from data.database import reading, write
from data.id_lists import among
from data.kept_descriptors import descriptors_of, snapshot_descriptors
from data.records import Change, DescriptorKind, DescriptorRows
from data.row_values import GREATEST, digest_of, keepable, keepable_or_none, plain_ids, vector_blob
from data.tables import CatalogueRow, ChangeKind, DescriptorRow, FrameRangeRow, VideoChangeRow, VideoRow
from data.video_records import FrameRange, NewVideo, Video, VideoCounts
from errors import BadInput, NotFound

FRAME_RANGE = "frame range"
VIDEO = "video"
"""Owner kinds of their descriptors."""

VideoOwner = Literal["frame", "video"]
_OWNERS: dict[DescriptorKind, str] = {"frame": FRAME_RANGE, "video": VIDEO}

_VIDEOS = select(
    VideoRow.id,
    VideoRow.sha256,
    VideoRow.locator,
    VideoRow.collection,
    VideoRow.duration_ms,
    VideoRow.fps,
    VideoRow.width,
    VideoRow.height,
    VideoRow.codec,
    VideoRow.container,
    VideoRow.size_bytes,
    VideoRow.added_at,
).order_by(VideoRow.id)
_VIDEOS_BY_ID = _VIDEOS.where(among(VideoRow.id, "ids"))
_VIDEOS_AFTER = _VIDEOS.where(VideoRow.id > bindparam("after_id")).limit(bindparam("limit"))
_NEWEST = _VIDEOS.order_by(None).order_by(VideoRow.id.desc()).limit(bindparam("limit")).offset(bindparam("skip"))
_RANGES = select(
    FrameRangeRow.id,
    FrameRangeRow.video_id,
    FrameRangeRow.first_ms,
    FrameRangeRow.last_ms,
    FrameRangeRow.frame,
    FrameRangeRow.frame_ms,
).order_by(FrameRangeRow.id)
_RANGES_BY_ID = _RANGES.where(among(FrameRangeRow.id, "ids"))
_RANGES_OF_VIDEOS = _RANGES.where(among(FrameRangeRow.video_id, "ids"))
_RANGES_FROM = _RANGES.where(
    FrameRangeRow.video_id == bindparam("video_id"), FrameRangeRow.last_ms >= bindparam("first_ms")
).limit(bindparam("limit"))
_STRETCHES = (
    select(FrameRangeRow.first_ms, FrameRangeRow.last_ms)
    .where(FrameRangeRow.video_id == bindparam("video_id"))
    .order_by(FrameRangeRow.id)
    .limit(bindparam("limit"))
)
_BY_SHA256 = select(VideoRow.sha256, VideoRow.id).where(VideoRow.sha256 == bindparam("digest"))
_LAST_ADDED = (
    select(VideoChangeRow.video_id, VideoChangeRow.first_range, VideoChangeRow.ranges)
    .where(VideoChangeRow.kind == "added")
    .order_by(VideoChangeRow.number.desc())
    .limit(1)
)
_LAST_CHANGE = select(func.coalesce(func.max(VideoChangeRow.number), 0))
_CHANGES_AFTER = (
    select(
        VideoChangeRow.number,
        VideoChangeRow.video_id,
        VideoChangeRow.first_range,
        VideoChangeRow.ranges,
        VideoChangeRow.kind,
    )
    .where(VideoChangeRow.number > bindparam("number"))
    .order_by(VideoChangeRow.number)
    .limit(bindparam("limit"))
)
_FORGET = delete(DescriptorRow).where(
    DescriptorRow.owner_kind == bindparam("forgotten_kind"), among(DescriptorRow.owner_id, "ids")
)


class VideoShelf:
    """The videos in the database of a catalogue (`Catalogue.database`); threads may share one.

    It is also what an index of frames or of whole videos follows (search.change_feed.ChangeFeed): its changes are
    numbered apart from those of pictures, so that neither makes the indexes of the other look.

    Every method raises CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, database: Engine, follows: VideoOwner = "frame") -> None:
        """Name the parts.

        Args:
            database: of the catalogue.
            follows: what its changes are told of: frame ranges, or whole videos.
        """
        self._engine = database
        self._follows = follows

    # Writing

    def add(self, new: NewVideo) -> tuple[int, bool]:
        """Add a video with all that describes it, or nothing of it.

        Returns:
            its id, and whether it is new: False where the same bytes are there already, of which nothing is changed.
        Raises:
            BadInput: the hash is not one.
            DescriptorShapeError: a descriptor is not a vector of norm 1.
            ContractBroken: the database refuses a row.
        """
        digest = digest_of(new.sha256)
        moment = datetime.now(UTC)

        def add(connection: Connection) -> tuple[int, bool]:
            Counter(connection)  # takes the lock
            known = connection.execute(_BY_SHA256, {"digest": digest}).first()
            if known is not None:
                return known.id, False
            last = connection.execute(_LAST_ADDED).first()
            video_id = 1 if last is None else last.video_id + 1
            first_range = 1 if last is None else last.first_range + last.ranges
            number = connection.execute(_LAST_CHANGE).scalar_one() + 1
            model = model_places(connection, {new.model_id})[new.model_id]
            connection.execute(
                insert(VideoRow),
                {
                    "id": video_id,
                    "sha256": digest,
                    "locator": keepable(new.locator),
                    "collection": keepable_or_none(new.collection),
                    "duration_ms": new.duration_ms,
                    "fps": new.fps,
                    "width": new.width,
                    "height": new.height,
                    "codec": new.codec,
                    "container": new.container,
                    "size_bytes": new.size_bytes,
                    "added_at": moment,
                    "change": number,
                },
            )
            ids = range(first_range, first_range + len(new.ranges))
            rows = [
                {
                    "id": range_id,
                    "video_id": video_id,
                    "first_ms": each.first_ms,
                    "last_ms": each.last_ms,
                    "frame": each.frame,
                    "frame_ms": each.frame_ms,
                }
                for range_id, each in zip(ids, new.ranges, strict=True)
            ]
            vectors: list[tuple[DescriptorKind, int, NDArray[np.float32]]] = [
                ("frame", range_id, each.vector)
                for range_id, each in zip(ids, new.ranges, strict=True)
                if each.vector is not None
            ]
            if new.summary is not None:
                vectors.append(("video", video_id, new.summary))
            descriptors = [
                {
                    "model": model,
                    "kind": kind,
                    "owner_kind": _OWNERS[kind],
                    "owner_id": owner_id,
                    "vector": vector_blob(vector),
                }
                for kind, owner_id, vector in vectors
            ]
            if rows:
                connection.execute(insert(FrameRangeRow), rows)
            if descriptors:
                connection.execute(insert(DescriptorRow), descriptors)
            _note(connection, number, video_id, ids, "added")
            return video_id, True

        return write(self._engine, add)

    def remove(self, video_ids: Collection[int]) -> list[Video]:
        """Remove videos from every table, and return what went, in order of id; unknown ids are passed over."""

        def remove(connection: Connection) -> list[Video]:
            Counter(connection)
            removed = _videos(connection.execute(_VIDEOS_BY_ID, {"ids": plain_ids(video_ids)}).all())
            following = connection.execute(_LAST_CHANGE).scalar_one() + 1
            for number, video in enumerate(removed, start=following):
                ids = {"ids": [video.id]}
                ranges = connection.execute(_RANGES_OF_VIDEOS, ids).all()
                first_range = ranges[0].id if ranges else 0
                connection.execute(_FORGET, {"forgotten_kind": FRAME_RANGE, "ids": [each.id for each in ranges]})
                connection.execute(_FORGET, {"forgotten_kind": VIDEO, **ids})
                connection.execute(delete(VideoRow).where(among(VideoRow.id, "ids")), ids)  # its ranges go with it
                _note(connection, number, video.id, range(first_range, first_range + len(ranges)), "removed")
            return removed

        return write(self._engine, remove)

    # Videos

    def video(self, video_id: int) -> Video:
        """Return a video.

        Raises:
            NotFound: there is none with this id.
        """
        found = self.videos([video_id])
        if video_id not in found:
            raise NotFound(f"there is no video {video_id} in the catalogue")
        return found[video_id]

    def videos(self, ids: Sequence[int]) -> dict[int, Video]:
        """Return videos by id, in the order asked for; unknown ids are left out."""
        with reading(self._engine) as connection:
            rows = connection.execute(_VIDEOS_BY_ID, {"ids": plain_ids(ids)}).all()
        found = {video.id: video for video in _videos(rows)}
        return {video_id: found[video_id] for video_id in map(int, ids) if video_id in found}

    def list_videos(self, *, after_id: int = 0, limit: int = 100, collection: str | None = None) -> list[Video]:
        """Return a page of all videos, or of one collection's, in order of id."""
        statement = _VIDEOS_AFTER
        if collection is not None:
            statement = statement.where(VideoRow.collection == keepable(collection))
        with reading(self._engine) as connection:
            rows = connection.execute(statement, {"after_id": min(after_id, GREATEST), "limit": limit})
            return _videos(rows.all())

    def newest(self, *, limit: int, skip: int = 0) -> list[Video]:
        """Return a page of all videos, the one added last first."""
        with reading(self._engine) as connection:
            return _videos(connection.execute(_NEWEST, {"limit": limit, "skip": min(skip, GREATEST)}).all())

    def find(
        self,
        *,
        ids: Collection[int] | None = None,
        sha256: str | None = None,
        locator: str | None = None,
        collection: str | None = None,
    ) -> list[int]:
        """Return the ids of the videos that meet all of the conditions given, in ascending order.

        Raises:
            BadInput: no condition is given (that would be every video), or the hash is not one.
        """
        if ids is None and sha256 is None and locator is None and collection is None:
            raise BadInput("expected ids, a sha256, a locator or a collection to look for; received none")
        statement = select(VideoRow.id).order_by(VideoRow.id)
        if sha256 is not None:
            statement = statement.where(VideoRow.sha256 == digest_of(sha256))
        if locator is not None:
            statement = statement.where(VideoRow.locator == keepable(locator))
        if collection is not None:
            statement = statement.where(VideoRow.collection == keepable(collection))
        if ids is not None:
            statement = statement.where(among(VideoRow.id, "ids"))
        with reading(self._engine) as connection:
            return list(connection.execute(statement, {} if ids is None else {"ids": plain_ids(ids)}).scalars())

    def same_file(self, sha256: str) -> int | None:
        """Return the id of the video with these very bytes; None when there is none."""
        with reading(self._engine) as connection:
            found = connection.execute(_BY_SHA256, {"digest": digest_of(sha256)}).first()
            return None if found is None else found.id

    def counts(self) -> VideoCounts:
        """Return how much there is."""
        with reading(self._engine) as connection:
            videos, duration_ms = connection.execute(
                select(func.count(), func.coalesce(func.sum(VideoRow.duration_ms), 0)).select_from(VideoRow)
            ).one()
            ranges = connection.execute(select(func.count()).select_from(FrameRangeRow)).scalar_one()
            return VideoCounts(videos=videos, ranges=ranges, duration_ms=int(duration_ms))

    # Frame ranges

    def ranges(self, ids: Collection[int]) -> dict[int, FrameRange]:
        """Return frame ranges by id, ascending; unknown ids are left out."""
        with reading(self._engine) as connection:
            return {row.id: FrameRange(*row) for row in connection.execute(_RANGES_BY_ID, {"ids": plain_ids(ids)})}

    def stretches_of(self, video_id: int, limit: int) -> list[tuple[int, int]]:
        """Return when the first frame ranges of a video begin and end, in ms, in the order of time."""
        with reading(self._engine) as connection:
            rows = connection.execute(_STRETCHES, {"video_id": video_id, "limit": limit})
            return [(row.first_ms, row.last_ms) for row in rows]

    def count_ranges(self, video_id: int) -> int:
        """Return how many frame ranges a video has."""
        statement = select(func.count()).select_from(FrameRangeRow).where(FrameRangeRow.video_id == video_id)
        with reading(self._engine) as connection:
            return connection.execute(statement).scalar_one()

    def ranges_from(self, video_id: int, first_ms: int, limit: int) -> list[FrameRange]:
        """Return the frame ranges of a video that end at a time or later, the first of them."""
        with reading(self._engine) as connection:
            values = {"video_id": video_id, "first_ms": min(first_ms, GREATEST), "limit": limit}
            return [FrameRange(*row) for row in connection.execute(_RANGES_FROM, values)]

    def ranges_of(self, video_ids: Collection[int]) -> list[FrameRange]:
        """Return all frame ranges of some videos, video after video, each in the order of time."""
        with reading(self._engine) as connection:
            rows = connection.execute(_RANGES_OF_VIDEOS, {"ids": plain_ids(video_ids)})
            return sorted((FrameRange(*row) for row in rows), key=lambda each: (each.video_id, each.id))

    # What an index follows

    def catalogue_id(self) -> str:
        """Return what tells this catalogue from every other, as Catalogue.catalogue_id does."""
        with reading(self._engine) as connection:
            return connection.execute(select(CatalogueRow.uuid)).scalar_one().hex()

    def last_change(self) -> int:
        """Return the number of the last change of videos; 0 before the first."""
        with reading(self._engine) as connection:
            return connection.execute(_LAST_CHANGE).scalar_one()

    def changes_after(self, number: int, limit: int = 10_000) -> list[Change]:
        """Return the changes with greater numbers, in order; nothing smaller than what it returns appears later.

        A video is one change of one number; of frame ranges there are as many changes with its number as it has
        ranges, and they come together even where that is more than `limit`.
        """
        with reading(self._engine) as connection:
            values = {"number": number, "limit": limit}
            rows = connection.execute(_CHANGES_AFTER, values).all()
        changes: list[Change] = []
        for row in rows:
            if self._follows == "video":
                changes.append(Change(row.number, row.video_id, row.kind))
                continue
            if changes and len(changes) + row.ranges > limit:
                break
            run = range(row.first_range, row.first_range + row.ranges)
            changes.extend(Change(row.number, range_id, row.kind) for range_id in run)
        return changes

    def descriptors_of(self, ids: Collection[int], kind: DescriptorKind, model_id: str) -> DescriptorRows:
        """Return the descriptors of some frame ranges or videos, in order of id; those without one are left out."""
        return descriptors_of(self._engine, _OWNERS[kind], ids, kind, model_id)

    def snapshot_descriptors(
        self, kind: DescriptorKind, model_id: str, *, batch: int = 8192
    ) -> tuple[int, Iterator[DescriptorRows]]:
        """Return the number of the last change, and all descriptors exactly as they were after it.

        The transaction stays open until the iterator is exhausted or dropped.
        """
        return snapshot_descriptors(self._engine, _OWNERS[kind], kind, model_id, last_change=_LAST_CHANGE, batch=batch)


def _note(connection: Connection, number: int, video_id: int, ranges: range, kind: ChangeKind) -> None:
    """Write an entry of the history."""
    connection.execute(
        insert(VideoChangeRow),
        {
            "number": number,
            "video_id": video_id,
            "first_range": ranges.start,
            "ranges": len(ranges),
            "kind": kind,
        },
    )


def _videos(rows: Iterable[Any]) -> list[Video]:
    """Return rows of `_VIDEOS` as records."""
    return [Video(row.id, row.sha256.hex(), *row[2:]) for row in rows]
