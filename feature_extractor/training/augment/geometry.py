"""Where pixels go: any number of geometric edits make one homography, and one warp renders it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from feature_extractor.training.augment.pixels import LEAST_SIDE, blur_much, clip_side, pick_colour, pick_factor, resize

Matrix: TypeAlias = NDArray[np.float64]  # (3, 3)

_ENLARGED_SIDE = 160


@dataclass(frozen=True, slots=True)
class Frame:
    """What of a picture is seen, and how it lies.

    Attributes:
        matrix: (3, 3) float64, from the picture's px to the frame's; pixel n reaches from n to n + 1.
        width, height: of the frame, in its own px, not yet rounded.
    """

    matrix: Matrix
    width: float
    height: float

    def then(self, step: Matrix, width: float, height: float) -> "Frame":
        """Return the frame after one more step."""
        return Frame(step @ self.matrix, width, height)

    def area_seen(self) -> float:
        """Return the area of the frame in the picture's px, with what lies beyond the picture's edges."""
        corners = np.array([[0, self.width, self.width, 0], [0, 0, self.height, self.height], [1, 1, 1, 1]])
        x, y, depth = np.linalg.inv(self.matrix) @ corners
        x, y = x / depth, y / depth
        return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


GeometricEdit: TypeAlias = Callable[[Frame, np.random.Generator, float], Frame]
"""Frame, generator and strength 0..1 (how far of its range the edit may go) to frame."""


def see_whole(picture: Picture) -> Frame:
    """Return the frame of a whole picture."""
    height, width = picture.shape[:2]
    return Frame(np.eye(3), float(width), float(height))


def keep_window(frame: Frame, rng: np.random.Generator, share: float, aspect: float) -> Frame:
    """Crop to a share of the area, anywhere.

    Args:
        share: of the area, in (0, 1].
        aspect: factor on width by height; given up as far as the window would be larger than the frame.
    """
    side = math.sqrt(share)
    stretch = min(1 / side, max(side, math.sqrt(aspect)))
    width, height = frame.width * side * stretch, frame.height * side / stretch
    left, top = rng.random(2) * [frame.width - width, frame.height - height]
    return frame.then(_move(-left, -top), width, height)


def crop(frame: Frame, rng: np.random.Generator, strength: float) -> Frame:
    """Keep a window of 10 % to nearly all of the area, small ones as often as large ones."""
    return keep_window(frame, rng, pick_factor(rng, 0.1**strength, 0.95), pick_factor(rng, 0.6, 1 / 0.6))


def mirror(frame: Frame, _rng: np.random.Generator, _strength: float) -> Frame:
    """Swap left and right."""
    return frame.then(_move(frame.width, 0) @ np.diag([-1.0, 1, 1]), frame.width, frame.height)


def flip(frame: Frame, _rng: np.random.Generator, _strength: float) -> Frame:
    """Swap top and bottom."""
    return frame.then(_move(0, frame.height) @ np.diag([1.0, -1, 1]), frame.width, frame.height)


def quarter_turn(frame: Frame, rng: np.random.Generator, _strength: float) -> Frame:
    """Turn by 90, 180 or 270°."""
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    for _ in range(int(rng.integers(1, 4))):
        frame = frame.then(_move(frame.height, 0) @ turn, frame.height, frame.width)
    return frame


def rotate(frame: Frame, rng: np.random.Generator, strength: float) -> Frame:
    """Turn by up to 30° either way: cut to what is full, within the old frame, or whole on a larger one."""
    angle = math.radians(rng.uniform(2, 30 * strength + 2)) * rng.choice([-1, 1])
    cosine, sine = math.cos(angle), math.sin(angle)
    width, height = frame.width, frame.height
    box = (width * cosine + height * abs(sine), width * abs(sine) + height * cosine)
    chance = rng.random()
    if chance < 0.4:
        scale = min(width / box[0], height / box[1])
        seen = (width * scale, height * scale)
    elif chance < 0.65:
        seen = (width, height)
    else:
        seen = box
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    return frame.then(_move(seen[0] / 2, seen[1] / 2) @ turn @ _move(-width / 2, -height / 2), *seen)


def change_aspect(frame: Frame, rng: np.random.Generator, strength: float) -> Frame:
    """Stretch one way and press the other, up to 1 : 2.

    The model's input is square, whatever the aspect: to show, the picture is also laid on a frame of its old aspect
    with room left, or cropped to it, half of the time.
    """
    stretch = pick_factor(rng, 1.1, 2 ** max(0.3, strength)) ** rng.choice([-0.5, 0.5])
    wide, high = frame.width * stretch, frame.height / stretch
    frame = frame.then(np.diag([stretch, 1 / stretch, 1.0]), wide, high)
    if rng.random() < 0.5:
        return frame
    width, height = wide / stretch, high * stretch
    return frame.then(_move((width - wide) / 2, (height - high) / 2), width, height)


def shear(frame: Frame, rng: np.random.Generator, strength: float) -> Frame:
    """Slant along one side by up to 30 % of it, on a frame that holds all or on the old one."""
    slant = rng.uniform(0.04, 0.05 + 0.25 * strength) * rng.choice([-1, 1])
    step = np.eye(3)
    if rng.random() < 0.5:
        step[0, 1], width, height = slant, frame.width + abs(slant) * frame.height, frame.height
    else:
        step[1, 0], width, height = slant, frame.width, frame.height + abs(slant) * frame.width
    if rng.random() < 0.5:
        width, height = frame.width, frame.height
    centre = step @ [frame.width / 2, frame.height / 2, 1]
    return frame.then(_move(width / 2 - centre[0], height / 2 - centre[1]) @ step, width, height)


def tilt(frame: Frame, rng: np.random.Generator, strength: float) -> Frame:
    """See it from aside: each corner moves by up to 25 % of the sides, all inwards or all outwards."""
    reach = (0.05 + 0.2 * strength) * (1 if rng.random() < 0.6 else -1)
    corners = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    moved = corners + rng.uniform(0, 1, (4, 2)) * reach * np.where(corners > 0, -1, 1)
    size = [frame.width, frame.height]
    step = cv2.getPerspectiveTransform((corners * size).astype(np.float32), (moved * size).astype(np.float32))
    return frame.then(np.asarray(step, np.float64), frame.width, frame.height)


def render(
    picture: Picture, frame: Frame, rng: np.random.Generator, side: int, least_side: int = LEAST_SIDE
) -> Picture:
    """Return what a frame shows.

    Args:
        picture: RGB uint8, (height, width, 3).
        frame: of this picture.
        rng: decides the interpolation, and what fills the frame beyond the picture's edges.
        side: longest side in px of the result; a smaller frame is enlarged to 160 px at most, so that what is drawn
            on it later stays fine.
        least_side: shortest side in px of the result; a longer, narrower frame is widened to it.
    Returns:
        RGB uint8, new.
    """
    longest = max(frame.width, frame.height)
    scale = min(side, max(longest, _ENLARGED_SIDE)) / longest
    width, height = clip_side(frame.width * scale, least_side), clip_side(frame.height * scale, least_side)
    matrix = np.diag([width / frame.width, height / frame.height, 1.0]) @ frame.matrix
    source, matrix = _reduce_first(picture, matrix, width, height)
    # OpenCV counts from the middle of the first pixel.
    matrix = _move(-0.5, -0.5) @ matrix @ _move(0.5, 0.5)
    how = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST], p=[0.75, 0.2, 0.05]))
    colour, chance = pick_colour(rng), rng.random()
    if chance < 0.15:
        ground = blur_much(source, width, height)
        cv2.warpPerspective(source, matrix, (width, height), ground, how, cv2.BORDER_TRANSPARENT)
        return ground
    edge = cv2.BORDER_CONSTANT if chance < 0.8 else cv2.BORDER_REPLICATE if chance < 0.9 else cv2.BORDER_REFLECT_101
    warped = cv2.warpPerspective(source, matrix, (width, height), flags=how, borderMode=edge, borderValue=colour)
    return np.asarray(warped, np.uint8)


def _reduce_first(picture: Picture, matrix: Matrix, width: int, height: int) -> tuple[Picture, Matrix]:
    """Average the picture down to about the size it will be seen at, so that the warp need not skip pixels."""
    across, down, depth = np.linalg.inv(matrix) @ [width / 2, height / 2, 1]
    x, y = across / depth, down / depth
    weight = matrix[2] @ [x, y, 1]
    slopes = (matrix[:2, :2] - np.outer([width / 2, height / 2], matrix[2, :2])) / weight  # d(result) / d(picture)
    scale = np.linalg.norm(slopes, axis=0)
    if scale.min() > 0.75:
        return picture, matrix
    tall, wide = picture.shape[:2]
    size = max(1, round(wide * min(1.0, scale[0]))), max(1, round(tall * min(1.0, scale[1])))
    return resize(picture, *size), matrix @ np.diag([wide / size[0], tall / size[1], 1.0])


def _move(right: float, down: float) -> Matrix:
    """Return the matrix that moves by so many px."""
    return np.array([[1, 0, right], [0, 1, down], [0, 0, 1]], np.float64)
