"""What keeping the videos of a catalogue in order asks of its tables."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, bindparam, case, func, select

from data.batch_insert import Counter
from data.database import reading, writing
from data.row_values import digest_of
from data.tables import DescriptorRow, FrameRangeRow, ModelRow, VideoRow
from data.videos import FRAME_RANGE

AT_ONCE = 500
"""Hashes that are asked for at a time: each is a parameter of its own."""

_HASHES_AFTER = (
    select(VideoRow.id, VideoRow.sha256).where(VideoRow.id > bindparam("after_id")).order_by(VideoRow.id).limit(10_000)
)
_KNOWN = select(VideoRow.sha256).where(VideoRow.sha256.in_(bindparam("digests", expanding=True)))
_UNDESCRIBED = (
    select(FrameRangeRow.video_id)
    .join(DescriptorRow, (DescriptorRow.owner_id == FrameRangeRow.id) & (DescriptorRow.owner_kind == FRAME_RANGE))
    .join(ModelRow, ModelRow.id == DescriptorRow.model)
    .group_by(FrameRangeRow.video_id)
    .having(func.sum(case((ModelRow.model_id == bindparam("model_id"), 1), else_=0)) == 0)
    .order_by(FrameRangeRow.video_id)
)


class VideoUpkeep:
    """The videos in the database of a catalogue, as `check` and `backup` see them; threads may share one.

    Every method raises CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, database: Engine) -> None:
        """Name the part.

        Args:
            database: of the catalogue.
        """
        self._engine = database

    def all_sha256(self) -> Iterator[tuple[int, str]]:
        """Yield id and sha256 of every video, in order of id, all from one state of the catalogue."""
        with reading(self._engine) as connection:
            after_id = 0
            while rows := connection.execute(_HASHES_AFTER, {"after_id": after_id}).all():
                after_id = rows[-1].id
                yield from ((row.id, row.sha256.hex()) for row in rows)

    def known_sha256(self, hashes: Collection[str]) -> set[str]:
        """Return those of the hashes whose video is in the catalogue."""
        with reading(self._engine) as connection:
            return _known(connection, hashes)

    @contextmanager
    def absent(self, hashes: Collection[str]) -> Iterator[set[str]]:
        """Give those of the hashes that no video has, and keep every writer waiting until the block ends."""
        with writing(self._engine) as connection:
            Counter(connection)  # takes the lock, on PostgreSQL too
            yield set(hashes) - _known(connection, hashes)

    def undescribed(self, model_id: str) -> list[int]:
        """Return the ids of the videos of which another model has described frames, and this one none, ascending."""
        with reading(self._engine) as connection:
            return list(connection.execute(_UNDESCRIBED, {"model_id": model_id}).scalars())


def _known(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Return those of the hashes that are there."""
    digests = [digest_of(each) for each in hashes]
    known: set[str] = set()
    for start in range(0, len(digests), AT_ONCE):
        rows = connection.execute(_KNOWN, {"digests": digests[start : start + AT_ONCE]})
        known |= {digest.hex() for digest in rows.scalars()}
    return known
