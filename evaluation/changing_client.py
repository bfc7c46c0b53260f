"""A client that adds pictures to a running server and removes them, and looks whether searches see what it did."""

import json
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from secrets import token_hex
from typing import Literal
from urllib.parse import urlsplit

from data.catalogue import Catalogue
from data.tokens import ApiTokens
from errors import EnvironmentFault
from evaluation.http_load import BODY_TYPE, make_body
from evaluation.serving import COLLECTION, RunningServer, wait_until_seen
from evaluation.steady_clients import TIMEOUT_S

AT_A_TIME = 8
"""Pictures of its own that the catalogue holds at most, before the oldest of them is removed."""
Kind = Literal["add", "remove"]


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was made.

    Attributes:
        answered_ms: as the client saw it.
        seen_s: from the answer until both indexes of every worker held it: from then on every client sees it.
        is_right: a search with the picture then told what is so: it is there, or no longer.
    """

    kind: Kind
    answered_ms: float
    seen_s: float
    is_right: bool


@dataclass(slots=True)
class Changes:
    """What came of all changes.

    Attributes:
        made: those that were made.
        failures: kind to number: changes that were refused, or not seen in time.
        left: ids of pictures that are still there.
    """

    made: list[Change] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    left: deque[tuple[int, bytes]] = field(default_factory=deque)


class ChangingClient:
    """Adds and removes one picture after another."""

    def __init__(self, server: RunningServer, catalogue: Catalogue, token: str, jpegs: Sequence[bytes]) -> None:
        """Keep what is needed.

        Args:
            server: runs over the catalogue.
            catalogue: of which alone the number of the last change is read.
            token: that may write.
            jpegs: files to add, each other bytes; taken again once they are used up.
        """
        self.changes = Changes()
        self._server = server
        self._catalogue = catalogue
        self._jpegs = jpegs
        self._headers = {"Content-Type": BODY_TYPE, "Authorization": f"Bearer {token}"}
        self._next = 0

    def step(self) -> None:
        """Add a picture or, where AT_A_TIME of them are there, remove the oldest; a failure is counted."""
        try:
            if len(self.changes.left) >= AT_A_TIME:
                self._remove()
            else:
                self._add()
        except _Refused as exc:
            self.changes.failures[str(exc)] += 1
        except EnvironmentFault:
            self.changes.failures["not seen in time"] += 1

    def clear(self) -> None:
        """Remove what is left, whether or not anyone looks."""
        while self.changes.left:
            image_id, _ = self.changes.left[0]
            try:
                self._ask("DELETE", f"/api/v1/images/{image_id}", b"", 204)
            except _Refused as exc:
                self.changes.failures[str(exc)] += 1
                return  # whoever started this is told what is left
            self.changes.left.popleft()

    def _add(self) -> None:
        jpeg = self._jpegs[self._next % len(self._jpegs)]
        self._next += 1
        began = time.perf_counter()
        answer = self._ask("POST", "/api/v1/images", make_body(jpeg, collection=COLLECTION), 201)
        answered_ms = (time.perf_counter() - began) * 1e3
        image_id = int(json.loads(answer)["id"])
        self.changes.left.append((image_id, jpeg))
        self._see("add", answered_ms, image_id, jpeg)

    def _remove(self) -> None:
        image_id, jpeg = self.changes.left[0]
        began = time.perf_counter()
        self._ask("DELETE", f"/api/v1/images/{image_id}", b"", 204)
        answered_ms = (time.perf_counter() - began) * 1e3
        self.changes.left.popleft()
        self._see("remove", answered_ms, image_id, jpeg)

    def _see(self, kind: Kind, answered_ms: float, image_id: int, jpeg: bytes) -> None:
        """Wait until every worker knows of a change, and search with its picture."""
        answered = time.perf_counter()
        wait_until_seen(self._server, self._catalogue.last_change())
        seen_s = time.perf_counter() - answered
        told = json.loads(self._ask("POST", "/api/v1/search", make_body(jpeg), 200))
        is_there = any(hit["image"]["id"] == image_id for hit in told["copies"]["hits"])
        self.changes.made.append(Change(kind, answered_ms, seen_s, is_right=is_there == (kind == "add")))

    def _ask(self, method: str, path: str, body: bytes, expected: int) -> bytes:
        """Return what a server answers; a connection a request, so that any worker may take it."""
        target = urlsplit(self._server.address)
        connection = HTTPConnection(target.hostname or "", target.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, body=body, headers=self._headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, HTTPException) as exc:
            raise _Refused(f"{method}: {type(exc).__name__}") from exc
        finally:
            connection.close()
        if response.status != expected:
            raise _Refused(f"{method}: status {response.status}")
        return answer


class _Refused(Exception):
    """A request was not answered as it should be; its text is the kind that is counted."""


@contextmanager
def writing_token(catalogue: Catalogue, lifetime: timedelta) -> Iterator[str]:
    """Make a token that may write for the time of a block, and remove it at its end."""
    tokens, name = ApiTokens(catalogue.database), f"{COLLECTION}-{token_hex(4)}"
    _, text = tokens.add(name, "write", lifetime=lifetime)
    try:
        yield text
    finally:
        tokens.remove(name)
