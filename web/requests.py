"""The request: bounded, and never spooled to disk."""

from http import HTTPStatus
from io import BytesIO
from math import inf
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import IO, TYPE_CHECKING

from flask import Flask, Request, Response, request

from web.slow_clients import TimedSocket

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FORM_OVERHEAD_BYTES = 512 * 1024
"""Room beside the file for the other fields, a sealed query among them."""
MAX_FIELD_BYTES = 256 * 1024
"""A sealed query is about 25 kB."""
MAX_PARTS = 16
DRAIN_BYTES = 256 * 1024 * 1024
DRAIN_S = 10.0
"""How much of a refused body is read and thrown away, and for how long."""
_PIECE_BYTES = 64 * 1024


class BoundedRequest(Request):
    """A request whose body is read into memory alone, but for what only a video can be.

    Werkzeug spools file parts above 500 kB to a temporary file; uploads are never stored here, so that they stay in a
    buffer instead, which `MAX_CONTENT_LENGTH` bounds both by the header and, for chunked bodies, by what has come.

    Attributes:
        spool_above: bytes of a file part beyond which it goes to a file without a name (web.video_uploads); None: it
            never does.
    """

    spool_above: int | None = None
    _spooled: tuple[IO[bytes], ...] = ()

    max_form_memory_size = MAX_FIELD_BYTES
    max_form_parts = MAX_PARTS

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        """Return the buffer of one file part, whatever size it announces."""
        if self.spool_above is None:
            return BytesIO()
        # What is parsed half-way, as of a body too large, is in none of the fields that are closed at the end.
        file = SpooledTemporaryFile(self.spool_above)  # noqa: SIM115 - closed with the request
        self._spooled = (*self._spooled, file)
        return file

    def close(self) -> None:
        """Close all that came, which frees the file that a video was held in."""
        super().close()
        for file in self._spooled:
            file.close()


def drain_refused(app: Flask) -> None:
    """Let clients see why their upload was refused.

    Most clients send all of a body before they look for an answer. A server that answers and closes with bytes still
    coming breaks the line, and the visitor sees that in place of the page that says what to do.
    """
    app.after_request(_drain_if_refused)


def _drain_if_refused(response: Response) -> Response:
    """Read what is left of a body that was refused unread, or in its midst: too large, too often, of a wrong type."""
    is_refused = response.status_code >= 400 and response.status_code != HTTPStatus.REQUEST_TIMEOUT
    # Without the mark a server may wait for bytes that never come.
    if is_refused and request.environ.get("wsgi.input_terminated"):
        _drain(request.environ)
    return response


def _drain(environ: "WSGIEnvironment") -> None:
    """Read and forget the rest of a body, within limits of bytes and time."""
    deadline, left = monotonic() + DRAIN_S, DRAIN_BYTES
    connection = environ.get("gunicorn.socket")
    if isinstance(connection, TimedSocket):
        connection.allow(DRAIN_S, rate=inf)
    try:
        while left > 0 and monotonic() < deadline:
            piece = environ["wsgi.input"].read(_PIECE_BYTES)
            if not piece:
                return
            left -= len(piece)
    except OSError:
        # The client went away or stalled: there is nobody left to be told.
        return
