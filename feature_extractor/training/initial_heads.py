"""Heads for a network that has none yet: the best that its features give without training."""

import keras
import numpy as np
from numpy.typing import NDArray

from feature_extractor.descriptors import ATTRIBUTES, DIM
from feature_extractor.training.heads import Heads, LinearHead
from feature_extractor.training.learner import pool
from feature_extractor.training.whitening import fit_projection

COPY_WHITENING = 1.0
"""Degree of whitening of the `copy` descriptor: full."""
SIMILAR_WHITENING = 0.1
"""Of the `similar` descriptor: hardly any."""
_BATCH = 32


def fit_heads(trunk: keras.Model, inputs: NDArray[np.uint8]) -> Heads:
    """Return projections onto principal components for the descriptors, and attributes that say nothing.

    Args:
        trunk: pictures to maps.
        inputs: uint8 (n, side, side, 3), n > 256.
    """
    pooled = keras.Model(trunk.input, pool(trunk.output["conv4"], trunk.output["conv5"]))
    gem, average = pooled.predict(inputs, batch_size=_BATCH, verbose=0)
    copy, similar = project_descriptors(gem, average)
    silent = LinearHead(
        np.zeros((average.shape[1], len(ATTRIBUTES)), np.float32), np.zeros(len(ATTRIBUTES), np.float32)
    )
    return Heads(copy, similar, silent)


def project_descriptors(gem: NDArray[np.float32], average: NDArray[np.float32]) -> tuple[LinearHead, LinearHead]:
    """Return the projections for `copy` and for `similar` from pooled features of many pictures (see learner.pool)."""
    return fit_projection(gem, DIM, COPY_WHITENING), fit_projection(average, DIM, SIMILAR_WHITENING)
