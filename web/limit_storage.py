"""Counts searches of all worker processes in one small SQLite file, behind the storage interface of `limits`."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from math import floor
from pathlib import Path
from threading import Lock
from time import monotonic, sleep, time
from urllib.parse import quote, unquote, urlsplit

from limits.storage import SlidingWindowCounterSupport, Storage
from limits.storage.base import TimestampedSlidingWindow

SCHEME = "sqlite+file"
PRUNE_EVERY_S = 60.0
MAX_ROWS = 200_000
"""Two a client; some 20 MB. Beyond it those that end soonest are forgotten."""
BUSY_TIMEOUT_S = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS counter (
    key TEXT PRIMARY KEY, hits INTEGER NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counter_expires_at ON counter (expires_at);
"""
_ADD = """
INSERT INTO counter (key, hits, expires_at) VALUES (:key, :amount, :now + :expiry)
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN expires_at <= :now THEN :amount ELSE hits + :amount END,
    expires_at = CASE WHEN expires_at <= :now THEN :now + :expiry ELSE expires_at END
RETURNING hits
"""


def storage_uri(path: Path) -> str:
    """Return the address of the storage in a file."""
    return f"{SCHEME}://{quote(str(path.absolute()))}"


class SQLiteStorage(Storage, SlidingWindowCounterSupport, TimestampedSlidingWindow):
    """Rate-limit counters that hold across threads, workers and restarts.

    Every hit is one immediate transaction, so that two processes cannot both take the last place. Nothing is synced
    to the disk: after a power cut a client may search a little more, and that is all.
    """

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - the registry of `limits` reads it from the class as a list

    def __init__(self, uri: str, *, wrap_exceptions: bool = False, **options: float | str | bool) -> None:
        """Remember where the file is; it is opened at the first hit, in the process that makes it.

        Args:
            uri: as `storage_uri` gives it.
            wrap_exceptions: whether SQLite's errors become the `StorageError` of `limits`.
            options: of other storages, passed over.
        """
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._path = Path(unquote(urlsplit(uri).path))
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._prune_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """The errors that mean that the storage fails."""
        return (sqlite3.Error, OSError)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter, which ends `expiry` seconds after its first hit, and return what it counts now."""
        with self._transaction() as connection:
            return self._add(connection, key, expiry, amount, time())

    def get(self, key: str) -> int:
        """Return what a counter counts, 0 where it has ended."""
        with self._transaction() as connection:
            return self._read(connection, key, time())

    def get_expiry(self, key: str) -> float:
        """Return when a counter ends, in seconds since 1970; now where there is none."""
        with self._transaction() as connection:
            row = connection.execute("SELECT expires_at FROM counter WHERE key = ?", (key,)).fetchone()
        return float(row[0]) if row is not None else time()

    def check(self) -> bool:
        """Return whether the file answers."""
        with self._transaction() as connection:
            connection.execute("SELECT 1 FROM counter LIMIT 1").fetchone()
        return True

    def reset(self) -> int | None:
        """Forget everything and return how many counters there were."""
        with self._transaction() as connection:
            return connection.execute("DELETE FROM counter").rowcount

    def clear(self, key: str) -> None:
        """Forget one counter."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM counter WHERE key = ?", (key,))

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take `amount` of a share and return whether there was so much left.

        The window before this one counts by the part of it that the sliding window still covers.

        Args:
            key: of the client and its limit.
            limit: entries allowed in any `expiry` seconds.
            expiry: length of the window in seconds.
            amount: how many are wanted.
        """
        now = time()
        with self._transaction() as connection:
            before, before_ttl, current, _ = self._window(connection, key, expiry, now)
            if floor(before * before_ttl / expiry + current) + amount > limit:
                return False
            # Twice the window: it counts on as the window before the next.
            self._add(connection, self.sliding_window_keys(key, expiry, now)[1], 2 * expiry, amount, now)
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return hits and seconds left of the window before this one, then of this one."""
        with self._transaction() as connection:
            return self._window(connection, key, expiry, time())

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget both windows of a client."""
        for window in self.sliding_window_keys(key, expiry, time()):
            self.clear(window)

    def close(self) -> None:
        """Close the file; the next hit opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the file alone, of all threads and processes, and commit at the end."""
        with self._lock:
            connection = self._connection or self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._prune(connection)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled some of its failures back, of a full disk for one. What stays open would
                # fail every hit to come.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        """Open the file, made where it is absent."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            _set_up(connection)
        except sqlite3.Error:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _prune(self, connection: sqlite3.Connection) -> None:
        """Forget counters that have ended, and of too many those that end soonest; once a minute is enough."""
        now = time()
        if now < self._prune_at:
            return
        self._prune_at = now + PRUNE_EVERY_S
        connection.execute("DELETE FROM counter WHERE expires_at <= ?", (now,))
        held = int(connection.execute("SELECT count(*) FROM counter").fetchone()[0])
        if held > MAX_ROWS:
            connection.execute(
                "DELETE FROM counter WHERE key IN (SELECT key FROM counter ORDER BY expires_at LIMIT ?)",
                (held - MAX_ROWS,),
            )

    def _window(
        self, connection: sqlite3.Connection, key: str, expiry: int, now: float
    ) -> tuple[int, float, int, float]:
        """Return hits and seconds left of the window before this one, then of this one."""
        before_key, current_key = self.sliding_window_keys(key, expiry, now)
        before = self._read(connection, before_key, now)
        left = expiry - now % expiry
        return before, left if before else 0.0, self._read(connection, current_key, now), left + expiry

    @staticmethod
    def _read(connection: sqlite3.Connection, key: str, now: float) -> int:
        """Return what a counter counts."""
        row = connection.execute("SELECT hits FROM counter WHERE key = ? AND expires_at > ?", (key, now)).fetchone()
        return int(row[0]) if row is not None else 0

    @staticmethod
    def _add(connection: sqlite3.Connection, key: str, expiry: int, amount: int, now: float) -> int:
        """Add to a counter and return what it counts now."""
        values = {"key": key, "amount": amount, "expiry": expiry, "now": now}
        return int(connection.execute(_ADD, values).fetchone()[0])


def _set_up(connection: sqlite3.Connection) -> None:
    """Make the table, and choose how the file is written.

    While another process does the same to a new file, SQLite refuses the change to WAL at once, whatever the time it
    was told to wait: so this waits.
    """
    deadline = monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(_SCHEMA)
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(0.005)
        else:
            return
