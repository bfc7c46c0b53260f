"""Counters in SQLite: exact across threads and processes, forgotten in time, bounded."""

import multiprocessing
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from limits import parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter

from web import limit_storage
from web.limit_storage import SQLiteStorage, storage_uri
from web.rate_limits import seconds_to_wait


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SQLiteStorage]:
    storage = SQLiteStorage(storage_uri(tmp_path / "folder with spaces" / "limits.sqlite"))
    yield storage
    storage.close()


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    clock = Clock(1_800_000_000.0)
    monkeypatch.setattr(limit_storage, "time", lambda: clock.now)
    monkeypatch.setattr("limits.strategies.time.time", lambda: clock.now)
    return clock


class Clock:
    """Time that passes when a test says so."""

    def __init__(self, now: float) -> None:
        self.now = now


def test_scheme_is_registered(tmp_path: Path) -> None:
    assert isinstance(storage_from_string(storage_uri(tmp_path / "a.sqlite")), SQLiteStorage)


@pytest.mark.parametrize("strategy", [FixedWindowRateLimiter, SlidingWindowCounterRateLimiter])
def test_share_is_used_up_and_comes_back(
    storage: SQLiteStorage, noon: Clock, strategy: type[FixedWindowRateLimiter | SlidingWindowCounterRateLimiter]
) -> None:
    limiter, limit = strategy(storage), parse("5/minute")
    assert [limiter.hit(limit, "a") for _ in range(7)] == [True] * 5 + [False] * 2
    assert limiter.hit(limit, "b")
    assert limiter.get_window_stats(limit, "a").remaining == 0
    noon.now += 121
    assert limiter.hit(limit, "a")


def test_window_slides(storage: SQLiteStorage, noon: Clock) -> None:
    limiter, limit = SlidingWindowCounterRateLimiter(storage), parse("10/minute")
    start = noon.now - noon.now % 60 + 60
    noon.now = start + 59
    assert all(limiter.hit(limit, "a") for _ in range(10))
    noon.now = start + 61
    # A fixed window would let ten more pass here, two seconds later.
    assert sum(limiter.hit(limit, "a") for _ in range(10)) <= 1
    noon.now = start + 90
    assert 4 <= sum(limiter.hit(limit, "a") for _ in range(10)) <= 6


@pytest.mark.parametrize("into_window_s", [0.0, 10.0, 59.5])
@pytest.mark.parametrize("amount", [1, 3, 60])
def test_waiting_as_told_is_enough_and_not_too_much(
    storage: SQLiteStorage, noon: Clock, amount: int, into_window_s: float
) -> None:
    limiter, limit = SlidingWindowCounterRateLimiter(storage), parse(f"{amount}/minute")
    noon.now += into_window_s
    for _ in range(3):  # used up again and again, so that both windows count
        while limiter.hit(limit, "a"):
            pass
        wait_s = seconds_to_wait(storage.get_sliding_window(limit.key_for("a"), 60), amount, 60)
        noon.now += wait_s - 1.001
        assert wait_s == 1 or not limiter.test(limit, "a")
        noon.now += 1.001
        assert limiter.test(limit, "a")


def _hits(path: str, tries: int) -> int:
    storage = SQLiteStorage(storage_uri(Path(path)))
    limiter, limit = SlidingWindowCounterRateLimiter(storage), parse("100/day")
    passed = sum(limiter.hit(limit, "one client") for _ in range(tries))
    storage.close()
    return passed


def test_two_processes_share_one_count(tmp_path: Path) -> None:
    path = str(tmp_path / "limits.sqlite")
    # Forked, as gunicorn's workers are; nothing is open yet that must not be forked.
    with multiprocessing.get_context("fork").Pool(2) as pool:
        passed = pool.starmap(_hits, [(path, 150), (path, 150)])
    assert sum(passed) == 100
    assert _hits(path, 5) == 0


def test_processes_that_open_a_new_file_at_once_all_count(tmp_path: Path) -> None:
    files = [str(tmp_path / f"{number}.sqlite") for number in range(40)]
    with multiprocessing.get_context("fork").Pool(4) as pool:
        # Each file goes to four processes at nearly the same moment.
        passed = pool.starmap(_hits, [(file, 1) for file in files for _ in range(4)], chunksize=1)
    assert passed == [1] * len(passed)


def test_threads_share_one_count(storage: SQLiteStorage) -> None:
    limiter, limit = SlidingWindowCounterRateLimiter(storage), parse("50/day")
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: limiter.hit(limit, "a"), range(200))) == 50


def test_ended_counters_are_forgotten(storage: SQLiteStorage, noon: Clock) -> None:
    for number in range(100):
        storage.incr(f"client {number}", 60)
    noon.now += 300
    storage.incr("another", 60)
    assert storage.reset() == 1


def test_rows_are_bounded(storage: SQLiteStorage, noon: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit_storage, "MAX_ROWS", 20)
    for number in range(100):
        storage.incr(f"client {number}", 3600 + number)
    noon.now += 61
    assert storage.get("client 99") == 1
    assert storage.get("client 0") == 0
    assert storage.reset() == 20


def test_counters_by_hand(storage: SQLiteStorage, noon: Clock) -> None:
    assert storage.check()
    assert storage.incr("a", 10) == 1
    assert storage.incr("a", 10, amount=4) == 5
    assert storage.get_expiry("a") == noon.now + 10
    assert storage.get_expiry("none") == noon.now
    noon.now += 11
    assert storage.get("a") == 0
    assert storage.incr("a", 10) == 1
    storage.clear("a")
    assert storage.get("a") == 0


def test_more_than_the_limit_is_never_granted(storage: SQLiteStorage) -> None:
    assert not storage.acquire_sliding_window_entry("a", 5, 60, amount=6)
    assert storage.acquire_sliding_window_entry("a", 5, 60, amount=5)
    storage.clear_sliding_window("a", 60)
    assert storage.acquire_sliding_window_entry("a", 5, 60, amount=5)


def test_failing_file_becomes_the_error_of_limits(tmp_path: Path) -> None:
    path = tmp_path / "limits.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StorageError) as failure:
        SQLiteStorage(storage_uri(path), wrap_exceptions=True).check()
    assert isinstance(failure.value.storage_error, sqlite3.DatabaseError)


def test_a_failed_commit_is_not_the_end(storage: SQLiteStorage) -> None:
    assert storage.check()
    connection = storage._connection
    assert connection is not None

    def refuse() -> None:
        # As of a disk that is full: the transaction stays open.
        with storage._transaction() as inside:
            inside.execute("PRAGMA defer_foreign_keys = ON")
            inside.execute("INSERT INTO child VALUES (1)")

    connection.executescript(
        "PRAGMA foreign_keys = ON; CREATE TABLE parent (id INTEGER PRIMARY KEY);"
        "CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);"
    )
    with pytest.raises(sqlite3.IntegrityError):
        refuse()
    assert storage.incr("a", 10) == 1
