"""An index kept by Milvus: a file of Milvus Lite, a server or a managed service; the only importer of pymilvus.

The collection is the durable state, and every process that searches it shares it. `retrace_indexes` holds one record a
collection: whose vectors they are, and the number of the last catalogue change that is in them. A process writes rows
first and the number afterwards, so that one killed in between repeats its last changes, which changes nothing: rows
are upserted by the picture's id. Two processes that catch up at once write the same rows; each goes on from its own
number until it has seen the catalogue's last change, so that a picture which a slower one brought back after its
removal goes again. Only a process killed exactly there leaves one behind: `check` finds it, `rebuild` mends it.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from urllib.parse import parse_qs, urlsplit

import numpy as np
from pydantic import SecretStr

from errors import BadInput, ContractBroken, IndexUnavailable, PartMissing, SnapshotRefused
from search.vector_index.arguments import checked_addition, checked_id_set, checked_queries
from search.vector_index.contract import (
    NO_ID,
    Ids,
    IndexIdentity,
    IndexMemory,
    Neighbours,
    SearchReport,
    VectorIndex,
    Vectors,
)
from search.vector_index.exact import scan
from search.vector_index.half_precision import widen
from search.vector_index.segment import Rowset, Segment

if TYPE_CHECKING:
    from pymilvus import MilvusClient

Metric = Literal["cosine", "l2", "ip"]
Method = Literal["flat", "hnsw"]

TIMEOUT_S = 30.0
"""Longest wait for one answer; the client tries again on its own within it."""
REQUEST_BYTES = 8 * 2**20
"""Vectors in one request or answer: a server's own limit is 64 MiB."""
DEEPEST = 16_384
"""Most neighbours, and most rows, that Milvus hands out in one answer."""
SPARE = 16
"""Neighbours asked for beyond k: the server's metric may order what float16 made nearly equal otherwise than we do."""
IDS_IN_FILTER = 10_000
FEW_ALLOWED = 1000
"""Up to so many allowed pictures are scored here, which is exact: their vectors come in about one answer."""
RECORDS = "retrace_indexes"

_METRICS: Mapping[str, Metric] = {"cosine": "cosine", "l2": "l2", "ip": "ip"}
_METHODS: Mapping[str, Method] = {"flat": "flat", "hnsw": "hnsw"}
_HNSW_BUILD = {"M": 16, "efConstruction": 200}
_LONGEST_RECORD = 2048
_REMEDY = "Check that the Milvus of RETRACE_INDEX_URL runs and lets this machine in (RETRACE_INDEX_TOKEN)."
_LITE_REMEDY = (
    "Check the folder; Milvus Lite serves one process at a time: stop the others and set RETRACE_WORKERS=1, or run a "
    "Milvus server."
)
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


@dataclass(frozen=True, slots=True)
class _Record:
    """What `retrace_indexes` says of a collection."""

    identity: IndexIdentity
    metric: str
    method: str
    change: int

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        said = json.loads(text)
        return cls(IndexIdentity(**said["identity"]), said["metric"], said["method"], said["change"])


