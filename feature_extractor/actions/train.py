"""From described clips to a classifier of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from feature_extractor.actions.clips import Clip, check_actions
from feature_extractor.actions.model import softmax
from feature_extractor.actions.ridge import (
    Groups,
    Labels,
    Linear,
    Scores,
    choose_ridge,
    fit_ridge,
    fold_groups,
    held_out_scores,
    inner_products,
    targets_of,
)
from feature_extractor.backbones import Features

TEMPERATURES = tuple(float(value) for value in np.geomspace(0.02, 2, 41))


@dataclass(frozen=True, slots=True)
class DescribedClips:
    """Clips as a classifier takes them.

    Attributes:
        vectors: float32 (n, length).
        labels: actions, (n,).
        groups: sources, (n,).
        splits: 'train', 'val' or '', (n,).
        classes: the actions in ascending order.
    """

    vectors: Features
    labels: Labels
    groups: Groups
    splits: NDArray[np.str_]
    classes: Labels

    @classmethod
    def of_vectors(cls, vectors: Features, clips: Sequence[Clip]) -> Self:
        """Return clips with the vectors that describe them, in the same order.

        Raises:
            BadInput: nothing could be held out; see `check_actions`.
        """
        classes = check_actions(clips)
        labels, groups, splits = (
            np.array([getattr(clip, name) for clip in clips]) for name in ("action", "group", "split")
        )
        return cls(vectors, labels, groups, splits, np.array(classes))

    def of(self, chosen: NDArray[np.bool_]) -> "DescribedClips":
        """Return some of the clips, with all classes."""
        return DescribedClips(
            self.vectors[chosen], self.labels[chosen], self.groups[chosen], self.splits[chosen], self.classes
        )


@dataclass(frozen=True, slots=True)
class Learnt:
    """A classifier and what it is worth.

    Attributes:
        linear: learnt from all clips.
        ridge: chosen over held-out sources.
        temperature: likewise; see `choose_temperature`.
        held_out: scores of every clip by a classifier that saw no clip of its source, (n, classes).
    """

    linear: Linear
    ridge: float
    temperature: float
    held_out: Scores


def learn_actions(clips: DescribedClips) -> Learnt:
    """Return a classifier learnt from clips; sources are held out whole wherever something is chosen or measured."""
    fold, products = fold_groups(clips.labels, clips.groups), inner_products(clips.vectors)
    ridge = choose_ridge(products, clips.labels, clips.classes, fold)
    held_out = held_out_scores(products, clips.labels, clips.classes, fold, None)
    linear = fit_ridge(clips.vectors, targets_of(clips.labels, clips.classes), ridge)
    return Learnt(linear, ridge, choose_temperature(held_out, clips.labels, clips.classes), held_out)


def choose_temperature(scores: Scores, labels: Labels, classes: Labels) -> float:
    """Return the temperature with the least cross entropy of held-out scores (Guo et al., 2017)."""
    places = np.searchsorted(classes, labels)

    def entropy(temperature: float) -> float:
        own = softmax(scores / temperature)[np.arange(len(places)), places]
        return float(-np.log(np.maximum(own, 1e-12)).mean())

    return min(TEMPERATURES, key=entropy)
