"""From an address to a database: engines for SQLite and PostgreSQL, and their errors in our words."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from errors import BadInput, CatalogueUnavailable, ContractBroken

LOCK_TIMEOUT_S = 10
"""Longest wait for another writer. A batch is written in milliseconds: a longer wait means that something is stuck."""
STALLED_S = 30
"""A writer that PostgreSQL hears nothing of for so long, in the middle of its transaction, is cut off and undone: its
machine is gone or it was stopped, and everybody waits for it."""
PAUSES_S = (0.05, 0.2, 0.8)
"""Waits before a transaction is tried again that the database undid for standing in another's way."""
CONNECTIONS = 8
"""Connections a process keeps; as many more are opened in a rush."""

SET_UP = "Run `make setup` (or `python3 setup.py`): it creates the database and brings it up to date."
_REMEDIES = {
    "busy": "Another process is writing for very long or is stuck: let it end or stop it, then try again.",
    "read_only": "Give this user write access to the database and, for SQLite, to the folder it lies in.",
    "full": "Free some space on the disk of the database, then try again.",
    "absent": SET_UP,
    "disk": "Check the disk of the database: whether it is there, has space, and what the system's log says of it.",
    "damaged": "Restore the database from a backup: `python3 index.py restore`.",
    "replaced": "Start this command or server again.",
    "refused": "Check user and password in RETRACE_DATABASE_URL.",
    "stalled": "This process rested in the middle of writing and was cut off, so that others could go on: try again.",
    "unreachable": "Check that the database server runs and that RETRACE_DATABASE_URL leads to it.",
    "crowded": "Lower RETRACE_WORKERS or RETRACE_THREADS, or allow more connections at the database server.",
}

_SQLITE_CAUSES = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_PROTOCOL: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "disk",
    sqlite3.SQLITE_CANTOPEN: "absent",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_ERROR: "absent",  # of well-formed statements: no such table or column
}
"""Primary result codes of SQLite (sqlite.org/rescode.html)."""

_POSTGRES_CAUSES = {
    "55P03": "busy",  # lock_not_available: lock_timeout ran out
    "40001": "busy",  # serialization_failure
    "40P01": "busy",  # deadlock_detected
    "25P03": "stalled",  # idle_in_transaction_session_timeout
    "25006": "read_only",  # read_only_sql_transaction: a standby
    "42501": "read_only",  # insufficient_privilege
    "53100": "full",  # disk_full
    "42P01": "absent",  # undefined_table
    "42703": "absent",  # undefined_column
    "3D000": "unreachable",  # no such database
    "28000": "refused",
    "28P01": "refused",
    "53300": "crowded",  # too_many_connections
}
"""SQLSTATE codes of PostgreSQL (its manual, appendix A)."""

_UNDONE = frozenset({"40001", "40P01"})
"""Those of them that say: nothing of this transaction is left, try again."""

_LIVELY = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}
"""How libpq finds out within half a minute that the server's machine is gone; the system itself takes two hours."""

_Outcome = TypeVar("_Outcome")


def parse_url(url: str) -> URL:
    """Return the address of a database, checked.

    Args:
        url: `sqlite:///path` or `postgresql://user:password@host/name` (psycopg 3 is the driver).
    Raises:
        BadInput: not an address, or of a database that we do not know.
    """
    remedy = "RETRACE_DATABASE_URL looks like `sqlite:///path` or `postgresql+psycopg://user@host/name`."
    try:
        parsed = make_url(url)
    except ArgumentError as exc:
        raise BadInput("expected the address of a database; received something else", remedy=remedy) from exc
    if parsed.drivername in {"postgresql", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise BadInput(f"expected a database of SQLite or PostgreSQL; received {parsed.drivername}", remedy=remedy)
    if parsed.database in {None, "", ":memory:"} or parsed.query:
        raise BadInput("expected a plain file for SQLite; received a database in memory or options", remedy=remedy)
    return parsed


def sqlite_path(url: URL) -> Path | None:
    """Return the file of a SQLite database, absolute; None for a server."""
    if url.get_backend_name() != "sqlite":
        return None
    return Path(url.database or "").absolute()


def open_database(url: URL) -> Engine:
    """Return an engine; it connects when first used, from any thread, but not across a fork.

    A transaction of SQLite begins as the execution option `sqlite_begin` of its connection says: plain `BEGIN` reads
    one consistent state, `BEGIN IMMEDIATE` (see `writing`) takes the write lock at once. Left to itself the driver
    would take that lock at the first write, where waiting is no longer possible for one who has read already.
    """
    path = sqlite_path(url)
    if path is None:
        options = url.query.get("options") or f"-c lock_timeout={LOCK_TIMEOUT_S}s -c timezone=UTC"
        return create_engine(
            url,
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            pool_timeout=LOCK_TIMEOUT_S,
            # A server that was started again since must not cost anybody an error page.
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": LOCK_TIMEOUT_S,
                "application_name": "retrace",
                "options": options,
                **_LIVELY,
            },
        )
    engine = create_engine(
        url,
        creator=lambda: _connect_sqlite(path),
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,
        pool_timeout=LOCK_TIMEOUT_S,
    )
    event.listen(engine, "begin", _begin_sqlite)
    opened = _identity(path)

    def refuse_another_file(*_: object) -> None:
        # A connection goes on with a file that was moved or removed: what is added would be lost, and beside
        # connections to the file in its place pictures of two catalogues would mix.
        if _identity(path) != opened:
            raise CatalogueUnavailable(
                f"the database {path} was moved, removed or replaced while it was in use", remedy=_REMEDIES["replaced"]
            )

    event.listen(engine, "checkout", refuse_another_file)
    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of the same name; None where none can be reached."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _connect_sqlite(path: Path) -> sqlite3.Connection:
    """Return a connection to a file that must exist.

    The journal is a write-ahead log (set once by data.migrate; the file remembers). `synchronous = FULL` waits for
    the disk at each commit: what was acknowledged outlives `kill -9`, for which NORMAL would do, and a loss of power
    too, as on PostgreSQL. At a batch a commit the wait is a small part of adding. `secure_delete` overwrites what is
    removed.
    """
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON", "cache_size = -8192"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.OperationalError as exc:
        connection.close()
        if exc.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CANTOPEN and not os.access(path.parent, os.W_OK):
            # SQLite says "unable to open" of it, as of a file that is not there.
            raise CatalogueUnavailable(
                f"{path.parent} cannot be written, which a write-ahead log needs even to be read",
                remedy=_REMEDIES["read_only"],
            ) from exc
        raise
    return connection


