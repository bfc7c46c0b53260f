"""From what is known of a picture to the words and facets it is found by, and into their tables."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, text

from data.attribute_words import attribute_spellings
from data.folding import fold
from data.id_lists import among
from data.places import FILES, host_of, is_of_web
from data.tables import (
    AttributeNameRow,
    CarriedRow,
    FacetKind,
    FacetRow,
    FacetValueRow,
    ImageRow,
    ImageWordsRow,
    SourceRow,
)

MOST_PLACES = 20
"""Sources of a picture whose words are kept, the oldest: what a shop shows where it has no picture has a million."""
MOST_FOLDED = 200
"""Characters of a facet's name that a typed term is compared with."""
_MOST_WORDS = 1000
"""Of a field; the migration leaves room for three times as many before the next begins."""
_AT_ONCE = 1000
"""Pictures worked on at a time: their words and facets are some hundred kilobytes."""

Facet = tuple[FacetKind, str]
"""What a picture is narrowed to: its kind and name."""
Progress = Callable[[int, int], None]
"""Is told how many pictures are done, and how many there are."""

_IMAGES = select(
    ImageRow.id, ImageRow.title, ImageRow.licence, ImageRow.project, ImageRow.collection, ImageRow.added_at
).where(among(ImageRow.id, "ids"))
_CARRIED = (
    select(CarriedRow.image_id, AttributeNameRow.name)
    .join(AttributeNameRow, AttributeNameRow.id == CarriedRow.attribute)
    .where(among(CarriedRow.image_id, "ids"))
    .order_by(CarriedRow.image_id, AttributeNameRow.id)
)
_PLACED = (
    select(
        SourceRow.image_id,
        SourceRow.locator,
        func.row_number()
        .over(partition_by=SourceRow.image_id, order_by=(SourceRow.seen_at, SourceRow.locator_digest))
        .label("place"),
    )
    .where(among(SourceRow.image_id, "ids"))
    .subquery()
)
_PLACES = (
    select(_PLACED.c.image_id, _PLACED.c.locator)
    .where(_PLACED.c.place <= MOST_PLACES)
    .order_by(_PLACED.c.image_id, _PLACED.c.place)
)
_LOCATORS = select(SourceRow.image_id, SourceRow.locator).where(among(SourceRow.image_id, "ids"))
_KEPT_WORDS = select(
    ImageWordsRow.image_id,
    ImageWordsRow.title,
    ImageWordsRow.attributes,
    ImageWordsRow.filing,
    ImageWordsRow.place,
).where(among(ImageWordsRow.image_id, "ids"))
_FORGET_WORDS = delete(ImageWordsRow).where(among(ImageWordsRow.image_id, "ids"))
_KEPT_FACETS = (
    select(FacetRow.image_id, FacetValueRow.kind, FacetValueRow.name)
    .join(FacetValueRow, FacetValueRow.id == FacetRow.value)
    .where(among(FacetRow.image_id, "ids"))
)
_FACET_PAIRS = select(FacetRow.value, FacetRow.image_id).where(among(FacetRow.image_id, "ids"))
_FORGET_FACETS = delete(FacetRow).where(among(FacetRow.image_id, "ids"))
_VALUES = select(FacetValueRow.digest, FacetValueRow.id).where(
    FacetValueRow.digest.in_(bindparam("digests", expanding=True))
)
_VALUES_OF = select(FacetRow.value).where(among(FacetRow.image_id, "ids")).distinct()
_FORGET_VALUES = delete(FacetValueRow).where(
    among(FacetValueRow.id, "values"), ~exists().where(FacetRow.value == FacetValueRow.id)
)
_AFTER = select(ImageRow.id).where(ImageRow.id > bindparam("after_id")).order_by(ImageRow.id).limit(_AT_ONCE)
_LACKING = _AFTER.where(~exists().where(ImageWordsRow.image_id == ImageRow.id))


@dataclass(frozen=True, slots=True)
class PictureWords:
    """The words of a picture by field, folded, as `image_words` keeps them."""

    title: str
    attributes: str
    filing: str
    place: str


def write_words(connection: Connection, ids: Collection[int]) -> None:
    """Write the words of pictures, in place of those that were there.

    Args:
        connection: in a transaction that holds the lock of data.batch_insert.Counter.
        ids: of pictures whose rows, sources and attributes are written already.
    """
    for some in _chunks(sorted(ids)):
        words = words_of(connection, some)
        connection.execute(_FORGET_WORDS, {"ids": some})
        if words:
            connection.execute(
                insert(ImageWordsRow),
                [
                    {
                        "image_id": image_id,
                        "title": one.title,
                        "attributes": one.attributes,
                        "filing": one.filing,
                        "place": one.place,
                    }
                    for image_id, one in words.items()
                ],
            )


