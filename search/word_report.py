"""What words find, for the command line: a record for JSON, and lines for people."""

from collections.abc import Iterator
from typing import Any

from data.attribute_words import attribute_words
from data.word_search import AnyFacet, WordPage
from search.report import image_line, image_record
from search.words import count

_TITLES: dict[AnyFacet, str] = {
    "collection": "Collections",
    "licence": "Licences",
    "source": "Sources",
    "year": "First seen",
    "attribute": "Attributes",
}
_SHOWN = 6
"""Of a kind, on one line."""


def found_record(found: WordPage) -> dict[str, Any]:
    """Return what was found as plain JSON values."""
    return {
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "images": [image_record(image) for image in found.images],
        "facets": {kind: dict(lines) for kind, lines in found.facets.items()},
        "nowhere": [str(term) for term in found.nowhere],
    }


def found_lines(found: WordPage) -> Iterator[str]:
    """Yield what was found line by line: the pictures, then of what they are."""
    if not found.total:
        yield "No picture is all of this."
        if found.nowhere:
            yield f"Nowhere in the catalogue: {', '.join(map(str, found.nowhere))}"
        return
    yield f"{count(found.total, 'picture')}, page {found.page:,} of {found.pages:,}"
    yield from map(image_line, found.images)
    for kind, title in _TITLES.items():
        lines = list(found.facets[kind].items())
        if lines:
            told = ", ".join(f"{_name(kind, name)} {number:,}" for name, number in lines[:_SHOWN])
            yield f"{title}: {told}{' …' if len(lines) > _SHOWN else ''}"


def _name(kind: AnyFacet, name: str) -> str:
    return attribute_words(name).text if kind == "attribute" else name
