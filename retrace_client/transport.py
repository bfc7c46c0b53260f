"""One request: sent, waited for, sent again where the site asks to come back, and its errors in our words."""

import email.utils
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx

from retrace_client.errors import AnswerUnreadable, Problem, TimedOut, Unreachable, refusal

_COME_BACK = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_PAUSE_S = 1.0
"""Before a request is sent again where the site does not say when; twice as long each further time."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client waits.

    Attributes:
        timeout_s: for a connection, and between two pieces of an answer.
        retries: how often a request is sent again that the site had no time for (429, 503).
        longest_wait_s: before one is sent again; where the site asks for more, the request fails at once.
    """

    timeout_s: float = 60.0
    retries: int = 2
    longest_wait_s: float = 60.0


class Transport:
    """Requests to one site. Every request of the API may be sent twice: to add a picture again changes nothing."""

    def __init__(
        self, address: str, token: str | None, patience: Patience, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Open nothing yet.

        Args:
            address: of the site.
            token: that is shown with every request.
            patience: how long to wait.
            sleep: waits so many seconds.
        """
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        # Redirects are not followed: the token is for this site alone.
        self._http = httpx.Client(base_url=address, headers=headers, timeout=patience.timeout_s)
        self._patience = patience
        self._sleep = sleep

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, method: str, path: str, **parts: Any) -> httpx.Response:  # noqa: ANN401 - as httpx takes them
        """Return the answer to a request that was not refused.

        Args:
            method: of HTTP.
            path: relative to the site.
            parts: `params`, `json`, `content`, `files`, `data` and `headers`, as httpx takes them.
        Raises:
            Unreachable, RequestRefused: there is no answer, or it is no.
        """
        sent = 0
        while True:
            response = self._send_once(method, path, parts)
            if response.is_success:
                return response
            problem = _problem(response)
            wait_s = problem.retry_after_s if problem.retry_after_s is not None else _PAUSE_S * 2**sent
            may_come_back = response.status_code in _COME_BACK and wait_s <= self._patience.longest_wait_s
            if not may_come_back or sent == self._patience.retries:
                raise refusal(problem)
            sent += 1
            self._sleep(wait_s)

    def document(self, method: str, path: str, **parts: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as httpx takes them
        """Return the document that answers a request.

        Raises:
            Unreachable, RequestRefused: there is no answer, or it is no.
            AnswerUnreadable: it is no document.
        """
        return document_of(self.send(method, path, **parts))

    def _send_once(self, method: str, path: str, parts: Mapping[str, Any]) -> httpx.Response:
        """Return the answer to a request, whatever it is."""
        try:
            return self._http.request(method, path, **parts)
        except httpx.TimeoutException as exc:
            raise TimedOut(f"{self._http.base_url} took longer than {self._patience.timeout_s:g} s") from exc
        except (httpx.TransportError, httpx.InvalidURL) as exc:
            raise Unreachable(f"{self._http.base_url} cannot be reached: {exc}") from exc
        except httpx.DecodingError as exc:
            raise AnswerUnreadable(f"{self._http.base_url} answers what cannot be unpacked: {exc}") from exc


def document_of(response: httpx.Response) -> Mapping[str, Any]:
    """Return the document of an answer.

    Raises:
        AnswerUnreadable: it is none.
    """
    try:
        document = response.json()
    except ValueError as exc:
        raise AnswerUnreadable(f"expected JSON of {response.url}; received {response.text[:80]!r}") from exc
    if not isinstance(document, dict):
        raise AnswerUnreadable(f"expected an object of {response.url}; received {type(document).__name__}")
    return document


def _problem(response: httpx.Response) -> Problem:
    """Return what an answer says of an error; a proxy in between may have written it, in its own words."""
    said: Mapping[str, Any] = {}
    if "json" in response.headers.get("Content-Type", ""):
        try:
            said = document_of(response)
        except AnswerUnreadable:
            said = {}
    detail = said.get("detail") or f"{response.reason_phrase or 'an error'} at {response.url.path}"
    return Problem(
        status=response.status_code,
        kind=str(said.get("type", "")).rpartition("/")[2],
        detail=str(detail),
        remedy=str(said.get("remedy", "")),
        request_id=str(said.get("request_id", "")),
        retry_after_s=_retry_after_s(response.headers.get("Retry-After")),
    )


def _retry_after_s(value: str | None) -> float | None:
    """Return how many seconds to wait, which the header tells as a number or as a date; None where it tells neither."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
