import pytest

from errors import BadInput
from search.vector_index.contract import VectorIndex
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from search.vector_index.open_index import index_class
from tests.vectors import IDENTITY


@pytest.mark.parametrize(("address", "expected"), [("lsh:", LSHIndex), ("exact:", ExactIndex)])
def test_addresses_name_implementations(address: str, expected: type[VectorIndex]) -> None:
    assert index_class(address) is expected
    assert isinstance(index_class(address)(IDENTITY), VectorIndex)


@pytest.mark.parametrize("address", ["", "lsh", "LSH:", "lsh:somewhere", "annoy:"])
def test_unknown_addresses_are_refused(address: str) -> None:
    with pytest.raises(BadInput, match="expected one of exact:, lsh:"):
        index_class(address)
