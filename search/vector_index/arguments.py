"""Checks of what callers hand to an index; afterwards the code may trust it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from errors import DescriptorShapeError
from search.vector_index.contract import Ids, Vectors
from search.vector_index.half_precision import Halves, narrow

NORM_TOLERANCE = 0.01
"""How far from 1 a norm may be: float16 keeps about three digits."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Checked vectors to add, in ascending order of id, as the index keeps them."""

    ids: Ids
    halves: Halves


def checked_queries(queries: Vectors, k: int, dim: int) -> Vectors:
    """Return the queries as contiguous float32.

    Raises:
        DescriptorShapeError: wrong shape, dtype or norm, or k below 1.
    """
    if k < 1:
        raise DescriptorShapeError(f"expected k of at least 1; received {k}")
    return _checked_vectors(queries, dim)


def checked_addition(ids: Ids, vectors: Vectors, dim: int) -> Addition:
    """Return the pair in ascending order of id, vectors as float16.

    Raises:
        DescriptorShapeError: wrong shape, dtype or norm, ids repeated or negative.
    """
    vectors = _checked_vectors(vectors, dim)
    ids = _checked_ids(ids)
    if len(ids) != len(vectors):
        raise DescriptorShapeError(f"expected one id a vector; received {len(ids)} ids and {len(vectors)} vectors")
    if not np.all(ids[1:] > ids[:-1]):  # rare, and costs a copy of the vectors
        order = np.argsort(ids, kind="stable")
        ids, vectors = ids[order], vectors[order]
    if len(ids) and ids[0] < 0:
        raise DescriptorShapeError(f"expected ids of at least 0; received {ids[0]}")
    if np.any(ids[1:] == ids[:-1]):
        raise DescriptorShapeError(f"expected unique ids; received {ids[1:][ids[1:] == ids[:-1]][0]} twice")
    return Addition(ids, narrow(vectors))


def checked_id_set(ids: Ids) -> Ids:
    """Return ids in ascending order, each once.

    Raises:
        DescriptorShapeError: not a row of integers.
    """
    ids = _checked_ids(ids)
    if np.all(ids[1:] > ids[:-1]):
        return ids
    return np.unique(ids)


def _checked_ids(ids: NDArray[np.int64]) -> Ids:
    ids = np.asarray(ids)
    if ids.ndim != 1 or (ids.size and not np.issubdtype(ids.dtype, np.integer)):
        raise DescriptorShapeError(f"expected int64 ids (n,); received {ids.dtype} {ids.shape}")
    return ids.astype(np.int64, copy=False)


def _checked_vectors(vectors: Vectors, dim: int) -> Vectors:
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or vectors.shape[1] != dim:
        raise DescriptorShapeError(f"expected vectors (n, {dim}); received {vectors.shape}")
    if vectors.dtype != np.float32:
        raise DescriptorShapeError(f"expected float32 vectors; received {vectors.dtype}")
    norms = np.sqrt(np.vecdot(vectors, vectors))
    if not np.all(np.abs(norms - 1) <= NORM_TOLERANCE):  # also where a norm is NaN
        wrong = norms[~(np.abs(norms - 1) <= NORM_TOLERANCE)][0]
        raise DescriptorShapeError(f"expected vectors of norm 1; received {wrong:.3f}")
    return np.ascontiguousarray(vectors)
