"""Logistic regression with few features: weights that turn measured evidence into a probability."""

import numpy as np
from numpy.typing import NDArray

from errors import BadInput

_ROUNDS = 100
_SETTLED = 1e-9


def fit_logistic(
    features: NDArray[np.float64],
    right: NDArray[np.bool_],
    *,
    ridge: float,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the weights under which what was seen is likeliest, found by Newton's method.

    The ridge keeps weights finite where a feature tells all of the pairs apart; it holds every weight but that of the
    constant, each measured in standard deviations of its feature.

    Args:
        features: float64 (n, k), without a constant.
        right: (n,), what is to be told.
        ridge: how strongly weights are drawn to 0: as much as so many pairs would.
        weights: (n,), above 0: for how many pairs each stands; None: for one.
    Returns:
        float64 (k + 1,): the weight of the constant, then those of the features as they were given.
    Raises:
        BadInput: there is nothing to tell apart.
    """
    if right.all() or not right.any():
        raise BadInput(f"expected pairs of both kinds to learn from; received {len(right):,} of one kind")
    each = np.ones(len(features)) if weights is None else weights
    centre = np.average(features, axis=0, weights=each)
    spread = np.sqrt(np.average((features - centre) ** 2, axis=0, weights=each))
    spread = np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(len(features)), (features - centre) / spread])
    penalty = np.diag([0.0, *[ridge] * features.shape[1]])
    found = np.zeros(design.shape[1])
    loss = _loss(design, right, each, found, ridge)
    for _ in range(_ROUNDS):
        told = logistic(design @ found)
        slope = design.T @ (each * (told - right)) + penalty @ found
        bend = (design * (each * told * (1 - told))[:, None]).T @ design + penalty
        # A whole step may overshoot where the curve is flat: halve it until it is one downhill.
        step, share = np.linalg.lstsq(bend, slope, rcond=None)[0], 1.0
        while (tried := _loss(design, right, each, found - share * step, ridge)) > loss and share > _SETTLED:
            share /= 2
        found, gained, loss = found - share * step, loss - tried, min(loss, tried)
        if gained <= _SETTLED * max(loss, 1.0):
            break
    own = found[1:] / spread
    return np.concatenate([[found[0] - own @ centre], own])


def logistic(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of log odds, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)), np.float64)


def _loss(
    design: NDArray[np.float64],
    right: NDArray[np.bool_],
    each: NDArray[np.float64],
    found: NDArray[np.float64],
    ridge: float,
) -> float:
    """Return what weights that were found are judged by: less is likelier."""
    logits = design @ found
    return float(each @ np.logaddexp(0, np.where(right, -logits, logits)) + 0.5 * ridge * (found[1:] ** 2).sum())
