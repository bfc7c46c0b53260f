"""A real server with a few pictures, tokens, and another server whose pictures it may fetch."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from data.tokens import ApiTokens
from search.open_engine import close_engine
from tests.web.site_parts import make_engine, site_settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunningSite:
    """A server that runs.

    Attributes:
        address: of it, with a slash at the end.
        reading, writing: tokens; that for reading may search 50 times an hour.
        elsewhere: address of the other server, with a slash at the end.
    """

    address: str
    reading: str
    writing: str
    elsewhere: str


@contextmanager
def running_site(
    folder: Path, pictures: Sequence[bytes], served: Mapping[str, bytes], *, rate_limit: str = "none"
) -> Iterator[RunningSite]:
    """Serve a new catalogue of some pictures until the block ends.

    Args:
        folder: of the catalogue, empty.
        pictures: that it holds.
        served: by the other server: name to picture.
        rate_limit: of visitors.
    """
    engine = make_engine(site_settings(folder), pictures)
    tokens = ApiTokens(engine.catalogue.database)
    _, reading = tokens.add("reader", "read", lifetime=timedelta(days=1), rate_limit="50/hour")
    _, writing = tokens.add("writer", "write", lifetime=timedelta(days=1), rate_limit="none")
    close_engine(engine)
    with (
        _elsewhere(served) as port,
        subprocess.Popen(
            [sys.executable, "-m", "tests.web.serve_small_site", str(folder), rate_limit, str(port)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            assert address, process.stderr and process.stderr.read()
            yield RunningSite(address, reading, writing, f"http://127.0.0.1:{port}/")
        finally:
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=30)
    assert log == ""


@contextmanager
def _elsewhere(served: Mapping[str, bytes]) -> Iterator[int]:
    """Serve pictures by their names and give the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.get(self.path.removeprefix("/"))
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Keep the log of the tests clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
