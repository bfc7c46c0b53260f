"""Searches the catalogue by PDQ hash alone, and follows its changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.hashes import Hashes, HashRows
from search.hash_table import HashTable

REBUILD_FROM = 10_000
REBUILD_SHARE = 0.1
"""How much may have been added or removed beside the table, in rows and as a share of it, before it is made anew."""


@dataclass(frozen=True, slots=True)
class HashNear:
    """The pictures near to a hash, the nearest first, equals in order of id.

    Attributes:
        total: how many there are.
        ids: of the pictures, or of as many as were wanted.
        distances: in how many of 256 bits each differs.
    """

    total: int
    ids: tuple[int, ...]
    distances: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    """The hashes as they stood after a change.

    Attributes:
        ids: int64 (n,), row for row with the table.
        later: those that were added since; `removed`: ids that are gone of either.
    """

    change: int
    ids: NDArray[np.int64]
    table: HashTable
    later: HashRows
    later_table: HashTable
    removed: frozenset[int]


class LiveHashes:
    """The hashes of a catalogue, in 32 bytes a picture and as much again for their order; threads may share one."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Read nothing yet.

        Args:
            catalogue: that is followed.
        """
        self._catalogue = catalogue
        self._hashes = Hashes(catalogue.database)
        self._held: _Held | None = None
        self._lock = Lock()

    def search(self, hashes: Sequence[bytes], max_distance: int, *, most: int | None = None) -> Iterator[HashNear]:
        """Yield the pictures near to each of some hashes, in their order, of one state of the catalogue.

        Args:
            hashes: 32 bytes each.
            max_distance: 0..256.
            most: pictures that are wanted of each; None for all.
        Raises:
            CatalogueUnavailable: the database cannot answer.
            BadRequest: there is no such distance.
        """
        held = self._caught_up()
        queries = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32)
        gone = np.array(sorted(held.removed), np.int64)
        pairs = zip(held.table.near(queries, max_distance), held.later_table.near(queries, max_distance), strict=True)
        for first, second in pairs:
            ids = np.concatenate([held.ids[first.rows], held.later.ids[second.rows]])
            distances = np.concatenate([first.distances, second.distances])
            there = ~np.isin(ids, gone)
            ids, distances = ids[there], distances[there]
            order = np.lexsort((ids, distances))[:most]
            yield HashNear(len(ids), tuple(ids[order].tolist()), tuple(distances[order].tolist()))

    def count(self) -> int:
        """Return how many pictures have a hash."""
        held = self._caught_up()
        return len(held.ids) + len(held.later.ids) - len(held.removed)

    def _caught_up(self) -> _Held:
        """Return the hashes as the catalogue has them now."""
        with self._lock:
            held = self._held
            if held is None or self._has_drifted(held):
                held = self._read()
            elif self._catalogue.last_change() != held.change:
                held = self._follow(held)
            self._held = held
            return held

    @staticmethod
    def _has_drifted(held: _Held) -> bool:
        """Return whether so much lies beside the table that it is better made anew."""
        beside = len(held.later.ids) + len(held.removed)
        return beside > max(REBUILD_FROM, REBUILD_SHARE * len(held.ids))

    def _read(self) -> _Held:
        """Read all hashes."""
        change, rows = self._hashes.snapshot()
        none = HashRows(np.empty(0, np.int64), np.empty((0, 32), np.uint8))
        return _Held(change, rows.ids, HashTable(rows.hashes), none, HashTable(none.hashes), frozenset())

    def _follow(self, held: _Held) -> _Held:
        """Take in what has changed since."""
        number, added, removed = held.change, set[int](), set[int]()
        while changes := self._catalogue.changes_after(number):
            number = changes[-1].number
            for change in changes:
                (added if change.kind == "added" else removed).add(change.image_id)
        # An id is given once: what was removed does not come back. What is gone by now is not read here either.
        fresh = self._hashes.of(added - removed)
        later = HashRows(np.concatenate([held.later.ids, fresh.ids]), np.concatenate([held.later.hashes, fresh.hashes]))
        known = {*held.ids[np.isin(held.ids, sorted(removed))].tolist(), *(set(later.ids.tolist()) & removed)}
        return _Held(number, held.ids, held.table, later, HashTable(later.hashes), held.removed | known)
