"""Connections on which nobody can hold a thread for ever by sending or reading a byte now and then."""

import errno
import socket
from math import inf
from time import monotonic

PATIENCE_S = 20.0
"""How long a request may take to arrive, head and body together, before its size counts; an answer, to be taken."""
LEAST_RATE = 16 * 1024
"""Bytes that are worth another second of patience: a rule as that of Apache's mod_reqtimeout."""


class TimedSocket(socket.socket):
    """A connection on which receiving and sending have an end, however many small steps they are made of.

    The time limit that sockets have counts for each step alone. Who is too slow is treated as one who has gone away,
    which every server knows how to handle.
    """

    _end = inf
    _rate: float = LEAST_RATE

    def allow(self, seconds: float | None = None, rate: float = LEAST_RATE) -> None:
        """Begin to count: what is received from now on may take so long, and longer as it grows.

        Args:
            seconds: to begin with; PATIENCE_S when left out.
            rate: bytes that are worth another second.
        """
        self._end, self._rate = monotonic() + (PATIENCE_S if seconds is None else seconds), rate

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Return what has come, as a socket does.

        Raises:
            ConnectionResetError: the client is too slow.
        """
        own = self.gettimeout()
        left = self._end - monotonic()
        if own is not None and own <= left:  # the caller waits less, or not at all
            data = super().recv(bufsize, flags)
        elif left <= 0:
            raise _too_slow()
        else:
            self.settimeout(left if left < inf else None)
            try:
                data = super().recv(bufsize, flags)
            except TimeoutError as exc:
                raise _too_slow() from exc
            finally:
                self.settimeout(own)
        self._end += len(data) / self._rate
        return data

    def sendall(self, data: bytes, flags: int = 0, /) -> None:  # type: ignore[override]  # the server sends bytes alone
        """Send all of it, as a socket does.

        Raises:
            ConnectionResetError: the client takes it too slowly.
        """
        own = self.gettimeout()
        self.settimeout(PATIENCE_S + len(data) / LEAST_RATE)
        try:
            super().sendall(data, flags)
        except TimeoutError as exc:
            raise _too_slow() from exc
        finally:
            self.settimeout(own)


def _too_slow() -> ConnectionResetError:
    """Return what is raised at a client that is too slow."""
    return ConnectionResetError(errno.ECONNRESET, "the client is too slow")
