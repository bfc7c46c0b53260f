"""Signatures: the signs of a vector's projections on orthogonalised random vectors, packed into words.

Two unit vectors at angle a differ in each bit with probability a / pi (Charikar, Similarity estimation techniques
from rounding algorithms, 2002); directions that are orthogonal in blocks keep that mean and lower its variance
(Ji et al., Super-bit locality-sensitive hashing, 2012).
"""

import numpy as np
from numpy.typing import NDArray

from search.vector_index.half_precision import Halves, widen
from search.vector_index.segment import Words

WORD_BITS = 64
_BLOCK = 8192


def draw_directions(dim: int, bits: int, seed: int) -> NDArray[np.float32]:
    """Return random directions, orthonormal in blocks of `dim`.

    The Q of a Gaussian matrix, with the signs of R's diagonal, is uniform over all rotations (Mezzadri, How to
    generate random matrices from the classical compact groups, 2007).

    Args:
        dim: length of a direction.
        bits: how many.
        seed: of the generator.
    Returns:
        float32 (bits, dim).
    """
    generator = np.random.default_rng(seed)
    blocks = []
    for _ in range(-(-bits // dim)):
        q, r = np.linalg.qr(generator.standard_normal((dim, dim)))
        blocks.append((q * np.sign(np.diag(r))).T)
    return np.concatenate(blocks)[:bits].astype("<f4")


def sign(projections: NDArray[np.float32]) -> Words:
    """Return the signs of projections, bit i of word w being whether projection 64 w + i is above 0.

    Args:
        projections: float32 (n, bits), bits a multiple of 64.
    Returns:
        uint64 (bits / 64, n).
    """
    packed = np.packbits(projections > 0, axis=1, bitorder="little")  # (n, bits / 8)
    return np.ascontiguousarray(packed.view("<u8").T)


def sign_halves(halves: Halves, directions: NDArray[np.float32]) -> Words:
    """Return the signatures of kept vectors, uint64 (words, n), in blocks that bound the memory needed."""
    words = np.empty((len(directions) // WORD_BITS, len(halves)), "<u8")
    for start in range(0, len(halves), _BLOCK):
        words[:, start : start + _BLOCK] = sign(widen(halves[start : start + _BLOCK]) @ directions.T)
    return words
