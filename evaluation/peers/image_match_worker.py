"""Answers pictures with image-match's signatures; run by `ImageMatch` in an environment that has image-match.

A picture comes as height and width, two little-endian uint32, and its RGB bytes; 648 bytes, int8, go back.
"""

import struct
import sys

import numpy as np
from image_match.goldberg import ImageSignature  # type: ignore[import-not-found,unused-ignore]  # there alone

HEADER = struct.Struct("<II")


def main() -> None:
    """Answer until there is no more."""
    signer = ImageSignature()
    while header := sys.stdin.buffer.read(HEADER.size):
        height, width = HEADER.unpack(header)
        data = sys.stdin.buffer.read(height * width * 3)
        signature = signer.generate_signature(np.frombuffer(data, np.uint8).reshape(height, width, 3))
        sys.stdout.buffer.write(signature.tobytes())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
