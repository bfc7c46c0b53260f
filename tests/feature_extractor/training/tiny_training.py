"""A training small enough for a test: the real network, random weights, drawn pictures of 64 px, few steps.

As a program, given a folder and starting weights, it runs one, for tests that kill it.
"""

import sys
from pathlib import Path

import keras
import numpy as np

from feature_extractor.descriptors import ATTRIBUTES, DIM
from feature_extractor.picture import Picture
from feature_extractor.training.fit import Phase, Training, TrainingRecipe, train
from feature_extractor.training.generator import UNKNOWN, TrainingSet
from feature_extractor.training.heads import LOOK_DIM, SUBJECT_DIM, Heads, LinearHead
from feature_extractor.training.learner import Weighting
from feature_extractor.training.network import build_trunk
from feature_extractor.training.weights import save_weights

TINY = TrainingRecipe(
    first_trained=5,
    batch_norm="affine",
    dtype="float32",
    phases=(Phase(epochs=2, side=32), Phase(epochs=2, side=64)),
    steps=3,
    pairs=3,
    singles=2,
    rate=3e-4,
    average=0.9,
    weighting=Weighting(bank=16),
)
PICTURES = 40


def draw_set() -> TrainingSet:
    """Return pictures of coloured noise on grounds, half of them labelled."""
    generator = np.random.default_rng(0)
    grounds = generator.integers(0, 256, (PICTURES, 1, 1, 3))
    pictures: Picture = (grounds + generator.normal(0, 30, (PICTURES, 64, 72, 3))).clip(0, 255).astype(np.uint8)

    def read(row: int) -> Picture:
        return np.asarray(pictures[row])

    half = np.arange(PICTURES) < PICTURES // 2
    teacher = generator.standard_normal((PICTURES, LOOK_DIM)).astype(np.float32)
    teacher /= np.linalg.norm(teacher, axis=1, keepdims=True)
    attributes = np.full((PICTURES, len(ATTRIBUTES)), UNKNOWN, np.float32)
    attributes[half, :3] = generator.integers(0, 2, (PICTURES // 2, 3))
    return TrainingSet(
        read=read,
        collections=np.where(half, "known", "more"),
        strata=np.where(half, "known/any", ""),
        categories=np.where(half, np.arange(PICTURES) % 3, UNKNOWN).astype(np.int32),
        attributes=attributes,
        teacher=teacher,
    )


def write_start(path: Path) -> Path:
    """Write random weights with random heads, so that no head must be learnt from 224 px first."""
    generator = np.random.default_rng(1)
    trunk = build_trunk("v1.5", side=None)
    for layer in trunk.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel = layer.kernel
            layer.kernel.assign(generator.normal(0, np.sqrt(1 / np.prod(kernel.shape[:-1])), kernel.shape))
    heads = Heads(
        *(
            LinearHead(generator.normal(0, 0.05, (inputs, outputs)).astype(np.float32), np.zeros(outputs, np.float32))
            for inputs, outputs in (
                (3072, DIM),
                (2048, SUBJECT_DIM),
                (2048, LOOK_DIM),
                (2048, len(ATTRIBUTES)),
            )
        )
    )
    save_weights(path, trunk, heads)
    return path


def tiny_training(folder: Path, start: Path, recipe: TrainingRecipe = TINY) -> Training:
    """Return a training in a folder."""
    return Training(recipe, draw_set(), start, folder, workers=1)


def command(folder: Path, start: Path, python: str = sys.executable) -> list[str]:
    """Return the words that run the tiny training in a folder in a process of its own."""
    return [python, "-m", "tests.feature_extractor.training.tiny_training", str(folder), str(start)]


if __name__ == "__main__":
    train(tiny_training(Path(sys.argv[1]), Path(sys.argv[2])))
