"""Which model the catalogue is served with, and what other models said of its pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, bindparam, delete, exists, func, insert, select, update

from data.attributes import carried, pack_probabilities, unpack_labels, unpack_probabilities
from data.batch_insert import PICTURE, Counter, attribute_names, attribute_places, model_places
from data.database import reading, write
from data.id_lists import among
from data.records import DescriptorKind
from data.row_values import vector_blob
from data.tables import AttributeRow, CarriedRow, CatalogueRow, DescriptorRow, ImageRow, ModelRow, ModelWordRow
from data.word_rows import write_words
from errors import BadInput, ContractBroken, ModelChanged

_AT_ONCE = 2_000
"""Pictures whose attributes change hands in one statement."""

_SERVING = select(CatalogueRow.serving_model, CatalogueRow.next_model)
# What a model has a word on, it has described: both are written together.
_LACKING = (
    select(ImageRow.id, ImageRow.sha256)
    .where(
        ~exists().where(
            DescriptorRow.owner_id == ImageRow.id,
            DescriptorRow.owner_kind == PICTURE,
            DescriptorRow.kind == "copy",
            DescriptorRow.model == ModelRow.id,
            ModelRow.model_id == bindparam("model_id"),
        )
    )
    .order_by(ImageRow.id)
)
_LACKING_AFTER = _LACKING.where(ImageRow.id > bindparam("after_id")).limit(bindparam("limit"))
_COUNT_LACKING = select(func.count()).select_from(_LACKING.subquery())
_THERE = select(ImageRow.id).where(among(ImageRow.id, "ids"))
_DESCRIBED = select(DescriptorRow.owner_id).where(
    among(DescriptorRow.owner_id, "ids"),
    DescriptorRow.owner_kind == PICTURE,
    DescriptorRow.kind == "copy",
    DescriptorRow.model == bindparam("model"),
)
_WORDS_AFTER = (
    select(AttributeRow.image_id, AttributeRow.labels, AttributeRow.model, AttributeRow.probabilities)
    .where(AttributeRow.image_id > bindparam("after_id"), AttributeRow.model != bindparam("new"))
    .order_by(AttributeRow.image_id)
    .limit(_AT_ONCE)
)
_NEW_WORDS = select(ModelWordRow.image_id, ModelWordRow.probabilities).where(
    among(ModelWordRow.image_id, "ids"), ModelWordRow.model == bindparam("new")
)
_SPOKEN = delete(ModelWordRow).where(among(ModelWordRow.image_id, "ids"), ModelWordRow.model == bindparam("new"))
_DESCRIBED_COUNTS = (
    select(ModelRow.model_id, func.count())
    .join(DescriptorRow, DescriptorRow.model == ModelRow.id)
    .where(DescriptorRow.owner_kind == PICTURE, DescriptorRow.kind == "copy")
    .group_by(ModelRow.id, ModelRow.model_id)
    .order_by(ModelRow.id)
)


_OF_MODEL = select(AttributeRow.image_id).join(ModelRow, ModelRow.id == AttributeRow.model)
_SPEAKS = _OF_MODEL.where(ModelRow.model_id == bindparam("model_id")).limit(1)
_SPEAKER = select(ModelRow.model_id).join(AttributeRow, AttributeRow.model == ModelRow.id).limit(1)


@dataclass(frozen=True, slots=True)
class ServingModel:
    """What the catalogue says of its model.

    Attributes:
        now: id of the model that answers; None for as long as nobody chose one: whatever RETRACE_MODEL names.
        next: id of the model that is about to take its place, which a process may open ahead.
    """

    now: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class DescribedAgain:
    """What a model says of a picture of the catalogue.

    Attributes:
        image_id: of the picture.
        descriptors: by kind, float32 (256,) with norm 1.
        attributes: probabilities, 0..1, by name.
    """

    image_id: int
    descriptors: Mapping[DescriptorKind, NDArray[np.float32]]
    attributes: Mapping[str, float]


class ModelStore:
    """The models of a catalogue; `Catalogue.models` makes one.

    Threads may share one. Every method is one transaction, and raises CatalogueUnavailable when the database cannot
    answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def serving(self) -> ServingModel:
        """Return which model answers, and which will."""
        with reading(self._engine) as connection:
            return ServingModel(*connection.execute(_SERVING).one())

    def described(self) -> dict[str, int]:
        """Return how many pictures each model described, by model id."""
        with reading(self._engine) as connection:
            return dict(connection.execute(_DESCRIBED_COUNTS).all())

    def left_behind(self, model_id: str) -> str | None:
        """Return the id of a model that pictures were described by, where a certain one described none; else None."""
        with reading(self._engine) as connection:
            if connection.execute(_SPEAKS, {"model_id": model_id}).first() is not None:
                return None
            return connection.execute(_SPEAKER).scalar()

    def count_lacking(self, model_id: str) -> int:
        """Return how many pictures a model has not described."""
        with reading(self._engine) as connection:
            return connection.execute(_COUNT_LACKING, {"model_id": model_id}).scalar_one()

    def lacking(self, model_id: str, *, after_id: int = 0, limit: int = _AT_ONCE) -> list[tuple[int, str]]:
        """Return id and sha256 of pictures that a model has not described, in order of id."""
        values = {"model_id": model_id, "after_id": after_id, "limit": limit}
        with reading(self._engine) as connection:
            return [(row.id, row.sha256.hex()) for row in connection.execute(_LACKING_AFTER, values)]

    def put(self, model_id: str, batch: Sequence[DescribedAgain]) -> int:
        """Keep what a model that does not serve says of pictures, and return of how many that was new.

        Pictures that were removed meanwhile, and those it described already, are passed over.

        Raises:
            DescriptorShapeError: a descriptor is not a vector of norm 1.
        """
        by_id = {one.image_id: one for one in batch}

        def put(connection: Connection) -> int:
            Counter(connection)  # takes the lock: nobody removes these pictures meanwhile
            place = model_places(connection, [model_id])[model_id]
            places = attribute_places(connection, [name for one in batch for name in one.attributes])
            there = set(connection.execute(_THERE, {"ids": sorted(by_id)}).scalars())
            there -= set(connection.execute(_DESCRIBED, {"ids": sorted(by_id), "model": place}).scalars())
            wanted = [by_id[image_id] for image_id in sorted(there)]
            if not wanted:
                return 0
            connection.execute(
                insert(DescriptorRow),
                [
                    {
                        "model": place,
                        "kind": kind,
                        "owner_kind": PICTURE,
                        "owner_id": one.image_id,
                        "vector": vector_blob(vector),
                    }
                    for one in wanted
                    for kind, vector in one.descriptors.items()
                ],
            )
            connection.execute(
                insert(ModelWordRow),
                [
                    {
                        "model": place,
                        "image_id": one.image_id,
                        "probabilities": pack_probabilities(one.attributes, places),
                    }
                    for one in wanted
                ],
            )
            return len(wanted)

        return write(self._engine, put)

    def announce(self, model_id: str | None) -> None:
        """Say which model is about to serve, so that processes open it ahead; None: none is, after all."""

        def announce(connection: Connection) -> None:
            Counter(connection)
            connection.execute(update(CatalogueRow).values(next_model=model_id))

        write(self._engine, announce)

    def switch(self, old_id: str, new_id: str) -> int:
        """Let another model serve from the next search on, if it has described every picture.

        One transaction: descriptors, attributes, facets and what `add` may write all change hands together. What the
        old model said stays, so that the way back is as short.

        Args:
            old_id: model that serves now.
            new_id: model that shall.
        Returns:
            how many pictures the new one has not described; unless that is 0 nothing has changed.
        """

        def switch(connection: Connection) -> int:
            Counter(connection)  # takes the lock: no picture comes or goes meanwhile
            lacking = connection.execute(_COUNT_LACKING, {"model_id": new_id}).scalar_one()
            if lacking:
                return lacking
            places = model_places(connection, [old_id, new_id])
            _hand_over(connection, places[new_id])
            connection.execute(update(CatalogueRow).values(serving_model=new_id, next_model=None))
            return 0

        return write(self._engine, switch)

    def forget(self, model_id: str) -> int:
        """Remove all that a model said, and return of how many pictures.

        Raises:
            BadInput: it serves, or is about to.
        """

        def forget(connection: Connection) -> int:
            Counter(connection)
            serving = ServingModel(*connection.execute(_SERVING).one())
            place = connection.execute(select(ModelRow.id).where(ModelRow.model_id == model_id)).scalar()
            if place is None:
                return 0
            speaks = connection.execute(select(exists().where(AttributeRow.model == place))).scalar()
            if speaks or model_id in (serving.now, serving.next):
                raise BadInput(
                    f"the model {model_id[:16]} serves, or is about to",
                    remedy="Choose another with `model use` first.",
                )
            of_it = DescriptorRow.model == place
            count = connection.execute(
                select(func.count()).where(of_it, DescriptorRow.owner_kind == PICTURE, DescriptorRow.kind == "copy")
            ).scalar_one()
            connection.execute(delete(DescriptorRow).where(of_it))
            connection.execute(delete(ModelWordRow).where(ModelWordRow.model == place))
            return count

        return write(self._engine, forget)


