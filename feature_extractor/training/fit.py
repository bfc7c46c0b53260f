"""Teaches the network: presets, the run with its checkpoints and logs, and the weights that come out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import keras
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from feature_extractor.preprocess import INPUT_SIDE, preprocess
from feature_extractor.training.checkpoint import Checkpoint
from feature_extractor.training.generator import UNKNOWN, BatchPlan, TrainingSet, ViewBatches
from feature_extractor.training.heads import Heads, LinearHead
from feature_extractor.training.initial_heads import fit_heads, fit_look
from feature_extractor.training.learner import Learner, Weighting
from feature_extractor.training.lineage import RECIPE, keep_start
from feature_extractor.training.network import BatchNorm, Variant, build_trunk
from feature_extractor.training.optimizer import averaged_adamw
from feature_extractor.training.weights import load_weights, save_weights, silence_dead_channels


class Phase(BaseModel):
    """A part of a training with pictures of one size.

    Attributes:
        epochs: of this phase.
        side: of the views, px. Small views first: most of what is to be learnt shows in them, at half the cost
            (Howard's progressive resizing; Touvron et al., "Fixing the train-test resolution discrepancy", 2019).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int
    side: int = INPUT_SIDE


class TrainingRecipe(BaseModel):
    """Everything that decides what a training gives, apart from pictures and starting weights.

    Attributes:
        variant: of the network, as the starting weights want it.
        first_trained: first stage that learns, 1..5.
        batch_norm: what learns of batch normalisations there.
        dtype: Keras policy of the trunk's arithmetic.
        phases: one after the other, over one schedule of the rate.
        steps: batches of an epoch.
        pairs, singles, balance: of a batch; see BatchPlan.
        rate: highest learning rate; it rises linearly over `warm_up` (share of all steps), then falls as a cosine.
        decay: of weights (AdamW; Loshchilov and Hutter, 2019), not of offsets and scales.
        clip: greatest norm of all gradients together.
        average: momentum of the moving average of the weights, which is what comes out.
        head_pictures: pictures that the first heads are learnt from, and the look once more at the end.
        weighting: of the losses.
        seed: decides order, edits and first values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    variant: Variant = "v1.5"
    first_trained: int = 4
    batch_norm: BatchNorm = "frozen"
    dtype: str = "mixed_bfloat16"
    phases: tuple[Phase, ...] = (
        Phase(epochs=8, side=128),
        Phase(epochs=12, side=160),
        Phase(epochs=15, side=192),
    )
    steps: int = 100
    pairs: int = 22
    singles: int = 8
    balance: float = 0.5
    rate: float = 2e-4
    warm_up: float = 0.05
    decay: float = 0.02
    clip: float = 1.0
    average: float = 0.995
    head_pictures: int = 3000
    weighting: Weighting = Weighting(entropy=5.0, bank=4096)
    seed: int = 20261

    @property
    def epochs(self) -> int:
        """Return the epochs of all phases."""
        return sum(phase.epochs for phase in self.phases)

    def lasting(self, epochs: int) -> "TrainingRecipe":
        """Return the recipe with another number of epochs, shared by its phases as before, to whole epochs."""
        ends = np.cumsum([phase.epochs for phase in self.phases]) * epochs / self.epochs
        shares = np.diff(np.round(ends).astype(int), prepend=0).tolist()
        phases = (phase.model_copy(update={"epochs": share}) for phase, share in zip(self.phases, shares, strict=True))
        return self.model_copy(update={"phases": tuple(phase for phase in phases if phase.epochs)})


Preset = Literal["cpu", "gpu"]

PRESETS: Mapping[Preset, TrainingRecipe] = MappingProxyType(
    {
        # Two cores, two and a half to three hours.
        "cpu": TrainingRecipe(),
        # One large GPU: every stage learns, scales and offsets too.
        "gpu": TrainingRecipe(
            first_trained=2,
            batch_norm="affine",
            phases=(Phase(epochs=12, side=160), Phase(epochs=8, side=INPUT_SIDE)),
            steps=250,
            pairs=160,
            singles=64,
            rate=2e-4,
            weighting=Weighting(entropy=5.0, bank=8192),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Training:
    """A training to be run.

    Attributes:
        recipe: how.
        pictures: from which.
        start: weights to start from, as `load_weights` reads them.
        folder: of checkpoints, logs and result; a training that was interrupted there goes on.
        workers: threads that edit views.
    """

    recipe: TrainingRecipe
    pictures: TrainingSet
    start: Path
    folder: Path
    workers: int = 2

    @property
    def weights(self) -> Path:
        """Return where the result lies."""
        return self.folder / "weights.npz"

    @property
    def log(self) -> Path:
        """Return where the losses are written, epoch by epoch."""
        return self.folder / "log.csv"


def train(training: Training) -> Path:
    """Run a training, or what is left of it, and return the file of the trained weights.

    The folder then holds `weights.npz` (trunk and heads, the moving average of the weights), `recipe.json`,
    `start.json` (what it started from), `log.csv` (every loss by epoch) and the last checkpoint.

    Raises:
        ModelUnusable: the starting weights do not fit the network.
        ContractBroken: the folder belongs to another training.
    """
    recipe = training.recipe
    keras.utils.set_random_seed(recipe.seed)
    training.folder.mkdir(parents=True, exist_ok=True)
    learner = start_learner(training)
    checkpoint = Checkpoint(
        training.folder / "checkpoints", {**recipe.model_dump(mode="json"), "pictures": len(training.pictures)}
    )
    done = checkpoint.resume(learner)
    # Only now, as the folder of another training must stay as it is.
    (training.folder / RECIPE).write_text(recipe.model_dump_json(indent=2) + "\n", encoding="utf-8")
    keep_start(training.folder, training.start)
    keep_epochs(training.log, done)
    # The log before the checkpoint: a row too many is taken out again, one too few would be missed for ever.
    callbacks = [keras.callbacks.CSVLogger(str(training.log), append=True), checkpoint]
    if keras.backend.backend() == "tensorflow":
        callbacks.append(keras.callbacks.TensorBoard(str(training.folder / "tensorboard"), write_graph=False))
    after = 0
    for phase in recipe.phases:
        after += phase.epochs
        if done < after:
            batches = ViewBatches(training.pictures, batch_plan(recipe, phase), epoch=done, workers=training.workers)
            # The pictures are dealt already: shuffled again, a resumed epoch would have its batches in another order.
            learner.fit(batches, epochs=after, initial_epoch=done, shuffle=False, callbacks=callbacks, verbose=1)
            done = after
        elif done == after:
            # Killed between phases: `fit` ends by putting the moving average in place of the weights.
            learner.optimizer.finalize_variable_values(learner.trainable_variables)
    # By steps over edited views the look learns what holds of all edits; of pictures as they are, which it will be
    # asked about, it says more of what the teacher says when it is fitted to them at once.
    save_weights(training.weights, learner.trunk, replace(learner.heads(), look=_fit_look(training, learner.trunk)))
    return training.weights


def keep_epochs(log: Path, epochs: int) -> None:
    """Leave only the first epochs in a log, of which a killed training may have written one more than it kept."""
    if not epochs:
        log.unlink(missing_ok=True)
    elif log.is_file():
        lines = log.read_bytes().splitlines(keepends=True)
        log.write_bytes(b"".join(lines[: epochs + 1]))  # the first one names the columns


def batch_plan(recipe: TrainingRecipe, phase: Phase) -> BatchPlan:
    """Return what the batches of a phase are made of."""
    return BatchPlan(
        pairs=recipe.pairs,
        singles=recipe.singles,
        side=phase.side,
        steps=recipe.steps,
        balance=recipe.balance,
        seed=recipe.seed,
    )


def start_learner(training: Training) -> Learner:
    """Return the network with its starting weights and first heads, compiled."""
    recipe, pictures = training.recipe, training.pictures
    trunk = build_trunk(
        recipe.variant,
        side=None,
        batch_norm=recipe.batch_norm,
        first_trained=recipe.first_trained,
        dtype=recipe.dtype,
    )
    heads = load_weights(trunk, training.start)
    silence_dead_channels(trunk)
    categories = int(pictures.categories.max(initial=UNKNOWN)) + 1
    learner = Learner(trunk, categories=categories, weighting=recipe.weighting)
    learner(np.zeros((1, INPUT_SIDE, INPUT_SIDE, 3), np.uint8))
    learner.set_heads(heads or _first_heads(training, trunk))
    steps = recipe.steps * recipe.epochs
    optimizer = averaged_adamw(
        recipe.rate,
        steps=steps,
        warm_up=recipe.warm_up,
        decay=recipe.decay,
        clip=recipe.clip,
        average=recipe.average,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    # XLA's convolutions are many times slower than oneDNN's on a CPU.
    learner.compile(optimizer=optimizer, jit_compile="auto" if keras.backend.backend() == "jax" else False)
    return learner


def _first_heads(training: Training, trunk: keras.Model) -> Heads:
    """Return heads for the features as they are before training."""
    return fit_heads(trunk, *_head_pictures(training))


def _fit_look(training: Training, trunk: keras.Model) -> LinearHead:
    """Return the look that says of pictures as they are what the teacher says."""
    return fit_look(trunk, *_head_pictures(training))


def _head_pictures(training: Training) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return inputs of the network, (n, side, side, 3), and what the teacher says of them, (n, 192)."""
    recipe, pictures = training.recipe, training.pictures
    rows = np.random.default_rng(recipe.seed).permutation(len(pictures))[: recipe.head_pictures]
    return np.stack([preprocess(pictures.read(row)) for row in rows.tolist()]), pictures.teacher[rows]
