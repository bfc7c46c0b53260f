"""Pictures of a collection that are copies of each other as they come: an answer with either is right.

The rule is tight on purpose. A pair that is missed costs a method one wrong answer; a pair too many, such as two
T-shirts on one red sheet, forgives it the very mistake that it should not make. It was set by looking at 24 pairs of
the shared pictures, drawn from those that correlate by .93 to .985: what it takes were copies (recoloured, watermarked,
two reproductions of one painting) but for two pairs of one face a moment apart; just below it are shirts that only look
alike. None of the 836 photographs of `val` has a copy among all 13,160 by it; their nearest, by these colours and by
MobileNetV2, were looked at too, and were other shirts and other kitchens.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from feature_extractor.picture import Picture
from feature_extractor.training.near_duplicates import difference_hashes

LEAST_CORRELATION = 0.95
"""Of the colours of 32 × 32 places."""

MOST_DIFFERING = 0.35
"""Share of the bits set in either difference hash that may differ; unrelated pictures differ in two thirds."""

COPIES_BY_EYE = Path(__file__).with_name("copies_by_eye.csv")
"""Names of two pictures of the shared sample a row, and what one is to the other. The rule misses them; geometry said
that they are copies, and a person looked at each and found it so."""

_SIDE = 64
_PLACES = 32


def make_small(pictures: Iterable[Picture]) -> NDArray[np.uint8]:
    """Return pictures at 64 × 64 px, all that `find_known_copies` looks at: uint8 (n, 64, 64, 3).

    Args:
        pictures: RGB uint8, at least one; taken once.
    """
    small = (Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BOX) for picture in pictures)
    return np.stack([np.asarray(picture) for picture in small])


def find_known_copies(small: NDArray[np.uint8], rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield pairs of a row and any other row that is a copy of it, upright or mirrored, in ascending order.

    Args:
        small: as `make_small` gives them.
        rows: pictures whose copies are wanted.
    """
    wanted = np.array(rows, np.intp)
    everything = _colours(small)
    alike = np.maximum(_colours(small[wanted]) @ everything.T, _colours(small[wanted, :, ::-1]) @ everything.T)
    alike[np.arange(len(wanted)), wanted] = -1
    for number, other in np.argwhere(alike >= LEAST_CORRELATION):
        row = int(wanted[number])
        hashes = difference_hashes([small[row], np.ascontiguousarray(small[row, :, ::-1]), small[other]])
        differing = np.bitwise_count(hashes[:2] ^ hashes[2]).sum(axis=1, dtype=np.int64)
        set_in_either = np.bitwise_count(hashes[:2] | hashes[2]).sum(axis=1, dtype=np.int64)
        if ((differing <= MOST_DIFFERING * set_in_either) & (set_in_either > 0)).any():
            yield row, int(other)


def copies_by_eye(places: Mapping[str, int], rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield pairs of a row and any other that a person saw to be a copy of it.

    Args:
        places: name of each picture of the sample to its row; of a sample that holds none of those seen, nothing is.
        rows: pictures whose copies are wanted.
    """
    wanted = set(rows)
    with COPIES_BY_EYE.open(newline="", encoding="utf-8") as file:
        seen = [(row["picture"], row["copy"]) for row in csv.DictReader(file)]
    for one, other in (*seen, *((other, one) for one, other in seen)):
        if one in places and other in places and places[one] in wanted:
            yield places[one], places[other]


def _colours(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the colours of 32 × 32 places, their mean taken off, scaled to L2 norm 1: float32 (n, 3072)."""
    step = _SIDE // _PLACES
    places = small.reshape(len(small), _PLACES, step, _PLACES, step, 3).mean(axis=(2, 4), dtype=np.float32)
    colours = places.reshape(len(small), -1)
    colours -= colours.mean(axis=1, keepdims=True)
    return np.asarray(colours / np.maximum(np.linalg.norm(colours, axis=1, keepdims=True), 1e-6))
