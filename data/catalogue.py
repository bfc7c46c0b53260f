"""The catalogue: every statement that reads or writes it."""

import hashlib
from collections.abc import Collection, Generator, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, Select, bindparam, delete, func, insert, select, text, update

from data.attributes import carried, count_places, pack_labels, pack_probabilities, unpack_labels, unpack_probabilities
from data.database import SET_UP, open_database, parse_url, reading, sqlite_path, writing
from data.id_lists import among
from data.records import (
    Added,
    CatalogueCounts,
    Change,
    DescriptorKind,
    DescriptorRows,
    Image,
    NewImage,
    Source,
    SourceRecord,
)
from data.tables import (
    REVISION,
    AttributeNameRow,
    AttributeRow,
    CarriedRow,
    CatalogueRow,
    ChangeKind,
    ChangeRow,
    DescriptorRow,
    ImageRow,
    ModelRow,
    SourceRow,
)
from data.variety import pick_varied
from errors import BadInput, CatalogueUnavailable, DescriptorShapeError, NotFound

_PICTURE = "image"
"""Owner kind of a whole picture's descriptors."""
_FLOAT16 = np.dtype("<f2")
_AT_ONCE = 10_000
"""Hashes asked for, or listed, at a time: under the limits of both databases (32,766 and 65,535 parameters)."""
_GREATEST = 2**63 - 1
"""The greatest number that either database keeps."""
_CANDIDATES = 8
"""Pictures looked at for each one that a varied sample shows."""

