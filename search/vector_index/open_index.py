"""From an address to where its indexes are kept: the one place that knows every implementation."""

from pathlib import Path

from pydantic import SecretStr

from errors import BadInput
from search.vector_index.address import METHODS, MemoryAddress, method_of
from search.vector_index.contract import IndexHome
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh_home import LSHHome
from search.vector_index.milvus.address import MilvusAddress
from search.vector_index.milvus.home import MilvusHome
from search.vector_index.snapshot_home import SnapshotHome


def index_home(index_url: str, directory: Path, token: SecretStr) -> IndexHome:
    """Return where the indexes of an address such as `lsh:` are kept; nothing is opened yet.

    Args:
        index_url: as in the setting.
        directory: of the snapshots, for indexes in this process's memory.
        token: password of the server, for indexes in one.
    Raises:
        BadInput: no implementation has this address, or not with these parameters.
    """
    if method_of(index_url) is not None:
        address = MemoryAddress.parse(index_url)
        return LSHHome(directory, address.recall) if address.method == "lsh" else SnapshotHome(directory, ExactIndex)
    if index_url.startswith(("milvus:", "milvus+")):
        return MilvusHome(MilvusAddress.parse(index_url, token))
    raise BadInput(
        f"expected one of {', '.join(METHODS)}, milvus: as the index; received {index_url!r}",
        remedy="Correct RETRACE_INDEX_URL; the README lists every setting.",
    )
