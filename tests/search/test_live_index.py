import fcntl
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.migrate import upgrade
from data.records import NewImage, SourceRecord
from errors import CatalogueUnavailable, ContractBroken, StorageUnavailable
from search.index_check import verify
from search.live_index import LiveIndex
from search.vector_index.contract import SnapshotIndex, VectorIndex
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from search.vector_index.snapshot_home import SnapshotHome
from settings import Settings
from tests.memory_feed import MemoryFeed, vector_of
from tests.vectors import DIM, IDENTITY, draw_vectors

ROOT = Path(__file__).resolve().parents[2]
INTERVAL_S = 0.02
PATIENCE_S = 20.0
PROMISED_S = 2.0
"""Within which every process sees what another one added or removed."""


@pytest.fixture
def feed() -> MemoryFeed:
    feed = MemoryFeed()
    feed.add(*range(300))
    feed.remove(5, 6)
    return feed


@pytest.fixture
def opened(feed: MemoryFeed, tmp_path: Path) -> Iterator[LiveIndex]:
    live = a_live_index(feed, tmp_path)
    live.open()
    yield live
    live.stop()


def a_live_index(feed: MemoryFeed, folder: Path, implementation: type[SnapshotIndex] = LSHIndex) -> LiveIndex:
    return LiveIndex(feed, replace(IDENTITY, catalogue_id=""), SnapshotHome(folder, implementation))


def wait_until(happened: Callable[[], bool]) -> None:
    start, pause = monotonic(), threading.Event()
    while not happened():
        assert monotonic() - start < PATIENCE_S, "it did not happen"
        pause.wait(0.005)


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)


