"""Rows as they shall lie together: what a compaction copies into memory and a snapshot writes to a file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from search.vector_index.coder import WORD_BITS, Coder, Words
from search.vector_index.contract import Ids, Rows
from search.vector_index.cores import on_every_core
from search.vector_index.groups import Groups, group_of, starts_of
from search.vector_index.half_precision import Halves
from search.vector_index.segment import Order, Rowset, Segment

_BLOCK_ROWS = 2048


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The live rows of a Rowset in a new order; vectors stay where they are until they are asked for.

    Attributes:
        source: where the vectors are.
        rows: of the source, in the new order.
        ids: ascending.
        words: in the new order.
        order: of the new rows; None where it is that of their ids.
    """

    source: Rowset
    rows: Rows
    ids: Ids
    words: Words
    order: Order | None

    def halves(self) -> Iterator[Halves]:
        """Yield the vectors in the new order, a block at a time."""
        for start in range(0, len(self.rows), _BLOCK_ROWS):
            yield self.source.halves(self.rows[start : start + _BLOCK_ROWS])

    def signed_by(self, coder: Coder) -> Self:
        """Return the same rows with signatures made anew, on every core."""
        words = np.empty((coder.bits // WORD_BITS, len(self.rows)), "<u8")

        def sign(start: int) -> None:
            rows = self.rows[start : start + _BLOCK_ROWS]
            words[:, start : start + len(rows)] = coder.sign(self.source.halves(rows))

        on_every_core(sign, range(0, len(self.rows), _BLOCK_ROWS))
        return replace(self, words=words)

    def segment(self) -> Segment:
        """Return all of it as one segment, copied."""
        halves = np.empty((len(self.rows), self.source.base.halves.shape[1]), "<f2")
        start = 0
        for block in self.halves():
            halves[start : start + len(block)] = block
            start += len(block)
        return Segment.of(self.ids, halves, self.words, self.order)


def arrange_by_id(source: Rowset) -> Arrangement:
    """Return the live rows in the order of their ids, with the signatures they have."""
    rows = source.rows_by_id()
    return Arrangement(source, rows, source.ids(rows), source.words(rows), None)


def arrange_by_group(by_id: Arrangement, bits: int) -> Arrangement:
    """Return rows that lie in the order of their ids group by group: by the leading bits of their signatures.

    Args:
        by_id: the rows.
        bits: that tell a group; none leaves them as they are.
    """
    if not bits:
        return by_id
    groups = group_of(by_id.words[0], bits)
    rank_of = np.argsort(groups, kind="stable").astype(np.int32)
    row_of = np.empty(len(rank_of), np.int32)
    row_of[rank_of] = np.arange(len(rank_of), dtype=np.int32)
    words = np.empty_like(by_id.words)
    for number, word in enumerate(by_id.words):  # one at a time: each is read at random, and fits a cache
        words[number] = word[rank_of]
    order = Order(row_of, rank_of, Groups(starts_of(groups, bits)))
    return Arrangement(by_id.source, by_id.rows[rank_of], by_id.ids, words, order)
