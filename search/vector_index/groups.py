"""Groups of rows that share the leading bits of their signatures, and which of them a query looks into.

A vector near the query differs from it first in the bits whose projections lie nearest to their thresholds. Groups are
looked into in the order of what their differing bits cost: the sum of the squares of the query's own distances to
those thresholds (Lv et al., Multi-probe LSH, 2007).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROWS_A_GROUP = 96
"""Smaller groups cost more in finding them than they save; larger ones hold more that is not near."""
MOST_BITS = 16
BLOCK_ROWS = 16
"""Rows read together: 128 bytes of a word."""
_LEVELS = 4095
"""Of cost: groups at one level are looked into together."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Where each group's rows lie, group after group.

    Attributes:
        starts: int64 (2 ** bits + 1,): rows starts[g] to starts[g + 1] have g as the lowest bits of their first word.
    """

    starts: NDArray[np.int64]

    @property
    def bits(self) -> int:
        """Leading bits that tell a group."""
        return (len(self.starts) - 1).bit_length() - 1

    def probe(self, projections: NDArray[np.float32], rows: int) -> NDArray[np.int64]:
        """Return the blocks of BLOCK_ROWS rows to look at, ascending, with at least so many rows in all.

        Groups are read in whole blocks, which costs a few rows that lie beside them and a tenth of the time that slices
        of a hundred rows take. Rows behind the last whole block are in none.

        Args:
            projections: of the query, float32 (at least bits,), how far it lies above each threshold.
            rows: wanted; all blocks are returned where there are fewer.
        """
        probed = self.probed(projections, rows)
        first = self.starts[probed] // BLOCK_ROWS
        last = np.minimum(-(-self.starts[probed + 1] // BLOCK_ROWS), self.starts[-1] // BLOCK_ROWS)
        np.maximum(first[1:], last[:-1], out=first[1:])  # a block of two groups is read once
        counts = np.maximum(last - first, 0)
        blocks: NDArray[np.int64] = np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        return blocks

    def probed(self, projections: NDArray[np.float32], rows: int) -> NDArray[np.int64]:
        """Return the groups to look into, ascending, for at least so many rows in all; the arguments of `probe`."""
        costs = probe_costs(projections[: self.bits])
        # Counting the rows at each of some thousand levels of cost is several times faster than to put groups in order.
        levels = (costs / max(costs.max(), np.finfo(np.float32).tiny) * _LEVELS).astype(np.intp)
        held = np.cumsum(np.bincount(levels, weights=np.diff(self.starts)))
        return np.flatnonzero(levels <= np.searchsorted(held, rows))


def bits_for(rows: int) -> int:
    """Return how many leading bits shall tell the groups of an index of so many rows; 0 for no groups."""
    return min(MOST_BITS, max(0, (rows // ROWS_A_GROUP).bit_length() - 1))


def group_of(first_words: NDArray[np.uint64], bits: int) -> NDArray[np.uint16]:
    """Return the group of each row by the first word of its signature."""
    return (first_words & np.uint64(2**bits - 1)).astype(np.uint16)


def starts_of(groups: NDArray[np.uint16], bits: int) -> NDArray[np.int64]:
    """Return where each group starts once rows lie group after group, and where the last ends, (2 ** bits + 1,)."""
    starts = np.zeros(2**bits + 1, np.int64)
    np.cumsum(np.bincount(groups, minlength=2**bits), out=starts[1:])
    return starts


def probe_costs(projections: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what it costs to look into each group, float32 (2 ** bits,); nothing for the query's own.

    Args:
        projections: float32 (bits,).
    """
    costs = np.zeros(1, np.float32)
    for projection in projections:  # each bit in turn: the groups without it, then those with it
        differing = costs + projection * projection
        costs = np.concatenate([differing, costs] if projection > 0 else [costs, differing])
    return costs
