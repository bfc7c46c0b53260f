"""Indexes kept as collections of a Milvus, shared by all processes that search them."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from errors import SnapshotRefused
from search.vector_index.contract import IndexIdentity, VectorIndex
from search.vector_index.milvus.address import MilvusAddress
from search.vector_index.milvus.client import Milvus
from search.vector_index.milvus.index import MilvusIndex
from search.vector_index.milvus.record import collection_name, read_record, write_record


class MilvusHome:
    """A collection for each descriptor, model and catalogue.

    It connects when it is first asked: do that after any fork.
    """

    def __init__(self, address: MilvusAddress) -> None:
        """Name the Milvus; nothing is connected yet."""
        self.address = address
        self._milvus = Milvus(address)

    def new(self, identity: IndexIdentity) -> MilvusIndex:
        """Return the index to fill: empty, or what its collection holds, which goes on answering others meanwhile.

        Raises:
            IndexUnavailable: Milvus cannot be reached.
            PartMissing: pymilvus is not installed.
        """
        name = collection_name(identity)
        with self._milvus.alone():
            record = read_record(self._milvus, name)
            if record is not None and not record.fits(identity, self.address):  # metric or method were set anew
                self._milvus.drop(name)
            self._milvus.make(name, identity.dim)
        return MilvusIndex(self._milvus, identity, change=0)

    def current(self, identity: IndexIdentity) -> Path | None:
        """Return collection and change number, as the path `<collection>/<number>`; None where nothing was built.

        Raises:
            IndexUnavailable, PartMissing: as `new`.
        """
        name = collection_name(identity)
        record = read_record(self._milvus, name)
        return None if record is None else Path(name) / str(record.change)

    def open(self, path: Path, identity: IndexIdentity) -> MilvusIndex:
        """Return the index at the number its collection has now.

        Raises:
            SnapshotRefused: there is none, or one for another identity, metric or method.
            IndexUnavailable, PartMissing: as `new`.
        """
        name = path.parent.name
        record = read_record(self._milvus, name)
        if record is None or not self._milvus.has(name):
            raise SnapshotRefused(f"Milvus holds no index {name}")
        if not record.fits(identity, self.address):
            raise SnapshotRefused(
                f"expected an index of {identity} by {self.address.metric}, {self.address.method}; "
                f"received {record.identity} by {record.metric}, {record.method}"
            )
        self._milvus.load(name)
        return MilvusIndex(self._milvus, identity, change=record.change)

    def publish(self, index: VectorIndex) -> Path:
        """Tell others up to which change the collection is filled."""
        write_record(self._milvus, index.identity, index.change)
        return Path(collection_name(index.identity)) / str(index.change)

    def drop(self, identity: IndexIdentity) -> None:
        """Drop the collection of an index with all that is in it; where there is none, do nothing.

        Raises:
            IndexUnavailable, PartMissing: as `new`.
        """
        name = collection_name(identity)
        if self._milvus.has(name):
            self._milvus.drop(name)

    def check(self, path: Path) -> None:
        """Do nothing: the bytes of a collection are the server's to check."""

    def writing(self, identity: IndexIdentity) -> AbstractContextManager[None]:
        """Keep nobody out: writing twice what is upserted by id changes nothing."""
        return nullcontext()

    def close(self) -> None:
        """Close the connection; a later call opens another."""
        self._milvus.close()
