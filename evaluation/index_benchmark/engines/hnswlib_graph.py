"""The graph of hnswlib (Malkov and Yashunin, 2018), by its authors; needs its environment."""

from pathlib import Path
from typing import Any

import numpy as np

from evaluation.index_benchmark.engines.engine import Ids, Vectors

_M = 16
_EF_CONSTRUCTION = 200
_ROOM = 100_000
"""For vectors that are added later: room must be asked for beforehand."""


class Hnswlib:
    """Its defaults; removed vectors are marked and stay in the graph."""

    can_add = True
    can_remove = True
    trained_on = 0
    settings = tuple(f"ef {width}" for width in (16, 32, 64, 128, 256, 512))

    def __init__(self, folder: Path, *, dim: int, size: int, threads: int) -> None:
        import hnswlib  # type: ignore[import-not-found,import-untyped,unused-ignore]  # in its environment alone

        self._path = str(folder / "index.hnsw")
        self._room = size + _ROOM
        self._threads = threads
        self._index: Any = hnswlib.Index(space="ip", dim=dim)
        self.built_as = f"hnswlib: M {_M}, ef_construction {_EF_CONSTRUCTION}"

    def train(self, sample: Vectors) -> None:
        """Make room."""
        self._index.init_index(self._room, M=_M, ef_construction=_EF_CONSTRUCTION)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors."""
        self._index.add_items(vectors, ids, num_threads=self._threads)

    def save(self) -> None:
        """Write the index to a file."""
        self._index.save_index(self._path)

    def open(self) -> None:
        """Read the file."""
        self._index.load_index(self._path, max_elements=self._room)

    def search(self, queries: Vectors, k: int, setting: str) -> Ids:
        """Search with a width of the beam."""
        self._index.set_ef(max(k, int(setting.removeprefix("ef "))))
        labels = self._index.knn_query(queries, k, num_threads=self._threads)[0]
        return np.asarray(labels, np.int64)

    def remove(self, ids: Ids) -> None:
        """Mark vectors as removed."""
        for one in ids.tolist():
            self._index.mark_deleted(one)
