"""The tables of the catalogue, for SQLite and PostgreSQL alike.

Pictures are described by rows; what is only ever read whole (a digest, a descriptor, the twenty attributes of a
picture) is a blob. Numbers and ids are given out from the one row of `catalogue`, which a writer locks until it
commits: changes become visible in the order of their numbers, and an id is never used twice, on either database.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ChangeKind = Literal["added", "removed"]
DecisionKind = Literal["not_a_copy", "licensed", "mine"]
DecisionScope = Literal["pair", "source", "collection"]
FacetKind = Literal["collection", "licence", "source", "year"]
ChannelKind = Literal["webhook", "mail"]
DeliveryState = Literal["waiting", "delivered", "given_up"]

TokenScope = Literal["read", "write"]

REVISION = "0011"
"""The migration these tables agree with; a test holds it to the newest script. Kept here so that serving, which only
checks it, need not load Alembic."""

MOST_KEYPOINT_BYTES = 8_000
"""Of the local features of a picture."""

MOST_EVIDENCE_CHARACTERS = 8_000
"""Of what was measured of a pair when it was decided on."""

MOST_WATCHED_PREVIEW_BYTES = 262_144
"""Of the small version of a watched picture; one of 384 px is about 25 kB."""

MOST_FINDING_CHARACTERS = 16_000
"""Of what is told of a finding."""

# SQLite makes a column its row id, and so the order on disk, only when the type is spelled INTEGER.
_Id = BigInteger().with_variant(Integer, "sqlite")


# SQLite keeps no time zones: the offset is part of the text, so that a moment comes back aware. All are in UTC.
_Moment = DateTime(timezone=True).with_variant(
    sqlite.DATETIME(  # type: ignore[no-untyped-call] # SQLAlchemy left this constructor untyped
        storage_format="%(year)04d-%(month)02d-%(day)02d %(hour)02d:%(minute)02d:%(second)02d.%(microsecond)06d+00:00"
    ),
    "sqlite",
)


class Base(DeclarativeBase):
    """Base of all tables; constraints have names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        }
    )


class CatalogueRow(Base):
    """The catalogue itself: one row, locked by every writer until it commits.

    Attributes:
        uuid: 16 bytes made at random; an index snapshot of another catalogue is known by it.
        last_image, last_change: the highest id and change number ever given.
        serving_model: id of the model that answers; None while nobody chose one, and RETRACE_MODEL says which.
        next_model: id of the model that is about to take its place.
    """

    __tablename__ = "catalogue"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    uuid: Mapped[bytes] = mapped_column(LargeBinary)
    last_image: Mapped[int] = mapped_column(BigInteger)
    last_change: Mapped[int] = mapped_column(BigInteger)
    serving_model: Mapped[str | None] = mapped_column(Text)
    next_model: Mapped[str | None] = mapped_column(Text)


