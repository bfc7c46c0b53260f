"""Heads in closed form, for a network that has none yet or for features that have changed."""

from dataclasses import replace

import keras
import numpy as np
from numpy.typing import NDArray

from feature_extractor.descriptors import ATTRIBUTES, DIM
from feature_extractor.training.heads import LOOK_DIM, SUBJECT_DIM, Heads, LinearHead
from feature_extractor.training.learner import pool
from feature_extractor.training.whitening import fit_projection, fit_regression

COPY_WHITENING = 1.0
"""Degree of whitening of the `copy` descriptor: full."""
SIMILAR_WHITENING = 0.1
"""Of the `similar` descriptor: hardly any."""
_BATCH = 32


def fit_heads(trunk: keras.Model, inputs: NDArray[np.uint8], teacher: NDArray[np.float32] | None = None) -> Heads:
    """Return projections onto principal components for the descriptors, and attributes that say nothing.

    Args:
        trunk: pictures to maps.
        inputs: uint8 (n, side, side, 3), n > 256.
        teacher: float32 (n, 192), what the look shall say of them; None: leading components too.
    """
    gem, average = _features(trunk, inputs)
    silent = LinearHead(
        np.zeros((average.shape[1], len(ATTRIBUTES)), np.float32), np.zeros(len(ATTRIBUTES), np.float32)
    )
    heads = project_descriptors(gem, average, silent)
    return heads if teacher is None else replace(heads, look=fit_regression(average, teacher))


def fit_look(trunk: keras.Model, inputs: NDArray[np.uint8], teacher: NDArray[np.float32]) -> LinearHead:
    """Return the look that comes nearest to what a teacher says.

    Args:
        trunk: pictures to maps.
        inputs: uint8 (n, side, side, 3).
        teacher: float32 (n, 192), what it says of them.
    """
    _, average = _features(trunk, inputs)
    return fit_regression(average, teacher)


def _features(trunk: keras.Model, inputs: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return `gem`, float32 (n, 3072), and `average`, (n, 2048), of learner.pool."""
    pooled = keras.Model(trunk.input, pool(trunk.output["conv4"], trunk.output["conv5"]))
    gem, average = pooled.predict(inputs, batch_size=_BATCH, verbose=0)
    return np.asarray(gem, np.float32), np.asarray(average, np.float32)


def project_descriptors(gem: NDArray[np.float32], average: NDArray[np.float32], attributes: LinearHead) -> Heads:
    """Return projections from pooled features of many pictures (see learner.pool), beside a head for attributes.

    Without labels both parts of `similar` are leading components of the same features.
    """
    subject, look = (fit_projection(average, dim, SIMILAR_WHITENING) for dim in (SUBJECT_DIM, LOOK_DIM))
    return Heads(fit_projection(gem, DIM, COPY_WHITENING), subject, look, attributes)
