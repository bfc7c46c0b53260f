from pathlib import Path

import pytest
from pydantic import SecretStr

from errors import BadInput
from search.vector_index.contract import SnapshotIndex, VectorIndex
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from search.vector_index.milvus.home import MilvusHome
from search.vector_index.open_index import index_home
from search.vector_index.plan import WANTED_RECALL
from tests.vectors import IDENTITY

NO_TOKEN = SecretStr("")


@pytest.mark.parametrize(
    ("address", "expected"), [("lsh:", LSHIndex), ("lsh:?recall=.9", LSHIndex), ("exact:", ExactIndex)]
)
def test_addresses_name_implementations(address: str, expected: type[VectorIndex], tmp_path: Path) -> None:
    index = index_home(address, tmp_path, NO_TOKEN).new(IDENTITY)
    assert isinstance(index, expected)
    assert isinstance(index, SnapshotIndex)


def test_an_address_tells_what_an_index_aims_at(tmp_path: Path) -> None:
    for address, recall in (("lsh:", WANTED_RECALL), ("lsh:?recall=.9", 0.9)):
        index = index_home(address, tmp_path, NO_TOKEN).new(IDENTITY)
        assert isinstance(index, LSHIndex)
        assert index.recall == recall


@pytest.mark.parametrize("address", ["lsh:?recall=2", "lsh:?bits=64", "exact:?recall=.9"])
def test_parameters_that_an_index_does_not_have_are_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no parameter but \?recall=0\.5 to 0\.9995"):
        index_home(address, tmp_path, NO_TOKEN)


@pytest.mark.parametrize(
    ("address", "uri", "metric", "method"),
    [
        ("milvus:/somewhere/index.db", "/somewhere/index.db", "cosine", "flat"),
        ("milvus+http://localhost:19530", "http://localhost:19530", "cosine", "flat"),
        ("milvus+https://cloud.example?metric=ip&method=hnsw", "https://cloud.example", "ip", "hnsw"),
        ("milvus:index.db?metric=l2", "index.db", "l2", "flat"),
    ],
)
def test_addresses_name_a_milvus(address: str, uri: str, metric: str, method: str, tmp_path: Path) -> None:
    home = index_home(address, tmp_path, SecretStr("hush"))  # connects to nothing
    assert isinstance(home, MilvusHome)
    assert (home.address.uri, home.address.metric, home.address.method) == (uri, metric, method)
    assert home.address.token.get_secret_value() == "hush"
    assert "hush" not in repr(home.address)


@pytest.mark.parametrize(
    "address",
    [
        *("", "lsh", "LSH:", "lsh:somewhere", "annoy:"),
        *("milvus:", "milvus:/folder", "milvus+ftp://host", "milvus+http://", "milvus:a.db?metric=hamming"),
        *("milvus:a.db?method=annoy", "milvus:a.db?colour=red"),
    ],
)
def test_unknown_addresses_are_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"expected .*milvus:"):
        index_home(address, tmp_path, NO_TOKEN)


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="without a password") as caught:
        index_home("milvus+https://user:hush@cloud.example", tmp_path, NO_TOKEN)
    assert "hush" not in str(caught.value)
    assert "RETRACE_INDEX_TOKEN" in caught.value.remedy