class ImageRow(Base):
    """A picture. What it is called, licensed and grouped by comes from the source that brought it first.

    Attributes:
        sha256, pixel_sha256, pdq: 32 bytes each.
        change: number of the change that added it.
    """

    __tablename__ = "image"
    __table_args__ = (
        Index(None, "sha256", unique=True),
        Index(None, "pixel_sha256"),
        Index(None, "collection", "id"),
        Index(None, "added_at"),
        CheckConstraint("width > 0 AND height > 0 AND size_bytes > 0", name="sizes"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    pixel_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdq: Mapped[bytes | None] = mapped_column(LargeBinary)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    format: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str | None] = mapped_column(Text)
    licence: Mapped[str | None] = mapped_column(Text)
    project: Mapped[str | None] = mapped_column(Text)
    collection: Mapped[str | None] = mapped_column(Text)
    mature: Mapped[bool]
    added_at: Mapped[datetime] = mapped_column(_Moment)
    change: Mapped[int] = mapped_column(BigInteger)


class SourceRow(Base):
    """A place where a picture was seen.

    Attributes:
        locator_digest: the first 16 bytes of the locator's SHA-256. Addresses may be longer than an index entry.
    """

    __tablename__ = "source"
    __table_args__ = (Index(None, "locator_digest"),)

    image_id: Mapped[int] = mapped_column(_Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    locator_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    locator: Mapped[str] = mapped_column(Text)
    backlink: Mapped[str | None] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(_Moment)


class ModelRow(Base):
    """A model whose descriptors are kept.

    Attributes:
        model_id: sha256 of the model file, hexadecimal.
    """

    __tablename__ = "model"
    __table_args__ = (Index(None, "model_id", unique=True),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    model_id: Mapped[str] = mapped_column(Text)


class DescriptorRow(Base):
    """A vector that a model made of something: a picture, a frame range, a video or a face.

    Attributes:
        owner_kind, owner_id: what it describes, such as 'image' and its id.
        kind: which of the model's descriptors, such as 'copy'.
        vector: float16, little-endian.
    """

    __tablename__ = "descriptor"
    __table_args__ = (Index(None, "owner_kind", "owner_id"),)

    model: Mapped[int] = mapped_column(Integer, ForeignKey("model.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    owner_kind: Mapped[str] = mapped_column(Text, primary_key=True)
    owner_id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class AttributeNameRow(Base):
    """The vocabulary of attributes.

    Attributes:
        id: 1, 2, 3, … without holes: its place in the blobs of `attribute`.
    """

    __tablename__ = "attribute_name"
    __table_args__ = (Index(None, "name", unique=True),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)


class AttributeRow(Base):
    """All that is said about the attributes of a picture, in the layout of data.attributes.

    A row a picture, not a row an attribute: a page of 240 pictures would else read some 10,000 rows, and a million
    pictures would keep forty million.

    Attributes:
        labels: what people or sources say, a byte an attribute; None when they say nothing.
        model, probabilities: which model spoke last, and what it said, a little-endian float16 an attribute.
    """

    __tablename__ = "attribute"
    __table_args__ = (Index(None, "model"),)

    image_id: Mapped[int] = mapped_column(
        _Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    labels: Mapped[bytes | None] = mapped_column(LargeBinary)
    model: Mapped[int] = mapped_column(Integer, ForeignKey("model.id"))
    probabilities: Mapped[bytes] = mapped_column(LargeBinary)


class ModelWordRow(Base):
    """What a model that does not serve says of the attributes of a picture; the serving one's word is in `attribute`.

    Attributes:
        probabilities: in the layout of data.attributes.
    """

    __tablename__ = "model_word"
    __table_args__ = (Index(None, "image_id"),)

    model: Mapped[int] = mapped_column(Integer, ForeignKey("model.id"), primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(
        _Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    probabilities: Mapped[bytes] = mapped_column(LargeBinary)


class CarriedRow(Base):
    """The attributes that a picture carries by the rule of data.attributes.carried: what filters and facets ask.

    It follows from `attribute` and is written with it.
    """

    __tablename__ = "carried"
    __table_args__ = (Index(None, "image_id"), {"sqlite_with_rowid": False})

    attribute: Mapped[int] = mapped_column(Integer, ForeignKey("attribute_name.id"), primary_key=True)
    image_id: Mapped[int] = mapped_column(_Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)


class KeypointsRow(Base):
    """The local features of a picture. One made before this table has no row until it is filled in.

    Attributes:
        method: name of what found them; features of another method are not compared with them. It stands before
            `data`, so that SQLite reads it without what follows.
        data: as that method packs them; a plain picture has a row too, which says that there are none.
    """

    __tablename__ = "keypoints"
    __table_args__ = (CheckConstraint(f"length(data) <= {MOST_KEYPOINT_BYTES}", name="size"),)

    image_id: Mapped[int] = mapped_column(
        _Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    method: Mapped[str] = mapped_column(Text)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ChangeRow(Base):
    """An entry of the history. It outlives its picture: that is how an index learns what to forget."""

    __tablename__ = "change"
    __table_args__ = (CheckConstraint("kind IN ('added', 'removed')", name="kind"),)

    number: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[ChangeKind] = mapped_column(Text)


class UserRow(Base):
    """Somebody who may sign in.

    Attributes:
        name: as data.users.check_name lets it be; never changed, so that other tables refer to it.
        password_hash: of data.passwords, with its method, parameters and salt.
    """

    __tablename__ = "user"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    password_hash: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(_Moment)
    password_set_at: Mapped[datetime] = mapped_column(_Moment)


class SignInRow(Base):
    """A browser that a user signed in with, until it signs out, its time is over, or the password changes.

    Attributes:
        token_digest: SHA-256 of what the browser shows; whoever reads this table cannot show it.
    """

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "user_name"), Index(None, "expires_at"))

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_name: Mapped[str] = mapped_column(Text, ForeignKey("user.name", ondelete="CASCADE"))
    begun_at: Mapped[datetime] = mapped_column(_Moment)
    expires_at: Mapped[datetime] = mapped_column(_Moment)


class ApiTokenRow(Base):
    """What a program shows to be let in, until its time is over or it is removed.

    Attributes:
        name: as data.users.check_name lets it be.
        prefix: the part of the token that is no secret, by which it is found.
        secret_digest: SHA-256 of the rest; whoever reads this table cannot show it.
        rate_limit: of this token; None for that of the site.
        expires_at: None for never.
        last_used_at: to a minute; None where it never was.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        Index(None, "prefix", unique=True),
        CheckConstraint("scope IN ('read', 'write')", name="scope"),
    )

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    prefix: Mapped[str] = mapped_column(Text)
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary)
    scope: Mapped[TokenScope] = mapped_column(Text)
    rate_limit: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(_Moment)
    expires_at: Mapped[datetime | None] = mapped_column(_Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(_Moment)


class DecisionRow(Base):
    """What a person decided of a pair of pictures, of places, or of a collection. Rows are undone, never removed.

    It refers to pictures by their digests and to people by name: it outlives both.

    Attributes:
        subject: 32 bytes that are equal for decisions on the same thing; of these one stands at a time.
        first_sha256, second_sha256: of the files of a pair.
        first_key, second_key: of its pictures, as data.decisions.PictureKey has it: what the pair is looked up by.
        place: what the places begin with, or the name of the collection.
        evidence: JSON of what was measured of the pair when it was decided on.
        undone_at: None while it stands.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index(
            None,
            "subject",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index(None, "first_key"),
        Index(None, "second_key"),
        Index(None, "scope"),
        CheckConstraint("kind IN ('not_a_copy', 'licensed', 'mine')", name="kind"),
        CheckConstraint("scope IN ('pair', 'source', 'collection')", name="scope"),
        CheckConstraint(f"length(evidence) <= {MOST_EVIDENCE_CHARACTERS}", name="evidence"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    kind: Mapped[DecisionKind] = mapped_column(Text)
    scope: Mapped[DecisionScope] = mapped_column(Text)
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    first_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    first_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    second_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    second_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    place: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(_Moment)
    undone_by: Mapped[str | None] = mapped_column(Text)
    undone_at: Mapped[datetime | None] = mapped_column(_Moment)


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

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
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
    added_at: Mapped[datetime] = mapped_column(_Moment)
    change: Mapped[int] = mapped_column(BigInteger)


class FrameRangeRow(Base):
    """A stretch of a video that shows nearly the same. Those of a video have ids in one run, in the order of time."""

    __tablename__ = "frame_range"
    __table_args__ = (
        Index(None, "video_id"),
        CheckConstraint("first_ms <= frame_ms AND frame_ms <= last_ms", name="times"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    video_id: Mapped[int] = mapped_column(_Id, ForeignKey("video.id", ondelete="CASCADE"))
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

    number: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    video_id: Mapped[int] = mapped_column(BigInteger)
    first_range: Mapped[int] = mapped_column(BigInteger)
    ranges: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[ChangeKind] = mapped_column(Text)


class FaceConsentRow(Base):
    """A collection whose faces may be found and kept: an administrator said so, and why. Without a row none are."""

    __tablename__ = "face_consent"
    __table_args__ = (CheckConstraint("length(because) > 0", name="because"),)

    collection: Mapped[str] = mapped_column(Text, primary_key=True)
    because: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(_Moment)


class FaceScanRow(Base):
    """A picture whose faces were looked for, so that it is not looked at again, also where none were found or left.

    Attributes:
        model: that described them.
    """

    __tablename__ = "face_scan"

    image_id: Mapped[int] = mapped_column(
        _Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    model: Mapped[int] = mapped_column(Integer, ForeignKey("model.id"))


class FaceCounterRow(Base):
    """The highest id that a face ever had: one row, absent until there is one."""

    __tablename__ = "face_counter"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last_face: Mapped[int] = mapped_column(BigInteger)


class FaceRow(Base):
    """A face in a picture; its vector is a row of `descriptor`.

    Attributes:
        left, top, right, bottom: the box, as shares 0..1 of the upright picture's sides.
        landmarks: five places x, y, as such shares too, little-endian float32, in the order of
            feature_extractor.faces.detector.Face; they may lie outside the picture.
        score: 0..1, how sure the detector is.
        quality: 0..1, how much there is to tell a person by: size and how much it is seen from the front.
    """

    __tablename__ = "face"
    __table_args__ = (
        Index(None, "image_id"),
        CheckConstraint("length(landmarks) = 40", name="landmarks"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(_Id, ForeignKey("image.id", ondelete="CASCADE"))
    left: Mapped[float] = mapped_column(Float)
    top: Mapped[float] = mapped_column(Float)
    right: Mapped[float] = mapped_column(Float)
    bottom: Mapped[float] = mapped_column(Float)
    landmarks: Mapped[bytes] = mapped_column(LargeBinary)
    score: Mapped[float] = mapped_column(Float)
    quality: Mapped[float] = mapped_column(Float)


class RegionSetRow(Base):
    """The descriptors of fixed parts of a picture, all of one picture in one row.

    Attributes:
        slot: number of the entry of `region_change` that added it, so that none is used twice; the id of a region is
            sixteen times the slot and its number in the set.
        regions: how many there are.
        vectors: their `copy` descriptors one after the other, int8, each in steps of its own that tell its direction.
    """

    __tablename__ = "region_set"
    __table_args__ = (
        Index(None, "image_id", unique=True),
        CheckConstraint("regions BETWEEN 1 AND 16", name="regions"),
    )

    slot: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(_Id, ForeignKey("image.id", ondelete="CASCADE"))
    model: Mapped[int] = mapped_column(Integer, ForeignKey("model.id"))
    regions: Mapped[int] = mapped_column(Integer)
    vectors: Mapped[bytes] = mapped_column(LargeBinary)


class RegionChangeRow(Base):
    """An entry of the history of region sets. It outlives its picture, as entries of `change` do."""

    __tablename__ = "region_change"
    __table_args__ = (CheckConstraint("kind IN ('added', 'removed')", name="kind"),)

    number: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(BigInteger)
    regions: Mapped[int] = mapped_column(Integer)
    kind: Mapped[ChangeKind] = mapped_column(Text)


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

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    collection: Mapped[str | None] = mapped_column(Text)
    cursor: Mapped[int] = mapped_column(BigInteger)
    is_ready: Mapped[bool]
    feed_token: Mapped[str | None] = mapped_column(Text)
    passed_over: Mapped[int] = mapped_column(BigInteger)
    passed_over_reason: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(_Moment)


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

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    watch_id: Mapped[int] = mapped_column(_Id, ForeignKey("watch.id", ondelete="CASCADE"))
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    pixel_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdq: Mapped[bytes | None] = mapped_column(LargeBinary)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    format: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(_Moment)
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

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    uid: Mapped[str] = mapped_column(Text)
    watch_id: Mapped[int] = mapped_column(_Id, ForeignKey("watch.id", ondelete="CASCADE"))
    watched_key: Mapped[bytes] = mapped_column(LargeBinary)
    found_key: Mapped[bytes] = mapped_column(LargeBinary)
    watched_id: Mapped[int] = mapped_column(BigInteger)
    image_id: Mapped[int] = mapped_column(BigInteger)
    record: Mapped[str] = mapped_column(Text)
    settled: Mapped[str | None] = mapped_column(Text)
    found_at: Mapped[datetime] = mapped_column(_Moment)
    seen_by: Mapped[str | None] = mapped_column(Text)
    seen_at: Mapped[datetime | None] = mapped_column(_Moment)


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

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    watch_id: Mapped[int] = mapped_column(_Id, ForeignKey("watch.id", ondelete="CASCADE"))
    kind: Mapped[ChannelKind] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    allows_private: Mapped[bool]
    added_at: Mapped[datetime] = mapped_column(_Moment)


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

    finding_id: Mapped[int] = mapped_column(_Id, ForeignKey("finding.id", ondelete="CASCADE"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(_Id, ForeignKey("watch_channel.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[DeliveryState] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    added_at: Mapped[datetime] = mapped_column(_Moment)
    next_at: Mapped[datetime] = mapped_column(_Moment)
    last_error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(_Moment)


class LeaseRow(Base):
    """Work that one process at a time does, and until when that is believed of it.

    Attributes:
        holder: 32 hexadecimal digits, made at random by a process.
    """

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    holder: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(_Moment)


class ImageWordsRow(Base):
    """The words that a picture is found by, folded by data.folding, with a blank between them.

    They follow from the picture's row, its first sources and what it carries, and are written with them. What finds
    them is no table of ours: on SQLite the FTS5 table `word_index`, kept by triggers on this one; on PostgreSQL its
    column `vector`, which the server makes. Both come with the migration.

    Attributes:
        attributes: words of those it carries.
        filing: of its collection, licence and project.
        place: of the hosts and file names it was seen at; folders of this machine are not told.
    """

    __tablename__ = "image_words"

    image_id: Mapped[int] = mapped_column(
        _Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    title: Mapped[str] = mapped_column(Text)
    attributes: Mapped[str] = mapped_column(Text)
    filing: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)


class FacetValueRow(Base):
    """A collection, a licence, a host or a year: what pictures are narrowed to and counted by, beside attributes.

    Attributes:
        digest: 16 bytes of kind and name. Names may be longer than an index entry.
        folded: the words of the name, with a blank between them, at most 200 characters.
    """

    __tablename__ = "facet_value"
    __table_args__ = (
        Index(None, "digest", unique=True),
        Index(None, "kind", "folded"),
        CheckConstraint("kind IN ('collection', 'licence', 'source', 'year')", name="kind"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=False)
    kind: Mapped[FacetKind] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text().with_variant(Text(collation="C"), "postgresql"))


class FacetRow(Base):
    """A picture of a facet value. It follows from `image` and `source` and is written with them."""

    __tablename__ = "facet"
    __table_args__ = (Index(None, "image_id"), {"sqlite_with_rowid": False})

    value: Mapped[int] = mapped_column(_Id, ForeignKey("facet_value.id"), primary_key=True)
    image_id: Mapped[int] = mapped_column(_Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
