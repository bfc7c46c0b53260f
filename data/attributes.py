"""The attributes of a picture: how they are packed, and when a picture carries one.

The attribute with id n of `attribute_name` has byte n - 1 of `labels` and the float16 n - 1 of `probabilities`, NaN
where the model says nothing. `probabilities` is as long as the vocabulary was when it was written, `labels` no longer
than that.
"""

import struct
from collections.abc import Mapping, Sequence
from math import nan

from data.records import Label

CARRIED_FROM = 0.5
"""Least probability at which a model's word makes a picture carry an attribute."""

_LABEL_CODES: dict[Label, int] = {"positive": 1, "negative": 2, "unsure": 3}
_LABELS: dict[int, Label] = {code: label for label, code in _LABEL_CODES.items()}


def carried(labels: Mapping[str, Label], probabilities: Mapping[str, float]) -> list[str]:
    """Return the attributes that a picture carries.

    The yes or no of a person or source decides. Where they say nothing, or are unsure, the model does.

    Args:
        labels: by attribute name.
        probabilities: by attribute name, 0..1; NaN counts as nothing said.
    """
    names = [name for name, label in labels.items() if label == "positive"]
    decided = {name for name, label in labels.items() if label != "unsure"}
    names += [
        name for name, probability in probabilities.items() if probability >= CARRIED_FROM and name not in decided
    ]
    return names


def pack_labels(labels: Mapping[str, Label], places: Mapping[str, int]) -> bytes | None:
    """Return labels as a blob; None where there are none.

    Args:
        labels: by attribute name.
        places: attribute name to its id.
    """
    if not labels:
        return None
    packed = bytearray(max(places[name] for name in labels))
    for name, label in labels.items():
        packed[places[name] - 1] = _LABEL_CODES[label]
    return bytes(packed)


def unpack_labels(blob: bytes | None, names: Sequence[str]) -> dict[str, Label]:
    """Return labels by attribute name; `names` has the attribute with id n in place n - 1."""
    if blob is None:
        return {}
    return {name: _LABELS[code] for name, code in zip(names, blob, strict=False) if code}


def pack_probabilities(probabilities: Mapping[str, float], places: Mapping[str, int]) -> bytes:
    """Return probabilities in 0..1 as a blob, rounded to float16; `places` is attribute name to its id."""
    packed = [nan] * len(places)
    for name, probability in probabilities.items():
        packed[places[name] - 1] = probability
    return struct.pack(f"<{len(packed)}e", *packed)


def unpack_probabilities(blob: bytes, names: Sequence[str]) -> dict[str, float]:
    """Return probabilities by attribute name, without those that the model did not say."""
    values = struct.unpack(f"<{count_places(blob)}e", blob)
    return {name: value for name, value in zip(names, values, strict=False) if value <= 1}  # false for NaN


def count_places(probabilities: bytes) -> int:
    """Return how many attributes a blob of probabilities has room for."""
    return len(probabilities) // 2
