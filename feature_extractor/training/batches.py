"""Pictures by the batch."""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from feature_extractor.picture import Picture


def batches(pictures: Iterable[Picture], size: int) -> Iterator[Picture]:
    """Yield pictures of one shape stacked, `size` at a time; the last batch may be smaller.

    Args:
        pictures: uint8 (height, width, 3) each.
        size: at least 1.
    Yields:
        uint8 (at most size, height, width, 3).
    """
    remaining = iter(pictures)
    while batch := list(islice(remaining, size)):
        yield np.stack(batch)
