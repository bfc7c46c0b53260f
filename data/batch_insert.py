"""How a batch becomes rows: who may write, under which numbers, and what goes where."""

from collections import Counter as Counted
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from data.attributes import carried, pack_labels, pack_probabilities
from data.id_lists import among
from data.records import NewImage, SourceRecord
from data.row_values import digest_of, keepable, keepable_or_none, locator_digest, vector_blob
from data.tables import (
    AttributeNameRow,
    AttributeRow,
    CarriedRow,
    CatalogueRow,
    ChangeKind,
    ChangeRow,
    DescriptorRow,
    ImageRow,
    KeypointsRow,
    ModelRow,
    SourceRow,
)
from data.word_rows import MOST_PLACES, add_facets, own_facets, source_facet, write_words

PICTURE = "image"
"""Owner kind of a whole picture's descriptors."""
_AT_ONCE = 10_000
"""Hashes asked for in one statement: under the limits of both databases (32,766 and 65,535 parameters)."""

_BY_SHA256 = select(ImageRow.sha256, ImageRow.id).where(ImageRow.sha256.in_(bindparam("hashes", expanding=True)))
_NOTED_SOURCES = select(SourceRow.image_id, SourceRow.locator_digest).where(among(SourceRow.image_id, "ids"))
_WITH_KEYPOINTS = select(KeypointsRow.image_id).where(
    among(KeypointsRow.image_id, "ids"), KeypointsRow.method == bindparam("method")
)
_OLD_KEYPOINTS = delete(KeypointsRow).where(among(KeypointsRow.image_id, "ids"))
_NAMES = select(AttributeNameRow.name).order_by(AttributeNameRow.id)


class Counter:
    """Gives out ids and change numbers under the lock of the catalogue's row, which it takes when made.

    The lock is held until the transaction ends. So a change becomes visible before a greater number is given out,
    and whoever reads in order of numbers misses none; and two writers of one file see each other's picture.
    """

    def __init__(self, connection: Connection) -> None:
        # SQLite has no FOR UPDATE and leaves it out: there BEGIN IMMEDIATE holds the lock of the whole database.
        row = connection.execute(select(CatalogueRow.last_image, CatalogueRow.last_change).with_for_update()).one()
        self._connection = connection
        self._last_image: int = row.last_image
        self._last_change: int = row.last_change
        self._changes: list[dict[str, object]] = []

    def next_image(self) -> int:
        """Return an id that no picture ever had."""
        self._last_image += 1
        return self._last_image

    def note(self, image_id: int, kind: ChangeKind) -> int:
        """Note a change and return its number."""
        self._last_change += 1
        self._changes.append({"number": self._last_change, "image_id": image_id, "kind": kind})
        return self._last_change

    def write(self) -> None:
        """Write the changes and what was given out."""
        if not self._changes:
            return
        self._connection.execute(insert(ChangeRow), self._changes)
        self._connection.execute(
            update(CatalogueRow).values(last_image=self._last_image, last_change=self._last_change)
        )


def insert_images(connection: Connection, fresh: Sequence[tuple[int, int, NewImage]], moment: datetime) -> None:
    """Insert pictures, each given with its id and change number, with all that describes them."""
    if not fresh:
        return
    places = attribute_places(
        connection, [name for _, _, new in fresh for name in (*new.attributes, *new.source.labels)]
    )
    models = model_places(connection, {new.model_id for _, _, new in fresh})
    connection.execute(
        insert(ImageRow),
        [
            {
                "id": image_id,
                "sha256": digest_of(new.sha256),
                "pixel_sha256": None if new.pixel_sha256 is None else digest_of(new.pixel_sha256),
                "pdq": new.pdq,
                "width": new.width,
                "height": new.height,
                "format": new.format,
                "size_bytes": new.size_bytes,
                "title": keepable_or_none(new.source.title),
                "licence": keepable_or_none(new.source.licence),
                "project": keepable_or_none(new.source.project),
                "collection": keepable_or_none(new.source.collection),
                "mature": new.source.mature,
                "added_at": moment,
                "change": change,
            }
            for image_id, change, new in fresh
        ],
    )
    connection.execute(
        insert(AttributeRow),
        [
            {
                "image_id": image_id,
                "labels": pack_labels(new.source.labels, places),
                "model": models[new.model_id],
                "probabilities": pack_probabilities(new.attributes, places),
            }
            for image_id, _, new in fresh
        ],
    )
    carriers = [
        {"attribute": places[name], "image_id": image_id}
        for image_id, _, new in fresh
        for name in carried(new.source.labels, new.attributes)
    ]
    if carriers:
        connection.execute(insert(CarriedRow), carriers)
    descriptors = [
        {
            "model": models[new.model_id],
            "kind": kind,
            "owner_kind": PICTURE,
            "owner_id": image_id,
            "vector": vector_blob(vector),
        }
        for image_id, _, new in fresh
        for kind, vector in new.descriptors.items()
    ]
    if descriptors:
        connection.execute(insert(DescriptorRow), descriptors)
    connection.execute(
        insert(KeypointsRow),
        [{"image_id": image_id, "method": new.keypoints_method, "data": new.keypoints} for image_id, _, new in fresh],
    )
    # Their words are written with their sources.
    add_facets(
        connection,
        (
            (image_id, facet)
            for image_id, _, new in fresh
            for facet in own_facets(
                keepable_or_none(new.source.collection), keepable_or_none(new.source.licence), moment.year
            )
        ),
    )


