"""What may be said beside a picture: how to search with it, and what is known of it."""

from typing import Literal, TypedDict


class SearchOptions(TypedDict, total=False):
    """Which part of an answer is wanted; each has the name and the meaning that `/api/v1/openapi.json` tells.

    Attributes:
        attributes, verdict: several are separated by commas.
        region: left, top, right, bottom in shares of the picture's sides.
    """

    copies_page: int
    similar_page: int
    page_size: int
    sort: Literal["best", "changed", "biggest", "smallest", "newest", "oldest"]
    attributes: str
    verdict: str
    collection: str
    source: str
    region: str
    regions: Literal["auto", "all", "none"]
    show_decided: bool


class About(TypedDict, total=False):
    """What is known of a picture that is added.

    Attributes:
        source: address where the picture itself was seen.
        backlink: address of the page that shows it.
    """

    title: str
    collection: str
    source: str
    backlink: str
    licence: str
