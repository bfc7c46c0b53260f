"""Searching by address, against a server of our own on this machine."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask.testing import FlaskClient

from data.fetch import Fetcher
from search.query import Engine
from tests.web.conftest import csrf_token, json_of
from tests.web.site_parts import draw, encode, site_settings
from web import create_app

PICTURE = encode(draw(7))


@dataclass(frozen=True)
class Elsewhere:
    """A server of pictures.

    Attributes:
        address: where it is.
        is_over: ends what stalls.
    """

    address: str
    port: int
    is_over: threading.Event


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    is_over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/slow.png":
                is_over.wait(10)
                return
            body, status = {
                "/a.png": (PICTURE, 200),
                "/text.png": (b"no picture at all", 200),
                "/big.png": (PICTURE + bytes(100_000), 200),
            }.get(self.path, (b"gone", 404))
            self.send_response(status)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Keep the log of the tests clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        port = server.server_address[1]
        yield Elsewhere(f"http://127.0.0.1:{port}", port, is_over)
        is_over.set()
        server.shutdown()


@pytest.fixture
def client(engine: Engine, elsewhere: Elsewhere, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    fetcher = Fetcher(timeout_s=0.5, max_bytes=50_000, ports={elsewhere.port}, allowed_addresses={"127.0.0.1"})
    settings = site_settings(tmp_path_factory.mktemp("by-address"))
    return create_app(settings, engine=engine, fetcher=fetcher).test_client()


def test_picture_behind_an_address_is_found(client: FlaskClient, elsewhere: Elsewhere) -> None:
    address = f"{elsewhere.address}/a.png"
    answer = client.post("/api/v1/search", json={"url": address})
    assert json_of(answer)["copies"]["hits"][0]["verdict"] == "identical"
    assert "fetch;dur=" in answer.headers["Server-Timing"]
    form = client.post("/api/v1/search", data={"url": address}, content_type="multipart/form-data")
    assert json_of(form)["copies"] == json_of(answer)["copies"]
    page = client.post("/search", data={"csrf_token": csrf_token(client), "url": address})
    assert page.status_code == 200
    assert address in page.text
    assert "Fetch the picture" in page.text
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "status"), [("/none.png", 422), ("/text.png", 415), ("/big.png", 413), ("/slow.png", 504)]
)
def test_what_cannot_be_had_is_told(client: FlaskClient, elsewhere: Elsewhere, path: str, status: int) -> None:
    answer = client.post("/api/v1/search", json={"url": elsewhere.address + path})
    assert answer.status_code == status
    assert json_of(answer)["remedy"]
