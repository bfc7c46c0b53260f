"""What the catalogue remembers of faces: nothing, but of collections for which an administrator gave a reason."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Connection, Engine, RowMapping, bindparam, delete, exists, func, insert, select, update

from data.batch_insert import Counter, model_places
from data.database import reading, write
from data.face_records import FaceConsent, KeptFace, LookedAt
from data.id_lists import among
from data.records import DescriptorRows
from data.row_values import GREATEST, descriptor_rows, keepable, plain_ids, vector_blob
from data.tables import (
    DescriptorRow,
    FaceConsentRow,
    FaceCounterRow,
    FaceRow,
    FaceScanRow,
    ImageRow,
    ModelRow,
)
from errors import BadInput, FacesNotAllowed

FACE = "face"
"""Owner kind, and kind, of the descriptors of faces."""
LEAST_REASON = 10
"""Characters of a reason: a sentence, not a full stop."""
_LANDMARKS = np.dtype("<f4")

_OF_FACES = DescriptorRow.owner_kind == FACE
_FACES_OF_IMAGES = select(FaceRow.id).where(among(FaceRow.image_id, "ids"))
_FACES_OF_COLLECTION = (
    select(FaceRow.id)
    .join(ImageRow, ImageRow.id == FaceRow.image_id)
    .where(ImageRow.collection == bindparam("collection"))
)
_KEPT = select(
    FaceRow.id,
    FaceRow.image_id,
    ImageRow.collection,
    FaceRow.left,
    FaceRow.top,
    FaceRow.right,
    FaceRow.bottom,
    FaceRow.score,
    FaceRow.quality,
).join(ImageRow, ImageRow.id == FaceRow.image_id)
_KEPT_BY_ID = _KEPT.where(among(FaceRow.id, "ids")).order_by(FaceRow.id)
_KEPT_AFTER = _KEPT.where(FaceRow.id > bindparam("after_id")).order_by(FaceRow.id).limit(bindparam("limit"))
_NOT_LOOKED_AT = (
    select(ImageRow.id)
    .where(
        ImageRow.collection == bindparam("collection"),
        ImageRow.id > bindparam("after_id"),
        ~exists().where(
            FaceScanRow.image_id == ImageRow.id,
            FaceScanRow.model == ModelRow.id,
            ModelRow.model_id == bindparam("model_id"),
        ),
    )
    .order_by(ImageRow.id)
    .limit(bindparam("limit"))
)
_VECTORS = (
    select(DescriptorRow.owner_id, DescriptorRow.vector)
    .join(ModelRow, ModelRow.id == DescriptorRow.model)
    .join(FaceRow, FaceRow.id == DescriptorRow.owner_id)
    .join(ImageRow, ImageRow.id == FaceRow.image_id)
    # A face without its reason is never there; were it, it would not be searched.
    .join(FaceConsentRow, FaceConsentRow.collection == ImageRow.collection)
    .where(_OF_FACES, DescriptorRow.kind == FACE, ModelRow.model_id == bindparam("model_id"))
    .order_by(DescriptorRow.owner_id)
)
_VECTORS_OF_COLLECTION = _VECTORS.where(ImageRow.collection == bindparam("collection"))
_COUNT_PICTURES = select(func.count()).where(ImageRow.collection == FaceConsentRow.collection).correlate(FaceConsentRow)
_COUNT_LOOKED_AT = _COUNT_PICTURES.join_from(ImageRow, FaceScanRow, FaceScanRow.image_id == ImageRow.id)
_COUNT_FACES = _COUNT_PICTURES.join_from(ImageRow, FaceRow, FaceRow.image_id == ImageRow.id)
_CONSENTS = select(
    FaceConsentRow.collection,
    FaceConsentRow.because,
    FaceConsentRow.since,
    _COUNT_PICTURES.scalar_subquery().label("pictures"),
    _COUNT_LOOKED_AT.scalar_subquery().label("looked_at"),
    _COUNT_FACES.scalar_subquery().label("faces"),
).order_by(FaceConsentRow.collection)


class FaceStore:
    """The faces of a catalogue; `Catalogue.faces` makes one.

    Threads may share one. Every method is one transaction, and raises CatalogueUnavailable when the database cannot
    answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # What is allowed

    def allow(self, collection: str, because: str) -> None:
        """Allow the faces of a collection to be found and kept; a later reason takes the place of an earlier one.

        Raises:
            BadInput: there is no reason, or no name.
        """
        because, collection = keepable(because).strip(), keepable(collection)
        if len(because) < LEAST_REASON or not collection:
            raise BadInput(
                f"expected a collection and a sentence why its faces are needed; received {because!r}",
                remedy="Faces are personal data: say what they are needed for, in a sentence.",
            )

        def put(connection: Connection) -> None:
            Counter(connection)  # takes the lock
            connection.execute(delete(FaceConsentRow).where(FaceConsentRow.collection == collection))
            row = {"collection": collection, "because": because, "since": datetime.now(UTC)}
            connection.execute(insert(FaceConsentRow), row)

        write(self._engine, put)

    def forbid(self, collection: str) -> int:
        """Remove all that is known of the faces of a collection, the reason too; return how many faces that were."""
        values = {"collection": keepable(collection)}

        def remove(connection: Connection) -> int:
            Counter(connection)
            gone = list(connection.execute(_FACES_OF_COLLECTION, values).scalars())
            _delete_faces(connection, gone)
            pictures = select(ImageRow.id).where(ImageRow.collection == bindparam("collection"))
            connection.execute(delete(FaceScanRow).where(FaceScanRow.image_id.in_(pictures)), values)
            connection.execute(
                delete(FaceConsentRow).where(FaceConsentRow.collection == bindparam("collection")), values
            )
            return len(gone)

        return write(self._engine, remove)

    def consents(self) -> list[FaceConsent]:
        """Return the collections whose faces may be kept, in order of name, with the reasons and what there is."""
        with reading(self._engine) as connection:
            return [FaceConsent(**row) for row in connection.execute(_CONSENTS).mappings()]

    def check_allowed(self, collection: str) -> None:
        """Raise FacesNotAllowed unless the faces of a collection may be kept."""
        with reading(self._engine) as connection:
            _check_allowed(connection, {keepable(collection)})

    # Writing

    def put(self, pictures: Sequence[LookedAt], model_id: str) -> int:
        """Keep the faces of pictures, in place of those known of them; return how many faces were kept.

        Pictures that are not in the catalogue any more are passed over.

        Args:
            pictures: each at most once.
            model_id: of what described the faces.
        Raises:
            FacesNotAllowed: a picture is of a collection whose faces may not be kept (any more); nothing is kept.
            DescriptorShapeError: a vector is not one of norm 1.
        """
        offered = {picture.image_id: picture.faces for picture in pictures}

        def keep(connection: Connection) -> int:
            Counter(connection)  # takes the lock: nobody removes a picture or a reason meanwhile
            there = select(ImageRow.id, ImageRow.collection).where(among(ImageRow.id, "ids"))
            rows = connection.execute(there, {"ids": plain_ids(offered)})
            collections = {row.id: row.collection for row in rows}
            _check_allowed(connection, set(collections.values()))
            ids = sorted(collections)
            forget_faces(connection, ids)
            connection.execute(delete(FaceScanRow).where(among(FaceScanRow.image_id, "ids")), {"ids": ids})
            if not ids:
                return 0
            model = model_places(connection, {model_id})[model_id]
            connection.execute(insert(FaceScanRow), [{"image_id": image_id, "model": model} for image_id in ids])
            fresh = [(image_id, face) for image_id in ids for face in offered[image_id]]
            if not fresh:
                return 0
            numbered = list(enumerate(fresh, start=_take_ids(connection, len(fresh))))
            connection.execute(
                insert(FaceRow),
                [
                    {
                        "id": face_id,
                        "image_id": image_id,
                        **dict(zip(("left", "top", "right", "bottom"), face.box, strict=True)),
                        "landmarks": face.landmarks.astype(_LANDMARKS).tobytes(),
                        "score": face.score,
                        "quality": face.quality,
                    }
                    for face_id, (image_id, face) in numbered
                ],
            )
            connection.execute(
                insert(DescriptorRow),
                [
                    {
                        "model": model,
                        "kind": FACE,
                        "owner_kind": FACE,
                        "owner_id": face_id,
                        "vector": vector_blob(face.vector),
                    }
                    for face_id, (_, face) in numbered
                ],
            )
            return len(numbered)

        return write(self._engine, keep)

    def remove(self, face_ids: Collection[int]) -> int:
        """Remove faces and return how many were there. Their pictures stay, and are not looked at again."""

        def remove(connection: Connection) -> int:
            Counter(connection)
            there = select(FaceRow.id).where(among(FaceRow.id, "ids"))
            gone = list(connection.execute(there, {"ids": plain_ids(face_ids)}).scalars())
            _delete_faces(connection, gone)
            return len(gone)

        return write(self._engine, remove)

    # Reading

    def not_looked_at(self, collection: str, model_id: str, *, after_id: int = 0, limit: int = 100) -> list[int]:
        """Return the ids of pictures of a collection whose faces this model has not described, in ascending order.

        Raises:
            FacesNotAllowed: the faces of the collection may not be kept.
        """
        name = keepable(collection)
        values = {"collection": name, "model_id": model_id, "after_id": min(after_id, GREATEST), "limit": limit}
        with reading(self._engine) as connection:
            _check_allowed(connection, {name})
            return list(connection.execute(_NOT_LOOKED_AT, values).scalars())

    def faces(self, ids: Collection[int]) -> dict[int, KeptFace]:
        """Return faces by id; unknown ids are left out."""
        with reading(self._engine) as connection:
            rows = connection.execute(_KEPT_BY_ID, {"ids": plain_ids(ids)}).mappings()
            return {face.id: face for face in map(_kept, rows)}

    def list_faces(self, *, collection: str | None = None, after_id: int = 0, limit: int = 100) -> list[KeptFace]:
        """Return a page of all faces, or of one collection's, in order of id."""
        statement = (
            _KEPT_AFTER if collection is None else _KEPT_AFTER.where(ImageRow.collection == keepable(collection))
        )
        with reading(self._engine) as connection:
            rows = connection.execute(statement, {"after_id": min(after_id, GREATEST), "limit": limit}).mappings()
            return [_kept(row) for row in rows]

    def vectors(self, model_id: str, *, collection: str | None = None) -> DescriptorRows:
        """Return the vectors of all faces that a model described, or of one collection's, in order of id of the face.

        Raises:
            FacesNotAllowed: the faces of the collection may not be kept.
        """
        values = {"model_id": model_id}
        with reading(self._engine) as connection:
            if collection is None:
                return descriptor_rows([(row[0], row[1]) for row in connection.execute(_VECTORS, values)])
            values["collection"] = keepable(collection)
            _check_allowed(connection, {values["collection"]})
            return descriptor_rows([(row[0], row[1]) for row in connection.execute(_VECTORS_OF_COLLECTION, values)])


