"""Which of two proven copies of a picture came first, as far as they tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from search.boundary import Boundary, judge_boundary
from search.proof import Proof
from search.residual import Box

_WHOLE = 0.97  # as in search.sentence: of the picture's area
_FILLS = 0.95  # of the query's
_REDUCED = 0.8  # px a px, along a side: less comes from rounding and from cropping by a little
_BLUR_PX = 1.0
_FEWER_BYTES = 0.7
_LOSSY = frozenset({"JPEG", "WEBP", "AVIF", "HEIF"})
_STRONG_EDGE = 80.0  # of a Sobel gradient of levels smoothed
_CLEARLY = 4.0  # times as many edges that the other does not have
_RING_PX = 6
_AS_AROUND = 12.0  # levels by which what lies in a box may differ from what is around it, beside its own variation


class Clue(Enum):
    """Something that tells that one of two copies was made from the other, or from what that was made from."""

    CROPPED = "cropped"
    PUT_INTO = "put_into"
    ADDED = "added"
    COLOURS_LOST = "colours_lost"
    FEWER_PIXELS = "fewer_pixels"
    BLURRED = "blurred"
    COMPRESSED = "compressed"

    @property
    def is_strong(self) -> bool:
        """Whether it can hardly be the other way round; the others say what is usual."""
        return self in {Clue.CROPPED, Clue.PUT_INTO, Clue.ADDED, Clue.COLOURS_LOST}


@dataclass(frozen=True, slots=True)
class FileSize:
    """What a picture's file tells beside its pixels: px, bytes, and format."""

    width: int
    height: int
    size_bytes: int
    format: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of two copies: its file, and the small version that geometry compared."""

    file: FileSize
    pixels: Picture


@dataclass(frozen=True, slots=True)
class Precedence:
    """Which of two copies came first.

    Attributes:
        first: 'picture' or 'query'; None where that is undecided.
        clues: that say so; those of both sides where they are at odds; empty where there is none.
    """

    first: Literal["picture", "query"] | None
    clues: tuple[Clue, ...]


def decide(forward: Sequence[Clue], backward: Sequence[Clue]) -> Precedence:
    """Return which of two came first.

    Strong clues count alone where there are any; where those that count speak for both, nothing is decided.

    Args:
        forward: that the query was made from the picture.
        backward: that the picture was made from the query.
    """
    # Read backwards, lost colours cannot be given back: what differs there looks like something that was added.
    told = [
        [clue for clue in clues if not (clue is Clue.ADDED and Clue.COLOURS_LOST in other)]
        for clues, other in ((forward, backward), (backward, forward))
    ]
    for is_strong in (True, False):
        ahead, back = ([clue for clue in clues if clue.is_strong is is_strong] for clues in told)
        if ahead and back:
            return Precedence(None, (*ahead, *back))
        if ahead or back:
            return Precedence("picture" if ahead else "query", tuple(ahead or back))
    return Precedence(None, ())


def clues_of(proof: Proof, picture: Side, query: Side) -> tuple[Clue, ...]:
    """Return what tells that a query was made from a picture.

    A crop comes from the whole: where the picture goes on past what the query shows. What was put into another picture,
    or had a border or filled corners put around it, was there before: there is a seam. Things that were added come
    later, and so do grey and two inks. By what is usual, fewer pixels come from more, a blurred picture from a sharp
    one, and of two files of one size the more compressed one from the other.

    Args:
        proof: of the two, as if the query had been made from the picture.
        picture, query: the two.
    """
    return tuple(_clues(proof, picture, query))


def _clues(proof: Proof, picture: Side, query: Side) -> Iterator[Clue]:
    """Yield what tells that a query was made from a picture, strong clues first."""
    transform = proof.transform
    if transform.kept_share <= _WHOLE and judge_boundary(picture.pixels, transform.kept) is Boundary.GOES_ON:
        yield Clue.CROPPED
    if transform.placed_share <= _FILLS and judge_boundary(query.pixels, transform.placed) is Boundary.SEAM:
        yield Clue.PUT_INTO
    if _has_additions(proof):
        yield Clue.ADDED
    if transform.recolouring is not None and (transform.recolouring.is_grey or transform.recolouring.is_tinted):
        yield Clue.COLOURS_LOST
    if transform.scale < _REDUCED:
        yield Clue.FEWER_PIXELS
    if transform.blur_px > _BLUR_PX:
        yield Clue.BLURRED
    if _is_compressed(picture.file, query.file):
        yield Clue.COMPRESSED


def _is_compressed(picture: FileSize, query: FileSize) -> bool:
    """Return whether of two files of one size the query's is the more compressed."""
    if (picture.width, picture.height) != (query.width, query.height) or query.format not in _LOSSY:
        return False
    return query.size_bytes < _FEWER_BYTES * picture.size_bytes and picture.format in {
        query.format,
        "PNG",
        "BMP",
        "TIFF",
    }


def _has_additions(proof: Proof) -> bool:
    """Return whether what differs was laid over the query, and nothing of it over the picture."""
    sides = {_bearer(proof, box) for box in proof.transform.added} - {None}
    return sides == {"query"}


def _bearer(proof: Proof, box: Box) -> Literal["picture", "query"] | None:
    """Return which of the two bears what differs in a box; None where that cannot be told.

    It has many edges there that the other does not have, and in the other the box looks as what is around it does. So
    text on a sky is told from a sky; a bar over a crowd is not told from a crowd where there was a plain bar before.
    """
    over = proof.overlay
    height, width = over.mask.shape
    left, top = int(box.left * width), int(box.top * height)
    right, bottom = int(np.ceil(box.right * width)), int(np.ceil(box.bottom * height))
    within = np.zeros(over.mask.shape, np.bool_)
    within[top:bottom, left:right] = True
    within &= over.mask
    around = np.asarray(cv2.dilate(within.astype(np.uint8), np.ones((2 * _RING_PX + 1,) * 2, np.uint8)) > 0)
    around &= over.mask & ~within
    edges = [_strong_edges(picture) for picture in (over.laid, over.frame)]
    spread = [np.asarray(cv2.dilate(found.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) for found in edges]
    only = [int((edges[one] & ~spread[1 - one] & within).sum()) for one in (0, 1)]
    if max(only) < 8:
        return None
    bearer = int(only[1] > only[0])
    if only[bearer] < _CLEARLY * only[1 - bearer]:
        return None
    other = (over.laid, over.frame)[1 - bearer]
    return ("picture", "query")[bearer] if _looks_as_around(other, within, around) else None  # type: ignore[return-value]  # one of the two


def _strong_edges(picture: Picture) -> NDArray[np.bool_]:
    """Return where there are strong edges, bool (h, w)."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 0.8).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(across, down) > _STRONG_EDGE)


def _looks_as_around(picture: Picture, within: NDArray[np.bool_], around: NDArray[np.bool_]) -> bool:
    """Return whether what lies within a region has the colours of what is around it; so it is where nothing is."""
    if around.sum() < 16 or not within.any():
        return True
    inside, outside = (picture[where].astype(np.float32) for where in (within, around))
    apart = np.abs(inside.mean(axis=0) - outside.mean(axis=0))
    return bool((apart <= outside.std(axis=0) + _AS_AROUND).all())
