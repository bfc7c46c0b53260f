"""What our collections in a Milvus look like; each is made where there is none."""

from typing import TYPE_CHECKING, Any

from search.vector_index.milvus.address import MilvusAddress

if TYPE_CHECKING:
    from pymilvus import MilvusClient

RECORDS = "retrace_indexes"

_HNSW_BUILD = {"M": 16, "efConstruction": 200}
_LONGEST_RECORD = 2048


def make_vectors(client: "MilvusClient", name: str, dim: int, address: MilvusAddress, timeout_s: float) -> None:
    """Make the collection of an index: ids and vectors, compared as the address says."""
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    parameters = client.prepare_index_params()
    build = {} if address.method == "flat" else _HNSW_BUILD
    parameters.add_index("vector", index_type=address.method.upper(), metric_type=address.metric.upper(), params=build)
    _make(client, name, schema, parameters, timeout_s)


def make_records(client: "MilvusClient", timeout_s: float) -> None:
    """Make the collection of records; Milvus wants a vector in every row."""
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("name", DataType.VARCHAR, is_primary=True, max_length=128)
    schema.add_field("record", DataType.VARCHAR, max_length=_LONGEST_RECORD)
    schema.add_field("place", DataType.FLOAT_VECTOR, dim=2)
    parameters = client.prepare_index_params()
    parameters.add_index("place", index_type="FLAT", metric_type="L2")
    _make(client, RECORDS, schema, parameters, timeout_s)


def _make(client: "MilvusClient", name: str, schema: Any, parameters: Any, timeout_s: float) -> None:  # noqa: ANN401 - pymilvus has no types
    """Make a collection where there is none, and have it answer."""
    from pymilvus.exceptions import MilvusException

    if not client.has_collection(name, timeout=timeout_s):
        try:
            client.create_collection(
                name, schema=schema, index_params=parameters, consistency_level="Strong", timeout=timeout_s
            )
        except MilvusException:
            if not client.has_collection(name, timeout=timeout_s):  # it is, where another process was faster
                raise
    client.load_collection(name, timeout=timeout_s)