class TestOpening:
    def test_builds_from_the_catalogue_and_saves(self, feed: MemoryFeed, opened: LiveIndex) -> None:
        assert len(opened) == 298
        assert verify(opened, feed) == []
        status = opened.status
        assert (status.size, status.change, status.last_error, status.is_following) == (298, 302, None, False)
        assert status.snapshot is not None
        assert status.snapshot.is_dir()
        assert status.memory.mapped_bytes > 0

    def test_opens_what_was_saved_without_reading_all(
        self, feed: MemoryFeed, opened: LiveIndex, tmp_path: Path
    ) -> None:
        feed.add(400)
        second = a_live_index(feed, tmp_path)
        second.open()
        assert feed.reads_of_all == 1
        assert second.index.ids().tolist() == sorted(feed.kept)
        assert second.status.snapshot == opened.status.snapshot

    def test_an_empty_catalogue(self, tmp_path: Path) -> None:
        feed = MemoryFeed()
        live = a_live_index(feed, tmp_path)
        live.open()
        assert len(live) == 0
        feed.add(1)
        assert live.catch_up() == 1
        assert live.search(vector_of(1)[np.newaxis], 1).ids.tolist() == [[1]]

    def test_many_changes_since_are_saved_for_the_next_start(self, feed: MemoryFeed, tmp_path: Path) -> None:
        a_live_index(feed, tmp_path).open()
        feed.add(*range(1000, 2200))
        second = a_live_index(feed, tmp_path)
        second.open()
        assert second.status.snapshot is not None
        assert second.status.snapshot.name.startswith(f"{feed.last_change()}-")

    @pytest.mark.parametrize("name", ["header.json", "vectors.npy"])
    def test_a_damaged_snapshot_is_made_anew(
        self, feed: MemoryFeed, opened: LiveIndex, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        damaged = opened.status.snapshot
        assert damaged is not None
        damage(damaged / name)
        second = a_live_index(feed, tmp_path)
        second.open()
        assert verify(second, feed) == []
        assert second.status.snapshot != damaged
        assert not damaged.exists()
        assert "does not use a snapshot" in caplog.text

    def test_another_catalogue_is_read_anew(self, feed: MemoryFeed, opened: LiveIndex, tmp_path: Path) -> None:
        other = MemoryFeed("another catalogue")
        other.add(*range(7000, 7400))
        second = a_live_index(other, tmp_path)
        second.open()
        assert verify(second, other) == []

    def test_a_catalogue_that_went_back_is_read_anew(self, feed: MemoryFeed, opened: LiveIndex, tmp_path: Path) -> None:
        older = MemoryFeed()
        older.add(*range(100))
        second = a_live_index(older, tmp_path)
        second.open()
        assert verify(second, older) == []

    def test_another_method_is_made_anew(self, feed: MemoryFeed, opened: LiveIndex, tmp_path: Path) -> None:
        second = a_live_index(feed, tmp_path, ExactIndex)
        second.open()
        assert isinstance(second.index, ExactIndex)
        assert verify(second, feed) == []

    def test_serves_from_memory_where_nothing_can_be_written(self, feed: MemoryFeed, tmp_path: Path) -> None:
        (tmp_path / "index").write_text("in the way")
        live = a_live_index(feed, tmp_path / "index")
        live.open()
        assert len(live) == 298
        assert live.status.snapshot is None
        assert "cannot be written" in (live.status.last_error or "")
        with pytest.raises(StorageUnavailable):
            live.save_snapshot()

    def test_two_at_once_build_it_once(self, feed: MemoryFeed, tmp_path: Path) -> None:
        both = [a_live_index(feed, tmp_path) for _ in range(2)]
        threads = [threading.Thread(target=live.open) for live in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert feed.reads_of_all == 1
        assert both[0].status.snapshot == both[1].status.snapshot

    def test_nothing_answers_before(self, feed: MemoryFeed, tmp_path: Path) -> None:
        live = a_live_index(feed, tmp_path)
        assert not live.is_ready
        with pytest.raises(ContractBroken, match="open"):
            live.search(draw_vectors(1, 1), 1)

    def test_a_catalogue_that_is_down_is_told(self, feed: MemoryFeed, tmp_path: Path) -> None:
        feed.is_down = True
        with pytest.raises(CatalogueUnavailable):
            a_live_index(feed, tmp_path).open()


class TestCatchingUp:
    def test_follows_additions_and_removals(self, feed: MemoryFeed, opened: LiveIndex) -> None:
        feed.add(400, 401)
        feed.remove(7, 401)
        feed.add(402)
        assert opened.catch_up() == 5
        assert opened.index.ids().tolist() == sorted(feed.kept)
        assert opened.catch_up() == 0

    def test_a_picture_without_a_descriptor_of_this_model_is_passed_over(
        self, feed: MemoryFeed, opened: LiveIndex
    ) -> None:
        feed.add(400, 401)
        del feed.kept[400]
        opened.catch_up()
        assert (400 in opened.index.ids(), 401 in opened.index.ids()) == (False, True)
        assert opened.status.change == feed.last_change()

    def test_more_changes_than_are_read_at_once(
        self, feed: MemoryFeed, opened: LiveIndex, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("search.live_index.CHANGES_AT_ONCE", 7)
        feed.add(*range(500, 560))
        feed.remove(*range(510, 530))
        assert opened.catch_up() == 80
        assert verify(opened, feed) == []

    def test_a_failure_leaves_the_index_as_it_was(self, feed: MemoryFeed, opened: LiveIndex) -> None:
        feed.add(400)
        feed.is_down = True
        with pytest.raises(CatalogueUnavailable):
            opened.catch_up()
        assert opened.status.last_error == "the catalogue is down"
        assert opened.search(vector_of(1)[np.newaxis], 1).ids.tolist() == [[1]]
        feed.is_down = False
        opened.catch_up()
        assert opened.status.last_error is None
        assert 400 in opened.index.ids()

    def test_a_catalogue_replaced_meanwhile(self, feed: MemoryFeed, opened: LiveIndex) -> None:
        feed.name, feed.kept, feed.changes = "a restored catalogue", {}, []
        feed.add(*range(50))
        opened.catch_up()
        assert verify(opened, feed) == []
        assert opened.status.change == 50


class TestSnapshots:
    def test_saving_goes_on_from_what_was_saved(self, feed: MemoryFeed, opened: LiveIndex) -> None:
        before = opened.status.snapshot
        feed.add(*range(500, 600))
        opened.catch_up()
        assert opened.status.memory.private_bytes > 0
        path = opened.save_snapshot()
        assert path == opened.status.snapshot != before
        assert opened.status.memory.private_bytes == 0
        assert opened.save_snapshot() == path
        assert verify(opened, feed) == []

    def test_what_another_process_saved_is_taken_over(
        self, feed: MemoryFeed, opened: LiveIndex, tmp_path: Path
    ) -> None:
        other = a_live_index(feed, tmp_path)
        other.open()
        feed.add(*range(500, 600))
        opened.catch_up()
        other.catch_up()
        path = other.save_snapshot()
        feed.add(600)
        opened.catch_up()
        assert opened.status.snapshot == path
        assert verify(opened, feed) == []

    def test_an_older_snapshot_is_caught_up_before_it_is_taken_over(
        self, feed: MemoryFeed, opened: LiveIndex, tmp_path: Path
    ) -> None:
        other = a_live_index(feed, tmp_path)
        other.open()
        other.rebuild()
        feed.add(500)
        feed.remove(8)
        opened.catch_up()
        assert opened.status.snapshot == other.status.snapshot
        assert opened.index.ids().tolist() == sorted(feed.kept)

    def test_a_damaged_one_of_another_process_is_left_alone(
        self, feed: MemoryFeed, opened: LiveIndex, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        before = opened.status.snapshot
        other = a_live_index(feed, tmp_path)
        other.open()
        other.rebuild()
        assert other.status.snapshot is not None
        damage(other.status.snapshot / "ids.npy")
        for _ in range(3):
            opened.catch_up()
        assert opened.status.snapshot == before
        assert caplog.text.count("does not use a snapshot") == 1  # told once, not at every look

    def test_rebuilding_reads_the_catalogue(self, feed: MemoryFeed, opened: LiveIndex) -> None:
        opened.index.remove(np.array([1, 2, 3]))
        opened.index.add(np.array([9999]), draw_vectors(1, 1))
        opened.index.add(np.array([4]), -vector_of(4)[np.newaxis])
        differences = verify(opened, feed)
        found = {(one.what, one.image_id) for one in differences}
        assert found == {("missing", 1), ("missing", 2), ("missing", 3), ("extra", 9999), ("vector", 4)}
        assert opened.rebuild() == 298
        assert verify(opened, feed) == []


class TestRefining:
    def test_is_done_alone_on_all_there_is_and_taken_over_by_others(
        self, feed: MemoryFeed, opened: LiveIndex, tmp_path: Path
    ) -> None:
        other = a_live_index(feed, tmp_path)
        other.open()
        feed.add(500)

        def work(index: VectorIndex) -> int:
            assert isinstance(index, LSHIndex)
            assert 500 in index.ids()
            (lock,) = tmp_path.rglob("LOCK")
            with lock.open() as file, pytest.raises(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            index.tune_to(0.75)
            return len(index)

        assert opened.refine(work) == 299
        assert opened.status.snapshot != other.status.snapshot
        other.catch_up()
        for live in (opened, other):
            assert live.status.snapshot == opened.status.snapshot
            assert isinstance(live.index, LSHIndex)
            assert (live.index.recall, live.index.is_tuned) == (0.75, True)
            assert verify(live, feed) == []

    def test_what_fails_is_not_saved(self, feed: MemoryFeed, opened: LiveIndex) -> None:
        before = opened.status.snapshot

        def work(index: VectorIndex) -> None:
            raise ContractBroken("nothing comes of it")

        with pytest.raises(ContractBroken):
            opened.refine(work)
        assert opened.status.snapshot == before
        assert opened.save_snapshot() == before
        feed.add(500)
        assert opened.catch_up() == 1

    def test_of_another_catalogue_that_came_meanwhile(self, opened: LiveIndex, feed: MemoryFeed) -> None:
        feed.name = "restored"
        assert opened.refine(len) == 298
        assert opened.index.identity.catalogue_id == "restored"

    def test_needs_a_folder_to_save_in(self, feed: MemoryFeed, tmp_path: Path) -> None:
        (tmp_path / "index").write_text("in the way")
        live = a_live_index(feed, tmp_path / "index")
        live.open()
        with pytest.raises(StorageUnavailable):
            live.refine(len)


class TestChecking:
    def test_names_a_damaged_file(self, feed: MemoryFeed, opened: LiveIndex) -> None:
        assert opened.status.snapshot is not None
        damage(opened.status.snapshot / "words.npy")
        (difference,) = verify(opened, feed)
        assert (difference.what, difference.image_id) == ("snapshot", None)
        assert "words.npy" in difference.detail

    def test_pictures_that_come_and_go_meanwhile_are_no_difference(self, feed: MemoryFeed, tmp_path: Path) -> None:
        class Moving(MemoryFeed):
            def snapshot_descriptors(self, kind, model_id):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
                answer = super().snapshot_descriptors(kind, model_id)
                self.add(5000 + self.reads_of_all)
                self.remove(20 + self.reads_of_all)
                live.catch_up()
                return answer

        moving = Moving()
        moving.kept, moving.changes = feed.kept, feed.changes
        live = a_live_index(feed, tmp_path)
        live.open()
        assert verify(live, moving) == []


class Turnstile(threading.Event):
    """What a following index waits at, with a clock that stands still: it lets one look pass when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.waits_s: list[float | None] = []
        self._arrived, self._open = threading.Semaphore(0), threading.Semaphore(0)

    def wait(self, timeout: float | None = None) -> bool:
        self.waits_s.append(timeout)
        self._arrived.release()
        self._open.acquire()
        return self.is_set()

    def set(self) -> None:
        super().set()
        self._open.release()

    def arrive(self) -> None:
        """Return once the index waits."""
        assert self._arrived.acquire(timeout=PATIENCE_S), "it never came to wait"

    def let_one_look_pass(self) -> None:
        """Let the time of one interval pass, and return once the index has looked and waits again."""
        self._open.release()
        self.arrive()


def follow_by_steps(live: LiveIndex, interval_s: float) -> Turnstile:
    """Start an index that looks when a test says so."""
    live._stopping = turnstile = Turnstile()
    live.start(interval_s)
    turnstile.arrive()
    return turnstile


class TestFollowing:
    def test_one_look_after_a_change_is_enough_and_looks_are_one_interval_apart(
        self, feed: MemoryFeed, opened: LiveIndex
    ) -> None:
        interval_s = Settings.model_fields["catch_up_interval_s"].default
        turnstile = follow_by_steps(opened, interval_s)
        feed.add(400)
        feed.remove(7)
        assert (400 in opened.index.ids(), 7 in opened.index.ids()) == (False, True)
        turnstile.let_one_look_pass()
        assert (400 in opened.index.ids(), 7 in opened.index.ids()) == (True, False)
        # What is seen after one interval and one look is seen within the two seconds that are promised.
        assert turnstile.waits_s == [interval_s, interval_s]
        assert interval_s <= PROMISED_S / 2

    def test_sees_changes_by_itself_until_stopped(self, feed: MemoryFeed, opened: LiveIndex) -> None:
        opened.start(INTERVAL_S)
        assert opened.status.is_following
        feed.add(400)
        wait_until(lambda: 400 in opened.index.ids())
        feed.remove(400)
        wait_until(lambda: 400 not in opened.index.ids())
        opened.stop()
        assert not opened.status.is_following
        assert opened.is_ready
        opened.start(INTERVAL_S)  # and again

    def test_outlives_a_catalogue_that_is_down(
        self, feed: MemoryFeed, opened: LiveIndex, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            opened.start(INTERVAL_S)
            feed.is_down = True
            wait_until(lambda: opened.status.last_error is not None)
            assert opened.is_ready
            assert opened.search(vector_of(1)[np.newaxis], 1).ids.tolist() == [[1]]
            feed.add(400)
            feed.is_down = False
            wait_until(lambda: 400 in opened.index.ids())
        wait_until(lambda: opened.status.last_error is None)
        assert caplog.text.count("the catalogue is down") == 1

    def test_starting_twice_is_refused(self, opened: LiveIndex) -> None:
        opened.start(INTERVAL_S)
        with pytest.raises(ContractBroken, match="twice"):
            opened.start(INTERVAL_S)


ADD_AND_REMOVE = """
import sys
from data.catalogue import Catalogue
from tests.search.test_live_index import an_image

with Catalogue.open(sys.argv[1]) as catalogue:
    for line in sys.stdin:
        what, number = line.split()
        if what == "add":
            print(catalogue.add_batch([an_image(int(number))])[0].image_id, flush=True)
        else:
            print(len(catalogue.remove([int(number)])), flush=True)
"""


def an_image(number: int) -> NewImage:
    digest = f"{number:064x}"
    descriptors = {"copy": draw_vectors(1, number)[0], "similar": draw_vectors(1, -number % 1000)[0]}
    source = SourceRecord(locator=f"{number}.png", read=lambda: b"")
    return NewImage(
        sha256=digest,
        pixel_sha256=digest,
        pdq=None,
        width=64,
        height=64,
        format="PNG",
        size_bytes=100,
        model_id=IDENTITY.model_id,
        descriptors={"copy": descriptors["copy"], "similar": descriptors["similar"]},
        attributes={},
        keypoints_method="none",
        keypoints=b"",
        source=source,
    )


def test_one_look_sees_what_another_process_did_to_a_real_catalogue(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalogue.sqlite'}"
    upgrade(url)
    with Catalogue.open(url) as catalogue:
        catalogue.add_batch([an_image(number) for number in range(1, 41)])
        live = LiveIndex(catalogue, replace(IDENTITY, catalogue_id=""), SnapshotHome(tmp_path / "index", LSHIndex))
        live.open()
        turnstile = follow_by_steps(live, INTERVAL_S)
        with subprocess.Popen(
            [sys.executable, "-c", ADD_AND_REMOVE, url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other:
            assert other.stdin is not None
            assert other.stdout is not None

            def tell(line: str) -> int:
                assert other.stdin is not None
                assert other.stdout is not None
                other.stdin.write(line + "\n")
                other.stdin.flush()
                return int(other.stdout.readline())

            try:
                added = tell("add 100")
                assert added not in live.index.ids()
                turnstile.let_one_look_pass()
                query = draw_vectors(1, 100)
                assert live.search(query, 1).ids.tolist() == [[added]]
                assert tell(f"remove {added}") == 1
                turnstile.let_one_look_pass()
                assert added not in live.index.ids()
                assert live.search(query, 1).ids.tolist() != [[added]]
                assert verify(live, catalogue) == []
            finally:
                live.stop()
                other.stdin.close()
    assert live.identity.dim == DIM
