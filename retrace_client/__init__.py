"""A client of Retrace's API for Python; it knows the API alone and needs nothing but httpx.

from retrace_client import Retrace

with Retrace("http://127.0.0.1:8080", token="rt_…") as retrace:
for hit in retrace.search_file("suspicious.jpg").copies.hits:
print(hit.verdict, hit.image.title, hit.sentence)
"""

from retrace_client.answers import Added, Answer, Hash, HashMatch, Hit, Hits, Image, Query, SharedHash, Source, Status
from retrace_client.client import Retrace
from retrace_client.errors import (
    AnswerUnreadable,
    BadRequest,
    Forbidden,
    NotFound,
    NotReady,
    RequestRefused,
    RetraceError,
    ServerFault,
    TimedOut,
    TokenRefused,
    TooManyRequests,
    Unreachable,
)
from retrace_client.options import About, SearchOptions

__all__ = [
    "About",
    "Added",
    "Answer",
    "AnswerUnreadable",
    "BadRequest",
    "Forbidden",
    "Hash",
    "HashMatch",
    "Hit",
    "Hits",
    "Image",
    "NotFound",
    "NotReady",
    "Query",
    "RequestRefused",
    "Retrace",
    "RetraceError",
    "SearchOptions",
    "ServerFault",
    "SharedHash",
    "Source",
    "Status",
    "TimedOut",
    "TokenRefused",
    "TooManyRequests",
    "Unreachable",
]