def check_serving(connection: Connection, model_ids: set[str]) -> None:
    """Refuse what another model described than the one that serves.

    Args:
        connection: in a transaction that holds the lock of `Counter`.
        model_ids: of the models that described what is about to be added.
    Raises:
        ModelChanged: it is not the one that serves now.
    """
    now = connection.execute(_SERVING).one().serving_model
    if now is not None and model_ids - {now}:
        raise ModelChanged(f"the catalogue is served with the model {now[:16]} now; this was described by another")


def _hand_over(connection: Connection, new: int) -> None:
    """Put what the new model says of attributes in the place of what the old one said, which is kept beside."""
    names = attribute_names(connection)
    places = {name: place for place, name in enumerate(names, start=1)}
    after_id = 0
    while rows := connection.execute(_WORDS_AFTER, {"after_id": after_id, "new": new}).all():
        after_id = rows[-1].image_id
        ids = [row.image_id for row in rows]
        words = dict(connection.execute(_NEW_WORDS, {"ids": ids, "new": new}).all())
        if len(words) != len(rows):
            raise ContractBroken(f"expected the attributes of {len(rows)} pictures; received {len(words)}")
        connection.execute(_SPOKEN, {"ids": ids, "new": new})
        connection.execute(
            insert(ModelWordRow),
            [{"model": row.model, "image_id": row.image_id, "probabilities": row.probabilities} for row in rows],
        )
        connection.execute(
            update(AttributeRow).where(AttributeRow.image_id == bindparam("of_image")),
            [{"of_image": row.image_id, "model": new, "probabilities": words[row.image_id]} for row in rows],
        )
        connection.execute(delete(CarriedRow).where(among(CarriedRow.image_id, "ids")), {"ids": ids})
        carriers = [
            {"attribute": places[name], "image_id": row.image_id}
            for row in rows
            for name in carried(unpack_labels(row.labels, names), unpack_probabilities(words[row.image_id], names))
        ]
        if carriers:
            connection.execute(insert(CarriedRow), carriers)
        write_words(connection, ids)
