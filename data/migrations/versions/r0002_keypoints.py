"""The local features of pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table. Pictures that are there have no features yet: only their files, or thumbnails, can give them."""
    op.create_table(
        "keypoints",
        sa.Column("image_id", _ID, autoincrement=False, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(data) <= 8000", name=op.f("ck_keypoints_size")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_keypoints_image_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_keypoints")),
    )
