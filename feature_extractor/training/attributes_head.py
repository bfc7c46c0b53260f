"""The attributes head: a logistic regression for each attribute, calibrated on pictures it was not fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feature_extractor.training.heads import LinearHead
from feature_extractor.training.whitening import fit_projection

COMPONENTS = 256
"""Principal components of the features that the regression sees."""

MIN_POSITIVES = 20
"""Fewer positive pictures than this teach nothing that could be trusted: the attribute counts as untaught."""

RIDGES = (30.0, 3.0, 0.3)
"""Weights of the squared coefficients that are tried, in units of one picture's loss; from strong to weak, as each
fit starts where the one before ended."""

FOLDS = 3
_NEWTON_STEPS = 25
_HALVINGS = 10
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class AttributesHead:
    """What was learnt.

    Attributes:
        head: features to logits, (inputs, attributes); zero columns for what was not taught.
        taught: which attributes were, bool (attributes,).
        ridges: the chosen ridge of each taught attribute.
    """

    head: LinearHead
    taught: NDArray[np.bool_]
    ridges: tuple[float, ...]


def fit_attributes(
    features: NDArray[np.float32], labels: NDArray[np.float32], groups: Sequence[object], *, seed: int
) -> AttributesHead:
    """Fit and calibrate the head.

    Each attribute's loss is the binary cross-entropy over the pictures that are labelled positive or negative;
    `unsure` ones carry none. The ridge with the least loss on held-out folds is taken, and a slope and an offset fitted
    to the held-out logits (Platt, 1999) correct them, so that .5 means as often right as wrong.

    Args:
        features: float32 (n, inputs).
        labels: float32 (n, attributes): 1 positive, 0 negative, NaN unsure.
        groups: n values; pictures of one group (one author) are held out together.
        seed: decides which groups make a fold.
    """
    projection = fit_projection(features, min(COMPONENTS, features.shape[1], len(features) - 1), whitening=1.0)
    inputs = projection(features).astype(np.float64)
    scale = inputs.std()
    inputs = np.hstack([inputs / scale, np.ones((len(inputs), 1))])  # (n, components + 1)
    folds = _deal_folds(groups, seed)
    taught = np.nansum(labels, axis=0) >= MIN_POSITIVES
    coefficients = np.zeros((inputs.shape[1], labels.shape[1]))
    ridges = []
    for attribute in np.flatnonzero(taught):
        ridge, coefficients[:, attribute] = _fit_one(inputs, labels[:, attribute], folds)
        ridges.append(ridge)
    matrix = projection.matrix.astype(np.float64) @ coefficients[:-1] / scale
    bias = projection.bias.astype(np.float64) @ coefficients[:-1] / scale + coefficients[-1]
    return AttributesHead(LinearHead(matrix.astype(np.float32), bias.astype(np.float32)), taught, tuple(ridges))


def _deal_folds(groups: Sequence[object], seed: int) -> NDArray[np.intp]:
    """Return the fold of each picture, equal within a group."""
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    fold_of_group = np.random.default_rng(seed).permutation(group.max() + 1) % FOLDS
    return np.asarray(fold_of_group[group])


def _fit_one(
    inputs: NDArray[np.float64], labels: NDArray[np.float32], folds: NDArray[np.intp]
) -> tuple[float, NDArray[np.float64]]:
    """Return the best ridge of one attribute and its calibrated coefficients."""
    known = ~np.isnan(labels)
    inputs, targets, folds = inputs[known], labels[known].astype(np.float64), folds[known]
    held_out = {ridge: np.empty(len(targets)) for ridge in RIDGES}
    for fold in range(FOLDS):
        out = folds == fold
        coefficients = np.zeros(inputs.shape[1])
        for ridge, logits in held_out.items():
            coefficients = _regress(inputs[~out], targets[~out], ridge, coefficients)
            logits[out] = inputs[out] @ coefficients
    best = min(RIDGES, key=lambda ridge: _cross_entropy(held_out[ridge], targets))
    platt = np.column_stack([held_out[best], np.ones(len(targets))])
    slope, offset = _regress(platt, targets, 1e-3, np.array([1.0, 0.0]))
    coefficients = slope * _regress(inputs, targets, best, coefficients)
    coefficients[-1] += offset
    return best, coefficients


def _cross_entropy(logits: NDArray[np.float64], targets: NDArray[np.float64]) -> float:
    """Return the mean binary cross-entropy."""
    return float(np.mean(np.logaddexp(0, logits) - targets * logits))


def _regress(
    inputs: NDArray[np.float64], targets: NDArray[np.float64], ridge: float, start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the coefficients of a ridge logistic regression by damped Newton steps; the last, an offset, is free.

    Args:
        inputs: (n, coefficients), the last column ones.
        targets: (n,), 0 or 1.
        ridge: weight of the squared coefficients.
        start: (coefficients,), where the search begins.
    """
    penalty = np.full(inputs.shape[1], ridge)
    penalty[-1] = 1e-6  # keeps the offset finite where all targets are equal

    def loss_of(candidate: NDArray[np.float64]) -> float:
        return _cross_entropy(inputs @ candidate, targets) * len(targets) + float(penalty @ candidate**2) / 2

    coefficients, loss = start, loss_of(start)
    for _ in range(_NEWTON_STEPS):
        probabilities = 1 / (1 + np.exp(-np.clip(inputs @ coefficients, -40, 40)))
        weights = probabilities * (1 - probabilities)
        hessian = (inputs * weights[:, None]).T @ inputs + np.diag(penalty)
        step = np.linalg.solve(hessian, inputs.T @ (probabilities - targets) + penalty * coefficients)
        for _ in range(_HALVINGS):
            if (loss_there := loss_of(coefficients - step)) <= loss:
                break
            step = step / 2
        else:
            break  # no step along this direction lowers the loss: it is at its least
        gain, loss, coefficients = loss - loss_there, loss_there, coefficients - step
        if gain < _TOLERANCE * len(targets):
            break
    return coefficients
