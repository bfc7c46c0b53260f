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
from search.geometry import jacobian
from search.proof import Proof
from search.residual import Box, Overlay

_WHOLE = 0.97  # as in search.sentence: of the picture's area
_FILLS = 0.95  # of the query's
_REDUCED = 0.8  # px a px, along a side: less comes from rounding and from cropping by a little
_BLUR_PX = 1.5  # of 384: a little comes from how small versions are made
_FEWER_BYTES = 0.7
_LOSSY = frozenset({"JPEG", "WEBP", "AVIF", "HEIF"})
_STRONG_EDGE = 80.0  # of a Sobel gradient of levels smoothed
_CLEARLY = 4.0  # times as many edges that the other does not have
_RIM_PX, _RIM_AGREES = 4, 0.8
_AS_FINE = 0.9
_OUTLINE = 0.15  # of the px around a box
_SHARPER = 1.3
_AROUND_PX, _LEAST_PX = 7, 400
_FLATTEST = 0.2  # of the pixels
_FINE_LEVELS = 1.5  # standard deviation under which there is no fine detail to speak of
_EVEN = 0.3  # of the standard deviation everywhere
_RING_PX = 6
_AS_AROUND = (0.5, 8.0)
"""How far what lies in a box may be from what is around it: of the standard deviation of that, and levels beside."""


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


_LOSSES = frozenset({Clue.COLOURS_LOST, Clue.BLURRED})


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
    # Read backwards, what was lost is not given back: it looks like something that was added.
    told = [
        [clue for clue in clues if clue is not Clue.ADDED or _LOSSES.isdisjoint(other)]
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
    ends_agree = _edges_agree(proof)
    if (
        ends_agree
        and transform.kept_share <= _WHOLE
        and judge_boundary(picture.pixels, transform.kept) is Boundary.GOES_ON
    ):
        yield Clue.CROPPED
    if (
        ends_agree
        and transform.placed_share <= _FILLS
        and judge_boundary(query.pixels, transform.placed) is Boundary.SEAM
    ):
        yield Clue.PUT_INTO
    if _has_additions(proof):
        yield Clue.ADDED
    if transform.recolouring is not None and (transform.recolouring.is_grey or transform.recolouring.is_tinted):
        yield Clue.COLOURS_LOST
    if transform.scale < _REDUCED:
        yield Clue.FEWER_PIXELS
    if _is_noisy(proof):  # which looks sharp and takes bytes
        return
    if transform.blur_px > _BLUR_PX and _is_as_fine(proof, picture.pixels):
        yield Clue.BLURRED
    if _is_compressed(picture.file, query.file):
        yield Clue.COMPRESSED


def _edges_agree(proof: Proof) -> bool:
    """Return whether the two agree up to the edges of what both show, as the map has it.

    They do not where a part of the picture that was cut away would lie on something else, as in a collage.
    """
    mask = proof.overlay.mask.astype(np.uint8)
    kernel = np.ones((2 * _RIM_PX + 1,) * 2, np.uint8)
    inner = cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    rim = (mask > 0) & (inner == 0)
    return bool(rim.any()) and float(proof.overlay.agrees[rim].mean()) >= _RIM_AGREES


def _is_as_fine(proof: Proof, small: Picture) -> bool:
    """Return whether the small version of the query shows what both show in as many px as the picture's does."""
    height, width = small.shape[:2]
    derivative = jacobian(proof.overlay.matrix, width / 2, height / 2)
    return float(np.sqrt(abs(np.linalg.det(derivative)))) >= _AS_FINE


def _is_noisy(proof: Proof) -> bool:
    """Return whether what the picture has of fine detail lies as well where the query is flattest.

    So noise lies, of which nobody knows who added it; what is sharp is so at the edges of things.
    """
    over = proof.overlay
    laid, frame = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) for picture in (over.laid, over.frame))
    means, squares = (cv2.blur(values, (_AROUND_PX, _AROUND_PX)) for values in (frame, frame * frame))
    variances = (squares - means * means)[over.mask]
    fine = (laid - cv2.GaussianBlur(laid, (0, 0), 1.5))[over.mask]
    if len(fine) < _LEAST_PX:
        return False
    flattest = variances <= np.quantile(variances, _FLATTEST)
    return float(fine.std()) > _FINE_LEVELS and float(fine[flattest].std()) > _EVEN * float(fine.std())


def _is_compressed(picture: FileSize, query: FileSize) -> bool:
    """Return whether of two files of one size the query's is the more compressed."""
    if (picture.width, picture.height) != (query.width, query.height) or query.format not in _LOSSY:
        return False
    comparable = {query.format, "PNG", "BMP", "TIFF"}
    return query.size_bytes < _FEWER_BYTES * picture.size_bytes and picture.format in comparable


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
    within = _inside(over.mask, box)
    around = np.asarray(cv2.dilate(within.astype(np.uint8), np.ones((2 * _RING_PX + 1,) * 2, np.uint8)) > 0)
    around &= over.mask & ~within
    edges = [_strong_edges(picture) for picture in (over.laid, over.frame)]
    spread = [np.asarray(cv2.dilate(found.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) for found in edges]
    own = [edges[one] & ~spread[1 - one] & over.mask for one in (0, 1)]
    only = [int((found & within).sum()) for found in own]
    bearer = int(only[1] > only[0])
    if only[bearer] < max(8, _CLEARLY * only[1 - bearer]):
        return None
    if only[1 - bearer] > _OUTLINE * _perimeter_px(within):  # of what covers edges of the first
        return None
    if _is_sharper(over, own, bearer):  # then it may be nothing else
        return None
    other = (over.laid, over.frame)[1 - bearer]
    if _has_other_tones(proof) and not 16 < float(other[within].mean()) < 239:  # lost in black or white
        return None
    return ("picture", "query")[bearer] if _looks_as_around(other, within, around) else None


def _has_other_tones(proof: Proof) -> bool:
    """Return whether brightness or contrast changed."""
    colours = proof.transform.recolouring
    return colours is not None and (abs(colours.brightness) > 0.04 or not 0.9 < colours.contrast < 1.1)


def _inside(mask: NDArray[np.bool_], box: Box) -> NDArray[np.bool_]:
    """Return the part of a mask that lies in a box."""
    height, width = mask.shape
    left, top = int(box.left * width), int(box.top * height)
    right, bottom = int(np.ceil(box.right * width)), int(np.ceil(box.bottom * height))
    within = np.zeros(mask.shape, np.bool_)
    within[top:bottom, left:right] = mask[top:bottom, left:right]
    return within


def _perimeter_px(within: NDArray[np.bool_]) -> int:
    """Return how many px the outline of a region has."""
    inner = cv2.erode(within.astype(np.uint8), np.ones((3, 3), np.uint8))
    return int(within.sum()) - int(inner.sum())


def _is_sharper(over: Overlay, own: Sequence[NDArray[np.bool_]], which: int) -> bool:
    """Return whether one of the two has more fine detail than the other, apart from edges of its own."""
    beside = cv2.dilate((own[0] | own[1]).astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
    calm = beside & over.mask
    if int(calm.sum()) < _LEAST_PX:
        return True  # it may be
    fine = []
    for picture in (over.laid, over.frame):
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        fine.append(float((grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[calm].std()))
    return fine[which] > _SHARPER * fine[1 - which]


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
    return bool((apart <= _AS_AROUND[0] * outside.std(axis=0) + _AS_AROUND[1]).all())
