"""Which of the nearest pictures are looked at by geometry, and what it finds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.records import Image
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
BY_FRAMES = 2
"""So many of them, the nearest, are laid frame on frame too: what has lost its corners has kept its descriptor."""
STANDS_OUT = 2.4
"""How far the nearest stands out of those behind it where it is worth a look, in spreads of these. Among some pictures
scores lie close together, and a small gap tells; among shirts on one floor they fall slowly, and it does not. Of 1,000
train pictures without a copy 48 in a hundred are worth a look by this or what follows; of 1,453 edited copies that are
among the nearest dozen, 51 are not."""
GAP = 0.35
"""How far it stands out where it is worth a look whatever their spread, which is wide in a small catalogue and where
many copies are among them: in cosines, as a share of the model's copy threshold. Two pictures without a copy in a
hundred do that are not worth a look otherwise."""
_LEAST_SPREAD = 1e-6
_BACKGROUND = slice(7, 32)  # places of the nearest that stand for what is usual; before them may be more copies


class Features(Protocol):
    """Where local features are kept: the catalogue, or what stands beside it (search.watching)."""

    def keypoints_of(self, ids: Collection[int], method: str) -> Mapping[int, bytes]:
        """Return the local features of some pictures, packed; those that have none of this method are left out."""
        ...


class SmallVersions(Protocol):
    """Where small versions of pictures are kept: the thumbnails of the catalogue, or what stands beside them."""

    def read(self, sha256: str) -> bytes | None:
        """Return the WebP of a picture; None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether the nearest pictures stand out enough to be looked at.

    Attributes:
        best: score of the nearest; None where there is none.
        background: mean score of those that stand for what is usual; None where there are too few for any to.
        spread: how far the first of these is above the last; likewise.
        count: how many of the nearest are worth a look, 0 where none is.
    """

    best: float | None
    background: float | None
    spread: float | None
    count: int

    @property
    def gap(self) -> float | None:
        """How far the nearest stands above what is usual; None where that cannot be told."""
        return None if self.best is None or self.background is None else self.best - self.background

    @property
    def standing_out(self) -> float | None:
        """The gap in spreads of what is usual; None where that cannot be told."""
        return None if self.gap is None or self.spread is None else self.gap / max(self.spread, _LEAST_SPREAD)


def judge_gate(scores: NDArray[np.float32], threshold: float) -> Gate:
    """Return how many of the nearest pictures are worth a look, and why.

    What has no copy in the catalogue has a nearest picture too; it stands out of those behind it less than a copy does,
    which a comparison with them tells (score normalisation, as in Douze et al., "The 2021 image similarity dataset and
    challenge", 2021). How far it must stand out is counted in their own spread, which differs from picture to picture.
    None is examined unless the nearest stands out or reaches the model's own threshold.

    Args:
        scores: float32 (n,), cosines of the nearest, descending.
        threshold: least score of a probable copy.
    """
    if len(scores) == 0:
        return Gate(None, None, None, 0)
    behind = scores[_BACKGROUND]
    background, spread = (float(behind.mean()), float(behind[0] - behind[-1])) if len(behind) else (None, None)
    gate = Gate(float(scores[0]), background, spread, min(len(scores), MOST))
    stands_out = (gate.standing_out or 0) >= STANDS_OUT
    if gate.gap is None or scores[0] >= threshold or gate.gap >= GAP * threshold or stands_out:
        return gate
    return replace(gate, count=0)


def worth_examining(scores: NDArray[np.float32], threshold: float) -> int:
    """Return how many of the nearest pictures are worth a look, as `judge_gate` says."""
    return judge_gate(scores, threshold).count


def with_keypoints(query: QueryPicture) -> QueryPicture:
    """Return a query with its local features, found now where there are none yet and its pixels are at hand."""
    if query.keypoints is not None or query.pixels is None:
        return query
    found = resized(detect(query.pixels, OF_QUERY), query.width, query.height)
    return replace(query, keypoints=found.pack())


def examine_nearest(
    query: QueryPicture,
    images: Sequence[Image],
    catalogue: Features,
    thumbnails: SmallVersions,
    *,
    by_frames: int = BY_FRAMES,
) -> Mapping[int, Proof | None]:
    """Return what geometry finds of pictures of the catalogue, by their ids; None of those it laid on it in vain.

    Pictures without kept features, as an older version left them, or without a whole thumbnail are passed over: they
    can still be found, not proven. `check` reports both.

    Args:
        query: with its local features; without them, or without anything to see of it, nothing is found.
        images: of the catalogue, the nearest first.
        by_frames: so many of them are laid frame on frame too.
    """
    seen = _see_query(query, thumbnails)
    if seen is None:
        return {}
    kept = catalogue.keypoints_of([image.id for image in images], METHOD)
    proofs: dict[int, Proof | None] = {}
    for place, image in enumerate(images):
        if image.id not in kept:
            continue
        keypoints = Keypoints.unpack(kept[image.id])
        proposals = propose(keypoints, seen.keypoints, by_frames=place < by_frames)
        if not proposals:
            proofs[image.id] = None
            continue
        pixels = see_thumbnail(image.sha256, thumbnails)
        if pixels is not None:
            proofs[image.id] = prove(Seen(keypoints, pixels), seen, proposals, jpeg_quality=query.jpeg_quality)
    return proofs


def _see_query(query: QueryPicture, thumbnails: SmallVersions) -> Seen | None:
    """Return what geometry sees of a query: its preview, made now where there is none, or its thumbnail."""
    if query.keypoints is None:
        return None
    pixels = small_version(query, thumbnails)
    return None if pixels is None else Seen(Keypoints.unpack(query.keypoints), pixels)


def small_version(query: QueryPicture, thumbnails: SmallVersions, *, side_px: int = PREVIEW_SIDE_PX) -> Picture | None:
    """Return a small version of a described picture, RGB uint8; None where nothing of it is at hand.

    Args:
        query: an upload, with its preview or its pixels, or a picture of the catalogue.
        thumbnails: of the catalogue.
        side_px: longest side, where it is made from the pixels now.
    """
    if query.preview:
        return decode_preview(query.preview)
    if query.image_id is not None:
        return see_thumbnail(query.sha256, thumbnails)
    return None if query.pixels is None else make_preview(query.pixels, side_px)


def see_thumbnail(sha256: str, thumbnails: SmallVersions) -> Picture | None:
    """Return the pixels of a thumbnail; None where it is lost or damaged."""
    data = thumbnails.read(sha256)
    try:
        return None if data is None else decode_preview(data)
    except BrokenPicture:
        return None
