"""Are copies found? Edited copies of known pictures are looked for among those and many others, by several methods."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from evaluation.attacks import GRID, SEED, Edit
from evaluation.baselines import Descriptions, Method
from evaluation.metrics import average_precision, rank_of_first_right
from feature_extractor.picture import Picture

_BATCH = 64
_POOLED_PER_QUERY = 20
"""Answers of a query that enter micro-AP; a right one further down counts as missed."""


@dataclass(frozen=True, slots=True)
class EditResult:
    """How well the copies made by one edit are found.

    Attributes:
        edit: the edit.
        recall_at_1: share of the copies whose original is the nearest of the whole base, 0..1, by method.
    """

    edit: Edit
    recall_at_1: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CopyReport:
    """Recall of edited copies, by edit and method.

    Attributes:
        results: one an edit, in the order of the grid.
        micro_ap: by method, over the answers to all copies pooled, so that scores must agree between queries too.
        originals: pictures that were edited.
        base_size: pictures searched, the originals among them.
        seed: of the edits.
        seconds: the whole measurement took.
    """

    results: tuple[EditResult, ...]
    micro_ap: Mapping[str, float]
    originals: int
    base_size: int
    seed: int
    seconds: float

    @property
    def recall_at_1(self) -> Mapping[str, float]:
        """Mean over the edits, by method."""
        return {name: float(np.mean([result.recall_at_1[name] for result in self.results])) for name in self.micro_ap}

    def to_record(self) -> dict[str, object]:
        """Return the report as plain JSON values, recall as shares."""
        return {
            "recall_at_1": {result.edit.name: dict(result.recall_at_1) for result in self.results},
            "mean_recall_at_1": dict(self.recall_at_1),
            "micro_ap": dict(self.micro_ap),
            "originals": self.originals,
            "base_size": self.base_size,
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
        }

    def to_markdown(self) -> str:
        """Return the report as a Markdown table, recall in percent, with a line that says what was measured."""
        names = list(self.micro_ap)
        measured = (
            f"Recall@1 in % of {self.originals:,} originals for each edit among {self.base_size:,} pictures "
            f"(seed {self.seed}, {self.seconds:.0f} s)."
        )
        lines = [
            measured,
            "",
            _line(["edit", "intensity", *names]),
            _line(["---", "---", *["---:"] * len(names)]),
        ]
        for result in self.results:
            found = [_percent(result.recall_at_1[name]) for name in names]
            lines.append(_line([result.edit.name, result.edit.intensity, *found]))
        lines.append(_line(["**all**", "mean of the edits", *[_percent(self.recall_at_1[name]) for name in names]]))
        lines.append(_line(["**µAP**", "all copies pooled", *[f"{self.micro_ap[name]:.3f}" for name in names]]))
        return "\n".join(lines)


def measure_copies(
    methods: Sequence[Method],
    originals: Sequence[Picture],
    distractors: Iterable[Picture],
    others: Sequence[Picture],
    *,
    edits: Sequence[Edit] = GRID,
    also_right: Mapping[int, Collection[int]] | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> CopyReport:
    """Edit every original in every way and look for it among originals and distractors, by descriptions alone.

    Args:
        methods: with different names.
        originals: RGB uint8, sides of at least 64 px; the first pictures of the base.
        distractors: the rest of the base; taken once, a batch at a time.
        others: pictures that compositions are made with, none of them in the base: a collage would be a copy of it too.
        edits: of the grid.
        also_right: number of an original to numbers of the base (originals first, then distractors in order) that are
            copies of it as they come. For recall they count as right, for micro-AP not at all.
        on_progress: told in words what comes next.
    Raises:
        ValueError: there are no originals, or no others where an edit needs them.
    """
    if not originals:
        raise ValueError("expected at least one original; received none")
    start = time.perf_counter()
    on_progress("describe the base")
    base = _describe_all(methods, chain(originals, distractors))
    size = len(next(iter(base.values())))
    truth = np.eye(len(originals), size, dtype=bool)  # (originals, base)
    right = truth.copy()
    for number, same in (also_right or {}).items():
        right[number, list(same)] = True
    results: list[EditResult] = []
    pooled: dict[str, list[tuple[NDArray[np.float32], NDArray[np.bool_]]]] = {method.name: [] for method in methods}
    with ThreadPoolExecutor() as pool:
        for edit in edits:
            on_progress(edit.name)
            numbers = range(len(originals))
            copies = list(pool.map(edit.apply, originals, numbers, [others] * len(originals)))
            recall: dict[str, float] = {}
            for method in methods:
                scores = -method.distance(_describe_all([method], copies)[method.name], base[method.name])
                recall[method.name] = float((rank_of_first_right(scores, right) == 1).mean())
                pooled[method.name].append(_pool(np.where(right & ~truth, -np.inf, scores), truth))
            results.append(EditResult(edit, recall))
    micro_ap = {
        name: average_precision(
            np.concatenate([scores for scores, _ in parts]),
            np.concatenate([flags for _, flags in parts]),
            positives=len(originals) * len(edits),
        )
        for name, parts in pooled.items()
    }
    return CopyReport(tuple(results), micro_ap, len(originals), size, SEED, time.perf_counter() - start)


def _describe_all(methods: Sequence[Method], pictures: Iterable[Picture]) -> dict[str, Descriptions]:
    """Return what every method keeps of the pictures, by its name; no more than a batch of pictures is held."""
    kept: dict[str, list[Descriptions]] = {method.name: [] for method in methods}
    for batch in _batches(pictures):
        for method in methods:
            kept[method.name].append(method.describe(batch))
    return {name: np.concatenate(parts) for name, parts in kept.items()}


def _batches(pictures: Iterable[Picture]) -> Iterator[list[Picture]]:
    waiting = iter(pictures)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _pool(scores: NDArray[np.float32], truth: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return scores and flags of the best answers to each query, in one row."""
    depth = min(_POOLED_PER_QUERY, scores.shape[1])
    best = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
    chosen, flags = np.take_along_axis(scores, best, 1).ravel(), np.take_along_axis(truth, best, 1).ravel()
    offered = np.isfinite(chosen)
    return chosen[offered], flags[offered]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
