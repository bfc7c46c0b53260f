"""What repeats itself in the catalogue by rows alone: equal pixels, files at several places, and hashes to compare."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select

from data.database import reading
from data.row_values import keepable
from data.tables import ImageRow, SourceRow

_PDQ_BYTES = 32
_REPEATED = select(ImageRow.pixel_sha256).where(ImageRow.pixel_sha256.is_not(None)).group_by(ImageRow.pixel_sha256)


def repeated_pixels(database: Engine) -> list[list[int]]:
    """Return the ids of pictures whose pixels are the same, a list a set, each ascending."""
    repeated = _REPEATED.having(func.count() > 1)
    wanted = select(ImageRow.pixel_sha256, ImageRow.id).where(ImageRow.pixel_sha256.in_(repeated)).order_by(ImageRow.id)
    found: dict[bytes, list[int]] = defaultdict(list)
    with reading(database) as connection:
        for digest, image_id in connection.execute(wanted):
            found[digest or b""].append(image_id)
    return list(found.values())


def seen_repeatedly(database: Engine, collection: str | None = None) -> dict[int, int]:
    """Return the pictures that were seen at two places or more, as the same file, and at how many."""
    wanted = select(SourceRow.image_id, func.count()).group_by(SourceRow.image_id).having(func.count() > 1)
    if collection is not None:
        wanted = wanted.join(ImageRow, ImageRow.id == SourceRow.image_id).where(
            ImageRow.collection == keepable(collection)
        )
    with reading(database) as connection:
        return dict(connection.execute(wanted.order_by(SourceRow.image_id)).all())


def all_pdq(database: Engine) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return ids (n,), ascending, and PDQ hashes (n, 32) of all pictures that have one."""
    wanted = select(ImageRow.id, ImageRow.pdq).where(ImageRow.pdq.is_not(None)).order_by(ImageRow.id)
    ids: list[int] = []
    hashes = bytearray()
    with reading(database) as connection:
        for image_id, pdq in connection.execute(wanted):
            if pdq is not None and len(pdq) == _PDQ_BYTES:
                ids.append(image_id)
                hashes += pdq
    return np.array(ids, np.int64), np.frombuffer(bytes(hashes), np.uint8).reshape(-1, _PDQ_BYTES)
