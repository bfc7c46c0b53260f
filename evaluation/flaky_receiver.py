"""A receiver of webhooks on this machine that fails at times, and checks what it is sent as a careful one would."""

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

_OLDEST_S = 300
"""Older messages are replayed ones."""
_ERRORS, _CUTS, _LOST = 0.2, 0.1, 0.05
"""Shares of the messages that are answered with an error, cut off unread, and taken with the answer lost."""


class FlakyReceiver:
    """What came, and what was made of it.

    Attributes:
        port: on this machine.
        taken: ids of the messages that were taken, in the order in which they were, repeated ones too.
        refused: messages that were answered with an error, or not.
        forged: messages whose signature or time does not hold.
    """

    def __init__(self, seed: int) -> None:
        """Draw when it fails."""
        self.port = 0
        self.taken: list[str] = []
        self.refused = 0
        self.forged = 0
        self._rng = np.random.default_rng(seed)
        self._secret = b""
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it receives."""
        return f"http://127.0.0.1:{self.port}/hook"

    def expect(self, secret: str) -> None:
        """Check signatures by this secret from now on, as `watch hook` has shown it."""
        self._secret = base64.b64decode(secret.removeprefix("whsec_"))

    def receive(self, headers: Any, body: bytes) -> int:  # noqa: ANN401 - a message of http.server
        """Return the status to answer; 0: cut the connection."""
        with self._lock:
            message_id, moment = headers["webhook-id"], headers["webhook-timestamp"]
            signed = f"{message_id}.{moment}.".encode() + body
            expected = "v1," + base64.b64encode(hmac.digest(self._secret, signed, hashlib.sha256)).decode()
            is_old = abs(time.time() - int(moment)) > _OLDEST_S
            if is_old or not hmac.compare_digest(expected, headers["webhook-signature"]):
                self.forged += 1
                return 401
            chance = float(self._rng.random())
            if chance < _ERRORS + _CUTS:
                self.refused += 1
                return 500 if chance < _ERRORS else 0
            self.taken.append(message_id)
            return 0 if chance < _ERRORS + _CUTS + _LOST else 204


@contextmanager
def flaky_receiver(seed: int) -> Iterator[FlakyReceiver]:
    """Receive webhooks while the block runs."""
    receiver = FlakyReceiver(seed)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.receive(self.headers, body)
            if status == 0:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of connections that were cut on purpose, or by a killed server."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
