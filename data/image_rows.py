"""From the rows of a picture, its sources and attributes to one record."""

from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from data.attributes import count_places, unpack_labels, unpack_probabilities
from data.id_lists import among
from data.records import MOST_SOURCES, Image, Source
from data.tables import AttributeNameRow, AttributeRow, ImageRow, SourceRow

# Statements are built once: SQLAlchemy spends more time on building one than SQLite on answering it.
_IMAGES: Select[*tuple[Any, ...]] = (
    select(
        ImageRow.id,
        ImageRow.sha256,
        ImageRow.pixel_sha256,
        ImageRow.pdq,
        ImageRow.width,
        ImageRow.height,
        ImageRow.format,
        ImageRow.size_bytes,
        ImageRow.title,
        ImageRow.licence,
        ImageRow.project,
        ImageRow.collection,
        ImageRow.mature,
        ImageRow.added_at,
        AttributeRow.labels,
        AttributeRow.probabilities,
    )
    .join(AttributeRow, AttributeRow.image_id == ImageRow.id)
    .order_by(ImageRow.id)
)
IMAGES_BY_ID = _IMAGES.where(among(ImageRow.id, "ids"))
IMAGES_AFTER = _IMAGES.where(ImageRow.id > bindparam("after_id")).limit(bindparam("limit"))
IMAGES_OF_COLLECTION_AFTER = IMAGES_AFTER.where(ImageRow.collection == bindparam("collection"))
_OF_SOURCE = (SourceRow.image_id, SourceRow.locator, SourceRow.backlink, SourceRow.seen_at)
_SOURCES = (
    select(*_OF_SOURCE)
    .where(among(SourceRow.image_id, "ids"))
    .order_by(SourceRow.image_id, SourceRow.seen_at, SourceRow.locator)
    .limit(bindparam("limit"))
)
_PLACED = (
    select(
        *_OF_SOURCE,
        func.row_number()
        .over(partition_by=SourceRow.image_id, order_by=(SourceRow.seen_at, SourceRow.locator))
        .label("place"),
    )
    .where(among(SourceRow.image_id, "ids"))
    .subquery()
)
_FIRST_SOURCES = (
    select(_PLACED.c.image_id, _PLACED.c.locator, _PLACED.c.backlink, _PLACED.c.seen_at)
    .where(_PLACED.c.place <= MOST_SOURCES)
    .order_by(_PLACED.c.image_id, _PLACED.c.place)
)
_NAMES = select(AttributeNameRow.name).order_by(AttributeNameRow.id)


class ImageReader:
    """Reads pictures in two statements, whatever their number, or three; threads may share one."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()

    def load(self, connection: Connection, statement: Select[*tuple[Any, ...]], **values: object) -> list[Image]:
        """Return the pictures of a statement made from _IMAGES, with sources and attributes."""
        rows = connection.execute(statement, values).all()
        if not rows:
            return []
        sources = _sources(connection, [row[0] for row in rows])
        names = self._vocabulary(connection, max(count_places(row[-1]) for row in rows))
        images = []
        for row in rows:
            # Unpacked at once: a column of a row by its name costs as much as the rest of the loop.
            image_id, digest, pixels, pdq, width, height, file_format, size_bytes = row[:8]
            title, licence, project, collection, mature, added_at, labels, probabilities = row[8:]
            images.append(
                Image(
                    id=image_id,
                    sha256=digest.hex(),
                    pixel_sha256=None if pixels is None else pixels.hex(),
                    pdq=pdq,
                    width=width,
                    height=height,
                    format=file_format,
                    size_bytes=size_bytes,
                    title=title,
                    licence=licence,
                    project=project,
                    collection=collection,
                    mature=mature,
                    added_at=added_at,
                    sources=tuple(sources.get(image_id, ())),
                    labels=unpack_labels(labels, names),
                    probabilities=unpack_probabilities(probabilities, names),
                )
            )
        return images

    def _vocabulary(self, connection: Connection, places: int) -> tuple[str, ...]:
        """Return the names of at least the first so many attributes; they are never renamed, only added."""
        if places > len(self._names):
            self._names = tuple(connection.execute(_NAMES).scalars())
        return self._names


def _sources(connection: Connection, ids: list[int]) -> dict[int, list[Source]]:
    """Return the sources of pictures by their ids, of each the oldest, MOST_SOURCES at most."""
    room = MOST_SOURCES * len(ids)
    rows = connection.execute(_SOURCES, {"ids": ids, "limit": room + 1}).all()
    if len(rows) > room:  # rare, so that the others do not pay for numbering the sources of each picture
        rows = connection.execute(_FIRST_SOURCES, {"ids": ids}).all()
    sources: dict[int, list[Source]] = {}
    for image_id, locator, backlink, seen_at in rows:
        found = sources.setdefault(image_id, [])
        if len(found) < MOST_SOURCES:
            found.append(Source(locator, backlink, seen_at))
    return sources
