"""What the routes of the JSON API answer with, and how OpenAPI is told of it."""

from typing import Any

from flask import Response

from web.documents import Document, ProblemDocument
from web.errors import PROBLEM_TYPE

TOKEN_SCHEME = "Bearer"  # noqa: S105 - the name of a way to be let in
"""How OpenAPI calls a token."""

_PROBLEMS = {
    400: "No picture was given, or the request makes no sense",
    401: "No token was shown where one is needed, or it lets nobody in",
    403: "The token is for reading alone",
    404: "Not in the catalogue",
    413: "Too many bytes or pixels, or too long",
    415: "Neither a picture or video format we read nor a form or JSON",
    422: "A parameter out of range, a picture that cannot be searched with, or an address that cannot be fetched",
    429: "Too many searches; Retry-After says when to come back",
    503: "The site is not ready",
    504: "The other server took too long",
}


def problems(*statuses: int) -> dict[int, Any]:
    """Return the error answers of a route for OpenAPI; a token that lets nobody in is refused everywhere."""
    schema = ProblemDocument.model_json_schema()
    return {
        status: {"description": _PROBLEMS[status], "content": {PROBLEM_TYPE: {"schema": schema}}}
        for status in sorted({401, *statuses})
    }


def answer_document(document: Document, status: int = 200) -> Response:
    """Return a document as a response; pydantic writes JSON several times as fast as the standard library."""
    return Response(document.model_dump_json(), status, mimetype="application/json")
