"""What every vector index promises; `tests/properties/` holds each implementation to it."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from data.records import DescriptorKind

Vectors = NDArray[np.float32]  # (n, dim), rows of L2 norm 1
Ids = NDArray[np.int64]  # (n,), unique, not negative
Rows = NDArray[np.intp]  # (n,), positions in an index's own arrays
NO_ID = -1


@dataclass(frozen=True, slots=True)
class IndexIdentity:
    """What vectors an index holds; two that differ in any field never mix.

    Attributes:
        model_id: sha256 of the model that made the vectors, in hexadecimal.
        kind: which descriptor.
        dim: length of a vector.
        catalogue_id: the catalogue whose ids these are; empty for an index that belongs to none.
    """

    model_id: str
    kind: DescriptorKind
    dim: int
    catalogue_id: str = ""


@dataclass(frozen=True, slots=True)
class SearchReport:
    """How an answer came about.

    Attributes:
        candidates: vectors whose exact score was computed, summed over the queries.
        estimated_recall: expected share of the true neighbours among those returned, 0..1; 0 where nothing is known.
        exact: whether every allowed vector was scored, so that the answer is the true one.
    """

    candidates: int
    estimated_recall: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The best k of every query, best first.

    Attributes:
        ids: int64 (queries, k); NO_ID where fewer than k are allowed.
        scores: float32 (queries, k), cosines in -1..1; -inf where ids is NO_ID. Equal scores stand in order of id.
        report: how the answer came about.
    """

    ids: Ids
    scores: NDArray[np.float32]
    report: SearchReport


@dataclass(frozen=True, slots=True)
class IndexMemory:
    """What an index occupies.

    Attributes:
        mapped_bytes: files mapped into memory; their pages are shared between processes.
        private_bytes: arrays of this process alone.
    """

    mapped_bytes: int
    private_bytes: int


@runtime_checkable
class VectorIndex(Protocol):
    """Nearest neighbours by cosine over a set of vectors that changes while it is read.

    One writer at a time, any number of reading threads: a search sees the set as it was before or after a change,
    never in between.
    """

    identity: IndexIdentity
    change: int
    """Number of the last catalogue change the index holds; set by its owner, kept with it."""

    def __len__(self) -> int:
        """Return how many vectors it holds."""
        ...

    def ids(self) -> Ids:
        """Return the ids it holds, in ascending order."""
        ...

    @property
    def memory(self) -> IndexMemory:
        """What it occupies now."""
        ...

    def vectors(self, ids: Ids) -> tuple[Ids, Vectors]:
        """Return those of `ids` that it holds, ascending, and their vectors as kept, float32 (n, dim)."""
        ...

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors; an id that is there already gets the new vector.

        Args:
            ids: int64 (n,), unique.
            vectors: float32 (n, dim), L2 norm 1.
        Raises:
            DescriptorShapeError: wrong shape, dtype or norm, ids repeated or negative.
        """
        ...

    def fill(self, batches: Iterable[tuple[Ids, Vectors]]) -> None:
        """Add many vectors before anybody asks for them, batch by batch, with as little work as that allows.

        Args:
            batches: ids and vectors as `add` takes them.
        Raises:
            DescriptorShapeError: as `add`; the batches before it are held.
        """
        ...

    def remove(self, ids: Ids) -> int:
        """Remove vectors and return how many were there; unknown ids are passed over."""
        ...

    def search(self, queries: Vectors, k: int, *, allow: Ids | None = None, effort: float | None = None) -> Neighbours:
        """Return the k nearest of every query.

        Args:
            queries: float32 (q, dim), L2 norm 1.
            k: how many, at least 1.
            allow: when given, only these ids may be returned (unknown ones are passed over); as many of them as exist
                are returned, up to k.
            effort: 0 is the least work, 1 scores everything exactly; None is the index's own choice.
        Raises:
            DescriptorShapeError: wrong shape, dtype or norm.
        """
        ...


@runtime_checkable
class SnapshotIndex(VectorIndex, Protocol):
    """An index in this process's memory, which outlives it as a snapshot."""

    def __init__(self, identity: IndexIdentity) -> None:
        """Start empty, with the method's own parameters, at change 0."""
        ...

    def compact(self) -> None:
        """Arrange what it holds as searches read it best; it happens by itself as rows come and go."""
        ...

    def save(self, path: Path) -> None:
        """Write a snapshot directory beside `path`, then rename it there; a crash leaves nothing at `path`.

        A snapshot is never overwritten, as others may have it mapped: its owner names each anew.

        Raises:
            StorageUnavailable: the folder cannot be written, or `path` is there already.
        """
        ...

    @classmethod
    def open(cls, path: Path, identity: IndexIdentity) -> Self:
        """Open a snapshot without copying its vectors.

        Raises:
            SnapshotRefused: absent, damaged, or made for another identity, method or version.
        """
        ...


class IndexHome(Protocol):
    """Where indexes are kept for other processes and for the next start: snapshots in a folder, or a server."""

    def new(self, identity: IndexIdentity) -> VectorIndex:
        """Return an index to fill; where a server keeps it and goes on answering, it may hold vectors already."""
        ...

    def current(self, identity: IndexIdentity) -> Path | None:
        """Return what is kept now, by a path that is another one after every change of it; None where nothing is.

        Raises:
            SnapshotRefused: it cannot be told.
        """
        ...

    def open(self, path: Path, identity: IndexIdentity) -> VectorIndex:
        """Open what `current` named.

        Raises:
            SnapshotRefused: absent, damaged, or made for another identity, method or version.
        """
        ...

    def publish(self, index: VectorIndex) -> Path:
        """Make an index the current one and return its path; the caller holds `writing`.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        ...

    def check(self, path: Path) -> None:
        """Read all of what is kept and compare every checksum, where this is where its bytes lie.

        Raises:
            SnapshotRefused: it is damaged.
        """
        ...

    def writing(self, identity: IndexIdentity) -> AbstractContextManager[None]:
        """Keep other processes from publishing meanwhile, where one may undo what another did.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        ...

    def close(self) -> None:
        """Give up what was opened to get there, such as a connection."""
        ...
