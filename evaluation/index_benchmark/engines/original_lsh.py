"""LSH as the project's ancestor used it: 10 bits, 5 hash tables, Euclidean distance, in the manner of lshash.

Written anew, as that package is no longer kept, and kinder to it than it was: vectors lie in one array, and distances
are taken of all candidates at once instead of one by one in Python.
"""

from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.index_benchmark.engines.engine import NO_ID, Ids, Vectors

BITS = 10
TABLES = 5
_SEED = 20160424
_FILES = ("planes", "keys", "vectors", "ids")


class OriginalLSH:
    """Independent random directions; whatever shares a whole bucket with the query in any table is compared."""

    built_as = f"lshash's algorithm: {BITS} bits, {TABLES} tables, Euclid"
    settings: tuple[str, ...] = (f"{BITS} bits, {TABLES} tables",)
    can_add = True
    can_remove = False
    trained_on = 0

    def __init__(self, folder: Path, *, dim: int, size: int, threads: int) -> None:
        self._folder = folder
        self._planes = np.random.default_rng(_SEED).standard_normal((TABLES, BITS, dim), dtype=np.float32)
        self._tables: tuple[dict[int, list[int]], ...] = tuple(defaultdict(list) for _ in range(TABLES))
        self._vectors: Vectors = np.empty((0, dim), np.float32)
        self._waiting: list[Vectors] = []
        self._keys: list[NDArray[np.int64]] = []
        self._ids: list[Ids] = []
        self._id_of_row: Ids = np.empty(0, np.int64)
        self._rows = 0

    def train(self, sample: Vectors) -> None:
        """Learn nothing."""

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Put vectors into their buckets."""
        self._put(self._hash(vectors))
        self._waiting.append(vectors)
        self._ids.append(ids)

    def save(self) -> None:
        """Write vectors and keys."""
        self._settle()
        arrays: tuple[NDArray[np.generic], ...] = (
            self._planes,
            np.concatenate(self._keys),
            self._vectors,
            self._id_of_row,
        )
        for name, array in zip(_FILES, arrays, strict=True):
            np.save(self._folder / f"{name}.npy", array, allow_pickle=False)

    def open(self) -> None:
        """Read vectors and keys and fill the buckets."""
        self._planes, keys, self._vectors, self._id_of_row = (
            np.load(self._folder / f"{name}.npy", allow_pickle=False) for name in _FILES
        )
        self._put(keys)

    def search(self, queries: Vectors, k: int, setting: str) -> Ids:
        """Compare every query with what shares a bucket with it."""
        self._settle()
        found = np.full((len(queries), k), NO_ID, np.int64)
        for number, (query, keys) in enumerate(zip(queries, self._hash(queries), strict=True)):
            sharing = {row for table, key in zip(self._tables, keys, strict=True) for row in table.get(int(key), ())}
            rows = np.fromiter(sharing, np.intp, len(sharing))
            distances = ((self._vectors[rows] - query) ** 2).sum(axis=1)
            nearest = np.argsort(distances, kind="stable")[:k]
            found[number, : len(nearest)] = self._id_of_row[rows[nearest]]
        return found

    def remove(self, ids: Ids) -> None:
        """Not offered by lshash."""
        raise NotImplementedError("lshash removes nothing")

    def _hash(self, vectors: Vectors) -> NDArray[np.int64]:
        """Return the key of each vector in each table, int64 (n, tables)."""
        signs = vectors @ self._planes.reshape(TABLES * BITS, -1).T > 0  # (n, tables * bits)
        keys: NDArray[np.int64] = signs.reshape(-1, TABLES, BITS) @ (1 << np.arange(BITS))
        return keys

    def _put(self, keys: NDArray[np.int64]) -> None:
        for table, column in zip(self._tables, keys.T, strict=True):
            for row, key in enumerate(column.tolist(), start=self._rows):
                table[key].append(row)
        self._keys.append(keys)
        self._rows += len(keys)

    def _settle(self) -> None:
        """Lay new vectors behind the old ones."""
        if self._waiting:
            self._vectors = np.concatenate([self._vectors, *self._waiting])
            self._id_of_row = np.concatenate([self._id_of_row, *self._ids])
            self._waiting, self._ids = [], []
