"""Does a small share of searches again, exactly, beside the serving: what the index finds of what its visitors seek."""

import logging
import queue
import random
import threading
from dataclasses import dataclass, replace

import numpy as np

from errors import RetraceError
from search.vector_index.contract import NO_ID, Ids, Neighbours, VectorIndex, Vectors

_log = logging.getLogger(__name__)

_WAITING = 4
"""Searches that may wait to be done again: where visitors come faster than that, the rest is left out."""


@dataclass(frozen=True, slots=True)
class LiveRecall:
    """What searches that were done again found.

    Attributes:
        searches: done again.
        wanted: neighbours that the exact searches found.
        found: how many of these the index had found too.
        left_out: searches that were chosen, but would have waited too long or failed.
    """

    searches: int = 0
    wanted: int = 0
    found: int = 0
    left_out: int = 0

    @property
    def recall(self) -> float | None:
        """Share that was found, 0..1; None before there is anything to tell."""
        return self.found / self.wanted if self.wanted else None


@dataclass(frozen=True, slots=True)
class _Search:
    """A search and its answer; nothing of either is kept once it was done again."""

    index: VectorIndex
    queries: Vectors
    k: int
    allow: Ids | None
    found: Neighbours


class ShadowSampler:
    """Chooses searches at random and does them again in one thread, which starts with the first one chosen."""

    def __init__(self, share: float, seed: int | None = None) -> None:
        """Choose this share of searches.

        Args:
            share: 0..1.
            seed: of the choice; None for another one every time.
        """
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 - nothing secret hangs on it
        self._waiting: queue.Queue[_Search | None] = queue.Queue(_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._live = LiveRecall()

    @property
    def live(self) -> LiveRecall:
        """What was found so far, since this process started."""
        return self._live

    def offer(self, index: VectorIndex, queries: Vectors, k: int, allow: Ids | None, found: Neighbours) -> None:
        """Consider an answered search; it costs the visitor nothing but a random number."""
        if found.report.exact or self._random.random() >= self._share:
            return
        with self._starting:  # not before the first search: threads do not survive the fork that makes a web process
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait(_Search(index, queries, k, allow, found))
        except queue.Full:
            self._live = replace(self._live, left_out=self._live.left_out + 1)

    def close(self) -> None:
        """Do what waits, then end the thread."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while (search := self._waiting.get()) is not None:
            try:
                self._count(search)
            except RetraceError as exc:  # such as a server that does not answer: the next one may
                self._live = replace(self._live, left_out=self._live.left_out + 1)
                _log.warning("A search could not be done again exactly: %s", exc)

    def _count(self, search: _Search) -> None:
        exact = search.index.search(search.queries, search.k, allow=search.allow, effort=1.0)
        if not exact.report.exact:  # an index elsewhere that has no exact scan
            self._live = replace(self._live, left_out=self._live.left_out + 1)
            return
        wanted = found = 0
        for true_ids, ids in zip(exact.ids, search.found.ids, strict=True):
            there = true_ids[true_ids != NO_ID]
            wanted += len(there)
            found += int(np.isin(there, ids).sum())
        before = self._live
        self._live = LiveRecall(before.searches + 1, before.wanted + wanted, before.found + found, before.left_out)
