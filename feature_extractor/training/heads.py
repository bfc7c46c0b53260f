"""What turns pooled features into the model's outputs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feature_extractor.descriptors import DIM

GEM_POWER = 3.0
"""Power of the generalised mean: 1 would be the average, infinity the maximum."""
SUBJECT_DIM = 64
"""Of the 256 numbers of `similar`, those that labels teach."""
LOOK_DIM = DIM - SUBJECT_DIM
"""Those that a teacher teaches."""
SUBJECT_SHARE = 0.5
"""How much of the cosine of `similar` they decide, unless told otherwise: a smaller share draws known classes together
less, a larger one tells less of what no label names."""


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
        subject: the part of `similar` that labels teach, from features `average`; of SUBJECT_DIM numbers.
        look: the part that keeps the neighbours a teacher gives, likewise; it knows more than there are labels for.
        attributes: from features `average`; its output is the logits of the attributes.
    """

    copy: LinearHead
    subject: LinearHead
    look: LinearHead
    attributes: LinearHead


def apply_heads(
    heads: Heads, features: dict[str, NDArray[np.float32]], subject_share: float = SUBJECT_SHARE
) -> dict[str, NDArray[np.float32]]:
    """Return what the model says, by the name of its output, for pooled features `gem` and `average`."""
    return {
        "copy": normalise(heads.copy(features["gem"])),
        "similar": describe_similar(heads, features["average"], subject_share),
        "attributes": np.exp(-np.logaddexp(np.float32(0), -heads.attributes(features["average"]))),
    }


def describe_similar(
    heads: Heads, average: NDArray[np.float32], subject_share: float = SUBJECT_SHARE
) -> NDArray[np.float32]:
    """Return `similar`, float32 (n, 256), L2 norm 1: its cosine is the shared sum of those of its two parts."""
    return np.concatenate(
        [
            np.float32(np.sqrt(subject_share)) * normalise(heads.subject(average)),
            np.float32(np.sqrt(1 - subject_share)) * normalise(heads.look(average)),
        ],
        axis=1,
    )


def normalise(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to L2 norm 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
