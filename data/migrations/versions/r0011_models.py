"""Which model serves, and what other models say of the pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nobody has chosen a model yet: RETRACE_MODEL goes on to say which."""
    op.add_column("catalogue", sa.Column("serving_model", sa.Text(), nullable=True))
    op.add_column("catalogue", sa.Column("next_model", sa.Text(), nullable=True))
    op.create_table(
        "model_word",
        sa.Column("model", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("image_id", _ID, autoincrement=False, nullable=False),
        sa.Column("probabilities", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name=op.f("fk_model_word_model")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_model_word_image_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model", "image_id", name=op.f("pk_model_word")),
    )
    op.create_index(op.f("ix_model_word_image_id"), "model_word", ["image_id"])
