"""A number for every request, to find it in the log."""

import re
import secrets
from time import perf_counter

from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
_PLAUSIBLE = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


def number_requests(app: Flask) -> None:
    """Give every request of the application a number and tell it in the answer."""
    app.before_request(_begin)
    app.after_request(_tell)


def request_id() -> str:
    """Return the number of the request being answered."""
    if "request_id" not in g:
        _begin()
    number: str = g.request_id
    return number


def elapsed_ms() -> float:
    """Return the milliseconds since the request reached the application."""
    began: float = g.get("began", perf_counter())
    return (perf_counter() - began) * 1e3


def _begin() -> None:
    """Take the number a trusted proxy gave, or make one; `TrustedProxies` has removed everybody else's."""
    given = request.headers.get(HEADER, "")
    g.request_id = given if _PLAUSIBLE.fullmatch(given) else secrets.token_hex(8)
    g.began = perf_counter()


def _tell(response: Response) -> Response:
    """Send the number."""
    response.headers[HEADER] = request_id()
    return response
