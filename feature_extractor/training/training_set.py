"""From labelled and unlabelled pictures in caches to what batches are drawn from."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.picture import Picture
from feature_extractor.training.generator import UNKNOWN, TrainingSet
from feature_extractor.training.heads import LOOK_DIM
from feature_extractor.training.picture_cache import PictureCache
from feature_extractor.training.sample import LabelledPicture

Vectors = Mapping[str, NDArray[np.floating]]


def assemble(
    labelled: Sequence[LabelledPicture],
    cache: PictureCache,
    more: Sequence[PictureCache] = (),
    *,
    teacher: Vectors,
    without: Collection[str] = (),
) -> TrainingSet:
    """Return the pictures to learn from: the labelled ones of the split 'train' that the cache holds, then all others.

    Args:
        labelled: of any split.
        cache: holds pictures by `LabelledPicture.name`; those it lacks are left out.
        more: caches of unlabelled pictures; the first part of their names says what collection they come from.
        teacher: the teacher's descriptors by name, any float dtype, (192,).
        without: categories whose pictures are left out altogether, to see what a model makes of what it never saw.
    """
    held = set(cache.names)
    known = [
        picture
        for picture in labelled
        if picture.split == "train" and picture.name in held and picture.category not in without
    ]
    names = [picture.name for picture in known] + [name for part in more for name in part.names]
    categories = sorted({picture.category for picture in known} - {""})
    unlabelled = len(names) - len(known)
    attributes = np.array([picture.attributes for picture in known], np.float32).reshape(-1, len(ATTRIBUTES))
    vectors = np.zeros((len(names), LOOK_DIM), np.float32)
    for row, name in enumerate(names):
        if (vector := teacher.get(name)) is not None:
            vectors[row] = vector
            vectors[row] /= np.linalg.norm(vectors[row])
    return TrainingSet(
        read=_reader([(cache, cache.index_of(picture.name)) for picture in known], more),
        collections=np.array(
            [_collection(picture) for picture in known]
            + [PurePosixPath(name).parts[0] for part in more for name in part.names]
        ),
        strata=np.array([f"{_collection(picture)}/{picture.category}" for picture in known] + [""] * unlabelled),
        categories=np.array(
            [categories.index(picture.category) if picture.category else UNKNOWN for picture in known]
            + [UNKNOWN] * unlabelled,
            np.int32,
        ),
        attributes=np.concatenate(
            [
                np.where(np.isnan(attributes), UNKNOWN, attributes),
                np.full((unlabelled, len(ATTRIBUTES)), UNKNOWN, np.float32),
            ]
        ),
        teacher=vectors,
    )


def _collection(picture: LabelledPicture) -> str:
    """Return the set and the part of it that a picture belongs to: 'pacs/sketch', 'photos/houses'."""
    return "/".join(PurePosixPath(picture.name).parts[:2])


def _reader(known: Sequence[tuple[PictureCache, int]], more: Sequence[PictureCache]) -> Callable[[int], Picture]:
    places = [*known, *((part, row) for part in more for row in range(len(part)))]

    def read(row: int) -> Picture:
        cache, place = places[row]
        return cache.picture(place)

    return read
