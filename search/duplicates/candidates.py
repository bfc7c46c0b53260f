"""Pairs of pictures of the catalogue that are worth a look by geometry: near by descriptor, or by PDQ."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from search.examine import judge_gate
from search.live_index import LiveIndex
from search.vector_index.contract import NO_ID, Ids, Vectors

NEAREST = 32
"""Of each picture, the picture itself included."""
LOOK_FROM = 0.75
"""Cosine of two `copy` descriptors from which they are laid on each other, as a share of the model's copy threshold: of
13,160 pictures some 1,550 pairs are as near, three times as many from .6."""
PDQ_BITS = 30
"""Of 256 that may differ: under the 31 that the authors of PDQ call a match."""
_BANDS = 16
_BESIDE = 32
"""Neighbours of one band that a picture is compared with: of plain pictures thousands share one."""
Pairs = dict[tuple[int, int], float]
"""Ids, the smaller first, with the cosine of their descriptors; NaN where PDQ alone brought them together."""


def near_pairs(index: LiveIndex, ids: Ids, vectors: Vectors, threshold: float, allow: Ids | None) -> Pairs:
    """Return pairs by the `copy` descriptor, by the gate of a search.

    Args:
        index: of the `copy` descriptors.
        ids: of some pictures, int64 (n,).
        vectors: theirs, float32 (n, dim), L2 norm 1.
        threshold: least score of a probable copy, as measured for the model.
        allow: pictures that may be found; None: all.
    """
    found = index.search(vectors, NEAREST, allow=allow)
    pairs: Pairs = {}
    least = LOOK_FROM * threshold
    for image_id, near, scores in zip(ids.tolist(), found.ids, found.scores, strict=True):
        others = (near != NO_ID) & (near != image_id)
        of_others = scores[others]
        count = judge_gate(of_others, threshold).count if len(of_others) and of_others[0] >= least else 0
        # Where many copies of one picture are, all of them are looked at, not the dozen that a search proves.
        count = max(count, int((of_others >= threshold).sum()))
        for other, score in zip(near[others][:count].tolist(), of_others[:count].tolist(), strict=True):
            if score >= least:
                pairs[min(image_id, other), max(image_id, other)] = score
    return pairs


def pdq_pairs(ids: NDArray[np.int64], hashes: NDArray[np.uint8]) -> Iterator[tuple[int, int]]:
    """Yield pairs whose PDQ differ in at most PDQ_BITS bits, and that share one of sixteen bands of sixteen bits.

    Two hashes that differ in fifteen bits share a band for certain; of those further apart a few are missed, and the
    descriptors find most of these.

    Args:
        ids: (n,).
        hashes: (n, 32).
    """
    words = np.ascontiguousarray(hashes).view(np.uint64)  # (n, 4)
    bands = np.ascontiguousarray(hashes).view(np.uint16)  # (n, 16)
    seen: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        order = np.argsort(bands[:, band], kind="stable")
        values = bands[order, band]
        for step in range(1, min(_BESIDE, len(order) - 1) + 1):
            same = np.flatnonzero(values[step:] == values[:-step])
            if not len(same):
                break
            one, other = order[same], order[same + step]
            apart = np.bitwise_count(words[one] ^ words[other]).sum(axis=1)
            near = apart <= PDQ_BITS
            for first, second in zip(ids[one[near]].tolist(), ids[other[near]].tolist(), strict=True):
                pair = min(first, second), max(first, second)
                if pair not in seen:
                    seen.add(pair)
                    yield pair
