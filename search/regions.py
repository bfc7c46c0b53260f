"""Searches with parts of a query: what lies within a screenshot, a collage or another picture, or in a drawn box.

A descriptor tells of the whole picture, so that what fills a small part of it goes under. The winners of the image
similarity challenge cut queries, and the pictures they were held against, into fixed crops and what a trained detector
took for a pasted picture (Papakipos et al., "Results and findings of the 2021 Image Similarity Challenge", 2022). Here
the pasted pictures are found by their edges (`search.frames`), and fixed crops are for those who ask for them. A part
only proposes candidates: what it finds counts once geometry has laid it on the whole query.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.records import Image
from errors import BadRequest
from feature_extractor.descriptors import ATTRIBUTES, Extractor
from feature_extractor.hashes import compute_pdq
from feature_extractor.keypoints import OF_QUERY, detect
from feature_extractor.picture import Picture
from search.answer import Part, QueryPicture
from search.examine import (
    MOST,
    Features,
    SmallVersions,
    examine_nearest,
    judge_gate,
    small_version,
    with_keypoints,
)
from search.frames import find_frames, overlap
from search.proof import Proof
from search.residual import Box
from search.vector_index.contract import NO_ID, Ids, Neighbours, Vectors
from search.verdict import is_convincing, is_too_plain

NEAREST = 32
"""Nearest pictures of every part that are looked at, as many as of the whole."""
LEAST_SIDE_PX = 32
"""Shortest side of a part that someone names, in px of what is at hand of the picture."""
FILLS = 0.6
"""Share of the query that a proven copy fills where the query is that picture, and no collage with it."""

_LEAST_FRAME_PX = 64  # of the picture as it was given
_LEAST_FRAME_SEEN_PX = 24  # of its small version
_COVERED = 0.7  # intersection over union with a place that is proven already
_WINDOWS = (0.0, 0.25, 0.5)

EVERYWHERE: tuple[Box, ...] = tuple(Box(left, top, left + 0.5, top + 0.5) for top in _WINDOWS for left in _WINDOWS)
"""Half of each side, nine times, each over half of the next: for pictures that no straight edge gives away."""
MOST_PARTS = 10
"""Parts of one query, at most: each costs the network 26 ms of one core, and all of this may take .4 s."""


class Nearest(Protocol):
    """What finds the nearest of some descriptors: the live index, or what guarded pictures are kept in."""

    def search(self, queries: Vectors, k: int, *, allow: Ids | None = None) -> Neighbours:
        """Return the k nearest of every query, as search.vector_index.contract.VectorIndex does."""
        ...


class Pictures(Features, Protocol):
    """Where rows of pictures are kept beside their features."""

    def images(self, ids: Sequence[int]) -> Mapping[int, Image]:
        """Return pictures by id, in the order asked for; unknown ids are left out."""
        ...


@dataclass(frozen=True, slots=True)
class FoundInPart:
    """A picture of the catalogue that a part of the query found, proven to be in the query.

    Attributes:
        score: cosine of its `copy` descriptor and that of the part.
        box: of the part.
        proof: on the whole query.
    """

    score: float
    box: Box
    proof: Proof


def parse_region(text: str) -> Box:
    """Return a part of a picture from 'left,top,right,bottom' in shares of its sides, 0..1.

    Raises:
        BadRequest: these are not four such numbers, or they enclose nothing.
    """
    try:
        numbers = [float(part) for part in text.split(",")] if len(text) <= 100 else []
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(isfinite(number) and 0 <= number <= 1 for number in numbers):
        raise BadRequest(
            f"expected a part of the picture as four shares of its sides; received {text[:60]!r}",
            remedy="Write left, top, right and bottom, such as 0.1,0.2,0.6,0.7.",
        )
    left, top, right, bottom = numbers
    if left >= right or top >= bottom:
        raise BadRequest(
            f"expected left before right and top before bottom; received {text[:60]!r}",
            remedy="Write left, top, right and bottom, such as 0.1,0.2,0.6,0.7.",
        )
    return Box(left, top, right, bottom)


def narrow(query: QueryPicture, box: Box, extractor: Extractor, thumbnails: SmallVersions) -> QueryPicture:
    """Return a query that asks for a part of the picture: descriptors, attributes and local features are the part's.

    Places stay those of the whole picture, so that geometry tells where in it the copies lie. Where the upload itself
    is gone, as behind a results page, its preview of 320 px is what a part is cut from.

    Args:
        query: the whole.
        box: of the part.
        extractor: of the model that described the query.
        thumbnails: of the catalogue.
    Raises:
        BadRequest: there is too little of the part to see, or nothing of the picture at hand.
    """
    picture = _at_hand(query, thumbnails)
    if picture is None:
        raise BadRequest("there is nothing at hand of this picture to cut a part from", remedy="Upload the picture.")
    part = cut(picture, box)
    height, width = part.shape[:2]
    if min(height, width) < LEAST_SIDE_PX:
        raise BadRequest(
            f"expected a part of at least {LEAST_SIDE_PX} px a side; received {width} x {height} px of the "
            f"{picture.shape[1]} x {picture.shape[0]} that are at hand",
            remedy="Draw a larger box, or cut the part out and upload it by itself.",
        )
    described, pdq = extractor.describe([part]), compute_pdq(part)
    return replace(
        query,
        pdq=None if is_too_plain(pdq) else pdq.bits,
        too_plain=is_too_plain(pdq),
        copy=described.copy[0],
        similar=described.similar[0],
        attributes=dict(zip(ATTRIBUTES, described.attributes[0].tolist(), strict=True)),
        keypoints=_features(query, picture, box),
        region=box,
        parts=None,
    )


def with_parts(
    query: QueryPicture,
    extractor: Extractor,
    thumbnails: SmallVersions,
    *,
    everywhere: bool = False,
    covered: Sequence[Box] = (),
) -> QueryPicture:
    """Return a query with its parts described, those that it has already left as they are.

    Args:
        query: the whole.
        extractor: of the model that described the query.
        thumbnails: of the catalogue.
        everywhere: fixed crops too, beside the pictures that straight edges frame.
        covered: places of the query that need not be looked at again.
    """
    held = query.parts or ()
    boxes = list(EVERYWHERE) if everywhere else []
    small = small_version(query, thumbnails) if query.parts is None else None
    if small is not None:
        boxes[:0] = find_frames(small, least_px=least_frame_px(query.width, small.shape[1]))
    taken = [*covered, *(part.box for part in held)]
    new = [box for box in boxes if all(overlap(box, other) < _COVERED for other in taken)][: MOST_PARTS - len(held)]
    picture = _at_hand(query, thumbnails)
    if picture is None or not new:
        return replace(query, parts=held)
    copy = extractor.describe([cut(picture, box) for box in new]).copy
    return replace(query, parts=(*held, *(Part(box, vector) for box, vector in zip(new, copy, strict=True))))


def least_frame_px(width: int, small_width: int) -> int:
    """Return the shortest side of a frame that is a part, in px of the small version of a picture."""
    enlarged = max(width / small_width, 1.0)
    return round(max(_LEAST_FRAME_PX / enlarged, _LEAST_FRAME_SEEN_PX))


def examine_parts(
    query: QueryPicture,
    copies: Nearest,
    catalogue: Pictures,
    thumbnails: SmallVersions,
    *,
    allow: Ids | None,
    threshold: float,
    known: Collection[int],
) -> tuple[QueryPicture, Mapping[int, FoundInPart]]:
    """Return what the parts of a query find and geometry proves, by id, and the query with the features for that.

    Args:
        query: with its parts.
        copies: index of the `copy` descriptors.
        catalogue: that it indexes.
        thumbnails: of the catalogue.
        allow: ids that may be found; None for all.
        threshold: least score of a probable copy, as measured for the model.
        known: ids that the whole was laid on already; the query's own is left out by itself.
    """
    nearest = _nearest_of_parts(query, copies, allow, threshold, known)
    images = catalogue.images(list(nearest))
    if not images:
        return query, {}
    query = _with_features(query, thumbnails)
    # No frame of a picture lies on that of the whole query: that is what a part is.
    proofs = examine_nearest(query, list(images.values()), catalogue, thumbnails, by_frames=0)
    return query, {
        image_id: FoundInPart(*nearest[image_id], proof)
        for image_id, proof in proofs.items()
        if proof is not None and is_convincing(proof)
    }


def _nearest_of_parts(
    query: QueryPicture, copies: Nearest, allow: Ids | None, threshold: float, known: Collection[int]
) -> dict[int, tuple[float, Box]]:
    """Return ids with the score and the part that found them, those first that stand out of their part's by most."""
    parts = query.parts or ()
    if not parts:
        return {}
    found = copies.search(np.stack([part.copy for part in parts]), NEAREST, allow=allow)
    best: dict[int, tuple[float, float, Box]] = {}
    for part, ids, scores in zip(parts, found.ids, found.scores, strict=True):
        held = (ids != NO_ID) & (ids != (query.image_id or NO_ID))
        gate = judge_gate(scores[held], threshold)
        for image_id, score in zip(ids[held][: gate.count].tolist(), scores[held].tolist(), strict=False):
            gap = score - (gate.background or 0.0)
            if image_id not in known and gap > best.get(image_id, (-np.inf,))[0]:
                best[image_id] = gap, score, part.box
    chosen = sorted(best, key=lambda image_id: -best[image_id][0])[:MOST]
    return {image_id: best[image_id][1:] for image_id in chosen}


