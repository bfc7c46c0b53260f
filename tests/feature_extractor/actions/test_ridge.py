"""The classifier is a ridge regression, and no source is on both sides where it is judged."""

import numpy as np
import pytest

from feature_extractor.actions.clips import Clip
from feature_extractor.actions.ridge import fit_ridge, fold_groups, held_out_scores, inner_products, targets_of
from feature_extractor.actions.train import DescribedClips, learn_actions

CLASSES = np.array(["dig", "jump", "run"])


def draw(seed: int, *, sources: int = 6, each: int = 3, length: int = 40) -> DescribedClips:
    """Return clips of three actions; those of one source are nearly the same."""
    generator = np.random.default_rng(seed)
    centres = generator.standard_normal((3, length))
    labels = np.repeat(CLASSES, sources * each)
    groups = np.array([f"{label} {place // each % sources}" for place, label in enumerate(labels)])
    names = np.unique(groups, return_inverse=True)[1]
    own = 0.8 * generator.standard_normal((3 * sources, length))[names]
    vectors = centres[np.searchsorted(CLASSES, labels)] + own + 0.05 * generator.standard_normal((len(labels), length))
    return DescribedClips(vectors.astype(np.float32), labels, groups, np.full(len(labels), ""), CLASSES)


def test_it_solves_the_ridge_equations() -> None:
    clips, ridge = draw(0), 0.05
    targets = targets_of(clips.labels, CLASSES)
    fitted = fit_ridge(clips.vectors, targets, ridge)
    centred = clips.vectors.astype(np.float64) - clips.vectors.mean(axis=0)
    weight = ridge * (centred**2).sum() / len(centred)
    direct = np.linalg.solve(centred.T @ centred + weight * np.eye(40), centred.T @ (targets - targets.mean(axis=0)))
    np.testing.assert_allclose(fitted.matrix, direct, atol=1e-4)
    np.testing.assert_allclose(fitted.score(clips.vectors).mean(axis=0), targets.mean(axis=0), atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_a_source_is_in_one_fold_and_folds_are_even(seed: int) -> None:
    clips = draw(seed, sources=11)
    fold = fold_groups(clips.labels, clips.groups, folds=5, seed=seed)
    assert all(len(set(fold[clips.groups == group])) == 1 for group in set(clips.groups))
    sizes = np.bincount(fold, minlength=5)
    assert sizes.max() - sizes.min() <= 3 * 3  # a source of each action


def test_what_is_held_out_is_not_learnt_from() -> None:
    """Labels without rhyme or reason: told well only where the source was seen, and not told when it is held out."""
    clips = draw(1, sources=12)
    generator = np.random.default_rng(2)
    names, place = np.unique(clips.groups, return_inverse=True)
    labels = CLASSES[generator.integers(0, 3, len(names))][place]
    noise = generator.standard_normal((len(names), 40))[place].astype(np.float32)
    seen = fit_ridge(noise, targets_of(labels, CLASSES), 0.003).score(noise)
    held_out = held_out_scores(inner_products(noise), labels, CLASSES, fold_groups(labels, clips.groups), None)
    assert (CLASSES[seen.argmax(axis=1)] == labels).mean() > 0.95
    assert (CLASSES[held_out.argmax(axis=1)] == labels).mean() < 0.6


def test_held_out_scores_are_those_of_a_fit_of_the_others() -> None:
    clips, ridge = draw(4), 0.03
    fold = fold_groups(clips.labels, clips.groups, folds=4)
    scores = held_out_scores(inner_products(clips.vectors), clips.labels, CLASSES, fold, ridge)
    for one in range(4):
        fitted = fit_ridge(clips.vectors[fold != one], targets_of(clips.labels[fold != one], CLASSES), ridge)
        np.testing.assert_allclose(scores[fold == one], fitted.score(clips.vectors[fold == one]), atol=1e-4)


def test_actions_that_differ_are_learnt() -> None:
    clips = draw(3)
    learnt = learn_actions(clips)
    unseen = draw(3, each=2)
    assert (CLASSES[learnt.held_out.argmax(axis=1)] == clips.labels).mean() > 0.9
    assert (CLASSES[learnt.linear.score(unseen.vectors).argmax(axis=1)] == unseen.labels).mean() > 0.9


def test_vectors_are_joined_with_what_is_known_of_clips() -> None:
    from pathlib import Path

    known = [Clip(Path(f"{n}.mp4"), action, f"{action} {n}", "val") for action in ("run", "dig") for n in range(2)]
    clips = DescribedClips.of_vectors(np.zeros((4, 6), np.float32), known)
    assert clips.classes.tolist() == ["dig", "run"]
    assert clips.of(clips.labels == "dig").groups.tolist() == ["dig 0", "dig 1"]
