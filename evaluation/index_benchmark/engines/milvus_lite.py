"""Milvus Lite, the library and one-file form of Milvus (Wang et al., 2021); needs its environment."""

from pathlib import Path
from typing import Any

import numpy as np

from evaluation.index_benchmark.engines.engine import NO_ID, Ids, Vectors

_NAME = "base"
_AT_ONCE = 2_000
_M = 16
_EF_CONSTRUCTION = 200


class MilvusLite:
    """A collection with a graph, by pymilvus."""

    can_add = True
    can_remove = True
    trained_on = 0
    settings = tuple(f"ef {width}" for width in (16, 64, 256))

    def __init__(self, folder: Path, *, dim: int, size: int, threads: int) -> None:
        from importlib.metadata import version

        from pymilvus import DataType, MilvusClient  # type: ignore[import-not-found,unused-ignore]  # there alone

        self._client: Any = MilvusClient(str(folder / "base.db"))
        self.built_as = f"milvus-lite {version('milvus-lite')}: HNSW, M {_M}, efConstruction {_EF_CONSTRUCTION}"
        if not self._client.has_collection(_NAME):
            schema = self._client.create_schema(auto_id=False)
            schema.add_field("id", DataType.INT64, is_primary=True)
            schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
            index = self._client.prepare_index_params()
            parameters = {"M": _M, "efConstruction": _EF_CONSTRUCTION}
            index.add_index("vector", index_type="HNSW", metric_type="IP", params=parameters)
            self._client.create_collection(_NAME, schema=schema, index_params=index)

    def train(self, sample: Vectors) -> None:
        """Learn nothing."""

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Insert rows in chunks of what one message holds."""
        for start in range(0, len(ids), _AT_ONCE):
            chunk = slice(start, start + _AT_ONCE)
            rows = [
                {"id": one, "vector": vector} for one, vector in zip(ids[chunk].tolist(), vectors[chunk], strict=True)
            ]
            self._client.insert(_NAME, rows)

    def save(self) -> None:
        """Flush the collection, which builds its index."""
        self._client.flush(_NAME)
        self._client.close()

    def open(self) -> None:
        """Load the collection."""
        self._client.load_collection(_NAME)

    def search(self, queries: Vectors, k: int, setting: str) -> Ids:
        """Search with a width of the beam."""
        parameters = {"metric_type": "IP", "params": {"ef": max(k, int(setting.removeprefix("ef ")))}}
        answers = self._client.search(
            _NAME, data=list(queries), limit=k, search_params=parameters, output_fields=["id"]
        )
        found = np.full((len(queries), k), NO_ID, np.int64)
        for number, hits in enumerate(answers):
            found[number, : len(hits)] = [hit["id"] for hit in hits]
        return found

    def remove(self, ids: Ids) -> None:
        """Delete rows by id."""
        self._client.delete(_NAME, ids=ids.tolist())
