"""Descriptors of parts of pictures, and their history."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables. No picture's parts are described until the owner asks for it."""
    op.create_table(
        "region_set",
        sa.Column("slot", _ID, autoincrement=False, nullable=False),
        sa.Column("image_id", _ID, nullable=False),
        sa.Column("model", sa.Integer(), nullable=False),
        sa.Column("regions", sa.Integer(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("regions BETWEEN 1 AND 16", name=op.f("ck_region_set_regions")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_region_set_image_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name=op.f("fk_region_set_model")),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_region_set")),
    )
    op.create_index(op.f("ix_region_set_image_id"), "region_set", ["image_id"], unique=True)
    op.create_table(
        "region_change",
        sa.Column("number", _ID, autoincrement=False, nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("regions", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('added', 'removed')", name=op.f("ck_region_change_kind")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_region_change")),
    )
