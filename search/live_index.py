"""An index that follows the catalogue: opened from a snapshot or built, then kept up to date change by change."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TypeVar

import numpy as np

from errors import ContractBroken, RetraceError, SnapshotRefused, StorageUnavailable
from search.change_feed import ChangeFeed
from search.shadow import LiveRecall, ShadowSampler
from search.vector_index.contract import (
    Ids,
    IndexHome,
    IndexIdentity,
    IndexMemory,
    Neighbours,
    SnapshotIndex,
    VectorIndex,
    Vectors,
)

_log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

CHANGES_AT_ONCE = 10_000
"""Changes read in one go: about 5 MB of vectors."""
SAVE_AFTER_SHARE = 0.1
"""A start that had to catch up with more than this share of the index saves what it has, for the next start."""
SAVE_AFTER = 1000
"""Fewer changes than this are read again faster than a snapshot is written."""
LONGEST_WAIT_S = 30.0
"""Between two looks at a catalogue that cannot be reached."""


@dataclass(frozen=True, slots=True)
class LiveIndexStatus:
    """How an index is doing.

    Attributes:
        size: vectors it holds.
        change: number of the last catalogue change it holds.
        looked_s_ago: seconds since it last saw that it holds everything; None before the first look.
        last_error: why the last look or save failed; None when it did not.
        snapshot: what its home keeps of it: the directory its base is mapped from, or a place in a server; None while
            all of it is in memory.
        memory: what it occupies.
        is_following: whether a thread of this process keeps it up to date.
        live_recall: what searches of this process found that were done again exactly.
    """

    size: int
    change: int
    looked_s_ago: float | None
    last_error: str | None
    snapshot: Path | None
    memory: IndexMemory
    is_following: bool
    live_recall: LiveRecall


@dataclass(frozen=True, slots=True)
class _Serving:
    """The index that answers, what its home keeps of it, and the last change in that."""

    index: VectorIndex
    snapshot: Path | None
    saved_change: int


class LiveIndex:
    """A vector index that holds what the catalogue holds.

    Any thread may search at any time. Open and start it after a fork: threads and locks do not survive one.
    """

    def __init__(
        self, feed: ChangeFeed, identity: IndexIdentity, home: IndexHome, *, shadow_share: float = 0.0
    ) -> None:
        """Name the parts; nothing is read before `open`.

        Args:
            feed: the catalogue.
            identity: which descriptors; the catalogue's id is filled in from the feed.
            home: where the index is kept, and of which kind it is.
            shadow_share: of the searches, 0..1, that are done again exactly, to tell how much they find.
        """
        self.identity = identity
        self._feed = feed
        self._kind = identity.kind
        self._home = home
        self._shadow = ShadowSampler(shadow_share)
        self._changing = threading.RLock()
        self._serving: _Serving | None = None
        self._refused: Path | None = None
        self._looked_at: float | None = None
        self._last_error: str | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def __len__(self) -> int:
        """Return how many vectors it holds."""
        return len(self.index)

    @property
    def feed(self) -> ChangeFeed:
        """What it follows."""
        return self._feed

    @property
    def index(self) -> VectorIndex:
        """The index that answers now; another one may take its place at any time.

        Raises:
            ContractBroken: it was not opened.
        """
        return self._now.index

    @property
    def is_ready(self) -> bool:
        """Whether it answers, and still follows the catalogue if it was told to."""
        return self._serving is not None and (self._thread is None or self._thread.is_alive())

    @property
    def status(self) -> LiveIndexStatus:
        """How it is doing; asks nothing of the catalogue."""
        serving, looked_at = self._now, self._looked_at
        return LiveIndexStatus(
            size=len(serving.index),
            change=serving.index.change,
            looked_s_ago=None if looked_at is None else monotonic() - looked_at,
            last_error=self._last_error,
            snapshot=serving.snapshot,
            memory=serving.index.memory,
            is_following=self._thread is not None and self._thread.is_alive(),
            live_recall=self._shadow.live,
        )

    def search(self, queries: Vectors, k: int, *, allow: Ids | None = None, effort: float | None = None) -> Neighbours:
        """Return the k nearest of every query, as `VectorIndex.search` does."""
        index = self.index
        found = index.search(queries, k, allow=allow, effort=effort)
        self._shadow.offer(index, queries, k, allow, found)
        return found

    def open(self) -> None:
        """Open the newest snapshot that fits, or build the index from the catalogue and save it; then catch up.

        Where snapshots cannot be written the index is built in memory, which the log and `status` tell.

        Raises:
            CatalogueUnavailable: the catalogue cannot be read.
            IndexUnavailable: the server that keeps the index does not answer.
        """
        with self._changing:
            self._last_error = None
            self._serving = self._opened_or_built()
            applied = self._look()
            if applied > max(SAVE_AFTER, SAVE_AFTER_SHARE * len(self)):
                try:
                    self.save_snapshot()
                except StorageUnavailable as exc:  # it answers all the same
                    self._note(exc)

    def catch_up(self) -> int:
        """Bring the index to the catalogue's last change and return how many changes that took.

        Raises:
            CatalogueUnavailable: the catalogue cannot be read; the index answers as before.
            IndexUnavailable: the server that keeps the index does not answer.
        """
        with self._changing:
            try:
                applied = self._look()
            except RetraceError as exc:
                self._note(exc)
                raise
            self._last_error = None
            return applied

    def save_snapshot(self) -> Path:
        """Save the index for other processes and the next start, and go on with what was saved; return its directory.

        Nothing is written where another process has saved as much already.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        with self._changing, self._home.writing(self._now.index.identity):
            self._adopt()
            serving = self._now
            is_current = serving.snapshot == self._current_path(
                serving.index.identity
            )  # not if another kind of index was saved over it
            if serving.snapshot is not None and is_current and serving.saved_change == serving.index.change:
                return serving.snapshot
            self._serving, path = self._published(serving.index)
            return path

    def rebuild(self) -> int:
        """Build the index anew from the catalogue, save it and put it in place; return how many vectors it holds.

        Raises:
            CatalogueUnavailable: the catalogue cannot be read.
            StorageUnavailable: the folder cannot be written.
        """
        identity = self._full_identity()
        with self._changing, self._home.writing(identity):
            self._serving, _ = self._published(self._built(identity))
            self._look()
            return len(self)

    def refine(self, work: Callable[[VectorIndex], ResultT]) -> ResultT:
        """Let something change how the index searches, save it so, and put it in place; return what came of it.

        The index is caught up before, and answers meanwhile; other processes that write it wait. Where the work fails
        nothing is saved.

        Args:
            work: done on the index itself; it must leave its vectors as they are.
        Raises:
            CatalogueUnavailable: the catalogue cannot be read.
            StorageUnavailable: the folder cannot be written.
        """
        with self._changing:
            self._look()  # before the lock, which it takes itself where it must build anew
            with self._home.writing(self._now.index.identity):
                self._adopt()  # another process may have refined it while this one waited
                index = self.index
                result = work(index)
                self._serving, _ = self._published(index)
                return result

    def start(self, interval_s: float) -> None:
        """Follow the catalogue in a thread of this process; call it after `open` and after any fork.

        A look that fails is logged and tried again, at longer and longer intervals; the index answers meanwhile.

        Args:
            interval_s: between two looks.
        """
        if self._thread is not None and self._thread.is_alive():
            raise ContractBroken("expected an index that does not follow its catalogue yet; it was started twice")
        self._stopping.clear()
        name = f"follow-{self.identity.kind}"
        self._thread = threading.Thread(target=self._follow, args=(interval_s,), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following, and wait until the thread has ended; nothing happens where it was not started."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def close(self) -> None:
        """Stop following, and let go of where the index is kept."""
        self.stop()
        self._shadow.close()
        self._home.close()

    def check_snapshot(self, path: Path) -> None:
        """Read all of what is kept of the index, as `IndexHome.check` does."""
        self._home.check(path)

    @property
    def _now(self) -> _Serving:
        serving = self._serving
        if serving is None:
            raise ContractBroken("expected an open index; call open() first")
        return serving

    def _follow(self, interval_s: float) -> None:
        wait_s, told = interval_s, ""
        while not self._stopping.wait(wait_s):
            try:
                self.catch_up()
                wait_s, told = interval_s, ""
            except RetraceError as exc:
                wait_s = max(interval_s, min(2 * wait_s, LONGEST_WAIT_S))
                if str(exc) != told:  # once a cause, not once a look
                    told = str(exc)
                    _log.warning("The %s index cannot follow the catalogue: %s. %s", self._kind, exc, exc.remedy)

    def _look(self) -> int:
        """Do what `catch_up` promises; also take over a snapshot that another process has published."""
        last_change = self._feed.last_change()
        index = self._now.index
        if self._feed.catalogue_id() != index.identity.catalogue_id or last_change < index.change:
            _log.warning("The %s index belongs to another or a later catalogue: it is made anew.", self._kind)
            self._serving = self._opened_or_built()
        self._adopt()
        applied = self._apply(self._now.index)
        self._looked_at = monotonic()
        return applied

    def _apply(self, index: VectorIndex) -> int:
        """Apply the catalogue's later changes to an index. What was applied before may be applied again."""
        applied = 0
        while self._feed.last_change() > index.change and (
            changes := self._feed.changes_after(index.change, CHANGES_AT_ONCE)
        ):
            removed = {change.image_id for change in changes if change.kind == "removed"}
            added = {change.image_id for change in changes if change.kind == "added"} - removed
            rows = self._feed.descriptors_of(sorted(added), self._kind, self.identity.model_id)
            if removed:
                index.remove(np.array(sorted(removed), np.int64))
            if len(rows.ids):  # where all were removed again, a catalogue cannot tell how long their vectors were
                index.add(rows.ids, rows.vectors.astype(np.float32))
            index.change = changes[-1].number
            applied += len(changes)
        return applied

    def _adopt(self) -> None:
        """Take over the snapshot that is current, if it is another one than this index is mapped from.

        It is caught up first, so that nobody sees the index go back.
        """
        serving = self._now
        path = self._current_path(serving.index.identity)
        if path is None or path in (serving.snapshot, self._refused):
            return
        adopted = self._opened(path, serving.index.identity)
        if adopted is None:
            self._refused = path
            return
        self._apply(adopted.index)
        self._serving = adopted

    def _opened_or_built(self) -> _Serving:
        identity = self._full_identity()
        path = self._current_path(identity)
        serving = None if path is None else self._opened(path, identity)
        if serving is not None:
            return serving
        try:
            with self._home.writing(identity):
                path = self._current_path(identity)  # another process may have built it while this one waited
                serving = None if path is None else self._opened(path, identity)
                return serving or self._published(self._built(identity))[0]
        except StorageUnavailable as exc:
            self._note(exc)
            _log.warning("The %s index is kept in memory only: %s", self._kind, exc)
            index = self._built(identity)
            if isinstance(index, SnapshotIndex):
                index.compact()
            return _Serving(index, None, 0)

    def _current_path(self, identity: IndexIdentity) -> Path | None:
        try:
            return self._home.current(identity)
        except SnapshotRefused as exc:
            _log.warning("%s", exc)
            return None

    def _opened(self, path: Path, identity: IndexIdentity) -> _Serving | None:
        """Return a snapshot opened, or None where it does not fit this catalogue as it is now."""
        try:
            index = self._home.open(path, identity)
        except SnapshotRefused as exc:
            _log.warning("The %s index does not use a snapshot: %s", self._kind, exc)
            return None
        if index.change > self._feed.last_change():
            _log.warning("The %s index does not use %s: it is ahead of the catalogue.", self._kind, path)
            return None
        return _Serving(index, path, index.change)

    def _built(self, identity: IndexIdentity) -> VectorIndex:
        index = self._home.new(identity)
        last_change, batches = self._feed.snapshot_descriptors(self._kind, identity.model_id)
        added = [np.empty(0, np.int64)]

        def told() -> Iterator[tuple[Ids, Vectors]]:
            for rows in batches:
                added.append(rows.ids)
                yield rows.ids, rows.vectors.astype(np.float32)

        index.fill(told())
        index.change = last_change  # before the removal: what others added since is then brought again
        if len(index) > sum(map(len, added)):  # a server goes on answering with what it held before
            index.remove(np.setdiff1d(index.ids(), np.concatenate(added)))
        return index

    def _published(self, index: VectorIndex) -> tuple[_Serving, Path]:
        """Return the index as others see it once it is kept; the caller holds `writing`."""
        path = self._home.publish(index)
        self._refused = None
        return _Serving(self._home.open(path, index.identity), path, index.change), path

    def _full_identity(self) -> IndexIdentity:
        return replace(self.identity, catalogue_id=self._feed.catalogue_id())

    def _note(self, exc: RetraceError) -> None:
        self._last_error = str(exc)
