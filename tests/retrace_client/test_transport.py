"""When the client comes back, and what it makes of answers that are no answer of Retrace."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from retrace_client import (
    AnswerUnreadable,
    NotReady,
    RequestRefused,
    Retrace,
    ServerFault,
    TimedOut,
    TooManyRequests,
    Unreachable,
)

PROBLEM = b'{"type": "/api/v1/problems/too-many-requests", "detail": "too many", "remedy": "Wait."}'
STATUS = (
    b'{"version": "1", "images": 3, "searchable": 3, "max_upload_bytes": 1, "max_pixels": 1, "fetches_urls": true, '
    b'"rate_limit": ""}'
)
Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Script:
    """What a server answers, one after the other, and what it was asked."""

    replies: list[Reply]
    asked: list[str] = field(default_factory=list)


@contextmanager
def scripted(replies: list[Reply]) -> Iterator[tuple[str, Script]]:
    """Serve some answers, one after the other."""
    script = Script(list(replies))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.asked.append(f"{self.path} {self.headers.get('Authorization')}")
            status, headers, body = script.replies.pop(0)
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Keep the log of the tests clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", script
        server.shutdown()
        thread.join()


def in_a_minute() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "is_right"),
    [
        (lambda: "7", lambda wait_s: wait_s == 7),
        (in_a_minute, lambda wait_s: 50 < wait_s <= 60),
        (lambda: "soon", lambda wait_s: wait_s == 1),
    ],
    ids=["seconds", "date", "unreadable"],
)
def test_it_comes_back_when_the_site_says(
    status: int, header: Callable[[], str], is_right: Callable[[float], bool]
) -> None:
    waits: list[float] = []
    replies = [(status, {"Retry-After": header()}, PROBLEM), (200, {}, STATUS)]
    with scripted(replies) as (address, script), Retrace(address, token="rt_a", sleep=waits.append) as client:
        assert client.status().images == 3
    assert script.asked == ["/api/v1/status Bearer rt_a"] * 2
    assert len(waits) == 1
    assert is_right(waits[0])


def test_it_gives_up_in_the_end() -> None:
    waits: list[float] = []
    replies: list[Reply] = [(503, {}, b"")] * 3
    with (
        scripted(replies) as (address, script),
        Retrace(address, sleep=waits.append) as client,
        pytest.raises(NotReady, match="503"),
    ):
        client.status()
    assert script.replies == []
    assert waits == [1, 2]


def test_it_does_not_wait_for_longer_than_it_may() -> None:
    waits: list[float] = []
    replies: list[Reply] = [(429, {"Retry-After": "3600"}, PROBLEM)]
    with (
        scripted(replies) as (address, _),
        Retrace(address, sleep=waits.append) as client,
        pytest.raises(TooManyRequests, match=r"too many\. Wait\.") as caught,
    ):
        client.status()
    assert (caught.value.kind, caught.value.problem.retry_after_s) == ("too-many-requests", 3600)
    assert waits == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((200, {}, b"<html>"), AnswerUnreadable),
        ((200, {}, b"[]"), AnswerUnreadable),
        ((200, {}, b'{"version": "1"}'), AnswerUnreadable),
        ((200, {"Content-Encoding": "gzip"}, b"not gzip"), AnswerUnreadable),
        ((502, {"Content-Type": "text/html"}, b"Bad gateway"), ServerFault),
        ((500, {}, b"not JSON"), ServerFault),
        # Not followed: the token is for this site alone.
        ((302, {"Location": "http://127.0.0.1:9/"}, b""), RequestRefused),
    ],
)
def test_what_is_no_answer_of_retrace_is_told(reply: Reply, error: type[Exception]) -> None:
    with scripted([reply]) as (address, script), Retrace(address) as client, pytest.raises(error):
        client.status()
    assert len(script.asked) == 1


def test_a_site_that_is_not_there_is_told() -> None:
    with scripted([]) as (address, _):
        pass
    with Retrace(address) as client, pytest.raises(Unreachable, match="cannot be reached"):
        client.status()


def test_a_site_that_says_nothing_is_not_waited_for_for_ever() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Retrace(address, timeout_s=0.1) as client, pytest.raises(TimedOut, match=r"longer than 0\.1 s"):
            client.status()
