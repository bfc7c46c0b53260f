"""Weights in files: NumPy arrays named as Keras names the layers of ResNet-50, and the heads beside them.

Or a model that serves, which holds the same in another form.
"""

import zipfile
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from errors import ModelUnusable
from feature_extractor.training.heads import Heads, LinearHead
from feature_extractor.training.read_back import read_served

DEAD_VARIANCE = 1e-8
"""Batch variances below this belong to channels that never change."""


_HEADS = tuple(f"{head.name}_head/{array.name}" for head in fields(Heads) for array in fields(LinearHead))


def load_weights(model: keras.Model, path: Path) -> Heads | None:
    """Load weights into a model: arrays named `layer/variable`, such as `conv1_conv/kernel`.

    Args:
        model: with layers of those names; every variable it has must be in the file, and nothing else may be but the
            heads of a trained network.
        path: an `.npz`, arrays of any float type; or the `.xml` of a model that serves (see read_back.py).
    Returns:
        The heads, as `save_weights` or `export` wrote them; None where the file has none.
    Raises:
        ModelUnusable: the file is absent or damaged, or its arrays are not the model's.
    """
    variables = {f"{layer.name}/{variable.name}": variable for layer in model.layers for variable in layer.weights}
    if path.suffix == ".xml":
        served = read_served(path, _epsilon(model))
        _assign(variables, served.trunk, model.name)
        return served.heads
    try:
        with path.open("rb") as file, NpzFile(file, allow_pickle=False) as arrays:
            has_heads = not set(_HEADS).isdisjoint(arrays.files)
            _assign(variables, arrays, model.name, besides=_HEADS if has_heads else ())
            if not has_heads:
                return None
            values = [arrays[name].astype(np.float32) for name in _HEADS]
            return Heads(*(LinearHead(*pair) for pair in zip(values[::2], values[1::2], strict=True)))
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as exc:
        raise ModelUnusable(f"expected weights in {path.name}; received {exc}") from exc


def _assign(
    variables: Mapping[str, keras.Variable],
    arrays: Mapping[str, NDArray[Any]],
    name_of_model: str,
    besides: Collection[str] = (),
) -> None:
    """Give variables the arrays of their names; there must be no others but those named besides.

    Raises:
        ModelUnusable: names or shapes differ.
    """
    if differing := sorted({*variables, *besides} ^ set(arrays)):
        raise ModelUnusable(f"expected the {len(variables)} arrays of {name_of_model}; differing: {differing[:5]}")
    for name, variable in variables.items():
        array = arrays[name]
        if array.shape != tuple(variable.shape):
            raise ModelUnusable(f"expected {name} of shape {tuple(variable.shape)}; received {array.shape}")
        variable.assign(array.astype(np.float32))


def _epsilon(model: keras.Model) -> float:
    """Return what the normalisations of a model add to a variance."""
    return float(next(layer.epsilon for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)))


def save_weights(path: Path, trunk: keras.Model, heads: Heads) -> None:
    """Write a trunk and its heads, float32, as `load_weights` reads them; a file there is replaced as a whole."""
    arrays = {f"{layer.name}/{variable.name}": _array(variable) for layer in trunk.layers for variable in layer.weights}
    values = [getattr(getattr(heads, head.name), array.name) for head in fields(Heads) for array in fields(LinearHead)]
    arrays |= dict(zip(_HEADS, values, strict=True))
    partial = path.with_name(f"{path.name}.part")
    with partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # NumPy's stub takes any keyword for allow_pickle
    partial.replace(path)


def _array(variable: keras.Variable) -> NDArray[np.float32]:
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float32)


def silence_dead_channels(model: keras.Model) -> int:
    """Set the scale of channels that never change to zero and return how many there were.

    Such a channel gives its offset alone, but its scale, divided by the square root of epsilon, would make the
    smallest error before it (int8 rounding, say) hundreds of times larger.
    """
    silenced = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            dead = _array(layer.moving_variance) < DEAD_VARIANCE
            layer.gamma.assign(np.where(dead, 0, _array(layer.gamma)))
            silenced += int(dead.sum())
    return silenced
