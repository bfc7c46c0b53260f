"""From which cosine on two `copy` descriptors are shown as copies, and two `similar` ones as similar works."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 512  # queries compared at once: bounds memory
_OTHER_COSINES = np.arange(0.45, 0.86, 0.05)


@dataclass(frozen=True, slots=True)
class Collection:
    """Pictures to search among.

    Attributes:
        descriptors: `copy`, float32 (n, dim), rows of L2 norm 1.
        near_duplicates: (pairs, 2), rows that are copies of each other.
    """

    descriptors: NDArray[np.float32]
    near_duplicates: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class EditedCopies:
    """Edited pictures of a collection.

    Attributes:
        descriptors: `copy`, float32 (m, dim), rows of L2 norm 1.
        originals: (m,), the row of the collection that each is a copy of.
        edits: (m,), the name of what was done.
    """

    descriptors: NDArray[np.float32]
    originals: NDArray[np.intp]
    edits: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class CopyFigures:
    """What a threshold gives.

    Attributes:
        cosine: the threshold.
        false_copy_rate: share of unrelated queries with any picture at or above it. An unrelated query is a picture of
            the collection, searched for among all others that are not copies of it.
        recall: share of edited copies whose original is at or above it, by edit; of all under 'all'.
        recall_at_1: likewise, the share whose original is nearer than every other picture that is no copy of it.
        other_thresholds: false copy rate and recall of all edits, by cosine.
    """

    cosine: float
    false_copy_rate: float
    recall: dict[str, float]
    recall_at_1: dict[str, float]
    other_thresholds: dict[str, dict[str, float]]


def choose_copy_threshold(collection: Collection, *, false_copy_rate: float) -> float:
    """Return the cosine that a wanted share of unrelated queries reaches, 0..1."""
    return float(np.quantile(_hardest_negatives(collection), 1 - false_copy_rate))


def measure_copies(collection: Collection, copies: EditedCopies, threshold: float) -> CopyFigures:
    """Return what a threshold gives on a collection and edited copies of some of it."""
    cosines = copies.descriptors @ collection.descriptors.T  # (m, n)
    everyone = np.arange(len(copies.originals))
    to_original = cosines[everyone, copies.originals]
    cosines[everyone, copies.originals] = -1
    for here, there in _both_ways(collection.near_duplicates):
        cosines[copies.originals == here, there] = -1
    negatives = _hardest_negatives(collection)
    return CopyFigures(
        cosine=round(threshold, 4),
        false_copy_rate=_share(negatives >= threshold),
        recall=_by_edit(to_original >= threshold, copies.edits),
        recall_at_1=_by_edit(to_original > cosines.max(axis=1), copies.edits),
        other_thresholds={
            f"{cosine:.2f}": {"false_copy_rate": _share(negatives >= cosine), "recall": _share(to_original >= cosine)}
            for cosine in _OTHER_COSINES
        },
    )


def choose_similar_floor(similar: NDArray[np.float32], categories: NDArray[np.str_], *, precision: float) -> float:
    """Return the least cosine from which on a wanted share of pairs shows the same category.

    Args:
        similar: float32 (n, dim), rows of L2 norm 1.
        categories: (n,), what each picture shows.
        precision: wanted share, 0..1.
    Returns:
        The floor; 1.0 when not even the nearest pairs reach the share.
    """
    rows, columns = np.triu_indices(len(similar), k=1)
    cosines = (similar @ similar.T)[rows, columns]
    order = np.argsort(-cosines, kind="stable")
    same = (categories[rows] == categories[columns])[order]
    precise = np.flatnonzero(np.cumsum(same) >= precision * np.arange(1, len(same) + 1))
    return float(cosines[order[precise[-1]]]) if len(precise) else 1.0


def _hardest_negatives(collection: Collection) -> NDArray[np.float32]:
    """Return the highest cosine of each picture to any other that is not a copy of it."""
    descriptors = collection.descriptors
    both_ways = _both_ways(collection.near_duplicates)
    highest = []
    for start in range(0, len(descriptors), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(descriptors)))
        cosines = descriptors[rows] @ descriptors.T
        cosines[np.arange(len(rows)), rows] = -1
        inside = both_ways[(both_ways[:, 0] >= start) & (both_ways[:, 0] < start + _BLOCK)]
        cosines[inside[:, 0] - start, inside[:, 1]] = -1
        highest.append(cosines.max(axis=1))
    return np.concatenate(highest)


def _both_ways(pairs: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the pairs and the same pairs the other way round."""
    return np.concatenate([pairs, pairs[:, ::-1]])


def _by_edit(right: NDArray[np.bool_], edits: NDArray[np.str_]) -> dict[str, float]:
    """Return the share of true values of each edit, and of all."""
    shares = {str(name): _share(right[edits == name]) for name in dict.fromkeys(edits.tolist())}
    return {**shares, "all": _share(right)}


def _share(right: NDArray[np.bool_]) -> float:
    """Return the share of true values, to four places."""
    return round(float(right.mean()), 4)
