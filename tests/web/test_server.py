"""The real server: gunicorn, two workers, sockets."""

import http.client
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import httpx
import pytest

from errors import AddressInUse, BadInput, RetraceError, StorageUnavailable
from search.open_engine import close_engine
from tests.web.site_parts import MAX_UPLOAD_MB, draw, encode, make_engine, noise, site_settings
from web.server import METRICS_PREFIX, address_of, bind_socket, make_metrics_dir, serve

ROOT = Path(__file__).resolve().parents[2]
SHARE = 25
PICTURE = encode(draw(7))
MIB = 2**20


@dataclass(frozen=True)
class Running:
    """A server that runs.

    Attributes:
        address: where it is.
        temporary: the only folder it knows for temporary files.
    """

    address: str
    temporary: Path
    process: "subprocess.Popen[str]"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder, temporary = tmp_path_factory.mktemp("served"), tmp_path_factory.mktemp("temporary")
    close_engine(make_engine(site_settings(folder), [encode(draw(seed)) for seed in range(12)]))
    with subprocess.Popen(
        [sys.executable, "-m", "tests.web.serve_small_site", str(folder), f"{SHARE}/hour"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary), "FORWARDED_ALLOW_IPS": "*", "WEB_CONCURRENCY": "7"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, process.stderr and process.stderr.read()
        try:
            yield Running(address, temporary, process)
        finally:
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=30)
        # Told to stop, it stops well, and it had nothing to complain of.
        assert process.returncode == 0
        assert log == ""
        assert list(temporary.iterdir()) == []


def test_pages_and_searches_are_answered(server: Running) -> None:
    assert httpx.get(server.address).status_code == 200
    answer = httpx.post(f"{server.address}api/v1/search", content=PICTURE, headers={"Content-Type": "image/png"})
    assert answer.json()["copies"]["hits"][0]["verdict"] == "identical"


def test_workers_say_that_they_are_ready(server: Running) -> None:
    answer = httpx.get(f"{server.address}readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)


def test_large_uploads_leave_no_file(server: Running) -> None:
    big = noise((MAX_UPLOAD_MB - 1) * MIB)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(big), MIB):
            yield big[start : start + MIB]

    form = httpx.post(f"{server.address}api/v1/search", files={"file": ("a.bmp", big)}, timeout=60)
    chunked = httpx.post(
        f"{server.address}api/v1/search", content=pieces(), headers={"Content-Type": "image/bmp"}, timeout=60
    )
    assert (form.status_code, chunked.status_code) == (200, 200)
    assert [path for path in server.temporary.iterdir() if not path.name.startswith(METRICS_PREFIX)] == []


@pytest.mark.parametrize("is_chunked", [False, True], ids=["with length", "chunked"])
def test_too_large_an_upload_gets_its_answer_not_a_broken_line(server: Running, *, is_chunked: bool) -> None:
    piece, pieces = bytes(MIB), MAX_UPLOAD_MB + 14
    headers = {"Content-Type": "application/octet-stream"}
    if not is_chunked:
        headers["Content-Length"] = str(pieces * MIB)
    with closing(http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=30)) as connection:
        body = iter([piece] * pieces)
        connection.request("POST", "/api/v1/search", body=body, headers=headers, encode_chunked=is_chunked)
        answer = connection.getresponse()
        assert answer.status == 413
        assert b"remedy" in answer.read()


def test_slow_clients_do_not_hold_the_threads_for_ever(server: Running) -> None:
    """More of them than there are threads; each sends a byte now and then."""
    place = urlsplit(server.address)
    head = b"POST /api/v1/search HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: 9999\r\n\r\n"
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection((place.hostname, place.port))) for _ in range(8)]
        for connection in slow:
            connection.sendall(head)
        deadline = monotonic() + 30
        while not select.select(slow, [], [], 0.2)[0]:
            assert monotonic() < deadline
            for connection in slow:
                connection.sendall(b"x")
        (answered, *_), _, _ = select.select(slow, [], [])
        assert answered.recv(4096).startswith(b"HTTP/1.1 408 ")
        assert httpx.get(f"{server.address}healthz", timeout=30).status_code == 200


def test_nobody_is_believed_about_scheme_or_address(server: Running) -> None:
    answer = httpx.get(server.address, headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"})
    assert "Secure" not in answer.headers["Set-Cookie"]


def test_metrics_are_summed_over_the_workers(server: Running) -> None:
    for _ in range(10):
        httpx.get(f"{server.address}about")
    for _ in range(3):  # whichever worker answers
        text = httpx.get(f"{server.address}metrics").text
        found = re.search(r'retrace_requests_total\{method="GET",route="/about",status="200"\} (\d+)', text)
        assert found is not None
        assert int(found[1]) == 10
    assert "retrace_images 12.0" in text
    deadline = monotonic() + 30  # the second worker may still be starting
    while "retrace_workers 2.0" not in (text := httpx.get(f"{server.address}metrics").text):
        assert monotonic() < deadline
    assert 'retrace_index_behind{index="copies"} 0.0' in text


def test_share_holds_across_workers(server: Running) -> None:
    """Last of this file, as it uses the share up."""
    statuses = [httpx.get(f"{server.address}search?image=1").status_code for _ in range(SHARE + 5)]
    passed = statuses.count(200)
    assert set(statuses) == {200, 429}
    assert passed < SHARE
    assert statuses == [200] * passed + [429] * (len(statuses) - passed)


def test_taken_port_is_told() -> None:
    with bind_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUse, match=f"127.0.0.1:{port}"):
            bind_socket("127.0.0.1", port)


def test_foreign_interface_is_told() -> None:
    with pytest.raises(AddressInUse):
        bind_socket("203.0.113.1", 0)
    with pytest.raises(AddressInUse):
        bind_socket("no-such-name.invalid", 0)


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")])  # noqa: S104 - for a moment
def test_address_can_be_opened_in_a_browser(host: str, shown: str) -> None:
    with bind_socket(host, 0) as listener:
        assert address_of(listener) == f"http://{shown}:{listener.getsockname()[1]}/"


def test_address_of_version_6() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        listener = bind_socket("::1", 0)
    except AddressInUse as exc:
        pytest.skip(str(exc))
    with listener:
        assert address_of(listener).startswith("http://[::1]:")


def test_each_server_has_metrics_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines may share a data folder, and two of them may have workers of the same number."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = make_metrics_dir(), make_metrics_dir()
    assert first != second
    assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(second)
    assert {path.parent for path in (first, second)} == {tmp_path}


def test_unwritable_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    with pytest.raises(StorageUnavailable, match="temporary"):
        make_metrics_dir()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"rate_limit": "plenty"}, BadInput),
        ({"index_url": "lsh:?recall=high"}, BadInput),
        ({"data_dir": Path("/proc/nowhere"), "secret_key": ""}, StorageUnavailable),
    ],
)
def test_what_keeps_every_worker_from_starting_is_told_before_there_is_one(
    tmp_path: Path, changes: dict[str, object], error: type[RetraceError]
) -> None:
    with bind_socket("127.0.0.1", 0) as listener, pytest.raises(error):
        serve(site_settings(tmp_path, **changes), listener)
