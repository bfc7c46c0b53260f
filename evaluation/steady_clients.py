"""Clients that search a server for minutes: no failure ends them, each is counted, and all is told minute by minute."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import numpy as np

from evaluation.http_load import BODY_TYPE

TIMEOUT_S = 60
"""After which a client gives an answer up."""
_PAUSE_AFTER_FAILURE_S = 0.1
_MINUTE_S = 60.0
_SLACK_S = 5.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as its client saw it.

    Attributes:
        ended_s: from the beginning of all.
        took_ms: from the request to the whole answer.
        failure: such as 'status 503' or 'TimeoutError'; None where it was answered with a status of success.
        said: what was read from such an answer; '' where nobody wanted to know.
    """

    ended_s: float
    took_ms: float
    failure: str | None
    said: str = ""

    @property
    def began_s(self) -> float:
        """From the beginning of all."""
        return self.ended_s - self.took_ms / 1e3


@dataclass(frozen=True, slots=True)
class Minute:
    """What clients saw in a minute.

    Attributes:
        number: from 1.
        seconds: that it lasted: the last is cut short, or takes the few seconds after it in.
        searches: answered; a search counts in the minute in which it ends.
        median_ms, p95_ms, p99_ms, worst_ms: of those; 0 where there is none.
        failures: kind to number.
    """

    number: int
    seconds: float
    searches: int
    median_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float
    failures: Mapping[str, int]

    @property
    def per_second(self) -> float:
        """Searches answered a second."""
        return self.searches / self.seconds


def sum_up(number: int, seconds: float, asked: Sequence[Asked]) -> Minute:
    """Return what clients saw in a time of so many seconds."""
    took_ms = [one.took_ms for one in asked if one.failure is None]
    median_ms, p95_ms, p99_ms = np.percentile(took_ms, [50, 95, 99]).tolist() if took_ms else (0.0, 0.0, 0.0)
    return Minute(
        number=number,
        seconds=seconds,
        searches=len(took_ms),
        median_ms=median_ms,
        p95_ms=p95_ms,
        p99_ms=p99_ms,
        worst_ms=max(took_ms, default=0.0),
        failures=dict(Counter(one.failure for one in asked if one.failure is not None)),
    )


def by_minute(asked: Sequence[Asked], seconds: float) -> tuple[Minute, ...]:
    """Return what clients saw, minute by minute.

    Args:
        asked: in any order.
        seconds: that they searched; what ended later, as it had begun before, counts in the last minute.
    """
    minutes = max(1, int(np.ceil((seconds - _SLACK_S) / _MINUTE_S)))
    parts: list[list[Asked]] = [[] for _ in range(minutes)]
    for one in asked:
        parts[min(int(one.ended_s / _MINUTE_S), minutes - 1)].append(one)
    return tuple(
        sum_up(number, _MINUTE_S if number < minutes else seconds - (minutes - 1) * _MINUTE_S, part)
        for number, part in enumerate(parts, 1)
    )


@contextmanager
def searching(
    address: str, bodies: Sequence[bytes], clients: int, *, read: Callable[[bytes], str] = lambda _: ""
) -> Iterator[list[Asked]]:
    """Search a server of this machine from several threads while the block runs; gives what they saw so far.

    Args:
        address: of the server.
        bodies: of searches, from http_load.make_uploads; asked again and again.
        clients: threads with a connection each.
        read: returns what is to be kept of a successful answer; its time is not counted.
    """
    target, seen, stopping = urlsplit(address), list[Asked](), threading.Event()
    started = time.perf_counter()

    def ask(first: int) -> None:
        connection, number = HTTPConnection(target.hostname or "", target.port, timeout=TIMEOUT_S), first
        while not stopping.is_set():
            began = time.perf_counter()
            failure, answer = _ask(connection, bodies[number % len(bodies)])
            ended = time.perf_counter()
            seen.append(Asked(ended - started, (ended - began) * 1e3, failure, "" if failure else read(answer)))
            number += clients
            if failure is not None:
                connection.close()  # the next request opens it anew
                stopping.wait(_PAUSE_AFTER_FAILURE_S)
        connection.close()

    threads = [threading.Thread(target=ask, args=(first,), name=f"client-{first}") for first in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def _ask(connection: HTTPConnection, body: bytes) -> tuple[str | None, bytes]:
    """Search; return what went wrong, None where nothing did, and the answer."""
    try:
        connection.request("POST", "/api/v1/search", body=body, headers={"Content-Type": BODY_TYPE})
        response = connection.getresponse()
        answer = response.read()
    except (OSError, HTTPException) as exc:
        return type(exc).__name__, b""
    return (None if 200 <= response.status < 300 else f"status {response.status}"), answer
