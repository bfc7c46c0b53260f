"""The random-vector LSH index: signatures choose candidates, exact scores rank them.

A query passes up to four stages, each cheaper a vector than the next: the groups of rows whose leading bits it most
likely shares, the first words of the signatures in them, all words, the exact cosine. How many pass each is a plan made
from what the index measured on its own vectors, for the recall that is wanted.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from errors import SnapshotRefused
from search.vector_index.arrangement import Arrangement, arrange_by_group, arrange_by_id
from search.vector_index.coder import WORD_BITS, Coder, Words, fit_coder, pack_signs
from search.vector_index.contract import IndexIdentity, Neighbours, Rows, SearchReport, Vectors
from search.vector_index.exact import scan
from search.vector_index.groups import BLOCK_ROWS, bits_for, group_of
from search.vector_index.half_precision import Halves, widen
from search.vector_index.hamming import Distances, Signature, distances, nearest, signatures_of
from search.vector_index.measured import Measured, measure
from search.vector_index.plan import WANTED_RECALL, Plan, Planner, recall_for
from search.vector_index.ranking import Ranking
from search.vector_index.segment import Rowset, Segment
from search.vector_index.segmented import SegmentedIndex, State
from search.vector_index.snapshot import OpenedSnapshot

BITS = 256
SEED = 20160424
_SHARED_AT_LEAST = 8
"""Fewer queries at once are not worth the threads to share them among the cores."""
_SAMPLE = 20_000
"""Vectors that directions are drawn from."""
_TUNED = "recall_per_10_000"
"""The number in a snapshot that tells what recall its index was tuned to; absent where it was not."""
_RECALL_UNIT = 10_000


@dataclass(frozen=True, slots=True)
class Coding:
    """How signatures are made, how well they find, and what searches follow from that."""

    coder: Coder
    measured: Measured
    planner: Planner


@dataclass(frozen=True, slots=True)
class SignatureAgreement:
    """What the signatures of a query and of another vector have in common.

    Attributes:
        bits: of a signature.
        equal_bits: that are the same in both.
        group_bits: leading bits that tell a row's group; 0 where the rows are in no groups.
        equal_group_bits: of these, that are the same: all of them where both are of one group.
        is_probed: a search for the query looks into the group of the other; None where it scores everything.
    """

    bits: int
    equal_bits: int
    group_bits: int
    equal_group_bits: int
    is_probed: bool | None


class LSHIndex(SegmentedIndex[Coding | None]):
    """Random-vector LSH with exact re-rank.

    Directions are drawn from the vectors themselves when rows are first compacted; before that there are no signatures,
    and all is scored.
    """

    method: ClassVar[str] = "lsh"
    fitted_at_least: ClassVar[int] = 2048
    """Fewer vectors than this are always scored exactly, which costs less than to learn how not to."""
    fitted_again: ClassVar[int] = 4
    """Directions are drawn anew once the index has grown so many times since."""
    measured_again: ClassVar[float] = 2.0
    """And what they find is measured anew once it has grown or shrunk so many times."""

    def __init__(
        self, identity: IndexIdentity, *, bits: int = BITS, seed: int = SEED, recall: float = WANTED_RECALL
    ) -> None:
        """Start empty, at change 0.

        Args:
            identity: what vectors it will hold.
            bits: of a signature, a multiple of 64.
            seed: of the random directions, and of the vectors it measures itself with.
            recall: share of the true neighbours that a search aims at where it does not say, 0..1.
        """
        self._bits, self._seed = bits, seed
        self.recall = recall
        self.is_tuned = False
        super().__init__(identity, words=bits // WORD_BITS)

    @property
    def measured(self) -> Measured | None:
        """What was measured at the last compaction that asked for it; None before the first."""
        coding = self._state.coding
        return None if coding is None else coding.measured

    def tune_to(self, recall: float) -> None:
        """Aim at this recall, 0..1 in steps of a ten-thousandth, here and wherever a snapshot of the index is opened.

        Rows that come and go later, and what is then measured, do not change it.
        """
        self.recall = round(recall * _RECALL_UNIT) / _RECALL_UNIT
        self.is_tuned = True

    def measure_again(self) -> None:
        """Draw directions from the vectors as they are now, measure how deep searches must look, and compact.

        Readers go on meanwhile; writers wait.
        """
        with self._writing:
            self._state = self._compacted(State(self._state.rowset, None))

    def agreement(self, query: Vectors, other: Vectors, k: int) -> SignatureAgreement | None:
        """Return what the signatures of two vectors have in common; None while the index has no directions.

        Args:
            query: float32 (dim,), L2 norm 1, what is searched for.
            other: likewise; it need not be in the index.
            k: how many neighbours the search wants, which tells how many groups it looks into.
        """
        state = self._state
        if state.coding is None:
            return None
        base, live = state.rowset.base, state.rowset.live
        projections = state.coding.coder.project(np.stack([query, other]))
        words = pack_signs(projections)  # (words, 2)
        differing = int(np.bitwise_count(words[:, 0] ^ words[:, 1]).sum())
        groups = None if base.order is None else base.order.groups
        bits = 0 if groups is None else groups.bits
        own, others = group_of(words[0], bits).tolist()
        plan = state.coding.planner.plan(size=live, eligible=live, queries=1, k=k, recall=self.recall)
        is_probed = None
        if plan is not None:
            is_probed = groups is None or others in groups.probed(projections[0], _rows_to_probe(plan, base))
        return SignatureAgreement(
            bits=self._bits,
            equal_bits=self._bits - differing,
            group_bits=bits,
            equal_group_bits=bits - int(own ^ others).bit_count(),
            is_probed=is_probed,
        )

    def _search(
        self, state: State[Coding | None], queries: Vectors, k: int, allowed: Rows | None, effort: float | None
    ) -> Neighbours:
        rowset, coding = state.rowset, state.coding
        eligible = rowset.live if allowed is None else len(allowed)
        if coding is None or effort == 1:
            return scan(rowset, queries, k, allowed)
        plan = coding.planner.plan(
            size=rowset.live,
            eligible=eligible,
            queries=len(queries),
            k=k,
            recall=self.recall if effort is None else recall_for(effort),
        )
        if plan is None:
            return scan(rowset, queries, k, allowed)
        projections = coding.coder.project(queries)  # (q, bits)
        signatures = signatures_of(projections)
        ranking = Ranking(len(queries), k)

        def answer(numbers: range) -> int:
            """Settle some of the queries and return how many rows were scored."""
            candidates = 0
            for number in numbers:
                rows = _candidates(rowset, projections[number], signatures[number], plan, allowed)
                if len(rows) < min(k, eligible):  # what lay near was removed
                    rows = rowset.rows_by_id() if allowed is None else allowed
                ranking.settle(number, rowset, rows, queries[number])
                candidates += len(rows)
            return candidates

        cores = len(os.sched_getaffinity(0)) if len(queries) >= _SHARED_AT_LEAST else 1
        if cores == 1:
            candidates = answer(range(len(queries)))
        else:  # most of the work is done by NumPy without the interpreter's lock
            with ThreadPoolExecutor(cores) as threads:
                shares = [range(first, len(queries), cores) for first in range(cores)]
                candidates = sum(threads.map(answer, shares))
        return ranking.neighbours(SearchReport(candidates, plan.recall, exact=False))

    def _first_coding(self) -> None:
        return None

    def _sign(self, coding: Coding | None, halves: Halves) -> Words:
        return np.zeros((self.words, len(halves)), "<u8") if coding is None else coding.coder.sign(halves)

    def _arranged(self, state: State[Coding | None]) -> tuple[Arrangement, Coding | None]:
        by_id, coding = arrange_by_id(state.rowset), state.coding
        count = len(by_id.ids)
        if count < self.fitted_at_least:
            return by_id, coding
        bits = bits_for(count)
        if coding is None or count >= self.fitted_again * coding.coder.drawn_from:
            coder = self._fitted(by_id)
            by_id = by_id.signed_by(coder)
            measured = None
        else:
            coder, measured = coding.coder, coding.measured
        if measured is None or not 1 / self.measured_again < count / measured.rows < self.measured_again:
            measured = measure(coder, by_id, bits, self._seed)
            coding = Coding(coder, measured, Planner(measured))
        return arrange_by_group(by_id, bits), coding

    def _fitted(self, by_id: Arrangement) -> Coder:
        count = len(by_id.rows)
        chosen = np.sort(np.random.default_rng(self._seed).choice(count, min(_SAMPLE, count), replace=False))
        sample = widen(by_id.source.halves(by_id.rows[chosen]))
        return fit_coder(sample, self._bits, self._seed, lead=bits_for(count), drawn_from=count)

    def _kept(self, coding: Coding | None) -> tuple[Mapping[str, int], Mapping[str, NDArray[np.generic]]]:
        parameters = {"bits": self._bits, "seed": self._seed}
        if self.is_tuned:
            parameters[_TUNED] = round(self.recall * _RECALL_UNIT)
        if coding is None:
            return parameters, {}
        coder, measured = coding.coder, coding.measured
        parameters |= {"lead": coder.lead, "drawn_from": coder.drawn_from, "measured_rows": measured.rows}
        depths = {name: getattr(measured, stage) for name, stage in _DEPTHS.items()}
        return parameters, {"directions": coder.directions, "thresholds": coder.thresholds, **depths}

    @classmethod
    def _restored(cls, opened: OpenedSnapshot) -> tuple[Self, Coding | None]:
        identity, parameters = opened.snapshot.identity, opened.snapshot.parameters
        bits = parameters.get("bits", 0)
        if bits < WORD_BITS or opened.rows.words.shape != (bits // WORD_BITS, len(opened.rows)):
            raise SnapshotRefused("the signatures of an index snapshot do not have the bits it tells")
        index = cls(identity, bits=bits, seed=parameters.get("seed", 0))
        tuned = tuned_recall(parameters)
        if tuned is not None:
            index.tune_to(tuned)
        if "drawn_from" not in parameters:
            return index, None
        directions, thresholds = (_floats(opened, name) for name in ("directions", "thresholds"))
        if (directions.shape, thresholds.shape) != ((bits, identity.dim), (bits,)):
            raise SnapshotRefused("the random directions of an index snapshot do not fit its signatures")
        depths = {stage: _floats(opened, name) for name, stage in _DEPTHS.items()}
        if (
            len({array.shape for array in depths.values()}) != 1
            or depths["whole"].ndim != 2
            or not depths["whole"].size
        ):
            raise SnapshotRefused("what an index snapshot measured of itself does not fit together")
        coder = Coder(directions, thresholds, parameters.get("lead", 0), parameters["drawn_from"])
        measured = Measured(parameters.get("measured_rows", 0), **depths)
        return index, Coding(coder, measured, Planner(measured))


def tuned_recall(parameters: Mapping[str, int]) -> float | None:
    """Return the recall that a snapshot's index was tuned to, by its parameters; None where it was tuned to none."""
    found = parameters.get(_TUNED)
    return None if found is None else min(max(found, 0), _RECALL_UNIT) / _RECALL_UNIT


