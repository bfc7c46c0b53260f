"""Addresses of a Milvus, as the setting writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from errors import BadInput

Metric = Literal["cosine", "l2", "ip"]
Method = Literal["flat", "hnsw"]

_METRICS: Mapping[str, Metric] = {"cosine": "cosine", "l2": "l2", "ip": "ip"}
_METHODS: Mapping[str, Method] = {"flat": "flat", "hnsw": "hnsw"}
_FORMS = "milvus:/path/to/file.db, milvus+http://host:19530 or milvus+https://host"


@dataclass(frozen=True, slots=True)
class MilvusAddress:
    """Where a Milvus is, and how its collections are searched.

    Attributes:
        uri: what pymilvus opens: the path of a file, or an http(s) address.
        metric: by which the server compares; scores are cosines whichever it is, as vectors have norm 1.
        method: of the server's index: 'flat' scores every vector, 'hnsw' walks a graph.
        token: password of the server.
    """

    uri: str
    metric: Metric = "cosine"
    method: Method = "flat"
    token: SecretStr = field(default=SecretStr(""), repr=False)

    @classmethod
    def parse(cls, index_url: str, token: SecretStr) -> Self:
        """Return what an address such as `milvus+http://host:19530?metric=ip&method=hnsw` says.

        Raises:
            BadInput: it has another form, or a password in it.
        """
        scheme, _, rest = index_url.partition(":")
        place, _, query = rest.partition("?")
        kind = scheme.removeprefix("milvus").removeprefix("+")
        uri = f"{kind}:{place}" if kind else place
        options = parse_qs(query, keep_blank_values=True)
        metric = _METRICS.get(options.pop("metric", ["cosine"])[-1])
        method = _METHODS.get(options.pop("method", ["flat"])[-1])
        if "@" in place:
            raise BadInput(
                "expected an index address without a password", remedy="Put the password into RETRACE_INDEX_TOKEN."
            )
        is_place = place.endswith(".db") if not kind else kind in ("http", "https") and bool(urlsplit(uri).hostname)
        if not is_place or options or metric is None or method is None:
            raise BadInput(
                f"expected {_FORMS} as the index, with ?metric=cosine|l2|ip and &method=flat|hnsw; "
                f"received {index_url!r}",
                remedy="Correct RETRACE_INDEX_URL; the README lists every setting.",
            )
        return cls(uri, metric, method, token)

    @property
    def is_file(self) -> bool:
        """Whether Milvus Lite keeps it, inside this process."""
        return self.uri.endswith(".db")
