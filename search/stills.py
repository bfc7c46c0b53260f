"""Still pictures of a proof: what geometry found of two pictures, drawn so that a person can check it.

Every drawing takes RGB uint8 (height, width, 3) of any size and gives such a picture back; none writes to what it was
given. Sizes follow from the pictures that are handed in, so hand in small ones: previews, not what was decoded. Which
of them a page shows is told by `page_stills`, and which a document shows by `evidence.drawings`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import ContractBroken
from feature_extractor.picture import Picture
from search.geometry import Matrix, jacobian, scaling
from search.proof import Proof
from search.residual import Box
from search.transform import Polygon

MARK = (191, 43, 18)  # the accent of the pages
_CASING = (255, 255, 255)  # around it, as a line of one colour is lost on a ground of that colour
_GROUND = (250, 250, 250)
_GAP_SHARE = 0.03  # of the side of a cell, between two pictures
_DIMMED = 0.35  # of what is beside the point
_LIGHT, _LIGHT_BESIDE = 0.55, 0.3  # of the query in grey, under the heat and where nothing was compared
_HEAT_FULL = 96  # of the residual's heat: differs as plainly as any colour could show
_LEAST_LINE_PX = 2
_LINE_SHARE = 1 / 240  # of the longer side
_FRACTION_BITS = 4  # of a px, in the corners of lines
_JPEG_QUALITY, _WEBP_QUALITY = 90, 82
_ENCODINGS: Mapping[str, tuple[str, list[int]]] = {
    "JPEG": (
        ".jpg",
        [
            *(cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY),
            *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
        ],
    ),
    "WEBP": (".webp", [cv2.IMWRITE_WEBP_QUALITY, _WEBP_QUALITY]),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures and how one lies in the other.

    Attributes:
        picture: of the catalogue, or the first of two.
        query: what was asked with, or the second.
        matrix: from px of `picture` to px of `query`.
    """

    picture: Picture
    query: Picture
    matrix: Matrix

    @classmethod
    def of(cls, proof: Proof, picture: Picture, query: Picture) -> Self:
        """Return what a proof says of the small versions that it was made from."""
        return cls(picture, query, proof.overlay.matrix)

    def redrawn(self, picture: Picture, query: Picture) -> Self:
        """Return the same of other versions of the two pictures, larger ones for print."""
        return type(self)(
            picture, query, _resizing(self.query, query) @ self.matrix @ np.linalg.inv(_resizing(self.picture, picture))
        )


def side_by_side(picture: Picture, query: Picture, *, side_px: int = 480) -> Picture:
    """Return two pictures beside each other on paper white, each as large as its cell allows and never enlarged.

    Args:
        picture: left.
        query: right.
        side_px: longest side that either may have, at least 1.
    """
    both = [fitted(one, side_px) for one in (picture, query)]
    gap = max(_LEAST_LINE_PX, round(_GAP_SHARE * side_px))
    height, width = max(one.shape[0] for one in both), sum(one.shape[1] for one in both) + gap
    sheet = np.full((height, width, 3), _GROUND, np.uint8)
    left = 0
    for one in both:
        top = (height - one.shape[0]) // 2
        sheet[top : top + one.shape[0], left : left + one.shape[1]] = one
        left += one.shape[1] + gap
    return sheet


def aligned(pair: Pair) -> Picture:
    """Return the picture where it lies in the query, (h, w, 3) of the query; around it the query, dimmed.

    Shown in turn with the query, at one place and size, it makes what differs leap to the eye.
    """
    drawn, mask = lay(pair)
    return np.where(mask[..., None], drawn, _dimmed(pair.query))


def cut_out(pair: Pair) -> NDArray[np.uint8]:
    """Return the picture where it lies in the query, RGBA uint8 (h, w, 4) of the query; around it nothing."""
    drawn, mask = lay(pair)
    return np.dstack([drawn, np.where(mask, 255, 0).astype(np.uint8)])


def blended(pair: Pair, share: float = 0.5) -> Picture:
    """Return the query with the picture laid over it, where it lies.

    Args:
        pair: the two.
        share: of the picture in the mixture, 0..1.
    """
    drawn, mask = lay(pair)
    mixed = np.asarray(cv2.addWeighted(drawn, share, pair.query, 1 - share, 0), np.uint8)
    return np.where(mask[..., None], mixed, pair.query)


