"""Takes pictures out, wholly: rows first, then what lies beside them."""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from data.catalogue import Catalogue
from data.thumbnails import ThumbnailStore

AT_ONCE = 1000
"""Pictures removed in one transaction: a fraction of a second, in which other writers wait."""

_Item = TypeVar("_Item")


def remove_images(catalogue: Catalogue, thumbnails: ThumbnailStore, image_ids: Collection[int]) -> int:
    """Remove pictures and return how many were there; serving processes drop them at their next look.

    The rows go first: a crash then leaves a stray thumbnail, which `check --repair` sweeps, and never a picture that
    is shown without one. Each picture goes wholly; of many, those before a crash are gone.

    Raises:
        CatalogueUnavailable: the rest was not removed.
        StorageUnavailable: as that; of some of those removed the thumbnails are left.
    """
    removed = 0
    for some in _chunks(sorted(set(image_ids))):
        gone = catalogue.remove(some)
        remove_strays(catalogue, thumbnails, [image.sha256 for image in gone])
        removed += len(gone)
    return removed


def remove_strays(catalogue: Catalogue, thumbnails: ThumbnailStore, hashes: Sequence[str]) -> None:
    """Remove those of the thumbnails that show no picture of the catalogue, also if another process is adding it.

    Raises:
        CatalogueUnavailable, StorageUnavailable: the rest was not removed.
    """
    for some in _chunks(hashes):
        # Whoever adds one of these pictures commits before, and it is left alone, or after, and looks (search.ingest).
        with catalogue.absent(some) as strays:
            for sha256 in strays:
                thumbnails.remove(sha256)


def _chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Yield the items, so many at a time."""
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
