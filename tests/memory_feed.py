"""A catalogue in memory, as far as an index sees one."""

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from data.records import Change, DescriptorKind, DescriptorRows
from errors import CatalogueUnavailable
from tests.vectors import DIM, draw_vectors


class MemoryFeed:
    """Holds vectors and numbered changes. `is_down` makes it unavailable, as a server that is restarted."""

    def __init__(self, name: str = "a catalogue") -> None:
        self.name = name
        self.is_down = False
        self.kept: dict[int, NDArray[np.float16]] = {}
        self.changes: list[Change] = []
        self.reads_of_all = 0

    def add(self, *ids: int) -> None:
        for one in ids:
            self.kept[one] = vector_of(one).astype(np.float16)
            self.changes.append(Change(len(self.changes) + 1, one, "added"))

    def remove(self, *ids: int) -> None:
        for one in ids:
            del self.kept[one]
            self.changes.append(Change(len(self.changes) + 1, one, "removed"))

    def catalogue_id(self) -> str:
        self._check()
        return self.name

    def last_change(self) -> int:
        self._check()
        return len(self.changes)

    def changes_after(self, number: int, limit: int) -> list[Change]:
        self._check()
        return self.changes[number : number + limit]

    def descriptors_of(self, ids: Collection[int], kind: DescriptorKind, model_id: str) -> DescriptorRows:
        self._check()
        return self._rows(sorted(self.kept.keys() & set(ids)))

    def snapshot_descriptors(self, kind: DescriptorKind, model_id: str) -> tuple[int, Iterator[DescriptorRows]]:
        self._check()
        self.reads_of_all += 1
        ids = sorted(self.kept)
        return len(self.changes), iter([self._rows(ids[start : start + 100]) for start in range(0, len(ids), 100)])

    def _rows(self, ids: list[int]) -> DescriptorRows:
        vectors = np.array([self.kept[one] for one in ids], np.float16).reshape(-1, DIM)
        return DescriptorRows(np.array(ids, np.int64), vectors)

    def _check(self) -> None:
        if self.is_down:
            raise CatalogueUnavailable("the catalogue is down")


def vector_of(image_id: int) -> NDArray[np.float32]:
    """Return the vector that the feed gives a picture, float32 (DIM,)."""
    vector: NDArray[np.float32] = draw_vectors(1, seed=image_id, clusters=10)[0]
    return vector
