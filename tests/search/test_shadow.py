import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from errors import IndexUnavailable
from search.shadow import LiveRecall, ShadowSampler
from search.vector_index.contract import NO_ID, Ids, Neighbours, SearchReport, Vectors
from search.vector_index.exact import ExactIndex
from tests.vectors import IDENTITY, draw_vectors

COUNT, K = 300, 10


class Forgetful(ExactIndex):
    """Misses the second half of what it should find, but where all effort is asked for."""

    def search(self, queries: Vectors, k: int, *, allow: Ids | None = None, effort: float | None = None) -> Neighbours:
        found = super().search(queries, k, allow=allow)
        if effort == 1.0:
            return found
        found.ids[:, k // 2 :] = NO_ID
        return replace(found, report=SearchReport(candidates=k, estimated_recall=0.5, exact=False))


@pytest.fixture
def index() -> Forgetful:
    index = Forgetful(IDENTITY)
    index.add(np.arange(COUNT), draw_vectors(COUNT, seed=1))
    return index


@pytest.fixture
def sampler() -> Iterator[ShadowSampler]:
    sampler = ShadowSampler(1.0)
    yield sampler
    sampler.close()


def search(sampler: ShadowSampler, index: ExactIndex, seed: int, *, allow: Ids | None = None) -> None:
    queries = draw_vectors(2, seed)
    sampler.offer(index, queries, K, allow, index.search(queries, K, allow=allow))


def test_what_the_index_found_is_counted_against_what_is_there(sampler: ShadowSampler, index: Forgetful) -> None:
    assert sampler.live.recall is None
    search(sampler, index, 2)
    search(sampler, index, 3, allow=np.arange(4))  # fewer than are asked for
    sampler.close()
    assert sampler.live == LiveRecall(searches=2, wanted=2 * K + 2 * 4, found=K + 2 * 4)
    assert sampler.live.recall == 18 / 28


def test_exact_answers_are_not_done_again(sampler: ShadowSampler) -> None:
    exact = ExactIndex(IDENTITY)
    exact.add(np.arange(COUNT), draw_vectors(COUNT, seed=1))
    search(sampler, exact, 2)
    sampler.close()
    assert sampler.live == LiveRecall()


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.2, 20, 60)])
def test_the_share_decides_how_many_are_chosen(index: Forgetful, share: float, least: int, most: int) -> None:
    sampler = ShadowSampler(share, seed=5)
    for seed in range(200):
        search(sampler, index, seed)
        sampler.close()  # waits for what was chosen; the next one starts another thread
    assert least <= sampler.live.searches <= most


def test_a_visitor_never_waits(sampler: ShadowSampler, index: Forgetful) -> None:
    go_on = threading.Event()

    class Slow(Forgetful):
        def search(
            self, queries: Vectors, k: int, *, allow: Ids | None = None, effort: float | None = None
        ) -> Neighbours:
            if effort == 1.0:
                go_on.wait()
            return super().search(queries, k, allow=allow, effort=effort)

    slow = Slow(IDENTITY)
    slow.add(np.arange(COUNT), draw_vectors(COUNT, seed=1))
    for seed in range(20):
        search(sampler, slow, seed)
    assert sampler.live.left_out >= 15  # one at work, four waiting
    go_on.set()
    sampler.close()
    assert sampler.live.searches + sampler.live.left_out == 20


def test_a_failure_is_told_and_the_next_search_counts(
    sampler: ShadowSampler, index: Forgetful, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Forgetful):
        def search(
            self, queries: Vectors, k: int, *, allow: Ids | None = None, effort: float | None = None
        ) -> Neighbours:
            if effort == 1.0:
                raise IndexUnavailable("the server went away")
            return super().search(queries, k, allow=allow, effort=effort)

    broken = Broken(IDENTITY)
    broken.add(np.arange(COUNT), draw_vectors(COUNT, seed=1))
    search(sampler, broken, 2)
    search(sampler, index, 3)
    sampler.close()
    assert (sampler.live.searches, sampler.live.left_out) == (1, 1)
    assert "the server went away" in caplog.text
