"""Labelled pictures of 'train' that are too near to pictures of 'val' to learn from, written down for all to check."""

import csv
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from errors import SourceUnreadable
from feature_extractor.model_file import read_metadata
from feature_extractor.training.copy_pairs import CopyPairs, CopyRule, find_copies, sure_rule
from feature_extractor.training.csv_rows import read_rows, write_rows
from feature_extractor.training.labelled_traits import measure_labelled, rows_of
from feature_extractor.training.picture_traits import Traits
from feature_extractor.training.progress import Advance, no_advance
from feature_extractor.training.sample import LabelledPicture

NEAR_VAL = "near_val.csv"
"""File of the pairs, beside what was made without their 'train' sides."""

NEAR_RULE = CopyRule(bits=40, share=1.0, cosine=-1.0, cosine_alone=2.0)
"""When a train picture is too near to a val picture to learn from, though it is rarely a copy: by hashes alone.

It says nothing of sketches, whose hashes set so few bits that any two are near.
"""

SKETCH = "sketch"
"""Domain of the pictures that NEAR_RULE says nothing of."""


class Rule(StrEnum):
    """What makes a pair across the split."""

    COPY = "copy"
    """`sure_rule`: as answers to each other they are right."""
    NEAR = "near"
    """NEAR_RULE alone: only not to be learnt from."""


@dataclass(frozen=True, slots=True)
class NearVal:
    """A labelled picture of 'train' that is a copy of one of 'val', or too near to it to learn from.

    Attributes:
        train, val: names.
        rule: that the pair fell under.
        bits: differing bits of the difference hashes, of 256.
        share: of them among the bits set in either.
        cosine: of the copy descriptors.
    """

    train: str
    val: str
    rule: Rule
    bits: int
    share: float
    cosine: float


def train_pictures_near_val(
    pictures: Sequence[LabelledPicture], model: Path, *, store: Path, on_progress: Advance = no_advance
) -> tuple[NearVal, ...]:
    """Return the pairs of a 'train' and a 'val' picture that are near each other, ascending.

    The 'train' side of each is to be left out of training; those of Rule.COPY are right answers to each other.

    Args:
        pictures: of both splits.
        model: the `.xml` of the shipped model.
        store: see measure_traits.
        on_progress: told how many pictures were measured.
    Raises:
        SourceUnreadable: a val picture cannot be had; a train picture that cannot is in no pair.
    """
    traits = measure_labelled(pictures, model, store=store, needed=("val",), on_progress=on_progress)
    drawn = {picture.name for picture in pictures if picture.domain == SKETCH}
    train, val = (traits.take(rows_of(pictures, split)) for split in ("train", "val"))
    found: dict[tuple[str, str], NearVal] = {}
    copies = find_copies(train, val, sure_rule(read_metadata(model).copy_threshold))
    for rule, pairs in ((Rule.COPY, copies), (Rule.NEAR, _find_near(train, val, drawn))):
        for (one, other), bits, share, cosine in zip(
            pairs.rows.tolist(), pairs.bits.tolist(), pairs.share.tolist(), pairs.cosine.tolist(), strict=True
        ):
            names = train.names[one], val.names[other]
            found.setdefault(names, NearVal(*names, rule, bits, round(share, 4), round(cosine, 4)))
    return tuple(found[names] for names in sorted(found))


def write_near_val(path: Path, pairs: Iterable[NearVal]) -> None:
    """Write a CSV of pairs across the split.

    Raises:
        StorageUnavailable: it cannot be written.
    """
    columns = [field.name for field in fields(NearVal)]
    write_rows(path, columns, ([getattr(pair, name) for name in columns] for pair in pairs))


def read_near_val(path: Path) -> tuple[NearVal, ...]:
    """Return the pairs across the split that were written down.

    Raises:
        SourceUnreadable: the file is absent or not of the form expected.
    """
    try:
        return tuple(
            NearVal(
                row["train"],
                row["val"],
                Rule(row["rule"]),
                int(row["bits"]),
                float(row["share"]),
                float(row["cosine"]),
            )
            for row in read_rows(path)
        )
    except (OSError, KeyError, ValueError, csv.Error) as exc:
        raise SourceUnreadable(f"expected pairs across the split in {path}; received {exc!r}") from exc


def _find_near(train: Traits, val: Traits, drawn: Collection[str]) -> CopyPairs:
    """Return the pairs by NEAR_RULE of pictures that are not drawn."""
    rows, others = ([row for row, name in enumerate(traits.names) if name not in drawn] for traits in (train, val))
    pairs = find_copies(train.take(rows), val.take(others), NEAR_RULE)
    back = np.stack([np.array(rows, np.intp)[pairs.rows[:, 0]], np.array(others, np.intp)[pairs.rows[:, 1]]], axis=1)
    return replace(pairs, rows=back)
