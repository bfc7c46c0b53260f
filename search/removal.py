"""Takes pictures out, wholly: rows first, then what lies beside them."""

from collections.abc import Collection

from data.catalogue import Catalogue
from data.thumbnails import ThumbnailStore


def remove_images(catalogue: Catalogue, thumbnails: ThumbnailStore, image_ids: Collection[int]) -> int:
    """Remove pictures and return how many were there; serving processes drop them at their next look.

    The rows go first, in one transaction: a crash then leaves a stray thumbnail, which `check --repair` sweeps, and
    never a picture that is shown without one.

    Raises:
        CatalogueUnavailable: nothing was removed.
        StorageUnavailable: the rows are gone, a thumbnail could not be removed.
    """
    removed = catalogue.remove(image_ids)
    for image in removed:
        thumbnails.remove(image.sha256)
    return len(removed)
