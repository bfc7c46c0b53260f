"""How well pictures of one person are found by each other: figures of merit with intervals over people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import average_precision

RESAMPLES = 1000
"""Of the people, with replacement, for an interval."""
_SHARE = 95  # % of the resamples within an interval

Cosines = NDArray[np.float32]
People = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the interval that holds it in 95 % of the resamples of people (percentile bootstrap)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Identification:
    """How well people are found.

    Attributes:
        precision_at_1, precision_at_5: right ones among the nearest 1 and 5, 0..1. Who has fewer than five other
            pictures cannot reach 1 at 5: see `Ceiling`.
        precision_at_all: right ones among the nearest k, k as many as there are right ones.
        mean_average_precision: over the whole ranking.
        auc: area under the ROC curve of telling pairs of one person from pairs of two, over all pairs.
        found_at_1_percent: of the pairs of one person, those above the cosine that 1 % of the others exceed.
    """

    precision_at_1: Estimate
    precision_at_5: Estimate
    precision_at_all: Estimate
    mean_average_precision: Estimate
    auc: Estimate
    found_at_1_percent: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """What each query finds, person by person.

    Attributes:
        people: those that are asked for, each once.
        values: name of a figure to its mean over the queries of each of `people`, float64 (people,).
        scores, same, weights_of: of all pairs: cosine, whether one person's, and the rows of `names` of both.
        names: all people, with those who have one picture only.
    """

    people: People
    values: dict[str, NDArray[np.float64]]
    scores: NDArray[np.float64]
    same: NDArray[np.bool_]
    weights_of: NDArray[np.intp]
    names: People


def rank(descriptors: NDArray[np.float32], people: Sequence[str]) -> Ranked:
    """Ask with every picture of a person who has another one, among all other pictures.

    Args:
        descriptors: (n, dim), L2 norm 1.
        people: of each row.
    """
    labels = np.array(people)
    names, codes = np.unique(labels, return_inverse=True)
    cosines = descriptors.astype(np.float64) @ descriptors.T.astype(np.float64)
    same = codes[:, None] == codes
    figures: dict[str, list[float]] = {"at_1": [], "at_5": [], "at_all": [], "ap": []}
    asked = np.flatnonzero(same.sum(axis=1) > 1)
    for row in asked.tolist():
        others = np.arange(len(labels)) != row
        scores, right = cosines[row, others], same[row, others]
        # Ties never help: of equal scores the wrong ones stand first.
        ordered = right[np.lexsort((right, -scores))]
        figures["at_1"].append(float(ordered[0]))
        figures["at_5"].append(float(ordered[:5].mean()))
        figures["at_all"].append(float(ordered[: right.sum()].mean()))
        figures["ap"].append(average_precision(scores, right))
    persons = np.unique(codes[asked])
    values = {
        name: np.array([np.array(each)[codes[asked] == person].mean() for person in persons])
        for name, each in figures.items()
    }
    first, second = np.triu_indices(len(labels), 1)
    return Ranked(
        people=names[persons],
        values=values,
        scores=cosines[first, second],
        same=same[first, second],
        weights_of=np.stack([codes[first], codes[second]]),
        names=names,
    )


def identify(ranked: Ranked, *, seed: int) -> Identification:
    """Return the figures of a ranking; every person counts the same, however many pictures there are of each."""

    def mean(name: str) -> Estimate:
        return estimate(ranked.values[name], seed=seed)

    return Identification(
        precision_at_1=mean("at_1"),
        precision_at_5=mean("at_5"),
        precision_at_all=mean("at_all"),
        mean_average_precision=mean("ap"),
        auc=_estimate_auc(ranked, seed=seed),
        found_at_1_percent=_found_at(ranked, 0.01),
    )


def estimate(values: NDArray[np.float64], *, seed: int) -> Estimate:
    """Return the mean of a value a person, with its interval."""
    drawn = np.random.default_rng(seed).integers(0, len(values), (RESAMPLES, len(values)))
    return _interval(float(values.mean()), values[drawn].mean(axis=1))


def difference(one: Ranked, other: Ranked, name: str, *, seed: int) -> Estimate:
    """Return how much more the one finds than the other, person by person, of the same pictures.

    Raises:
        ValueError: they are of different people.
    """
    if one.people.tolist() != other.people.tolist():
        raise ValueError("expected rankings of the same people")
    return estimate(one.values[name] - other.values[name], seed=seed)


def roc(ranked: Ranked, points: int = 200) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return shares of the pairs of two people and of one person that are above thresholds, both rising."""
    wrong = np.sort(ranked.scores[~ranked.same])[::-1]
    places = np.unique(np.geomspace(1, len(wrong), points).astype(np.intp)) - 1
    thresholds = wrong[places]
    right = np.sort(ranked.scores[ranked.same])
    found = 1 - np.searchsorted(right, thresholds, side="right") / len(right)
    return (places + 1) / len(wrong), found


def _found_at(ranked: Ranked, false_share: float) -> float:
    wrong = np.sort(ranked.scores[~ranked.same])
    threshold = wrong[min(len(wrong) - 1, int(np.ceil((1 - false_share) * len(wrong))))]
    return float((ranked.scores[ranked.same] > threshold).mean())


def _estimate_auc(ranked: Ranked, *, seed: int, resamples: int = 200) -> Estimate:
    """Return the area, with an interval over people: a pair counts as often as both of its people were drawn."""
    order = np.argsort(ranked.scores, kind="stable")
    same, (first, second) = ranked.same[order], ranked.weights_of[:, order]
    # Pairs of equal cosine share a rank: their middle.
    _, starts, counts = np.unique(ranked.scores[order], return_index=True, return_counts=True)
    ends = starts + counts

    def area(times: Callable[[NDArray[np.intp]], NDArray[np.float64]]) -> float:
        weights = np.where(same, times(first), times(first) * times(second))
        below = np.concatenate([[0.0], np.cumsum(np.where(same, 0.0, weights))])
        middles = np.repeat((below[starts] + below[ends]) / 2, counts)
        right = weights * same
        return float((right * middles).sum() / max(right.sum() * below[-1], np.finfo(np.float64).tiny))

    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(ranked.names), [1 / len(ranked.names)] * len(ranked.names), resamples)
    areas = [area(lambda rows, times=times: times[rows].astype(np.float64)) for times in drawn]  # type: ignore[misc]
    return _interval(area(lambda rows: np.ones(len(rows))), np.array(areas))


def _interval(value: float, resampled: NDArray[np.float64]) -> Estimate:
    low, high = np.percentile(resampled, [(100 - _SHARE) / 2, (100 + _SHARE) / 2])
    return Estimate(value, float(low), float(high))
