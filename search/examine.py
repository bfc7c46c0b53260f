"""Which of the nearest pictures are looked at by geometry, and what it finds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.records import Image
from data.thumbnails import ThumbnailStore
from errors import BrokenPicture
from feature_extractor.kept_keypoints import resized
from feature_extractor.keypoints import METHOD, OF_QUERY, Keypoints, detect
from feature_extractor.picture import Picture
from feature_extractor.preview import PREVIEW_SIDE_PX, decode_preview, make_preview
from search.answer import QueryPicture
from search.proof import Proof, Seen, propose, prove

MOST = 12
"""Pictures that are examined at most, the nearest first: of 1,110 edited copies 98 in a hundred were among eight, 99
among sixteen."""
_BY_FRAMES = 2  # the nearest are laid frame on frame too: what has lost its corners has kept its descriptor
_GAP = 0.1  # two in three pictures without a copy stand out as far, and 95 in a hundred edited copies
_BACKGROUND = slice(7, 32)  # places of the nearest that stand for what is usual; before them may be more copies


def worth_examining(scores: NDArray[np.float32], threshold: float) -> int:
    """Return how many of the nearest pictures are worth a look.

    What has no copy in the catalogue has a nearest picture too; it stands out of those behind it less than a copy does,
    which a comparison with them tells (score normalisation, as in Douze et al., "The 2021 image similarity dataset and
    challenge", 2021). None is examined unless the nearest stands out or reaches the model's own threshold.

    Args:
        scores: float32 (n,), cosines of the nearest, descending.
        threshold: least score of a probable copy.
    """
    if len(scores) == 0:
        return 0
    behind = scores[_BACKGROUND]
    if scores[0] >= threshold or len(behind) == 0 or scores[0] - behind.mean() >= _GAP:
        return min(len(scores), MOST)
    return 0


def with_keypoints(query: QueryPicture) -> QueryPicture:
    """Return a query with its local features, found now where there are none yet and its pixels are at hand."""
    if query.keypoints is not None or query.pixels is None:
        return query
    found = resized(detect(query.pixels, OF_QUERY), query.width, query.height)
    return replace(query, keypoints=found.pack())


def examine_nearest(
    query: QueryPicture, images: Sequence[Image], catalogue: Catalogue, thumbnails: ThumbnailStore
) -> Mapping[int, Proof]:
    """Return what geometry finds of pictures of the catalogue, by their ids.

    Pictures without kept features, as an older version left them, or without a whole thumbnail are passed over: they
    can still be found, not proven. `check` reports both.

    Args:
        query: with its local features; without them, or without anything to see of it, nothing is found.
        images: of the catalogue, the nearest first.
    """
    seen = _see_query(query, thumbnails)
    if seen is None:
        return {}
    kept = catalogue.keypoints_of([image.id for image in images], METHOD)
    proofs: dict[int, Proof] = {}
    for place, image in enumerate(images):
        if image.id not in kept:
            continue
        keypoints = Keypoints.unpack(kept[image.id])
        proposals = propose(keypoints, seen.keypoints, by_frames=place < _BY_FRAMES)
        pixels = _see_thumbnail(image.sha256, thumbnails) if proposals else None
        if pixels is None:
            continue
        proof = prove(Seen(keypoints, pixels), seen, proposals, jpeg_quality=query.jpeg_quality)
        if proof is not None:
            proofs[image.id] = proof
    return proofs


def _see_query(query: QueryPicture, thumbnails: ThumbnailStore) -> Seen | None:
    """Return what geometry sees of a query: its preview, made now where there is none, or its thumbnail."""
    if query.keypoints is None:
        return None
    pixels: Picture | None = None
    if query.preview:
        pixels = decode_preview(query.preview)
    elif query.image_id is not None:
        pixels = _see_thumbnail(query.sha256, thumbnails)
    elif query.pixels is not None:
        pixels = make_preview(query.pixels, PREVIEW_SIDE_PX)
    return None if pixels is None else Seen(Keypoints.unpack(query.keypoints), pixels)


def _see_thumbnail(sha256: str, thumbnails: ThumbnailStore) -> Picture | None:
    """Return the pixels of a thumbnail; None where it is lost or damaged."""
    data = thumbnails.read(sha256)
    try:
        return None if data is None else decode_preview(data)
    except BrokenPicture:
        return None
