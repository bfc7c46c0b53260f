"""Rows of an index: ids, vectors and signatures side by side; a segment never changes once a reader has seen it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from search.vector_index.coder import Words
from search.vector_index.contract import Ids, Rows
from search.vector_index.groups import Groups
from search.vector_index.half_precision import Halves

Numbers = NDArray[np.int32]  # (n,), rows by number

_GROWTH = 4
"""Times the room for appended rows when it is full: doubling copies each of a million rows once, this a third."""


@dataclass(frozen=True, slots=True)
class Order:
    """How rows lie that do not lie in the order of their ids.

    Attributes:
        row_of: int32 (n,), the row of the n-th smallest id.
        rank_of: int32 (n,), of each row, how many ids are smaller.
        groups: where runs of rows begin that a query may look at or leave out.
    """

    row_of: Numbers
    rank_of: Numbers
    groups: Groups

    @property
    def nbytes(self) -> int:
        """Bytes of all of it."""
        return self.row_of.nbytes + self.rank_of.nbytes + self.groups.starts.nbytes


@dataclass(frozen=True, slots=True)
class Segment:
    """Immutable rows, some of them removed.

    Attributes:
        ids: int64 (n,), ascending: those of the rows, in their order or as `order` says.
        halves: float16 (n, dim), by row.
        words: uint64 (words, n), by row; no words in an index without signatures.
        alive: bool (n,), by row, False where one is removed; None while none is.
        live: rows that are not removed.
        order: None where rows lie in the order of their ids.
    """

    ids: Ids
    halves: Halves
    words: Words
    alive: NDArray[np.bool_] | None
    live: int
    order: Order | None = None

    @classmethod
    def of(cls, ids: Ids, halves: Halves, words: Words, order: Order | None = None) -> Self:
        """Return a segment with nothing removed."""
        return cls(ids, halves, words, None, len(ids), order)

    @classmethod
    def empty(cls, dim: int, words: int) -> Self:
        """Return a segment without rows."""
        return cls.of(np.empty(0, np.int64), np.empty((0, dim), "<f2"), np.empty((words, 0), "<u8"))

    def __len__(self) -> int:
        """Return how many rows there are, removed ones too."""
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        """Bytes of ids, vectors, signatures and order."""
        order = 0 if self.order is None else self.order.nbytes
        return self.ids.nbytes + self.halves.nbytes + self.words.nbytes + order

    def ids_of(self, rows: Rows) -> Ids:
        """Return the ids of rows, in their order."""
        return self.ids[rows if self.order is None else self.order.rank_of[rows]]

    def rows_of(self, ids: Ids) -> Rows:
        """Return the live rows of those `ids` (ascending, unique) that are here, in the order of the ids."""
        if not len(self.ids) or not len(ids):
            return np.empty(0, np.intp)
        ranks: Rows = np.searchsorted(self.ids, ids)
        ranks[ranks == len(self.ids)] = 0  # beyond the last id: any whose id differs
        ranks = ranks[self.ids[ranks] == ids]
        return self._living(ranks if self.order is None else self.order.row_of[ranks].astype(np.intp))

    def rows_by_id(self) -> Rows:
        """Return the rows that are not removed, in ascending order of their ids."""
        return self._living(np.arange(len(self.ids)) if self.order is None else self.order.row_of.astype(np.intp))

    def without(self, ids: Ids) -> "Segment":
        """Return the segment with the rows of `ids` (ascending, unique) removed; itself where there are none."""
        rows = self.rows_of(ids)
        if not len(rows):
            return self
        alive = np.ones(len(self.ids), np.bool_) if self.alive is None else self.alive.copy()
        alive[rows] = False
        return replace(self, alive=alive, live=self.live - len(rows))

    def _living(self, rows: Rows) -> Rows:
        return rows if self.alive is None else rows[self.alive[rows]]


@dataclass(frozen=True, slots=True)
class Rowset:
    """Two segments read as one: rows of `base` first, rows of `delta` after them.

    An id is live in at most one of the two.

    Attributes:
        base: the bulk, memory-mapped when it comes from a snapshot.
        delta: what was added since.
    """

    base: Segment
    delta: Segment

    @property
    def size(self) -> int:
        """Rows, removed ones too."""
        return len(self.base) + len(self.delta)

    @property
    def live(self) -> int:
        """Rows that are not removed."""
        return self.base.live + self.delta.live

    def rows_of(self, ids: Ids) -> Rows:
        """Return the live rows of those `ids` (ascending, unique) that are here, in no order."""
        return self._joined([self.base.rows_of(ids), self.delta.rows_of(ids)])

    def rows_by_id(self) -> Rows:
        """Return the live rows in ascending order of their ids."""
        rows = self._joined([self.base.rows_by_id(), self.delta.rows_by_id()])
        if self.base.live and self.delta.live and self.base.ids[-1] > self.delta.ids[0]:
            rows = rows[np.argsort(self.ids(rows), kind="stable")]
        return rows

    def ids(self, rows: Rows) -> Ids:
        """Return the ids of rows, in their order."""
        if self._alone is not None:
            return self._alone.ids_of(rows)
        in_base, in_delta, split = self._split(rows)
        ids = np.empty(len(rows), np.int64)
        ids[split], ids[~split] = self.base.ids_of(in_base), self.delta.ids_of(in_delta)
        return ids

    def halves(self, rows: Rows) -> Halves:
        """Return the vectors of rows, in their order."""
        if self._alone is not None:
            return self._alone.halves.take(rows, axis=0)
        in_base, in_delta, split = self._split(rows)
        halves = np.empty((len(rows), self.base.halves.shape[1]), "<f2")
        halves[split], halves[~split] = self.base.halves[in_base], self.delta.halves[in_delta]
        return halves

    def word(self, number: int, rows: Rows) -> NDArray[np.uint64]:
        """Return one word of the signatures of rows, in their order."""
        words: NDArray[np.uint64]
        if self._alone is not None:
            words = self._alone.words[number].take(rows)
            return words
        in_base, in_delta, split = self._split(rows)
        words = np.empty(len(rows), "<u8")
        words[split], words[~split] = self.base.words[number][in_base], self.delta.words[number][in_delta]
        return words

    def words(self, rows: Rows) -> Words:
        """Return the signatures of rows, in their order, uint64 (words, n)."""
        words = np.empty((len(self.base.words), len(rows)), "<u8")
        for number in range(len(words)):
            words[number] = self.word(number, rows)
        return words

    @property
    def _alone(self) -> Segment | None:
        """The segment that all rows are of; None where both have some."""
        if not len(self.delta):
            return self.base
        return None if len(self.base) else self.delta

    def _split(self, rows: Rows) -> tuple[Rows, Rows, NDArray[np.bool_]]:
        """Return rows of the base, rows of the delta, and which is which."""
        split = rows < len(self.base)
        return rows[split], rows[~split] - len(self.base), split

    def _joined(self, parts: Sequence[Rows]) -> Rows:
        base, delta = parts
        if not len(delta):
            return base
        return np.concatenate([base, delta + len(self.base)])


class GrowingRows:
    """Room for rows that are appended a few at a time; it grows by multiples: a row costs the same however many come.

    Room that no row has used yet is not in memory: the system gives a page when it is first written.

    Rows handed out are views; appending writes behind them, so that readers of earlier views see no change.
    """

    def __init__(self, dim: int, words: int) -> None:
        """Start with no rows and no room."""
        self._rows = Segment.empty(dim, words)
        self._room = self._used = 0
        self._ids, self._halves, self._words = self._rows.ids, self._rows.halves, self._rows.words

    def append(self, seen: Segment, ids: Ids, halves: Halves, words: Words) -> Segment:
        """Return `seen`, the last segment handed out or one with more of its rows removed, with rows appended.

        Args:
            seen: what to append to.
            ids: int64 (n,), ascending, above those of `seen`.
            halves: float16 (n, dim).
            words: uint64 (words, n).
        """
        start, end = len(seen), len(seen) + len(ids)
        if end > self._room:
            self._grow(seen, max(end, _GROWTH * self._room, 1024))
        self._used = end
        self._ids[start:end], self._halves[start:end], self._words[:, start:end] = ids, halves, words
        alive = None if seen.alive is None else np.concatenate([seen.alive, np.ones(len(ids), np.bool_)])
        return Segment(
            self._ids[:end], self._halves[:end], self._words[:, :end], alive=alive, live=seen.live + len(ids)
        )

    @property
    def nbytes(self) -> int:
        """Bytes of the room that was used."""
        room = self._ids.nbytes + self._halves.nbytes + self._words.nbytes
        return room * self._used // max(1, self._room)

    def _grow(self, seen: Segment, room: int) -> None:
        ids, halves = np.empty(room, np.int64), np.empty((room, seen.halves.shape[1]), "<f2")
        words = np.empty((len(seen.words), room), "<u8")
        used = len(seen)
        ids[:used], halves[:used], words[:, :used] = seen.ids, seen.halves, seen.words
        self._ids, self._halves, self._words, self._room = ids, halves, words, room
