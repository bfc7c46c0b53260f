"""Descriptors of fixed parts of the catalogue's pictures: all that is asked of their tables, and told to them."""

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select

from data.batch_insert import Counter, model_places
from data.database import reading, write
from data.id_lists import among
from data.records import Change, DescriptorKind, DescriptorRows
from data.row_values import GREATEST, keepable, plain_ids
from data.tables import CatalogueRow, ChangeKind, ImageRow, ModelRow, RegionChangeRow, RegionSetRow
from errors import DescriptorShapeError

MOST_REGIONS = 16
"""Of a picture, and what a slot is multiplied by where its regions are numbered."""

_OF_MODEL = (
    RegionSetRow.model == select(ModelRow.id).where(ModelRow.model_id == bindparam("model_id")).scalar_subquery()
)
_SETS = select(RegionSetRow.slot, RegionSetRow.regions, RegionSetRow.vectors).where(_OF_MODEL)
_BY_SLOT = _SETS.where(among(RegionSetRow.slot, "slots")).order_by(RegionSetRow.slot)
_AFTER = _SETS.where(RegionSetRow.slot > bindparam("slot")).order_by(RegionSetRow.slot).limit(bindparam("limit"))
_OWNERS = select(RegionSetRow.slot, RegionSetRow.image_id, RegionSetRow.regions).where(
    among(RegionSetRow.slot, "slots")
)
_OF_IMAGES = select(RegionSetRow.slot, RegionSetRow.regions).where(among(RegionSetRow.image_id, "ids"))
_STILL_THERE = select(ImageRow.id).where(among(ImageRow.id, "ids"))
_LACKING = (
    select(ImageRow.id, ImageRow.sha256)
    .where(
        ImageRow.id > bindparam("after_id"),
        ~select(RegionSetRow.slot)
        .where(RegionSetRow.image_id == ImageRow.id, RegionSetRow.regions == bindparam("regions"), _OF_MODEL)
        .exists(),
    )
    .order_by(ImageRow.id)
    .limit(bindparam("limit"))
)
_LAST_CHANGE = select(func.coalesce(func.max(RegionChangeRow.number), 0))
_CHANGES_AFTER = (
    select(RegionChangeRow.number, RegionChangeRow.slot, RegionChangeRow.regions, RegionChangeRow.kind)
    .where(RegionChangeRow.number > bindparam("number"))
    .order_by(RegionChangeRow.number)
    .limit(bindparam("limit"))
)
_COUNTS = select(
    func.count(),
    func.coalesce(func.sum(RegionSetRow.regions), 0),
    func.coalesce(func.sum(func.length(RegionSetRow.vectors)), 0),
)


@dataclass(frozen=True, slots=True)
class RegionOwner:
    """Whose region it is.

    Attributes:
        number: of the region within its set, from 0.
        regions: how many the set has.
    """

    image_id: int
    number: int
    regions: int


@dataclass(frozen=True, slots=True)
class RegionCounts:
    """How much there is of one model.

    Attributes:
        pictures: with described regions.
        size_bytes: of the descriptors, without what the database adds.
    """

    pictures: int
    regions: int
    size_bytes: int


