"""Search by words: the words of each picture, and what pictures are narrowed to and counted by."""

import sqlalchemy as sa
from alembic import op

from errors import CatalogueUnavailable

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FIELDS = ("title", "attributes", "filing", "place")

# Triggers, not statements of ours: the rows of pictures that are removed go by their foreign key, which nobody sees but
# a trigger, and copying a table fills the index by itself. The words are folded already: of the tokenizer `ascii`
# nothing is asked but to split at blanks, as to it whatever is not ASCII is a letter.
_OF_SQLITE = """
-- No foreign key leads to it: whoever drops our tables may leave it.
DROP TABLE IF EXISTS word_index;;
CREATE VIRTUAL TABLE word_index USING fts5(
    title, attributes, filing, place,
    content='image_words', content_rowid='image_id', tokenize='ascii', prefix='2 3'
);;
CREATE TRIGGER image_words_added AFTER INSERT ON image_words BEGIN
    INSERT INTO word_index (rowid, title, attributes, filing, place)
    VALUES (new.image_id, new.title, new.attributes, new.filing, new.place);
END;;
CREATE TRIGGER image_words_removed AFTER DELETE ON image_words BEGIN
    INSERT INTO word_index (word_index, rowid, title, attributes, filing, place)
    VALUES ('delete', old.image_id, old.title, old.attributes, old.filing, old.place);
END;;
CREATE TRIGGER image_words_changed AFTER UPDATE ON image_words BEGIN
    INSERT INTO word_index (word_index, rowid, title, attributes, filing, place)
    VALUES ('delete', old.image_id, old.title, old.attributes, old.filing, old.place);
    INSERT INTO word_index (rowid, title, attributes, filing, place)
    VALUES (new.image_id, new.title, new.attributes, new.filing, new.place);
END
"""

# Not to_tsvector: its parser splits words where the locale of the server does not know a letter. Each field begins
# 3,000 places after the one before, so that no phrase reaches from one into the next; data.word_rows keeps them
# shorter.
_OF_POSTGRES = """
CREATE OR REPLACE FUNCTION retrace_word_vector(title text, attributes text, filing text, place text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(
        string_agg(quote_literal(word.word) || ':' || (field.first + word.number) || field.weight, ' '), ''
    )::tsvector
    FROM (VALUES (title, 0, 'A'), (attributes, 3000, 'B'), (filing, 6000, 'C'), (place, 9000, 'D'))
        AS field (words, first, weight),
        unnest(string_to_array(field.words, ' ')) WITH ORDINALITY AS word (word, number)
    WHERE word.word <> ''
$$;;
ALTER TABLE image_words ADD COLUMN vector tsvector
    GENERATED ALWAYS AS (retrace_word_vector(title, attributes, filing, place)) STORED;;
CREATE INDEX ix_image_words_vector ON image_words USING gin (vector) WITH (fastupdate = off)
"""


def upgrade() -> None:
    """Make the tables and what finds the words; data.migrate fills them for the pictures that are there."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite and not _has_fts5():
        raise CatalogueUnavailable(
            "the SQLite of this Python cannot search words: it was built without FTS5",
            remedy="Use a Python whose SQLite has FTS5, as those of Debian and python.org do, or PostgreSQL.",
        )
    op.create_index(op.f("ix_image_added_at"), "image", ["added_at"])
    op.create_table(
        "image_words",
        sa.Column("image_id", _ID, autoincrement=False, nullable=False),
        *(sa.Column(field, sa.Text(), nullable=False) for field in _FIELDS),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_image_words_image_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_image_words")),
    )
    op.create_table(
        "facet_value",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text() if is_sqlite else sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint("kind IN ('collection', 'licence', 'source', 'year')", name=op.f("ck_facet_value_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facet_value")),
    )
    op.create_index(op.f("ix_facet_value_digest"), "facet_value", ["digest"], unique=True)
    op.create_index(op.f("ix_facet_value_kind_folded"), "facet_value", ["kind", "folded"])
    op.create_table(
        "facet",
        sa.Column("value", _ID, autoincrement=False, nullable=False),
        sa.Column("image_id", _ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["value"], ["facet_value.id"], name=op.f("fk_facet_value")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_facet_image_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("value", "image_id", name=op.f("pk_facet")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_facet_image_id"), "facet", ["image_id"])
    for statement in (_OF_SQLITE if is_sqlite else _OF_POSTGRES).split(";;"):
        op.execute(sa.text(statement.replace(":", r"\:")))


def _has_fts5() -> bool:
    """Return whether the SQLite of this Python can search words."""
    return op.get_bind().execute(sa.text("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'")).scalar() is not None
