"""What a drawn picture is made of before a medium draws it: areas and lines of colour, back to front.

Coordinates: the picture is 1 high and `aspect` wide; x grows to the right, y downwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.gallery.colour import Colour, mix

Points = NDArray[np.float64]
"""float64 (n, 2): x, y."""


@dataclass(frozen=True, slots=True)
class Area:
    """A closed shape of one paint.

    Attributes:
        outline: its border, (n, 2).
        colour: its paint; foot: where given, the paint at its lower end, with an even passage between.
        blur: softness of the border in picture heights: mist, glow, clouds.
        contour: weight of the line that a drawing medium puts around it; 0 puts none.
        grain: direction of brush strokes and hatching in radians.
        strength: how much it covers, 0..1.
    """

    outline: Points
    colour: Colour
    foot: Colour | None = None
    blur: float = 0.0
    contour: float = 1.0
    grain: float = 0.6
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn line: a stem, a spoke, a wire.

    Attributes:
        points: its course, (n, 2).
        width: in picture heights at its start; end: at its end, the same where None.
    """

    points: Points
    colour: Colour
    width: float
    end: float | None = None


Mark = Area | Line


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole composition.

    Attributes:
        aspect: width over height.
        top, bottom: the ground's colours.
        marks: back to front.
    """

    aspect: float
    top: Colour
    bottom: Colour
    marks: tuple[Mark, ...]


def points(values: ArrayLike) -> Points:
    """Return coordinates as (n, 2) float64."""
    return np.asarray(values, dtype=np.float64).reshape(-1, 2)


def smooth(values: ArrayLike, *, closed: bool = True, steps: int = 7) -> Points:
    """Return a centripetal-like cubic through the given points (Catmull and Rom, 1974), `steps` to a span."""
    knots = points(values)
    if closed:
        knots = np.vstack([knots[-1:], knots, knots[:2]])
    else:
        knots = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    before, start, end, after = knots[:-3], knots[1:-2], knots[2:-1], knots[3:]
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    before, start, end, after = (part[:, None, :] for part in (before, start, end, after))
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    ).reshape(-1, 2)
    return curve if closed else np.vstack([curve, knots[-2]])


def ellipse(x: float, y: float, across: float, down: float, *, angle: float = 0.0, sides: int = 48) -> Points:
    """Return an ellipse by its centre and half axes, turned by `angle` radians."""
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    flat = np.stack([across * np.cos(turn), down * np.sin(turn)], axis=1)
    return shifted(rotate(flat, angle), x, y)


def rectangle(left: float, top: float, right: float, bottom: float) -> Points:
    """Return the four corners of an upright rectangle."""
    return points([left, top, right, top, right, bottom, left, bottom])


def shifted(values: Points, x: float, y: float) -> Points:
    """Return points moved by (x, y)."""
    moved: Points = values + np.array([x, y])
    return moved


def arch(x: float, y: float, wide: float, high: float) -> Points:
    """Return a round-headed door or window; (x, y) is the middle of its sill."""
    turn = np.linspace(0, np.pi, 12)
    radius = wide / 2
    head = np.stack([x + radius * np.cos(turn), y - high + radius - radius * np.sin(turn)], axis=1)
    return np.vstack([[(x + radius, y)], head, [(x - radius, y)]])


def blob(
    rng: np.random.Generator, x: float, y: float, across: float, down: float, *, bumps: int = 9, rough: float = 0.18
) -> Points:
    """Return a rounded, uneven shape about a centre: a crown, a cloud, a stone."""
    turn = np.linspace(0, 2 * np.pi, bumps, endpoint=False) + rng.uniform(0, 2 * np.pi)
    reach = 1 + rng.uniform(-rough, rough, bumps)
    return smooth(np.stack([x + across * reach * np.cos(turn), y + down * reach * np.sin(turn)], axis=1))


def rotate(values: Points, angle: float) -> Points:
    """Return points turned about the origin, clockwise as seen, by radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    turned: Points = values @ np.array([[cos, sin], [-sin, cos]])
    return turned