# Statements are built once; SQLAlchemy spends more time on building and recognising one than SQLite on answering it.
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
_IMAGES_BY_ID = _IMAGES.where(among(ImageRow.id, "ids"))
_IMAGES_AFTER = _IMAGES.where(ImageRow.id > bindparam("after_id")).limit(bindparam("limit"))
_IMAGES_OF_COLLECTION_AFTER = _IMAGES_AFTER.where(ImageRow.collection == bindparam("collection"))
_LATEST_IDS = select(ImageRow.id).order_by(ImageRow.id.desc()).limit(bindparam("limit"))
_SOURCES = (
    select(SourceRow.image_id, SourceRow.locator, SourceRow.backlink, SourceRow.seen_at)
    .where(among(SourceRow.image_id, "ids"))
    .order_by(SourceRow.image_id, SourceRow.seen_at, SourceRow.locator)
)
_NOTED_SOURCES = select(SourceRow.image_id, SourceRow.locator_digest).where(among(SourceRow.image_id, "ids"))
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
_NAMES = select(AttributeNameRow.name).order_by(AttributeNameRow.id)
_BY_SHA256 = select(ImageRow.sha256, ImageRow.id).where(ImageRow.sha256.in_(bindparam("hashes", expanding=True)))
_BY_PIXELS = select(ImageRow.id).where(ImageRow.pixel_sha256 == bindparam("pixels")).order_by(ImageRow.id)
_HASHES_AFTER = (
    select(ImageRow.id, ImageRow.sha256)
    .where(ImageRow.id > bindparam("after_id"))
    .order_by(ImageRow.id)
    .limit(_AT_ONCE)
)
_DESCRIPTORS = select(DescriptorRow.owner_id, DescriptorRow.vector).where(
    DescriptorRow.model == select(ModelRow.id).where(ModelRow.model_id == bindparam("model_id")).scalar_subquery(),
    DescriptorRow.kind == bindparam("kind"),
    DescriptorRow.owner_kind == _PICTURE,
)
_DESCRIPTORS_BY_ID = _DESCRIPTORS.where(among(DescriptorRow.owner_id, "ids")).order_by(DescriptorRow.owner_id)
_DESCRIPTORS_AFTER = (
    _DESCRIPTORS.where(DescriptorRow.owner_id > bindparam("after_id"))
    .order_by(DescriptorRow.owner_id)
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
    of a fixed number of statements, a method that writes in one that is
    committed when it returns and undone when it raises.

    Every method raises CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._names: tuple[str, ...] = ()

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

    # Writing

    def add_batch(self, batch: Sequence[NewImage]) -> list[Added]:
        """Add pictures, all or none, and return what became of each, in order.

        Of pictures whose bytes are there already, in the catalogue or earlier in the batch, only a new source is
        noted: titles, labels and descriptors stay as they are.

        Raises:
            BadInput: a hash is not one.
            DescriptorShapeError: a descriptor is not a vector of finite numbers.
        """
        moment = datetime.now(UTC)
        digests = [_digest(new.sha256) for new in batch]
        with writing(self._engine) as connection:
            counter = _Counter(connection)
            known = _ids_of(connection, digests)
            fresh: dict[bytes, NewImage] = {}
            for digest, new in zip(digests, batch, strict=True):
                if digest not in known:
                    fresh.setdefault(digest, new)
            ids = {digest: counter.next_image() for digest in fresh}
            changes = {digest: counter.note(ids[digest], "added") for digest in fresh}
            _insert_images(connection, [(ids[digest], changes[digest], new) for digest, new in fresh.items()], moment)
            known |= ids
            _insert_sources(
                connection,
                [(known[digest], new.source) for digest, new in zip(digests, batch, strict=True)],
                moment,
            )
            counter.write()
        created = set(ids)
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
        digests = [_digest(hexadecimal) for hexadecimal, _ in pairs]
        with writing(self._engine) as connection:
            counter = _Counter(connection)
            known = _ids_of(connection, digests)
            _insert_sources(
                connection,
                [
                    (known[digest], source)
                    for digest, (_, source) in zip(digests, pairs, strict=True)
                    if digest in known
                ],
                datetime.now(UTC),
            )
            counter.write()
        return {digest.hex() for digest in digests if digest not in known}

    def remove(self, image_ids: Collection[int]) -> list[Image]:
        """Remove pictures from every table, and return what went, in order of id.

        Unknown ids are passed over. The history keeps that a picture with this id was there; its files beside the
        catalogue are the caller's to remove.
        """
        with writing(self._engine) as connection:
            counter = _Counter(connection)
            removed = self._by_id(connection, image_ids)
            ids = [image.id for image in removed]
            of_pictures = DescriptorRow.owner_kind == _PICTURE
            connection.execute(
                delete(DescriptorRow).where(of_pictures, among(DescriptorRow.owner_id, "ids")), {"ids": ids}
            )
            # Sources and attributes go with the picture, by their foreign keys.
            connection.execute(delete(ImageRow).where(among(ImageRow.id, "ids")), {"ids": ids})
            for image in removed:
                counter.note(image.id, "removed")
            counter.write()
        return removed

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
            found = {image.id: image for image in self._by_id(connection, ids)}
        return {image_id: found[image_id] for image_id in map(int, ids) if image_id in found}

    def list_images(self, *, after_id: int = 0, limit: int = 100, collection: str | None = None) -> list[Image]:
        """Return a page of all pictures, or of one collection's, in order of id."""
        with reading(self._engine) as connection:
            if collection is None:
                return self._load(connection, _IMAGES_AFTER, after_id=min(after_id, _GREATEST), limit=limit)
            return self._load(
                connection,
                _IMAGES_OF_COLLECTION_AFTER,
                after_id=min(after_id, _GREATEST),
                limit=limit,
                collection=_text(collection),
            )

    def latest_images(self, limit: int) -> list[Image]:
        """Return the pictures added last, the newest first."""
        with reading(self._engine) as connection:
            ids = connection.execute(_LATEST_IDS, {"limit": limit}).scalars().all()
            return self._by_id(connection, ids)[::-1]

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
            candidates = self._by_id(connection, list(place))
            if len(candidates) < min(wanted, limit):
                # Most of the ids between were removed: look at the first that are left as well.
                rest = self._load(connection, _IMAGES_AFTER, after_id=low - 1, limit=wanted)
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
            statement = statement.where(ImageRow.sha256 == _digest(sha256))
        if locator is not None:
            seen = select(SourceRow.image_id).where(SourceRow.locator_digest == _locator_digest(_text(locator)))
            statement = statement.where(ImageRow.id.in_(seen))
        if collection is not None:
            statement = statement.where(ImageRow.collection == _text(collection))
        if ids is not None:
            statement = statement.where(among(ImageRow.id, "ids"))
        with reading(self._engine) as connection:
            return sorted(connection.execute(statement, {} if ids is None else {"ids": _plain(ids)}).scalars())

    def known_sha256(self, hashes: Collection[str]) -> set[str]:
        """Return those of the hashes whose file is in the catalogue."""
        with reading(self._engine) as connection:
            return {digest.hex() for digest in _ids_of(connection, [_digest(each) for each in hashes])}

    def same_file(self, sha256: str) -> int | None:
        """Return the id of the picture with these very bytes; None when there is none."""
        digest = _digest(sha256)
        with reading(self._engine) as connection:
            return _ids_of(connection, [digest]).get(digest)

    def same_pixels(self, pixel_sha256: str) -> list[int]:
        """Return the ids of the pictures with exactly these pixels, in ascending order."""
        with reading(self._engine) as connection:
            return list(connection.execute(_BY_PIXELS, {"pixels": _digest(pixel_sha256)}).scalars())

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
            return np.fromiter(connection.execute(_CARRIERS, {"name": name}).scalars(), np.int64)

    def count_attributes(self, ids: Collection[int]) -> dict[str, int]:
        """Return how many of these pictures carry each attribute, by the rule of ids_with_attribute."""
        with reading(self._engine) as connection:
            return dict(connection.execute(_CARRIED_COUNTS, {"ids": _plain(ids)}).all())

    # Descriptors

    def descriptors_of(self, ids: Collection[int], kind: DescriptorKind, model_id: str) -> DescriptorRows:
        """Return the descriptors of some pictures, in order of id; those without one are left out."""
        values = {"ids": _plain(ids), "kind": kind, "model_id": model_id}
        with reading(self._engine) as connection:
            return _descriptor_rows(connection.execute(_DESCRIPTORS_BY_ID, values).all())

    def descriptors(self, kind: DescriptorKind, model_id: str, *, batch: int = 8192) -> Iterator[DescriptorRows]:
        """Yield all descriptors of a kind and model, in order of id, all from one state of the catalogue."""
        return self.snapshot_descriptors(kind, model_id, batch=batch)[1]

    def snapshot_descriptors(
        self, kind: DescriptorKind, model_id: str, *, batch: int = 8192
    ) -> tuple[int, Iterator[DescriptorRows]]:
        """Return the number of the last change, and all descriptors exactly as they were after it.

        The transaction stays open until the iterator is exhausted or dropped.
        """
        stream = self._stream_descriptors(kind, model_id, batch)
        last_change, _ = next(stream)
        return last_change, (rows for _, rows in stream)

    def _stream_descriptors(
        self, kind: DescriptorKind, model_id: str, batch: int
    ) -> Generator[tuple[int, DescriptorRows], None, None]:
        """Yield the last change with no descriptors, so that the transaction has begun, then with each batch."""
        with reading(self._engine) as connection:
            last_change = connection.execute(_LAST_CHANGE).scalar_one()
            yield last_change, _descriptor_rows([])
            values = {"kind": kind, "model_id": model_id, "limit": batch, "after_id": 0}
            while rows := [*connection.execute(_DESCRIPTORS_AFTER, values)]:
                values["after_id"] = rows[-1][0]
                yield last_change, _descriptor_rows(rows)

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

    # Rows to records

    def _by_id(self, connection: Connection, ids: Collection[int]) -> list[Image]:
        """Return pictures with these ids, in order of id."""
        return self._load(connection, _IMAGES_BY_ID, ids=_plain(ids))

    def _load(self, connection: Connection, statement: Select[*tuple[Any, ...]], **values: object) -> list[Image]:
        """Return the pictures of a statement made from _IMAGES, with sources and attributes."""
        rows = connection.execute(statement, values).all()
        if not rows:
            return []
        sources: dict[int, list[Source]] = {}
        for image_id, locator, backlink, seen_at in connection.execute(_SOURCES, {"ids": [row[0] for row in rows]}):
            sources.setdefault(image_id, []).append(Source(locator, backlink, seen_at))
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


class _Counter:
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


def _insert_images(connection: Connection, fresh: Sequence[tuple[int, int, NewImage]], moment: datetime) -> None:
    """Insert pictures, each given with its id and change number, with their attributes and descriptors."""
    if not fresh:
        return
    places = _attribute_places(connection, [new for _, _, new in fresh])
    models = _model_places(connection, {new.model_id for _, _, new in fresh})
    connection.execute(
        insert(ImageRow),
        [
            {
                "id": image_id,
                "sha256": _digest(new.sha256),
                "pixel_sha256": None if new.pixel_sha256 is None else _digest(new.pixel_sha256),
                "pdq": new.pdq,
                "width": new.width,
                "height": new.height,
                "format": new.format,
                "size_bytes": new.size_bytes,
                "title": _text_or_none(new.source.title),
                "licence": _text_or_none(new.source.licence),
                "project": _text_or_none(new.source.project),
                "collection": _text_or_none(new.source.collection),
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
            "owner_kind": _PICTURE,
            "owner_id": image_id,
            "vector": _vector_blob(vector),
        }
        for image_id, _, new in fresh
        for kind, vector in new.descriptors.items()
    ]
    if descriptors:
        connection.execute(insert(DescriptorRow), descriptors)


def _insert_sources(connection: Connection, pairs: Sequence[tuple[int, SourceRecord]], moment: datetime) -> None:
    """Insert those sources of pictures that are not noted yet."""
    rows: dict[tuple[int, bytes], dict[str, object]] = {}
    for image_id, source in pairs:
        locator = _text(source.locator)
        digest = _locator_digest(locator)
        rows.setdefault(
            (image_id, digest),
            {
                "image_id": image_id,
                "locator_digest": digest,
                "locator": locator,
                "backlink": _text_or_none(source.backlink),
                "seen_at": moment,
            },
        )
    ids = sorted({image_id for image_id, _ in pairs})
    for image_id, digest in connection.execute(_NOTED_SOURCES, {"ids": ids}):
        rows.pop((image_id, digest), None)
    if rows:
        connection.execute(insert(SourceRow), list(rows.values()))


def _attribute_places(connection: Connection, batch: Sequence[NewImage]) -> dict[str, int]:
    """Return the ids of all attributes by name, after giving ids to those the batch speaks of for the first time."""
    places = {name: place for place, name in enumerate(connection.execute(_NAMES).scalars(), start=1)}
    spoken = dict.fromkeys(name for new in batch for name in (*new.attributes, *new.source.labels))
    unknown = [name for name in spoken if name not in places]
    if unknown:
        places |= {name: place for place, name in enumerate(unknown, start=len(places) + 1)}
        connection.execute(insert(AttributeNameRow), [{"id": places[name], "name": name} for name in unknown])
    return places


def _model_places(connection: Connection, model_ids: Collection[str]) -> dict[str, int]:
    """Return the row ids of models, after giving ids to new ones."""
    places = {row.model_id: row.id for row in connection.execute(select(ModelRow.id, ModelRow.model_id))}
    unknown = sorted(set(model_ids) - places.keys())
    if unknown:
        places |= {model_id: place for place, model_id in enumerate(unknown, start=len(places) + 1)}
        connection.execute(insert(ModelRow), [{"id": places[model_id], "model_id": model_id} for model_id in unknown])
    return places


def _ids_of(connection: Connection, digests: Collection[bytes]) -> dict[bytes, int]:
    """Return the ids of the files with these digests, as far as they are there."""
    found: dict[bytes, int] = {}
    remaining = iter(digests)
    while some := list(islice(remaining, _AT_ONCE)):
        found.update(connection.execute(_BY_SHA256, {"hashes": some}).all())
    return found


def _descriptor_rows(rows: Sequence[tuple[int, bytes]]) -> DescriptorRows:
    """Return rows of id and blob as arrays.

    Raises:
        DescriptorShapeError: the vectors differ in length.
    """
    if not rows:
        return DescriptorRows(ids=np.empty(0, np.int64), vectors=np.empty((0, 0), np.float16))
    ids, blobs = zip(*rows, strict=True)
    lengths = set(map(len, blobs))
    if len(lengths) != 1:
        raise DescriptorShapeError(f"expected vectors of one length; received {sorted(lengths)} bytes")
    vectors = np.frombuffer(b"".join(blobs), _FLOAT16).reshape(len(rows), -1)  # (n, dim)
    return DescriptorRows(ids=np.array(ids, np.int64), vectors=vectors.astype(np.float16, copy=False))


def _vector_blob(vector: NDArray[np.float32]) -> bytes:
    """Return a descriptor as it is kept.

    Raises:
        DescriptorShapeError: not one vector of finite numbers.
    """
    kept = np.asarray(vector, _FLOAT16)
    if kept.ndim != 1 or kept.size == 0 or not np.isfinite(kept).all():
        raise DescriptorShapeError(f"expected a vector of finite numbers; received shape {kept.shape}")
    return kept.tobytes()


def _digest(hexadecimal: str) -> bytes:
    """Return the 32 bytes of a SHA-256 in hexadecimal.

    Raises:
        BadInput: it is not one.
    """
    try:
        digest = bytes.fromhex(hexadecimal)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise BadInput(f"expected a SHA-256, 64 hexadecimal digits; received {hexadecimal!r}")
    return digest


def _locator_digest(locator: str) -> bytes:
    """Return what a locator is looked up by."""
    return hashlib.sha256(locator.encode()).digest()[:16]


def _text(value: str) -> str:
    """Return a text that both databases can keep.

    Names of files need not be UTF-8 (Python then smuggles their bytes in as lone surrogates), and PostgreSQL keeps
    no NUL: both are written as an escape, so that different names stay different.
    """
    return value.encode(errors="backslashreplace").decode().replace("\x00", "\\x00")


def _text_or_none(value: str | None) -> str | None:
    """Return a text that both databases can keep, where there is one."""
    return None if value is None else _text(value)


def _plain(ids: Collection[int]) -> list[int]:
    """Return ids ascending, as Python's own numbers for the drivers; those that no picture can have are left out."""
    return sorted({number for number in map(int, ids) if 0 < number <= _GREATEST})
