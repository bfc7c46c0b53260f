"""The hashes of the catalogue as a list to share."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from data.hash_lists import HashLine
from data.hashes import HashedPicture
from data.thumbnails import ThumbnailStore
from errors import BrokenPicture
from feature_extractor.decode import decode
from feature_extractor.hashes import PDQ_MIN_QUALITY, compute_pdq
from feature_extractor.picture import Limits

_AT_ONCE = 256


def hash_lines(
    pictures: Iterable[HashedPicture], thumbnails: ThumbnailStore, limits: Limits, *, workers: int = 1
) -> Iterator[HashLine]:
    """Yield a line for each picture, in their order.

    The hash is that of the picture itself. The catalogue keeps no quality: it is measured on the thumbnail, and at
    least 50, as a picture below that has no hash here.

    Args:
        pictures: of the catalogue.
        thumbnails: of it.
        limits: what a thumbnail may cost.
        workers: threads that measure.
    """

    def line(picture: HashedPicture) -> HashLine:
        quality = thumbnail_quality(thumbnails.read(picture.sha256), limits)
        return HashLine(picture.pdq.hex(), quality, picture.image_id, picture.sha256)

    left = iter(pictures)
    with ThreadPoolExecutor(workers, thread_name_prefix="quality") as pool:
        while some := list(islice(left, _AT_ONCE)):
            yield from pool.map(line, some)


def thumbnail_quality(thumbnail: bytes | None, limits: Limits) -> int | None:
    """Return how far to trust the hash of a picture, 50..100; None where its thumbnail is lost or damaged."""
    if thumbnail is None:
        return None
    try:
        pixels = decode(thumbnail, limits).pixels
    except BrokenPicture:
        # `check` tells of it; the hash is as good as before.
        return None
    return max(PDQ_MIN_QUALITY, compute_pdq(pixels).quality)
