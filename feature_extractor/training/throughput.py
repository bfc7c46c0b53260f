"""How fast training goes, and how much of its time goes into the data."""

import statistics
import time
from dataclasses import dataclass

import keras

from feature_extractor.picture import Picture
from feature_extractor.training.fit import Training, batch_plan, start_learner
from feature_extractor.training.generator import Targets, ViewBatches
from feature_extractor.training.learner import Learner


@dataclass(frozen=True, slots=True)
class Throughput:
    """What one phase of a training takes.

    Attributes:
        side: of the views, px.
        views_per_second: learnt from, edited on the way; median of the rounds.
        alone_per_second: the same network with one batch again and again, nothing read or edited; median.
        data_share: of the time, that the first takes more than the second, 0..1: waiting for views, and the cores that
            making them takes from the network.
    """

    side: int
    views_per_second: float
    alone_per_second: float
    data_share: float


def measure_throughput(training: Training, *, steps: int = 20, rounds: int = 3) -> tuple[Throughput, ...]:
    """Train for a few steps in each phase of a recipe, with views and with one batch repeated, in turn.

    The network learns from all of them and is thrown away.

    Args:
        training: as for `train`; its folder is not touched.
        steps: of each round.
        rounds: of either kind.
    """
    learner = start_learner(training)
    found = []
    for phase in training.recipe.phases:
        plan = batch_plan(training.recipe.model_copy(update={"steps": steps}), phase)
        edited = ViewBatches(training.pictures, plan, workers=training.workers)
        repeated = _OneBatch(edited[0], steps)
        for batches in (edited, repeated):
            _seconds(learner, batches)  # compiles, and fills caches
        pairs = [(_seconds(learner, edited), _seconds(learner, repeated)) for _ in range(rounds)]
        with_data, alone = (statistics.median(times) for times in zip(*pairs, strict=True))
        views = plan.views * steps
        found.append(Throughput(phase.side, views / with_data, views / alone, max(0.0, 1 - alone / with_data)))
    return tuple(found)


def _seconds(learner: Learner, batches: keras.utils.PyDataset) -> float:
    start = time.perf_counter()
    learner.fit(batches, verbose=0)
    return time.perf_counter() - start


class _OneBatch(keras.utils.PyDataset):  # type: ignore[misc]  # Keras ships no types
    """One batch, as often as wanted."""

    def __init__(self, batch: tuple[Picture, Targets], steps: int) -> None:
        super().__init__()
        self._batch = batch
        self._steps = steps

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[Picture, Targets]:
        return self._batch
