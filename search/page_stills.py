"""Pictures of a proof: a pair laid on each other, what differs as a heat map, and where each lies, as small files.

They are drawn from the small versions that geometry compared, in the frame of the query, so that any two of them fit
on each other.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import ContractBroken
from feature_extractor.picture import Picture
from search.geometry import Matrix, project, scaling
from search.proof import Proof
from search.transform import Polygon

STILL_SIDE_PX = 480
"""Longest side of a still."""
_MOST_ENLARGED = 2.0  # small versions have at most 384 px; more than this shows no more
_QUALITY = 82
_LEAST_LIGHT, _LIGHT = 18, 0.4  # of the grey query under the heat
_OUTLINE, _BOX = (255, 92, 56), (255, 214, 51)  # red as the site's accent, and a yellow; RGB
_HALO = (0, 0, 0)
_LINE_PX, _HALO_PX = 2, 4
_FRACTION_BITS = 4  # of places that lines are drawn between
_TAG_PX = 16  # of the number of a box
_INSET_PX = 2.0  # the outline of a whole picture would lie half outside of it


@dataclass(frozen=True, slots=True)
class Still:
    """A picture as the bytes of a WebP file, and its size in px."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Stills:
    """Pictures of a proof.

    Attributes:
        query: as it is; of one size with all that follow but the last.
        laid: the picture as it lies in the query, transparent where it does not.
        blend: half of each, where the picture lies.
        heat: what differs once the change of colour is undone, bright, over the query in dark greys; None where too
            little agrees to tell.
        query_outlined: the query with the place of the picture outlined and what was added in numbered boxes.
        picture_outlined: the picture, in its own size, with the part outlined that the query shows.
    """

    query: Still
    laid: Still
    blend: Still
    heat: Still | None
    query_outlined: Still
    picture_outlined: Still


def draw_stills(proof: Proof, picture: Picture, query: Picture) -> Stills:
    """Return the pictures of a proof.

    Args:
        proof: of the pair.
        picture: the small version of the catalogue's picture that the proof was found with, RGB uint8.
        query: that of the query.
    """
    frame, to_frame = _enlarged(query)
    own, _ = _enlarged(picture)
    laid, mask = _lay(picture, to_frame @ proof.overlay.matrix, frame.shape)
    transform = proof.transform
    with_place = _outlined(frame, transform.placed)
    for number, box in enumerate(transform.added, start=1):
        _draw_box(with_place, (box.left, box.top, box.right, box.bottom), number)
    blend = np.where(mask[..., None] > 0, cv2.addWeighted(laid, 0.5, frame, 0.5, 0), frame)
    can_tell = proof.residual.recolouring is not None
    return Stills(
        query=_encode(frame),
        laid=_encode(np.dstack([laid, mask])),
        blend=_encode(blend),
        heat=_encode(_heat(frame, proof.residual.heat, mask)) if can_tell else None,
        query_outlined=_encode(with_place),
        picture_outlined=_encode(_outlined(own, transform.kept)),
    )


def _enlarged(picture: Picture) -> tuple[Picture, Matrix]:
    """Return a picture at the size of a still, and the map to it."""
    height, width = picture.shape[:2]
    scale = min(STILL_SIDE_PX / max(height, width), _MOST_ENLARGED)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8), scaling(
        size[0] / width, size[1] / height
    )


def _lay(picture: Picture, to_frame: Matrix, shape: tuple[int, ...]) -> tuple[Picture, NDArray[np.uint8]]:
    """Return a picture drawn in a frame, and where it lies there, 0 or 255."""
    height, width = shape[:2]
    laid = cv2.warpPerspective(
        picture, to_frame, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mask = cv2.warpPerspective(
        np.full(picture.shape[:2], 255, np.uint8), to_frame, (width, height), flags=cv2.INTER_LINEAR, borderValue=0
    )
    return np.asarray(laid, np.uint8), np.where(mask > 127, 255, 0).astype(np.uint8)


def _heat(frame: Picture, heat: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Picture:
    """Return what differs, from violet over orange to white, over a frame in dark greys, darkest outside of a mask."""
    height, width = frame.shape[:2]
    values = np.asarray(cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(values, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB).astype(np.float32)
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) * _LIGHT + _LEAST_LIGHT
    ground = np.where(mask > 0, grey, grey / 2)[..., None]
    # Strong differences hide the ground, weak ones let it through.
    share = np.sqrt(np.where(mask > 0, values, 0).astype(np.float32) / 255)[..., None]
    return np.asarray(np.clip(ground * (1 - share) + colours * share, 0, 255), np.uint8)


def _outlined(picture: Picture, polygon: Polygon) -> Picture:
    """Return a picture with a polygon, in shares of its sides, drawn on it."""
    drawn = picture.copy()
    if len(polygon) > 1:
        _draw_lines(drawn, np.array(polygon, np.float64), _OUTLINE)
    return drawn


def _draw_lines(drawn: Picture, corners: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    """Draw a closed line between corners in shares of a picture's sides, with a dark halo to be seen on any ground."""
    height, width = drawn.shape[:2]
    extent = np.array([width, height], np.float64)
    places = project(scaling(width, height), corners - 0.5)  # from edges at 0 and 1 to pixel centres
    places = np.clip(places, _INSET_PX - 0.5, np.maximum(extent - _INSET_PX - 0.5, _INSET_PX - 0.5))
    fixed = np.round(places * 2**_FRACTION_BITS).astype(np.int32)[:, None]
    for line_colour, thickness in ((_HALO, _HALO_PX), (colour, _LINE_PX)):
        cv2.polylines(drawn, [fixed], True, line_colour, thickness, cv2.LINE_AA, _FRACTION_BITS)


def _draw_box(drawn: Picture, box: tuple[float, float, float, float], number: int) -> None:
    """Draw a box in shares of a picture's sides, with its number at the top left."""
    left, top, right, bottom = box
    _draw_lines(drawn, np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), _BOX)
    height, width = drawn.shape[:2]
    x = min(max(round(left * width), 0), max(width - _TAG_PX, 0))
    y = min(max(round(top * height), 0), max(height - _TAG_PX, 0))
    cv2.rectangle(drawn, (x, y), (x + _TAG_PX, y + _TAG_PX), _BOX, cv2.FILLED)
    at = (x + 3, y + _TAG_PX - 4)
    cv2.putText(drawn, str(number), at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _HALO, 1, cv2.LINE_AA)


def _encode(picture: NDArray[np.uint8]) -> Still:
    """Return a picture, RGB or RGBA uint8, as a WebP file."""
    code = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
    done, data = cv2.imencode(".webp", cv2.cvtColor(picture, code), [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    if not done:
        raise ContractBroken(f"expected a picture that WebP can hold; received {picture.shape}")
    return Still(data.tobytes(), picture.shape[1], picture.shape[0])
