"""Our own indexes, through the contract and nothing else."""

from pathlib import Path
from typing import ClassVar

from evaluation.index_benchmark.engines.engine import Ids, Vectors
from search.vector_index.contract import IndexIdentity
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex

_SNAPSHOT = "index"
_OWN_CHOICE = "own choice"


class OwnIndex:
    """What the measurements of our indexes share: a setting is an effort."""

    kind: ClassVar[type[ExactIndex] | type[LSHIndex]]
    settings: tuple[str, ...] = (_OWN_CHOICE,)
    can_add = True
    can_remove = True
    trained_on = 0

    def __init__(self, folder: Path, *, dim: int, size: int, threads: int) -> None:
        self._path = folder / _SNAPSHOT
        self._identity = IndexIdentity(model_id="00" * 32, kind="copy", dim=dim)
        self._index: ExactIndex | LSHIndex = self.kind(self._identity)
        self._is_open = False
        self.built_as = f"search.vector_index: {self.kind.method}"

    def train(self, sample: Vectors) -> None:
        """Learn nothing."""

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors; before `open` nobody asks for them yet."""
        if self._is_open:
            self._index.add(ids, vectors)
        else:
            self._index.fill([(ids, vectors)])

    def save(self) -> None:
        """Write a snapshot."""
        self._index.save(self._path)

    def open(self) -> None:
        """Map the snapshot."""
        self._index = self.kind.open(self._path, self._identity)
        self._is_open = True

    def search(self, queries: Vectors, k: int, setting: str) -> Ids:
        """Search with an effort."""
        effort = None if setting == _OWN_CHOICE else float(setting.removeprefix("effort "))
        return self._index.search(queries, k, effort=effort).ids

    def remove(self, ids: Ids) -> None:
        """Remove vectors."""
        self._index.remove(ids)


class OwnExact(OwnIndex):
    """Our exact scan."""

    kind = ExactIndex


class OwnLSH(OwnIndex):
    """Our random-vector LSH."""

    kind = LSHIndex
    settings = (
        *(f"effort {effort}" for effort in (0.0, 0.2, 0.35)),
        _OWN_CHOICE,
        *(f"effort {effort}" for effort in (0.6, 0.65, 0.7, 0.75, 0.8, 0.9)),
    )
