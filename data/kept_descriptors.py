"""Reads descriptors out of the catalogue: pictures, frame ranges and videos have theirs in one table, by owner."""

from collections.abc import Collection, Generator, Iterator
from typing import Any

from sqlalchemy import Engine, Select, bindparam, select

from data.database import reading
from data.id_lists import among
from data.records import DescriptorKind, DescriptorRows
from data.row_values import descriptor_rows, plain_ids
from data.tables import DescriptorRow, ModelRow

_DESCRIPTORS = select(DescriptorRow.owner_id, DescriptorRow.vector).where(
    DescriptorRow.model == select(ModelRow.id).where(ModelRow.model_id == bindparam("model_id")).scalar_subquery(),
    DescriptorRow.kind == bindparam("kind"),
    DescriptorRow.owner_kind == bindparam("owner_kind"),
)
_BY_ID = _DESCRIPTORS.where(among(DescriptorRow.owner_id, "ids")).order_by(DescriptorRow.owner_id)
_AFTER = (
    _DESCRIPTORS.where(DescriptorRow.owner_id > bindparam("after_id"))
    .order_by(DescriptorRow.owner_id)
    .limit(bindparam("limit"))
)


def descriptors_of(
    database: Engine, owner_kind: str, ids: Collection[int], kind: DescriptorKind, model_id: str
) -> DescriptorRows:
    """Return the descriptors of some owners, in order of id; those without one are left out."""
    values = {"owner_kind": owner_kind, "ids": plain_ids(ids), "kind": kind, "model_id": model_id}
    with reading(database) as connection:
        return descriptor_rows(connection.execute(_BY_ID, values).all())


def snapshot_descriptors(
    database: Engine,
    owner_kind: str,
    kind: DescriptorKind,
    model_id: str,
    *,
    last_change: Select[int],
    batch: int,
) -> tuple[int, Iterator[DescriptorRows]]:
    """Return the number of the last change, and all descriptors exactly as they were after it, in order of id.

    The transaction stays open until the iterator is exhausted or dropped.

    Args:
        database: of the catalogue.
        owner_kind: what is described.
        kind: which of the model's descriptors.
        model_id: of the model.
        last_change: tells that number.
        batch: descriptors read at a time.
    """
    stream = _stream(database, last_change, batch, {"owner_kind": owner_kind, "kind": kind, "model_id": model_id})
    number, _ = next(stream)
    return number, (rows for _, rows in stream)


def _stream(
    database: Engine, last_change: Select[int], batch: int, wanted: dict[str, Any]
) -> Generator[tuple[int, DescriptorRows], None, None]:
    """Yield the last change with no descriptors, so that the transaction has begun, then with each batch."""
    with reading(database) as connection:
        number = connection.execute(last_change).scalar_one()
        yield number, descriptor_rows([])
        values = wanted | {"limit": batch, "after_id": 0}
        while rows := [*connection.execute(_AFTER, values)]:
            values["after_id"] = rows[-1][0]
            yield number, descriptor_rows(rows)
