"""Proves that the words pictures are found by are those that follow from their rows, and writes them anew."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DatabaseError

from data.batch_insert import Counter
from data.database import our_errors, reading, write, writing
from data.tables import ImageRow
from data.word_rows import (
    Progress,
    ids_after,
    mend_words,
    rebuild_index,
    tidy_index,
    verify_index,
    wrong_words,
)

_CORRUPT = 11
"""SQLITE_CORRUPT, of which FTS5 says that it is of a virtual table."""
_AT_ONCE = 500
"""Pictures written in one transaction, so that others can write in between."""


def wrong_pictures(database: Engine) -> list[int]:
    """Return the pictures whose words or facets are absent or wrong, ascending, all in one state of the catalogue."""
    wrong: list[int] = []
    with reading(database) as connection:
        after_id = 0
        while ids := ids_after(connection, after_id):
            after_id = ids[-1]
            wrong += wrong_words(connection, ids)
    return wrong


def is_index_sound(database: Engine) -> bool:
    """Return whether what finds the words holds exactly those that are kept."""
    # SQLite puts this question as a write. It changes nothing, and what it began is undone.
    with our_errors(), database.execution_options(sqlite_begin="BEGIN IMMEDIATE").connect() as connection:
        try:
            verify_index(connection)
        except DatabaseError as exc:
            if getattr(exc.orig, "sqlite_errorcode", 0) & 0xFF != _CORRUPT:
                raise
            return False
        finally:
            connection.rollback()
    return True


def mend_pictures(database: Engine, ids: Sequence[int]) -> None:
    """Write words and facets of pictures anew, from what the catalogue knows of them."""
    for start in range(0, len(ids), _AT_ONCE):
        some = list(ids[start : start + _AT_ONCE])

        def mend(connection: Connection, some: list[int] = some) -> None:
            Counter(connection)  # takes the lock: nobody removes them, or adds places where they were seen
            mend_words(connection, some)

        write(database, mend)


def mend_index(database: Engine) -> None:
    """Make what finds the words anew from the words that are kept."""
    with writing(database) as connection:
        rebuild_index(connection)
        tidy_index(connection)


def rebuild_words(database: Engine, progress: Progress | None = None) -> int:
    """Write the words of all pictures, and what finds them, anew, and return of how many pictures.

    It goes by some hundreds a transaction: others write in between, and a stop leaves each picture whole.
    """
    # First, as words are taken out of it by what they were.
    mend_index(database)
    with reading(database) as connection:
        total = connection.execute(select(func.count()).select_from(ImageRow)).scalar_one()
    done = after_id = 0
    while True:
        with reading(database) as connection:
            ids = ids_after(connection, after_id)
        if not ids:
            break
        after_id = ids[-1]
        mend_pictures(database, ids)
        done += len(ids)
        if progress is not None:
            progress(done, total)
    mend_index(database)
    return done


def words_bytes(database: Engine) -> int:
    """Return what words, facets and what finds them take on disk."""
    with reading(database) as connection:
        if database.dialect.name == "postgresql":
            sizes = select(*(func.pg_total_relation_size(name) for name in ("image_words", "facet", "facet_value")))
            return sum(connection.execute(sizes).one())
        pages = text(
            "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE aggregate = TRUE AND (name GLOB 'word_index*' "
            "OR name GLOB 'image_words*' OR name GLOB 'facet*' OR name GLOB 'ix_facet*')"
        )
        return int(connection.execute(pages).scalar_one())
