"""Describes fixed parts of pictures that the catalogue holds already, from their thumbnails."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.regions import RegionShelf
from data.thumbnails import ThumbnailStore
from errors import BadInput
from feature_extractor.decode import decode
from feature_extractor.descriptors import Extractor
from feature_extractor.picture import Limits, Picture
from search.picture_regions import CROPS
from search.regions import cut

BATCH = 32
"""Pictures whose regions are written in one transaction: what a stop loses is some seconds' work."""


@dataclass(slots=True)
class RegionTally:
    """What became of the pictures so far.

    Attributes:
        described: pictures whose regions are known now.
        regions: of these.
        failed: pictures without a thumbnail that can be read.
    """

    described: int = 0
    regions: int = 0
    failed: int = 0


def describe_regions(
    shelf: RegionShelf,
    extractor: Extractor,
    thumbnails: ThumbnailStore,
    limits: Limits,
    crops: int,
    *,
    collection: str | None = None,
    on_progress: Callable[[RegionTally], None] = lambda tally: None,
    on_failure: Callable[[str, str], None] = lambda where, reason: None,
) -> RegionTally:
    """Describe the regions of the pictures that have not so many, and keep them.

    They are cut from thumbnails, which every picture has, so that it is the same whether it was added before or after.
    Stopped at any moment, all batches before stay, and a second run goes on there.

    Args:
        shelf: where they are kept.
        extractor: describes them.
        thumbnails: of the catalogue.
        limits: what a thumbnail may cost.
        crops: how many of each picture, a key of CROPS; others that it has go.
        collection: only of the pictures of this one.
        on_progress: called after each batch.
        on_failure: called with id and reason for each picture that cannot be read.
    Raises:
        BadInput: there is no such number of crops.
        CatalogueUnavailable: nothing more can be read or written.
    """
    if crops not in CROPS:
        raise BadInput(
            f"expected {' or '.join(map(str, CROPS))} regions a picture; received {crops}",
            remedy="Choose one of these, by --crops or RETRACE_REGIONS.",
        )
    tally, after_id = RegionTally(), 0
    while page := shelf.lacking(crops, extractor.model_id, collection=collection, after_id=after_id, limit=BATCH):
        after_id = page[-1][0]
        sets: list[tuple[int, NDArray[np.float32]]] = []
        for image_id, sha256 in page:
            try:
                pixels = _thumbnail(thumbnails, sha256, limits)
            except BadInput as exc:
                tally.failed += 1
                on_failure(str(image_id), str(exc))
                continue
            sets.append((image_id, extractor.describe([cut(pixels, box) for box in CROPS[crops]]).copy))
        tally.described += shelf.put(sets, extractor.model_id)
        tally.regions += sum(len(vectors) for _, vectors in sets)
        on_progress(tally)
    return tally


def _thumbnail(thumbnails: ThumbnailStore, sha256: str, limits: Limits) -> Picture:
    """Return the pixels of a thumbnail.

    Raises:
        BadInput: it is lost or damaged.
    """
    data = thumbnails.read(sha256)
    if data is None:
        raise BadInput("expected a thumbnail; there is none", remedy="Find out with `check`.")
    return decode(data, limits).pixels
