"""Projection of pooled features to a descriptor: centring, principal components, and whitening by any degree."""

import numpy as np
from numpy.typing import NDArray

from feature_extractor.training.heads import LinearHead


def fit_projection(features: NDArray[np.float32], dim: int, whitening: float) -> LinearHead:
    """Return the projection of features onto their first principal components (Jégou and Chum, 2012).

    Args:
        features: float32 (n, inputs), n > dim.
        dim: how many components to keep.
        whitening: 0 leaves the components as they are, 1 gives each unit variance, between is between: component i
            is divided by its standard deviation to this power.
    """
    mean = features.mean(axis=0, dtype=np.float64)
    centred = features - mean
    covariance = centred.T @ centred / len(features)  # (inputs, inputs)
    variances, directions = np.linalg.eigh(covariance)  # ascending
    variances, directions = variances[::-1][:dim], directions[:, ::-1][:, :dim]
    # The sign of an eigenvector is arbitrary: the same on every machine when its largest part is positive.
    largest = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[largest, np.arange(dim)])
    matrix = directions * variances ** (-whitening / 2)
    # One scale for all components keeps the numbers near 1 and changes no cosine.
    matrix /= np.sqrt(np.sum(variances ** (1 - whitening)))
    return LinearHead(matrix.astype(np.float32), (-mean @ matrix).astype(np.float32))