def fill_keypoints(connection: Connection, found: Mapping[int, bytes], method: str) -> None:
    """Insert the local features of those pictures that have none of this method, in place of those of another.

    Args:
        connection: in a transaction that holds the lock of `Counter`.
        found: id of a picture of the catalogue to its packed features.
        method: name of what found them.
    """
    lacking = sorted(found.keys() - ids_with_keypoints(connection, found, method))
    if lacking:
        connection.execute(_OLD_KEYPOINTS, {"ids": lacking})
        connection.execute(
            insert(KeypointsRow),
            [{"image_id": image_id, "method": method, "data": found[image_id]} for image_id in lacking],
        )


def ids_with_keypoints(connection: Connection, ids: Collection[int], method: str) -> set[int]:
    """Return those of the ids whose picture has local features of this method."""
    return set(connection.execute(_WITH_KEYPOINTS, {"ids": sorted(ids), "method": method}).scalars())


def insert_sources(connection: Connection, pairs: Sequence[tuple[int, SourceRecord]], moment: datetime) -> None:
    """Insert those sources of pictures that are not noted yet, and what pictures are found by because of them."""
    rows: dict[tuple[int, bytes], dict[str, object]] = {}
    for image_id, source in pairs:
        locator = keepable(source.locator)
        digest = locator_digest(locator)
        rows.setdefault(
            (image_id, digest),
            {
                "image_id": image_id,
                "locator_digest": digest,
                "locator": locator,
                "backlink": keepable_or_none(source.backlink),
                "seen_at": moment,
            },
        )
    ids = sorted({image_id for image_id, _ in pairs})
    noted: Counted[int] = Counted()
    for image_id, digest in connection.execute(_NOTED_SOURCES, {"ids": ids}):
        rows.pop((image_id, digest), None)
        noted[image_id] += 1
    if rows:
        connection.execute(insert(SourceRow), list(rows.values()))
        # The words of a picture come from its first sources: further ones change nothing.
        write_words(connection, {image_id for image_id, _ in rows if noted[image_id] < MOST_PLACES})
        facets = ((image_id, source_facet(str(row["locator"]))) for (image_id, _), row in rows.items())
        add_facets(connection, ((image_id, facet) for image_id, facet in facets if facet is not None))


def attribute_names(connection: Connection) -> list[str]:
    """Return the vocabulary of attributes; the one with id n stands in place n - 1."""
    return [*connection.execute(_NAMES).scalars()]


def attribute_places(connection: Connection, spoken: Sequence[str]) -> dict[str, int]:
    """Return the ids of all attributes by name, after giving ids to those that are spoken of for the first time."""
    places = {name: place for place, name in enumerate(attribute_names(connection), start=1)}
    unknown = [name for name in dict.fromkeys(spoken) if name not in places]
    if unknown:
        places |= {name: place for place, name in enumerate(unknown, start=len(places) + 1)}
        connection.execute(insert(AttributeNameRow), [{"id": places[name], "name": name} for name in unknown])
    return places


def model_places(connection: Connection, model_ids: Collection[str]) -> dict[str, int]:
    """Return the row ids of models, after giving ids to new ones."""
    places = {row.model_id: row.id for row in connection.execute(select(ModelRow.id, ModelRow.model_id))}
    unknown = sorted(set(model_ids) - places.keys())
    if unknown:
        places |= {model_id: place for place, model_id in enumerate(unknown, start=len(places) + 1)}
        connection.execute(insert(ModelRow), [{"id": places[model_id], "model_id": model_id} for model_id in unknown])
    return places


def ids_of(connection: Connection, digests: Collection[bytes]) -> dict[bytes, int]:
    """Return the ids of the files with these digests, as far as they are there."""
    found: dict[bytes, int] = {}
    remaining = iter(digests)
    while some := list(islice(remaining, _AT_ONCE)):
        found.update(connection.execute(_BY_SHA256, {"hashes": some}).all())
    return found
