"""Addresses of indexes in this machine's memory, as the setting writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Self
from urllib.parse import parse_qs

from errors import BadInput
from search.vector_index.plan import LEAST_RECALL, MOST_RECALL, WANTED_RECALL

Method = Literal["lsh", "exact"]

METHODS: Mapping[str, Method] = MappingProxyType({"lsh:": "lsh", "exact:": "exact"})
"""By what stands before the parameters of an address."""


@dataclass(frozen=True, slots=True)
class MemoryAddress:
    """An index in memory: how it searches.

    Attributes:
        method: 'lsh' goes by signatures, 'exact' scores every vector.
        recall: that searches by signatures aim at while the index was tuned to none, 0..1.
    """

    method: Method
    recall: float = WANTED_RECALL

    @classmethod
    def parse(cls, index_url: str) -> Self:
        """Return what an address such as `lsh:?recall=.98` says.

        Raises:
            BadInput: it has another form, or a parameter that its method does not have.
        """
        method = method_of(index_url)
        options = parse_qs(index_url.partition("?")[2], keep_blank_values=True)
        recall = _read_recall(options.pop("recall", None)) if method == "lsh" else WANTED_RECALL
        if method is None or options or recall is None:
            raise BadInput(
                f"expected lsh:, with no parameter but ?recall={LEAST_RECALL} to {MOST_RECALL}, or exact: without any, "
                f"as the index; received {index_url!r}",
                remedy="Correct RETRACE_INDEX_URL; the README lists every setting.",
            )
        return cls(method, recall)


def method_of(index_url: str) -> Method | None:
    """Return how an index in memory searches, by its address; None where the address is of no such index."""
    return METHODS.get(index_url.partition("?")[0])


def _read_recall(given: Sequence[str] | None) -> float | None:
    """Return the recall that a parameter tells, the usual one where it is not there; None where it tells none."""
    if given is None:
        return WANTED_RECALL
    try:
        (recall,) = map(float, given)
    except ValueError:  # no number, or more than one
        return None
    return recall if LEAST_RECALL <= recall <= MOST_RECALL else None
