"""Values as the tables keep them, and back: digests, texts, ids and vectors."""

import hashlib
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from data.records import DescriptorRows
from errors import BadInput, DescriptorShapeError

_FLOAT16 = np.dtype("<f2")
NORM_TOLERANCE = 0.005
"""How far from 1 the norm of a kept descriptor may be; under what an index accepts."""
GREATEST = 2**63 - 1
"""The greatest number that either database keeps."""


def digest_of(hexadecimal: str) -> bytes:
    """Return the 32 bytes of a SHA-256 in hexadecimal.

    Raises:
        BadInput: it is not one.
    """
    try:
        digest = bytes.fromhex(hexadecimal)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise BadInput(f"expected a SHA-256, 64 hexadecimal digits; received {hexadecimal!r}")
    return digest


def keepable(value: str) -> str:
    """Return a text that both databases can keep.

    Names of files need not be UTF-8 (Python then smuggles their bytes in as lone surrogates), and PostgreSQL keeps
    no NUL: both are written as an escape, so that different names stay different.
    """
    return value.encode(errors="backslashreplace").decode().replace("\x00", "\\x00")


def keepable_or_none(value: str | None) -> str | None:
    """Return a text that both databases can keep, where there is one."""
    return None if value is None else keepable(value)


def locator_digest(locator: str) -> bytes:
    """Return what a locator is looked up by."""
    return hashlib.sha256(locator.encode()).digest()[:16]


def vector_blob(vector: NDArray[np.float32]) -> bytes:
    """Return a descriptor as it is kept.

    Raises:
        DescriptorShapeError: not one vector of L2 norm 1. An index takes no other: one that got in would keep every
            index from following the catalogue any further.
    """
    kept = np.asarray(vector, _FLOAT16)
    norm = float(np.linalg.norm(kept.astype(np.float32)))
    if kept.ndim != 1 or not abs(norm - 1) <= NORM_TOLERANCE:  # also where it is NaN
        raise DescriptorShapeError(f"expected one vector of norm 1; received shape {kept.shape}, norm {norm:.3f}")
    return kept.tobytes()


def descriptor_rows(rows: Sequence[tuple[int, bytes]]) -> DescriptorRows:
    """Return rows of id and blob as arrays.

    Raises:
        DescriptorShapeError: the vectors differ in length.
    """
    if not rows:
        return DescriptorRows(ids=np.empty(0, np.int64), vectors=np.empty((0, 0), np.float16))
    ids, blobs = zip(*rows, strict=True)
    lengths = set(map(len, blobs))
    if len(lengths) != 1:
        raise DescriptorShapeError(f"expected vectors of one length; received {sorted(lengths)} bytes")
    vectors = np.frombuffer(b"".join(blobs), _FLOAT16).reshape(len(rows), -1)  # (n, dim)
    return DescriptorRows(ids=np.array(ids, np.int64), vectors=vectors.astype(np.float16, copy=False))


def plain_ids(ids: Collection[int]) -> list[int]:
    """Return ids ascending, as Python's own numbers for the drivers; those that no picture can have are left out."""
    return sorted({number for number in map(int, ids) if 0 < number <= GREATEST})
