"""What turns pooled features into the model's outputs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GEM_POWER = 3.0
"""Power of the generalised mean: 1 would be the average, infinity the maximum."""


@dataclass(frozen=True, slots=True)
class LinearHead:
    """A matrix and an offset.

    Attributes:
        matrix: float32 (inputs, outputs).
        bias: float32 (outputs,).
    """

    matrix: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return features @ matrix + bias, float32 (n, outputs)."""
        return features @ self.matrix + self.bias


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of a model.

    Attributes:
        copy: from features `gem`; its output is scaled to L2 norm 1.
        similar: from features `average`; its output is scaled to L2 norm 1.
        attributes: from features `average`; its output is the logits of the attributes.
    """

    copy: LinearHead
    similar: LinearHead
    attributes: LinearHead


def apply_heads(heads: Heads, features: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Return what the model says, by the name of its output, for pooled features `gem` and `average`."""
    return {
        "copy": normalise(heads.copy(features["gem"])),
        "similar": normalise(heads.similar(features["average"])),
        "attributes": np.exp(-np.logaddexp(np.float32(0), -heads.attributes(features["average"]))),
    }


def normalise(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to L2 norm 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