def place(
    marks: Iterable[Mark], x: float, y: float, size: float, *, flip: bool = False, angle: float = 0.0
) -> list[Mark]:
    """Return marks drawn about their own origin moved to (x, y), `size` times as large."""
    sign = np.array([-size if flip else size, size])
    placed: list[Mark] = []
    for mark in marks:
        if isinstance(mark, Area):
            placed.append(
                replace(mark, outline=shifted(rotate(mark.outline * sign, angle), x, y), blur=mark.blur * size)
            )
        else:
            end = None if mark.end is None else mark.end * size
            course = shifted(rotate(mark.points * sign, angle), x, y)
            placed.append(replace(mark, points=course, width=mark.width * size, end=end))
    return placed


def veil(marks: Iterable[Mark], colour: Colour, share: float) -> list[Mark]:
    """Return marks seen through `share` (0..1) of haze of a colour: distance, shadow, moonlight."""
    veiled: list[Mark] = []
    for mark in marks:
        if isinstance(mark, Area):
            foot = None if mark.foot is None else mix(mark.foot, colour, share)
            veiled.append(replace(mark, colour=mix(mark.colour, colour, share), foot=foot))
        else:
            veiled.append(replace(mark, colour=mix(mark.colour, colour, share)))
    return veiled


def unsteady(scene: Scene, rng: np.random.Generator, amount: float) -> Scene:
    """Return the scene as a hand draws it: all of it bent by a few slow waves of `amount` picture heights.

    No two works then share a contour exactly, as no two drawings from one model do.
    """
    ways, phases = rng.uniform(-9, 9, (2, 3, 2)), rng.uniform(0, 2 * np.pi, (2, 3))
    strength = amount * rng.uniform(0.5, 1, (2, 3))

    def bent(values: Points) -> Points:
        waves = np.sin(np.einsum("nc,akc->nak", values, ways) + phases)  # (n, axis, wave)
        moved: Points = values + (waves * strength).sum(axis=2)
        return moved

    marks = tuple(
        replace(mark, outline=bent(mark.outline)) if isinstance(mark, Area) else replace(mark, points=bent(mark.points))
        for mark in scene.marks
    )
    return replace(scene, marks=marks)


def mirror_in_water(
    marks: Sequence[Mark], waterline: float, colour: Colour, *, share: float = 0.45, squash: float = 0.8
) -> list[Mark]:
    """Return the marks turned over at a waterline and veiled by the water's colour."""
    turned: list[Mark] = []
    for mark in veil(marks, colour, share):
        if isinstance(mark, Area):
            down = shifted(mark.outline * (1, -squash), 0, waterline * (1 + squash))
            turned.append(replace(mark, outline=down, colour=mark.foot or mark.colour, foot=mark.colour, contour=0.0))
        else:
            turned.append(replace(mark, points=shifted(mark.points * (1, -squash), 0, waterline * (1 + squash))))
    return turned


def limb(course: ArrayLike, widths: Sequence[float], *, steps: int = 6) -> Points:
    """Return the outline of a tapering band along a smooth course: a leg, a tail, a trunk, a neck.

    Args:
        course: the middle line, (n, 2).
        widths: full width at each of its n points.
        steps: points of the curve to a span.
    """
    knots = points(course)
    middle = smooth(knots, closed=False, steps=steps)
    spread = np.interp(np.linspace(0, len(knots) - 1, len(middle)), np.arange(len(knots)), widths) / 2
    along = np.gradient(middle, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    side = normal * spread[:, None]
    # A half-round end keeps paws and tail tips from looking sawn off.
    turn = np.linspace(-np.pi / 2, np.pi / 2, 7)[1:-1]
    forward = np.array([normal[-1, 1], -normal[-1, 0]])
    tip = middle[-1] + spread[-1] * (np.cos(turn)[:, None] * forward - np.sin(turn)[:, None] * normal[-1])
    return np.vstack([middle + side, tip, (middle - side)[::-1]])
