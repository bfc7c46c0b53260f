"""Reads the PDQ hashes of pictures out of the catalogue; too plain a picture has none."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, bindparam, select

from data.database import reading
from data.id_lists import among
from data.row_values import GREATEST, keepable, plain_ids
from data.tables import CatalogueRow, ImageRow
from errors import DescriptorShapeError

HASH_BYTES = 32
_AT_ONCE = 20_000
"""Rows read at a time: under a megabyte of hashes."""

_HASHES = select(ImageRow.id, ImageRow.pdq).where(ImageRow.pdq.is_not(None))
_AFTER = _HASHES.where(ImageRow.id > bindparam("after_id")).order_by(ImageRow.id).limit(bindparam("limit"))
_BY_ID = _HASHES.where(among(ImageRow.id, "ids")).order_by(ImageRow.id)
_LINES_AFTER = (
    select(ImageRow.id, ImageRow.pdq, ImageRow.sha256)
    .where(ImageRow.pdq.is_not(None), ImageRow.id > bindparam("after_id"))
    .order_by(ImageRow.id)
    .limit(bindparam("limit"))
)
_LINES_OF_COLLECTION_AFTER = _LINES_AFTER.where(ImageRow.collection == bindparam("collection"))


@dataclass(frozen=True, slots=True)
class HashRows:
    """Hashes of pictures, in order of id.

    Attributes:
        ids: int64 (n,).
        hashes: uint8 (n, 32), most significant bit first.
    """

    ids: NDArray[np.int64]
    hashes: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class HashedPicture:
    """A picture and its hash.

    Attributes:
        pdq: 32 bytes.
        sha256: hexadecimal, of the file.
    """

    image_id: int
    pdq: bytes
    sha256: str


class Hashes:
    """The hashes of a catalogue; threads may share one.

    Every method raises CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, database: Engine) -> None:
        """Keep the database.

        Args:
            database: of an open catalogue (data.catalogue.Catalogue.database).
        """
        self._database = database

    def snapshot(self) -> tuple[int, HashRows]:
        """Return the number of the last change, and all hashes exactly as they were after it."""
        parts: list[HashRows] = []
        with reading(self._database) as connection:
            number = connection.execute(select(CatalogueRow.last_change)).scalar_one()
            values = {"after_id": 0, "limit": _AT_ONCE}
            while rows := connection.execute(_AFTER, values).all():
                values["after_id"] = rows[-1][0]
                parts.append(_rows(rows))
        return number, HashRows(
            np.concatenate([np.empty(0, np.int64), *(part.ids for part in parts)]),
            np.concatenate([np.empty((0, HASH_BYTES), np.uint8), *(part.hashes for part in parts)]),
        )

    def of(self, ids: Collection[int]) -> HashRows:
        """Return the hashes of some pictures, in order of id; those without one are left out."""
        with reading(self._database) as connection:
            return _rows(connection.execute(_BY_ID, {"ids": plain_ids(ids)}).all())

    def page(self, *, after_id: int = 0, limit: int, collection: str | None = None) -> list[HashedPicture]:
        """Return a page of the pictures with a hash, or of one collection's, in order of id."""
        values: dict[str, int | str] = {"after_id": min(after_id, GREATEST), "limit": limit}
        statement = _LINES_AFTER
        if collection is not None:
            statement, values["collection"] = _LINES_OF_COLLECTION_AFTER, keepable(collection)
        with reading(self._database) as connection:
            rows = connection.execute(statement, values).all()
        return [HashedPicture(image_id, pdq, digest.hex()) for image_id, pdq, digest in rows if pdq is not None]

    def all(self, *, collection: str | None = None) -> Iterator[HashedPicture]:
        """Yield all pictures with a hash, or those of one collection, in order of id, read some at a time."""
        after_id = 0
        while page := self.page(after_id=after_id, limit=_AT_ONCE, collection=collection):
            yield from page
            after_id = page[-1].image_id


def _rows(rows: Sequence[tuple[int, bytes | None]]) -> HashRows:
    """Return rows of the database as arrays.

    Raises:
        DescriptorShapeError: a hash is not 32 bytes long.
    """
    blobs = [blob or b"" for _, blob in rows]
    if wrong := [image_id for (image_id, _), blob in zip(rows, blobs, strict=True) if len(blob) != HASH_BYTES]:
        raise DescriptorShapeError(f"expected a hash of {HASH_BYTES} bytes; that of picture {wrong[0]} is not")
    return HashRows(
        np.array([image_id for image_id, _ in rows], np.int64),
        np.frombuffer(b"".join(blobs), np.uint8).reshape(-1, HASH_BYTES),
    )
