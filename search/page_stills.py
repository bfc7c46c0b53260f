"""Which stills a page of two pictures shows, drawn from the small versions that geometry compared, as small files.

All but the last are in the frame of the query, so that any two of them fit on each other.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from search.proof import Proof
from search.stills import Pair, blended, boxed, cut_out, encode_still, fitted, heat_map, outlined

STILL_SIDE_PX = 480
"""Longest side of a still."""
_MOST_ENLARGED = 2.0  # small versions have at most 384 px; more than this shows no more


@dataclass(frozen=True, slots=True)
class PageStill:
    """A picture as the bytes of a WebP file, and its size in px."""

    data: bytes
    width: int
    height: int

    @classmethod
    def of(cls, still: NDArray[np.uint8]) -> Self:
        """Return the file of a still, RGB or RGBA."""
        return cls(encode_still(still, "WEBP"), still.shape[1], still.shape[0])


@dataclass(frozen=True, slots=True)
class PageStills:
    """Pictures of a proof.

    Attributes:
        query: as it is; of one size with all that follow but the last.
        laid: the picture as it lies in the query, transparent where it does not.
        blend: half of each, where the picture lies.
        heat: what differs; None where too little agrees to tell.
        query_outlined: the query with the place of the picture outlined and what was added in numbered boxes.
        picture_outlined: the picture, in its own size, with the part outlined that the query shows.
    """

    query: PageStill
    laid: PageStill
    blend: PageStill
    heat: PageStill | None
    query_outlined: PageStill
    picture_outlined: PageStill


def draw_page_stills(proof: Proof, picture: Picture, query: Picture) -> PageStills:
    """Return the pictures of a proof.

    Args:
        proof: of the pair.
        picture: the small version of the catalogue's picture that the proof was found with, RGB uint8.
        query: that of the query.
    """
    own, frame = (fitted(one, STILL_SIDE_PX, most=_MOST_ENLARGED) for one in (picture, query))
    pair = Pair.of(proof, picture, query).redrawn(own, frame)
    heat = heat_map(proof, frame)
    return PageStills(
        query=PageStill.of(frame),
        laid=PageStill.of(cut_out(pair)),
        blend=PageStill.of(blended(pair)),
        heat=None if heat is None else PageStill.of(heat),
        query_outlined=PageStill.of(boxed(outlined(frame, proof.transform.placed), proof.transform.added)),
        picture_outlined=PageStill.of(outlined(own, proof.transform.kept)),
    )
