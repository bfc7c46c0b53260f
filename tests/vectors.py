"""Vectors for tests of indexes: clusters on the sphere, as descriptors of pictures form them."""

import numpy as np
from numpy.typing import NDArray

from search.vector_index.contract import IndexIdentity

DIM = 32
IDENTITY = IndexIdentity(model_id="ab" * 32, kind="copy", dim=DIM, catalogue_id="a catalogue")


def draw_vectors(
    count: int, seed: int, *, dim: int = DIM, clusters: int = 50, spread: float = 0.8
) -> NDArray[np.float32]:
    """Return unit vectors around random centres that do not depend on the seed, float32 (count, dim)."""
    centres = np.random.default_rng(0).standard_normal((clusters, dim))
    generator = np.random.default_rng(seed)
    vectors = centres[generator.integers(0, clusters, count)] + spread * generator.standard_normal((count, dim))
    return unit(vectors)


def near(vectors: NDArray[np.float32], seed: int, *, angle_tan: float = 0.3) -> NDArray[np.float32]:
    """Return unit vectors at about this tangent of the angle to the given ones."""
    noise = unit(np.random.default_rng(seed).standard_normal(vectors.shape))
    return unit(vectors + angle_tan * noise)


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the vectors scaled to L2 norm 1."""
    scaled: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def brute_force(
    kept: dict[int, NDArray[np.float16]], query: NDArray[np.float32], k: int
) -> tuple[list[int], NDArray[np.float64]]:
    """Return the k nearest and their cosines in double precision, equal ones in order of id."""
    ids = sorted(kept)
    scores = np.array([kept[one] for one in ids], np.float64).reshape(-1, len(query)) @ query.astype(np.float64)
    order = np.argsort(-scores, kind="stable")[:k]
    return [ids[position] for position in order], scores[order]
