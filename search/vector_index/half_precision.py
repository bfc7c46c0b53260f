"""Half-precision vectors to single precision and back, several times faster than NumPy's own conversions."""

import numpy as np
from numpy.typing import NDArray

from search.vector_index.contract import Vectors

Halves = NDArray[np.float16]  # (n, dim), rows of L2 norm about 1

_SIGN_EXPONENT_FRACTION = np.array(0x8FFFE000, dtype=np.uint32).view(np.int32)[()]
_EXPONENT_BIAS = np.float32(2.0**112)  # float32 counts exponents from 127, float16 from 15
_FRACTION_LOST = 13
"""Bits of float32's fraction that float16 has not."""
_BIAS_LOST = (127 - 15) << 10
_LEAST_NORMAL = int(np.float32(2.0**-14).view(np.int32))
_BLOCK = 256
"""Rows converted at a time: they stay in the processor's cache between one step and the next."""


def widen(halves: Halves) -> Vectors:
    """Return the same numbers as float32, exactly.

    NumPy converts element by element where it was built for any x86-64; moving the bits as integers runs in vector
    registers: sign, exponent and fraction go to their places in float32, and one multiplication mends the exponent's
    bias, of subnormal numbers too.

    Args:
        halves: float16 (n, dim), finite.
    """
    bits = halves.view(np.int16).astype(np.int32)  # the sign spreads over the upper half
    np.left_shift(bits, 13, out=bits)
    np.bitwise_and(bits, _SIGN_EXPONENT_FRACTION, out=bits)
    singles = bits.view(np.float32)
    np.multiply(singles, _EXPONENT_BIAS, out=singles)
    return singles


def narrow(vectors: Vectors) -> Halves:
    """Return the nearest numbers in float16, of two as near the even one: what NumPy's conversion gives, bit for bit.

    Sign and rounded rest go to their places as integers, in vector registers. The few numbers that float16 holds as
    subnormal ones are left to NumPy.

    Args:
        vectors: float32 (n, dim), each under 65,504 in size.
    """
    halves = np.empty(vectors.shape, "<f2")
    for start in range(0, len(vectors), _BLOCK):
        block = np.ascontiguousarray(vectors[start : start + _BLOCK])
        bits = block.view(np.int32)
        rest = bits & 0x7FFFFFFF
        small = np.flatnonzero(rest < _LEAST_NORMAL)
        odd = rest >> _FRACTION_LOST
        odd &= 1
        rest += odd
        rest += (1 << (_FRACTION_LOST - 1)) - 1  # half of what is lost, and up where the last bit kept is odd
        rest >>= _FRACTION_LOST
        rest -= _BIAS_LOST
        rest |= bits >> 16 & 0x8000
        halves[start : start + _BLOCK].view(np.int16)[...] = rest
        halves[start : start + _BLOCK].ravel()[small] = block.ravel()[small]
    return halves