class MilvusHome:
    """The collection of one index in a Milvus, shared by all processes that search it.

    It connects when it is first asked: do that after any fork.
    """

    _connecting: ClassVar[Lock] = Lock()  # Milvus Lite lets no two threads open one file
    _writing: ClassVar[Lock] = Lock()  # nor make or write one collection

    def __init__(self, address: MilvusAddress) -> None:
        """Name the Milvus; nothing is connected yet."""
        self.address = address
        self._connected: MilvusClient | None = None

    def new(self, identity: IndexIdentity) -> "MilvusIndex":
        """Return the index to fill: empty, or what its collection holds, which goes on answering others meanwhile.

        Raises:
            IndexUnavailable: Milvus cannot be reached.
            PartMissing: pymilvus is not installed.
        """
        name = collection_name(identity)
        with ours(self.address), self._writing:
            record = self._record(name)
            if record is not None and not self._fits(record, identity):  # metric or method were set anew
                self._client.drop_collection(name, timeout=TIMEOUT_S)
            self._make_collection(name, identity.dim)
        return MilvusIndex(self, identity, change=0)

    def current(self, identity: IndexIdentity) -> Path | None:
        """Return collection and change number, as the path `<collection>/<number>`; None where nothing was built.

        Raises:
            IndexUnavailable, PartMissing: as `new`.
        """
        name = collection_name(identity)
        with ours(self.address):
            record = self._record(name)
        return None if record is None else Path(name) / str(record.change)

    def open(self, path: Path, identity: IndexIdentity) -> "MilvusIndex":
        """Return the index at the number its collection has now.

        Raises:
            SnapshotRefused: there is none, or one for another identity, metric or method.
            IndexUnavailable, PartMissing: as `new`.
        """
        with ours(self.address):
            record = self._record(path.parent.name)
            if record is None or not self._client.has_collection(path.parent.name, timeout=TIMEOUT_S):
                raise SnapshotRefused(f"Milvus holds no index {path.parent.name}")
        if not self._fits(record, identity):
            raise SnapshotRefused(
                f"expected an index of {identity} by {self.address.metric}, {self.address.method}; "
                f"received {record.identity} by {record.metric}, {record.method}"
            )
        with ours(self.address):
            self._client.load_collection(path.parent.name, timeout=TIMEOUT_S)  # a restarted server has let go of it
        return MilvusIndex(self, identity, change=record.change)

    def publish(self, index: VectorIndex) -> Path:
        """Tell others up to which change the collection is filled."""
        self.note(index.identity, index.change)
        return Path(collection_name(index.identity)) / str(index.change)

    def check(self, path: Path) -> None:
        """Do nothing: the bytes of a collection are the server's to check."""

    def writing(self, identity: IndexIdentity) -> AbstractContextManager[None]:
        """Keep nobody out: writing twice what is upserted by id changes nothing."""
        return nullcontext()

    def close(self) -> None:
        """Close the connection; a later call opens another."""
        with self._connecting:
            if self._connected is not None:
                self._connected.close()
                self._connected = None

    def note(self, identity: IndexIdentity, change: int) -> None:
        """Keep the number of the last change that the rows hold; call it after the rows are written."""
        record = _Record(identity, self.address.metric, self.address.method, change)
        row = {"name": collection_name(identity), "record": record.to_json(), "place": [0.0, 1.0]}
        with ours(self.address), self._writing:
            self._client.upsert(RECORDS, [row], timeout=TIMEOUT_S)

    def upsert(self, name: str, rows: list[dict[str, object]]) -> None:
        """Write rows, each in place of the one with its id."""
        with ours(self.address), self._writing:
            self._client.upsert(name, rows, timeout=TIMEOUT_S)

    def delete(self, name: str, ids: Ids) -> int:
        """Delete rows and return how many were there; the server itself does not tell."""
        expression = _among(ids)
        with ours(self.address), self._writing:
            found = self._client.query(name, filter=expression, output_fields=["id"], timeout=TIMEOUT_S)
            if found:
                self._client.delete(name, ids=[row["id"] for row in found], timeout=TIMEOUT_S)
            return len(found)

    def count(self, name: str) -> int:
        """Return how many rows there are."""
        with ours(self.address):
            (row,) = self._client.query(name, filter="", output_fields=["count(*)"], timeout=TIMEOUT_S)
            return int(row["count(*)"])

    def rows(self, name: str, ids: Ids) -> list[dict[str, Any]]:
        """Return rows by id, with their vectors, in any order."""
        with ours(self.address):
            return list(self._client.query(name, filter=_among(ids), output_fields=["id", "vector"], timeout=TIMEOUT_S))

    def all_rows(self, name: str, fields: Sequence[str], batch: int) -> Iterator[list[dict[str, Any]]]:
        """Yield all rows in order of id, batch by batch, each as it is when it is read.

        pymilvus's own iterator asks for a time stamp that Milvus Lite cannot give; its two options are what makes a
        server sort a limited answer.
        """
        last = -1
        while True:
            with ours(self.address):
                page = self._client.query(
                    name,
                    filter=f"id > {last}",
                    output_fields=list(fields),
                    limit=batch,
                    timeout=TIMEOUT_S,
                    iterator="True",
                    reduce_stop_for_best="True",
                )
            if not page:
                return
            yield list(page)
            last = page[-1]["id"]

    def nearest(self, name: str, queries: Vectors, fetch: int, expression: str, effort: float) -> list[Segment]:
        """Return for every query what the server finds nearest, with vectors, in ascending order of id."""
        parameters = {} if self.address.method == "flat" else {"ef": _search_width(fetch, effort)}
        with ours(self.address):
            answer = self._client.search(
                name,
                data=list(queries),
                limit=fetch,
                filter=expression,
                output_fields=["vector"],
                search_params={"metric_type": self.address.metric.upper(), "params": parameters},
                anns_field="vector",
                timeout=TIMEOUT_S,
            )
            dim = queries.shape[1]
            return [
                _segment([{"id": hit["id"], "vector": hit["entity"]["vector"]} for hit in hits], dim) for hits in answer
            ]

    @property
    def _client(self) -> "MilvusClient":
        with self._connecting:
            if self._connected is None:
                self._connected = _connected(self.address)
                self._make_records(self._connected)
            return self._connected

    def _fits(self, record: _Record, identity: IndexIdentity) -> bool:
        mine = (identity, self.address.metric, self.address.method)
        return (record.identity, record.metric, record.method) == mine

    def _record(self, name: str) -> _Record | None:
        rows = self._client.query(
            RECORDS, filter=f'name == "{name}"', output_fields=["name", "record"], timeout=TIMEOUT_S
        )
        return _Record.from_json(rows[0]["record"]) if rows else None

    def _make_collection(self, name: str, dim: int) -> None:
        from pymilvus import DataType

        client, address = self._client, self.address
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
        parameters = client.prepare_index_params()
        build = {} if address.method == "flat" else _HNSW_BUILD
        parameters.add_index(
            "vector", index_type=address.method.upper(), metric_type=address.metric.upper(), params=build
        )
        _make(client, name, schema, parameters)

    def _make_records(self, client: "MilvusClient") -> None:
        """Make the collection of records; Milvus wants a vector in every row."""
        from pymilvus import DataType

        with ours(self.address):
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("name", DataType.VARCHAR, is_primary=True, max_length=128)
            schema.add_field("record", DataType.VARCHAR, max_length=_LONGEST_RECORD)
            schema.add_field("place", DataType.FLOAT_VECTOR, dim=2)
            parameters = client.prepare_index_params()
            parameters.add_index("place", index_type="FLAT", metric_type="L2")
            _make(client, RECORDS, schema, parameters)


