"""The real descriptors of a benchmark: those that are enlarged, those that ask, and those of edited copies."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import BadInput
from evaluation.attacks import GRID, SEED
from evaluation.description_cache import Advance, DescriptionCache
from evaluation.index_benchmark.kept_arrays import read_or_make
from evaluation.picture_files import EDITABLE_SIDE_PX
from feature_extractor.descriptors import Extractor
from feature_extractor.picture import Picture
from feature_extractor.training.sample import LabelledPicture

MOST_QUERIES_SHARE = 0.2
"""Of the pictures; the rest must still say how descriptors lie."""

_BATCH = 64


@dataclass(frozen=True, slots=True)
class RealDescriptors:
    """Descriptors of real pictures in their parts, float32, L2 norm 1.

    Attributes:
        base: by kind, (n, 256): to be enlarged; the pictures that are edited come first.
        queries: by kind, (q, 256): held out.
        copies: (c, 256), `copy` descriptors of edited pictures.
        originals: int64 (c,), row of the base of each copy's original.
    """

    base: dict[str, NDArray[np.float32]]
    queries: dict[str, NDArray[np.float32]]
    copies: NDArray[np.float32]
    originals: NDArray[np.int64]


def read_real(
    extractor: Extractor,
    pictures: Sequence[LabelledPicture],
    cache: DescriptionCache,
    others: Sequence[Picture],
    folder: Path,
    *,
    queries: int,
    originals: int,
    seed: int,
    advance: Advance = lambda *_: None,
) -> RealDescriptors:
    """Describe pictures and edited copies of some, or read what was kept of an earlier time.

    Queries and originals are drawn from the split `val` where there is one, so that descriptors that were learnt from
    do not ask. No query has a near copy: one whose `copy` descriptor reaches the model's threshold with any other
    picture stays in the base.

    Args:
        extractor: describes.
        pictures: all there are.
        cache: of the same pictures.
        others: what compositions are made with; not among the pictures.
        folder: where descriptors of edited copies are kept.
        queries: how many are held out, at most a fifth of the pictures.
        originals: how many pictures are edited, in all ways of the grid.
        seed: of the draw.
        advance: told how many edited copies are described, of how many.
    Raises:
        BadInput: there are too few pictures.
        SourceUnreadable: a picture cannot be read.
        StorageUnavailable: the folder cannot be written.
    """
    outputs = cache.outputs(extractor)
    every = np.random.default_rng(seed).permutation(len(pictures)).tolist()
    asked = [row for row in every if pictures[row].split == "val"] or every
    edited = list(islice((row for row in asked if _is_editable(pictures[row])), originals))
    left = [row for row in asked if row not in set(edited)]
    wanted = min(queries, int(MOST_QUERIES_SHARE * len(pictures)))
    held_out = list(islice((row for row in left if _is_alone(outputs.copy, row, extractor.copy_threshold)), wanted))
    if len(edited) < originals or not held_out:
        raise BadInput(
            f"expected {originals} pictures to edit and others to ask with; "
            f"found {len(edited)} and {len(held_out)} among {len(pictures)} pictures"
        )
    rest = sorted(set(every) - set(edited) - set(held_out))
    rows = [*edited, *rest]

    def describe() -> NDArray[np.float32]:
        return _describe_copies(extractor, [(row, pictures[row]) for row in edited], others, advance)

    named = [(pictures[row].name, pictures[row].path.stat().st_size, row) for row in edited]
    key = json.dumps([extractor.model_id, named, [edit.name for edit in GRID], SEED, len(others)])
    copies = read_or_make(folder / f"copies-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy", describe)
    return RealDescriptors(
        base={"copy": outputs.copy[rows], "similar": outputs.similar[rows]},
        queries={"copy": outputs.copy[held_out], "similar": outputs.similar[held_out]},
        copies=copies.astype(np.float32),
        originals=np.tile(np.arange(len(edited)), len(GRID)),
    )


def _describe_copies(
    extractor: Extractor,
    numbered: Sequence[tuple[int, LabelledPicture]],
    others: Sequence[Picture],
    advance: Advance,
) -> NDArray[np.float32]:
    """Return `copy` descriptors, edit by edit, the pictures in order within each."""
    pixels = [(number, picture.read()) for number, picture in numbered]
    edits = ((edit, number, original) for edit in GRID for number, original in pixels)
    found: list[NDArray[np.float32]] = []
    while batch := [edit.apply(original, number, others) for edit, number, original in islice(edits, _BATCH)]:
        found.append(extractor.describe(batch).copy)
        advance(sum(map(len, found)), len(GRID) * len(pixels))
    return np.concatenate(found)


def _is_editable(picture: LabelledPicture) -> bool:
    height, width = picture.read().shape[:2]
    return bool(min(height, width) >= EDITABLE_SIDE_PX)


def _is_alone(descriptors: NDArray[np.float32], row: int, threshold: float) -> bool:
    """Tell whether no other picture is a copy of this one, as far as descriptors tell."""
    cosines = descriptors @ descriptors[row]
    cosines[row] = -1
    return bool(cosines.max() < threshold)
