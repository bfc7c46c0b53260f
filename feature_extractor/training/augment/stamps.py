"""Small drawings that people stick on pictures: faces, hearts, stars, bubbles, arrows, ticks."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from feature_extractor.training.augment.pixels import Colour, any_colour, pick_colour

_SKINS: tuple[Colour, ...] = ((255, 204, 50), (255, 221, 103), (250, 190, 60), (240, 90, 70), (120, 200, 90))
_DARK: Colour = (70, 45, 20)
_REDS: tuple[Colour, ...] = ((230, 30, 50), (255, 80, 120), (200, 20, 30), (150, 60, 200), (60, 120, 240))

_SHIFT = 3  # OpenCV takes places in eighths of a px

Outline = NDArray[np.float64]  # (points, 2), the shape within -1..1


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a shape lies.

    Attributes:
        middle: (x, y) in px.
        radius: half the size of a shape that fills -1..1, in px.
        angle: by which it is turned, in radians.
    """

    middle: tuple[float, float]
    radius: float
    angle: float

    def place(self, shape: Outline) -> NDArray[np.int32]:
        """Return a shape turned, sized and moved, as OpenCV takes it."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        turned = shape @ np.array([[cosine, sine], [-sine, cosine]])
        return np.asarray(((turned * self.radius + self.middle) * 2**_SHIFT).round(), np.int32)


def draw_stamp(canvas: Picture, rng: np.random.Generator, x: float, y: float, radius: float) -> None:
    """Draw one of the stamps on a canvas, in place.

    Args:
        x, y: of its middle, in px.
        radius: half its size, in px.
    """
    chance = rng.random()
    angle = rng.uniform(-0.6, 0.6)
    if chance < 0.4:
        _draw_face(canvas, rng, _Spot((x, y), radius, angle))
        return
    if chance < 0.55:
        shape, colour = _heart(), _REDS[rng.integers(len(_REDS))]
    elif chance < 0.7:
        shape, colour = _star(rng), ((250, 200, 40) if rng.random() < 0.6 else any_colour(rng))
    elif chance < 0.8:
        shape, colour = _polygon(rng), any_colour(rng)
    elif chance < 0.88:
        shape, colour, angle = _arrow(), any_colour(rng), rng.uniform(0, 2 * np.pi)
    elif chance < 0.94:
        shape, colour = _tick(), any_colour(rng)
    else:
        shape, colour = _bubble(), pick_colour(rng)
    corners = _Spot((x, y), radius, angle).place(shape)
    cv2.fillPoly(canvas, [corners], colour, cv2.LINE_AA, _SHIFT)
    if rng.random() < 0.4:
        cv2.polylines(canvas, [corners], True, pick_colour(rng), max(1, round(radius / 10)), cv2.LINE_AA, _SHIFT)


def _draw_face(canvas: Picture, rng: np.random.Generator, spot: _Spot) -> None:
    """Draw a round face with eyes and a mouth of one of many moods."""
    skin = _SKINS[rng.integers(len(_SKINS))]
    _disc(canvas, spot, (0, 0, 1, 1), skin)
    eyes = rng.random()
    for side in (-1, 1):
        if eyes < 0.5:
            _disc(canvas, spot, (side * 0.36, -0.2, 0.12, 0.2), _DARK)
        elif eyes < 0.7:
            _disc(canvas, spot, (side * 0.38, -0.25, 0.27, 0.27), (255, 255, 255))
            _disc(canvas, spot, (side * 0.38, -0.2, 0.12, 0.12), _DARK)
        elif eyes < 0.85:
            place = [side * 0.4, -0.25] + 0.3 * _heart()
            cv2.fillPoly(canvas, [spot.place(place)], _REDS[0], cv2.LINE_AA, _SHIFT)
        else:
            glass = np.array([[0.05, -0.45], [0.75, -0.4], [0.65, 0], [0.2, 0]]) * [side, 1]
            cv2.fillPoly(canvas, [spot.place(glass)], (25, 25, 30), cv2.LINE_AA, _SHIFT)
    turn = np.linspace(0, np.pi, 12)
    mouth = np.stack([0.55 * np.cos(turn), 0.25 + rng.choice([-0.35, 0.45]) * np.sin(turn)], axis=1)
    if mouth[:, 1].min() < 0.2:
        mouth[:, 1] += 0.35
    corners = spot.place(mouth)
    if rng.random() < 0.5:
        cv2.fillPoly(canvas, [corners], _DARK, cv2.LINE_AA, _SHIFT)
    else:
        cv2.polylines(canvas, [corners], False, _DARK, max(1, round(spot.radius / 8)), cv2.LINE_AA, _SHIFT)
    if rng.random() < 0.15:
        _disc(canvas, spot, (0.5, 0.2, 0.14, 0.28), (80, 170, 250))


def _disc(canvas: Picture, spot: _Spot, disc: tuple[float, float, float, float], colour: Colour) -> None:
    """Fill an ellipse, given as (x, y, half width, half height) in radii."""
    x, y, across, down = disc
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    points = np.stack([x + across * np.cos(turn), y + down * np.sin(turn)], axis=1)
    cv2.fillPoly(canvas, [spot.place(points)], colour, cv2.LINE_AA, _SHIFT)


def _heart() -> Outline:
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    down = -(13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn)) / 16
    return np.stack([np.sin(turn) ** 3, down], axis=1)


def _star(rng: np.random.Generator) -> Outline:
    points = int(rng.integers(4, 13))
    turn = np.arange(2 * points) * np.pi / points - np.pi / 2
    reach = np.where(np.arange(2 * points) % 2, rng.uniform(0.35, 0.75), 1.0)
    return np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=1)


def _polygon(rng: np.random.Generator) -> Outline:
    corners = int(rng.choice([3, 4, 5, 6, 32]))
    turn = np.arange(corners) * 2 * np.pi / corners
    return np.stack([np.cos(turn), rng.uniform(0.5, 1) * np.sin(turn)], axis=1)


def _arrow() -> Outline:
    return np.array([[-1, -0.2], [0.2, -0.2], [0.2, -0.6], [1, 0], [0.2, 0.6], [0.2, 0.2], [-1, 0.2]])


def _tick() -> Outline:
    return np.array([[-1, 0.1], [-0.7, -0.2], [-0.3, 0.2], [0.7, -0.8], [1, -0.5], [-0.3, 0.8]])


def _bubble() -> Outline:
    turn = np.linspace(0.75 * np.pi, 2.6 * np.pi, 24)
    rim = np.stack([np.cos(turn), 0.65 * np.sin(turn)], axis=1)
    return np.concatenate([rim, [[-0.6, 1.0]]])
