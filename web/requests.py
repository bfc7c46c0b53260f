"""The request: bounded, and never spooled to disk."""

from io import BytesIO
from typing import IO

from flask import Request

FORM_OVERHEAD_BYTES = 512 * 1024
"""Room beside the file for the other fields, a sealed query among them."""
MAX_FIELD_BYTES = 256 * 1024
"""A sealed query is about 25 kB."""
MAX_PARTS = 16


class BoundedRequest(Request):
    """A request whose body is read into memory alone.

    Werkzeug spools file parts above 500 kB to a temporary file; uploads are never stored here, so that they stay in a
    buffer instead, which `MAX_CONTENT_LENGTH` bounds both by the header and, for chunked bodies, by what has come.
    """

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
        return BytesIO()
