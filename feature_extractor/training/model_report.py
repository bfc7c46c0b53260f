"""The figures of a model on pictures with known labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.training.heads import normalise
from feature_extractor.training.retrieval import average_precision, leave_one_out
from feature_extractor.training.sample import LabelledPicture, attribute_matrix


def measure_similar(similar: NDArray[np.float32], pictures: Sequence[LabelledPicture]) -> dict[str, JsonValue]:
    """Return, by domain and pooled, how well the `similar` descriptor finds pictures that show the same category.

    Args:
        similar: float32 (n, 256), rows of L2 norm 1.
        pictures: n; those without a category are passed over.
    """
    domains = np.array([picture.domain if picture.category else "" for picture in pictures])
    categories = np.array([picture.category for picture in pictures])
    figures: dict[str, JsonValue] = {}
    if not (domains != "").any():
        return figures
    for name in [*dict.fromkeys(domains[domains != ""].tolist()), "pooled"]:
        rows = domains == name if name != "pooled" else domains != ""
        found = leave_one_out(similar[rows], categories[rows])
        figures[name] = {
            "pictures": found.pictures,
            "mAP": round(found.mean_average_precision, 4),
            "1-NN": round(found.nearest_is_right, 4),
        }
    return figures


@dataclass(frozen=True, slots=True)
class AttributeFigures:
    """How well one attribute is told.

    Attributes:
        positive, negative: pictures that carry it and that do not; those unsure are passed over.
        average_precision: of all those pictures ranked by probability, 0..1.
        average_precision_floor: what a ranking by chance reaches: the share of positive pictures.
        accuracy: of calling everything from .5 on positive, 0..1.
        accuracy_floor: of saying no to everything.
        mean_probability: over those pictures.
    """

    positive: int
    negative: int
    average_precision: float
    average_precision_floor: float
    accuracy: float
    accuracy_floor: float
    mean_probability: float


def score_attributes(
    probabilities: NDArray[np.float32], taught: Sequence[str], pictures: Sequence[LabelledPicture]
) -> dict[str, AttributeFigures]:
    """Return the figures of each taught attribute that any picture carries.

    Args:
        probabilities: (n, 20).
        taught: names of the attributes to measure.
        pictures: n, with their labels.
    """
    labels = attribute_matrix(pictures)
    figures = {}
    for name in taught:
        column = ATTRIBUTES.index(name)
        known = ~np.isnan(labels[:, column])
        positive = labels[known, column] == 1
        if not positive.any():
            continue
        told = probabilities[known, column]
        figures[name] = AttributeFigures(
            positive=int(positive.sum()),
            negative=int((~positive).sum()),
            average_precision=average_precision(told, positive),
            average_precision_floor=float(positive.mean()),
            accuracy=float(np.mean((told >= 0.5) == positive)),
            accuracy_floor=float(1 - positive.mean()),
            mean_probability=float(told.mean()),
        )
    return figures


def measure_attributes(
    probabilities: NDArray[np.float32], taught: Sequence[str], pictures: Sequence[LabelledPicture]
) -> dict[str, JsonValue]:
    """Return what `score_attributes` does, rounded to four places, as a model's description keeps it."""
    return {
        name: {
            "positive": one.positive,
            "negative": one.negative,
            "AP": round(one.average_precision, 4),
            "AP_floor": round(one.average_precision_floor, 4),
            "accuracy": round(one.accuracy, 4),
            "accuracy_floor": round(one.accuracy_floor, 4),
            "mean_probability": round(one.mean_probability, 4),
        }
        for name, one in score_attributes(probabilities, taught, pictures).items()
    }


def mean_cosines(some: dict[str, NDArray[np.float32]], others: dict[str, NDArray[np.float32]]) -> dict[str, JsonValue]:
    """Return the mean cosine of the rows of each output that both models have, such as an int8 and a float one."""
    return {
        name: round(float(np.einsum("ij,ij->i", normalise(some[name]), normalise(others[name])).mean()), 4)
        for name in ("copy", "similar", "gem", "average")
        if name in some and name in others
    }
