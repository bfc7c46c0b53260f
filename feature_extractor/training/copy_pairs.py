"""Which pictures are copies of which others, by difference hash and copy descriptor together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feature_extractor.training.near_duplicates import NEAR_SHARE
from feature_extractor.training.picture_traits import Traits

_BLOCK_PAIRS = 2_000_000  # pairs compared at once: bounds memory


@dataclass(frozen=True, slots=True)
class CopyRule:
    """When two pictures count as copies: alike by hash and by descriptor, or very alike by descriptor alone.

    Attributes:
        bits: most differing bits, of 256, of hashes that are alike.
        share: and the largest share of them among the bits set in either hash: drawings set few.
        cosine: least cosine of the descriptors of pictures whose hashes are alike.
        cosine_alone: least cosine at which the hashes do not matter.
    """

    bits: int
    share: float
    cosine: float
    cosine_alone: float


def careful_rule(copy_threshold: float) -> CopyRule:
    """Return the rule that rather drops an unrelated picture than lets a copy through: either trait is enough.

    Args:
        copy_threshold: of the model whose descriptors are compared.
    """
    return CopyRule(bits=256, share=NEAR_SHARE, cosine=-1, cosine_alone=copy_threshold)


def sure_rule(copy_threshold: float) -> CopyRule:
    """Return the rule by which pictures of collections count as copies of each other.

    It was chosen by looking at pairs across the split of the labelled sample, with descriptors of the starting weights,
    whose threshold is .7146. Most pairs whose hashes differ in at most 40 bits are no copies but guitars in the same
    pose and shirts on the same floor: the shirts have shares of .25 to .35. With a smaller share and a cosine of at
    least .6 they are recoloured, mirrored and redrawn pictures, and a few sketches that can hardly be told apart. By
    the descriptor alone, most pairs under .8 share a black ground or a series of comic strips. The cosines of another
    model stand as far from 1, measured by its threshold.

    Args:
        copy_threshold: of the model whose descriptors are compared.
    """
    room = 1 - copy_threshold
    return CopyRule(bits=40, share=0.25, cosine=1 - 1.4 * room, cosine_alone=1 - 0.7 * room)


@dataclass(frozen=True, slots=True)
class CopyPairs:
    """Pairs of rows and how alike they are.

    Attributes:
        rows: intp (n, 2), ascending.
        bits: int64 (n,), differing bits of the hashes, the smaller number of the picture and its mirror image.
        share: float64 (n,), of differing bits among those set in either; 1 where none is set.
        cosine: float32 (n,), of the copy descriptors.
    """

    rows: NDArray[np.intp]
    bits: NDArray[np.int64]
    share: NDArray[np.float64]
    cosine: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.rows)


def find_copies(some: Traits, others: Traits, rule: CopyRule) -> CopyPairs:
    """Return the pairs of one of some and one of others that are copies by a rule; memory is bounded.

    Args:
        some, others: of pictures that could be had.
        rule: what counts.
    """
    height = max(1, _BLOCK_PAIRS // max(1, len(others)))
    found = []
    for start in range(0, len(some), height):
        cosines = some.copy[start : start + height] @ others.copy.T  # (block, others)
        first, second = np.nonzero(cosines >= min(rule.cosine, rule.cosine_alone))
        cosine = cosines[first, second]
        bits, share = _compare_hashes(some, others, first + start, second)
        alike = (bits <= rule.bits) & (share <= rule.share) & (share < 1)  # plain pictures are no copies
        near = (alike & (cosine >= rule.cosine)) | (cosine >= rule.cosine_alone)
        rows = np.stack([first[near] + start, second[near]], axis=1)
        found.append(CopyPairs(rows, bits[near], share[near], cosine[near]))
    if not found:
        return CopyPairs(np.empty((0, 2), np.intp), np.empty(0, np.int64), np.empty(0), np.empty(0, np.float32))
    return CopyPairs(*(np.concatenate([getattr(part, name) for part in found]) for name in CopyPairs.__slots__))


def find_copies_among(some: Traits, rule: CopyRule) -> CopyPairs:
    """Return the pairs that are copies of each other, each once, the smaller row first."""
    pairs = find_copies(some, some, rule)
    once = pairs.rows[:, 0] < pairs.rows[:, 1]
    return CopyPairs(*(getattr(pairs, name)[once] for name in CopyPairs.__slots__))


def find_nearest(some: Traits, others: Traits) -> CopyPairs:
    """Return for each of some the one of others of the greatest cosine, the first where several are equal.

    Args:
        some: of pictures that could be had.
        others: likewise; at least one.
    """
    height = max(1, _BLOCK_PAIRS // len(others))
    nearest, cosine = np.empty(len(some), np.intp), np.empty(len(some), np.float32)
    for start in range(0, len(some), height):
        block = slice(start, start + height)
        cosines = some.copy[block] @ others.copy.T  # (block, others)
        nearest[block], cosine[block] = cosines.argmax(axis=1), cosines.max(axis=1)
    rows = np.arange(len(some))
    bits, share = _compare_hashes(some, others, rows, nearest)
    return CopyPairs(np.stack([rows, nearest], axis=1), bits, share, cosine)


def _compare_hashes(
    some: Traits, others: Traits, first: NDArray[np.intp], second: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return differing bits and their share of pairs of rows, the smaller of picture and mirror image."""
    compared = []
    other = others.hashes[second]  # (pairs, 4)
    for hashes in (some.hashes[first], some.mirrored[first]):
        bits = np.bitwise_count(hashes ^ other).sum(axis=1, dtype=np.int64)
        either = np.bitwise_count(hashes | other).sum(axis=1, dtype=np.int64)
        compared.append((bits, np.where(either > 0, bits / np.maximum(either, 1), 1.0)))
    (bits, share), (bits_mirrored, share_mirrored) = compared
    return np.minimum(bits, bits_mirrored), np.minimum(share, share_mirrored)
