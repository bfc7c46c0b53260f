"""A Milvus Lite for each test of what is particular to an index in Milvus."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from search.vector_index.milvus.home import MilvusHome
from tests.milvus import milvus_lite


@pytest.fixture
def home(tmp_path: Path) -> Iterator[MilvusHome]:
    with milvus_lite(tmp_path) as home:
        yield home