_DEPTHS = {f"depths_{stage}": stage for stage in ("groups", "first", "second", "whole")}
"""The arrays of a snapshot that hold what was measured, by stage."""


def _floats(opened: OpenedSnapshot, name: str) -> NDArray[np.float32]:
    array = opened.own_arrays.get(name)
    if array is None or array.dtype != np.float32:
        raise SnapshotRefused(f"an index snapshot lacks its {name}")
    return array.view(np.float32)


def _candidates(
    rowset: Rowset, projections: NDArray[np.float32], signature: Signature, plan: Plan, allowed: Rows | None
) -> Rows:
    """Return the live rows to score exactly."""
    compared = plan.first_words
    if allowed is None:
        rows, found = _survivors(rowset, projections, signature, plan)
    else:
        rows = allowed
        found = distances([rowset.word(number, rows) for number in range(compared)], signature)
        if plan.survivors < len(rows):
            nearer = nearest(found, plan.survivors, signature.greatest[compared - 1])
            rows, found = rows[nearer], found[nearer]
    if plan.candidates < len(rows):
        if further := [rowset.word(number, rows) for number in range(compared, len(signature.words))]:
            found = found + distances(further, signature, first=compared)
        rows = rows[nearest(found, plan.candidates, signature.greatest[-1])]
    return rows


