"""A linear classifier in closed form: as good as a logistic one on few clips of many features, and quick."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feature_extractor.backbones import Features

RIDGES = (0.003, 0.03, 0.3)
"""Weights of the squared coefficients that are tried, in units of the mean square of the vectors."""
FOLDS = 10
SEED = 20170509

Labels = NDArray[np.str_]  # (n,)
Groups = NDArray[np.str_]  # (n,)
Scores = NDArray[np.float32]  # (n, classes)
Products = NDArray[np.float64]  # (n, n)


@dataclass(frozen=True, slots=True)
class Linear:
    """Scores of classes, linear in a vector.

    Attributes:
        matrix: float32 (length, classes).
        offset: float32 (classes,).
    """

    matrix: NDArray[np.float32]
    offset: NDArray[np.float32]

    def score(self, vectors: Features) -> Scores:
        """Return the scores of vectors, (n, classes); the largest is the class."""
        return np.asarray(vectors @ self.matrix + self.offset, np.float32)


def fit_ridge(vectors: Features, targets: NDArray[np.float64], ridge: float) -> Linear:
    """Return the least-squares fit of 1 for the class and -1 for the others, solved in the space of the clips.

    Ridge regression in its dual form (Saunders et al., 1998): there are fewer clips than features.

    Args:
        vectors: float32 (n, length).
        targets: (n, classes), 1 or -1.
        ridge: see RIDGES.
    """
    mean = vectors.mean(axis=0, dtype=np.float64)
    centred = vectors - mean
    base = targets.mean(axis=0)
    matrix = centred.T @ _solve(centred @ centred.T, targets - base, ridge)
    return Linear(matrix.astype(np.float32), (base - mean @ matrix).astype(np.float32))


def targets_of(labels: Labels, classes: Labels) -> NDArray[np.float64]:
    """Return 1 for the class of each label and -1 for the others, (n, classes)."""
    return np.where(labels[:, None] == classes, 1.0, -1.0)


def fold_groups(labels: Labels, groups: Groups, *, folds: int = FOLDS, seed: int = SEED) -> NDArray[np.intp]:
    """Return the fold of each clip, (n,): a group is in one fold, and the groups of each class are spread over all."""
    generator = np.random.default_rng(seed)
    found = np.empty(len(labels), np.intp)
    offset = 0
    for label in np.unique(labels):
        own = np.unique(groups[labels == label])
        for place, group in enumerate(generator.permutation(own)):
            found[groups == group] = (place + offset) % folds
        offset += len(own)  # so that the last folds are not the smallest of every class
    return found


def inner_products(vectors: Features) -> Products:
    """Return the inner products of all pairs of clips, float64 (n, n): all that held-out scores are made of."""
    wide = vectors.astype(np.float64)
    return np.asarray(wide @ wide.T)


def held_out_scores(
    products: Products, labels: Labels, classes: Labels, fold: NDArray[np.intp], ridge: float | None
) -> Scores:
    """Return the scores of every clip by a classifier that saw no clip of its fold, the same as `fit_ridge` gives.

    Args:
        products: see `inner_products`.
        labels: (n,).
        classes: in the order of the scores.
        fold: of each clip, (n,).
        ridge: None: for each fold chosen anew on what its classifier learns from.
    """
    scores = np.empty((len(labels), len(classes)), np.float32)
    for one in np.unique(fold):
        seen, asked = np.flatnonzero(fold != one), np.flatnonzero(fold == one)
        if ridge is None:
            chosen = choose_ridge(products[np.ix_(seen, seen)], labels[seen], classes, fold[seen])
        else:
            chosen = ridge
        targets = targets_of(labels[seen], classes)
        scores[asked] = _scores(products[np.ix_(seen, seen)], products[np.ix_(asked, seen)], targets, chosen)
    return scores


def choose_ridge(products: Products, labels: Labels, classes: Labels, fold: NDArray[np.intp]) -> float:
    """Return the ridge of RIDGES with the most right over held-out folds; the largest of equals."""
    if len(np.unique(fold)) < 2:
        return max(RIDGES)
    right = {
        ridge: int((classes[held_out_scores(products, labels, classes, fold, ridge).argmax(axis=1)] == labels).sum())
        for ridge in RIDGES
    }
    return max(RIDGES, key=lambda ridge: (right[ridge], ridge))


def _scores(seen: Products, asked: Products, targets: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
    """Return the scores of clips by their inner products with those that were seen.

    Args:
        seen: among the seen, (s, s).
        asked: of the others with the seen, (a, s).
        targets: of the seen, (s, classes).
        ridge: see RIDGES.
    """
    means = seen.mean(axis=0)
    centred = seen - means - means[:, None] + means.mean()
    base = targets.mean(axis=0)
    dual = _solve(centred, targets - base, ridge)
    beside = asked - asked.mean(axis=1, keepdims=True) - means + means.mean()
    return np.asarray(beside @ dual + base)


def _solve(products: Products, targets: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
    """Return the weights of the clips, (n, classes), by the centred inner products of all pairs."""
    weight = max(ridge * np.trace(products) / len(products), 1e-12)
    return np.asarray(np.linalg.solve(products + weight * np.eye(len(products)), targets))
