"""Where LSH indexes are kept: snapshots that remember what recall they were tuned to, and one to aim at otherwise."""

from pathlib import Path

from errors import SnapshotRefused
from search.vector_index.contract import IndexIdentity
from search.vector_index.lsh import LSHIndex, tuned_recall
from search.vector_index.plan import WANTED_RECALL
from search.vector_index.snapshot import read_snapshot
from search.vector_index.snapshot_home import SnapshotHome


class LSHHome(SnapshotHome):
    """A folder of snapshots of LSH indexes for each descriptor and model."""

    def __init__(self, directory: Path, recall: float = WANTED_RECALL) -> None:
        """Name the folder, which is made when the first snapshot is published.

        Args:
            directory: of the snapshots of all indexes.
            recall: that an index aims at which was tuned to none, 0..1.
        """
        super().__init__(directory, LSHIndex)
        self.recall = recall

    def new(self, identity: IndexIdentity) -> LSHIndex:
        """Return an empty index, tuned as the one that is kept: to build anew must not undo what its owner chose."""
        index = LSHIndex(identity, recall=self.recall)
        try:
            path = self.current(identity)
            kept = None if path is None else read_snapshot(path)
        except SnapshotRefused:  # what was chosen is lost with the snapshot
            return index
        if kept is not None and (kept.method, kept.identity) == (index.method, identity):
            tuned = tuned_recall(kept.parameters)
            if tuned is not None:
                index.tune_to(tuned)
        return index

    def open(self, path: Path, identity: IndexIdentity) -> LSHIndex:
        """Open a snapshot without copying its vectors.

        Raises:
            SnapshotRefused: absent, damaged, or made for another identity, method or version.
        """
        index = LSHIndex.open(path, identity)
        if not index.is_tuned:
            index.recall = self.recall
        return index
