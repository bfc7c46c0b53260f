"""Nearest neighbours in a collection of Milvus."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from errors import ContractBroken
from search.vector_index.arguments import checked_addition, checked_id_set, checked_queries
from search.vector_index.contract import (
    NO_ID,
    Ids,
    IndexIdentity,
    IndexMemory,
    Neighbours,
    SearchReport,
    Vectors,
)
from search.vector_index.exact import scan
from search.vector_index.half_precision import widen
from search.vector_index.milvus.client import DEEPEST, Milvus
from search.vector_index.milvus.record import collection_name, write_record
from search.vector_index.segment import Rowset, Segment

REQUEST_BYTES = 8 * 2**20
"""Vectors in one request or answer: a server's own limit is 64 MiB."""
SPARE = 16
"""Neighbours asked for beyond k: the server's metric may order what float16 made nearly equal otherwise than we do."""
IDS_IN_FILTER = 10_000
FEW_ALLOWED = 1000
"""Up to so many allowed pictures are scored here, which is exact: their vectors come in about one answer."""


class MilvusIndex:
    """Nearest neighbours in a collection of Milvus.

    The server chooses what to look at; what it finds is scored here again, on float16, so that scores are cosines to
    the last bit as those of every other index. Among more than `SPARE` vectors that tie with the k-th, the server
    chooses. One request of up to `REQUEST_BYTES` is seen whole or not at all; reads are strongly consistent.
    """

    def __init__(self, milvus: Milvus, identity: IndexIdentity, change: int) -> None:
        """Name a collection that is there; `MilvusHome` makes and opens them."""
        self.identity = identity
        self._milvus = milvus
        self._name = collection_name(identity)
        self._change = change
        self._count: int | None = None
        self._rows_at_once = max(1, min(REQUEST_BYTES // (4 * identity.dim), DEEPEST))

    def __len__(self) -> int:
        """Return how many vectors it held at this process's last look: every page tells it, also while Milvus rests."""
        if self._count is None:
            self._count = self._milvus.count(self._name)
        return self._count

    @property
    def change(self) -> int:
        """Number of the last catalogue change that this process knows to be in the collection."""
        return self._change

    @change.setter
    def change(self, number: int) -> None:
        write_record(self._milvus, self.identity, number)
        self._change = number
        self._count = self._milvus.count(self._name)

    @property
    def memory(self) -> IndexMemory:
        """Nothing of this process: the vectors are the server's."""
        return IndexMemory(mapped_bytes=0, private_bytes=0)

    def ids(self) -> Ids:
        """Return the ids it holds, in ascending order."""
        pages = self._milvus.all_rows(self._name, ["id"], DEEPEST)
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
            self._milvus.upsert(self._name, [{"id": one, "vector": vector} for one, vector in pairs])

    def fill(self, batches: Iterable[tuple[Ids, Vectors]]) -> None:
        """Upsert many vectors, batch by batch; the arguments and errors of `add`."""
        for ids, vectors in batches:
            self.add(ids, vectors)

    def remove(self, ids: Ids) -> int:
        """Remove vectors and return how many were there; unknown ids are passed over."""
        ids = checked_id_set(ids)
        self._count = None
        return sum(self._milvus.delete(self._name, ids[some]) for some in _slices(len(ids), IDS_IN_FILTER))

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
        is_flat = self._milvus.address.method == "flat"
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
        filters = [None] if allowed is None else [allowed[part] for part in _slices(len(allowed), IDS_IN_FILTER)]
        is_flat = self._milvus.address.method == "flat"
        parts: list[Neighbours] = []
        for some in _slices(len(queries), max(1, self._rows_at_once // fetch)):
            asked = [self._milvus.nearest(self._name, queries[some], fetch, one, effort) for one in filters]
            for number, query in enumerate(queries[some]):
                found = [self._scored(self._segment(rows[number]), query[np.newaxis], k) for rows in asked]
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
            pages = self._milvus.all_rows(self._name, ["id", "vector"], self._rows_at_once)
            segments: Iterator[Segment] = map(self._segment, pages)
        else:
            segments = self._segments_of(allowed)
        best = _best([], len(queries), k)
        for segment in segments:
            best = _best([best, self._scored(segment, queries, k)], len(queries), k)
        return best

    def _segments_of(self, ids: Ids) -> Iterator[Segment]:
        for some in _slices(len(ids), min(self._rows_at_once, IDS_IN_FILTER)):
            yield self._segment(self._milvus.rows(self._name, ids[some]))

    def _segment(self, rows: Sequence[Mapping[str, Any]]) -> Segment:
        """Return rows as they come from Milvus, in ascending order of id."""
        ids = np.array([row["id"] for row in rows], np.int64)
        order = np.argsort(ids)
        vectors = np.array([rows[place]["vector"] for place in order], np.float32).reshape(-1, self.identity.dim)
        return Segment.of(ids[order], vectors.astype("<f2"), np.empty((0, len(ids)), "<u8"))

    def _scored(self, segment: Segment, queries: Vectors, k: int) -> Neighbours:
        return scan(Rowset(segment, Segment.empty(self.identity.dim, 0)), queries, k, None)


def _slices(count: int, step: int) -> Iterator[slice]:
    return (slice(start, start + step) for start in range(0, count, step))


def _best(parts: Sequence[Neighbours], queries: int, k: int) -> Neighbours:
    """Return the best k of exact answers over disjoint sets of vectors."""
    ids = np.concatenate([np.full((queries, k), NO_ID, np.int64), *(part.ids for part in parts)], axis=1)
    scores = np.concatenate([np.full((queries, k), -np.inf, np.float32), *(p.scores for p in parts)], axis=1)
    order = np.lexsort((ids, -scores))[:, :k]
    report = SearchReport(sum(part.report.candidates for part in parts), estimated_recall=1.0, exact=True)
    return Neighbours(np.take_along_axis(ids, order, 1), np.take_along_axis(scores, order, 1), report)
