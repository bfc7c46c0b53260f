"""The same vectors in several indexes: what each finds, and how fast."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from errors import IndexUnavailable, PartMissing
from evaluation.experiments.label_agreement import Classes, Places, measure_agreement
from evaluation.index_benchmark.engines.original_lsh import BITS, TABLES, OriginalLSH
from feature_extractor.backbones import Features
from search.vector_index.contract import IndexIdentity
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from search.vector_index.milvus.address import MilvusAddress
from search.vector_index.milvus.home import MilvusHome

K = 10
_CHUNK = 1_000
"""Rows that are inserted at a time."""

Search = Callable[[Features], Places]


@dataclass(frozen=True, slots=True)
class IndexTrial:
    """What an index did.

    Attributes:
        name: as the table shows it.
        build_s: to take the vectors in, learning included.
        median_ms: of single queries.
        recall: share of the true ten that it finds.
        precision_at_10: share of what it finds that is of the query's class.
        absent: why nothing was measured; empty where it was.
    """

    name: str
    build_s: float = 0.0
    median_ms: float = 0.0
    recall: float = 0.0
    precision_at_10: float = 0.0
    absent: str = ""


def try_indexes(
    base: Features, queries: Features, kept: Classes, asked: Classes, *, milvus: MilvusAddress | None
) -> tuple[IndexTrial, ...]:
    """Return what the exact scan, our LSH, the ancestor's LSH and Milvus find for the same queries.

    Args:
        base: float32 (n, dim), L2 norm 1.
        queries: float32 (q, dim), likewise.
        kept, asked: classes of both.
        milvus: a file, server or managed service; None: a Milvus Lite file that goes afterwards.
    """
    dim = base.shape[1]
    identity = IndexIdentity(model_id="00" * 32, kind="similar", dim=dim, catalogue_id="experiment")
    true = _run("exact scan", lambda: _own(ExactIndex(identity), base), queries)
    others = [
        _run("random-vector LSH", lambda: _own(LSHIndex(identity), base), queries),
        _run(f"the original's LSH: {BITS} bits, {TABLES} tables", lambda: _original(base), queries),
        _milvus(base, queries, identity, milvus),
    ]
    return tuple(
        trial if trial.absent else _judged(trial, found, true[1], kept, asked) for trial, found in (true, *others)
    )


def _run(name: str, build: Callable[[], Search], queries: Features) -> tuple[IndexTrial, Places]:
    """Build an index and ask it every query by itself."""
    started = time.perf_counter()
    search = build()
    built_s = time.perf_counter() - started
    search(queries[:1])  # what is done once is not a query's time
    found, times = np.full((len(queries), K), -1, np.intp), []
    for row in range(len(queries)):
        started = time.perf_counter()
        found[row] = search(queries[row : row + 1])[0]
        times.append(1000 * (time.perf_counter() - started))
    return IndexTrial(name, built_s, float(np.median(times))), found


def _judged(trial: IndexTrial, found: Places, true: Places, kept: Classes, asked: Classes) -> IndexTrial:
    recall = float(np.mean([len(np.intersect1d(*rows)) / K for rows in zip(found, true, strict=True)]))
    return replace(trial, recall=recall, precision_at_10=measure_agreement(found, asked, kept).precision_at_10)


def _own(index: ExactIndex | LSHIndex, base: Features) -> Search:
    index.add(np.arange(len(base)), base)
    index.compact()
    return lambda queries: index.search(queries, K).ids


def _original(base: Features) -> Search:
    index = OriginalLSH(Path(), dim=base.shape[1], size=len(base), threads=1)  # the folder is for saving it
    index.add(np.arange(len(base)), base)
    return lambda queries: index.search(queries, K, index.settings[0])


def _milvus(
    base: Features, queries: Features, identity: IndexIdentity, address: MilvusAddress | None
) -> tuple[IndexTrial, Places]:
    nothing = np.full((len(queries), K), -1, np.intp)
    try:
        with _milvus_home(address) as home:
            name = f"Milvus{' Lite' if home.address.is_file else ''}, {home.address.method}, {home.address.metric}"

            def build() -> Search:
                index = home.new(identity)
                for start in range(0, len(base), _CHUNK):
                    rows = np.arange(start, min(start + _CHUNK, len(base)))
                    index.add(rows, base[rows])
                return lambda queries: index.search(queries, K).ids

            try:
                return _run(name, build, queries)
            finally:
                home.drop(identity)
    except (PartMissing, IndexUnavailable) as exc:
        return IndexTrial("Milvus", absent=str(exc)), nothing


@contextmanager
def _milvus_home(address: MilvusAddress | None) -> Iterator[MilvusHome]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = MilvusHome(address or MilvusAddress(f"{folder}/index.db"))
        try:
            yield home
        finally:
            home.close()
