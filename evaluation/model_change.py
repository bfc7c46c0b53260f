"""Changes the model of a catalogue while it is searched over HTTP, there and back, and tells what searches saw."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from errors import EnvironmentFault
from evaluation.http_load import BODY_TYPE
from evaluation.serving import run_server


@dataclass(frozen=True, slots=True)
class _Search:
    """A search as its client saw it; `model` is None where it failed."""

    began: float
    ended: float
    model: str | None
    status: int


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """What searches saw of one change of model.

    Attributes:
        model_id: that serves from then on.
        pictures: of the catalogue.
        described: pictures that had to be described for it.
        command_s: how long the command took.
        searches, failed: while it ran, and a few seconds before and after.
        late: searches that were answered by the old model though they began after the new one had answered one.
        median_ms, p99_ms, worst_ms: of one search.
    """

    model_id: str
    pictures: int
    described: int
    command_s: float
    searches: int
    failed: int
    late: int
    median_ms: float
    p99_ms: float
    worst_ms: float

    def lines(self) -> Iterator[str]:
        """Yield it in words."""
        yield (
            f"{self.pictures:,} pictures to the model {self.model_id:.16} in {self.command_s:.1f} s, "
            f"{self.described:,} described for it."
        )
        yield (
            f"  {self.searches:,} searches meanwhile: {self.failed} failed, {self.late} by the old model after the new "
            f"one had answered; median {self.median_ms:.0f} ms, p99 {self.p99_ms:.0f}, worst {self.worst_ms:.0f}."
        )


def measure_model_change(
    entry: Path, model: Path, bodies: Sequence[bytes], *, clients: int, around_s: float = 3.0
) -> tuple[ChangeReport, ChangeReport]:
    """Serve the catalogue that the environment names, change its model, and change it back.

    Args:
        entry: index.py.
        model: the `.xml` of another model than serves.
        bodies: of searches, from make_uploads; asked again and again.
        clients: that search at a time.
        around_s: of searching before a change begins and after it is done.
    Returns:
        the change there, and the way back.
    Raises:
        EnvironmentFault: the server does not come up, or the command fails.
    """
    with run_server(entry) as server, _searching(server.address, bodies, clients) as seen:
        there = _change(entry, str(model), seen, around_s)
        back = _change(entry, there[1]["was"], seen, around_s)
    return _report(*there), _report(*back)


def _change(
    entry: Path, which: str, seen: list[_Search], around_s: float
) -> tuple[list[_Search], dict[str, str], float]:
    """Run `model use`; return the searches meanwhile, what it said, and how long it took."""
    first = len(seen)
    time.sleep(around_s)
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program with our own arguments
        [sys.executable, entry, "model", "use", which, "--json"], capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - began
    if done.returncode:
        raise EnvironmentFault(f"`model use` failed: {done.stderr.strip()}")
    time.sleep(around_s)
    return seen[first:], json.loads(done.stdout), took


def _report(searches: list[_Search], said: dict[str, str], command_s: float) -> ChangeReport:
    """Return what searches saw."""
    new = said["model_id"]
    switched = min((search.ended for search in searches if search.model == new), default=float("inf"))
    took_ms = [(search.ended - search.began) * 1e3 for search in searches]
    return ChangeReport(
        model_id=new,
        pictures=int(said["pictures"]),
        described=int(said["described"]),
        command_s=command_s,
        searches=len(searches),
        failed=sum(search.model is None for search in searches),
        late=sum(search.model not in (new, None) and search.began > switched for search in searches),
        median_ms=float(np.median(took_ms)),
        p99_ms=float(np.percentile(took_ms, 99)),
        worst_ms=max(took_ms),
    )


@contextmanager
def _searching(address: str, bodies: Sequence[bytes], clients: int) -> Iterator[list[_Search]]:
    """Search a server of this machine from several threads while the block runs; gives what they saw so far."""
    target, seen, stopping = urlsplit(address), list[_Search](), threading.Event()

    def ask(first: int) -> None:
        connection = HTTPConnection(target.hostname or "", target.port, timeout=60)
        number = first
        while not stopping.is_set():
            began = time.perf_counter()
            try:
                connection.request(
                    "POST", "/api/v1/search", body=bodies[number % len(bodies)], headers={"Content-Type": BODY_TYPE}
                )
                response = connection.getresponse()
                answer = response.read()
            except (OSError, HTTPException):
                connection.close()
                seen.append(_Search(began, time.perf_counter(), None, 0))
                continue
            model = json.loads(answer)["model_id"] if response.status == 200 else None
            seen.append(_Search(began, time.perf_counter(), model, response.status))
            number += clients
        connection.close()

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
