"""From an address to an index: the one place that knows every implementation."""

from collections.abc import Mapping
from types import MappingProxyType

from errors import BadInput
from search.vector_index.contract import VectorIndex
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex

IMPLEMENTATIONS: Mapping[str, type[VectorIndex]] = MappingProxyType({"exact": ExactIndex, "lsh": LSHIndex})


def index_class(index_url: str) -> type[VectorIndex]:
    """Return the implementation that an address such as `lsh:` names.

    Raises:
        BadInput: no implementation has this name.
    """
    name, colon, rest = index_url.partition(":")
    if not colon or rest or name not in IMPLEMENTATIONS:
        known = ", ".join(f"{known}:" for known in IMPLEMENTATIONS)
        raise BadInput(
            f"expected one of {known} as the index; received {index_url!r}",
            remedy="Correct RETRACE_INDEX_URL; the README lists every setting.",
        )
    return IMPLEMENTATIONS[name]
