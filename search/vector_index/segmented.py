"""What indexes in this process's memory share: how rows come, go and are kept while others read."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from errors import ContractBroken
from search.vector_index.arguments import checked_addition, checked_id_set, checked_queries
from search.vector_index.arrangement import Arrangement, arrange_by_id
from search.vector_index.coder import Words
from search.vector_index.contract import Ids, IndexIdentity, IndexMemory, Neighbours, Rows, Vectors
from search.vector_index.half_precision import Halves, widen
from search.vector_index.segment import GrowingRows, Rowset, Segment
from search.vector_index.snapshot import OpenedSnapshot, Snapshot, open_snapshot, write_snapshot

CodingT = TypeVar("CodingT")


@dataclass(frozen=True, slots=True)
class State(Generic[CodingT]):
    """What a reader sees, all of one moment.

    Attributes:
        rowset: the rows.
        coding: what the method knows about them, such as how their signatures are made.
    """

    rowset: Rowset
    coding: CodingT


class SegmentedIndex(ABC, Generic[CodingT]):
    """Rows in a base, which may be mapped from a snapshot, and a delta of what came since.

    Every change builds a new immutable State and puts it in place by one assignment, which is atomic: readers take
    the State once and see the set as it was before or after a change. Writers take turns.
    """

    method: ClassVar[str]
    removed_share: ClassVar[float] = 0.25
    """Removed rows cost time in every search; past this share of all rows they are dropped."""
    removed_at_least: ClassVar[int] = 8192
    """Fewer removed rows than this are never worth a copy of the rest."""
    delta_share: ClassVar[float] = 0.5
    """Past this share of the base the delta is merged into it: a row is copied about three times in its life."""
    delta_at_least: ClassVar[int] = 8192
    """A smaller delta is never worth a copy of the base."""

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
        self._is_filling = False
        nothing = Segment.empty(identity.dim, words)
        self._state = State(Rowset(nothing, nothing), self._first_coding())

    def __len__(self) -> int:
        """Return how many vectors it holds."""
        return self._state.rowset.live

    def ids(self) -> Ids:
        """Return the ids it holds, in ascending order."""
        rowset = self._state.rowset
        return rowset.ids(rowset.rows_by_id())

    def vectors(self, ids: Ids) -> tuple[Ids, Vectors]:
        """Return those of `ids` that it holds, ascending, and their vectors as kept, float32 (n, dim)."""
        rowset = self._state.rowset
        rows = rowset.rows_of(checked_id_set(ids))
        found = rowset.ids(rows)
        order = np.argsort(found, kind="stable")
        return found[order], widen(rowset.halves(rows[order]))

    @property
    def memory(self) -> IndexMemory:
        """What it occupies now."""
        rowset, mapped = self._state.rowset, self._mapped_bytes
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
        with self._writing:
            rowset = self._state.rowset
            words = self._sign(self._state.coding, new.halves)
            base, delta = rowset.base.without(new.ids), rowset.delta.without(new.ids)
            if len(delta) and new.ids[0] <= delta.ids[-1]:  # rare: ids of a catalogue grow
                delta = self._interleaved(delta, Segment.of(new.ids, new.halves, words))
            else:
                delta = self._growing.append(delta, new.ids, new.halves, words)
            self._put(Rowset(base, delta))

    def fill(self, batches: Iterable[tuple[Ids, Vectors]]) -> None:
        """Add many vectors before anybody asks for them, batch by batch.

        They are compacted once, by what comes next: `save`, `compact` or another change. Till then a search scores
        all of them.

        Args:
            batches: ids and vectors as `add` takes them.
        Raises:
            DescriptorShapeError: as `add`; the batches before it are held.
        """
        self._is_filling = True
        try:
            for ids, vectors in batches:
                self.add(ids, vectors)
        finally:
            self._is_filling = False

    def remove(self, ids: Ids) -> int:
        """Remove vectors and return how many were there; unknown ids are passed over."""
        ids = checked_id_set(ids)
        with self._writing:
            rowset = self._state.rowset
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
        state = self._state
        allowed = None if allow is None else np.sort(state.rowset.rows_of(checked_id_set(allow)))
        return self._search(state, queries, k, allowed, effort)

    def compact(self) -> None:
        """Drop removed rows and arrange the rest as searches read them best; it happens by itself as rows come and go.

        Readers go on meanwhile; writers wait.
        """
        with self._writing:
            self._state = self._compacted(self._state)

    def save(self, path: Path) -> None:
        """Write a snapshot directory beside `path`, then rename it there; a crash leaves nothing at `path`.

        Raises:
            StorageUnavailable: the folder cannot be written, or `path` is there already.
        """
        # The number first: rows that are newer than it are brought again by catching up, which changes nothing.
        change = self.change
        arrangement, coding = self._arranged(self._state)
        parameters, arrays = self._kept(coding)
        write_snapshot(path, Snapshot(self.method, parameters, self.identity, change), arrangement, arrays)

    @classmethod
    def open(cls, path: Path, identity: IndexIdentity) -> Self:
        """Open a snapshot without copying its vectors.

        Raises:
            SnapshotRefused: absent, damaged, or made for another identity, method or version.
        """
        opened = open_snapshot(path, cls.method, identity)
        index, coding = cls._restored(opened)
        index.change = opened.snapshot.change
        index._mapped_bytes = opened.rows.nbytes
        index._state = State(Rowset(opened.rows, Segment.empty(identity.dim, index.words)), coding)
        return index

    @abstractmethod
    def _search(
        self, state: State[CodingT], queries: Vectors, k: int, allowed: Rows | None, effort: float | None
    ) -> Neighbours:
        """Return the k nearest among the live rows, or among `allowed` (live rows, ascending) when given."""

    @abstractmethod
    def _first_coding(self) -> CodingT:
        """Return what is known about no rows."""

    def _sign(self, _coding: CodingT, halves: Halves) -> Words:
        """Return the signatures of vectors, uint64 (words, n)."""
        return np.empty((self.words, len(halves)), "<u8")

    def _arranged(self, state: State[CodingT]) -> tuple[Arrangement, CodingT]:
        """Return the live rows as searches read them best, and what is known about them then."""
        return arrange_by_id(state.rowset), state.coding

    def _kept(self, _coding: CodingT) -> tuple[Mapping[str, int], Mapping[str, NDArray[np.generic]]]:
        """Return the numbers and the arrays besides the rows that a snapshot must carry for the method to work on."""
        return {}, {}

    @classmethod
    @abstractmethod
    def _restored(cls, opened: OpenedSnapshot) -> tuple[Self, CodingT]:
        """Return an empty index with the parameters of a snapshot, and what the snapshot knows about its rows."""

    def _put(self, rowset: Rowset) -> None:
        """Make a Rowset the current one, compacted where it has become wasteful. The caller holds the lock."""
        state = State(rowset, self._state.coding)
        removed = rowset.size - rowset.live
        wasteful = removed >= max(self.removed_at_least, self.removed_share * rowset.size)
        lopsided = len(rowset.delta) >= max(self.delta_at_least, self.delta_share * len(rowset.base))
        self._state = self._compacted(state) if (wasteful or lopsided) and not self._is_filling else state

    def _compacted(self, state: State[CodingT]) -> State[CodingT]:
        arrangement, coding = self._arranged(state)
        base = arrangement.segment()
        self._growing = GrowingRows(self.identity.dim, self.words)
        self._mapped_bytes = 0
        return State(Rowset(base, Segment.empty(self.identity.dim, self.words)), coding)

    def _interleaved(self, delta: Segment, new: Segment) -> Segment:
        """Return the live rows of both in order of id, in new room, as readers may hold the old."""
        both = arrange_by_id(Rowset(delta, new)).segment()
        self._growing = GrowingRows(self.identity.dim, self.words)
        return self._growing.append(Segment.empty(self.identity.dim, self.words), both.ids, both.halves, both.words)
