"""Faces: where they may be kept and why, which pictures were looked at, and what was found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables. No collection's faces are allowed until an administrator says so."""
    op.create_table(
        "face_consent",
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.CheckConstraint("length(because) > 0", name=op.f("ck_face_consent_because")),
        sa.PrimaryKeyConstraint("collection", name=op.f("pk_face_consent")),
    )
    op.create_table(
        "face_scan",
        sa.Column("image_id", _ID, autoincrement=False, nullable=False),
        sa.Column("model", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_face_scan_image_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name=op.f("fk_face_scan_model")),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_face_scan")),
    )
    op.create_table(
        "face_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_face", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_face_counter_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_face_counter")),
    )
    op.create_table(
        "face",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("image_id", _ID, nullable=False),
        sa.Column("left", sa.Float(), nullable=False),
        sa.Column("top", sa.Float(), nullable=False),
        sa.Column("right", sa.Float(), nullable=False),
        sa.Column("bottom", sa.Float(), nullable=False),
        sa.Column("landmarks", sa.LargeBinary(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("quality", sa.Float(), nullable=False),
        sa.CheckConstraint("length(landmarks) = 40", name=op.f("ck_face_landmarks")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_face_image_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_face")),
    )
    op.create_index(op.f("ix_face_image_id"), "face", ["image_id"])
