"""What processes of ours hold in memory, as Linux accounts it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import EnvironmentFault


def children_of(process_id: int) -> list[int]:
    """Return the children of a process; none of one that is gone."""
    try:
        return [int(child) for child in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def pss_mb(process_id: int) -> float:
    """Return the proportional set size of a process, MiB (shared pages count by share); 0 where it is gone.

    Raises:
        EnvironmentFault: the kernel does not tell.
    """
    try:
        told = Path(f"/proc/{process_id}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        if not Path("/proc/self/smaps_rollup").is_file():
            raise EnvironmentFault("this kernel does not tell the proportional set size of a process") from None
        return 0.0
    for line in told.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0  # it ended while it was read


def tree_pss_mb(process_id: int) -> float:
    """Return the proportional set size of a process and of all that descend from it, MiB."""
    return pss_mb(process_id) + sum(tree_pss_mb(child) for child in children_of(process_id))


def resident_mb(process_id: int) -> float:
    """Return what a process holds in memory, shared pages counted in full, MiB; 0 where it is gone."""
    try:
        told = Path(f"/proc/{process_id}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in told.splitlines() if line.startswith("VmRSS:")), 0.0)


class PeakMemory:
    """The most that a process and its descendants held at any of the moments they were looked at.

    Attributes:
        mb: proportional set size of all together, MiB.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.mb = 0.0
        self._taking_in = threading.Lock()

    def look(self, process_id: int) -> None:
        """Take in what they hold now; from any thread."""
        held = tree_pss_mb(process_id)
        # Read and written as one: a slow look of another thread must not put an older peak back.
        with self._taking_in:
            self.mb = max(self.mb, held)


@contextmanager
def watching_memory(process_id: int, *, every_s: float = 1.0) -> Iterator[PeakMemory]:
    """Look at a process and its descendants again and again while a block runs; gives the peak so far.

    A look takes a few milliseconds of a core for a few hundred MiB, and is in the figures.
    """
    peak, stopping = PeakMemory(), threading.Event()

    def watch() -> None:
        while not stopping.wait(every_s):
            peak.look(process_id)

    watcher = threading.Thread(target=watch, name="watch-memory")
    watcher.start()
    try:
        yield peak
    finally:
        stopping.set()
        watcher.join()
