"""The random-vector LSH index: signatures choose candidates, exact scores rank them.

A query passes up to three stages, each cheaper a vector than the next: the first words of the signature (large
indexes only), all words, the exact cosine. How many pass each is a plan made from the size, k and the wanted effort.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from errors import SnapshotRefused
from search.vector_index.contract import IndexIdentity, Neighbours, Rows, SearchReport, Vectors
from search.vector_index.exact import scan
from search.vector_index.half_precision import Halves
from search.vector_index.hamming import hamming, nearest
from search.vector_index.plan import Plan, make_plan
from search.vector_index.ranking import Ranking
from search.vector_index.recall import Cutoff, expected_recall
from search.vector_index.segment import Rowset, Words
from search.vector_index.segmented import SegmentedIndex
from search.vector_index.signatures import WORD_BITS, draw_directions, sign, sign_halves
from search.vector_index.snapshot import OpenedSnapshot

BITS = 256
SEED = 20160424


@dataclass(frozen=True, slots=True)
class _Query:
    """One query and what is known of it.

    Attributes:
        vector: float32 (dim,).
        projections: float32 (bits,).
        signature: uint64 (words,).
    """

    vector: NDArray[np.float32]
    projections: NDArray[np.float32]
    signature: NDArray[np.uint64]


class LSHIndex(SegmentedIndex):
    """Random-vector LSH with exact re-rank."""

    method: ClassVar[str] = "lsh"

    def __init__(
        self,
        identity: IndexIdentity,
        *,
        bits: int = BITS,
        seed: int = SEED,
        directions: NDArray[np.float32] | None = None,
    ) -> None:
        """Start empty, at change 0.

        Args:
            identity: what vectors it will hold.
            bits: of a signature, a multiple of 64.
            seed: of the random directions.
            directions: float32 (bits, dim), when they were drawn before; a generator's stream and a decomposition's
                last bits may differ from one version of NumPy to the next.
        """
        super().__init__(identity, words=bits // WORD_BITS)
        self._bits, self._seed = bits, seed
        self._directions = draw_directions(identity.dim, bits, seed) if directions is None else directions

    def _search(
        self, rowset: Rowset, queries: Vectors, k: int, allowed: Rows | None, effort: float | None
    ) -> Neighbours:
        eligible = rowset.live if allowed is None else len(allowed)
        plan = make_plan(eligible=eligible, queries=len(queries), k=k, words=self.words, effort=effort)
        if plan is None:
            return scan(rowset, queries, k, allowed)
        projections = queries @ self._directions.T  # (q, bits)
        signatures = sign(projections)  # (words, q)
        ranking = Ranking(len(queries), k)
        candidates, recall = 0, 0.0
        for number in range(len(queries)):
            query = _Query(queries[number], projections[number], signatures[:, number])
            rows, cutoffs = self._candidates(rowset, query, plan, allowed)
            scores = ranking.settle(number, rowset, rows, query.vector)
            candidates += len(rows)
            recall += expected_recall(scores, cutoffs) / len(queries)
        return ranking.neighbours(SearchReport(candidates, recall, exact=False))

    def _candidates(self, rowset: Rowset, query: _Query, plan: Plan, allowed: Rows | None) -> tuple[Rows, list[Cutoff]]:
        """Return the live rows to score exactly, and what they had to pass to be among them."""
        rows, cutoffs = allowed, []
        if rows is None or plan.survivors < len(rows):
            distances = hamming(rowset, rows, query.signature[: plan.first_words])
            passed, cutoff = nearest(distances, plan.survivors, plan.first_words * WORD_BITS)
            rows = passed if rows is None else rows[passed]
            cutoffs.append(cutoff)
        if plan.candidates < len(rows):
            distances = hamming(rowset, rows, query.signature)
            passed, cutoff = nearest(distances, plan.candidates, self._bits)
            rows = rows[passed]
            cutoffs.append(cutoff)
        return rows, cutoffs

    def _sign(self, halves: Halves) -> Words:
        return sign_halves(halves, self._directions)

    def _parameters(self) -> Mapping[str, int]:
        return {"bits": self._bits, "seed": self._seed}

    def _own_arrays(self) -> Mapping[str, NDArray[np.generic]]:
        return {"directions": self._directions}

    @classmethod
    def _restored(cls, opened: OpenedSnapshot) -> Self:
        identity, parameters = opened.snapshot.identity, opened.snapshot.parameters
        directions = opened.own_arrays.get("directions")
        bits = parameters.get("bits", 0)
        shapes = (bits, identity.dim), (bits // WORD_BITS, len(opened.rows))
        if (
            directions is None
            or directions.dtype != np.float32
            or (directions.shape, opened.rows.words.shape) != shapes
        ):
            raise SnapshotRefused("the random directions of an index snapshot do not fit its signatures")
        return cls(identity, bits=bits, seed=parameters.get("seed", 0), directions=directions.view(np.float32))
