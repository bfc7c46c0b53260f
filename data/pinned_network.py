"""Connections to public addresses only, each made to the very address that was checked, within one deadline."""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence

import httpcore

from data.public_address import is_public
from errors import AddressRefused, FetchFailed, FetchTimedOut, FileTooLarge

Resolver = Callable[[str, int], Sequence[str]]
"""From a host name and a port to all its IP addresses, A and AAAA; raises OSError when there are none."""

_SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


def resolve_by_system(host: str, port: int) -> list[str]:
    """Return all addresses of a host as the operating system resolves them, the preferred first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Deadline:
    """The moment by which everything must be over; `what` is what is waited for, in words."""

    def __init__(self, timeout_s: float, *, what: str = "the whole picture") -> None:
        self._timeout_s = timeout_s
        self._what = what
        self._end = time.monotonic() + timeout_s

    def remaining_s(self) -> float:
        """Return the seconds that are left.

        Raises:
            FetchTimedOut: none are.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise FetchTimedOut(f"expected {self._what} within {self._timeout_s:g} s; it took longer")
        return left


class PinnedBackend(httpcore.NetworkBackend):
    """Where httpcore gets its connections from: resolves a name once, checks every address, connects to those alone.

    As the check and the connection use the same answer, a name that changes its addresses in between gains nothing.
    httpcore goes on to use the name, not the address, in the Host header, for SNI and against the certificate.

    Args:
        deadline: for resolving, connecting, TLS and every byte read and written.
        max_received: bytes a server may send on one connection, headers and framing too.
        resolve: how names become addresses.
        allowed: addresses that may be connected to though they are not public.
        allows_private: whether any address may; for what an administrator named, never for a stranger.
    """

    def __init__(
        self,
        deadline: Deadline,
        max_received: int,
        *,
        resolve: Resolver,
        allowed: Collection[str] = (),
        allows_private: bool = False,
    ) -> None:
        self._deadline = deadline
        self._max_received = max_received
        self._resolve = resolve
        self._allowed = frozenset(allowed)
        self._allows_private = allows_private
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # httpcore's; the deadline stands in for it
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to the first address of a host that answers.

        Raises:
            AddressRefused: one of the host's addresses, any of them, is not public.
            FetchFailed: the host has no address, or none answers.
            FetchTimedOut: the deadline passed.
        """
        addresses = self._checked_addresses(host, port)
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for tried, address in enumerate(addresses):
            share_s = self._deadline.remaining_s() / (len(addresses) - tried)
            try:
                stream = self._sockets.connect_tcp(address, port, share_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
            else:
                return _BoundedStream(stream, self._deadline, self._max_received)
        self._deadline.remaining_s()
        raise FetchFailed(f"expected {host} to answer on port {port}; it does not") from failure

    def _checked_addresses(self, host: str, port: int) -> Sequence[str]:
        addresses = self._resolve_in_time(host, port)
        for address in addresses:
            if not self._allows_private and address not in self._allowed and not is_public(address):
                # Not saying where it is: a stranger has no business learning the names of a private network.
                raise AddressRefused(f"expected a host of the public internet; {host} is not one")
        return addresses

    def _resolve_in_time(self, host: str, port: int) -> Sequence[str]:
        """Resolve in a thread of its own: the system's resolver knows no deadline."""
        answers: queue.SimpleQueue[Sequence[str] | OSError | UnicodeError] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                answers.put(self._resolve(host, port))
            except (OSError, UnicodeError) as exc:  # UnicodeError: labels too long or empty
                answers.put(exc)

        threading.Thread(target=look_up, name="resolve", daemon=True).start()
        try:
            answer = answers.get(timeout=self._deadline.remaining_s())
        except queue.Empty:
            raise FetchTimedOut(f"expected the address of {host} in time; the name server did not answer") from None
        if isinstance(answer, OSError | UnicodeError):
            raise FetchFailed(f"expected the name of a host; {host} cannot be found") from answer
        if not answer:
            raise FetchFailed(f"expected the name of a host; {host} has no address")
        return answer


class _BoundedStream(httpcore.NetworkStream):
    """A connection that ends with the deadline, and after so many bytes, whatever the server does."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline, max_received: int) -> None:
        self._stream = stream
        self._deadline = deadline
        self._room = max_received

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._deadline.remaining_s())
        self._room -= len(data)
        if self._room < 0:
            raise FileTooLarge("expected a picture within the limit; the server sends more and more")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.remaining_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        encrypted = self._stream.start_tls(ssl_context, server_hostname, self._deadline.remaining_s())
        return _BoundedStream(encrypted, self._deadline, self._room)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