def add_facets(connection: Connection, wanted: Iterable[tuple[int, Facet]]) -> None:
    """Write facets of pictures beside those that they have.

    Args:
        connection: in a transaction that holds the lock of data.batch_insert.Counter.
        wanted: id of a picture of the catalogue, and what it is narrowed to.
    """
    pairs = sorted(set(wanted))
    if not pairs:
        return
    values = _value_ids(connection, sorted({facet for _, facet in pairs}))
    new = {(values[facet], image_id) for image_id, facet in pairs}
    new -= {(value, image_id) for value, image_id in connection.execute(_FACET_PAIRS, {"ids": _ids(pairs)})}
    if new:
        connection.execute(insert(FacetRow), [{"value": value, "image_id": one} for value, one in sorted(new)])


def own_facets(collection: str | None, licence: str | None, year: int) -> Iterator[Facet]:
    """Yield what a picture is narrowed to by its own row; a name of blanks alone is none."""
    if collection and collection.strip():
        yield "collection", collection
    if licence and licence.strip():
        yield "licence", licence
    yield "year", f"{year:04}"


def source_facet(locator: str) -> Facet | None:
    """Return what a picture is narrowed to by a place it was seen at; None of an address without a proper host."""
    host = host_of(locator)
    if host is None and is_of_web(locator):
        return None
    return "source", host or FILES


def forget_facets(connection: Connection, ids: Collection[int]) -> list[int]:
    """Remove the facets of pictures, and return the ids of the values that may now be nobody's."""
    values = list(connection.execute(_VALUES_OF, {"ids": sorted(ids)}).scalars())
    connection.execute(_FORGET_FACETS, {"ids": sorted(ids)})
    return values


def forget_unused(connection: Connection, values: Collection[int]) -> None:
    """Remove those of the values that no picture has: names of what is gone are not kept."""
    connection.execute(_FORGET_VALUES, {"values": sorted(values)})


def fill_words(connection: Connection, progress: Progress | None = None) -> int:
    """Write words and facets of all pictures that have no words, in order of id, and return how many there were.

    Args:
        connection: in a transaction that keeps other writers out; memory stays the same however many there are.
        progress: of the work.
    """
    total = 0 if progress is None else connection.execute(_COUNT_LACKING).scalar_one()
    done = after_id = 0
    while ids := list(connection.execute(_LACKING, {"after_id": after_id}).scalars()):
        after_id = ids[-1]
        write_words(connection, ids)
        add_facets(connection, chain.from_iterable(_pairs(facets_of(connection, ids))))
        done += len(ids)
        if progress is not None:
            progress(done, total)
    if done:
        tidy_index(connection)
    return done


_COUNT_LACKING = (
    select(func.count()).select_from(ImageRow).where(~exists().where(ImageWordsRow.image_id == ImageRow.id))
)


def mend_words(connection: Connection, ids: Sequence[int]) -> None:
    """Write words and facets of pictures anew from what is known of them, in place of what was there."""
    write_words(connection, ids)
    values = forget_facets(connection, ids)
    add_facets(connection, chain.from_iterable(_pairs(facets_of(connection, ids))))
    forget_unused(connection, values)


def wrong_words(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Return those of some pictures whose words or facets are absent, or are not what follows from their rows."""
    words, facets = words_of(connection, ids), facets_of(connection, ids)
    kept = {row[0]: PictureWords(*row[1:]) for row in connection.execute(_KEPT_WORDS, {"ids": list(ids)})}
    had: dict[int, set[Facet]] = {image_id: set() for image_id in words}
    for image_id, kind, name in connection.execute(_KEPT_FACETS, {"ids": list(ids)}):
        had.setdefault(image_id, set()).add((kind, name))
    return [one for one in words if kept.get(one) != words[one] or had[one] != facets[one]]


def ids_after(connection: Connection, after_id: int) -> list[int]:
    """Return the next ids of the catalogue, at most a thousand, ascending."""
    return list(connection.execute(_AFTER, {"after_id": after_id}).scalars())


def rebuild_index(connection: Connection) -> None:
    """Make what finds the words anew from `image_words`; PostgreSQL keeps it by itself."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO word_index (word_index) VALUES ('rebuild')"))


