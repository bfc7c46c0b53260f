"""Half-precision vectors to single precision, several times faster than NumPy's own conversion."""

import numpy as np
from numpy.typing import NDArray

from search.vector_index.contract import Vectors

Halves = NDArray[np.float16]  # (n, dim), rows of L2 norm about 1

_SIGN_EXPONENT_FRACTION = np.array(0x8FFFE000, dtype=np.uint32).view(np.int32)[()]
_EXPONENT_BIAS = np.float32(2.0**112)  # float32 counts exponents from 127, float16 from 15


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
