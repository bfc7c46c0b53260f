"""A Milvus Lite for a test: inside this process, in a folder of its own, stopped at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from milvus_lite.server_manager import server_manager_instance

from search.vector_index.milvus.address import Method, Metric, MilvusAddress
from search.vector_index.milvus.home import MilvusHome


@contextmanager
def milvus_lite(folder: Path, *, metric: Metric = "cosine", method: Method = "flat") -> Iterator[MilvusHome]:
    """Yield the home of indexes in a Milvus Lite file in this folder."""
    home = MilvusHome(MilvusAddress(str(folder / "index.db"), metric, method))
    try:
        yield home
    finally:
        home.close()
        server_manager_instance.release_server(home.address.uri)
