"""Batches of edited views for `fit`: which pictures, which views of them, and what is known about each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from errors import ContractBroken
from feature_extractor.picture import Picture
from feature_extractor.preprocess import preprocess
from feature_extractor.training.augment import MOST_OTHERS, edit_strongly, view_lightly

Targets = dict[str, NDArray[Any]]

UNKNOWN = -1
"""In place of a category or an attribute that nobody labelled: it carries no loss."""


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Pictures to learn from, a row each.

    Attributes:
        read: gives the pixels of a row, RGB uint8 (height, width, 3); called from several threads.
        collections: (n,), where the picture comes from: pairs are balanced over these.
        strata: (n,), what kind of labelled picture it is, such as 'pacs/sketch/dog': singles are balanced over these.
        categories: int32 (n,), number of what it shows; UNKNOWN where nobody said.
        attributes: float32 (n, 20): 1 positive, 0 negative, UNKNOWN.
        teacher: float32 (n, dim), the teacher's descriptor, L2 norm 1; zeros where it has not seen the picture, which
            then serves to learn copies alone.
    """

    read: Callable[[int], Picture]
    collections: NDArray[np.str_]
    strata: NDArray[np.str_]
    categories: NDArray[np.int32]
    attributes: NDArray[np.float32]
    teacher: NDArray[np.float32]

    def __len__(self) -> int:
        """Return how many pictures there are."""
        return len(self.strata)

    @property
    def labelled(self) -> NDArray[np.intp]:
        """Return the rows of which anything is labelled."""
        return np.flatnonzero((self.categories != UNKNOWN) | (self.attributes != UNKNOWN).any(axis=1))


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What a batch is made of.

    Attributes:
        pairs: pictures that come as a light and a strongly edited view; any pictures.
        singles: pictures that come as a light view alone; labelled ones.
        side: of the views, px.
        steps: batches of an epoch.
        balance: 0 draws every picture equally often, 1 every stratum; between is between.
        seed: of order and edits.
    """

    pairs: int
    singles: int
    side: int
    steps: int
    balance: float
    seed: int

    @property
    def views(self) -> int:
        """Return the rows of a batch."""
        return 2 * self.pairs + self.singles


class ViewBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras ships no types
    """Batches of views of a training set: the same for the same plan, epoch and step, whatever was drawn before.

    A batch is (pictures, targets): uint8 (views, side, side, 3), the light views of the pairs, then the singles, then
    the strong views of the pairs in the order of their light ones; targets as `Learner` wants them.
    """

    def __init__(
        self, pictures: TrainingSet, plan: BatchPlan, *, epoch: int = 0, workers: int = 1, max_queue_size: int = 8
    ) -> None:
        """Deal the pictures of the first epoch.

        Args:
            pictures: to draw from.
            plan: what a batch is made of.
            epoch: the first one, counted from 0, so that an interrupted training goes on with what it would have seen.
            workers: threads that edit views.
            max_queue_size: batches made ahead.
        Raises:
            ContractBroken: singles are wanted, but nothing is labelled.
        """
        super().__init__(workers=workers, use_multiprocessing=False, max_queue_size=max_queue_size)
        cv2.setNumThreads(1)  # the workers are the threads
        if plan.singles and not len(pictures.labelled):
            raise ContractBroken("expected labelled pictures for the singles of a batch; received none")
        self._pictures = pictures
        self._plan = plan
        self._epoch = epoch
        self._deal()

    def __len__(self) -> int:
        """Return the batches of an epoch."""
        return self._plan.steps

    def on_epoch_end(self) -> None:
        """Deal the pictures of the next epoch."""
        self._epoch += 1
        self._deal()

    def _deal(self) -> None:
        plan, pictures = self._plan, self._pictures
        rows = np.arange(len(pictures))
        self._pairs = _deal(rows, pictures.collections, plan.steps * plan.pairs, plan, [plan.seed, self._epoch, 0])
        rows = pictures.labelled
        self._singles = _deal(rows, pictures.strata, plan.steps * plan.singles, plan, [plan.seed, self._epoch, 1])

    def __getitem__(self, step: int) -> tuple[NDArray[np.uint8], Targets]:
        """Return a batch of this epoch."""
        plan = self._plan
        rows = self.rows_of(step)
        lights = plan.pairs + plan.singles
        views = np.empty((len(rows), plan.side, plan.side, 3), np.uint8)
        companions = np.full((len(rows), MOST_OTHERS), -1, np.int32)
        for place, row in enumerate(rows.tolist()):
            rng = np.random.default_rng([plan.seed, self._epoch, step, place])
            picture = self._pictures.read(row)
            if place < lights:
                view = view_lightly(picture, rng)
            else:
                others: list[int] = []
                view = edit_strongly(picture, rng, self._other(row, rng, others))
                companions[place, : len(others)] = others
            views[place] = preprocess(view, plan.side)
        return views, self._targets(rows, lights) | {"companions": companions}

    def rows_of(self, step: int) -> NDArray[np.intp]:
        """Return the picture of each view of a batch of this epoch."""
        plan = self._plan
        pairs = self._pairs[step * plan.pairs : (step + 1) * plan.pairs]
        singles = self._singles[step * plan.singles : (step + 1) * plan.singles]
        return np.concatenate([pairs, singles, pairs])

    def _other(self, row: int, rng: np.random.Generator, given: list[int]) -> Callable[[], Picture]:
        """Return what gives an edit another picture to work with, and notes its row."""

        def read() -> Picture:
            other = int(rng.integers(len(self._pictures) - 1))
            other += other >= row
            given.append(other)
            return self._pictures.read(other)

        return read

    def _targets(self, rows: NDArray[np.intp], lights: int) -> Targets:
        pictures = self._pictures
        return {
            "id": rows.astype(np.int32),
            "light": ((np.arange(len(rows)) < lights) & pictures.teacher[rows].any(axis=1)).astype(np.float32),
            "category": pictures.categories[rows],
            "attributes": pictures.attributes[rows],
            "teacher": pictures.teacher[rows],
        }


def _deal(
    rows: NDArray[np.intp], strata: NDArray[np.str_], count: int, plan: BatchPlan, seed: Sequence[int]
) -> NDArray[np.intp]:
    """Return `count` rows in random order: each stratum by its share, its pictures equally often, give or take one."""
    rng = np.random.default_rng(seed)
    if not count:
        return np.empty(0, np.intp)
    names, members = np.unique(strata[rows], return_inverse=True)
    sizes = np.bincount(members).astype(np.float64)
    shares = sizes ** (1 - plan.balance)
    wanted = np.floor(shares / shares.sum() * count + rng.random(len(names))).astype(int)
    dealt = []
    for number, draws in enumerate(wanted.tolist()):
        stratum = rows[members == number]
        rounds = -(-draws // len(stratum))
        dealt.append(np.concatenate([rng.permutation(stratum) for _ in range(rounds)] or [stratum[:0]])[:draws])
    drawn = rng.permutation(np.concatenate(dealt))
    # Rounding leaves a few too many or too few.
    return np.resize(drawn, count)
