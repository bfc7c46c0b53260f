"""What engines are asked: an enlarged base, queries with their right answers, vectors to add and remove."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.index_benchmark.base_file import BaseFile
from evaluation.index_benchmark.kept_arrays import read_or_make
from evaluation.index_benchmark.local_mixture import BLOCK, VERSION, LocalMixture
from evaluation.index_benchmark.neighbourhood import (
    DEPTH,
    Honesty,
    Neighbourhood,
    as_distances,
    describe_neighbourhood,
    expect,
)
from evaluation.index_benchmark.real_pictures import RealDescriptors
from evaluation.index_benchmark.true_neighbours import Found, nearest, right_answers
from search.vector_index.half_precision import widen

NEIGHBOURS = "neighbours"
COPIES = "copies"
K = 10
"""Neighbours that recall counts; of an edited copy only the first."""

_RANDOM_PAIRS = 10_000
_JUDGED = 20  # true answers kept, so that ties with the tenth are seen
_ADDED = 10_000
_OWN = 1000
"""Of a set, how many are looked at that have another one near."""
_PARTS = (8, 4, 2, 1)
"""Of the real ones, by what they are divided."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class QuerySet:
    """Queries with their answers, in files that another process reads.

    Attributes:
        name: NEIGHBOURS or COPIES.
        queries: file of float32 (q, dim).
        right: file of int64 (q, any): rows that are right answers, -1 for none.
        k: answers asked for.
        attainable: share of the right answers that comparing everything finds, 0..1; recall is told relative to it.
    """

    name: str
    queries: str
    right: str
    k: int
    attainable: float


@dataclass(frozen=True, slots=True)
class Task:
    """One base and all that is asked of it.

    Attributes:
        kind: of the descriptors.
        size: of the base, vectors.
        dim: of a vector.
        base: file of float16 rows; the first `size` are the base.
        others: file of float32 vectors that are not in it, to be added.
        query_sets: what is asked.
    """

    kind: str
    size: int
    dim: int
    base: str
    others: str
    query_sets: tuple[QuerySet, ...]


