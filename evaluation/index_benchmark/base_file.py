"""The enlarged base as a file that grows: real descriptors first, then blocks of drawn ones, float16."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import StorageUnavailable
from evaluation.index_benchmark.local_mixture import BLOCK, LocalMixture
from search.vector_index.half_precision import Halves, widen

_HALF = 2
_OTHER_BLOCK = 2**31
"""Number of the block that is in no base: what is added to finished indexes."""


class BaseFile:
    """A base of any size is the beginning of the largest, so that one file serves all sizes.

    No more than a block is in memory at a time.
    """

    def __init__(self, path: Path, real: NDArray[np.float32], seed: int) -> None:
        """Keep where it is; nothing is drawn yet.

        Args:
            path: of the file, of these descriptors and this seed alone; a half-written block at its end is cut off.
            real: (n, dim), L2 norm 1.
            seed: of what is drawn.
        """
        self.path = path
        self._real, self._seed = real, seed
        self._mixture: LocalMixture | None = None

    def grow(self, rows: int) -> None:
        """Draw what is missing of so many rows.

        Raises:
            StorageUnavailable: the file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                kept = self._whole_rows(file.tell())
                file.truncate(kept * self._row_bytes)
                if not kept:
                    self._real.astype("<f2").tofile(file)
                    kept = len(self._real)
                while kept < rows:
                    self.mixture.draw((kept - len(self._real)) // BLOCK).tofile(file)
                    kept += BLOCK
        except OSError as exc:
            raise StorageUnavailable(f"{self.path} cannot be written: {exc.strerror}") from exc

    def draw_others(self) -> Halves:
        """Return a block that is in no base, float16 (BLOCK, dim)."""
        return self.mixture.draw(_OTHER_BLOCK)

    def blocks(self, rows: int, *, first: int = 0) -> Iterator[NDArray[np.float32]]:
        """Yield rows from `first` up to `rows`, float32, a block at a time."""
        dim = self._real.shape[1]
        for start in range(first, rows, BLOCK):
            count = min(BLOCK, rows - start)
            halves = np.fromfile(self.path, "<f2", count * dim, offset=start * self._row_bytes)
            yield widen(halves.reshape(count, dim))

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return some rows of those that were drawn, float32."""
        mapped = np.memmap(self.path, "<f2", mode="r").reshape(-1, self._real.shape[1])
        return widen(mapped[rows])

    @property
    def mixture(self) -> LocalMixture:
        """What draws; it is made when first needed."""
        if self._mixture is None:
            self._mixture = LocalMixture(self._real, self._seed)
        return self._mixture

    @property
    def _row_bytes(self) -> int:
        return _HALF * int(self._real.shape[1])

    def _whole_rows(self, size_bytes: int) -> int:
        """Return how many rows of whole blocks a file of this size holds."""
        drawn = size_bytes // self._row_bytes - len(self._real)
        return len(self._real) + drawn // BLOCK * BLOCK if drawn >= 0 else 0
