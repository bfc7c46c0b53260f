"""From an address to where its indexes are kept: the one place that knows every implementation."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import SecretStr

from errors import BadInput
from search.vector_index.contract import IndexHome, SnapshotIndex
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from search.vector_index.milvus import MilvusAddress, MilvusHome
from search.vector_index.snapshot_home import SnapshotHome

IN_MEMORY: Mapping[str, type[SnapshotIndex]] = MappingProxyType({"exact:": ExactIndex, "lsh:": LSHIndex})


def index_home(index_url: str, directory: Path, token: SecretStr) -> IndexHome:
    """Return where the indexes of an address such as `lsh:` are kept; nothing is opened yet.

    Args:
        index_url: as in the setting.
        directory: of the snapshots, for indexes in this process's memory.
        token: password of the server, for indexes in one.
    Raises:
        BadInput: no implementation has this address.
    """
    if index_url in IN_MEMORY:
        return SnapshotHome(directory, IN_MEMORY[index_url])
    if index_url.startswith(("milvus:", "milvus+")):
        return MilvusHome(MilvusAddress.parse(index_url, token))
    raise BadInput(
        f"expected one of {', '.join(IN_MEMORY)}, milvus: as the index; received {index_url!r}",
        remedy="Correct RETRACE_INDEX_URL; the README lists every setting.",
    )