class Enlarged:
    """The real descriptors of one kind, enlarged; files of one folder, of these, this seed and this VERSION alone."""

    def __init__(self, folder: Path, real: RealDescriptors, kind: str, *, seed: int) -> None:
        """Keep where things are; nothing is drawn yet."""
        self._real, self._kind, self._seed = real, kind, seed
        self._queries = real.queries[kind]
        digest = hashlib.sha256(json.dumps([kind, seed, VERSION]).encode())
        for array in (real.base[kind], self._queries, *((real.copies, real.originals) if kind == "copy" else ())):
            digest.update(np.ascontiguousarray(array).tobytes())
        self.key = digest.hexdigest()[:16]
        self._folder = folder / f"{kind}-{self.key}"
        self._base = BaseFile(self._folder / "base.f16", real.base[kind], seed)

    def task(self, size: int, *, say: Say = lambda _: None) -> Task:
        """Draw a base of a size, find the true answers, and return where everything is.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        say(f"{self._kind}, {size:,}: draw the base")
        self._base.grow(size)
        others = self._folder / "others.npy"
        read_or_make(others, lambda: widen(self._base.draw_others()[:_ADDED]))
        say(f"{self._kind}, {size:,}: find the true neighbours")
        rows, cosines = self._truth(size, NEIGHBOURS, self._queries)
        right = right_answers(rows[:, :_JUDGED], cosines[:, :_JUDGED], K)
        sets = [self._query_set(size, NEIGHBOURS, self._queries, right, k=K, attainable=1.0)]
        if self._kind == "copy" and len(self._real.copies):
            first = self._truth(size, COPIES, self._real.copies)[0][:, 0]
            found = float((first == self._real.originals).mean())
            originals = self._real.originals[:, None]
            sets.append(self._query_set(size, COPIES, self._real.copies, originals, k=1, attainable=found))
        return Task(self._kind, size, self._queries.shape[1], str(self._base.path), str(others), tuple(sets))

    def honesty(self, sizes: tuple[int, ...]) -> Honesty:
        """Return how enlarged bases lie around held-out queries and around themselves, beside real descriptors.

        Args:
            sizes: of bases whose task was made, ascending.
        """
        real = self._real.base[self._kind]
        mixed = real[np.random.default_rng(self._seed).permutation(len(real))]
        mixture = self._base.mixture
        limit = float(as_distances(np.array([mixture.too_near], np.float32))[0])
        parts = [mixed[: len(mixed) // share] for share in _PARTS if len(mixed) // share >= DEPTH]
        grown = tuple(self._describe_array(part, limit) for part in parts)
        regrown = []
        if len(parts) == len(_PARTS):
            missing = len(real) - len(parts[0])
            more = _draw(LocalMixture(parts[0], self._seed), missing)
            regrown = [self._describe_array(np.concatenate([parts[0], more]), limit)]
        return Honesty(
            limit=limit,
            real=grown,
            drawn=(self._describe_array(_draw(mixture, len(real)), limit),),
            regrown=tuple(regrown),
            enlarged=tuple(self._describe_base(size, limit) for size in sizes),
            expected=expect(grown, mixture.to_nearest, sizes, limit) if len(grown) > 1 else (),
        )

    def _describe_array(self, array: NDArray[np.float32], limit: float) -> Neighbourhood:
        found = nearest([array], self._queries, min(DEPTH, len(array)))
        rows = np.random.default_rng(self._seed).permutation(len(array))[:_OWN]
        return self._describe(len(array), found, array, nearest([array], array[rows], 2)[1][:, 1], limit)

    def _describe_base(self, size: int, limit: float) -> Neighbourhood:
        def find() -> NDArray[np.float32]:
            rows = np.random.default_rng(self._seed).choice(size, min(_OWN, size), replace=False)
            return nearest(self._base.blocks(size), self._base.rows(np.sort(rows)), 2)[1][:, 1]

        own = np.asarray(read_or_make(self._folder / f"own-{size}.npy", find), np.float32)
        found = self._truth(size, NEIGHBOURS, self._queries)
        return self._describe(size, found, next(self._base.blocks(size)), own, limit)

    def _describe(
        self, size: int, found: Found, some: NDArray[np.float32], own: NDArray[np.float32], limit: float
    ) -> Neighbourhood:
        rng = np.random.default_rng(self._seed)
        ours, theirs = (rng.integers(0, len(array), _RANDOM_PAIRS) for array in (self._queries, some))
        pairs = np.vecdot(self._queries[ours], some[theirs])
        return describe_neighbourhood(size, found[1], random_cosines=pairs, own_cosines=own, limit=limit)

    def _truth(self, size: int, name: str, queries: NDArray[np.float32]) -> Found:
        """Return the nearest, kept in a file: rows and cosines side by side as float64, which holds both exactly."""
        depth = min(DEPTH, size)

        def find() -> NDArray[np.float64]:
            rows, cosines = nearest(self._base.blocks(size), queries, depth)
            return np.stack([rows.astype(np.float64), cosines.astype(np.float64)])

        rows, cosines = read_or_make(self._folder / f"truth-{name}-{size}.npy", find)
        return rows.astype(np.int64), cosines.astype(np.float32)

    def _query_set(
        self,
        size: int,
        name: str,
        queries: NDArray[np.float32],
        right: NDArray[np.int64],
        *,
        k: int,
        attainable: float,
    ) -> QuerySet:
        asked, answers = self._folder / f"queries-{name}.npy", self._folder / f"right-{name}-{size}.npy"
        read_or_make(asked, lambda: queries)
        read_or_make(answers, lambda: right)
        return QuerySet(name, str(asked), str(answers), k, attainable)


def _draw(mixture: LocalMixture, count: int) -> NDArray[np.float32]:
    """Return so many points of the first blocks."""
    blocks = [widen(mixture.draw(number)) for number in range(-(-count // BLOCK))]
    return np.concatenate(blocks)[:count]
