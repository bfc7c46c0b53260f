"""The pictures that a watch guards, as a comparison sees them: files beside the catalogue, or a collection of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np

from data.catalogue import Catalogue
from data.decisions import PictureKey
from data.records import Image
from data.row_values import descriptor_rows
from data.thumbnails import ThumbnailStore
from data.watch_records import Watch, Watched
from data.watches import Watches
from feature_extractor.descriptors import DIM
from search.answer import QueryPicture
from search.query import Engine
from search.vector_index.contract import Ids, IndexIdentity, Neighbours, Vectors
from search.vector_index.exact import ExactIndex


class GuardedPictures(Protocol):
    """What a comparison asks of guarded pictures; their ids are those of where they are kept."""

    @property
    def watch(self) -> Watch:
        """The watch as it stood when this was opened."""
        ...

    def __len__(self) -> int:
        """Return how many can be compared: those that the current model has described."""
        ...

    def search(self, queries: Vectors, k: int, *, allow: Ids | None = None) -> Neighbours:
        """Return the k nearest of every query by the copy descriptor."""
        ...

    def images(self, ids: Sequence[int]) -> Mapping[int, Image]:
        """Return rows by id, in the order asked for."""
        ...

    def keypoints_of(self, ids: Collection[int], method: str) -> Mapping[int, bytes]:
        """Return local features, packed."""
        ...

    def read(self, sha256: str) -> bytes | None:
        """Return the small version of a picture, guarded or not."""
        ...

    def same(self, query: QueryPicture) -> tuple[int | None, set[int]]:
        """Return the id of the same file, and the ids of those with the same pixels."""
        ...

    def guards(self, image: Image) -> bool:
        """Return whether a picture of the catalogue is itself one of the guarded."""
        ...


def open_guarded(engine: Engine, watch: Watch) -> GuardedPictures:
    """Return what a watch guards now."""
    kind: type[GuardedCollection | GuardedFiles] = GuardedFiles if watch.collection is None else GuardedCollection
    return kind.open(engine, watch)


@dataclass(frozen=True)
class GuardedCollection:
    """The pictures of a collection, as the catalogue keeps them."""

    watch: Watch
    catalogue: Catalogue
    thumbnails: ThumbnailStore
    index: ExactIndex

    @classmethod
    def open(cls, engine: Engine, watch: Watch) -> Self:
        """Read the descriptors of the collection as it is now."""
        ids = engine.catalogue.find(collection=watch.collection)
        rows = engine.catalogue.descriptors_of(ids, "copy", engine.extractor.model_id)
        index = _filled(engine, rows.ids, rows.vectors.astype(np.float32))
        return cls(watch, engine.catalogue, engine.thumbnails, index)

    def __len__(self) -> int:
        """Return how many can be compared."""
        return len(self.index)

    def search(self, queries: Vectors, k: int, *, allow: Ids | None = None) -> Neighbours:
        """Return the k nearest of every query."""
        return self.index.search(queries, k, allow=allow)

    def images(self, ids: Sequence[int]) -> Mapping[int, Image]:
        """Return rows by id."""
        return self.catalogue.images(ids)

    def keypoints_of(self, ids: Collection[int], method: str) -> Mapping[int, bytes]:
        """Return local features."""
        return self.catalogue.keypoints_of(ids, method)

    def read(self, sha256: str) -> bytes | None:
        """Return a thumbnail."""
        return self.thumbnails.read(sha256)

    def same(self, query: QueryPicture) -> tuple[int | None, set[int]]:
        """Return those with the same pixels; the same file is in a catalogue once."""
        if query.pixel_sha256 is None:
            return None, set()
        held = set(self.index.ids().tolist())
        return None, held.intersection(self.catalogue.same_pixels(query.pixel_sha256, len(held) + 1_000))

    def guards(self, image: Image) -> bool:
        """Return whether it is of the collection."""
        return image.collection == self.watch.collection


@dataclass(frozen=True)
class GuardedFiles:
    """Pictures that are kept beside the catalogue; what is read of them is kept as long as this is."""

    watch: Watch
    watches: Watches
    thumbnails: ThumbnailStore
    index: ExactIndex
    _read: dict[int, Watched] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, engine: Engine, watch: Watch) -> Self:
        """Read the descriptors of all of them."""
        watches = Watches(engine.catalogue.database)
        rows = descriptor_rows(watches.vectors(watch.id, engine.extractor.model_id))
        index = _filled(engine, rows.ids, rows.vectors.astype(np.float32))
        return cls(watch, watches, engine.thumbnails, index)

    def __len__(self) -> int:
        """Return how many can be compared."""
        return len(self.index)

    def search(self, queries: Vectors, k: int, *, allow: Ids | None = None) -> Neighbours:
        """Return the k nearest of every query."""
        return self.index.search(queries, k, allow=allow)

    def images(self, ids: Sequence[int]) -> Mapping[int, Image]:
        """Return rows by id, as if they were of the catalogue."""
        return {image_id: as_image(one) for image_id, one in self._watched(ids).items()}

    def keypoints_of(self, ids: Collection[int], method: str) -> Mapping[int, bytes]:
        """Return local features."""
        return {one: kept.keypoints for one, kept in self._watched(ids).items() if kept.keypoints_method == method}

    def read(self, sha256: str) -> bytes | None:
        """Return the small version of a guarded picture that was looked at, or of one of the catalogue."""
        for kept in self._read.values():
            if kept.sha256 == sha256:
                return kept.preview
        return self.thumbnails.read(sha256)

    def same(self, query: QueryPicture) -> tuple[int | None, set[int]]:
        """Return the same file, and those with the same pixels."""
        if query.pixel_sha256 is None:
            return None, set()
        ids = self.watches.same_pixels(self.watch.id, query.pixel_sha256)
        found = self._watched(ids)
        same_file = next((one for one, kept in found.items() if kept.sha256 == query.sha256), None)
        return same_file, set(found)

    def guards(self, image: Image) -> bool:
        """Return False: what is kept beside the catalogue is not of it."""
        return False

    def _watched(self, ids: Collection[int]) -> dict[int, Watched]:
        """Return pictures in the order asked for; those read before are not read again."""
        missing = [one for one in ids if one not in self._read]
        if missing:
            if len(self._read) > _MOST_HELD:
                self._read.clear()
                missing = list(ids)
            self._read.update(self.watches.watched(missing))
        return {one: self._read[one] for one in ids if one in self._read}


_MOST_HELD = 256
"""Guarded pictures that a comparison holds whole, about 35 kB each."""


def as_image(watched: Watched) -> Image:
    """Return a picture beside the catalogue as a row of it would be; its id is its own."""
    return Image(
        id=watched.id,
        sha256=watched.sha256,
        pixel_sha256=watched.pixel_sha256,
        pdq=watched.pdq,
        width=watched.width,
        height=watched.height,
        format=watched.format,
        size_bytes=watched.size_bytes,
        title=watched.name,
        licence=None,
        project=None,
        collection=None,
        mature=False,
        added_at=watched.added_at,
    )


def as_query(watched: Watched, *, preview: bytes) -> QueryPicture:
    """Return a picture beside the catalogue as a query with this preview; nothing is described again."""
    return QueryPicture(
        width=watched.width,
        height=watched.height,
        format=watched.format,
        size_bytes=watched.size_bytes,
        sha256=watched.sha256,
        pixel_sha256=watched.pixel_sha256,
        pdq=watched.pdq,
        too_plain=watched.pdq is None,
        copy=_unit(watched.copy.astype(np.float32)),
        similar=_unit(watched.similar.astype(np.float32)),
        attributes={},
        preview=preview,
        keypoints=watched.keypoints,
    )


def key_of(image: Image) -> PictureKey:
    """Return what decisions and findings know a row by."""
    return PictureKey(image.sha256, image.pixel_sha256)


def _filled(engine: Engine, ids: Ids, vectors: Vectors) -> ExactIndex:
    index = ExactIndex(IndexIdentity(engine.extractor.model_id, "copy", DIM))
    if len(ids):
        index.add(ids, vectors)
    return index


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
