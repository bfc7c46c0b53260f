"""The documents of search by words in the JSON API."""

from typing import Self

from pydantic import Field

from data.places import FILES, MAX_HOST
from data.word_query import LONGEST_NAME, MOST_CHARACTERS
from data.word_search import WordPage
from web.documents import SOURCE_PATTERN, Document, ImageDocument

MAX_PAGE = 100_000
_MONTH = "(0[1-9]|1[0-2])"
_MONTH_DAY = f"({_MONTH}(-(0[1-9]|1[0-9]|2[0-9]))?|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)"
DAY_PATTERN = f"^([1-9][0-9]{{3}}(-{_MONTH_DAY})?)?$"

WORDS_DESCRIPTION = (
    "Words that pictures must have in title, source, collection, licence, project or attributes, accents and case "
    'aside: all of them, the last may be the beginning of one; "side by side", harb* for a beginning, -without, '
    "title:, medium:, mood:, content:, collection:, licence:, source:, year:, since:2026-05, before:2027 (when a "
    "picture was first seen, in UTC). Whatever else is typed is words."
)


class WordParameters(Document):
    """What pictures are looked for by words."""

    words: str = Field("", max_length=MOST_CHARACTERS, description=WORDS_DESCRIPTION)
    collection: str = Field("", max_length=LONGEST_NAME, description="Only pictures of this collection.")
    licence: str = Field("", max_length=LONGEST_NAME, description="Only pictures of this licence, as it is written.")
    source: str = Field(
        "",
        pattern=SOURCE_PATTERN,
        max_length=MAX_HOST,
        description=f"Only pictures seen at this host, or with {FILES!r} those seen elsewhere than on the web.",
    )
    year: str = Field("", pattern="^([0-9]{4})?$", description="Only pictures first seen in this year.")
    attributes: str = Field(
        "", max_length=1024, description="Only pictures that carry all of these, by their names, separated by commas."
    )
    since: str = Field(
        "", pattern=DAY_PATTERN, description="Only pictures first seen on this day, month or year, or later."
    )
    before: str = Field("", pattern=DAY_PATTERN, description="Only pictures first seen before it.")
    page: int = Field(1, ge=1, le=MAX_PAGE, description="From 1.")
    page_size: int = Field(24, ge=1, le=100, description="Pictures a page.")


class FoundFacetsDocument(Document):
    """How many of all pictures found are of each kind, of the most frequent and of what was chosen.

    Attributes:
        collections, licences: name to number.
        sources: host to number; 'files' for those seen elsewhere than on the web.
        years: of when they were first seen, in UTC.
        attributes: name to number.
    """

    collections: dict[str, int]
    licences: dict[str, int]
    sources: dict[str, int]
    years: dict[str, int]
    attributes: dict[str, int]


class WordsDocument(Document):
    """A page of the pictures that words find: the best match first, without words the last added.

    Attributes:
        total: how many there are on all pages.
        nowhere: of the words asked for, those that no picture has; empty unless nothing was found.
    """

    total: int
    page: int
    pages: int
    page_size: int
    images: list[ImageDocument]
    facets: FoundFacetsDocument
    nowhere: list[str]

    @classmethod
    def of(cls, found: WordPage) -> Self:
        """Return the document of a page."""
        facets = {kind: dict(lines) for kind, lines in found.facets.items()}
        return cls(
            total=found.total,
            page=found.page,
            pages=found.pages,
            page_size=found.page_size,
            images=[ImageDocument.of(image) for image in found.images],
            facets=FoundFacetsDocument(
                collections=facets["collection"],
                licences=facets["licence"],
                sources=facets["source"],
                years=facets["year"],
                attributes=facets["attribute"],
            ),
            nowhere=[str(term) for term in found.nowhere],
        )
