"""Those who may sign in, and what they decide."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)  # SQLite knows no type for it and keeps text, whatever the format


def upgrade() -> None:
    """Make the tables, empty: whoever may sign in is added by the command line."""
    op.create_table(
        "user",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("password_set_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_user")),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("begun_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_name"], ["user.name"], name=op.f("fk_sign_in_user_name"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_user_name"), "sign_in", ["user_name"])
    op.create_index(op.f("ix_sign_in_expires_at"), "sign_in", ["expires_at"])
    op.create_table(
        "decision",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("first_sha256", sa.LargeBinary()),
        sa.Column("first_key", sa.LargeBinary()),
        sa.Column("second_sha256", sa.LargeBinary()),
        sa.Column("second_key", sa.LargeBinary()),
        sa.Column("place", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("evidence", sa.Text()),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.Column("undone_by", sa.Text()),
        sa.Column("undone_at", _MOMENT),
        sa.CheckConstraint("kind IN ('not_a_copy', 'licensed', 'mine')", name=op.f("ck_decision_kind")),
        sa.CheckConstraint("scope IN ('pair', 'source', 'collection')", name=op.f("ck_decision_scope")),
        sa.CheckConstraint("length(evidence) <= 8000", name=op.f("ck_decision_evidence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    standing = sa.text("undone_at IS NULL")
    op.create_index(
        op.f("ix_decision_subject"),
        "decision",
        ["subject"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    for column in ("first_key", "second_key", "scope"):
        op.create_index(op.f(f"ix_decision_{column}"), "decision", [column])