def forget_faces(connection: Connection, image_ids: Sequence[int]) -> None:
    """Remove the faces of pictures, in a transaction that holds the lock of `Counter`."""
    _delete_faces(connection, list(connection.execute(_FACES_OF_IMAGES, {"ids": list(image_ids)}).scalars()))


def _delete_faces(connection: Connection, face_ids: list[int]) -> None:
    connection.execute(delete(DescriptorRow).where(_OF_FACES, among(DescriptorRow.owner_id, "ids")), {"ids": face_ids})
    connection.execute(delete(FaceRow).where(among(FaceRow.id, "ids")), {"ids": face_ids})


def _take_ids(connection: Connection, count: int) -> int:
    """Return the first of so many ids that no face ever had."""
    last = connection.execute(select(FaceCounterRow.last_face)).scalar()
    if last is None:
        connection.execute(insert(FaceCounterRow), {"id": 1, "last_face": count})
        return 1
    connection.execute(update(FaceCounterRow).values(last_face=last + count))
    return last + 1


def _check_allowed(connection: Connection, collections: Collection[str | None]) -> None:
    allowed = set(connection.execute(select(FaceConsentRow.collection)).scalars())
    refused = sorted(repr(name) if name else "no collection" for name in set(collections) - allowed)
    if refused:
        raise FacesNotAllowed(f"faces of {', '.join(refused)} may not be kept: nobody switched them on")


def _kept(row: RowMapping) -> KeptFace:
    return KeptFace(
        id=row["id"],
        image_id=row["image_id"],
        collection=row["collection"],
        box=(row["left"], row["top"], row["right"], row["bottom"]),
        score=row["score"],
        quality=row["quality"],
    )