def tidy_index(connection: Connection) -> None:
    """Lay what finds the words together: questions take half the time, and no word of what is gone is left in it.

    For the latter alone SQLite has `secure-delete`, from 3.42 on; older ones are in use.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO word_index (word_index) VALUES ('optimize')"))


def verify_index(connection: Connection) -> None:
    """Compare what finds the words with `image_words`; the transaction is to be undone.

    Raises:
        sqlalchemy.exc.DatabaseError: they differ. On PostgreSQL they cannot.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO word_index (word_index, rank) VALUES ('integrity-check', 1)"))


def words_of(connection: Connection, ids: Collection[int]) -> dict[int, PictureWords]:
    """Return the words that pictures are to be found by, in order of id; unknown ids are left out."""
    carried: dict[int, list[str]] = {}
    for image_id, name in connection.execute(_CARRIED, {"ids": list(ids)}):
        carried.setdefault(image_id, []).append(name)
    places: dict[int, list[str]] = {}
    for image_id, locator in connection.execute(_PLACES, {"ids": list(ids)}):
        places.setdefault(image_id, []).append(locator)
    return {
        image_id: PictureWords(
            title=_words([title or ""]),
            attributes=_words(chain.from_iterable(map(attribute_spellings, carried.get(image_id, ())))),
            filing=_words(text or "" for text in (collection, licence, project)),
            place=_words(map(told_of_place, places.get(image_id, ()))),
        )
        for image_id, title, licence, project, collection, _ in sorted(connection.execute(_IMAGES, {"ids": list(ids)}))
    }


def facets_of(connection: Connection, ids: Collection[int]) -> dict[int, set[Facet]]:
    """Return what pictures are narrowed to, by all of their sources; unknown ids are left out."""
    facets = {
        image_id: set(own_facets(collection, licence, added_at.year))
        for image_id, _, licence, _, collection, added_at in connection.execute(_IMAGES, {"ids": list(ids)})
    }
    for image_id, locator in connection.execute(_LOCATORS, {"ids": list(ids)}):
        facet = source_facet(locator)
        if facet is not None and image_id in facets:
            facets[image_id].add(facet)
    return facets


def facet_digest(kind: FacetKind, name: str) -> bytes:
    """Return what a facet value is looked up by."""
    return hashlib.sha256(f"{kind}\0{name}".encode()).digest()[:16]


def told_of_place(locator: str) -> str:
    """Return what a stranger may find a picture by of where it was seen.

    Of an address host and path, without user name, password and question; of a path or an archive's member the last
    part alone: whoever could search for folders would find out which there are on this machine.
    """
    if not is_of_web(locator):
        return locator.rpartition("!")[2].replace("\\", "/").rstrip("/").rpartition("/")[2]
    try:
        parts = urlsplit(locator)
    except ValueError:  # such as an unclosed bracket in the host
        return ""
    return f"{parts.hostname or ''} {unquote(parts.path)}"


def _value_ids(connection: Connection, facets: Sequence[Facet]) -> dict[Facet, int]:
    """Return the ids of facet values, after giving ids to new ones."""
    digests = {facet: facet_digest(*facet) for facet in facets}
    known: dict[bytes, int] = {}
    for some in _chunks(list(digests.values())):
        known.update(connection.execute(_VALUES, {"digests": some}).all())
    new = [facet for facet, digest in digests.items() if digest not in known]
    if new:
        # Ids of values that nobody has any more may be given again: no row speaks of them.
        last = connection.execute(select(func.max(FacetValueRow.id))).scalar() or 0
        known |= {digests[facet]: place for place, facet in enumerate(new, start=last + 1)}
        connection.execute(
            insert(FacetValueRow),
            [
                {
                    "id": known[digests[(kind, name)]],
                    "kind": kind,
                    "digest": digests[(kind, name)],
                    "name": name,
                    "folded": folded_name(name),
                }
                for kind, name in new
            ],
        )
    return {facet: known[digest] for facet, digest in digests.items()}


def folded_name(name: str) -> str:
    """Return the words of a facet's name as a typed term is compared with them."""
    return " ".join(fold(name))[:MOST_FOLDED]


def _pairs(facets: Mapping[int, set[Facet]]) -> Iterator[Iterator[tuple[int, Facet]]]:
    for image_id, some in facets.items():
        yield ((image_id, facet) for facet in some)


def _ids(pairs: Sequence[tuple[int, Facet]]) -> list[int]:
    return sorted({image_id for image_id, _ in pairs})


def _words(texts: Iterable[str]) -> str:
    """Return the words of texts in their order, with a blank between them."""
    return " ".join(list(chain.from_iterable(map(fold, texts)))[:_MOST_WORDS])


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
