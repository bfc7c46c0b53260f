"""Search by words: one question, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, Executable, select

from data.database import reading
from data.image_rows import IMAGES_BY_ID, ImageReader
from data.records import Image
from data.tables import AttributeNameRow, FacetKind
from data.word_query import Term, WordQuery, names_meant
from data.word_statements import Meant, counts_of, found_ids, page_of

_MOST_LONE = 12
"""Terms that are looked for one by one where nothing has all of them."""

AnyFacet = FacetKind | Literal["attribute"]
KINDS: tuple[AnyFacet, ...] = ("collection", "licence", "source", "year", "attribute")

_VOCABULARY = select(AttributeNameRow.name).order_by(AttributeNameRow.id)


@dataclass(frozen=True, slots=True)
class WordPage:
    """A page of the pictures that words find.

    Attributes:
        images: the best match first, equals by id; where no word was asked for, the last added first.
        total: how many there are on all pages.
        page: 1-based.
        facets: how many of all that were found are of each collection, licence, source, year and attribute: those that
            were chosen, then the most frequent, at most a dozen of a kind and 60 attributes. A picture seen at two
            hosts counts for both.
        nowhere: of the terms asked for, those that no picture has; empty unless nothing was found.
    """

    images: tuple[Image, ...]
    total: int
    page: int
    page_size: int
    facets: Mapping[AnyFacet, Mapping[str, int]]
    nowhere: tuple[Term, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.page_size))


class WordSearch:
    """Finds pictures by words. Threads may share one.

    Every method raises CatalogueUnavailable when the database cannot answer, and BadRequest when a typed attribute
    means none.
    """

    def __init__(self, engine: Engine, reader: ImageReader) -> None:
        self._engine = engine
        self._reader = reader
        self._is_server = engine.dialect.name == "postgresql"

    def find(self, query: WordQuery, *, page: int = 1, page_size: int = 24) -> WordPage:
        """Return a page of what a question finds, and by what it can be narrowed, all from one state."""
        with reading(self._engine) as connection:
            found = found_ids(query, meant(connection, query), is_server=self._is_server)
            total, facets = _count(connection, query, counts_of(None if query.asks_nothing else found.cte("found")))
            ids: list[int] = []
            if total > (page - 1) * page_size:
                statement = page_of(found, query, page, page_size, is_server=self._is_server)
                ids = list(connection.execute(statement).scalars())
            images = {image.id: image for image in self._reader.load(connection, IMAGES_BY_ID, ids=sorted(ids))}
            nowhere = () if total else self._nowhere(connection, query)
        return WordPage(
            images=tuple(images[image_id] for image_id in ids if image_id in images),
            total=total,
            page=page,
            page_size=page_size,
            facets=facets,
            nowhere=nowhere,
        )

    def ids(self, query: WordQuery) -> NDArray[np.int64]:
        """Return all pictures that a question finds: int64 (n,), ascending."""
        with reading(self._engine) as connection:
            found = found_ids(query, meant(connection, query), is_server=self._is_server)
            return np.sort(np.fromiter(connection.execute(found).scalars(), np.int64))

    def _nowhere(self, connection: Connection, query: WordQuery) -> tuple[Term, ...]:
        """Return the terms that no picture has, of the first dozen."""
        return tuple(
            term
            for term in query.wanted[:_MOST_LONE]
            if connection.execute(found_ids(WordQuery(terms=(term,)), (), is_server=self._is_server).limit(1)).first()
            is None
        )


def meant(connection: Connection, query: WordQuery) -> Meant:
    """Return the attributes that a question means, by their names.

    Raises:
        BadRequest: a typed one means none.
    """
    if not query.attributes:
        return ()
    vocabulary = list(connection.execute(_VOCABULARY).scalars())
    return [(names_meant(chosen, vocabulary), chosen.is_excluded) for chosen in query.attributes]


def _count(
    connection: Connection, query: WordQuery, statement: Executable
) -> tuple[int, dict[AnyFacet, dict[str, int]]]:
    """Return how many pictures a question finds, and how many of them are of what."""
    counts: dict[AnyFacet, dict[str, int]] = {kind: {} for kind in KINDS}
    total = 0
    for kind, name, number in connection.execute(statement):
        if kind == "":
            total = number
        else:
            counts[kind][name] = number
    chosen: list[tuple[AnyFacet, str]] = [
        (one.kind, one.name) for one in query.chosen if one.is_exact and not one.is_excluded
    ]
    chosen += [("attribute", one.words) for one in query.attributes if one.is_exact and not one.is_excluded]
    for kind, name in reversed(chosen):
        # All that was found is of what was chosen, also where that is too rare, or of no picture, to be counted.
        counts[kind] = {name: total} | {other: number for other, number in counts[kind].items() if other != name}
    return total, {kind: _ordered(lines, chosen, kind) for kind, lines in counts.items()}


def _ordered(lines: Mapping[str, int], chosen: list[tuple[AnyFacet, str]], kind: AnyFacet) -> dict[str, int]:
    """Return what was chosen, then the most frequent, those of one frequency by name; years from the last."""
    if kind == "year":
        return dict(sorted(lines.items(), reverse=True))
    return dict(sorted(lines.items(), key=lambda line: ((kind, line[0]) not in chosen, -line[1], line[0])))
