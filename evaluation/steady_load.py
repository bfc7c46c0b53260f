"""Serves a catalogue for minutes while clients search it and another adds and removes pictures.

Tells whether it stays as fast as it was, whether its workers grow, whether anything fails, and whether all parts agree
at the end. The clients run on the same machine, and their share is in the figures.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from data.catalogue import Catalogue
from errors import EnvironmentFault
from evaluation.changing_client import Change, ChangingClient, Kind, writing_token
from evaluation.experiments.machine import Machine, this_machine
from evaluation.http_load import make_jpegs, make_uploads, measure_load
from evaluation.markdown import table
from evaluation.process_memory import children_of, resident_mb
from evaluation.serving import COLLECTION, WARM_UP, RunningServer, run_server
from evaluation.steady_clients import Asked, Minute, by_minute, searching, sum_up

UPLOADS = 400
"""Different pictures that clients search with, again and again: they lie in memory."""
ADDED = 200
"""Different pictures that are added, likewise."""
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """What is done.

    Attributes:
        minutes: how long; clients: that search at a time.
        change_s: seconds from the beginning of one change to that of the next, or as long as it takes to be seen.
        seed: of the pictures.
    """

    minutes: float = 10.0
    clients: int = 8
    change_s: float = 2.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class MemoryLook:
    """What workers held at one moment: process to resident MiB, shared pages counted in full."""

    at_s: float
    workers_mb: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class ChangesSeen:
    """What came of changes of one kind.

    Attributes:
        made: how many.
        median_ms, worst_ms: until the answer; 0 where there is none.
        seen_median_s, seen_worst_s: from the answer until every worker knew of it.
        wrong: after which a search told what is not so.
    """

    made: int
    median_ms: float
    worst_ms: float
    seen_median_s: float
    seen_worst_s: float
    wrong: int

    @classmethod
    def of(cls, changes: Sequence[Change], kind: Kind) -> "ChangesSeen":
        """Sum up the changes of a kind."""
        some = [change for change in changes if change.kind == kind]
        took = [change.answered_ms for change in some] or [0.0]
        seen = [change.seen_s for change in some] or [0.0]
        return cls(
            len(some),
            float(np.median(took)),
            max(took),
            float(np.median(seen)),
            max(seen),
            sum(not change.is_right for change in some),
        )


@dataclass(frozen=True, slots=True)
class SteadyLoad:
    """What a server did for minutes.

    Attributes:
        machine: that served and asked; catalogue: pictures before; clients: that searched.
        whole: of all minutes; minutes: one by one.
        memory: at the start, after each minute, and at the end.
        added, removed: what came of changes, those of the clearing up at the end left out.
        change_failures: kind to number.
        left: pictures of the measurement that had to be removed by command, as the server did not.
        findings: what `check` tells after the end.
    """

    machine: Machine
    catalogue: int
    clients: int
    whole: Minute
    minutes: tuple[Minute, ...]
    memory: tuple[MemoryLook, ...]
    added: ChangesSeen
    removed: ChangesSeen
    change_failures: Mapping[str, int]
    left: int
    findings: tuple[str, ...]

    @property
    def replaced(self) -> int:
        """Workers that were not there at the start: the server started them in place of others."""
        processes = [set(look.workers_mb) for look in self.memory]
        return len(set().union(*processes) - processes[0])

    @property
    def grown_mb(self) -> dict[int, float]:
        """MiB that each worker grew by from the end of the first minute, when its caches are full, to the end."""
        first, last = self.memory[min(1, len(self.memory) - 1)].workers_mb, self.memory[-1].workers_mb
        return {worker: last[worker] - held for worker, held in first.items() if worker in last}

    @property
    def is_clean(self) -> bool:
        """Whether nothing failed, every change was told right, no worker was replaced, and all parts agree."""
        return not (
            self.whole.failures
            or self.change_failures
            or self.added.wrong
            or self.removed.wrong
            or self.replaced
            or self.left
            or self.findings
        )

    def to_record(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        told = {"is_clean": self.is_clean, "replaced": self.replaced, "grown_mb": self.grown_mb}
        return asdict(self) | {"per_second": self.whole.per_second} | told

    def lines(self) -> Iterator[str]:
        """Yield the figures as Markdown."""
        yield (
            f"{self.clients} clients searched {self.catalogue:,} pictures for {self.whole.seconds / 60:.1f} minutes, "
            f"while another added and removed some. {self.machine.words()}."
        )
        yield ""
        yield from table(
            ("minute", "searches", "a second", "median", "p95", "p99", "worst", "failed", "workers, resident"),
            [
                *(
                    _row(str(minute.number), minute, look)
                    for minute, look in zip(self.minutes, self.memory[1:], strict=True)
                ),
                _row("all", self.whole, self.memory[-1]),
            ],
        )
        yield ""
        yield (
            f"Workers at the start: {_sizes(self.memory[0])}; from the first minute to the end "
            + (", ".join(f"{grown:+.1f} MiB" for grown in self.grown_mb.values()) or "none stayed")
            + f"; replaced: {self.replaced}."
        )
        for name, seen in (("added", self.added), ("removed", self.removed)):
            yield (
                f"{seen.made} pictures {name}: answered in {seen.median_ms:.0f} ms (worst {seen.worst_ms:.0f}), seen "
                f"by every client {seen.seen_median_s:.2f} s after (worst {seen.seen_worst_s:.2f}), "
                f"{seen.wrong} told wrong."
            )
        for what, failures in (("searches", self.whole.failures), ("changes", self.change_failures)):
            told = ", ".join(f"{kind} {number}" for kind, number in failures.items())
            yield f"Failed {what}: {told or 'none'}."
        if self.left:
            yield f"{self.left} pictures had to be removed by command."
        yield "Check: " + ("; ".join(self.findings) or "catalogue, thumbnails and indexes agree") + "."


def _row(name: str, minute: Minute, look: MemoryLook) -> tuple[str, ...]:
    times = (minute.median_ms, minute.p95_ms, minute.p99_ms, minute.worst_ms)
    failed = str(sum(minute.failures.values()))
    return (
        name,
        f"{minute.searches:,}",
        f"{minute.per_second:.1f}",
        *(f"{one:.0f} ms" for one in times),
        failed,
        _sizes(look),
    )


def _minute_line(minute: Minute) -> str:
    failed = sum(minute.failures.values())
    return f"minute {minute.number}: {minute.per_second:.1f} a second, p99 {minute.p99_ms:.0f} ms, {failed} failed"


def _sizes(look: MemoryLook) -> str:
    return ", ".join(f"{held:.0f}" for held in look.workers_mb.values()) + " MiB"


def measure_steady_load(
    entry: Path,
    pictures: Sequence[Path],
    catalogue_url: str,
    order: LoadOrder,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> SteadyLoad:
    """Serve the catalogue that the environment names, and search and change it for minutes.

    What was added is removed at the end, and the token that added it. The pictures are in the collection `benchmark`
    meanwhile, so that their owner finds them where this was killed.

    Args:
        entry: index.py.
        pictures: to make uploads of.
        catalogue_url: of that catalogue.
        order: what is done.
        say: told of each minute.
    Raises:
        EnvironmentFault: the server does not come up, or `check` cannot be run.
    """
    bodies = make_uploads(pictures, UPLOADS, seed=order.seed)
    jpegs = make_jpegs(pictures, ADDED, seed=order.seed + 1)
    with Catalogue.open(catalogue_url) as catalogue:
        held, before = catalogue.counts().images, frozenset(catalogue.find(collection=COLLECTION))
        with (
            writing_token(catalogue, timedelta(minutes=order.minutes) + timedelta(hours=1)) as token,
            run_server(entry) as server,
        ):
            measure_load(server.address, bodies[:WARM_UP], clients=order.clients)
            client = ChangingClient(server, catalogue, token, jpegs)
            try:
                asked, memory, seconds = _load(server, bodies, client, order, say)
            finally:
                changes = list(client.changes.made)
                client.clear()
        left = sorted(set(catalogue.find(collection=COLLECTION)) - before)
    if left:
        _command(entry, "remove", *map(str, left), "--yes")
    findings = _command(entry, "check")["findings"]
    return SteadyLoad(
        machine=this_machine(),
        catalogue=held,
        clients=order.clients,
        whole=sum_up(0, seconds, asked),
        minutes=by_minute(asked, seconds),
        memory=tuple(memory),
        added=ChangesSeen.of(changes, "add"),
        removed=ChangesSeen.of(changes, "remove"),
        change_failures=dict(client.changes.failures),
        left=len(left),
        findings=tuple(f"{finding['what']}: {finding['detail']}" for finding in findings),
    )


def _load(
    server: RunningServer,
    bodies: Sequence[bytes],
    client: ChangingClient,
    order: LoadOrder,
    say: Callable[[str], None],
) -> tuple[list[Asked], list[MemoryLook], float]:
    """Search and change until the time is over; return what clients saw, what workers held, and how long it was."""
    wanted_s = order.minutes * _MINUTE_S
    memory = [_look(server, 0.0)]
    started = time.perf_counter()
    with searching(server.address, bodies, order.clients) as asked:
        while (now := time.perf_counter() - started) < wanted_s:
            if now >= len(memory) * _MINUTE_S:
                memory.append(_look(server, now))
                say(_minute_line(by_minute(list(asked), now)[len(memory) - 2]))
            client.step()
            pause_s = min(order.change_s, wanted_s) - (time.perf_counter() - started - now)
            time.sleep(max(0.0, min(pause_s, wanted_s - (time.perf_counter() - started))))
        seconds = time.perf_counter() - started
        minutes = len(by_minute([], seconds))
        while len(memory) <= minutes:
            memory.append(_look(server, seconds))
    return asked, memory, seconds


def _look(server: RunningServer, at_s: float) -> MemoryLook:
    return MemoryLook(at_s, {worker: resident_mb(worker) for worker in children_of(server.process_id)})


def _command(entry: Path, *words: str) -> Any:  # noqa: ANN401 - what each command prints
    """Return what a command prints as JSON; the environment names the data folder."""
    done = subprocess.run(  # noqa: S603 - our own program with our own arguments
        [sys.executable, entry, *words, "--json"], stdout=subprocess.PIPE, check=False
    )
    if not done.stdout:
        raise EnvironmentFault(
            f"`{words[0]}` said nothing; what it complained of stands above",
            remedy=f"See what is left: `python3 index.py list --collection {COLLECTION}`.",
        )
    return json.loads(done.stdout)
