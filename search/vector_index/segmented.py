"""What indexes in this process's memory share: how rows come, go and are kept while others read."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from errors import ContractBroken
from search.vector_index.arguments import checked_addition, checked_id_set, checked_queries
from search.vector_index.contract import Ids, IndexIdentity, IndexMemory, Neighbours, Rows, Vectors
from search.vector_index.half_precision import Halves, widen
from search.vector_index.segment import GrowingRows, Rowset, Segment, Words
from search.vector_index.snapshot import OpenedSnapshot, Snapshot, open_snapshot, write_snapshot


class SegmentedIndex(ABC):
    """Rows in a base, which may be mapped from a snapshot, and a delta of what came since.

    Every change builds a new immutable Rowset and puts it in place by one assignment, which is atomic: readers take
    the Rowset once and see the set as it was before or after a change. Writers take turns.
    """

    method: ClassVar[str]
    removed_share: ClassVar[float] = 0.25
    """Removed rows cost time in every search; past this share of all rows they are dropped."""
    removed_at_least: ClassVar[int] = 8192
    """Fewer removed rows than this are never worth a copy of the rest."""
    delta_share: ClassVar[float] = 0.5
    """Past this share of the base the delta is merged into it: a row is copied about three times in its life."""
    delta_at_least: ClassVar[int] = 65_536
    """A smaller delta is never worth a copy of the base: reading it costs no more than reading the base."""

    def __init__(self, identity: IndexIdentity, *, words: int = 0) -> None:
        """Start empty, at change 0.

        Args:
            identity: what vectors it will hold.
            words: of a signature; none where the method needs no signatures.
        """
        self.identity = identity
        self.words = words
        self.change = 0
        self._writing = threading.Lock()
        self._growing = GrowingRows(identity.dim, words)
        self._mapped_bytes = 0
        nothing = Segment.empty(identity.dim, words)
        self._rowset = Rowset(nothing, nothing)

    def __len__(self) -> int:
        """Return how many vectors it holds."""
        return self._rowset.live

    def ids(self) -> Ids:
        """Return the ids it holds, in ascending order."""
        rowset = self._rowset
        return rowset.ids(rowset.rows_by_id())

    def vectors(self, ids: Ids) -> tuple[Ids, Vectors]:
        """Return those of `ids` that it holds, ascending, and their vectors as kept, float32 (n, dim)."""
        rowset = self._rowset
        rows = rowset.rows_of(checked_id_set(ids))
        found = rowset.ids(rows)
        order = np.argsort(found, kind="stable")
        return found[order], widen(rowset.halves(rows[order]))

    @property
    def memory(self) -> IndexMemory:
        """What it occupies now."""
        rowset, mapped = self._rowset, self._mapped_bytes
        masks = sum(segment.alive.nbytes for segment in (rowset.base, rowset.delta) if segment.alive is not None)
        private = rowset.base.nbytes - mapped + self._growing.nbytes + masks
        return IndexMemory(mapped_bytes=mapped, private_bytes=private)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors; an id that is there already gets the new vector.

        Args:
            ids: int64 (n,), unique.
            vectors: float32 (n, dim), L2 norm 1; kept as float16.
        Raises:
            DescriptorShapeError: wrong shape, dtype or norm, ids repeated or negative.
        """
        new = checked_addition(ids, vectors, self.identity.dim)
        if not len(new.ids):
            return
        words = self._sign(new.halves)
        with self._writing:
            rowset = self._rowset
            base, delta = rowset.base.without(new.ids), rowset.delta.without(new.ids)
            if len(delta) and new.ids[0] <= delta.ids[-1]:  # rare: ids of a catalogue grow
                delta = self._interleaved(delta, Segment.of(new.ids, new.halves, words))
            else:
                delta = self._growing.append(delta, new.ids, new.halves, words)
            self._put(Rowset(base, delta))

    def remove(self, ids: Ids) -> int:
        """Remove vectors and return how many were there; unknown ids are passed over."""
        ids = checked_id_set(ids)
        with self._writing:
            rowset = self._rowset
            left = Rowset(rowset.base.without(ids), rowset.delta.without(ids))
            removed = rowset.live - left.live
            if removed:
                self._put(left)
        return removed

    def search(self, queries: Vectors, k: int, *, allow: Ids | None = None, effort: float | None = None) -> Neighbours:
        """Return the k nearest of every query.

        Args:
            queries: float32 (q, dim), L2 norm 1.
            k: how many, at least 1.
            allow: when given, only these ids may be returned (unknown ones are passed over); as many of them as exist
                are returned, up to k.
            effort: 0 is the least work, 1 scores everything exactly; None is the index's own choice.
        Raises:
            DescriptorShapeError: wrong shape, dtype or norm.
            ContractBroken: effort outside 0..1.
        """
        queries = checked_queries(queries, k, self.identity.dim)
        if effort is not None and not 0 <= effort <= 1:
            raise ContractBroken(f"expected an effort in 0..1; received {effort}")
        rowset = self._rowset
        allowed = None if allow is None else rowset.rows_of(checked_id_set(allow))
        return self._search(rowset, queries, k, allowed, effort)

    def save(self, path: Path) -> None:
        """Write a snapshot directory beside `path`, then rename it there; a crash leaves nothing at `path`.

        Raises:
            StorageUnavailable: the folder cannot be written, or `path` is there already.
        """
        # The number first: rows that are newer than it are brought again by catching up, which changes nothing.
        change = self.change
        rowset = self._rowset
        snapshot = Snapshot(self.method, self._parameters(), self.identity, change)
        write_snapshot(path, snapshot, rowset, self._own_arrays())

    @classmethod
    def open(cls, path: Path, identity: IndexIdentity) -> Self:
        """Open a snapshot without copying its vectors.

        Raises:
            SnapshotRefused: absent, damaged, or made for another identity, method or version.
        """
        opened = open_snapshot(path, cls.method, identity)
        index = cls._restored(opened)
        index.change = opened.snapshot.change
        index._mapped_bytes = opened.rows.nbytes
        index._rowset = Rowset(opened.rows, Segment.empty(identity.dim, index.words))
        return index

    @abstractmethod
    def _search(
        self, rowset: Rowset, queries: Vectors, k: int, allowed: Rows | None, effort: float | None
    ) -> Neighbours:
        """Return the k nearest among the live rows, or among `allowed` (live rows, ascending) when given."""

    def _sign(self, halves: Halves) -> Words:
        """Return the signatures of vectors, uint64 (words, n)."""
        return np.empty((self.words, len(halves)), "<u8")

    def _parameters(self) -> Mapping[str, int]:
        """Return the numbers that a snapshot must carry for the method to work on."""
        return {}

    def _own_arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return the arrays besides the rows that a snapshot must carry."""
        return {}

    @classmethod
    def _restored(cls, opened: OpenedSnapshot) -> Self:
        """Return an empty index with the parameters and arrays of a snapshot."""
        return cls(opened.snapshot.identity)

    def _put(self, rowset: Rowset) -> None:
        """Make a Rowset the current one, compacted where it has become wasteful. The caller holds the lock."""
        removed = rowset.size - rowset.live
        wasteful = removed >= max(self.removed_at_least, self.removed_share * rowset.size)
        lopsided = len(rowset.delta) >= max(self.delta_at_least, self.delta_share * len(rowset.base))
        if wasteful or lopsided:
            rowset = Rowset(rowset.merged(), Segment.empty(self.identity.dim, self.words))
            self._growing = GrowingRows(self.identity.dim, self.words)
            self._mapped_bytes = 0
        self._rowset = rowset

    def _interleaved(self, delta: Segment, new: Segment) -> Segment:
        """Return the live rows of both in order of id, in new room, as readers may hold the old."""
        both = Rowset(delta, new).merged()
        self._growing = GrowingRows(self.identity.dim, self.words)
        return self._growing.append(Segment.empty(self.identity.dim, self.words), both.ids, both.halves, both.words)
