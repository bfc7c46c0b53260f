"""The words and facets that pictures are found by."""

from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, Id

FacetKind = Literal["collection", "licence", "source", "year"]


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
        Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
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

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    kind: Mapped[FacetKind] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text().with_variant(Text(collation="C"), "postgresql"))


class FacetRow(Base):
    """A picture of a facet value. It follows from `image` and `source` and is written with them."""

    __tablename__ = "facet"
    __table_args__ = (Index(None, "image_id"), {"sqlite_with_rowid": False})

    value: Mapped[int] = mapped_column(Id, ForeignKey("facet_value.id"), primary_key=True)
    image_id: Mapped[int] = mapped_column(Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
