"""The pictures of the catalogue: where they come from, what describes them, and the history of changes."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, ChangeKind, Id, Moment

MOST_KEYPOINT_BYTES = 8_000
"""Of the local features of a picture."""


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

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
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
    added_at: Mapped[datetime] = mapped_column(Moment)
    change: Mapped[int] = mapped_column(BigInteger)


class SourceRow(Base):
    """A place where a picture was seen.

    Attributes:
        locator_digest: the first 16 bytes of the locator's SHA-256. Addresses may be longer than an index entry.
    """

    __tablename__ = "source"
    __table_args__ = (Index(None, "locator_digest"),)

    image_id: Mapped[int] = mapped_column(Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    locator_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    locator: Mapped[str] = mapped_column(Text)
    backlink: Mapped[str | None] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(Moment)


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
    owner_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
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
        Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
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
        Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    probabilities: Mapped[bytes] = mapped_column(LargeBinary)


class CarriedRow(Base):
    """The attributes that a picture carries by the rule of data.attributes.carried: what filters and facets ask.

    It follows from `attribute` and is written with it.
    """

    __tablename__ = "carried"
    __table_args__ = (Index(None, "image_id"), {"sqlite_with_rowid": False})

    attribute: Mapped[int] = mapped_column(Integer, ForeignKey("attribute_name.id"), primary_key=True)
    image_id: Mapped[int] = mapped_column(Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)


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
        Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    method: Mapped[str] = mapped_column(Text)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ChangeRow(Base):
    """An entry of the history. It outlives its picture: that is how an index learns what to forget."""

    __tablename__ = "change"
    __table_args__ = (CheckConstraint("kind IN ('added', 'removed')", name="kind"),)

    number: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[ChangeKind] = mapped_column(Text)
