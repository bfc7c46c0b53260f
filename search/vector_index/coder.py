"""How vectors become signatures: the signs of projections on random directions, packed into words.

Two unit vectors at angle a differ in the sign of a projection on a random direction with probability a / pi (Charikar,
Similarity estimation techniques from rounding algorithms, 2002); directions that are orthogonal in blocks keep that
mean and lower its variance (Ji et al., Super-bit locality-sensitive hashing, 2012). Descriptors fill their space
unevenly, though: most of a direction drawn from all of it looks where hardly any vector differs from another. So the
directions of the first word are drawn at random within the subspaces in which the vectors vary most, the leading bits
within the leading one, and all count from the mean: each bit halves the vectors, and what lies near in the space
differs in few (Gong and Lazebnik's ITQ, 2011, without its iterations; a random rotation does nearly as well).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search.vector_index.contract import Vectors
from search.vector_index.half_precision import Halves, widen

Words = NDArray[np.uint64]  # (words, n), signatures word by word

WORD_BITS = 64
_BLOCK = 8192


@dataclass(frozen=True, slots=True)
class Coder:
    """Directions and what counts from where.

    Attributes:
        directions: float32 (bits, dim), orthonormal in blocks.
        thresholds: float32 (bits,): bit i of a vector is whether its projection on direction i is above threshold i.
        lead: bits at the start whose directions are drawn from a subspace of as many dimensions; 0 where none is.
        drawn_from: vectors the index held when the directions were drawn from them.
    """

    directions: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    lead: int
    drawn_from: int

    @property
    def bits(self) -> int:
        """Bits of a signature."""
        return len(self.directions)

    def project(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return how far vectors (n, dim) lie above each threshold, float32 (n, bits)."""
        projections: NDArray[np.float32] = vectors @ self.directions.T
        projections -= self.thresholds
        return projections

    def sign(self, halves: Halves) -> Words:
        """Return the signatures of kept vectors, uint64 (words, n), in blocks that bound the memory needed."""
        words = np.empty((self.bits // WORD_BITS, len(halves)), "<u8")
        for start in range(0, len(halves), _BLOCK):
            words[:, start : start + _BLOCK] = pack_signs(self.project(widen(halves[start : start + _BLOCK])))
        return words


def pack_signs(projections: NDArray[np.float32]) -> Words:
    """Return the signs of projections, bit i of word w being whether projection 64 w + i is above 0.

    Args:
        projections: float32 (n, bits), bits a multiple of 64.
    Returns:
        uint64 (bits / 64, n).
    """
    packed = np.packbits(projections > 0, axis=1, bitorder="little")  # (n, bits / 8)
    return np.ascontiguousarray(packed.view("<u8").T)


def fit_coder(sample: Vectors, bits: int, seed: int, *, lead: int, drawn_from: int) -> Coder:
    """Return random directions through the mean of a sample, those of the first word where it varies most.

    The first `lead` directions are a random rotation of as many leading principal components, the rest of the first
    word one of the components that follow: a rotation shares the variance out among its bits. All others are a random
    rotation of the whole space: they tell apart what the first word leaves together, in whatever it differs.

    Args:
        sample: float32 (n, dim), n at least 1.
        bits: how many.
        seed: of the generator.
        lead: bits at the start that shall carry the most, at most 64.
        drawn_from: vectors that the sample stands for.
    """
    dim = sample.shape[1]
    generator = np.random.default_rng(seed)
    mean = sample.mean(axis=0, dtype=np.float64)
    centred = sample - mean
    _, components = np.linalg.eigh(centred.T @ centred)  # columns, the variance ascending
    components = components[:, ::-1].T
    blocks = [
        _rotation(end - start, generator) @ components[start:end]
        for start, end in pairwise(sorted({0, min(lead, dim), min(WORD_BITS, dim)}))
    ]
    drawn = min(WORD_BITS, dim)
    while drawn < bits:
        blocks.append(_rotation(dim, generator))
        drawn += dim
    directions = np.concatenate(blocks)[:bits]
    return Coder(directions.astype("<f4"), (directions @ mean).astype("<f4"), lead, drawn_from)


def _rotation(size: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return a random rotation or reflection, (size, size).

    The Q of a Gaussian matrix, with the signs of R's diagonal, is uniform over all of them (Mezzadri, How to generate
    random matrices from the classical compact groups, 2007).
    """
    q, r = np.linalg.qr(generator.standard_normal((size, size)))
    rotation: NDArray[np.float64] = (q * np.sign(np.diag(r))).T
    return rotation