def placed_box(proof: Proof) -> Box:
    """Return the upright rectangle around where a picture lies in the query; an empty one where it lies nowhere."""
    polygon = proof.transform.placed
    if not polygon:
        return Box(0.0, 0.0, 0.0, 0.0)
    x, y = zip(*polygon, strict=True)
    return Box(min(x), min(y), max(x), max(y))


def _at_hand(query: QueryPicture, thumbnails: SmallVersions) -> Picture | None:
    """Return the picture itself or, where it is gone, the small version that is left of it."""
    return query.pixels if query.pixels is not None else small_version(query, thumbnails)


def _edges_px(picture: Picture, box: Box) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of a part in px, at least one px apart."""
    height, width = picture.shape[:2]
    left, top = min(round(box.left * width), width - 1), min(round(box.top * height), height - 1)
    return left, top, max(round(box.right * width), left + 1), max(round(box.bottom * height), top + 1)


def cut(picture: Picture, box: Box) -> Picture:
    """Return a part of a picture, RGB uint8."""
    left, top, right, bottom = _edges_px(picture, box)
    return np.ascontiguousarray(picture[top:bottom, left:right])


def _with_features(query: QueryPicture, thumbnails: SmallVersions) -> QueryPicture:
    """Return a query with its local features, from its small version where it has none yet and its pixels are gone."""
    query = with_keypoints(query)
    small = small_version(query, thumbnails) if query.keypoints is None else None
    return query if small is None else replace(query, keypoints=_features(query, small, Box(0.0, 0.0, 1.0, 1.0)))


def _features(query: QueryPicture, picture: Picture, box: Box) -> bytes:
    """Return the local features of a part, packed, in px of the whole upright picture."""
    found = detect(cut(picture, box), OF_QUERY)
    left, top, _, _ = _edges_px(picture, box)
    ratio = np.array([query.width / picture.shape[1], query.height / picture.shape[0]], np.float32)
    places: NDArray[np.float32] = (found.places + np.array([left + 0.5, top + 0.5], np.float32)) * ratio
    return replace(
        found,
        width=query.width,
        height=query.height,
        places=places - np.float32(0.5),
        sizes=found.sizes * np.float32(np.sqrt(ratio.prod())),
    ).pack()
