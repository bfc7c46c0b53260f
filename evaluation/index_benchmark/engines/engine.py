"""What the benchmark asks of an index, whoever wrote it."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # (n, dim), rows of L2 norm 1
Ids = NDArray[np.int64]  # (n,)
NO_ID = -1


class Engine(Protocol):
    """An index in a folder of its own: built and saved by one process, opened and asked by another.

    Attributes:
        built_as: what it is and how it was built, for the table.
        settings: those of a search, from quick to thorough, by the name that the table shows.
        can_add, can_remove: whether it changes after it was built.
        trained_on: vectors that it learns from before any is added.
    """

    built_as: str
    settings: tuple[str, ...]
    can_add: bool
    can_remove: bool
    trained_on: int

    def __init__(self, folder: Path, *, dim: int, size: int, threads: int) -> None:
        """Load the library; nothing is built or read yet.

        Args:
            folder: of this index alone; it exists.
            dim: length of a vector.
            size: how many vectors the index is built of.
            threads: cores it may use.
        """
        ...

    def train(self, sample: Vectors) -> None:
        """Learn from some of the vectors, before any is added, what the index learns from vectors."""
        ...

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors under new, ascending ids."""
        ...

    def save(self) -> None:
        """End the build and write everything into the folder."""
        ...

    def open(self) -> None:
        """Open what `save` wrote."""
        ...

    def search(self, queries: Vectors, k: int, setting: str) -> Ids:
        """Return the ids of the k nearest by inner product of every query, (q, k), best first; NO_ID for none."""
        ...

    def remove(self, ids: Ids) -> None:
        """Remove vectors that it holds."""
        ...
