"""Addresses of indexes in memory are read whole or refused."""

import pytest

from errors import BadInput
from search.vector_index.address import MemoryAddress, Method, method_of
from search.vector_index.plan import WANTED_RECALL


@pytest.mark.parametrize(
    ("address", "method", "recall"),
    [
        ("lsh:", "lsh", WANTED_RECALL),
        ("lsh:?", "lsh", WANTED_RECALL),
        ("lsh:?recall=.98", "lsh", 0.98),
        ("lsh:?recall=0.5", "lsh", 0.5),
        ("lsh:?recall=0.9995", "lsh", 0.9995),
        ("lsh:?recall=95e-2", "lsh", 0.95),
        ("exact:", "exact", WANTED_RECALL),
    ],
)
def test_an_address_tells_method_and_recall(address: str, method: Method, recall: float) -> None:
    assert method_of(address) == method
    assert MemoryAddress.parse(address) == MemoryAddress(method, recall)


@pytest.mark.parametrize(
    "address",
    [
        *("lsh:?recall=", "lsh:?recall", "lsh:?recall=high", "lsh:?recall=98", "lsh:?recall=98%25", "lsh:?recall=nan"),
        *("lsh:?recall=0.4999", "lsh:?recall=0.9996", "lsh:?recall=1", "lsh:?recall=-inf", "lsh:?recall=.9,.8"),
        *("lsh:?recall=.9&recall=.95", "lsh:?recal=.9", "lsh:?recall=.9&bits=128", "lsh:?colour=", "lsh:?RECALL=.9"),
        *("exact:?recall=.9", "exact:?colour=red"),
        *("", "lsh", "lsh:somewhere", "LSH:?recall=.9", "milvus:a.db?recall=.9"),
    ],
)
def test_what_makes_no_sense_is_refused_and_told_what_is_allowed(address: str) -> None:
    with pytest.raises(BadInput, match=r"recall=0\.5 to 0\.9995") as caught:
        MemoryAddress.parse(address)
    assert repr(address) in str(caught.value)
    assert "RETRACE_INDEX_URL" in caught.value.remedy


@pytest.mark.parametrize("address", ["", "lsh", "lsh:somewhere", "LSH:", "milvus:a.db", "milvus+http://host:19530"])
def test_other_addresses_are_of_no_index_in_memory(address: str) -> None:
    assert method_of(address) is None
