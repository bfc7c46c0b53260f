"""What an index's searches find and cost on its own vectors, at one recall after another, and which to aim at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean, median, stdev
from time import perf_counter

import numpy as np

from data.records import DescriptorKind
from errors import BadRequest, ContractBroken
from search.query import Engine
from search.vector_index.address import MemoryAddress, method_of
from search.vector_index.contract import Ids, VectorIndex, Vectors
from search.vector_index.lsh import LSHIndex
from search.vector_index.plan import LEAST_RECALL, MOST_RECALL, effort_for
from search.words import count

WANTED = (0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
QUERIES = 300
NEIGHBOURS = 10
_SCANS = 20
"""Queries that time an exact scan: whether there is one holds for all queries, and what it finds is known."""
_HIGHER = (1.0, 0.8, 0.6, 0.4, 0.2)
"""Shares of what may be missed that are tried, from the wanted recall on."""
_MARGIN = 1.64
"""Standard errors by which a recall must be passed: the true one is then above it 19 times of 20."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """How searches go at one wanted recall.

    Attributes:
        wanted: share of the true neighbours, 0..1.
        expected: what the index tells with its answers.
        found: what it found of the exact scan's answers, to queries drawn apart from those it was measured with.
        error: of found, the standard error that comes of asking so few.
        candidates: vectors scored a query, the mean.
        median_ms: of a query by itself.
        is_exact: whether scoring everything costs less.
    """

    wanted: float
    expected: float
    found: float
    error: float
    candidates: float
    median_ms: float
    is_exact: bool


@dataclass(frozen=True, slots=True)
class IndexTuning:
    """What was tried on an index, and what it aims at from now on.

    Attributes:
        kind: of the descriptors it holds.
        pictures: it holds.
        asked: of these, that searched for their neighbours.
        neighbours: that each searched for, itself among them, which does not count as found.
        wanted: share of the true neighbours that was asked for, 0..1.
        tried: ascending by what was aimed at.
        chosen: the least aim, not under what was wanted, that found as much with a margin; the highest if none did.
    """

    kind: DescriptorKind
    pictures: int
    asked: int
    neighbours: int
    wanted: float
    tried: tuple[Tuned, ...]
    chosen: Tuned

    @property
    def is_reached(self) -> bool:
        """Whether what was chosen found what was wanted."""
        return self.chosen.found >= self.wanted

    def lines(self) -> Iterator[str]:
        """Yield it line by line, for people."""
        yield f"{self.kind}: {count(self.pictures, 'picture')}"
        if all(one.is_exact for one in self.tried):
            yield (
                "  So few are all scored, which finds everything. "
                f"A recall of {_percent(self.wanted)} is aimed at once there are so many that it saves time."
            )
            return
        yield f"  {count(self.asked, 'picture')} searched for the {self.neighbours} nearest, beside an exact scan:"
        yield "   aim at  expected    found           candidates  ms a query"
        for one in self.tried:
            shares = f"{_percent(one.wanted):>9} {_percent(one.expected):>9}{_percent(one.found):>9}"
            notes = [note for note, holds in (("all scored", one.is_exact), ("chosen", one is self.chosen)) if holds]
            costs = f"{one.candidates:>12,.0f}{one.median_ms:>12.2f}"
            yield f"{shares} ± {one.error:>6.2%}{costs}  {', '.join(notes)}".rstrip()
        if not self.is_reached:
            yield f"  None found {_percent(self.wanted)}: RETRACE_INDEX_URL=exact: finds everything, at more cost."


def wanted_recall(index_url: str, recall: float | None = None) -> float:
    """Return the recall to tune the indexes of an address to; nothing is opened or connected to.

    Args:
        index_url: as in the setting.
        recall: share of the true neighbours, 0.5..0.9995; None for what the address says.
    Raises:
        BadRequest: indexes of this address are not tuned, or not to this.
        BadInput: the address itself cannot be read.
    """
    method = method_of(index_url)
    if method == "exact":
        raise BadRequest(
            "expected an index that searches by signatures; RETRACE_INDEX_URL is exact:, which scores every picture",
            remedy="There is nothing to tune: it finds everything. Where that is too slow set RETRACE_INDEX_URL=lsh:",
        )
    if method is None:
        raise BadRequest(
            "expected an index that searches by signatures; that of RETRACE_INDEX_URL is searched by its server",
            remedy="Choose how the server searches with ?method=flat or ?method=hnsw at the end of RETRACE_INDEX_URL, "
            "or set RETRACE_INDEX_URL=lsh: to tune.",
        )
    usual = MemoryAddress.parse(index_url).recall
    if recall is None:
        return usual
    if not LEAST_RECALL <= recall <= MOST_RECALL:
        raise BadRequest(
            f"expected a recall from {LEAST_RECALL} to {MOST_RECALL}; received {recall}",
            remedy="Give the share of the true neighbours to find, such as .98; exact: as RETRACE_INDEX_URL finds all.",
        )
    return recall


def tune_engine(engine: Engine, recall: float) -> tuple[IndexTuning, ...]:
    """Tune both indexes of an engine to a recall, one after the other, and save each for every other process.

    Args:
        engine: over LSH indexes, which answer meanwhile.
        recall: share of the true neighbours to find, from `wanted_recall`.
    Raises:
        CatalogueUnavailable: the catalogue cannot be read.
        StorageUnavailable: the folder of the snapshots cannot be written.
    """
    work = partial(tune_to, recall=recall)
    return tuple(live.refine(work) for live in (engine.copies, engine.similars))


def tune_to(index: VectorIndex, recall: float) -> IndexTuning:
    """Measure an LSH index anew, and let it aim at what finds the wanted share of its own vectors' neighbours.

    What is aimed at is never less than what is wanted: that less sufficed for some queries may be luck.

    Args:
        index: it answers meanwhile; save it to keep what was chosen.
        recall: share of the true neighbours to find, 0.5..0.9995.
    """
    if not isinstance(index, LSHIndex):
        raise ContractBroken(f"expected an index that searches by signatures; received {type(index).__name__}")
    wanted = round(recall, 4)  # what an index can keep
    higher = {round(1 - share * (1 - wanted), 4) for share in _HIGHER}
    tried = tune(index, wanted=sorted({*WANTED, MOST_RECALL, *(aim for aim in higher if aim < MOST_RECALL)}))
    enough = (one for one in tried if one.wanted >= wanted and one.found - _MARGIN * one.error >= wanted)
    chosen = next(enough, tried[-1])
    index.tune_to(chosen.wanted)
    size = len(index)
    return IndexTuning(index.identity.kind, size, min(QUERIES, size), NEIGHBOURS, wanted, tried, chosen)


def tune(index: LSHIndex, *, k: int = NEIGHBOURS, wanted: Sequence[float] = WANTED, seed: int = 1) -> tuple[Tuned, ...]:
    """Draw directions and measure their depths anew, then try them on other vectors of the index.

    A vector that is searched for finds itself: it is left out of what counts as found.

    Args:
        index: it answers meanwhile, and better afterwards; save it to keep what was measured.
        k: neighbours, at least 2: the vector itself, and others that count. One more would be another plan than that of
            a search for k.
        wanted: recalls to try.
        seed: of the choice of queries.
    """
    index.measure_again()
    ids = index.ids()
    chosen = np.sort(np.random.default_rng(seed).choice(ids, min(QUERIES, len(ids)), replace=False))
    _, queries = index.vectors(chosen)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    true = index.search(queries, k, effort=1.0).ids
    return tuple(_try(index, recall, chosen, queries, true) for recall in wanted)


def _try(index: LSHIndex, recall: float, ids: Ids, queries: Vectors, true: Ids) -> Tuned:
    """Let each query search by itself at one recall.

    Args:
        index: searched.
        recall: aimed at.
        ids: of the vectors that the queries are, int64 (q,).
        queries: float32 (q, dim), L2 norm 1.
        true: int64 (q, k), what an exact scan finds, most often the query among it.
    """
    # An effort of 1 scores everything, where an index that aims as high makes a plan.
    effort, k = min(effort_for(recall), 1 - 1e-9), true.shape[1]
    reports, times_ms, shares = [], [], []
    for own_id, query, near in zip(ids, queries, true, strict=True):
        start = perf_counter()
        answer = index.search(query[np.newaxis], k, effort=effort)
        times_ms.append((perf_counter() - start) * 1e3)
        reports.append(answer.report)
        shares.append(float(np.isin(near[near != own_id], answer.ids[0]).mean()))
        if answer.report.exact and len(reports) == _SCANS:
            break
    asked = len(reports)
    return Tuned(
        wanted=recall,
        expected=fmean(report.estimated_recall for report in reports) if asked else 1.0,
        found=fmean(shares) if asked else 1.0,
        error=stdev(shares) / asked**0.5 if asked > 1 else 0.0,
        candidates=fmean(report.candidates for report in reports) if asked else 0.0,
        median_ms=median(times_ms) if asked else 0.0,
        is_exact=all(report.exact for report in reports),
    )


def _percent(share: float) -> str:
    return f"{share:.2%}"
