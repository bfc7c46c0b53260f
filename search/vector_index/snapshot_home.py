"""Indexes kept as snapshots in a folder of this machine."""

from contextlib import AbstractContextManager
from pathlib import Path

from errors import ContractBroken
from search.vector_index.contract import IndexIdentity, SnapshotIndex, VectorIndex
from search.vector_index.snapshot import check_snapshot
from search.vector_index.snapshot_folder import SnapshotFolder


class SnapshotHome:
    """A folder of snapshots for each descriptor and model."""

    def __init__(self, directory: Path, implementation: type[SnapshotIndex]) -> None:
        """Name the folder, which is made when the first snapshot is published.

        Args:
            directory: of the snapshots of all indexes.
            implementation: the kind of index.
        """
        self._directory = directory
        self._implementation = implementation

    def new(self, identity: IndexIdentity) -> SnapshotIndex:
        """Return an empty index."""
        return self._implementation(identity)

    def current(self, identity: IndexIdentity) -> Path | None:
        """Return the directory of the current snapshot.

        Raises:
            SnapshotRefused: the note of which is current is damaged.
        """
        return self._folder(identity).current()

    def open(self, path: Path, identity: IndexIdentity) -> SnapshotIndex:
        """Open a snapshot without copying its vectors.

        Raises:
            SnapshotRefused: absent, damaged, or made for another identity, method or version.
        """
        return self._implementation.open(path, identity)

    def publish(self, index: VectorIndex) -> Path:
        """Save an index and make that the current snapshot; the caller holds `writing`.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        if not isinstance(index, SnapshotIndex):
            raise ContractBroken(f"expected an index that snapshots are made of; received {type(index).__name__}")
        return self._folder(index.identity).publish(index)

    def check(self, path: Path) -> None:
        """Read all of a snapshot and compare every checksum.

        Raises:
            SnapshotRefused: a file is absent or damaged; the message names it.
        """
        check_snapshot(path)

    def writing(self, identity: IndexIdentity) -> AbstractContextManager[None]:
        """Wait for other processes that write snapshots of this index, and keep them out meanwhile.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        return self._folder(identity).writing()

    def close(self) -> None:
        """Do nothing: pages stay mapped for as long as an index uses them."""

    def _folder(self, identity: IndexIdentity) -> SnapshotFolder:
        return SnapshotFolder(self._directory / f"{identity.kind}-{identity.model_id[:16]}")