class MilvusIndex:
    """Nearest neighbours in a collection of Milvus.

    The server chooses what to look at; what it finds is scored here again, on float16, so that scores are cosines to
    the last bit as those of every other index. Among more than `SPARE` vectors that tie with the k-th, the server
    chooses. One request of up to `REQUEST_BYTES` is seen whole or not at all; reads are strongly consistent.
    """

    def __init__(self, home: MilvusHome, identity: IndexIdentity, change: int) -> None:
        """Name a collection that is there; `MilvusHome` makes and opens them."""
        self.identity = identity
        self._home = home
        self._name = collection_name(identity)
        self._change = change
        self._count: int | None = None
        self._rows_at_once = max(1, min(REQUEST_BYTES // (4 * identity.dim), DEEPEST))

    def __len__(self) -> int:
        """Return how many vectors it held at this process's last look: every page tells it, also while Milvus rests."""
        if self._count is None:
            self._count = self._home.count(self._name)
        return self._count

    @property
    def change(self) -> int:
        """Number of the last catalogue change that this process knows to be in the collection."""
        return self._change

    @change.setter
    def change(self, number: int) -> None:
        self._home.note(self.identity, number)
        self._change = number
        self._count = self._home.count(self._name)

    @property
    def memory(self) -> IndexMemory:
        """Nothing of this process: the vectors are the server's."""
        return IndexMemory(mapped_bytes=0, private_bytes=0)

    def ids(self) -> Ids:
        """Return the ids it holds, in ascending order."""
        pages = self._home.all_rows(self._name, ["id"], DEEPEST)
        found = [np.array([row["id"] for row in page], np.int64) for page in pages]
        return np.sort(np.concatenate([np.empty(0, np.int64), *found]))

    def vectors(self, ids: Ids) -> tuple[Ids, Vectors]:
        """Return those of `ids` that it holds, ascending, and their vectors as kept, float32 (n, dim)."""
        segments = [Segment.empty(self.identity.dim, 0), *self._segments_of(checked_id_set(ids))]
        kept = np.concatenate([segment.ids for segment in segments])
        return kept, widen(np.concatenate([segment.halves for segment in segments]))

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Upsert vectors, rounded to float16.

        Args:
            ids: int64 (n,), unique.
            vectors: float32 (n, dim), L2 norm 1.
        Raises:
            DescriptorShapeError: wrong shape, dtype or norm, ids repeated or negative.
            IndexUnavailable: Milvus cannot be reached; some of the vectors may be there.
        """
        new = checked_addition(ids, vectors, self.identity.dim)
        self._count = None
        for some in _slices(len(new.ids), self._rows_at_once):
            pairs = zip(new.ids[some].tolist(), widen(new.halves[some]), strict=True)
            self._home.upsert(self._name, [{"id": one, "vector": vector} for one, vector in pairs])

    def remove(self, ids: Ids) -> int:
        """Remove vectors and return how many were there; unknown ids are passed over."""
        ids = checked_id_set(ids)
        self._count = None
        return sum(self._home.delete(self._name, ids[some]) for some in _slices(len(ids), IDS_IN_FILTER))

    def search(self, queries: Vectors, k: int, *, allow: Ids | None = None, effort: float | None = None) -> Neighbours:
        """Return the k nearest of every query.

        Args:
            queries: float32 (q, dim), L2 norm 1.
            k: how many, 1 to `DEEPEST`.
            allow: when given, only these ids may be returned (unknown ones are passed over); as many of them as exist
                are returned, up to k.
            effort: how wide the server's graph is searched; 1 scores everything exactly, which a graph cannot: then
                every vector comes here. A flat index is exact at any effort.
        Raises:
            DescriptorShapeError: wrong shape, dtype or norm.
            ContractBroken: effort outside 0..1, or k too large for Milvus.
            IndexUnavailable: Milvus cannot be reached.
        """
        queries = checked_queries(queries, k, self.identity.dim)
        if k > DEEPEST:
            raise ContractBroken(f"expected a k of at most {DEEPEST}; received {k}")
        if effort is not None and not 0 <= effort <= 1:
            raise ContractBroken(f"expected an effort in 0..1; received {effort}")
        allowed = None if allow is None else checked_id_set(allow)
        is_flat = self._home.address.method == "flat"
        if allowed is not None and len(allowed) <= FEW_ALLOWED:
            return self._scan(queries, k, allowed)
        if effort == 1 and not is_flat:
            return self._scan(queries, k, allowed)
        found = self._ask(queries, k, allowed, 0.5 if effort is None else effort)
        if not is_flat and self._is_short(found, k, allowed):
            return self._scan(queries, k, allowed)
        return found

    def _ask(self, queries: Vectors, k: int, allowed: Ids | None, effort: float) -> Neighbours:
        """Return the best of what the server finds."""
        fetch = min(k + SPARE, DEEPEST)
        filters = [""] if allowed is None else [_among(allowed[s]) for s in _slices(len(allowed), IDS_IN_FILTER)]
        is_flat = self._home.address.method == "flat"
        parts: list[Neighbours] = []
        for some in _slices(len(queries), max(1, self._rows_at_once // fetch)):
            asked = [self._home.nearest(self._name, queries[some], fetch, one, effort) for one in filters]
            for number, query in enumerate(queries[some]):
                found = [self._scored(segments[number], query[np.newaxis], k) for segments in asked]
                parts.append(_best(found, 1, k))
        return Neighbours(
            ids=np.concatenate([np.empty((0, k), np.int64), *(part.ids for part in parts)]),
            scores=np.concatenate([np.empty((0, k), np.float32), *(part.scores for part in parts)]),
            report=SearchReport(
                candidates=sum(part.report.candidates for part in parts),
                estimated_recall=1.0 if is_flat else 0.0,  # how much a graph missed, a server does not tell
                exact=is_flat,
            ),
        )

    def _is_short(self, found: Neighbours, k: int, allowed: Ids | None) -> bool:
        """Return whether a graph may have missed vectors where it found fewer than k, as behind a narrow filter."""
        least = int(np.min(np.sum(found.ids != NO_ID, axis=1), initial=k))
        return least < k and least < (len(self) if allowed is None else len(allowed))

    def _scan(self, queries: Vectors, k: int, allowed: Ids | None) -> Neighbours:
        """Return the true k nearest: every allowed vector is brought here, some at a time."""
        if allowed is None:
            pages = self._home.all_rows(self._name, ["id", "vector"], self._rows_at_once)
            segments: Iterator[Segment] = (_segment(page, self.identity.dim) for page in pages)
        else:
            segments = self._segments_of(allowed)
        best = _best([], len(queries), k)
        for segment in segments:
            best = _best([best, self._scored(segment, queries, k)], len(queries), k)
        return best

    def _segments_of(self, ids: Ids) -> Iterator[Segment]:
        for some in _slices(len(ids), min(self._rows_at_once, IDS_IN_FILTER)):
            yield _segment(self._home.rows(self._name, ids[some]), self.identity.dim)

    def _scored(self, segment: Segment, queries: Vectors, k: int) -> Neighbours:
        return scan(Rowset(segment, Segment.empty(self.identity.dim, 0)), queries, k, None)


def collection_name(identity: IndexIdentity) -> str:
    """Return the name of the collection of these vectors: descriptor, model and catalogue, so that none ever mix."""
    catalogue = sha256(identity.catalogue_id.encode()).hexdigest()
    return f"retrace_{identity.kind}_{identity.model_id[:16]}_{catalogue[:16]}"


@contextmanager
def ours(address: MilvusAddress) -> Iterator[None]:
    """Turn what pymilvus raises into an error of ours."""
    try:
        from pymilvus.exceptions import MilvusException
    except ImportError as exc:
        raise PartMissing(
            "expected the package pymilvus; it is not installed",
            remedy="Install it: .venv/bin/pip install -r requirements-milvus.txt",
        ) from exc
    try:
        yield
    except MilvusException as exc:
        why = (exc.message or type(exc).__name__).splitlines()[0]
        raise IndexUnavailable(
            f"the index in Milvus at {address.uri} does not answer: {why}",
            remedy=_LITE_REMEDY if address.is_file else _REMEDY,
        ) from exc


def _connected(address: MilvusAddress) -> "MilvusClient":
    from pymilvus import MilvusClient

    # What goes wrong is raised, and told once where it is handled; the client would log it with a traceback as well.
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if address.is_file:
        try:
            Path(address.uri).parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise IndexUnavailable(f"{address.uri} cannot be made: {exc.strerror}", remedy=_LITE_REMEDY) from exc
    with ours(address):
        return MilvusClient(address.uri, token=address.token.get_secret_value(), timeout=TIMEOUT_S)


def _make(client: "MilvusClient", name: str, schema: Any, parameters: Any) -> None:  # noqa: ANN401 - pymilvus has no types
    """Make a collection where there is none, and have it answer."""
    from pymilvus.exceptions import MilvusException

    if not client.has_collection(name, timeout=TIMEOUT_S):
        try:
            client.create_collection(
                name, schema=schema, index_params=parameters, consistency_level="Strong", timeout=TIMEOUT_S
            )
        except MilvusException:
            if not client.has_collection(name, timeout=TIMEOUT_S):  # it is, where another process was faster
                raise
    client.load_collection(name, timeout=TIMEOUT_S)


def _search_width(fetch: int, effort: float) -> int:
    """Return how many neighbours a graph search keeps in view (`ef`): from just those asked for to 64 times them."""
    return min(int(fetch * 64**effort), 2 * DEEPEST)


def _among(ids: Ids) -> str:
    return f"id in {ids.tolist()}"


def _slices(count: int, step: int) -> Iterator[slice]:
    return (slice(start, start + step) for start in range(0, count, step))


def _segment(rows: Sequence[Mapping[str, Any]], dim: int) -> Segment:
    """Return rows as they come from Milvus, in ascending order of id."""
    ids = np.array([row["id"] for row in rows], np.int64)
    order = np.argsort(ids)
    vectors = np.array([rows[place]["vector"] for place in order], np.float32).reshape(-1, dim)
    return Segment.of(ids[order], vectors.astype("<f2"), np.empty((0, len(ids)), "<u8"))


def _best(parts: Sequence[Neighbours], queries: int, k: int) -> Neighbours:
    """Return the best k of exact answers over disjoint sets of vectors."""
    ids = np.concatenate([np.full((queries, k), NO_ID, np.int64), *(part.ids for part in parts)], axis=1)
    scores = np.concatenate([np.full((queries, k), -np.inf, np.float32), *(p.scores for p in parts)], axis=1)
    order = np.lexsort((ids, -scores))[:, :k]
    report = SearchReport(sum(part.report.candidates for part in parts), estimated_recall=1.0, exact=True)
    return Neighbours(np.take_along_axis(ids, order, 1), np.take_along_axis(scores, order, 1), report)
