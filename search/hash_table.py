"""Hamming distances between many PDQ hashes: exact, and for near ones without looking at most of them.

A hash is cut into 16 bands of 16 bits. Two hashes that differ in at most 31 bits differ in at most one bit of some
band, as 31 // 16 = 1: so whatever is that near lies in one of 17 buckets of one of the bands (multi-index hashing:
Norouzi, Punjani and Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012). Farther ones are found by
comparing all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from errors import BadRequest, DescriptorShapeError

HASH_BYTES = 32
BITS = 256
BANDS = 16
BANDED_DISTANCE = 2 * BANDS - 1
"""The greatest distance that the bands find for certain."""
LEAST_BANDED = 20_000
"""Hashes from which the bands are worth being made."""
_BUCKETS = 1 << 16
_FLIPS = np.array([0, *(1 << bit for bit in range(16))], np.uint16)
"""What a band may differ by: nothing, or one bit."""


@dataclass(frozen=True, slots=True)
class Near:
    """What is near to a hash, the nearest first, equals in the order of the table.

    Attributes:
        rows: int64 (m,), of the table.
        distances: int64 (m,), 0..256.
    """

    rows: NDArray[np.int64]
    distances: NDArray[np.int64]


class HashTable:
    """Hashes that are searched; never changed, so that threads may share one."""

    def __init__(self, hashes: NDArray[np.uint8]) -> None:
        """Take the hashes and, where they are many, put their rows in order of each band.

        Args:
            hashes: uint8 (n, 32).
        Raises:
            DescriptorShapeError: of another shape or type.
        """
        self._words = np.ascontiguousarray(_words(hashes).T)  # (4, n)
        self._orders: list[NDArray[np.uint32]] = []
        self._starts: list[NDArray[np.int64]] = []
        if len(hashes) >= LEAST_BANDED:
            bands = np.ascontiguousarray(hashes).view(np.uint16)  # (n, 16)
            for band in range(BANDS):
                values = np.ascontiguousarray(bands[:, band])
                self._orders.append(np.argsort(values, kind="stable").astype(np.uint32))
                counts = np.bincount(values, minlength=_BUCKETS)
                self._starts.append(np.concatenate([[0], np.cumsum(counts)]))

    def __len__(self) -> int:
        """Return how many hashes there are."""
        return int(self._words.shape[1])

    def near(self, queries: NDArray[np.uint8], max_distance: int) -> Iterator[Near]:
        """Yield what is near to each of some hashes, in their order.

        Args:
            queries: uint8 (q, 32).
            max_distance: 0..256.
        Raises:
            BadRequest: there is no such distance.
            DescriptorShapeError: the queries have another shape or type.
        """
        if not 0 <= max_distance <= BITS:
            raise BadRequest(f"expected a distance of 0 to {BITS} bits; received {max_distance}")
        words = _words(queries)
        bands = np.ascontiguousarray(queries).view(np.uint16)  # (q, 16)
        for query, own_bands in zip(words, bands, strict=True):
            rows = self._candidates(own_bands) if self._orders and max_distance <= BANDED_DISTANCE else None
            table = self._words if rows is None else self._words[:, rows]
            compared = np.bitwise_count(table ^ query[:, np.newaxis]).sum(axis=0, dtype=np.uint16)
            held = np.flatnonzero(compared <= max_distance)
            distances = compared[held].astype(np.int64)
            found = held.astype(np.int64) if rows is None else rows[held]
            order = np.lexsort((found, distances))
            yield Near(found[order], distances[order])

    def _candidates(self, own_bands: NDArray[np.uint16]) -> NDArray[np.int64]:
        """Return the rows that share a band with a hash but for one bit, each once, ascending."""
        pieces = []
        for band in range(BANDS):
            starts, values = self._starts[band], (own_bands[band] ^ _FLIPS).astype(np.int64)
            order = self._orders[band]
            pieces += [
                order[first:last]
                for first, last in zip(starts[values].tolist(), starts[values + 1].tolist(), strict=True)
                if first < last
            ]
        return np.unique(np.concatenate(pieces)).astype(np.int64) if pieces else np.empty(0, np.int64)


def _words(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return hashes as four words each.

    Raises:
        DescriptorShapeError: of another shape or type.
    """
    if hashes.ndim != 2 or hashes.shape[1] != HASH_BYTES or hashes.dtype != np.uint8:
        raise DescriptorShapeError(f"expected uint8 (n, {HASH_BYTES}); received {hashes.dtype} {hashes.shape}")
    return np.ascontiguousarray(hashes).view(np.uint64)
