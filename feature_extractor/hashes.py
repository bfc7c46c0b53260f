"""PDQ, the perceptual hash of Facebook's ThreatExchange: near-exact copies at the price of 32 bytes.

Method: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook, 2019.
"""

from dataclasses import dataclass

import numpy as np
import pdqhash  # type: ignore[import-untyped]  # a compiled wrapper of the reference in C++, without annotations
from numpy.typing import NDArray
from PIL import Image

from errors import DescriptorShapeError
from feature_extractor.picture import Picture

PDQ_BYTES = 32

PDQ_MATCH_DISTANCE = 31
"""Greatest distance, of 256 bits, at which its authors call two pictures the same."""

PDQ_MIN_QUALITY = 50
"""Least quality at which its authors trust a hash; those of flatter pictures are noise."""

_LONGEST_SIDE = 512


@dataclass(frozen=True, slots=True)
class PDQ:
    """A perceptual hash and how far to trust it.

    Attributes:
        bits: 256 bits in 32 bytes, most significant first; `bits.hex()` is how programs of PDQ exchange it.
        quality: 0..100, from the gradients in the picture; under 50 the hash says nothing.
    """

    bits: bytes
    quality: int


def compute_pdq(pixels: Picture) -> PDQ:
    """Return the PDQ hash of a picture.

    Pictures whose longer side is over 512 px are first reduced by a whole factor, each pixel the mean of a square. The
    reference tool scales to 512 x 512 px for the same reason: hashing then takes a third of the time and moves about
    as few bits (8 of 256 in the mean) as that scaling does.

    Args:
        pixels: RGB uint8, (height, width, 3).
    """
    factor = -(-max(pixels.shape[:2]) // _LONGEST_SIDE)
    small = np.asarray(Image.fromarray(pixels).reduce(factor)) if factor > 1 else pixels
    bits, quality = pdqhash.compute(small)
    return PDQ(np.packbits(bits.astype(np.uint8)).tobytes(), int(quality))


def pdq_distance(first: bytes, second: bytes) -> int:
    """Return in how many of 256 bits two hashes differ.

    Raises:
        DescriptorShapeError: a hash is not 32 bytes long.
    """
    _check_hash(first)
    _check_hash(second)
    return (int.from_bytes(first) ^ int.from_bytes(second)).bit_count()


def pdq_distances(bits: bytes, table: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the distances of one hash to many.

    Args:
        bits: one hash, 32 bytes.
        table: uint8, (n, 32), a hash a row.

    Returns:
        int64, (n,), each 0..256.

    Raises:
        DescriptorShapeError: the hash or the rows are not 32 bytes long, or the table is not of bytes.
    """
    _check_hash(bits)
    if table.ndim != 2 or table.shape[1] != PDQ_BYTES or table.dtype != np.uint8:
        raise DescriptorShapeError(f"expected uint8 (n, {PDQ_BYTES}); received {table.dtype} {table.shape}")
    words = np.ascontiguousarray(table).view(np.uint64)  # (n, 4)
    distances: NDArray[np.int64] = np.bitwise_count(words ^ np.frombuffer(bits, np.uint64)).sum(axis=1, dtype=np.int64)
    return distances


def _check_hash(bits: bytes) -> None:
    if len(bits) != PDQ_BYTES:
        raise DescriptorShapeError(f"expected a hash of {PDQ_BYTES} bytes; received {len(bits)}")
