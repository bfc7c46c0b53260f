"""Are copies found? Edited copies of known pictures are looked for among those and many others, by several methods."""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from evaluation.attacks import GRID, SEED, Edit
from evaluation.baselines import Descriptions, Method
from evaluation.copy_report import CopyReport, EditResult
from evaluation.metrics import average_precision, rank_of_first_right, recall_at_precision
from feature_extractor.picture import Picture

PRECISION = 0.9
"""At which recall is read off."""

BACKGROUND_NEIGHBOURS = 3
"""Nearest background pictures of a copy whose mean score is taken off all its scores, as SSCD does (Pizzi et al.,
"A Self-Supervised Descriptor for Image Copy Detection", 2022: the first three, weighted with 1)."""

_BATCH = 64
_POOLED_PER_QUERY = 20
"""Answers of a query that enter micro-AP and recall at a precision; a right one further down counts as missed."""

_Pool = tuple[NDArray[np.float32], NDArray[np.bool_]]  # scores and whether they are right


@dataclass(frozen=True, slots=True)
class Base:
    """What is searched.

    Attributes:
        described: what every method keeps of its pictures, by the method's name, rows in one order.
        originals: row of the base of each original.
        also_right: number of an original to rows of the base that are copies of it as they come. For recall at 1 they
            count as right, for what is pooled not at all.
        background: rows that are no original and no copy of one: what scores are normalised by; fewer than
            BACKGROUND_NEIGHBOURS: they are not.
    """

    described: Mapping[str, Descriptions]
    originals: Sequence[int]
    also_right: Mapping[int, Collection[int]] = field(default_factory=dict)
    background: Sequence[int] = ()

    @property
    def size(self) -> int:
        """How many pictures are searched."""
        return len(next(iter(self.described.values())))


def describe_all(methods: Sequence[Method], pictures: Iterable[Picture]) -> dict[str, Descriptions]:
    """Return what every method keeps of pictures, by its name; no more than a batch of pictures is held.

    Args:
        methods: with different names.
        pictures: RGB uint8, taken once.
    """
    kept: dict[str, list[Descriptions]] = {method.name: [] for method in methods}
    for batch in _batches(pictures):
        for method in methods:
            kept[method.name].append(method.describe(batch))
    return {name: np.concatenate(parts) for name, parts in kept.items()}


def measure_copies(
    methods: Sequence[Method],
    originals: Sequence[Picture],
    base: Base,
    others: Sequence[Picture],
    *,
    edits: Sequence[Edit] = GRID,
    on_progress: Callable[[str], None] = lambda _: None,
) -> CopyReport:
    """Edit every original in every way and look for it in the base, by descriptions alone.

    Args:
        methods: with different names, all of them in the base.
        originals: RGB uint8, sides of at least 64 px. An original's row of the base is its number: it is edited the
            same way however many others are.
        base: what is searched.
        others: pictures that compositions are made with, none of them in the base: a collage would be a copy of it too.
        edits: of the grid, or of a sweep.
        on_progress: told in words what comes next.
    Raises:
        ValueError: there are no originals, or no others where an edit needs them.
    """
    if not originals:
        raise ValueError("expected at least one original; received none")
    start = time.perf_counter()
    truth = np.zeros((len(originals), base.size), bool)  # (originals, base)
    truth[np.arange(len(originals)), list(base.originals)] = True
    right = truth.copy()
    for number, same in base.also_right.items():
        right[number, list(same)] = True
    background = np.array(base.background, np.intp)
    is_normalised = len(background) >= BACKGROUND_NEIGHBOURS
    results: list[EditResult] = []
    plain: dict[str, list[_Pool]] = {method.name: [] for method in methods}
    normalised: dict[str, list[_Pool]] = {method.name: [] for method in methods if is_normalised}
    with ThreadPoolExecutor() as pool:
        for edit in edits:
            on_progress(edit.name)
            copies = describe_all(methods, _edited(pool, edit, originals, base.originals, others))
            at_1: dict[str, float] = {}
            at_precision: dict[str, float] = {}
            for method in methods:
                scores = -method.distance(copies[method.name], base.described[method.name])
                at_1[method.name] = float((rank_of_first_right(scores, right) == 1).mean())
                offered = np.where(right & ~truth, -np.inf, scores)
                plain[method.name].append(_pool(offered, truth))
                at_precision[method.name] = _recall([plain[method.name][-1]], len(originals))
                if is_normalised:
                    nearest = _nearest_mean(scores[:, background])
                    normalised[method.name].append(_pool(offered - nearest[:, None], truth))
            results.append(EditResult(edit, at_1, at_precision))
    copies_made = len(originals) * len(edits)
    return CopyReport(
        results=tuple(results),
        micro_ap={name: _micro_ap(parts, copies_made) for name, parts in plain.items()},
        micro_ap_normalised={name: _micro_ap(parts, copies_made) for name, parts in normalised.items()},
        pooled_recall_at_90={name: _recall(parts, copies_made) for name, parts in plain.items()},
        pooled_recall_at_90_normalised={name: _recall(parts, copies_made) for name, parts in normalised.items()},
        originals=len(originals),
        base_size=base.size,
        background=len(background) if is_normalised else 0,
        seed=SEED,
        seconds=time.perf_counter() - start,
    )


def _edited(
    pool: ThreadPoolExecutor,
    edit: Edit,
    originals: Sequence[Picture],
    numbers: Sequence[int],
    others: Sequence[Picture],
) -> Iterator[Picture]:
    """Yield the edited originals in order, made by other threads a batch ahead of their use and no further."""
    waiting: deque[Future[Picture]] = deque()
    for original, number in zip(originals, numbers, strict=True):
        waiting.append(pool.submit(edit.apply, original, number, others))
        if len(waiting) > _BATCH:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _batches(pictures: Iterable[Picture]) -> Iterator[list[Picture]]:
    waiting = iter(pictures)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _nearest_mean(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of the highest scores of each query, (queries,)."""
    place = scores.shape[1] - BACKGROUND_NEIGHBOURS
    return np.asarray(np.partition(scores, place, axis=1)[:, place:].mean(axis=1))


def _pool(scores: NDArray[np.float32], truth: NDArray[np.bool_]) -> _Pool:
    """Return scores and flags of the best answers to each query, in one row."""
    depth = min(_POOLED_PER_QUERY, scores.shape[1])
    best = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
    chosen, flags = np.take_along_axis(scores, best, 1).ravel(), np.take_along_axis(truth, best, 1).ravel()
    offered = np.isfinite(chosen)
    return chosen[offered], flags[offered]


def _micro_ap(parts: Sequence[_Pool], positives: int) -> float:
    scores, flags = _together(parts)
    return average_precision(scores, flags, positives=positives)


def _recall(parts: Sequence[_Pool], positives: int) -> float:
    scores, flags = _together(parts)
    return recall_at_precision(scores, flags, PRECISION, positives=positives)


def _together(parts: Sequence[_Pool]) -> _Pool:
    return np.concatenate([scores for scores, _ in parts]), np.concatenate([flags for _, flags in parts])