class RegionShelf:
    """The described regions in the database of a catalogue (`Catalogue.database`); threads may share one.

    It is also what an index of regions follows (search.change_feed.ChangeFeed): its changes are numbered apart from
    those of pictures.

    Every method raises CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, database: Engine) -> None:
        self._engine = database

    # Writing

    def put(self, sets: Sequence[tuple[int, NDArray[np.float32]]], model_id: str) -> int:
        """Keep the descriptors of pictures in place of those they had, and return of how many.

        Args:
            sets: id of a picture and its regions, float32 (n, dim) of L2 norm 1, at most 16; a picture that was removed
                meanwhile is passed over.
            model_id: of the model that made them.
        Raises:
            DescriptorShapeError: they are not such vectors.
        """
        blobs = {image_id: (len(vectors), _pack(vectors)) for image_id, vectors in sets}

        def put(connection: Connection) -> int:
            Counter(connection)  # takes the lock
            ids = list(connection.execute(_STILL_THERE, {"ids": plain_ids(blobs)}).scalars())
            forget_regions(connection, ids)
            if not ids:
                return 0
            model = model_places(connection, {model_id})[model_id]
            following = connection.execute(_LAST_CHANGE).scalar_one() + 1
            slots = list(enumerate(ids, start=following))
            connection.execute(
                insert(RegionSetRow),
                [
                    {
                        "slot": slot,
                        "image_id": image_id,
                        "model": model,
                        "regions": blobs[image_id][0],
                        "vectors": blobs[image_id][1],
                    }
                    for slot, image_id in slots
                ],
            )
            _note(connection, following, [(slot, blobs[image_id][0]) for slot, image_id in slots], "added")
            return len(ids)

        return write(self._engine, put)

    def remove(self, collection: str | None = None) -> int:
        """Forget the regions of a collection's pictures, or of all, and return of how many pictures that was."""
        chosen = select(RegionSetRow.image_id)
        if collection is not None:
            chosen = chosen.join(ImageRow, ImageRow.id == RegionSetRow.image_id).where(
                ImageRow.collection == keepable(collection)
            )

        def remove(connection: Connection) -> int:
            Counter(connection)
            ids = list(connection.execute(chosen).scalars())
            forget_regions(connection, ids)
            return len(ids)

        return write(self._engine, remove)

    # Reading

    def lacking(
        self, regions: int, model_id: str, *, collection: str | None = None, after_id: int = 0, limit: int = 1000
    ) -> list[tuple[int, str]]:
        """Return id and sha256 of a page of the pictures that have not so many regions of this model, by id."""
        statement = _LACKING
        if collection is not None:
            statement = statement.where(ImageRow.collection == keepable(collection))
        values = {"regions": regions, "model_id": model_id, "after_id": min(after_id, GREATEST), "limit": limit}
        with reading(self._engine) as connection:
            return [(image_id, digest.hex()) for image_id, digest in connection.execute(statement, values)]

    def owners(self, region_ids: Collection[int]) -> dict[int, RegionOwner]:
        """Return whose regions these are; those that are gone are left out."""
        slots = plain_ids({int(region_id) // MOST_REGIONS for region_id in region_ids})
        with reading(self._engine) as connection:
            held = {row.slot: row for row in connection.execute(_OWNERS, {"slots": slots})}
        return {
            region_id: RegionOwner(row.image_id, region_id % MOST_REGIONS, row.regions)
            for region_id in map(int, region_ids)
            if (row := held.get(region_id // MOST_REGIONS)) is not None
        }

    def ids_of_images(self, image_ids: Collection[int]) -> NDArray[np.int64]:
        """Return the ids of all regions of some pictures, int64 (n,), ascending."""
        with reading(self._engine) as connection:
            rows = connection.execute(_OF_IMAGES, {"ids": plain_ids(image_ids)}).all()
        return np.array(sorted(one for row in rows for one in _region_ids(row.slot, row.regions)), np.int64)

    def counts(self, model_id: str) -> RegionCounts:
        """Return how much there is of a model."""
        with reading(self._engine) as connection:
            row = connection.execute(_COUNTS.where(_OF_MODEL), {"model_id": model_id}).one()
            return RegionCounts(*map(int, row))

    # What an index follows

    def catalogue_id(self) -> str:
        """Return what tells this catalogue from every other, as Catalogue.catalogue_id does."""
        with reading(self._engine) as connection:
            return connection.execute(select(CatalogueRow.uuid)).scalar_one().hex()

    def last_change(self) -> int:
        """Return the number of the last change of regions; 0 before the first."""
        with reading(self._engine) as connection:
            return connection.execute(_LAST_CHANGE).scalar_one()

    def changes_after(self, number: int, limit: int = 10_000) -> list[Change]:
        """Return the changes with greater numbers, in order; nothing smaller than what it returns appears later.

        Of a set there are as many changes with its number as it has regions; they come together.
        """
        with reading(self._engine) as connection:
            values = {"number": number, "limit": max(limit // MOST_REGIONS, 1)}
            rows = connection.execute(_CHANGES_AFTER, values).all()
        return [
            Change(row.number, region_id, row.kind) for row in rows for region_id in _region_ids(row.slot, row.regions)
        ]

    def descriptors_of(self, ids: Collection[int], kind: DescriptorKind, model_id: str) -> DescriptorRows:
        """Return the descriptors of some regions, in order of id; those that are gone are left out."""
        wanted = np.array(plain_ids(ids), np.int64)
        slots = np.unique(wanted // MOST_REGIONS).tolist()
        with reading(self._engine) as connection:
            rows = _unpack(connection.execute(_BY_SLOT, {"slots": slots, "model_id": model_id}).all())
        chosen = np.isin(rows.ids, wanted)
        return DescriptorRows(rows.ids[chosen], rows.vectors[chosen])

    def snapshot_descriptors(
        self, kind: DescriptorKind, model_id: str, *, batch: int = 1024
    ) -> tuple[int, Iterator[DescriptorRows]]:
        """Return the number of the last change, and all descriptors exactly as they were after it.

        The transaction stays open until the iterator is exhausted or dropped.
        """
        stream = self._stream(model_id, batch)
        number, _ = next(stream)
        return number, (rows for _, rows in stream)

    def _stream(self, model_id: str, batch: int) -> Generator[tuple[int, DescriptorRows], None, None]:
        """Yield the last change with no descriptors, so that the transaction has begun, then with each batch."""
        with reading(self._engine) as connection:
            number = connection.execute(_LAST_CHANGE).scalar_one()
            yield number, _unpack([])
            values = {"slot": 0, "limit": batch, "model_id": model_id}
            while rows := connection.execute(_AFTER, values).all():
                values["slot"] = rows[-1].slot
                yield number, _unpack(rows)


def forget_regions(connection: Connection, image_ids: Sequence[int]) -> None:
    """Remove the regions of pictures, in a transaction that holds the lock of `Counter`, and note that they went."""
    gone = connection.execute(_OF_IMAGES.order_by(RegionSetRow.slot), {"ids": list(image_ids)}).all()
    if gone:
        connection.execute(
            delete(RegionSetRow).where(among(RegionSetRow.slot, "slots")), {"slots": [row.slot for row in gone]}
        )
        following = connection.execute(_LAST_CHANGE).scalar_one() + 1
        _note(connection, following, [(row.slot, row.regions) for row in gone], "removed")


def _note(connection: Connection, first: int, sets: Sequence[tuple[int, int]], kind: ChangeKind) -> None:
    """Write entries of the history, numbered from `first` on."""
    connection.execute(
        insert(RegionChangeRow),
        [
            {"number": number, "slot": slot, "regions": regions, "kind": kind}
            for number, (slot, regions) in enumerate(sets, start=first)
        ],
    )


def _region_ids(slot: int, regions: int) -> range:
    return range(slot * MOST_REGIONS, slot * MOST_REGIONS + regions)


def _pack(vectors: NDArray[np.float32]) -> bytes:
    """Return descriptors (n, dim) as int8, the greatest component of each as 127: the direction is what tells."""
    if vectors.ndim != 2 or not 1 <= len(vectors) <= MOST_REGIONS:
        raise DescriptorShapeError(f"expected 1 to {MOST_REGIONS} vectors; received shape {vectors.shape}")
    norms = np.linalg.norm(vectors, axis=1)
    if not np.all(np.abs(norms - 1) <= 0.01):  # also where one is NaN
        raise DescriptorShapeError(f"expected vectors of norm 1; received norms {norms.min():.3f} to {norms.max():.3f}")
    greatest = np.abs(vectors).max(axis=1, keepdims=True)
    steps: NDArray[np.int8] = np.round(vectors / greatest * 127).astype(np.int8)
    return steps.tobytes()


def _unpack(rows: Sequence[tuple[int, int, bytes]]) -> DescriptorRows:
    """Return rows of slot, number of regions and blob as arrays; the vectors have norm 1 again."""
    if not rows:
        return DescriptorRows(ids=np.empty(0, np.int64), vectors=np.empty((0, 0), np.float16))
    ids = [region_id for slot, regions, _ in rows for region_id in _region_ids(slot, regions)]
    steps = np.frombuffer(b"".join(blob for _, _, blob in rows), np.int8).reshape(len(ids), -1).astype(np.float32)
    vectors = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    return DescriptorRows(ids=np.array(ids, np.int64), vectors=vectors.astype(np.float16))
