"""The catalogue: everything that is asked of the database, and everything that is told to it."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, bindparam, delete, exists, func, select, text

from data.batch_insert import (
    PICTURE,
    Counter,
    fill_keypoints,
    ids_of,
    ids_with_keypoints,
    insert_images,
    insert_sources,
)
from data.database import SET_UP, open_database, parse_url, reading, sqlite_path, write, writing
from data.faces import FaceStore, forget_faces
from data.id_lists import among
from data.image_rows import IMAGES_AFTER, IMAGES_BY_ID, IMAGES_OF_COLLECTION_AFTER, ImageReader
from data.kept_descriptors import descriptors_of, snapshot_descriptors
from data.models import ModelStore, check_serving
from data.places import Place, count_hosts, seen_at
from data.records import (
    Added,
    CatalogueCounts,
    Change,
    DescriptorKind,
    DescriptorRows,
    Image,
    NewImage,
    SourceRecord,
)
from data.regions import forget_regions
from data.row_values import GREATEST, digest_of, keepable, locator_digest, plain_ids
from data.tables import (
    REVISION,
    AttributeNameRow,
    AttributeRow,
    CarriedRow,
    CatalogueRow,
    ChangeRow,
    DescriptorRow,
    ImageRow,
    KeypointsRow,
    ModelRow,
    SourceRow,
)
from data.variety import pick_varied
from data.word_rows import forget_facets, forget_unused, tidy_index
from data.word_search import WordSearch
from errors import BadInput, CatalogueUnavailable, NotFound

_AT_ONCE = 10_000
"""Hashes listed at a time."""
_CANDIDATES = 8
"""Pictures looked at for each one that a varied sample shows."""

# Statements are built once: SQLAlchemy spends more time on building one than SQLite on answering it.
_CARRIERS = (
    select(CarriedRow.image_id)
    .join(AttributeNameRow, AttributeNameRow.id == CarriedRow.attribute)
    .where(AttributeNameRow.name == bindparam("name"))
    .order_by(CarriedRow.image_id)
)
_CARRIED_COUNTS = (
    select(AttributeNameRow.name, func.count())
    .join(CarriedRow, CarriedRow.attribute == AttributeNameRow.id)
    .where(among(CarriedRow.image_id, "ids"))
    .group_by(AttributeNameRow.id, AttributeNameRow.name)
    .order_by(AttributeNameRow.id)
)
_COLLECTION_COUNTS = (
    select(ImageRow.collection, func.count())
    .where(among(ImageRow.id, "ids"), ImageRow.collection.is_not(None))
    .group_by(ImageRow.collection)
)
_SEEN = (
    select(SourceRow.image_id, SourceRow.locator)
    .where(among(SourceRow.image_id, "ids"))
    .order_by(SourceRow.image_id, SourceRow.locator_digest)
    .limit(_AT_ONCE)
)
_BY_PIXELS = (
    select(ImageRow.id)
    .where(ImageRow.pixel_sha256 == bindparam("pixels"))
    .order_by(ImageRow.id)
    .limit(bindparam("limit"))
)
_HASHES_AFTER = (
    select(ImageRow.id, ImageRow.sha256)
    .where(ImageRow.id > bindparam("after_id"))
    .order_by(ImageRow.id)
    .limit(_AT_ONCE)
)
_KEYPOINTS = select(KeypointsRow.image_id, KeypointsRow.data).where(
    among(KeypointsRow.image_id, "ids"), KeypointsRow.method == bindparam("method")
)
_LACKING_KEYPOINTS_AFTER = (
    select(ImageRow.id, ImageRow.sha256)
    .where(
        ImageRow.id > bindparam("after_id"),
        ~exists().where(KeypointsRow.image_id == ImageRow.id, KeypointsRow.method == bindparam("method")),
    )
    .order_by(ImageRow.id)
    .limit(bindparam("limit"))
)
_CHANGES_AFTER = (
    select(ChangeRow.number, ChangeRow.image_id, ChangeRow.kind)
    .where(ChangeRow.number > bindparam("number"))
    .order_by(ChangeRow.number)
    .limit(bindparam("limit"))
)
_LAST_CHANGE = select(CatalogueRow.last_change)


class Catalogue:
    """What the engine remembers of its pictures, in SQLite or PostgreSQL.

    Threads may share one; processes may not: open it after a fork. A method that reads does so in one transaction
    of a fixed number of statements, a method that writes in one that is committed when it returns and undone when it
    raises.

    Every method raises CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = ImageReader()

    @classmethod
    def open(cls, url: str) -> Self:
        """Return the catalogue at an address.

        Args:
            url: `sqlite:///path` or `postgresql+psycopg://user:password@host/name`.
        Raises:
            BadInput: not such an address.
            CatalogueUnavailable: there is none, or it was made by another version and is not migrated.
        """
        parsed = parse_url(url)
        path = sqlite_path(parsed)
        if path is not None and not path.is_file():
            raise CatalogueUnavailable(f"there is no catalogue at {path}", remedy=SET_UP)
        engine = open_database(parsed)
        try:
            with reading(engine) as connection:
                revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except CatalogueUnavailable:
            engine.dispose()
            raise
        if revision != REVISION:
            engine.dispose()
            raise CatalogueUnavailable(
                f"the catalogue has tables of revision {revision}; this version of Retrace needs {REVISION}",
                remedy=SET_UP,
            )
        return cls(engine)

    @property
    def database(self) -> Engine:
        """The database of the catalogue, for what else of `data` keeps tables in it; closed with the catalogue."""
        return self._engine

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Return the catalogue itself, closed at the end of the block."""
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close all connections."""
        self.close()

    @property
    def faces(self) -> FaceStore:
        """What is remembered of faces, in the same database."""
        return FaceStore(self._engine)

    @property
    def models(self) -> ModelStore:
        """Which model serves, and what others say of the pictures, in the same database."""
        return ModelStore(self._engine)

    @property
    def words(self) -> WordSearch:
        """The search by words of its pictures, in the same database."""
        return WordSearch(self._engine, self._reader)

    # Writing

    def add_batch(self, batch: Sequence[NewImage]) -> list[Added]:
        """Add pictures, all or none, and return what became of each, in order.

        Of pictures whose bytes are there already, in the catalogue or earlier in the batch, only a new source is
        noted, and local features where there are none of this method: titles, labels and descriptors stay as they
        are.

        Raises:
            BadInput: a hash is not one.
            DescriptorShapeError: a descriptor is not a vector of norm 1.
            ModelChanged: another model serves now.
            ContractBroken: the database refuses a row, such as one of more than 8,000 bytes of local features.
        """
        moment = datetime.now(UTC)
        digests = [digest_of(new.sha256) for new in batch]

        def add(connection: Connection) -> tuple[dict[bytes, int], set[bytes]]:
            counter = Counter(connection)
            check_serving(connection, {new.model_id for new in batch})
            known = ids_of(connection, digests)
            fresh: dict[bytes, NewImage] = {}
            for digest, new in zip(digests, batch, strict=True):
                if digest not in known:
                    fresh.setdefault(digest, new)
            ids = {digest: counter.next_image() for digest in fresh}
            changes = {digest: counter.note(ids[digest], "added") for digest in fresh}
            insert_images(connection, [(ids[digest], changes[digest], new) for digest, new in fresh.items()], moment)
            for method in sorted({new.keypoints_method for new in batch}):
                found = {
                    known[digest]: new.keypoints
                    for digest, new in zip(digests, batch, strict=True)
                    if digest in known and new.keypoints_method == method
                }
                if found:
                    fill_keypoints(connection, found, method)
            known |= ids
            insert_sources(
                connection,
                [(known[digest], new.source) for digest, new in zip(digests, batch, strict=True)],
                moment,
            )
            counter.write()
            return known, set(ids)

        known, created = write(self._engine, add)
        added = []
        for digest in digests:
            added.append(Added(image_id=known[digest], created=digest in created))
            created.discard(digest)
        return added

    def add_sources(self, pairs: Sequence[tuple[str, SourceRecord]]) -> set[str]:
        """Note further places where pictures of the catalogue were seen.

        Args:
            pairs: sha256 of the file, and the source.
        Returns:
            the sha256 of pictures that are not in the catalogue (any more), for which nothing was noted.
        """
        digests = [digest_of(hexadecimal) for hexadecimal, _ in pairs]
        moment = datetime.now(UTC)

        def add(connection: Connection) -> dict[bytes, int]:
            counter = Counter(connection)
            known = ids_of(connection, digests)
            insert_sources(
                connection,
                [
                    (known[digest], source)
                    for digest, (_, source) in zip(digests, pairs, strict=True)
                    if digest in known
                ],
                moment,
            )
            counter.write()
            return known

        known = write(self._engine, add)
        return {digest.hex() for digest in digests if digest not in known}

    def put_keypoints(self, pairs: Sequence[tuple[str, bytes]], method: str) -> None:
        """Fill in local features of pictures that have none of this method.

        Args:
            pairs: sha256 of the file, and the features, packed, at most 8,000 bytes; pictures that are not in the
                catalogue (any more), and those that have features of this method, are passed over.
            method: name of what found them; features of another method go.
        Raises:
            BadInput: a hash is not one.
            ContractBroken: more bytes than that.
        """
        found = {digest_of(hexadecimal): data for hexadecimal, data in pairs}

        def put(connection: Connection) -> None:
            Counter(connection)  # takes the lock: nobody else fills in or removes the same pictures
            known = ids_of(connection, found)
            fill_keypoints(connection, {image_id: found[digest] for digest, image_id in known.items()}, method)

        write(self._engine, put)

    def remove(self, image_ids: Collection[int]) -> list[Image]:
        """Remove pictures from every table, and return what went, in order of id.

        Unknown ids are passed over. The history keeps that a picture with this id was there; its files beside the
        catalogue are the caller's to remove.
        """

        def remove(connection: Connection) -> list[Image]:
            counter = Counter(connection)
            removed = self._reader.load(connection, IMAGES_BY_ID, ids=plain_ids(image_ids))
            ids = [image.id for image in removed]
            forget_faces(connection, ids)
            forget_regions(connection, ids)
            values = forget_facets(connection, ids)
            of_pictures = DescriptorRow.owner_kind == PICTURE
            connection.execute(
                delete(DescriptorRow).where(of_pictures, among(DescriptorRow.owner_id, "ids")), {"ids": ids}
            )
            # Sources, attributes, words and local features go with the picture, by their foreign keys.
            connection.execute(delete(ImageRow).where(among(ImageRow.id, "ids")), {"ids": ids})
            forget_unused(connection, values)
            tidy_index(connection)  # else words of what is gone would lie in it until it merges by itself
            for image in removed:
                counter.note(image.id, "removed")
            counter.write()
            return removed

        return write(self._engine, remove)

    @contextmanager
    def absent(self, hashes: Collection[str]) -> Iterator[set[str]]:
        """Give those of the hashes that no picture has, and keep every writer waiting until the block ends.

        For what lies beside the catalogue: a file that belongs to no picture can be removed in the block without
        another process adding that very picture in between. Keep it short.
        """
        digests = [digest_of(each) for each in hashes]
        with writing(self._engine) as connection:
            Counter(connection)  # takes the lock, on PostgreSQL too
            known = ids_of(connection, digests)
            yield {digest.hex() for digest in digests if digest not in known}

    # Pictures

    def image(self, image_id: int) -> Image:
        """Return a picture.

        Raises:
            NotFound: there is none with this id.
        """
        found = self.images([image_id])
        if image_id not in found:
            raise NotFound(f"there is no picture {image_id} in the catalogue")
        return found[image_id]

    def images(self, ids: Sequence[int]) -> dict[int, Image]:
        """Return pictures by id, in the order asked for; unknown ids are left out."""
        with reading(self._engine) as connection:
            found = {image.id: image for image in self._reader.load(connection, IMAGES_BY_ID, ids=plain_ids(ids))}
        return {image_id: found[image_id] for image_id in map(int, ids) if image_id in found}

    def list_images(self, *, after_id: int = 0, limit: int = 100, collection: str | None = None) -> list[Image]:
        """Return a page of all pictures, or of one collection's, in order of id."""
        with reading(self._engine) as connection:
            if collection is None:
                return self._reader.load(connection, IMAGES_AFTER, after_id=min(after_id, GREATEST), limit=limit)
            return self._reader.load(
                connection,
                IMAGES_OF_COLLECTION_AFTER,
                after_id=min(after_id, GREATEST),
                limit=limit,
                collection=keepable(collection),
            )

    def sample_images(self, limit: int, seed: int) -> list[Image]:
        """Return a varied sample, always the same for one seed and one state of the catalogue.

        It takes turns among collections and media, and leaves out pictures marked as mature.
        """
        with reading(self._engine) as connection:
            low, high = connection.execute(select(func.min(ImageRow.id), func.max(ImageRow.id))).one()
            if low is None or high is None:
                return []
            span = high - low + 1
            wanted = min(span, _CANDIDATES * limit)
            drawn = np.random.default_rng(seed).choice(span, wanted, replace=False) + low
            place = {image_id: order for order, image_id in enumerate(drawn.tolist())}
            candidates = self._reader.load(connection, IMAGES_BY_ID, ids=plain_ids(list(place)))
            if len(candidates) < min(wanted, limit):
                # Most of the ids between were removed: look at the first that are left as well.
                rest = self._reader.load(connection, IMAGES_AFTER, after_id=low - 1, limit=wanted)
                candidates += [image for image in rest if image.id not in place]
        candidates.sort(key=lambda image: place.get(image.id, wanted))
        return pick_varied([image for image in candidates if not image.mature], limit)

    def find(
        self,
        *,
        ids: Collection[int] | None = None,
        sha256: str | None = None,
        locator: str | None = None,
        collection: str | None = None,
    ) -> list[int]:
        """Return the ids of the pictures that meet all of the conditions given, in ascending order.

        Raises:
            BadInput: no condition is given (that would be every picture), or the hash is not one.
        """
        statement = select(ImageRow.id)
        if ids is None and sha256 is None and locator is None and collection is None:
            raise BadInput("expected ids, a sha256, a locator or a collection to look for; received none")
        if sha256 is not None:
            statement = statement.where(ImageRow.sha256 == digest_of(sha256))
        if locator is not None:
            seen = select(SourceRow.image_id).where(SourceRow.locator_digest == locator_digest(keepable(locator)))
            statement = statement.where(ImageRow.id.in_(seen))
        if collection is not None:
            statement = statement.where(ImageRow.collection == keepable(collection))
        if ids is not None:
            statement = statement.where(among(ImageRow.id, "ids"))
        with reading(self._engine) as connection:
            return sorted(connection.execute(statement, {} if ids is None else {"ids": plain_ids(ids)}).scalars())

    def known_sha256(self, hashes: Collection[str]) -> set[str]:
        """Return those of the hashes whose file is in the catalogue."""
        with reading(self._engine) as connection:
            return {digest.hex() for digest in ids_of(connection, [digest_of(each) for each in hashes])}

    def same_file(self, sha256: str) -> int | None:
        """Return the id of the picture with these very bytes; None when there is none."""
        digest = digest_of(sha256)
        with reading(self._engine) as connection:
            return ids_of(connection, [digest]).get(digest)

    def same_pixels(self, pixel_sha256: str, limit: int) -> list[int]:
        """Return the ids of the first pictures with exactly these pixels, in ascending order.

        There may be any number: shops show one and the same picture where they have none.
        """
        values = {"pixels": digest_of(pixel_sha256), "limit": limit}
        with reading(self._engine) as connection:
            return list(connection.execute(_BY_PIXELS, values).scalars())

    def all_sha256(self) -> Iterator[tuple[int, str]]:
        """Yield id and sha256 of every picture, in order of id, all from one state of the catalogue."""
        with reading(self._engine) as connection:
            after_id = 0
            while rows := connection.execute(_HASHES_AFTER, {"after_id": after_id}).all():
                after_id = rows[-1].id
                yield from ((image_id, digest.hex()) for image_id, digest in rows)

    # Attributes

    def ids_with_attribute(self, name: str) -> NDArray[np.int64]:
        """Return the pictures that carry an attribute: int64 (n,), ascending.

        A label of a person or source decides; where there is none, or it is unsure, the model's probability of at
        least one half does.
        """
        with reading(self._engine) as connection:
            return np.fromiter(connection.execute(_CARRIERS, {"name": keepable(name)}).scalars(), np.int64)

    def count_attributes(self, ids: Collection[int]) -> dict[str, int]:
        """Return how many of these pictures carry each attribute, by the rule of ids_with_attribute."""
        with reading(self._engine) as connection:
            return dict(connection.execute(_CARRIED_COUNTS, {"ids": plain_ids(ids)}).all())

    # Collections and places

    def ids_of_collection(self, name: str) -> NDArray[np.int64]:
        """Return the pictures of a collection: int64 (n,), ascending."""
        return np.array(self.find(collection=name), np.int64)

    def ids_seen_at(self, place: Place) -> NDArray[np.int64]:
        """Return the pictures that were seen at a place: int64 (n,), ascending."""
        with reading(self._engine) as connection:
            return np.fromiter(connection.execute(seen_at(place)).scalars(), np.int64)

    def count_collections(self, ids: Collection[int]) -> dict[str, int]:
        """Return how many of these pictures are in each collection; those that are in none are left out."""
        with reading(self._engine) as connection:
            rows = connection.execute(_COLLECTION_COUNTS, {"ids": plain_ids(ids)})
            return {name: count for name, count in rows if name is not None}

    def count_places(self, ids: Collection[int]) -> dict[str, int]:
        """Return how many of these pictures were seen at each host, and how many of them as files.

        Where they were seen at more than 10,000 places, those beyond are not counted.
        """
        with reading(self._engine) as connection:
            return count_hosts(
                (image_id, locator) for image_id, locator in connection.execute(_SEEN, {"ids": plain_ids(ids)})
            )

    # Descriptors

    def descriptors_of(self, ids: Collection[int], kind: DescriptorKind, model_id: str) -> DescriptorRows:
        """Return the descriptors of some pictures, in order of id; those without one are left out."""
        return descriptors_of(self._engine, PICTURE, ids, kind, model_id)

    def descriptors(self, kind: DescriptorKind, model_id: str, *, batch: int = 8192) -> Iterator[DescriptorRows]:
        """Yield all descriptors of a kind and model, in order of id, all from one state of the catalogue."""
        return self.snapshot_descriptors(kind, model_id, batch=batch)[1]

    def snapshot_descriptors(
        self, kind: DescriptorKind, model_id: str, *, batch: int = 8192
    ) -> tuple[int, Iterator[DescriptorRows]]:
        """Return the number of the last change, and all descriptors exactly as they were after it.

        The transaction stays open until the iterator is exhausted or dropped.
        """
        return snapshot_descriptors(self._engine, PICTURE, kind, model_id, last_change=_LAST_CHANGE, batch=batch)

    # Local features

    def keypoints_of(self, ids: Collection[int], method: str) -> dict[int, bytes]:
        """Return the local features of some pictures, packed; those that have none of this method are left out."""
        with reading(self._engine) as connection:
            return dict(connection.execute(_KEYPOINTS, {"ids": plain_ids(ids), "method": method}).all())

    def without_keypoints(self, hashes: Collection[str], method: str) -> set[str]:
        """Return those of the hashes whose file is in the catalogue, but without local features of this method."""
        with reading(self._engine) as connection:
            known = ids_of(connection, [digest_of(each) for each in hashes])
            described = ids_with_keypoints(connection, known.values(), method)
            return {digest.hex() for digest, image_id in known.items() if image_id not in described}

    def lacking_keypoints(self, method: str, *, after_id: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
        """Return id and sha256 of a page of the pictures without local features of this method, in order of id."""
        values = {"method": method, "after_id": min(after_id, GREATEST), "limit": limit}
        with reading(self._engine) as connection:
            return [
                (image_id, digest.hex()) for image_id, digest in connection.execute(_LACKING_KEYPOINTS_AFTER, values)
            ]

    # History and size

    def catalogue_id(self) -> str:
        """Return 32 hexadecimal digits that no other catalogue has; a restored backup gets new ones."""
        with reading(self._engine) as connection:
            return connection.execute(select(CatalogueRow.uuid)).scalar_one().hex()

    def last_change(self) -> int:
        """Return the number of the last change, 0 before the first."""
        with reading(self._engine) as connection:
            return connection.execute(_LAST_CHANGE).scalar_one()

    def changes_after(self, number: int, limit: int = 10_000) -> list[Change]:
        """Return the changes with greater numbers, in order; nothing smaller than what it returns appears later."""
        with reading(self._engine) as connection:
            rows = connection.execute(_CHANGES_AFTER, {"number": number, "limit": limit})
            return [Change(*row) for row in rows]

    def counts(self) -> CatalogueCounts:
        """Return how much the catalogue holds; `models` counts the pictures each model was the last to describe."""
        with reading(self._engine) as connection:
            collections = (
                select(ImageRow.collection, func.count())
                .where(ImageRow.collection.is_not(None))
                .group_by(ImageRow.collection)
                .order_by(ImageRow.collection)
            )
            models = (
                select(ModelRow.model_id, func.count())
                .join(AttributeRow, AttributeRow.model == ModelRow.id)
                .group_by(ModelRow.id, ModelRow.model_id)
                .order_by(ModelRow.id)
            )
            return CatalogueCounts(
                images=connection.execute(select(func.count()).select_from(ImageRow)).scalar_one(),
                sources=connection.execute(select(func.count()).select_from(SourceRow)).scalar_one(),
                last_change=connection.execute(_LAST_CHANGE).scalar_one(),
                collections={name: count for name, count in connection.execute(collections) if name},
                models=dict(connection.execute(models).all()),
            )
