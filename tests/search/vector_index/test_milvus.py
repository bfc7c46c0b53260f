"""What is particular to an index in Milvus; tests/properties/ holds it to the contract of every index."""

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import ContractBroken, IndexUnavailable, SnapshotRefused
from search.index_check import verify
from search.live_index import LiveIndex
from search.vector_index import milvus
from search.vector_index.contract import NO_ID, IndexHome
from search.vector_index.exact import ExactIndex
from search.vector_index.milvus import DEEPEST, FEW_ALLOWED, Method, Metric, MilvusAddress, MilvusHome, collection_name
from tests.memory_feed import MemoryFeed, vector_of
from tests.milvus import milvus_lite
from tests.test_lean_install import missing_modules
from tests.vectors import DIM, IDENTITY, draw_vectors, near

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[MilvusHome]:
    with milvus_lite(tmp_path) as home:
        yield home


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


class TestRows:
    def test_the_same_rows_written_twice_are_there_once(self, home: MilvusHome) -> None:
        index, vectors = home.new(IDENTITY), draw_vectors(50, seed=1)
        for _ in range(2):
            index.add(np.arange(50), vectors)
        assert len(index) == 50
        assert index.search(vectors[:1], 50).ids[0].tolist() != [NO_ID] * 50
        assert sorted(index.search(vectors[:1], 50).ids[0].tolist()) == list(range(50))

    def test_more_than_one_request_holds(self, home: MilvusHome, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(milvus, "REQUEST_BYTES", 4 * DIM * 32)
        monkeypatch.setattr(milvus, "IDS_IN_FILTER", 40)
        monkeypatch.setattr(milvus, "FEW_ALLOWED", 10)
        index, exact, vectors = home.new(IDENTITY), ExactIndex(IDENTITY), draw_vectors(150, seed=1)
        for one in (index, exact):
            one.add(np.arange(150), vectors)
            assert one.remove(np.arange(100, 200)) == 50
        assert index.ids().tolist() == list(range(100))
        assert np.array_equal(index.vectors(np.arange(200))[1], exact.vectors(np.arange(200))[1])
        queries = near(vectors[:40], seed=2)
        for allow in (None, np.arange(0, 200, 2)):
            found, true = index.search(queries, 7, allow=allow), exact.search(queries, 7, allow=allow)
            assert np.array_equal(found.ids, true.ids)
            assert np.array_equal(found.scores, true.scores)

    def test_nothing_is_kept_in_this_process(self, home: MilvusHome) -> None:
        index = home.new(IDENTITY)
        index.add(np.arange(50), draw_vectors(50, seed=1))
        assert (index.memory.mapped_bytes, index.memory.private_bytes) == (0, 0)

    def test_more_neighbours_than_a_server_gives_are_refused(self, home: MilvusHome) -> None:
        with pytest.raises(ContractBroken, match=f"at most {DEEPEST}"):
            home.new(IDENTITY).search(draw_vectors(1, seed=1), DEEPEST + 1)


@pytest.mark.parametrize("metric", ["cosine", "l2", "ip"])
@pytest.mark.parametrize("method", ["flat", "hnsw"])
def test_scores_are_cosines_whichever_metric_and_method(tmp_path: Path, metric: Metric, method: Method) -> None:
    exact, vectors = ExactIndex(IDENTITY), draw_vectors(1500, seed=1)
    exact.add(np.arange(1500), vectors)
    queries = near(vectors[:5], seed=2)
    with milvus_lite(tmp_path, metric=metric, method=method) as home:
        index = home.new(IDENTITY)
        index.add(np.arange(1500), vectors)
        for effort in (None, 0.0, 1.0):
            found, true = index.search(queries, 5, effort=effort), exact.search(queries, 5)
            assert found.ids[:, 0].tolist() == [0, 1, 2, 3, 4]
            assert found.report.exact == (method == "flat" or effort == 1)
            assert found.report.estimated_recall == found.report.exact  # a server does not tell what a graph missed
            if found.report.exact:
                assert np.array_equal(found.ids, true.ids)
                assert np.array_equal(found.scores, true.scores)
        assert FEW_ALLOWED < 1400
        found = index.search(queries, 1450, allow=np.arange(1400))
        assert np.all(np.sum(found.ids != NO_ID, axis=1) == 1400)


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


class TestFailures:
    def test_a_server_that_is_not_there_is_told_in_one_line(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(milvus, "TIMEOUT_S", 0.5)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        home = MilvusHome(MilvusAddress(f"http://127.0.0.1:{port}"))
        with caplog.at_level(logging.DEBUG), pytest.raises(IndexUnavailable, match=str(port)) as caught:
            home.new(IDENTITY)
        assert "\n" not in str(caught.value)
        assert "RETRACE_INDEX_URL" in caught.value.remedy
        assert "Traceback" not in caplog.text

    def test_a_file_that_another_process_holds_is_told(self, home: MilvusHome) -> None:
        home.new(IDENTITY)
        ask = (
            "import sys\n"
            "from search.vector_index.milvus import MilvusAddress, MilvusHome\n"
            "from tests.vectors import IDENTITY\n"
            "from errors import IndexUnavailable\n"
            "try:\n"
            "    MilvusHome(MilvusAddress(sys.argv[1])).new(IDENTITY)\n"
            "except IndexUnavailable as exc:\n"
            "    print(exc.remedy)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", ask, home.address.uri], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert "one process at a time" in done.stdout
        assert done.stderr == ""

    def test_without_pymilvus_the_line_that_installs_it_is_named(self, tmp_path: Path) -> None:
        lean = (
            "import sys\n"
            "for name in sys.argv[2:]:\n"
            "    sys.modules[name] = None\n"
            "from errors import PartMissing\n"
            "from search.vector_index.contract import IndexIdentity\n"
            "from search.vector_index.milvus import MilvusAddress, MilvusHome\n"
            "try:\n"
            "    MilvusHome(MilvusAddress(sys.argv[1])).current(IndexIdentity('ab' * 32, 'copy', 32))\n"
            "except PartMissing as exc:\n"
            "    print(f'{exc}. {exc.remedy}')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", lean, str(tmp_path / "index.db"), *missing_modules()],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == (
            "expected the package pymilvus; it is not installed. "
            "Install it: .venv/bin/pip install -r requirements-milvus.txt\n"
        )
