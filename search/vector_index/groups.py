"""Groups of rows that share the leading bits of their signatures, and which of them a query looks into.

A vector near the query differs from it first in the bits whose projections lie nearest to their thresholds. Groups are
looked into in the order of what their differing bits cost: the sum of the squares of the query's own distances to
those thresholds (Lv et al., Multi-probe LSH, 2007).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROWS_A_GROUP = 768
"""Smaller groups cost more in finding them than they save; larger ones hold more that is not near."""
MOST_BITS = 16


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

    def probe(self, projections: NDArray[np.float32], rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the slices of rows to look at, as starts and stops, ascending, at least so many rows in all.

        Args:
            projections: of the query, float32 (at least bits,), how far it lies above each threshold.
            rows: wanted; all are returned where there are fewer.
        """
        probed = self.probed(projections, rows)
        gaps = np.flatnonzero(np.diff(probed) > 1)  # neighbouring groups are read as one
        first, last = np.concatenate([[0], gaps + 1]), np.concatenate([gaps, [len(probed) - 1]])
        starts, stops = self.starts[probed[first]], self.starts[probed[last] + 1]
        held = stops > starts
        return starts[held], stops[held]

    def probed(self, projections: NDArray[np.float32], rows: int) -> NDArray[np.int64]:
        """Return the groups to look into, ascending, for at least so many rows in all; the arguments of `probe`."""
        own, costs = probe_costs(projections[: self.bits])
        order = np.argsort(costs, kind="stable") ^ own
        sizes = np.diff(self.starts)[order]
        return np.sort(order[: int(np.searchsorted(np.cumsum(sizes), rows)) + 1])


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


def probe_costs(projections: NDArray[np.float32]) -> tuple[int, NDArray[np.float32]]:
    """Return the query's own group, and what each difference from it costs: a group's is at its number ^ the own.

    Args:
        projections: float32 (bits,).
    """
    costs = np.zeros(1, np.float32)
    for distance in projections * projections:  # each bit in turn: what is the same in it, then what differs
        costs = np.concatenate([costs, costs + distance])
    own = int((projections > 0) @ (1 << np.arange(len(projections))))
    return own, costs
