"""What remains when a picture is laid on its copy: how much of it agrees, how its colours changed, what was added.

Local features say that some corners of two pictures agree; two shirts with one print do that too. Here everything
between the corners must agree as well, cell by cell, before a pair counts as proven.
"""

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from search.geometry import Matrix, project, scaling

FRAME_PX = 208
"""Longer side of the frame that both are drawn in."""

_CELL_PX = 10
_SMOOTH = 1.0  # of both, in px of the frame: what neither compression nor resampling kept alike
_AGREES = 0.6  # correlation of two cells that show the same
_TEXTURE = 3.0  # standard deviation, of 255, under which a cell shows nothing to compare
_LEAST_CELLS = 6
_DIFFERS = 26.0  # of 255, in any colour, after the change of colour is undone
_SPECK = 0.0012  # of the frame: smaller things are noise
_REFINED_ABOVE = 0.3  # agreement under which refining led to no proof: .65 was the least of 92 of `train` where it did
_REFINED_BELOW = 0.95  # agreement above which the map is as good as the pictures
_ECC_ROUNDS = ((4.0, 8), (1.5, 8))  # smoothing in px of the frame, and iterations
_AROUND = 8.0  # px of the frame: the reach of what is local
_ECC_REACH = 0.1  # of the frame: what moves a corner further is no refinement
_SOFTER = (1.0, 1.5, 2.2, 3.2, 4.5)  # px of the frame
_AS_FINE = 1.5
_EXTRA_SIGMAS = (0.6, 0.9, 1.3, 1.8, 2.5, 3.5)
_BLUR_SAMPLES = 4_000  # pixels that tell how much was blurred
_COLOUR_SAMPLES = 8_000  # pixels that tell how colours changed
_GREY_CHROMA = 3.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in shares of a picture's width and height, 0..1, edges at 0 and 1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Return its share of the picture."""
        return (self.right - self.left) * (self.bottom - self.top)

    def joined(self, other: "Box") -> Self:
        """Return the smallest box that holds both."""
        return replace(
            self,
            left=min(self.left, other.left),
            top=min(self.top, other.top),
            right=max(self.right, other.right),
            bottom=max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class Recolouring:
    """How colours changed from the original to the copy, fitted where both agree.

    Attributes:
        is_grey: the copy has no colour and the original has.
        is_tinted: the copy has the hues of one line only, as a duotone or sepia has, and the original has more.
        brightness: change of the mean, in shares of full range, -1..1.
        contrast: factor on the differences of luminance.
        saturation: factor on colourfulness; 1 where the original has none.
        hue_deg: turn of the hues, -180..180; 0 where there is too little colour to tell.
    """

    is_grey: bool
    is_tinted: bool
    brightness: float
    contrast: float
    saturation: float
    hue_deg: float


@dataclass(frozen=True, slots=True)
class Overlay:
    """A picture laid on a query, in a frame made from the query.

    Attributes:
        matrix: from px of the picture to px of the query, more precise than it was proposed.
        agreement: share of the cells with any texture, where both pictures lie, that show the same, 0..1.
        cells: how many cells have texture; with fewer than 6 nothing is proven.
        laid: the picture as it lies in the frame, RGB uint8 (h, w, 3).
        frame: the query, likewise.
        mask: bool (h, w), where the picture lies.
        agrees: bool (h, w), where both show the same.
        scale: px of the frame a px of the query.
    """

    matrix: Matrix
    agreement: float
    cells: int
    laid: Picture
    frame: Picture
    mask: NDArray[np.bool_]
    agrees: NDArray[np.bool_]
    scale: float


@dataclass(frozen=True, slots=True)
class Residual:
    """What remains of the difference between a picture and its copy once one lies on the other.

    Attributes:
        recolouring: of the part that agrees; None where too little does.
        blur_px: standard deviation of the Gaussian that was laid over the copy, in px of the picture; 0 for none.
        added: things in the copy that the picture lacks, largest first, in shares of the query.
        is_surround_plain: what the query shows around the picture is of one colour, or there is nothing around it.
        heat: uint8 (h, w), what differs where the picture lies, in the frame of the overlay; 0 outside.
    """

    recolouring: Recolouring | None
    blur_px: float
    added: tuple[Box, ...]
    is_surround_plain: bool
    heat: NDArray[np.uint8]


def overlay(picture: Picture, query: Picture, matrix: Matrix) -> Overlay:
    """Return a picture laid on a query and how much of both agrees.

    Args:
        picture: of the catalogue, RGB uint8; any size.
        query: likewise.
        matrix: from px of `picture` to px of `query`.
    """
    scale = _frame_scale(picture, query, matrix)
    frame, to_frame = _resize(query, scale)
    found = _judge(picture, frame, to_frame @ matrix)
    if _REFINED_ABOVE < found.agreement < _REFINED_BELOW:
        laid, mask = found.laid, found.mask
        better = _judge(picture, frame, _refine(laid, frame, mask) @ found.matrix)
        found = max(found, better, key=lambda one: one.agreement * one.cells)
    return replace(found, matrix=np.linalg.inv(to_frame) @ found.matrix, scale=scale)


def what_remains(over: Overlay, picture: Picture) -> Residual:
    """Return how the colours changed, what was blurred and what was added.

    Args:
        over: of the two pictures.
        picture: that was laid on the query.
    """
    laid, frame, mask = over.laid, over.frame, over.mask
    agreed = over.agrees & mask
    if agreed.sum() < _LEAST_CELLS * _CELL_PX * _CELL_PX:
        return Residual(None, 0.0, (), _is_plain(frame, mask), np.zeros(mask.shape, np.uint8))
    # Blur first: it takes contrast and colourfulness as well, which else would count as changes of colour.
    sigma = _extra_blur(laid, frame, agreed)
    soft = np.asarray(cv2.GaussianBlur(laid, (0, 0), sigma), np.uint8) if sigma else laid
    undone, fits = _recoloured(soft, frame, agreed)
    difference = np.abs(_smooth(undone) - _smooth(frame.astype(np.float32))).max(axis=2)
    return Residual(
        recolouring=_recolouring(soft, frame, fits),
        blur_px=sigma / max(_scale_of(scaling(over.scale) @ over.matrix, picture.shape), 1e-6),
        added=_things(difference, mask),
        is_surround_plain=_is_plain(frame, mask),
        heat=np.where(mask, np.clip(difference * 2, 0, 255), 0).astype(np.uint8),
    )


def _judge(picture: Picture, frame: Picture, to_frame: Matrix) -> Overlay:
    """Return a picture laid in a frame; the matrix is that to the frame."""
    laid, mask = _lay(picture, to_frame, frame.shape)
    grey = _grey(frame)
    agrees, cells, agreement = _agreement(_as_soft(_grey(laid), grey, mask), grey, mask)
    return Overlay(to_frame, agreement, cells, laid, frame, mask, agrees, 1.0)


def _frame_scale(picture: Picture, query: Picture, matrix: Matrix) -> float:
    """Return how much smaller than the query the frame is: no larger than needed, and neither picture enlarged."""
    return float(min(1.0, FRAME_PX / max(query.shape[:2]), 1 / _scale_of(matrix, picture.shape)))


def _scale_of(matrix: Matrix, shape: tuple[int, ...]) -> float:
    """Return px after a map a px before, along a side, over the whole picture."""
    height, width = shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5
    area = cv2.contourArea(project(matrix, corners).astype(np.float32))
    return float(np.sqrt(area / (width * height)))


def _resize(picture: Picture, scale: float) -> tuple[Picture, Matrix]:
    """Return a picture made smaller by a factor, its sides rounded, and the map to it, which knows of the rounding."""
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    smaller = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return smaller, scaling(size[0] / width, size[1] / height)


def _lay(picture: Picture, to_frame: Matrix, shape: tuple[int, ...]) -> tuple[Picture, NDArray[np.bool_]]:
    """Return a picture drawn in the frame, and where it is there."""
    height, width = shape[:2]
    scale = _scale_of(to_frame, picture.shape)
    small, back = picture, to_frame
    if scale < 0.5:  # bilinear sampling would skip pixels
        small, reduced = _resize(picture, 2 * scale)
        back = to_frame @ np.linalg.inv(reduced)
    laid = cv2.warpPerspective(small, back, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(
        np.full(small.shape[:2], 255, np.uint8), back, (width, height), flags=cv2.INTER_LINEAR, borderValue=0
    )
    return np.asarray(laid, np.uint8), np.asarray(cv2.erode(mask, np.ones((3, 3), np.uint8)) == 255)


def _refine(laid: Picture, frame: Picture, mask: NDArray[np.bool_]) -> Matrix:
    """Return the step that takes the last pixels of error out of a map (Evangelidis and Psarakis, 2008)."""
    if mask.sum() < _LEAST_CELLS * _CELL_PX * _CELL_PX:
        return np.eye(3)
    warp = np.eye(3, dtype=np.float32)
    # What was laid on top would weigh more than all the rest; by local contrast it weighs no more than its share.
    template, moving = _local_contrast(_grey(laid)), _local_contrast(_grey(frame))
    try:
        for sigma, rounds in _ECC_ROUNDS:
            _, found = cv2.findTransformECC(
                _smooth(template, sigma),
                _smooth(moving, sigma),
                warp,
                cv2.MOTION_HOMOGRAPHY,
                (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, rounds, 1e-4),
                mask.astype(np.uint8),
                1,
            )
            warp = np.asarray(found, np.float32)
    except cv2.error:  # it does not converge on pictures that have nothing in common
        return np.eye(3)
    height, width = frame.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    step = warp.astype(np.float64)
    moved = np.abs(project(step, corners) - corners).max()
    return step if moved < _ECC_REACH * max(width, height) else np.eye(3)


def _grey(picture: Picture) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)


def _smooth(values: NDArray[np.float32], sigma: float = _SMOOTH) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)


