"""The documents of the API of hashes: pydantic models, from which OpenAPI describes them."""

from typing import Annotated

from pydantic import Field

from web.documents import Document, ImageDocument
from web.searches import MAX_COLLECTION, MAX_ID

HASHES_AT_ONCE = 100
"""In a request; `hashes search FILE` is for more."""
MATCHES_TOLD = 20
"""Of a hash."""
MOST_TEXT = 200
"""Characters of what should be a hash."""
PAGE = 100
"""Hashes of a page to share."""

Bits = Annotated[int, Field(ge=0, le=256)]
PDQHash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class HashQuery(Document):
    """Hashes to search with.

    Attributes:
        hashes: 64 hexadecimal digits each; what is none is named in the answer and left out.
        max_distance: in how many of 256 bits a picture's hash may differ; 31 is what the authors of PDQ call the same.
    """

    hashes: list[Annotated[str, Field(max_length=MOST_TEXT)]] = Field(min_length=1, max_length=HASHES_AT_ONCE)
    max_distance: int = Field(31, ge=0, le=64)


class HashMatchDocument(Document):
    """A picture near to a hash."""

    distance: Bits
    image: ImageDocument


class HashDocument(Document):
    """A hash, and the pictures near to it.

    Attributes:
        total: pictures near to it in all.
        matches: the nearest of them, at most 20.
    """

    hash: PDQHash
    total: int
    matches: list[HashMatchDocument]


class RejectedHashDocument(Document):
    """What is no hash, and why.

    Attributes:
        place: in the list that was sent, from 1.
    """

    place: int
    text: str
    reason: str


class HashAnswerDocument(Document):
    """The answer to hashes.

    Attributes:
        hashes: those that could be searched with, in the order they were sent.
        rejected: the others.
        searched: pictures with a hash.
    """

    hashes: list[HashDocument]
    rejected: list[RejectedHashDocument]
    searched: int


class HashPageParameters(Document):
    """Which hashes of the catalogue are wanted."""

    after_id: int = Field(0, ge=0, le=MAX_ID, description="Only of pictures with an id above this one.")
    collection: str = Field("", max_length=MAX_COLLECTION, description="Only of this collection.")


class SharedHashDocument(Document):
    """The hash of a picture of the catalogue.

    Attributes:
        quality: 50..100, measured on the thumbnail; null where that is lost.
    """

    hash: PDQHash
    quality: Annotated[int, Field(ge=50, le=100)] | None
    id: int
    sha256: str


class HashPageDocument(Document):
    """A page of hashes, in order of id.

    Attributes:
        next_after_id: `after_id` of the next page; null on the last.
    """

    hashes: list[SharedHashDocument]
    next_after_id: int | None
