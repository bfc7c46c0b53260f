"""Changes the model of a catalogue while it is searched over HTTP, there and back, and tells what searches saw."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from errors import EnvironmentFault
from evaluation.serving import run_server
from evaluation.steady_clients import Asked, searching


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
    with run_server(entry) as server, searching(server.address, bodies, clients, read=_model_of) as seen:
        there = _change(entry, str(model), seen, around_s)
        back = _change(entry, there[1]["was"], seen, around_s)
    return _report(*there), _report(*back)


def _change(entry: Path, which: str, seen: list[Asked], around_s: float) -> tuple[list[Asked], dict[str, str], float]:
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


def _report(searches: list[Asked], said: dict[str, str], command_s: float) -> ChangeReport:
    """Return what searches saw."""
    new = said["model_id"]
    switched = min((search.ended_s for search in searches if search.said == new), default=float("inf"))
    took_ms = [search.took_ms for search in searches]
    return ChangeReport(
        model_id=new,
        pictures=int(said["pictures"]),
        described=int(said["described"]),
        command_s=command_s,
        searches=len(searches),
        failed=sum(search.failure is not None for search in searches),
        late=sum(search.failure is None and search.said != new and search.began_s > switched for search in searches),
        median_ms=float(np.median(took_ms)),
        p99_ms=float(np.percentile(took_ms, 99)),
        worst_ms=max(took_ms),
    )


def _model_of(answer: bytes) -> str:
    """Return the id of the model that an answer is by."""
    return str(json.loads(answer)["model_id"])
