"""Who sends or reads too slowly loses the connection; who is only large does not."""

import socket
from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread, Timer

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import json_of
from web import slow_clients
from web.slow_clients import TimedSocket


@pytest.fixture
def pair() -> Iterator[tuple[TimedSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with TimedSocket(fileno=ours.detach()) as timed, closing(theirs):
        yield timed, theirs


def test_steps_however_small_come_to_an_end(pair: tuple[TimedSocket, socket.socket]) -> None:
    ours, theirs = pair
    is_over = Event()

    def drip() -> None:
        while not is_over.wait(0.01):
            theirs.sendall(b"x")

    def read_on() -> None:
        while ours.recv(100):
            pass

    dripping = Thread(target=drip)
    ours.allow(0.2)
    dripping.start()
    try:
        with pytest.raises(ConnectionResetError):
            read_on()
    finally:
        is_over.set()
        dripping.join()


def test_silence_comes_to_an_end(pair: tuple[TimedSocket, socket.socket]) -> None:
    ours, _ = pair
    ours.allow(0.05)
    with pytest.raises(ConnectionResetError):
        ours.recv(1)
    with pytest.raises(ConnectionResetError):
        ours.recv(1)
    ours.allow(60)
    assert ours.gettimeout() is None


def test_size_lengthens_the_patience(pair: tuple[TimedSocket, socket.socket]) -> None:
    ours, theirs = pair
    ours.allow(0.05, rate=1)
    theirs.sendall(bytes(60))
    assert len(ours.recv(100)) == 60  # worth a minute
    later = Timer(0.1, theirs.sendall, (b"late",))
    later.start()
    assert ours.recv(100) == b"late"
    later.join()


def test_limits_of_the_caller_hold_where_they_are_shorter(pair: tuple[TimedSocket, socket.socket]) -> None:
    ours, _ = pair
    ours.allow(60)
    ours.settimeout(0.01)
    with pytest.raises(TimeoutError):
        ours.recv(1)
    ours.setblocking(False)
    with pytest.raises(BlockingIOError):
        ours.recv(1)


def test_an_answer_that_is_not_taken_comes_to_an_end(
    pair: tuple[TimedSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, _ = pair
    monkeypatch.setattr(slow_clients, "PATIENCE_S", 0.05)
    monkeypatch.setattr(slow_clients, "LEAST_RATE", 2**30)
    with pytest.raises(ConnectionResetError):
        ours.sendall(bytes(32 * 2**20))


@pytest.mark.parametrize(("error", "status"), [(ConnectionResetError("too slow"), 408), (OSError("bad chunk"), 400)])
def test_a_slow_upload_is_told_so(client: FlaskClient, error: OSError, status: int) -> None:
    class Stalling:
        def read(self, size: int = -1) -> bytes:
            raise error

    answer = client.post(
        "/api/v1/search",
        content_type="image/png",
        environ_overrides={"wsgi.input": Stalling(), "wsgi.input_terminated": True, "CONTENT_LENGTH": "100"},
    )
    assert answer.status_code == status
    assert json_of(answer)["remedy"]
