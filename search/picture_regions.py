"""Searches among fixed parts of the catalogue's pictures: what shows a sixth of a picture is near to that part of it.

The whole of a picture is described once, so that a strong crop of it is another picture to the descriptor. The winners
of the image similarity challenge described crops of the reference pictures too (Papakipos et al., "Results and findings
of the 2021 Image Similarity Challenge", 2022). A region only proposes candidates: what it finds counts once geometry
has laid the whole picture on the query. Regions cost room and time, and are there for those who ask for them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from data.catalogue import Catalogue
from data.regions import RegionShelf
from data.thumbnails import ThumbnailStore
from search.answer import QueryPicture
from search.examine import examine_nearest, judge_gate, with_keypoints
from search.live_index import LiveIndex
from search.proof import Proof
from search.regions import EVERYWHERE
from search.residual import Box
from search.vector_index.contract import NO_ID, Ids
from search.verdict import is_convincing

CROPS: Mapping[int, tuple[Box, ...]] = {5: EVERYWHERE[::2], 9: EVERYWHERE}
"""What is described of a picture, by how many there are: half of each side, the corners and the middle, or all nine."""
NEAREST = 96
"""Nearest regions that are looked at: of one picture several are near, and pictures behind must tell what is usual."""


@dataclass(frozen=True, slots=True)
class PictureRegions:
    """Where described regions are kept, and the index of them."""

    shelf: RegionShelf
    index: LiveIndex


@dataclass(frozen=True, slots=True)
class FoundByRegion:
    """A picture of the catalogue that one of its regions found, proven to be in the query.

    Attributes:
        score: cosine of the `copy` descriptors of the region and the query.
        box: of the region, in shares of the picture.
        proof: of the whole picture on the query.
    """

    score: float
    box: Box
    proof: Proof


def examine_by_regions(
    query: QueryPicture,
    regions: PictureRegions,
    catalogue: Catalogue,
    thumbnails: ThumbnailStore,
    *,
    allow: Ids | None,
    threshold: float,
    known: Collection[int],
) -> tuple[QueryPicture, Mapping[int, FoundByRegion]]:
    """Return what regions find and geometry proves, by id of the picture, and the query with the features for that.

    Args:
        query: the whole, or a part that stands for it.
        regions: of the catalogue's pictures.
        catalogue: that they are of.
        thumbnails: of the catalogue.
        allow: ids of pictures that may be found; None for all.
        threshold: least score of a probable copy, as measured for the model.
        known: ids that geometry laid on the query already; the query's own is left out by itself.
    """
    nearest = {
        image_id: found
        for image_id, found in _nearest_pictures(query, regions, allow, threshold).items()
        if image_id not in known
    }
    images = catalogue.images(list(nearest))
    if not images:
        return query, {}
    query = with_keypoints(query)
    proofs = examine_nearest(query, list(images.values()), catalogue, thumbnails, by_frames=0)
    return query, {
        image_id: FoundByRegion(*nearest[image_id], proof)
        for image_id, proof in proofs.items()
        if proof is not None and is_convincing(proof)
    }


def _nearest_pictures(
    query: QueryPicture, regions: PictureRegions, allow: Ids | None, threshold: float
) -> dict[int, tuple[float, Box]]:
    """Return the pictures whose regions stand out of those behind, with score and region, the nearest first."""
    if not len(regions.index):
        return {}
    allowed = None if allow is None else regions.shelf.ids_of_images(allow.tolist())
    found = regions.index.search(query.copy[np.newaxis], NEAREST, allow=allowed)
    held = found.ids[0] != NO_ID
    owners = regions.shelf.owners(found.ids[0][held].tolist())
    best: dict[int, tuple[float, Box]] = {}
    for region_id, score in zip(found.ids[0][held].tolist(), found.scores[0][held].tolist(), strict=True):
        owner = owners.get(region_id)  # None: gone since the index last looked
        if owner is not None and owner.image_id != query.image_id and owner.image_id not in best:
            best[owner.image_id] = score, CROPS[owner.regions][owner.number]
    gate = judge_gate(np.array([score for score, _ in best.values()], np.float32), threshold)
    return dict(list(best.items())[: gate.count])
