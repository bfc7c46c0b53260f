"""The graph of usearch (Vardanian, 2023); needs its environment."""

from pathlib import Path
from typing import Any

import numpy as np

from evaluation.index_benchmark.engines.engine import NO_ID, Ids, Vectors


class Usearch:
    """Its defaults but for float16, which it keeps and compares."""

    can_add = True
    can_remove = True
    trained_on = 0
    settings = tuple(f"expansion {width}" for width in (16, 32, 64, 128, 256, 512))

    def __init__(self, folder: Path, *, dim: int, size: int, threads: int) -> None:
        from usearch.index import Index  # type: ignore[import-not-found,unused-ignore]  # in its environment alone

        self._path = str(folder / "index.usearch")
        self._threads = threads
        self._index: Any = Index(ndim=dim, metric="ip", dtype="f16")
        self.built_as = (
            f"usearch: float16, connectivity {self._index.connectivity}, expansion {self._index.expansion_add}, "
            f"{self._index.hardware_acceleration} instructions"
        )

    def train(self, sample: Vectors) -> None:
        """Learn nothing."""

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors."""
        self._index.add(ids.astype(np.uint64), vectors, threads=self._threads)

    def save(self) -> None:
        """Write the index to a file."""
        self._index.save(self._path)

    def open(self) -> None:
        """Read the file."""
        self._index.load(self._path)

    def search(self, queries: Vectors, k: int, setting: str) -> Ids:
        """Search with a width of the beam."""
        self._index.expansion_search = int(setting.removeprefix("expansion "))
        answer = self._index.search(queries, k, threads=self._threads)
        keys = answer.keys.astype(np.int64).reshape(len(queries), -1)
        found = np.full((len(queries), k), NO_ID, np.int64)
        found[:, : keys.shape[1]] = keys
        counts = np.reshape(getattr(answer, "counts", len(answer)), (-1, 1))
        found[np.arange(k)[None] >= counts] = NO_ID
        return found

    def remove(self, ids: Ids) -> None:
        """Remove vectors."""
        self._index.remove(ids.astype(np.uint64))