def _local_contrast(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far each pixel is from the mean around it, in standard deviations of what is around it."""
    mean = _smooth(values, _AROUND)
    deviation = np.sqrt(np.maximum(_smooth(values * values, _AROUND) - mean * mean, 0))
    return np.asarray((values - mean) / (deviation + 2 * _TEXTURE), np.float32)


def _as_soft(laid: NDArray[np.float32], frame: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the laid picture blurred until it has no more fine detail than the frame, where that was blurred.

    What a blur took cannot agree, and says nothing against what is left.
    """
    inside = mask.astype(np.float32)
    rough = _energy(frame - _smooth(frame, _AROUND), inside)
    if rough <= _TEXTURE * _TEXTURE * float(inside.sum()):  # not blurred, but empty
        return laid
    detail = _fine_energy(frame, inside) / rough
    around = _smooth(laid, _AROUND)  # of what is blurred by less it is the same
    for sigma in (0.0, *_SOFTER):
        soft = _smooth(laid, sigma) if sigma else laid
        if _fine_energy(soft, inside) <= _AS_FINE * detail * _energy(soft - around, inside):
            return soft
    return laid


def _fine_energy(values: NDArray[np.float32], inside: NDArray[np.float32]) -> float:
    """Return the sum of squares of what is as small as a few pixels."""
    return _energy(values - _smooth(values, 1.0), inside)


def _energy(values: NDArray[np.float32], inside: NDArray[np.float32]) -> float:
    """Return the sum of squares where a picture lies."""
    return float((values * values * inside).sum())


def _agreement(
    laid: NDArray[np.float32], frame: NDArray[np.float32], mask: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], int, float]:
    """Return where cells agree (each pixel by the cell around it), how many cells have texture, and how many agree.

    Cells are compared by their correlation, which no change of brightness or contrast moves; negative ones, as an
    inverted picture gives, do not count.
    """
    one, other = _smooth(laid), _smooth(frame)
    # Of a cell at the edge only the part counts where the picture lies: what is around it is none of its own.
    inside = mask.astype(np.float32)
    share = np.maximum(_cell_means(inside), 1e-6)
    means = [_cell_means(values * inside) / share for values in (one, other)]
    variances = [
        np.maximum(_cell_means(values * values * inside) / share - mean * mean, 0)
        for values, mean in zip((one, other), means, strict=True)
    ]
    covariance = _cell_means(one * other * inside) / share - means[0] * means[1]
    correlation = covariance / np.sqrt(variances[0] * variances[1] + 1e-3)
    # A cell counts where the original has texture; where something plain was laid over it, that disagrees.
    textured = (variances[0] > _TEXTURE * _TEXTURE) & mask
    agrees = (correlation > _AGREES) & textured
    step = _CELL_PX // 2
    seen, held = textured[::step, ::step], agrees[::step, ::step]
    cells = int(seen.sum())
    flat = (variances[0] <= _TEXTURE * _TEXTURE) & (variances[1] <= 4 * _TEXTURE * _TEXTURE) & mask
    return agrees | flat, cells, float(held.sum() / cells) if cells else 0.0


