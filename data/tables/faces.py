"""Faces, and the consent without which there are none."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, Id, Moment


class FaceConsentRow(Base):
    """A collection whose faces may be found and kept: an administrator said so, and why. Without a row none are."""

    __tablename__ = "face_consent"
    __table_args__ = (CheckConstraint("length(because) > 0", name="because"),)

    collection: Mapped[str] = mapped_column(Text, primary_key=True)
    because: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Moment)


class FaceScanRow(Base):
    """A picture whose faces were looked for, so that it is not looked at again, also where none were found or left.

    Attributes:
        model: that described them.
    """

    __tablename__ = "face_scan"

    image_id: Mapped[int] = mapped_column(
        Id, ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
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

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(Id, ForeignKey("image.id", ondelete="CASCADE"))
    left: Mapped[float] = mapped_column(Float)
    top: Mapped[float] = mapped_column(Float)
    right: Mapped[float] = mapped_column(Float)
    bottom: Mapped[float] = mapped_column(Float)
    landmarks: Mapped[bytes] = mapped_column(LargeBinary)
    score: Mapped[float] = mapped_column(Float)
    quality: Mapped[float] = mapped_column(Float)
