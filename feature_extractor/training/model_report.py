"""The figures of a model on pictures with known labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from feature_extractor.descriptors import ATTRIBUTES
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


def measure_attributes(
    probabilities: NDArray[np.float32], taught: Sequence[str], pictures: Sequence[LabelledPicture]
) -> dict[str, JsonValue]:
    """Return the average precision and the accuracy of each taught attribute, each beside its trivial floor.

    The floor of the average precision is the share of positive pictures (a ranking by chance); that of the accuracy is
    to say no to everything. `unsure` pictures are passed over.

    Args:
        probabilities: (n, 20).
        taught: names of the attributes to measure.
        pictures: n, with their labels.
    """
    labels = attribute_matrix(pictures)
    figures: dict[str, JsonValue] = {}
    for name in taught:
        column = ATTRIBUTES.index(name)
        known = ~np.isnan(labels[:, column])
        positive = labels[known, column] == 1
        if not positive.any():
            continue
        told = probabilities[known, column]
        figures[name] = {
            "positive": int(positive.sum()),
            "negative": int((~positive).sum()),
            "AP": round(average_precision(told, positive), 4),
            "AP_floor": round(float(positive.mean()), 4),
            "accuracy": round(float(np.mean((told >= 0.5) == positive)), 4),
            "accuracy_floor": round(float(1 - positive.mean()), 4),
            "mean_probability": round(float(told.mean()), 4),
        }
    return figures


def mean_cosines(some: dict[str, NDArray[np.float32]], others: dict[str, NDArray[np.float32]]) -> dict[str, JsonValue]:
    """Return the mean cosine of the rows of each output that both models have, such as an int8 and a float one."""
    return {
        name: round(float(np.einsum("ij,ij->i", some[name], others[name]).mean()), 4)
        for name in ("copy", "similar", "gem", "average")
        if name in some and name in others
    }