def _cell_means(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of the cell around each pixel."""
    return np.asarray(cv2.blur(values, (_CELL_PX, _CELL_PX)), np.float32)


def _recolouring(laid: Picture, frame: Picture, where: NDArray[np.bool_]) -> Recolouring:
    """Return the change of colour between two pictures at some pixels."""
    chosen = _sample(where, _COLOUR_SAMPLES)
    one, other = (
        cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).reshape(-1, 3)[chosen].astype(np.float32) for picture in (laid, frame)
    )
    light = [values[:, 0] / 255 for values in (one, other)]
    chroma = [values[:, 1:] - 128 for values in (one, other)]
    colourful = [float(np.sqrt((values * values).sum(axis=1).mean())) for values in chroma]
    had_colour = colourful[0] > 2 * _GREY_CHROMA
    is_grey = had_colour and colourful[1] < _GREY_CHROMA
    # Colour that lightness alone decides: two inks, or a sepia.
    free = [_unexplained(part, lights) for part, lights in zip(chroma, light, strict=True)]
    is_tinted = not is_grey and colourful[1] > _GREY_CHROMA and free[1] < 2.5 and free[0] > 2 * free[1] + 1
    hue = 0.0
    if had_colour and colourful[1] > 2 * _GREY_CHROMA and not is_tinted:
        first, second = (values[:, 0] + 1j * values[:, 1] for values in chroma)
        hue = float(np.degrees(np.angle((second * np.conj(first)).sum())))
    variance = float(light[0].var())
    return Recolouring(
        is_grey=is_grey,
        is_tinted=is_tinted,
        brightness=float(light[1].mean() - light[0].mean()),
        contrast=float(np.cov(light[0], light[1])[0, 1] / variance) if variance > 1e-5 else 1.0,
        saturation=colourful[1] / colourful[0] if had_colour else 1.0,
        hue_deg=hue,
    )


def _sample(where: NDArray[np.bool_], most: int) -> NDArray[np.intp]:
    """Return about so many of the pixels at some places, evenly spread over them, as places in the flat picture."""
    chosen = np.flatnonzero(where)
    return chosen[:: max(1, len(chosen) // most)]


def _unexplained(chroma: NDArray[np.floating], light: NDArray[np.floating]) -> float:
    """Return the standard deviation of the chroma that is not a cubic of lightness."""
    terms = np.stack([np.ones_like(light), light, light**2, light**3], axis=1)
    fit, *_ = np.linalg.lstsq(terms, chroma, rcond=None)
    return float(np.sqrt(np.square(chroma - terms @ fit).sum(axis=1).mean()))


def _recoloured(
    laid: Picture, frame: Picture, where: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the laid picture in the colours of the frame, float32, fitted where both agree, and where that fits."""
    terms, target = _colour_terms(laid.reshape(-1, 3)), frame.reshape(-1, 3).astype(np.float32)
    chosen = where.ravel()
    some = _sample(where, _COLOUR_SAMPLES)
    fit = _fit_colours(terms[some], target[some])
    # Once more without what does not fit: text over texture may agree by chance.
    error = np.abs(terms @ fit - target).max(axis=1)
    chosen = chosen & (error < max(2 * float(np.median(error[chosen])), 12.0))
    if chosen.sum() > 3 * terms.shape[1]:
        some = _sample(chosen, _COLOUR_SAMPLES)
        fit = _fit_colours(terms[some], target[some])
    undone = np.clip(terms @ fit, 0, 255).astype(np.float32).reshape(laid.shape)
    return undone, chosen.reshape(where.shape)


def _colour_terms(colours: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what a change of colour is a sum of, float32 (n, 11), for colours (n, 3)."""
    values = colours.astype(np.float32) / 255
    red, green, blue = values.T
    light = values @ np.array([0.299, 0.587, 0.114], np.float32)
    # A mixture of the channels, as grey, saturation and hue are, and curves of channels and lightness, as gamma is.
    return np.column_stack(
        [np.ones_like(light), values, values**2, red * green, green * blue, blue * red, light * light * light]
    ).astype(np.float32)


def _fit_colours(terms: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the factors, (11, k), with which terms (n, 11) make values (n, k), by least squares."""
    gram = (terms.T @ terms).astype(np.float64)
    # A little is added to the diagonal: of a grey picture the channels are one, and their factors any.
    ridge = 1e-6 * len(terms) * np.eye(len(gram))
    return np.linalg.solve(gram + ridge, (terms.T @ target).astype(np.float64)).astype(np.float32)


def _extra_blur(laid: Picture, frame: Picture, where: NDArray[np.bool_]) -> float:
    """Return the standard deviation, in px of the frame, of the Gaussian that makes the laid picture most like it."""
    chosen = _sample(where, _BLUR_SAMPLES)
    target = _grey(frame).reshape(-1, 1)[chosen]  # of colours, files keep less
    errors = []
    for sigma in (0.0, *_EXTRA_SIGMAS):
        soft = cv2.GaussianBlur(laid, (0, 0), sigma) if sigma else laid
        terms = _colour_terms(np.asarray(soft, np.uint8).reshape(-1, 3)[chosen])
        squares = np.sort(np.square(terms @ _fit_colours(terms, target) - target).mean(axis=1))
        errors.append(float(squares[: max(1, round(0.9 * len(squares)))].mean()))  # without what was laid on top
    best = int(np.argmin(errors))
    # Compression and resampling soften a little: a blur must explain a good part of what differs, and more than what
    # rounding to whole levels makes of a picture that has next to no texture.
    explains = errors[best] < 0.7 * errors[0] and errors[0] - errors[best] > 0.5
    return _EXTRA_SIGMAS[best - 1] if best and explains else 0.0


def _is_plain(frame: Picture, mask: NDArray[np.bool_]) -> bool:
    """Return whether nearly all of a frame outside of a mask has one colour."""
    outside = frame[cv2.erode((~mask).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0]
    if len(outside) < 16:
        return True
    away = np.abs(outside.astype(np.int16) - np.median(outside, axis=0)).max(axis=1)
    return bool((away < 24).mean() > 0.9)


def _things(difference: NDArray[np.float32], mask: NDArray[np.bool_]) -> tuple[Box, ...]:
    """Return boxes, in shares of the frame, of what differs, largest first; neighbours are one thing."""
    height, width = mask.shape
    differs = cv2.morphologyEx(
        ((difference > _DIFFERS) & mask).astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)
    )
    reach = max(3, round(0.03 * max(height, width))) | 1
    joined = cv2.dilate(differs, cv2.getStructuringElement(cv2.MORPH_RECT, (reach, reach)))
    count, labels = cv2.connectedComponents(joined)
    found: list[tuple[int, Box]] = []
    for label in range(1, count):
        rows, columns = np.nonzero((labels == label) & (differs > 0))
        if len(rows) >= max(_SPECK * height * width, 6):
            found.append(
                (
                    len(rows),
                    Box(
                        float(columns.min() / width),
                        float(rows.min() / height),
                        float((columns.max() + 1) / width),
                        float((rows.max() + 1) / height),
                    ),
                )
            )
    found.sort(key=lambda thing: -thing[0])
    return tuple(box for _, box in found[:8])
