"""A collection outlives the process that filled it, and several processes share it."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import SnapshotRefused
from search.index_check import verify
from search.live_index import LiveIndex
from search.vector_index.contract import IndexHome
from search.vector_index.milvus.home import MilvusHome
from search.vector_index.milvus.record import collection_name
from tests.memory_feed import MemoryFeed, vector_of
from tests.milvus import milvus_lite
from tests.vectors import IDENTITY, draw_vectors


@pytest.fixture
def feed() -> MemoryFeed:
    feed = MemoryFeed()
    feed.add(*range(300))
    feed.remove(5, 6)
    return feed


def a_live_index(feed: MemoryFeed, home: IndexHome) -> LiveIndex:
    live = LiveIndex(feed, replace(IDENTITY, catalogue_id=""), home)
    live.open()
    return live


def beside(home: MilvusHome) -> MilvusHome:
    """Return what another process would have: its own connection to the same Milvus."""
    return MilvusHome(home.address)


class TestDurability:
    def test_another_process_knows_the_change_and_sees_removals_at_once(self, home: MilvusHome) -> None:
        index, vectors = home.new(IDENTITY), draw_vectors(20, seed=1)
        index.add(np.arange(20), vectors)
        index.change = 7
        second = beside(home)
        path = second.current(IDENTITY)
        assert path is not None
        opened = second.open(path, IDENTITY)
        assert (opened.change, len(opened)) == (7, 20)
        index.remove(np.array([3]))
        assert 3 not in opened.search(vectors[3:4], 20).ids
        second.close()

    def test_what_was_written_outlives_the_server(self, tmp_path: Path) -> None:
        with milvus_lite(tmp_path) as home:
            index = home.new(IDENTITY)
            index.add(np.arange(20), draw_vectors(20, seed=1))
            index.change = 7
        with milvus_lite(tmp_path) as home:
            path = home.current(IDENTITY)
            assert path == Path(collection_name(IDENTITY)) / "7"
            opened = home.open(path, IDENTITY)
            assert (opened.change, opened.ids().tolist()) == (7, list(range(20)))

    def test_what_was_never_finished_is_not_opened(self, home: MilvusHome) -> None:
        home.new(IDENTITY).add(np.arange(20), draw_vectors(20, seed=1))
        assert home.current(IDENTITY) is None
        with pytest.raises(SnapshotRefused, match="holds no index"):
            home.open(Path(collection_name(IDENTITY)) / "7", IDENTITY)

    def test_a_dropped_index_is_gone_and_another_stays(self, home: MilvusHome) -> None:
        other = replace(IDENTITY, kind="similar")
        for identity in (IDENTITY, other):
            home.new(identity).add(np.arange(20), draw_vectors(20, seed=1))
        for _ in range(2):  # again where there is none: nothing
            home.drop(IDENTITY)
        assert len(home.new(IDENTITY)) == 0
        assert len(home.new(other)) == 20

    @pytest.mark.parametrize(
        "identity",
        [
            replace(IDENTITY, model_id="00" * 32),
            replace(IDENTITY, kind="similar"),
            replace(IDENTITY, catalogue_id="another catalogue"),
        ],
    )
    def test_another_identity_has_its_own_collection(self, home: MilvusHome, identity: object) -> None:
        assert isinstance(identity, type(IDENTITY))
        index = home.new(IDENTITY)
        index.add(np.arange(20), draw_vectors(20, seed=1))
        index.change = 7
        other = home.new(identity)
        assert (home.current(identity), len(other)) == (None, 0)
        with pytest.raises(SnapshotRefused, match="expected an index of"):
            home.open(Path(collection_name(IDENTITY)) / "7", identity)

    def test_another_dimension_or_metric_is_refused_and_made_anew(self, home: MilvusHome) -> None:
        index = home.new(IDENTITY)
        index.add(np.arange(20), draw_vectors(20, seed=1))
        index.change = 7
        path = Path(collection_name(IDENTITY)) / "7"
        longer = replace(IDENTITY, dim=64)
        with pytest.raises(SnapshotRefused, match="dim=32"):
            home.open(path, longer)
        other = MilvusHome(replace(home.address, metric="ip"))
        with pytest.raises(SnapshotRefused, match="by ip"):
            other.open(path, IDENTITY)
        assert len(other.new(IDENTITY)) == 0
        other.close()


class TestFollowing:
    def test_the_second_process_reads_only_what_is_new(self, feed: MemoryFeed, home: MilvusHome) -> None:
        first = a_live_index(feed, home)
        feed.add(400)
        second = a_live_index(feed, beside(home))
        assert feed.reads_of_all == 1
        assert second.index.ids().tolist() == sorted(feed.kept)
        assert first.search(vector_of(400)[np.newaxis], 1).ids.tolist() == [[400]]  # before it has looked
        assert first.catch_up() == 0
        assert first.status.change == second.status.change == feed.last_change()
        assert len(first) == 299
        assert verify(first, feed) == []
        assert first.save_snapshot() == first.status.snapshot
        second.close()

    def test_two_at_once_write_the_same(self, feed: MemoryFeed, home: MilvusHome) -> None:
        both = [LiveIndex(feed, replace(IDENTITY, catalogue_id=""), one) for one in (home, beside(home))]
        threads = [threading.Thread(target=live.open) for live in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [verify(live, feed) for live in both] == [[], []]
        both[1].close()

    def test_a_writer_that_was_overtaken_undoes_what_it_brought_back(self, feed: MemoryFeed, home: MilvusHome) -> None:
        fast = a_live_index(feed, home)

        class Overtaken(MemoryFeed):
            def descriptors_of(self, ids, kind, model_id):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
                rows = super().descriptors_of(ids, kind, model_id)
                if 400 in self.kept:
                    self.remove(400)
                    fast.catch_up()
                return rows

        slow_feed = Overtaken()
        slow_feed.kept, slow_feed.changes = feed.kept, feed.changes
        slow = a_live_index(slow_feed, beside(home))
        feed.add(400)
        slow.catch_up()
        assert 400 not in feed.kept
        assert verify(fast, feed) == []
        slow.close()

    def test_rebuilding_mends_while_others_search(self, feed: MemoryFeed, home: MilvusHome) -> None:
        live = a_live_index(feed, home)
        live.index.remove(np.array([1, 2]))
        live.index.add(np.array([9999]), draw_vectors(1, 1))
        assert {(one.what, one.image_id) for one in verify(live, feed)} == {
            ("missing", 1),
            ("missing", 2),
            ("extra", 9999),
        }
        assert live.rebuild() == 298
        assert verify(live, feed) == []

    def test_a_catalogue_that_went_back_is_read_anew(self, feed: MemoryFeed, home: MilvusHome) -> None:
        a_live_index(feed, home)
        older = MemoryFeed()
        older.add(*range(100))
        assert verify(a_live_index(older, home), older) == []
