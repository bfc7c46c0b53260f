"""Keeps the open engine of a process, and puts another in its place when another model comes to serve."""

import logging
from collections.abc import Callable
from threading import BoundedSemaphore, Event, Lock, Thread
from time import monotonic

from errors import EnvironmentFault
from search.query import Engine

RETRY_AFTER_S = 5.0
"""How long a failure to open the engine is remembered."""
PATIENCE_S = 20.0
"""How long a request waits while another thread opens the engine."""

_log = logging.getLogger("retrace.web")


class Lease:
    """An engine in the hands of a request: it stays open until the last lease on it was given back."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.users = 0
        self.is_retired = False


class EngineSlot:
    """The engine that answers.

    A request takes a lease and keeps to that engine to its end, so that one model makes all of its answer. Where a
    model was announced, its engine is opened ahead, beside the one that answers; from then on each lease first asks the
    catalogue which of the two serves, and so all processes change at the same transaction. One that was not ready by
    then goes on with the engine it has until it is.
    """

    def __init__(
        self,
        opening: Callable[[], Engine],
        opening_ahead: Callable[[Engine, str], Engine],
        closing: Callable[[Engine], None],
        looking: Callable[[Engine | None], None],
        *,
        engine: Engine | None,
        waiting: int,
        interval_s: float,
    ) -> None:
        """Name the parts; nothing is opened yet.

        Args:
            opening: opens the engine of the model that serves.
            opening_ahead: opens that of another model, by the engine that answers and the model's id.
            closing: closes an engine that `opening` or `opening_ahead` opened.
            looking: called in a thread at every look with the engine that answers, and with None at the end; not where
                an engine was given.
            engine: one that is open and that its owner closes; it is never changed.
            waiting: threads that may wait for the engine to open.
            interval_s: between two looks for a model that was announced.
        """
        self._opening, self._opening_ahead, self._closing, self._looking = opening, opening_ahead, closing, looking
        self._interval_s = interval_s
        self._is_own = engine is None
        self._held = Lease(engine) if engine is not None else None
        self._ahead: Engine | None = None
        self._lock = Lock()
        self._counting = Lock()
        # Half of the threads may wait for the engine; the others go on to say that this process lives.
        self._waiting = BoundedSemaphore(waiting)
        self._fault: EnvironmentFault | None = None
        self._retry_at = 0.0
        self._stopping = Event()
        self._follower: Thread | None = None

    @property
    def current(self) -> Engine | None:
        """The engine that answers now; None where none is open."""
        held = self._held
        return held.engine if held is not None else None

    @property
    def is_opening(self) -> bool:
        """Whether the engine is being opened at this moment."""
        return self._held is None and self._lock.locked()

    def open(self) -> Engine:
        """Open the engine, once for all threads, and return it.

        A failure is remembered for a few seconds, as a fault of this machine need not be looked into at every request.

        Raises:
            EnvironmentFault: a part cannot be opened, or another thread has been at it for too long.
        """
        if (held := self._held) is not None:
            return held.engine
        if not (self._lock.acquire(blocking=False) or self._wait_for_lock()):
            raise EnvironmentFault(
                "the engine is still being opened", remedy="Wait until /readyz says that it is ready."
            )
        try:
            if self._held is None:
                if self._fault is not None and monotonic() < self._retry_at:
                    raise self._fault
                try:
                    self._held = Lease(self._opening())
                except EnvironmentFault as exc:
                    self._fault, self._retry_at = exc, monotonic() + RETRY_AFTER_S
                    raise
                self._stopping.clear()
                self._follower = Thread(target=self._follow, name="follow-model", daemon=True)
                self._follower.start()
            return self._held.engine
        finally:
            self._lock.release()

    def take(self) -> Lease:
        """Return a lease on the engine that answers now; give it back by `give_back`.

        Raises:
            EnvironmentFault: a part cannot be opened, or it takes longer than a visitor waits.
        """
        self.open()
        if self._ahead is not None:
            self._change_if_due()
        with self._counting:
            if (held := self._held) is None:
                raise EnvironmentFault("this process is ending", remedy="Try again.")
            held.users += 1
            return held

    def give_back(self, lease: Lease) -> None:
        """Give a lease back; the last one on an engine that was changed for another closes it."""
        with self._counting:
            lease.users -= 1
            is_done = lease.is_retired and not lease.users
        if is_done:
            self._closing(lease.engine)

    def close(self) -> None:
        """Close the engine if it was opened here, when the last lease on it is given back."""
        self._stopping.set()
        if self._follower is not None:
            self._follower.join(self._interval_s + PATIENCE_S)
        with self._lock:
            ahead, self._ahead = self._ahead, None
            if ahead is not None:
                self._closing(ahead)
            self._retire()

    def _retire(self) -> None:
        """Take the engine out of the slot."""
        with self._counting:
            held, self._held = self._held, None
            if held is None or not self._is_own:
                return
            held.is_retired = True
            is_done = not held.users
        if is_done:
            self._closing(held.engine)

    def _wait_for_lock(self) -> bool:
        """Return whether another thread let go of the lock, and it was taken, within a visitor's patience."""
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._lock.acquire(timeout=PATIENCE_S)
        finally:
            self._waiting.release()

    def _follow(self) -> None:
        """Look for a model that was announced, or came to serve, until the process ends."""
        while True:
            try:
                self._looking(self.current)
                if self._stopping.wait(self._interval_s):
                    break
                self._look()
            except EnvironmentFault as exc:
                _log.error("the model that serves cannot be followed: %s. %s", exc, exc.remedy)
                self._stopping.wait(RETRY_AFTER_S)
        self._looking(None)

    def _look(self) -> None:
        """Open ahead what was announced, let go of what no longer is, and change where it is time."""
        engine = self.current
        if engine is None:
            return
        serving = engine.catalogue.models.serving()
        wanted = serving.next or serving.now
        with self._lock:
            ahead = self._ahead
            if ahead is not None and ahead.extractor.model_id != wanted:
                self._ahead = None
                self._closing(ahead)
                ahead = None
            if ahead is None and wanted is not None and wanted != engine.extractor.model_id:
                _log.info("opening the model %s beside the one that answers", wanted[:16])
                self._ahead = self._opening_ahead(engine, wanted)
        if self._ahead is not None:
            self._change_if_due()

    def _change_if_due(self) -> None:
        """Put the engine that was opened ahead in place, if the catalogue says that its model serves."""
        with self._lock:
            ahead = self._ahead
            if ahead is None or ahead.catalogue.models.serving().now != ahead.extractor.model_id:
                return
            self._ahead = None
            with self._counting:
                before, self._held = self._held, Lease(ahead)
                is_done = before is not None and not before.users
                if before is not None:
                    before.is_retired = True
            _log.info("the model %s answers now", ahead.extractor.model_id[:16])
        if before is not None and is_done:
            self._closing(before.engine)
