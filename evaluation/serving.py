"""Runs the real server as its own process and reads what it costs.

The time to the first answer, the memory of its workers, and how soon they see what another process changes.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from data.catalogue import Catalogue
from errors import EnvironmentFault
from evaluation.http_load import LoadReport, make_uploads, measure_load
from evaluation.process_memory import children_of, pss_mb

START_TIMEOUT_S = 60.0
ASKED_AT_ONCE = 4
COLLECTION = "benchmark"
"""Of the picture that comes and goes, so that its owner finds it where a measurement was stopped between the two."""
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
class Freshness:
    """How soon the workers of a running server see what another process does to the catalogue.

    Attributes:
        added_s: from the commit of `add` until both indexes of every worker held the picture.
        removed_s: from the commit of `remove` until none of them did.
    """

    added_s: float
    removed_s: float


@dataclass(frozen=True, slots=True)
class ServingReport:
    """What serving costs.

    Attributes:
        first_answer_s: from the command to the first answered search.
        freshness: how soon changes are seen, after all searches.
        worker_pss_mb: proportional set size of each worker after all searches, MiB (shared pages count by share).
        loads: searches by 1 client, then by more.
    """

    first_answer_s: float
    freshness: Freshness
    worker_pss_mb: tuple[float, ...]
    loads: tuple[LoadReport, ...]

    def lines(self) -> Iterator[str]:
        """Yield the figures as Markdown."""
        yield f"First answer {self.first_answer_s:.2f} s after the command."
        yield (
            f"Seen by every worker {self.freshness.added_s:.2f} s after `add` has committed, "
            f"{self.freshness.removed_s:.2f} s after `remove` has."
        )
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
    entry: Path,
    pictures: Sequence[Path],
    catalogue_url: str,
    *,
    searches: int,
    clients: Sequence[int],
    seed: int = 0,
) -> ServingReport:
    """Serve the catalogue that the environment names, search it over HTTP, and change it meanwhile.

    Args:
        entry: index.py.
        pictures: to make uploads of; every upload is another picture.
        catalogue_url: of that catalogue, to which one picture is added and from which it is removed again.
        searches: of each run.
        clients: how many ask at a time, one run each.
        seed: of the uploads.
    Raises:
        EnvironmentFault: the server does not come up, a search fails, or a change is not seen.
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
        worker_sizes = worker_pss_mb(server.process_id)
        return ServingReport(first_answer_s, measure_freshness(entry, server, catalogue_url), worker_sizes, loads)


def measure_freshness(entry: Path, server: RunningServer, catalogue_url: str) -> Freshness:
    """Add a picture by command while a server runs and remove it again; return how soon its workers saw each.

    The time between two looks at the catalogue and at the workers, a few milliseconds, is in the figures.

    Args:
        entry: index.py; the environment names the data folder.
        server: runs over the same catalogue.
        catalogue_url: of that catalogue.
    Raises:
        EnvironmentFault: a command fails, or a worker does not see what it did.
    """
    noise = np.random.default_rng().integers(0, 256, (64, 64, 3), dtype=np.uint8)  # not to be known already
    with tempfile.TemporaryDirectory() as folder, Catalogue.open(catalogue_url) as catalogue:
        picture = Path(folder) / "new.png"
        Image.fromarray(noise).save(picture)
        added_s = _time_until_seen(entry, server, catalogue, "add", str(picture), "--collection", COLLECTION)
        [image_id] = catalogue.find(locator=str(picture))
        removed_s = _time_until_seen(entry, server, catalogue, "remove", str(image_id), "--yes")
    return Freshness(added_s, removed_s)


def _time_until_seen(entry: Path, server: RunningServer, catalogue: Catalogue, *command: str) -> float:
    """Run a command that changes the catalogue once; return the seconds from its commit until every worker saw it."""
    before = catalogue.last_change()
    with subprocess.Popen(  # noqa: S603 - our own program with our own arguments
        [sys.executable, entry, *command, "--json"], stdout=subprocess.DEVNULL
    ) as process:
        while (change := catalogue.last_change()) == before:
            if process.poll() is not None and catalogue.last_change() == before:
                raise EnvironmentFault(f"`{command[0]}` changed nothing; what it said stands above")
            time.sleep(0.002)
        committed = time.perf_counter()
        wait_until_seen(server, change)
        return time.perf_counter() - committed


def wait_until_seen(server: RunningServer, change: int) -> None:
    """Return once both indexes of every worker hold a change of the catalogue.

    Raises:
        EnvironmentFault: they do not in time.
    """
    began, port, said = time.perf_counter(), urlsplit(server.address).port or 0, set[int]()
    while not _all_say_ready(server.process_id, port, said, change):
        if time.perf_counter() > began + START_TIMEOUT_S:
            raise EnvironmentFault(f"expected every worker to see change {change}; seen by {len(said)}")


def _all_say_ready(process_id: int, port: int, said: set[int], change: int = 0) -> bool:
    """Ask a few workers, whichever answer; return whether all of a server's have said that they are ready.

    Args:
        process_id: of the server.
        port: of the server.
        said: those that have said so before; more are put in.
        change: that their indexes must hold.
    """
    # Several at a time, so that no worker is left out for long.
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        for answer in pool.map(_readiness, [port] * ASKED_AT_ONCE):
            if answer.get("ready") and answer["index_change"] >= change:
                said.add(answer["worker"])
    workers = set(children_of(process_id))
    return bool(workers) and workers <= said


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
        said = set[int]()
        while not _all_say_ready(process.pid, port, said):
            if process.poll() is not None or time.perf_counter() - started > START_TIMEOUT_S:
                raise EnvironmentFault("the server did not become ready; what it said stands above")
            time.sleep(0.02)
        yield RunningServer(f"http://127.0.0.1:{port}", process.pid, started)
    finally:
        process.terminate()
        process.wait()


def worker_pss_mb(process_id: int) -> tuple[float, ...]:
    """Return the proportional set size of each child of a process, MiB, as Linux accounts it."""
    return tuple(map(pss_mb, children_of(process_id)))


def _readiness(port: int) -> dict[str, Any]:
    """Return what a worker of a server says of its readiness; nothing while none answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, HTTPException):
        return {}
    else:
        return answer
    finally:
        connection.close()
