"""The local features that the catalogue keeps of a picture, in px of the picture in the file."""

from dataclasses import replace

import numpy as np

from feature_extractor.keypoints import OF_CATALOGUE, Keypoints, detect
from feature_extractor.picture import Picture


def kept_keypoints(pixels: Picture, width: int, height: int) -> bytes:
    """Return the local features of a picture, packed for the catalogue.

    Args:
        pixels: RGB uint8, (h, w, 3): the upright picture, or a version of it that was made smaller, as decoding and
            thumbnails make it.
        width, height: px of the upright picture in the file; features are told in these.
    Returns:
        what Keypoints.unpack reads, at most 7,831 bytes; of a picture without corners 11 bytes, which say so.
    """
    return resized(detect(pixels, OF_CATALOGUE), width, height).pack()


def resized(found: Keypoints, width: int, height: int) -> Keypoints:
    """Return the features of a picture as they lie in the same picture of another size, in the same order.

    Directions stay: what a preview's sides are rounded by turns nothing that could be measured.
    """
    ratio = np.array([width / found.width, height / found.height], np.float32)
    return replace(
        found,
        width=width,
        height=height,
        places=(found.places + np.float32(0.5)) * ratio - np.float32(0.5),  # from pixel centres to edges and back
        sizes=found.sizes * np.sqrt(ratio.prod()),
    )