def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction of SQLite; its driver is told to leave that to us."""
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose statements all see one state of the database, and our errors for the driver's."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with our_errors(), engine.connect() as connection:
        yield connection.execution_options(**options)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that is committed at the end, or undone when an error leaves the block."""
    with our_errors(), _transaction(engine) as connection:
        yield connection


def write(engine: Engine, work: Callable[[Connection], _Outcome]) -> _Outcome:
    """Return what `work` returns, done in a transaction as `writing` gives, and done again where that was undone.

    Writers of ours wait for each other in one place (data.batch_insert.Counter) and cannot deadlock; with whoever
    else works on the database, a migration or a person, they can. After a connection was lost nothing is tried again:
    whether the transaction was committed is not known.

    Args:
        engine: of the database.
        work: called once for each attempt, with the connection; it must not change anything else.
    """
    with our_errors():
        for pause_s in PAUSES_S:
            try:
                with _transaction(engine) as connection:
                    return work(connection)
            except DBAPIError as exc:
                if getattr(exc.orig, "sqlstate", None) not in _UNDONE:
                    raise
            sleep(pause_s)
        with _transaction(engine) as connection:
            return work(connection)


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that sees, with each statement, what was committed before it."""
    is_server = engine.dialect.name == "postgresql"
    # Said, as a server may be set to another level: who has waited for a lock must see what its holder wrote.
    options = {"isolation_level": "READ COMMITTED"} if is_server else {"sqlite_begin": "BEGIN IMMEDIATE"}
    with engine.execution_options(**options).begin() as connection:
        if is_server:
            connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{STALLED_S}s'")
        yield connection


@contextmanager
def our_errors() -> Iterator[None]:
    """Turn what SQLAlchemy and the drivers raise into errors of ours.

    Raises:
        CatalogueUnavailable: the database is absent, locked, read-only, full, damaged, not migrated or unreachable.
        ContractBroken: it refused a row as wrong in itself.
    """
    try:
        yield
    except (IntegrityError, DataError) as exc:
        raise ContractBroken(f"the database refused a row: {_first_line(exc.orig)}") from exc
    except DBAPIError as exc:
        raise _unavailable(exc.orig) from exc
    except sqlite3.Error as exc:
        raise _unavailable(exc) from exc
    except PoolTimeout as exc:
        raise CatalogueUnavailable(
            f"no connection to the database became free within {LOCK_TIMEOUT_S} s", remedy=_REMEDIES["crowded"]
        ) from exc


def _unavailable(error: BaseException | None) -> CatalogueUnavailable:
    """Return our error for a driver's, with what can be done about it."""
    if isinstance(error, sqlite3.Error):
        # The low byte is the primary code; the rest says more than we need. Errors of the driver itself have none.
        cause = _SQLITE_CAUSES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "damaged")
    else:
        cause = _POSTGRES_CAUSES.get(getattr(error, "sqlstate", None) or "", "unreachable")
    return CatalogueUnavailable(f"the database does not answer: {_first_line(error)}", remedy=_REMEDIES[cause])


def _first_line(error: BaseException | None) -> str:
    """Return what a driver says, without the statement and its values."""
    return str(error).strip().partition("\n")[0]
