"""Videos and the stretches of them that are described."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "video",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("fps", sa.Double(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("container", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0 AND duration_ms >= 0", name=op.f("ck_video_sizes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video")),
    )
    op.create_index(op.f("ix_video_sha256"), "video", ["sha256"], unique=True)
    op.create_index(op.f("ix_video_collection_id"), "video", ["collection", "id"])
    op.create_table(
        "frame_range",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("video_id", _ID, nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("frame", sa.BigInteger(), nullable=False),
        sa.Column("frame_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("first_ms <= frame_ms AND frame_ms <= last_ms", name=op.f("ck_frame_range_times")),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"], name=op.f("fk_frame_range_video_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_range")),
    )
    op.create_index(op.f("ix_frame_range_video_id"), "frame_range", ["video_id"])
    op.create_table(
        "video_change",
        sa.Column("number", _ID, autoincrement=False, nullable=False),
        sa.Column("video_id", sa.BigInteger(), nullable=False),
        sa.Column("first_range", sa.BigInteger(), nullable=False),
        sa.Column("ranges", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('added', 'removed')", name=op.f("ck_video_change_kind")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_video_change")),
    )