def halves(pair: Pair) -> Picture:
    """Return the query with the picture laid over the left half of where it lies, and a line where the two meet.

    In a copy, every edge goes on across the line.
    """
    drawn, mask = lay(pair)
    columns = np.flatnonzero(mask.any(axis=0))
    if len(columns) == 0:
        return pair.query.copy()
    middle = int(columns[0] + columns[-1] + 1) // 2
    left = mask & (np.arange(mask.shape[1]) < middle)
    half = np.where(left[..., None], drawn, pair.query)
    rows = np.flatnonzero(mask.any(axis=1))
    ends = np.array([[middle, rows[0] - 0.5], [middle, rows[-1] + 0.5]], np.float64)
    _draw_line(half, ends, closed=False)
    return half


def heat_map(proof: Proof, query: Picture) -> Picture | None:
    """Return where the two differ once one lies on the other and its colours are undone, over the query in grey.

    From black over red and yellow to white the difference grows; grey shows no difference, and a darker grey lies
    outside of what was compared. None where too little agrees to tell what differs.

    Args:
        proof: whose residual is shown.
        query: any version of the query.
    """
    if proof.residual.recolouring is None:
        return None
    height, width = query.shape[:2]
    heat = cv2.resize(proof.residual.heat, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    strength = np.clip(heat / _HEAT_FULL, 0, 1)
    glow = cv2.applyColorMap((255 * strength).astype(np.uint8), cv2.COLORMAP_HOT)[..., ::-1]
    compared = cv2.resize(proof.overlay.mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    light = _LIGHT_BESIDE + (_LIGHT - _LIGHT_BESIDE) * compared
    grey = (light * cv2.cvtColor(query, cv2.COLOR_RGB2GRAY).astype(np.float32))[..., None]
    shown = np.sqrt(strength)[..., None]
    return _levels(grey * (1 - shown) + glow * shown)


def outlined(picture: Picture, region: Polygon) -> Picture:
    """Return a picture with a region of it outlined and the rest dimmed; unchanged where the region is empty.

    Args:
        picture: the catalogue's with `Transform.kept`, or the query with `Transform.placed`.
        region: corners in shares of its sides.
    """
    if len(region) < 3:
        return picture.copy()
    corners = _corners(picture, region)
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [_fixed(corners)], 255, lineType=cv2.LINE_AA, shift=_FRACTION_BITS)
    inside = mask[..., None] / np.float32(255)
    marked = _levels(picture * inside + _dimmed(picture) * (1 - inside))
    _draw_line(marked, corners, closed=True)
    return marked


def boxed(query: Picture, boxes: Sequence[Box]) -> Picture:
    """Return a query with boxes around what was added, numbered from 1 in the order given.

    Args:
        query: what was asked with.
        boxes: `Transform.added`.
    """
    marked = query.copy()
    for box in boxes:
        frame = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
        _draw_line(marked, _corners(query, frame), closed=True)
    for number, box in enumerate(boxes, 1):  # last, so that no line crosses a number
        _draw_number(marked, number, box)
    return marked


def lay(pair: Pair) -> tuple[Picture, NDArray[np.bool_]]:
    """Return the picture drawn as it lies in the query, (h, w, 3) of the query, and where it lies, bool (h, w)."""
    height, width = pair.query.shape[:2]
    down, across = pair.picture.shape[:2]
    # Bilinear sampling takes four px: of a picture that lies there smaller than half, px between them would be skipped.
    scale = float(np.sqrt(abs(np.linalg.det(jacobian(pair.matrix, across / 2, down / 2)))))
    picture = pair.picture
    if scale < 0.5:
        size = (max(1, round(2 * scale * across)), max(1, round(2 * scale * down)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    matrix = pair.matrix @ np.linalg.inv(_resizing(pair.picture, picture))
    drawn = cv2.warpPerspective(
        picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mask = cv2.warpPerspective(
        np.full(picture.shape[:2], 255, np.uint8), matrix, (width, height), flags=cv2.INTER_LINEAR
    )
    return np.asarray(drawn, np.uint8), np.asarray(mask > 127)


def fitted(picture: Picture, side_px: int, *, most: float = 1.0) -> Picture:
    """Return a picture whose longer side is so long, or shorter where that would enlarge it too much.

    Args:
        picture: RGB.
        side_px: at least 1.
        most: factor by which it may be enlarged.
    """
    height, width = picture.shape[:2]
    scale = min(side_px / max(height, width), most)
    size = (max(1, round(scale * width)), max(1, round(scale * height)))
    if size == (width, height):
        return picture
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def encode_still(still: NDArray[np.uint8], form: Literal["JPEG", "WEBP"]) -> bytes:
    """Return a still as a file.

    Args:
        still: RGB, or for WebP RGBA too.
        form: JPEG for documents, with the colours of thin lines kept sharp; WebP for pages, smaller.
    Raises:
        ContractBroken: it cannot be compressed.
    """
    ending, options = _ENCODINGS[form]
    code = cv2.COLOR_RGBA2BGRA if still.shape[2] == 4 else cv2.COLOR_RGB2BGR
    done, data = cv2.imencode(ending, cv2.cvtColor(still, code), options)
    if not done:
        raise ContractBroken(f"expected a still that can be a {form}; received {still.shape}")
    return data.tobytes()


def _resizing(before: Picture, after: Picture) -> Matrix:
    """Return the map from px of a picture to px of another version of it."""
    return scaling(after.shape[1] / before.shape[1], after.shape[0] / before.shape[0])


def _dimmed(picture: Picture) -> Picture:
    """Return a picture in the grey in which what is beside the point is shown."""
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return _levels(_DIMMED * grey.astype(np.float32) + (1 - _DIMMED) * 127.5)


def _levels(values: NDArray[np.floating]) -> Picture:
    """Return values as whole levels."""
    return np.asarray(np.rint(values).clip(0, 255), np.uint8)


def _corners(picture: Picture, region: Polygon) -> NDArray[np.float64]:
    """Return corners in px, float64 (n, 2), pixel centres at whole numbers; what lies outside comes to the edge."""
    height, width = picture.shape[:2]
    return np.clip(np.array(region, np.float64), 0, 1) * (width, height) - 0.5


def _fixed(corners: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return corners as OpenCV draws them, with a fraction of a px."""
    return np.rint(corners * (1 << _FRACTION_BITS)).astype(np.int32)


def _line_px(picture: Picture) -> int:
    """Return how thick a line is on a picture of this size."""
    return max(_LEAST_LINE_PX, round(_LINE_SHARE * int(max(picture.shape[:2]))))


def _draw_line(picture: Picture, corners: NDArray[np.float64], *, closed: bool) -> None:
    """Draw a cased line on a picture of ours, kept inside where it runs along an edge."""
    thick = _line_px(picture)
    height, width = picture.shape[:2]
    least = (thick - 1) / 2
    kept = np.clip(corners, least, np.maximum(np.array((width, height)) - 1 - least, least))
    for colour, px in ((_CASING, thick + 2), (MARK, thick)):
        cv2.polylines(picture, [_fixed(kept)], closed, colour, px, lineType=cv2.LINE_AA, shift=_FRACTION_BITS)


def _draw_number(picture: Picture, number: int, box: Box) -> None:
    """Draw the number of a box into its top left corner."""
    height, width = picture.shape[:2]
    tall = max(9, round(max(height, width) / 36))
    font, scale, thick = cv2.FONT_HERSHEY_SIMPLEX, tall / 22, max(1, round(tall / 11))
    (across, down), _ = cv2.getTextSize(str(number), font, scale, thick)
    pad = max(2, tall // 4)
    left = int(np.clip(round(box.left * width), 0, max(0, width - across - 2 * pad)))
    top = int(np.clip(round(box.top * height), 0, max(0, height - down - 2 * pad)))
    cv2.rectangle(picture, (left, top), (left + across + 2 * pad, top + down + 2 * pad), MARK, cv2.FILLED)
    cv2.putText(picture, str(number), (left + pad, top + pad + down), font, scale, _CASING, thick, cv2.LINE_AA)
