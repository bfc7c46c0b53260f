"""Pictures that are guarded, what was found of them, and the messages that tell it."""

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, Id, Moment
from data.tables.pictures import MOST_KEYPOINT_BYTES

ChannelKind = Literal["webhook", "mail"]
DeliveryState = Literal["waiting", "delivered", "given_up"]

MOST_WATCHED_PREVIEW_BYTES = 262_144
"""Of the small version of a watched picture; one of 384 px is about 25 kB."""

MOST_FINDING_CHARACTERS = 16_000
"""Of what is told of a finding."""


class WatchRow(Base):
    """Pictures that are guarded: what is added to the catalogue later is compared with them.

    Attributes:
        collection: whose pictures are guarded; None where files are, which lie in `watched_picture`.
        cursor: number of the last change that was compared with them.
        is_ready: all that was to be guarded is there; nothing is compared before.
        feed_token: what the address of its feed ends with; None where it has none.
        passed_over: pictures that could not be compared; passed_over_reason: why the last of them could not.
    """

    __tablename__ = "watch"
    __table_args__ = (
        Index(None, "name", unique=True),
        Index(None, "feed_token", unique=True),
        Index(None, "collection"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    collection: Mapped[str | None] = mapped_column(Text)
    cursor: Mapped[int] = mapped_column(BigInteger)
    is_ready: Mapped[bool]
    feed_token: Mapped[str | None] = mapped_column(Text)
    passed_over: Mapped[int] = mapped_column(BigInteger)
    passed_over_reason: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(Moment)


class WatchedPictureRow(Base):
    """A guarded picture that is kept beside the catalogue: what a comparison needs of it, and no more.

    Attributes:
        name: of its file, without folders.
        model: that described it.
        copy, similar: float16, little-endian.
        keypoints: local features, packed; keypoints_method: name of what found them.
        preview: a small version, WebP without metadata.
    """

    __tablename__ = "watched_picture"
    __table_args__ = (
        Index(None, "watch_id", "sha256", unique=True),
        CheckConstraint("width > 0 AND height > 0 AND size_bytes > 0", name="sizes"),
        CheckConstraint(f"length(keypoints) <= {MOST_KEYPOINT_BYTES}", name="keypoints"),
        CheckConstraint(f"length(preview) <= {MOST_WATCHED_PREVIEW_BYTES}", name="preview"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    watch_id: Mapped[int] = mapped_column(Id, ForeignKey("watch.id", ondelete="CASCADE"))
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    pixel_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdq: Mapped[bytes | None] = mapped_column(LargeBinary)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    format: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(Moment)
    model: Mapped[int] = mapped_column(Integer, ForeignKey("model.id"))
    copy: Mapped[bytes] = mapped_column(LargeBinary)
    similar: Mapped[bytes] = mapped_column(LargeBinary)
    keypoints_method: Mapped[str] = mapped_column(Text)
    keypoints: Mapped[bytes] = mapped_column(LargeBinary)
    preview: Mapped[bytes] = mapped_column(LargeBinary)


class FindingRow(Base):
    """A picture of the catalogue that is a copy of a watched one. The two are told apart by their pixels.

    Attributes:
        uid: what it is known by outside, never given to another finding.
        watched_key, found_key: as data.decisions.PictureKey has them.
        watched_id: the watched picture beside the catalogue, or the id of the one of the collection.
        image_id: of the picture in the catalogue; it may be gone.
        record: JSON of what is told of it.
        settled: what had been decided when it was found, which kept it from being told; None where nothing had.
        seen_by, seen_at: None until somebody marks it.
    """

    __tablename__ = "finding"
    __table_args__ = (
        Index(None, "watch_id", "watched_key", "found_key", unique=True),
        Index(None, "uid", unique=True),
        CheckConstraint(f"length(record) <= {MOST_FINDING_CHARACTERS}", name="record"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    uid: Mapped[str] = mapped_column(Text)
    watch_id: Mapped[int] = mapped_column(Id, ForeignKey("watch.id", ondelete="CASCADE"))
    watched_key: Mapped[bytes] = mapped_column(LargeBinary)
    found_key: Mapped[bytes] = mapped_column(LargeBinary)
    watched_id: Mapped[int] = mapped_column(BigInteger)
    image_id: Mapped[int] = mapped_column(BigInteger)
    record: Mapped[str] = mapped_column(Text)
    settled: Mapped[str | None] = mapped_column(Text)
    found_at: Mapped[datetime] = mapped_column(Moment)
    seen_by: Mapped[str | None] = mapped_column(Text)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)


class WatchChannelRow(Base):
    """Where the findings of a watch are sent.

    Attributes:
        target: an address on the web, or of a mailbox.
        secret: that webhooks are signed with, sealed (search.watching.hook_secret); None for mail.
        allows_private: whether the address may be one of a private network.
    """

    __tablename__ = "watch_channel"
    __table_args__ = (
        Index(None, "watch_id", "kind", "target", unique=True),
        CheckConstraint("kind IN ('webhook', 'mail')", name="kind"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    watch_id: Mapped[int] = mapped_column(Id, ForeignKey("watch.id", ondelete="CASCADE"))
    kind: Mapped[ChannelKind] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    allows_private: Mapped[bool]
    added_at: Mapped[datetime] = mapped_column(Moment)


class OutboxRow(Base):
    """A finding that is to be sent somewhere, written in the transaction that writes the finding.

    Attributes:
        attempts: begun so far.
        next_at: not before; while it is being sent, when it may be tried by another process.
        last_error: what the last attempt failed by; None where it did not.
        done_at: when it was delivered or given up.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "state", "next_at"),
        Index(None, "channel_id"),
        CheckConstraint("state IN ('waiting', 'delivered', 'given_up')", name="state"),
    )

    finding_id: Mapped[int] = mapped_column(Id, ForeignKey("finding.id", ondelete="CASCADE"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, ForeignKey("watch_channel.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[DeliveryState] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    added_at: Mapped[datetime] = mapped_column(Moment)
    next_at: Mapped[datetime] = mapped_column(Moment)
    last_error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(Moment)


class LeaseRow(Base):
    """Work that one process at a time does, and until when that is believed of it.

    Attributes:
        holder: 32 hexadecimal digits, made at random by a process.
    """

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    holder: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(Moment)
