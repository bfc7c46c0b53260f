"""The tokens of programs."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)  # SQLite knows no type for it and keeps text, whatever the format


def upgrade() -> None:
    """Make the table, empty: tokens are made by the command line."""
    op.create_table(
        "api_token",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("rate_limit", sa.Text()),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("last_used_at", _MOMENT),
        sa.CheckConstraint("scope IN ('read', 'write')", name=op.f("ck_api_token_scope")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_api_token")),
    )
    op.create_index(op.f("ix_api_token_prefix"), "api_token", ["prefix"], unique=True)
