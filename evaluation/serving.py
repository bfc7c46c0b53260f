"""Runs the real server as its own process and reads what it costs: time to the first answer, memory of its workers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from errors import EnvironmentFault
from evaluation.http_load import LoadReport, make_uploads, measure_load

START_TIMEOUT_S = 60.0
READY_IN_A_ROW = 6
WARM_UP = 20
"""Searches before the clock starts: each worker's first touches its files."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server of ours on a free port of this machine.

    Attributes:
        address: such as 'http://127.0.0.1:41873'.
        process_id: of gunicorn's master; its children are the workers.
        started: time.perf_counter() just before the process was started.
    """

    address: str
    process_id: int
    started: float


@dataclass(frozen=True, slots=True)
class ServingReport:
    """What serving costs.

    Attributes:
        first_answer_s: from the command to the first answered search.
        worker_pss_mb: proportional set size of each worker after all searches, MiB (shared pages count by share).
        loads: searches by 1 client, then by more.
    """

    first_answer_s: float
    worker_pss_mb: tuple[float, ...]
    loads: tuple[LoadReport, ...]

    def lines(self) -> Iterator[str]:
        """Yield the figures as Markdown."""
        yield f"First answer {self.first_answer_s:.2f} s after the command."
        yield f"Workers, proportional set size: {', '.join(f'{size:.0f} MiB' for size in self.worker_pss_mb)}."
        yield ""
        yield "| clients | searches | a second | median | p90 | p99 | worst |"
        yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        for load in self.loads:
            times = (load.median_ms, load.p90_ms, load.p99_ms, load.worst_ms)
            shown = " | ".join(f"{taken:.1f} ms" for taken in times)
            yield f"| {load.clients} | {load.searches} | {load.per_second:.1f} | {shown} |"
        yield ""
        yield "Median of each step on the server, one client: " + ", ".join(
            f"{name} {taken:.1f} ms" for name, taken in self.loads[0].steps_ms.items()
        )


def measure_serving(
    entry: Path, pictures: Sequence[Path], *, searches: int, clients: Sequence[int], seed: int = 0
) -> ServingReport:
    """Serve the catalogue that the environment names and search it over HTTP.

    Args:
        entry: index.py.
        pictures: to make uploads of; every upload is another picture.
        searches: of each run.
        clients: how many ask at a time, one run each.
        seed: of the uploads.
    Raises:
        EnvironmentFault: the server does not come up, or a search fails.
    """
    bodies = make_uploads(pictures, WARM_UP + searches * len(clients), seed=seed)
    with run_server(entry) as server:
        measure_load(server.address, bodies[:1], clients=1)
        first_answer_s = time.perf_counter() - server.started
        measure_load(server.address, bodies[1:WARM_UP], clients=4)
        loads = tuple(
            measure_load(
                server.address, bodies[WARM_UP + run * searches : WARM_UP + (run + 1) * searches], clients=number
            )
            for run, number in enumerate(clients)
        )
        return ServingReport(first_answer_s, worker_pss_mb(server.process_id), loads)


@contextmanager
def run_server(entry: Path) -> Iterator[RunningServer]:
    """Start `index.py serve` on a free port without a rate limit, wait until it is ready, and stop it at the end.

    Raises:
        EnvironmentFault: it is not ready in time.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
        [sys.executable, entry, "serve", "--host", "127.0.0.1", "--port", str(port)],
        env={**os.environ, "RETRACE_RATE_LIMIT": "1000000/minute"},
        stdout=subprocess.DEVNULL,
    )
    try:
        # Any worker may answer, and one may still be opening when the other is ready.
        while not all(_is_ready(port) for _ in range(READY_IN_A_ROW)):
            if process.poll() is not None or time.perf_counter() - started > START_TIMEOUT_S:
                raise EnvironmentFault("the server did not become ready; what it said stands above")
            time.sleep(0.02)
        yield RunningServer(f"http://127.0.0.1:{port}", process.pid, started)
    finally:
        process.terminate()
        process.wait()


def worker_pss_mb(process_id: int) -> tuple[float, ...]:
    """Return the proportional set size of each child of a process, MiB, as Linux accounts it."""
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return tuple(_pss_mb(int(child)) for child in children)


def _pss_mb(process_id: int) -> float:
    """Return the proportional set size of one process, MiB."""
    for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise EnvironmentFault("this kernel does not tell the proportional set size of a process")


def _is_ready(port: int) -> bool:
    """Return whether a server answers that it is ready."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
