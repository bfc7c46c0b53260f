"""Videos, the frames that describe them, and their history."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, ChangeKind, Id, Moment


class VideoRow(Base):
    """A video.

    Attributes:
        sha256: 32 bytes.
        change: number of the entry of `video_change` that added it.
    """

    __tablename__ = "video"
    __table_args__ = (
        Index(None, "sha256", unique=True),
        Index(None, "collection", "id"),
        CheckConstraint("width > 0 AND height > 0 AND duration_ms >= 0", name="sizes"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    locator: Mapped[str] = mapped_column(Text)
    collection: Mapped[str | None] = mapped_column(Text)
    duration_ms: Mapped[int] = mapped_column(BigInteger)
    fps: Mapped[float] = mapped_column(Double)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    codec: Mapped[str] = mapped_column(Text)
    container: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(Moment)
    change: Mapped[int] = mapped_column(BigInteger)


class FrameRangeRow(Base):
    """A stretch of a video that shows nearly the same. Those of a video have ids in one run, in the order of time."""

    __tablename__ = "frame_range"
    __table_args__ = (
        Index(None, "video_id"),
        CheckConstraint("first_ms <= frame_ms AND frame_ms <= last_ms", name="times"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    video_id: Mapped[int] = mapped_column(Id, ForeignKey("video.id", ondelete="CASCADE"))
    first_ms: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger)
    frame: Mapped[int] = mapped_column(BigInteger)
    frame_ms: Mapped[int] = mapped_column(BigInteger)


class VideoChangeRow(Base):
    """An entry of the history of videos. It outlives its video: its ids are never given out again.

    Attributes:
        first_range, ranges: the run of ids of the video's frame ranges.
    """

    __tablename__ = "video_change"
    __table_args__ = (CheckConstraint("kind IN ('added', 'removed')", name="kind"),)

    number: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    video_id: Mapped[int] = mapped_column(BigInteger)
    first_range: Mapped[int] = mapped_column(BigInteger)
    ranges: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[ChangeKind] = mapped_column(Text)
