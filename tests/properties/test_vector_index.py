"""What every vector index must hold to: random sequences of changes and searches against a dictionary of vectors."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from numpy.typing import NDArray

from errors import ContractBroken, DescriptorShapeError
from search.vector_index.contract import NO_ID, IndexHome, IndexMemory, Neighbours, VectorIndex
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from search.vector_index.milvus.home import MilvusHome
from search.vector_index.snapshot_home import SnapshotHome
from tests.eager import EagerExact, EagerLSH, plan_for_few
from tests.milvus import milvus_lite
from tests.vectors import DIM, IDENTITY, brute_force, draw_vectors, near

SCORE_TOLERANCE = 1e-5


IMPLEMENTATIONS = [ExactIndex, LSHIndex, EagerExact, EagerLSH, "milvus flat", "milvus hnsw"]
every_index = pytest.mark.parametrize("home", IMPLEMENTATIONS, indirect=True)


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexHome]:
    """Where an index of the implementation lives that a test is run on."""
    if request.param is EagerLSH:
        plan_for_few(monkeypatch)
    if isinstance(request.param, str):
        with milvus_lite(tmp_path, method="hnsw" if request.param.endswith("hnsw") else "flat") as home:
            yield home
    else:
        yield SnapshotHome(tmp_path / "index", request.param)


def filled(home: IndexHome, count: int, seed: int = 1) -> tuple[VectorIndex, NDArray[np.float32]]:
    index, vectors = home.new(IDENTITY), draw_vectors(count, seed)
    index.add(np.arange(count), vectors)
    return index, vectors


def check_answer(
    answer: Neighbours, queries: NDArray[np.float32], k: int, kept: dict[int, NDArray[np.float16]]
) -> None:
    """Whatever the method, what it returns is there, scored truly, sorted, and complete in number."""
    assert answer.ids.shape == answer.scores.shape == (len(queries), k)
    assert answer.ids.dtype == np.int64
    assert answer.scores.dtype == np.float32
    assert 0 <= answer.report.estimated_recall <= 1
    for query, ids, scores in zip(queries, answer.ids, answer.scores, strict=True):
        found = ids[ids != NO_ID]
        assert len(found) == min(k, len(kept))
        assert len(set(found.tolist())) == len(found)
        assert set(found.tolist()) <= kept.keys()
        assert np.all(np.isneginf(scores[len(found) :]))
        pairs = list(zip((-scores[: len(found)]).tolist(), found.tolist(), strict=True))
        assert pairs == sorted(pairs)
        truth = np.array([kept[one] for one in found.tolist()], np.float64).reshape(-1, DIM) @ query.astype(np.float64)
        assert np.allclose(scores[: len(found)], np.clip(truth, -1, 1), atol=SCORE_TOLERANCE, rtol=0)
        if answer.report.exact:
            _, best = brute_force(kept, query, k)
            assert np.allclose(np.sort(truth)[::-1], best, atol=SCORE_TOLERANCE, rtol=0)


class Changing(RuleBasedStateMachine):
    """Changes an index and a dictionary alike, and compares them."""

    home: IndexHome

    @initialize(start=st.sampled_from([0, 250, 2500]))
    def begin(self, start: int) -> None:
        self.index = self.home.new(IDENTITY)
        self.index.remove(self.index.ids())  # a server still holds what the example before left
        self.kept: dict[int, NDArray[np.float16]] = {}
        self.index.change = 0
        if start:
            self.fill(start)

    @rule(ids=st.lists(st.integers(0, 120), max_size=40, unique=True), seed=st.integers(0, 5))
    def add(self, ids: list[int], seed: int) -> None:
        vectors = draw_vectors(len(ids), seed, clusters=5)
        vectors[1::3] = vectors[:1]  # pictures that look the same
        self.index.add(np.array(ids, np.int64), vectors)
        self.kept |= dict(zip(ids, vectors.astype(np.float16), strict=True))

    @rule(count=st.sampled_from([1, 700]))
    def fill(self, count: int) -> None:
        ids, vectors = np.arange(count), draw_vectors(count, seed=9, clusters=5)
        self.index.fill([(ids[:600], vectors[:600]), (ids[600:], vectors[600:])])
        self.kept |= dict(zip(ids.tolist(), vectors.astype(np.float16), strict=True))

    @rule(count=st.integers(1, 60), seed=st.integers(0, 5))
    def append(self, count: int, seed: int) -> None:
        first = max(self.kept, default=-1) + 1
        self.add(list(range(first, first + count)), seed)

    @rule(ids=st.lists(st.integers(0, 200), max_size=60))
    def remove(self, ids: list[int]) -> None:
        assert self.index.remove(np.array(ids, np.int64)) == len(self.kept.keys() & set(ids))
        for one in ids:
            self.kept.pop(one, None)

    @rule(
        k=st.sampled_from([1, 3, 30, 3000]),
        seed=st.integers(0, 99),
        count=st.integers(0, 3),
        effort=st.sampled_from([None, 0.0, 0.7, 1.0]),
    )
    def search(self, k: int, seed: int, count: int, effort: float | None) -> None:
        queries = draw_vectors(count, seed, clusters=5)
        answer = self.index.search(queries, k, effort=effort)
        check_answer(answer, queries, k, self.kept)
        assert answer.report.exact or effort != 1

    @rule(k=st.integers(1, 20), allow=st.lists(st.integers(0, 2600), max_size=50), seed=st.integers(0, 9))
    def search_allowed(self, k: int, allow: list[int], seed: int) -> None:
        queries = draw_vectors(2, seed, clusters=5)
        answer = self.index.search(queries, k, allow=np.array(allow, np.int64))
        check_answer(answer, queries, k, {one: self.kept[one] for one in allow if one in self.kept})

    @rule()
    def keep_and_open(self) -> None:
        self.index.change += 1
        change = self.index.change
        path = self.home.publish(self.index)
        assert self.home.current(IDENTITY) == path
        self.index = self.home.open(path, IDENTITY)
        assert self.index.change == change

    @invariant()
    def holds_the_same(self) -> None:
        assert len(self.index) == len(self.kept)
        assert self.index.ids().tolist() == sorted(self.kept)
        some = np.array([*sorted(self.kept)[::7], 10**6], np.int64)
        ids, vectors = self.index.vectors(some)
        assert ids.tolist() == some[:-1].tolist()
        assert vectors.dtype == np.float32
        assert all(np.array_equal(vector, self.kept[one]) for one, vector in zip(ids.tolist(), vectors, strict=True))


@every_index
def test_holds_and_finds_what_was_added_and_not_removed(home: IndexHome) -> None:
    machine = type("Machine", (Changing,), {"home": home})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=4 if isinstance(home, MilvusHome) else 20,  # a call goes to a server: a hundred times slower
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),  # on a busy machine its limits of time say nothing
        ),
    )


@pytest.mark.parametrize("home", [EagerExact, EagerLSH], indirect=True)
def test_answers_hold_while_rows_come_and_go_among_others(home: IndexHome) -> None:
    """Enough rows that candidates are chosen by signatures, in groups, with removed and added rows beside them."""
    index, vectors = filled(home, 1000)
    kept = dict(enumerate(vectors.astype(np.float16)))
    generator, met = np.random.default_rng(1), set[str]()
    for turn in range(80):
        gone = generator.choice(list(kept), 5)
        gone[0] = max(kept)
        index.remove(gone)
        kept = {one: half for one, half in kept.items() if one not in gone}
        ids, new = np.arange(6) + 1000 + 6 * turn, draw_vectors(6, turn)
        if turn % 10 == 9:  # some that are there, or were
            ids = generator.choice(1000, 6, replace=False)
        index.add(ids, new)
        kept |= dict(zip(ids.tolist(), new.astype(np.float16), strict=True))
        if turn % 30 == 29:
            index = home.open(home.publish(index), IDENTITY)
        k, effort = int(generator.choice([1, 5, 40])), float(generator.choice([0.0, 0.5, 0.9]))
        query, part = near(new[:1], turn), int(generator.choice([2, 3]))
        of_all = index.search(query, k, effort=effort)
        check_answer(of_all, query, k, kept)
        allow = np.arange(0, 2000, part)
        answer = index.search(query, k, allow=allow, effort=effort)
        check_answer(answer, query, k, {one: half for one, half in kept.items() if one % part == 0})
        if isinstance(index, EagerLSH) and not (of_all.report.exact and answer.report.exact):
            base, delta = index._state.rowset.base, index._state.rowset.delta
            found = {"groups": base.order, "removed": base.alive, "added": len(delta) or None, "gone": delta.alive}
            met.add(" ".join(name for name, there in found.items() if there is not None))
    assert isinstance(index, EagerExact) or {"groups removed added", "groups removed added gone"} <= met


@every_index
def test_equal_vectors_stand_in_order_of_id(home: IndexHome) -> None:
    index, vectors = filled(home, 4000)
    twins = np.array([4999, 4500, 4700, 5200, 4100])
    index.add(twins[:3], np.repeat(vectors[:1], 3, axis=0))
    index.add(twins[3:], np.repeat(vectors[:1], 2, axis=0))
    for effort in (None, 1.0):
        answer = index.search(vectors[:1], 6, effort=effort)
        assert answer.ids[0].tolist() == [0, *sorted(twins.tolist())]
        assert len(set(answer.scores[0].tolist())) == 1


@every_index
def test_finds_itself(home: IndexHome) -> None:
    index, vectors = filled(home, 4000)
    answer = index.search(vectors[::100], 1)
    assert answer.ids[:, 0].tolist() == list(range(0, 4000, 100))
    assert np.all(answer.scores > 0.999)
    assert np.all(answer.scores <= 1)


@every_index
def test_a_batch_answers_as_its_queries_one_by_one(home: IndexHome) -> None:
    index, vectors = filled(home, 4000)
    queries = near(vectors[:5], seed=3)
    together = index.search(queries, 3, effort=1.0)
    for number in range(5):
        alone = index.search(queries[number : number + 1], 3, effort=1.0)
        assert np.array_equal(alone.ids[0], together.ids[number])
        assert np.array_equal(alone.scores[0], together.scores[number])


@every_index
def test_opposite_vectors_are_the_last(home: IndexHome) -> None:
    index, vectors = filled(home, 3000)
    index.add(np.array([7000]), -vectors[:1])
    assert index.search(vectors[:1], 3001).ids[0, -1] == 7000


@every_index
def test_a_removed_vector_is_gone_from_the_next_search(home: IndexHome) -> None:
    index, vectors = filled(home, 3000)
    for one in range(0, 300, 10):
        assert index.search(vectors[one : one + 1], 1).ids[0, 0] == one
        index.remove(np.array([one]))
        assert one not in index.search(vectors[one : one + 1], 50).ids


@every_index
def test_memory_is_mapped_after_opening(home: IndexHome) -> None:
    index, vectors = filled(home, 3000)
    opened = home.open(home.publish(index), IDENTITY)
    if isinstance(home, MilvusHome):
        assert opened.memory == IndexMemory(mapped_bytes=0, private_bytes=0)
        return
    assert opened.memory.mapped_bytes >= vectors.nbytes / 2
    assert opened.memory.private_bytes == 0
    opened.add(np.array([9000]), vectors[:1])
    assert opened.memory.private_bytes > 0


@every_index
@pytest.mark.parametrize(
    ("ids", "vectors"),
    [
        ([1], np.zeros((1, DIM), np.float32)),
        ([1], np.full((1, DIM), np.nan, np.float32)),
        ([1], draw_vectors(1, 0).astype(np.float64)),
        ([1], draw_vectors(1, 0, dim=DIM + 1)),
        ([1], draw_vectors(1, 0)[0]),
        ([1, 2], draw_vectors(1, 0)),
        ([1, 1], draw_vectors(2, 0)),
        ([-1], draw_vectors(1, 0)),
        ([[1]], draw_vectors(1, 0)),
        ([1.5], draw_vectors(1, 0)),
    ],
)
def test_refuses_what_is_no_set_of_unit_vectors(home: IndexHome, ids: list[int], vectors: NDArray[np.float32]) -> None:
    index, _ = filled(home, 10)
    with pytest.raises(DescriptorShapeError, match="received"):
        index.add(np.array(ids), vectors)
    assert len(index) == 10


@every_index
def test_refuses_senseless_searches(home: IndexHome) -> None:
    index, vectors = filled(home, 10)
    with pytest.raises(DescriptorShapeError, match="k of at least 1"):
        index.search(vectors, 0)
    with pytest.raises(DescriptorShapeError, match="norm 1"):
        index.search(2 * vectors, 1)
    with pytest.raises(ContractBroken, match="effort"):
        index.search(vectors, 1, effort=1.5)


@every_index
def test_readers_see_each_change_whole(home: IndexHome) -> None:
    """One writer moves a group of vectors from place to place; a reader must find all of it in exactly one place."""
    group = np.arange(10_000, 10_020)
    index, _ = filled(home, 300)
    here, there = np.eye(DIM, dtype=np.float32)[:2]
    places = [np.repeat(place[np.newaxis], len(group), axis=0) for place in (here, there)]
    index.add(group, places[0])
    queries, torn, reads = np.stack([here, there]), [], 0
    done = threading.Event()

    def read() -> None:
        nonlocal reads
        while not done.is_set():
            answer = index.search(queries, len(group), effort=1.0)
            found = [set(ids[scores > 0.99].tolist()) for ids, scores in zip(answer.ids, answer.scores, strict=True)]
            if sorted(map(len, found)) != [0, len(group)] or found[0] | found[1] != set(group.tolist()):
                torn.append(found)
            reads += 1

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for turn in range(1, 200):
            index.add(group, places[turn % 2])
            index.add(np.array([20_000 + turn]), draw_vectors(1, turn))
            index.remove(np.array([turn]))
        while reads < 10 and all(reader.is_alive() for reader in readers):
            done.wait(0.01)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not torn
    assert reads >= 10
