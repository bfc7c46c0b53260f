"""Brings a database up to date."""

import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.schema import Column, Index, SchemaItem

from data.database import LOCK_TIMEOUT_S, open_database, our_errors, parse_url, sqlite_path, writing
from data.word_rows import Progress, fill_words
from errors import CatalogueUnavailable, StorageUnavailable

_OF_POSTGRES = frozenset({"vector", "ix_image_words_vector"})
_LOCK = 0x52657472616365
"""Name of our advisory lock in PostgreSQL; any number of our own."""


def upgrade(url: str, progress: Progress | None = None) -> None:
    """Bring a database to the newest tables; create the file of SQLite, and its folder, where they are absent.

    Pictures of an older catalogue, which have no words to be found by, get them.

    It is one transaction under a lock: it may be run twice, by several processes at once, and be killed.

    Args:
        url: as for data.catalogue.Catalogue.open; a PostgreSQL database itself must exist.
        progress: of giving words to pictures.
    Raises:
        BadInput: not such an address.
        CatalogueUnavailable: the database cannot be had or written, or is newer than this version of Retrace.
        StorageUnavailable: the folder of a SQLite file cannot be made.
    """
    parsed = parse_url(url)
    path = sqlite_path(parsed)
    if path is not None:
        _create_sqlite(path)
    engine = open_database(parsed)
    try:
        with writing(engine) as connection:
            if path is None:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            # Here, not in the script: it is done with today's rows, whatever later scripts change of them.
            fill_words(connection, progress)
    except CommandError as exc:
        raise CatalogueUnavailable(
            f"the catalogue cannot be brought up to date: {exc}",
            remedy="It was made by a newer version of Retrace: use that version.",
        ) from exc
    finally:
        engine.dispose()


def alembic_config() -> Config:
    """Return the configuration of Alembic; there is no alembic.ini.

    A new script begins as
    `command.revision(config, "what changes", rev_id="0003", autogenerate=True)` with
    `config.attributes["connection"]` set to a connection of an up-to-date database.
    """
    config = Config()
    # Alembic reads % as the beginning of a reference.
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


def is_described(item: SchemaItem, name: str | None, kind: str, *_: object) -> bool:
    """Return whether something of a database is described by data.tables, for Alembic's `include_object`.

    What finds words is not: FTS5 keeps tables of its own in SQLite, PostgreSQL a column and an index.
    """
    if kind == "table":
        return not (name or "").startswith("word_index")
    if isinstance(item, Column | Index) and item.table is not None and item.table.name == "image_words":
        return name not in _OF_POSTGRES
    return True


def head() -> str | None:
    """Return the revision of the newest migration script."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def _create_sqlite(path: Path) -> None:
    """Make the file of a database where there is none, and have it keep a write-ahead log.

    With the log readers and one writer do not wait for each other. The file remembers; inside the transaction that
    follows it could not be changed.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StorageUnavailable(f"{path.parent} cannot be made: {exc.strerror}") from exc
    with our_errors(), closing(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S)) as connection:
        give_up = monotonic() + LOCK_TIMEOUT_S
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as exc:
                # For this SQLite does not wait, however long its timeout: another process makes the same file.
                if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > give_up:
                    raise
                sleep(0.02)
            else:
                return
