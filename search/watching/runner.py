"""Keeps on comparing and sending, in a thread of a serving process or in a command; one process at a time does it."""

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from data.leases import Leases
from errors import ContractBroken, RetraceError
from search.query import Engine
from search.watching.deliver import Courier
from search.watching.follow import Followed, follow_changes, is_behind

LEASE = "watch"
LEASE_LASTS = timedelta(seconds=20)
"""After which another process goes on with the work of one that was killed."""
MAIL_AFTER = timedelta(seconds=60)
"""How long a mail waits for further findings."""
LONGEST_WAIT_S = 30.0
"""Between two looks at a catalogue that cannot be reached."""

_log = logging.getLogger("retrace.watch")


@dataclass(slots=True)
class Done:
    """What was done so far.

    Attributes:
        compared: pictures; found: new findings; tried: deliveries, each mail counted once.
    """

    compared: int = 0
    found: int = 0
    tried: int = 0

    def add(self, followed: Followed) -> None:
        """Count what one look at the changes did."""
        self.compared += followed.compared
        self.found += followed.found


class WatchRunner:
    """Compares what is added with what is guarded, and sends what is found.

    Any number of processes may run one over the same catalogue: by a lease one of them works, and where two come to
    work at once all the same, the transactions see to it that nothing is found or lost twice.
    """

    def __init__(self, engine: Engine, courier: Courier, *, mail_after: timedelta = MAIL_AFTER) -> None:
        """Name the parts.

        Args:
            engine: the parts of a search; its catalogue's database holds the watches.
            courier: sends what is found.
            mail_after: how long a mail waits for further findings.
        """
        self.done = Done()
        self._engine = engine
        self._courier = courier
        self._mail_after = mail_after
        self._leases = Leases(engine.catalogue.database)
        self._holder = secrets.token_hex(16)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def has_work(self) -> bool:
        """Return whether there is anything to compare or to send now; nothing is written."""
        return is_behind(self._engine) or self._courier.outbox.has_due(self._courier.now())

    def work(self) -> bool:
        """Do a little of what there is to do, where no other process is at it; return whether this one was.

        Raises:
            EnvironmentFault: a part cannot be had; what was not noted is done again later.
        """
        if not self._is_mine():
            return False
        self.done.add(follow_changes(self._engine, mail_after=self._mail_after, on_picture=self._keep_lease))
        # New pictures are compared between deliveries: one slow receiver must not keep them waiting for long.
        for _ in range(_DELIVERIES_BETWEEN):
            if self._stopping.is_set() or not self._is_mine() or not self._courier.deliver_next():
                break
            self.done.tried += 1
        return True

    def run(self, *, until_done: bool, pause_s: float, wait: Callable[[float], bool] | None = None) -> bool:
        """Work until there is nothing left to do now, or for ever.

        Args:
            until_done: end when there is nothing to compare and nothing due.
            pause_s: between two looks.
            wait: called with seconds between two looks, True ends the run; the runner's own when left out.
        Returns:
            False where another process was at it all the time.
        """
        pause = wait or self._stopping.wait
        deadline = self._courier.now() + LEASE_LASTS + timedelta(seconds=5)
        has_worked = False
        while not self._stopping.is_set():
            if self.has_work():
                if self.work():
                    has_worked = True
                    continue
                if until_done and self._courier.now() > deadline:
                    return has_worked
            elif until_done:
                return True
            if pause(pause_s):
                break
        return has_worked

    def start(self, interval_s: float) -> None:
        """Work in a thread of this process; call it after any fork.

        A look that fails is logged and tried again, at longer and longer intervals.

        Args:
            interval_s: between two looks.
        """
        if self._thread is not None and self._thread.is_alive():
            raise ContractBroken("expected a runner that does not run yet; it was started twice")
        self._stopping.clear()
        self._thread = threading.Thread(target=self._keep_on, args=(interval_s,), name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after what is being done, and let another process go on at once."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _keep_on(self, interval_s: float) -> None:
        wait_s, told = interval_s, ""
        while not self._stopping.wait(wait_s):
            try:
                while not self._stopping.is_set() and self.has_work() and self.work():
                    pass
                wait_s, told = interval_s, ""
            except RetraceError as exc:
                wait_s = max(interval_s, min(2 * wait_s, LONGEST_WAIT_S))
                if str(exc) != told:  # once a cause, not once a look
                    told = str(exc)
                    _log.warning("Watching cannot go on: %s. %s", exc, exc.remedy)
        self.let_go()

    def let_go(self) -> None:
        """Let another process go on at once."""
        try:
            self._leases.give_back(LEASE, self._holder)
        except RetraceError as exc:  # it ends by itself then
            _log.warning("The lease of watching could not be given back: %s.", exc)

    def _keep_lease(self) -> None:
        """Say that the work goes on; who has lost the lease finds out when it is written."""
        self._is_mine()

    def _is_mine(self) -> bool:
        return self._leases.take(LEASE, self._holder, self._courier.now(), LEASE_LASTS)


_DELIVERIES_BETWEEN = 20
