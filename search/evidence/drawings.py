"""Which stills go into a pack, drawn from the files where the pack holds them, or else from the previews."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from feature_extractor.picture import Picture
from feature_extractor.preview import make_preview
from search.proof import Proof, Seen
from search.stills import Pair, aligned, boxed, halves, heat_map, outlined, side_by_side

CAPTIONS: Mapping[str, str] = {
    "side_by_side": "The first picture and the second.",
    "region_first": "The part of the first picture that the second shows.",
    "region_second": "Where in the second picture it lies.",
    "halves": "Left of the line the first picture, laid on the second; right of it the second itself.",
    "aligned": "The first picture as it lies in the second.",
    "heat_map": "What differs once they lie on each other, the change of colours undone: grey nothing, white most; "
    "darker grey was not compared.",
    "added": "What the second shows on top, numbered.",
}
"""Name of each still to what it shows."""

_PRINT_SIDE_PX = 960  # of a picture drawn from its file: 240 px an inch at half the width of a page
_JPEG_QUALITY = 90
_LOCAL = 9  # px: what is compared of two drawings is the mean of such a square
_SAME_LOOK = 16.0  # levels of 255; compression moves such means by half as many


@dataclass(frozen=True, slots=True)
class Shown:
    """The versions of two pictures that are drawn: decoded ones of any size, or small ones."""

    first: Picture
    second: Picture

    def small(self) -> "Shown":
        """Return them no larger than what is printed."""
        return Shown(*(make_preview(one, _PRINT_SIDE_PX) for one in (self.first, self.second)))


def draw_stills(proof: Proof | None, seen: tuple[Seen, Seen], shown: Shown) -> dict[str, Picture]:
    """Return the stills of a pair by their names, in order; only the two beside each other where there is no proof.

    There is no heat map where too little agrees to tell what differs, and nothing boxed where nothing was added.

    Args:
        proof: what geometry found.
        seen: the small versions that it looked at.
        shown: the versions to draw.
    """
    shown = shown.small()
    stills = {"side_by_side": side_by_side(shown.first, shown.second, side_px=_PRINT_SIDE_PX)}
    if proof is None:
        return stills
    pair = Pair.of(proof, seen[0].pixels, seen[1].pixels).redrawn(shown.first, shown.second)
    stills |= {
        "region_first": outlined(shown.first, proof.transform.kept),
        "region_second": outlined(shown.second, proof.transform.placed),
        "halves": halves(pair),
        "aligned": aligned(pair),
    }
    heat = heat_map(proof, shown.second)
    if heat is not None:
        stills["heat_map"] = heat
    if proof.transform.added:
        stills["added"] = boxed(shown.second, proof.transform.added)
    return stills


def look_alike(one: Picture, other: Picture) -> bool:
    """Return whether two pictures show the same everywhere, but for what compression and rounding do."""
    if one.shape != other.shape:
        return False
    apart = np.abs(cv2.blur(one, (_LOCAL, _LOCAL)).astype(np.int16) - cv2.blur(other, (_LOCAL, _LOCAL)))
    return bool(apart.max() <= _SAME_LOOK)
