"""Starting weights: NumPy arrays named as Keras names the layers of ResNet-50."""

import zipfile
from pathlib import Path

import keras
import numpy as np
from numpy.lib.npyio import NpzFile

from errors import ModelUnusable

DEAD_VARIANCE = 1e-8
"""Batch variances below this belong to channels that never change."""


def load_weights(model: keras.Model, path: Path) -> None:
    """Load an `.npz` of arrays named `layer/variable`, such as `conv1_conv/kernel`, into a model.

    Args:
        model: with layers of those names; every variable it has must be in the file, and nothing else may be.
        path: arrays of any float type.
    Raises:
        ModelUnusable: the file is absent or damaged, or its arrays are not the model's.
    """
    variables = {f"{layer.name}/{variable.name}": variable for layer in model.layers for variable in layer.weights}
    try:
        with path.open("rb") as file, NpzFile(file, allow_pickle=False) as arrays:
            if variables.keys() != set(arrays.files):
                differing = sorted(variables.keys() ^ set(arrays.files))
                raise ModelUnusable(f"expected the {len(variables)} arrays of {model.name}; differing: {differing[:5]}")
            for name, variable in variables.items():
                array = arrays[name]
                if array.shape != tuple(variable.shape):
                    raise ModelUnusable(f"expected {name} of shape {tuple(variable.shape)}; received {array.shape}")
                variable.assign(array.astype(np.float32))
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as exc:
        raise ModelUnusable(f"expected weights in {path.name}; received {exc}") from exc


def silence_dead_channels(model: keras.Model) -> int:
    """Set the scale of channels that never change to zero and return how many there were.

    Such a channel gives its offset alone, but its scale, divided by the square root of epsilon, would make the
    smallest error before it (int8 rounding, say) hundreds of times larger.
    """
    silenced = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            dead = np.asarray(layer.moving_variance) < DEAD_VARIANCE
            layer.gamma.assign(np.where(dead, 0, np.asarray(layer.gamma)))
            silenced += int(dead.sum())
    return silenced
