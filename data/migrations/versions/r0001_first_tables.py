"""The first tables: pictures, their sources, descriptors and attributes, and the history."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)  # SQLite knows no type for it and keeps text, whatever the format


def upgrade() -> None:
    """Make the tables, and the one row of `catalogue` that names it."""
    catalogue = op.create_table(
        "catalogue",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.LargeBinary(), nullable=False),
        sa.Column("last_image", sa.BigInteger(), nullable=False),
        sa.Column("last_change", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_catalogue_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue")),
    )
    op.bulk_insert(catalogue, [{"id": 1, "uuid": uuid.uuid4().bytes, "last_image": 0, "last_change": 0}])
    op.create_table(
        "change",
        sa.Column("number", _ID, autoincrement=False, nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('added', 'removed')", name=op.f("ck_change_kind")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_change")),
    )
    op.create_table(
        "model",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model")),
    )
    op.create_index(op.f("ix_model_model_id"), "model", ["model_id"], unique=True)
    op.create_table(
        "attribute_name",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribute_name")),
    )
    op.create_index(op.f("ix_attribute_name_name"), "attribute_name", ["name"], unique=True)
    op.create_table(
        "image",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("pixel_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("pdq", sa.LargeBinary(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("collection", sa.Text(), nullable=True),
        sa.Column("mature", sa.Boolean(), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0 AND size_bytes > 0", name=op.f("ck_image_sizes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image")),
    )
    op.create_index(op.f("ix_image_sha256"), "image", ["sha256"], unique=True)
    op.create_index(op.f("ix_image_pixel_sha256"), "image", ["pixel_sha256"])
    op.create_index(op.f("ix_image_collection_id"), "image", ["collection", "id"])
    op.create_table(
        "source",
        sa.Column("image_id", _ID, autoincrement=False, nullable=False),
        sa.Column("locator_digest", sa.LargeBinary(), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("backlink", sa.Text(), nullable=True),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_source_image_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("image_id", "locator_digest", name=op.f("pk_source")),
    )
    op.create_index(op.f("ix_source_locator_digest"), "source", ["locator_digest"])
    op.create_table(
        "attribute",
        sa.Column("image_id", _ID, autoincrement=False, nullable=False),
        sa.Column("labels", sa.LargeBinary(), nullable=True),
        sa.Column("model", sa.Integer(), nullable=False),
        sa.Column("probabilities", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_attribute_image_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name=op.f("fk_attribute_model")),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_attribute")),
    )
    op.create_index(op.f("ix_attribute_model"), "attribute", ["model"])
    op.create_table(
        "carried",
        sa.Column("attribute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("image_id", _ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["attribute"], ["attribute_name.id"], name=op.f("fk_carried_attribute")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_carried_image_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attribute", "image_id", name=op.f("pk_carried")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_carried_image_id"), "carried", ["image_id"])
    op.create_table(
        "descriptor",
        sa.Column("model", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", _ID, autoincrement=False, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name=op.f("fk_descriptor_model")),
        sa.PrimaryKeyConstraint("model", "kind", "owner_kind", "owner_id", name=op.f("pk_descriptor")),
    )
    op.create_index(op.f("ix_descriptor_owner_kind_owner_id"), "descriptor", ["owner_kind", "owner_id"])
