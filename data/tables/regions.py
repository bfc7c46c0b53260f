"""Parts of pictures that are described by themselves, and their history."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, ChangeKind, Id


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

    slot: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(Id, ForeignKey("image.id", ondelete="CASCADE"))
    model: Mapped[int] = mapped_column(Integer, ForeignKey("model.id"))
    regions: Mapped[int] = mapped_column(Integer)
    vectors: Mapped[bytes] = mapped_column(LargeBinary)


class RegionChangeRow(Base):
    """An entry of the history of region sets. It outlives its picture, as entries of `change` do."""

    __tablename__ = "region_change"
    __table_args__ = (CheckConstraint("kind IN ('added', 'removed')", name="kind"),)

    number: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(BigInteger)
    regions: Mapped[int] = mapped_column(Integer)
    kind: Mapped[ChangeKind] = mapped_column(Text)
