"""Everything that is asked of a Milvus and told to it, with our errors for pymilvus's."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, ClassVar

from errors import IndexUnavailable, PartMissing
from search.vector_index.contract import Ids, Vectors
from search.vector_index.milvus.address import MilvusAddress
from search.vector_index.milvus.schema import RECORDS, make_records, make_vectors

if TYPE_CHECKING:
    from pymilvus import MilvusClient

TIMEOUT_S = 30.0
"""Longest wait for one answer; the client tries again on its own within it."""
DEEPEST = 16_384
"""Most neighbours, and most rows, that Milvus hands out in one answer."""

_REMEDY = "Check that the Milvus of RETRACE_INDEX_URL runs and lets this machine in (RETRACE_INDEX_TOKEN)."
_LITE_REMEDY = (
    "Check the folder; Milvus Lite serves one process at a time: stop the others and set RETRACE_WORKERS=1, or run a "
    "Milvus server."
)


class Milvus:
    """The Milvus at an address, for all threads of a process.

    It connects when it is first asked: do that after any fork. Every method raises IndexUnavailable where Milvus does
    not answer, and PartMissing where pymilvus is not installed.
    """

    _connecting: ClassVar[Lock] = Lock()  # Milvus Lite lets no two threads open one file
    _writing: ClassVar[RLock] = RLock()  # nor make or write one collection

    def __init__(self, address: MilvusAddress) -> None:
        """Name the Milvus; nothing is connected yet."""
        self.address = address
        self._connected: MilvusClient | None = None

    def close(self) -> None:
        """Close the connection; a later call opens another."""
        with self._connecting:
            if self._connected is not None:
                self._connected.close()
                self._connected = None

    @classmethod
    def alone(cls) -> AbstractContextManager[object]:
        """Keep this process's other threads from writing, for what takes several calls."""
        return cls._writing

    # Collections

    def make(self, name: str, dim: int) -> None:
        """Make a collection of vectors where there is none, and have it answer."""
        with _ours(self.address), self._writing:
            make_vectors(self._client, name, dim, self.address, TIMEOUT_S)

    def drop(self, name: str) -> None:
        """Drop a collection with all that is in it."""
        with _ours(self.address), self._writing:
            self._client.drop_collection(name, timeout=TIMEOUT_S)

    def has(self, name: str) -> bool:
        """Return whether there is such a collection."""
        with _ours(self.address):
            return bool(self._client.has_collection(name, timeout=TIMEOUT_S))

    def load(self, name: str) -> None:
        """Have a collection answer: a server that was started again has let go of it."""
        with _ours(self.address):
            self._client.load_collection(name, timeout=TIMEOUT_S)

    # Records

    def record(self, name: str) -> str | None:
        """Return what is recorded of a collection; None where nothing is."""
        with _ours(self.address):
            rows = self._client.query(
                RECORDS, filter=f'name == "{name}"', output_fields=["name", "record"], timeout=TIMEOUT_S
            )
            return str(rows[0]["record"]) if rows else None

    def put_record(self, name: str, record: str) -> None:
        """Record something of a collection, in place of what was."""
        self.upsert(RECORDS, [{"name": name, "record": record, "place": [0.0, 1.0]}])

    # Rows

    def upsert(self, name: str, rows: list[dict[str, object]]) -> None:
        """Write rows, each in place of the one with its key."""
        with _ours(self.address), self._writing:
            self._client.upsert(name, rows, timeout=TIMEOUT_S)

    def delete(self, name: str, ids: Ids) -> int:
        """Delete rows and return how many were there; the server itself does not tell."""
        expression = _among(ids)
        with _ours(self.address), self._writing:
            found = self._client.query(name, filter=expression, output_fields=["id"], timeout=TIMEOUT_S)
            if found:
                self._client.delete(name, ids=[row["id"] for row in found], timeout=TIMEOUT_S)
            return len(found)

    def count(self, name: str) -> int:
        """Return how many rows there are."""
        with _ours(self.address):
            (row,) = self._client.query(name, filter="", output_fields=["count(*)"], timeout=TIMEOUT_S)
            return int(row["count(*)"])

    def rows(self, name: str, ids: Ids) -> list[dict[str, Any]]:
        """Return rows by id, with their vectors, in any order."""
        with _ours(self.address):
            return list(self._client.query(name, filter=_among(ids), output_fields=["id", "vector"], timeout=TIMEOUT_S))

    def all_rows(self, name: str, fields: Sequence[str], batch: int) -> Iterator[list[dict[str, Any]]]:
        """Yield all rows in order of id, batch by batch, each as it is when it is read.

        pymilvus's own iterator asks for a time stamp that Milvus Lite cannot give; its two options are what makes a
        server sort a limited answer.
        """
        last = -1
        while True:
            with _ours(self.address):
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

    def nearest(
        self, name: str, queries: Vectors, fetch: int, allowed: Ids | None, effort: float
    ) -> list[list[dict[str, Any]]]:
        """Return for every query the rows that the server finds nearest, with their vectors.

        Args:
            name: of the collection.
            queries: float32 (q, dim).
            fetch: how many of each, 1 to `DEEPEST`.
            allowed: when given, only rows with these ids.
            effort: how wide a graph is searched, 0..1.
        """
        parameters = {} if self.address.method == "flat" else {"ef": _search_width(fetch, effort)}
        with _ours(self.address):
            answer = self._client.search(
                name,
                data=list(queries),
                limit=fetch,
                filter="" if allowed is None else _among(allowed),
                output_fields=["vector"],
                search_params={"metric_type": self.address.metric.upper(), "params": parameters},
                anns_field="vector",
                timeout=TIMEOUT_S,
            )
            return [[{"id": hit["id"], "vector": hit["entity"]["vector"]} for hit in hits] for hits in answer]

    @property
    def _client(self) -> "MilvusClient":
        with self._connecting:
            if self._connected is None:
                client = _connect(self.address)
                with _ours(self.address):
                    make_records(client, TIMEOUT_S)
                self._connected = client
            return self._connected


@contextmanager
def _ours(address: MilvusAddress) -> Iterator[None]:
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


def _connect(address: MilvusAddress) -> "MilvusClient":
    """Return a connection."""
    from pymilvus import MilvusClient

    # What goes wrong is raised, and told once where it is handled; the client would log it with a traceback as well.
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if address.is_file:
        try:
            Path(address.uri).parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise IndexUnavailable(f"{address.uri} cannot be made: {exc.strerror}", remedy=_LITE_REMEDY) from exc
    with _ours(address):
        return MilvusClient(address.uri, token=address.token.get_secret_value(), timeout=TIMEOUT_S)


def _search_width(fetch: int, effort: float) -> int:
    """Return how many neighbours a graph search keeps in view (`ef`): from just those asked for to 64 times them."""
    return min(int(fetch * 64**effort), 2 * DEEPEST)


def _among(ids: Ids) -> str:
    return f"id in {ids.tolist()}"