def _survivors(
    rowset: Rowset, projections: NDArray[np.float32], signature: Signature, plan: Plan
) -> tuple[Rows, Distances]:
    """Return the live rows that are nearest by their first words, of the groups worth a look and of the delta.

    Their distances by these words come with them.
    """
    base, delta = rowset.base, rowset.delta
    whole = len(base) // BLOCK_ROWS
    if base.order is None:
        blocks = np.arange(whole)
    else:
        blocks = base.order.groups.probe(projections, _rows_to_probe(plan, base))
    in_blocks = len(blocks) * BLOCK_ROWS

    def read(of_base: NDArray[Any], of_delta: NDArray[Any]) -> NDArray[Any]:
        """Return what stands beside the rows of the blocks, those behind the last whole block, and the delta."""
        behind = of_base[whole * BLOCK_ROWS :]
        together = np.empty(in_blocks + len(behind) + len(of_delta), of_base.dtype)
        in_whole = of_base[: whole * BLOCK_ROWS].reshape(whole, BLOCK_ROWS)
        in_whole.take(blocks, axis=0, out=together[:in_blocks].reshape(-1, BLOCK_ROWS), mode="clip")  # unbuffered
        together[in_blocks : in_blocks + len(behind)] = behind
        together[in_blocks + len(behind) :] = of_delta
        return together

    first = [read(base.words[number], delta.words[number]) for number in range(plan.first_words)]
    found = distances(first, signature)
    greatest = signature.greatest[plan.first_words - 1]
    if base.alive is not None or delta.alive is not None:
        found[~read(_alive(base), _alive(delta))] = np.iinfo(found.dtype).max
    places = nearest(found, plan.survivors, greatest)
    inside = places[: np.searchsorted(places, in_blocks)]
    rows: Rows = places + (whole * BLOCK_ROWS - in_blocks)  # of those behind the blocks
    rows[: len(inside)] = blocks[inside // BLOCK_ROWS] * BLOCK_ROWS + inside % BLOCK_ROWS
    return rows, found[places]


def _rows_to_probe(plan: Plan, base: Segment) -> int:
    """Return how many rows the probed groups shall hold: removed ones still lie there, so that many more."""
    return -(-plan.probed * len(base) // max(1, base.live))


def _alive(segment: Segment) -> NDArray[np.bool_]:
    return np.ones(len(segment), np.bool_) if segment.alive is None else segment.alive
