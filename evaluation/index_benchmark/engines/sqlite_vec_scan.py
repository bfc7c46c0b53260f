"""The virtual table of sqlite-vec (Garcia, 2024), an exact scan in SQLite; needs its environment.

Through apsw, which carries an SQLite of its own: many Pythons are built without loading of extensions.
"""

from pathlib import Path
from typing import Any

import numpy as np

from evaluation.index_benchmark.engines.engine import NO_ID, Ids, Vectors

_ASK = "SELECT rowid FROM base WHERE vector MATCH ? AND k = ?"


class SqliteVec:
    """Float32, cosine distance: the table has no inner product, and the vectors' norm is 1."""

    can_add = True
    can_remove = True
    trained_on = 0
    settings: tuple[str, ...] = ("all",)

    def __init__(self, folder: Path, *, dim: int, size: int, threads: int) -> None:
        import apsw  # type: ignore[import-not-found,unused-ignore]  # in its environment alone
        import sqlite_vec  # type: ignore[import-not-found,unused-ignore]  # in its environment alone

        self._base: Any = apsw.Connection(str(folder / "base.sqlite"))
        self._base.enable_load_extension(True)  # its signature
        self._base.load_extension(sqlite_vec.loadable_path())
        self._base.pragma("journal_mode", "wal")
        self._base.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS base USING vec0(vector float[{dim}] distance_metric=cosine)"
        )
        self.built_as = f"sqlite-vec {next(self._base.execute('SELECT vec_version()'))[0]}: vec0, float32"

    def train(self, sample: Vectors) -> None:
        """Learn nothing."""

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Insert rows, one transaction."""
        rows = ((one, vector.tobytes()) for one, vector in zip(ids.tolist(), vectors, strict=True))
        with self._base:
            self._base.executemany("INSERT INTO base (rowid, vector) VALUES (?, ?)", rows)

    def save(self) -> None:
        """Bring everything into the one file."""
        self._base.pragma("wal_checkpoint(truncate)")

    def open(self) -> None:
        """Do nothing: the file is open."""

    def search(self, queries: Vectors, k: int, setting: str) -> Ids:
        """Ask one query after the other: it knows no batches."""
        found = np.full((len(queries), k), NO_ID, np.int64)
        for number, query in enumerate(queries):
            ids = [row[0] for row in self._base.execute(_ASK, (query.tobytes(), k))]
            found[number, : len(ids)] = ids
        return found

    def remove(self, ids: Ids) -> None:
        """Delete rows, one transaction."""
        with self._base:
            self._base.executemany("DELETE FROM base WHERE rowid = ?", ((one,) for one in ids.tolist()))
