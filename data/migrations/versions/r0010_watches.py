"""Watched pictures, what was found of them, and what is still to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, empty: nothing is watched until an administrator says so."""
    op.create_table(
        "watch",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("collection", sa.Text()),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("is_ready", sa.Boolean(), nullable=False),
        sa.Column("feed_token", sa.Text()),
        sa.Column("passed_over", sa.BigInteger(), nullable=False),
        sa.Column("passed_over_reason", sa.Text()),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
    )
    op.create_index(op.f("ix_watch_name"), "watch", ["name"], unique=True)
    op.create_index(op.f("ix_watch_feed_token"), "watch", ["feed_token"], unique=True)
    op.create_index(op.f("ix_watch_collection"), "watch", ["collection"])
    op.create_table(
        "watched_picture",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("watch_id", _ID, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("pixel_sha256", sa.LargeBinary()),
        sa.Column("pdq", sa.LargeBinary()),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("model", sa.Integer(), nullable=False),
        sa.Column("copy", sa.LargeBinary(), nullable=False),
        sa.Column("similar", sa.LargeBinary(), nullable=False),
        sa.Column("keypoints_method", sa.Text(), nullable=False),
        sa.Column("keypoints", sa.LargeBinary(), nullable=False),
        sa.Column("preview", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0 AND size_bytes > 0", name=op.f("ck_watched_picture_sizes")),
        sa.CheckConstraint("length(keypoints) <= 8000", name=op.f("ck_watched_picture_keypoints")),
        sa.CheckConstraint("length(preview) <= 262144", name=op.f("ck_watched_picture_preview")),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_watched_picture_watch_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name=op.f("fk_watched_picture_model")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched_picture")),
    )
    op.create_index(op.f("ix_watched_picture_watch_id_sha256"), "watched_picture", ["watch_id", "sha256"], unique=True)
    op.create_table(
        "finding",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("watch_id", _ID, nullable=False),
        sa.Column("watched_key", sa.LargeBinary(), nullable=False),
        sa.Column("found_key", sa.LargeBinary(), nullable=False),
        sa.Column("watched_id", sa.BigInteger(), nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("settled", sa.Text()),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.Column("seen_by", sa.Text()),
        sa.Column("seen_at", _MOMENT),
        sa.CheckConstraint("length(record) <= 16000", name=op.f("ck_finding_record")),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name=op.f("fk_finding_watch_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(
        op.f("ix_finding_watch_id_watched_key_found_key"),
        "finding",
        ["watch_id", "watched_key", "found_key"],
        unique=True,
    )
    op.create_index(op.f("ix_finding_uid"), "finding", ["uid"], unique=True)
    op.create_table(
        "watch_channel",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("watch_id", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("allows_private", sa.Boolean(), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('webhook', 'mail')", name=op.f("ck_watch_channel_kind")),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name=op.f("fk_watch_channel_watch_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_channel")),
    )
    op.create_index(
        op.f("ix_watch_channel_watch_id_kind_target"), "watch_channel", ["watch_id", "kind", "target"], unique=True
    )
    op.create_table(
        "outbox",
        sa.Column("finding_id", _ID, nullable=False),
        sa.Column("channel_id", _ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("done_at", _MOMENT),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'given_up')", name=op.f("ck_outbox_state")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_outbox_finding_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["watch_channel.id"], name=op.f("fk_outbox_channel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("finding_id", "channel_id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_state_next_at"), "outbox", ["state", "next_at"])
    op.create_index(op.f("ix_outbox_channel_id"), "outbox", ["channel_id"])
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
