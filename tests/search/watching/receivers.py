"""Receivers on this machine: one of webhooks, which fails when told to, and one of mails."""

import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Received:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass
class HookReceiver:
    """What a receiver of webhooks was sent, and what it answers next; when that is used up, 204."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released once a message, after it was answered."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def taken(self) -> Sequence[str]:
        """Ids of the messages that it said yes to."""
        return [one.headers["webhook-id"] for one in self.received if 200 <= one.status < 300]


@contextmanager
def hook_receiver() -> Iterator[HookReceiver]:
    """Receive webhooks while the block runs. An answer of 0 cuts the connection."""
    state = HookReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = state.answers.pop(0) if state.answers else 204
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.received.append(Received(self.path, headers, body, status))
            if status == 0:
                self.close_connection = True
                self.connection.close()
                state.arrived.release()
                return
            self.send_response(status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.wfile.flush()
            state.arrived.release()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of connections that were cut on purpose."""

    with Server(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


@dataclass
class MailReceiver:
    """What a mail server was given."""

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    refusals: list[bytes] = field(default_factory=list)
    offers: tuple[bytes, ...] = ()


@contextmanager
def mail_receiver(*, offers: tuple[bytes, ...] = ()) -> Iterator[MailReceiver]:
    """Receive mails while the block runs; a refusal is what the next mailbox is answered.

    Args:
        offers: further lines of EHLO, such as b"AUTH PLAIN".
    """
    state = MailReceiver(offers=offers)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"EHLO":
                    lines = [b"here", *state.offers]
                    for number, one in enumerate(lines):
                        self.wfile.write(b"250" + (b" " if number == len(lines) - 1 else b"-") + one + b"\r\n")
                elif word == b"AUTH":
                    state.signed_in.append(line.decode().strip())
                    self.wfile.write(b"235 welcome\r\n")
                elif word == b"RCPT" and state.refusals:
                    self.wfile.write(state.refusals.pop(0) + b"\r\n")
                elif word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    body = bytearray()
                    while (part := self.rfile.readline()) != b".\r\n":
                        body += part
                    state.mails.append(message_from_bytes(bytes(body), policy=default))
                    self.wfile.write(b"250 taken\r\n")
                elif word == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 fine\r\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
