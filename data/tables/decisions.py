"""What people decided of pictures."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, Id, Moment

DecisionKind = Literal["not_a_copy", "licensed", "mine"]
DecisionScope = Literal["pair", "source", "collection"]

MOST_EVIDENCE_CHARACTERS = 8_000
"""Of what was measured of a pair when it was decided on."""


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

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
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
    decided_at: Mapped[datetime] = mapped_column(Moment)
    undone_by: Mapped[str | None] = mapped_column(Text)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
