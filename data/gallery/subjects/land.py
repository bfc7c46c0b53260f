"""Sky, land, water and weather, in the coordinates of the whole picture."""

import numpy as np
from numpy.typing import NDArray

from data.gallery.colour import Colour, Palette, mix, shade, vary
from data.gallery.scene import Area, Line, Mark, Points, blob, ellipse, points, rectangle, shifted, smooth


def ridge(
    rng: np.random.Generator, aspect: float, level: float, height: float, *, sharp: float = 0.5, steps: int = 7
) -> Points:
    """Return a mountain range from one side of the picture to the other, closed below it.

    Midpoint displacement (Fournier, Fussell and Carpenter, 1982).

    Args:
        rng: draws the line.
        aspect: of the picture.
        level: the foot of the range; height: how far peaks rise above it.
        sharp: share of the roughness that each halving keeps, 0.3 (rolling) to 0.65 (jagged).
        steps: halvings.
    """
    line = rng.uniform(0.2, 1, 4)
    reach = 0.55
    for _ in range(steps - 2):
        middle = (line[:-1] + line[1:]) / 2 + rng.uniform(-reach, reach, len(line) - 1)
        line = _weave(line, middle)
        reach *= sharp
    line = (line - line.min()) / max(float(np.ptp(line)), 1e-6)
    x = np.linspace(-0.02, aspect + 0.02, len(line))
    return np.vstack([np.stack([x, level - height * line], axis=1), [(aspect + 0.02, 1.1), (-0.02, 1.1)]])


def _weave(ends: NDArray[np.float64], middle: NDArray[np.float64]) -> NDArray[np.float64]:
    woven = np.empty(len(ends) + len(middle))
    woven[0::2], woven[1::2] = ends, middle
    return woven


def hill(rng: np.random.Generator, aspect: float, level: float, swing: float) -> Points:
    """Return rolling ground whose upper line swings about a level, closed below the picture."""
    x = np.linspace(-0.05, aspect + 0.05, 60)
    first, second = rng.uniform(0, 6.3, 2)
    y = level + swing * (0.7 * np.sin(x * rng.uniform(1.4, 2.6) + first) + 0.3 * np.sin(x * rng.uniform(4, 6) + second))
    return np.vstack([np.stack([x, y], axis=1), [(aspect + 0.05, 1.1), (-0.05, 1.1)]])


def height_at(ground: Points, x: float) -> float:
    """Return the y of a ground's upper line at x."""
    line = ground[:-2]
    return float(np.interp(x, line[:, 0], line[:, 1]))


def sun(light: Palette, x: float, y: float, size: float, *, glow: float = 1.0) -> list[Mark]:
    """Return the sun, or by night the moon with its seas, and the glow about it."""
    marks: list[Mark] = [
        Area(
            ellipse(x, y, size * 2.6, size * 2.6),
            mix(light.sun, light.horizon, 0.3),
            blur=size * 1.1,
            contour=0,
            strength=0.55 * glow,
        ),
        Area(ellipse(x, y, size, size), light.sun, contour=0.8),
    ]
    if light.is_night:
        for dx, dy, radius in ((-0.35, -0.25, 0.22), (0.25, 0.1, 0.28), (-0.15, 0.42, 0.16), (0.42, -0.4, 0.12)):
            marks.append(
                Area(
                    ellipse(x + dx * size, y + dy * size, radius * size, radius * size),
                    shade(light.sun, -0.1),
                    contour=0,
                )
            )
    return marks


def stars(rng: np.random.Generator, light: Palette, aspect: float, low: float, count: int = 70) -> list[Mark]:
    """Return stars above a level."""
    marks: list[Mark] = []
    for _ in range(count):
        size = 0.0015 + 0.003 * rng.random() ** 4
        spot = ellipse(rng.uniform(0, aspect), low * rng.random() ** 1.2, size, size, sides=8)
        marks.append(Area(spot, mix(light.zenith, light.light, rng.uniform(0.5, 1)), contour=0))
    return marks


def clouds(
    rng: np.random.Generator,
    light: Palette,
    aspect: float,
    *,
    count: int = 4,
    high: float = 0.08,
    low: float = 0.36,
    soft: float = 0.006,
) -> list[Mark]:
    """Return heaped clouds with flat feet."""
    marks: list[Mark] = []
    for _ in range(count):
        x, y, size = rng.uniform(-0.05, aspect + 0.05), rng.uniform(high, low), rng.uniform(0.5, 1.2)
        paint = mix(light.horizon, light.light, 0.55)
        foot = mix(light.horizon, light.zenith, 0.25)
        puffs = [(rng.uniform(-0.17, 0.17), rng.uniform(0.03, 0.065)) for _ in range(6)]
        edge: list[tuple[float, float]] = [(x - 0.24 * size, y)]
        for dx, rise in sorted(puffs):
            edge += [(x + (dx - 0.025) * size, y - rise * 0.7 * size), (x + dx * size, y - rise * 1.25 * size)]
        edge.append((x + 0.24 * size, y))
        marks.append(Area(smooth(edge), paint, mix(foot, paint, 0.4), blur=soft, contour=0.35, grain=0.1, strength=0.9))
    return marks


def sky(
    rng: np.random.Generator,
    light: Palette,
    aspect: float,
    *,
    disc: tuple[float, float, float] | None = None,
    cloudy: int = 3,
) -> list[Mark]:
    """Return what is in the sky of a light: stars by night, a disc where wanted, clouds."""
    marks: list[Mark] = stars(rng, light, aspect, 0.6) if light.is_night else []
    if disc is not None:
        marks += sun(light, *disc)
    return marks + clouds(rng, light, aspect, count=cloudy)


def water(
    rng: np.random.Generator, light: Palette, aspect: float, level: float, *, glint: float | None = None
) -> list[Mark]:
    """Return water from a level to the foot of the picture; `glint` is the x under the sun."""
    top, bottom = mix(light.horizon, light.far, 0.35), mix(light.zenith, light.near, 0.6)
    marks: list[Mark] = [Area(rectangle(-0.05, level, aspect + 0.05, 1.05), top, bottom, contour=0.4, grain=0.0)]
    for _ in range(46):
        depth = rng.random() ** 1.6
        y = level + 0.008 + (1 - level) * depth
        long = rng.uniform(0.03, 0.12) * (0.35 + depth)
        x = rng.uniform(0, aspect)
        tone = mix(mix(top, bottom, depth), light.light if rng.random() < 0.55 else light.near, 0.35)
        course = smooth([x - long, y, x - long / 3, y - 0.004, x + long / 3, y + 0.003, x + long, y], closed=False)
        marks.append(Line(course, tone, 0.0028 + 0.005 * depth, 0.001))
    if glint is not None:
        for _ in range(44):
            depth = rng.random() ** 1.3
            y = level + 0.006 + (1 - level) * depth
            x = glint + rng.normal(0, 0.018 + 0.05 * depth)
            long = rng.uniform(0.012, 0.05) * (0.5 + depth)
            marks.append(
                Line(
                    points([x - long, y, x + long, y]),
                    mix(light.sun, light.horizon, rng.uniform(0, 0.35)),
                    0.004 + 0.006 * depth,
                    0.002,
                )
            )
    return marks


def grass(
    rng: np.random.Generator, ground: Points, paint: Colour, aspect: float, *, count: int = 120, tall: float = 0.04
) -> list[Mark]:
    """Return blades of grass on a ground, denser and taller towards us."""
    marks: list[Mark] = []
    for _ in range(count):
        x = rng.uniform(0, aspect)
        top = height_at(ground, x)
        depth = rng.random()
        y = top + (1.0 - top) * depth
        high = tall * (0.5 + depth) * rng.uniform(0.6, 1.3)
        lean = rng.normal(0, 0.3) * high
        tone = vary(rng, shade(paint, rng.uniform(-0.2, 0.22)), 0.02)
        marks.append(
            Line(points([x, y, x + lean * 0.3, y - high * 0.6, x + lean, y - high]), tone, 0.003 + 0.003 * depth, 0.001)
        )
    return marks


def rain(rng: np.random.Generator, light: Palette, aspect: float, *, count: int = 90) -> list[Mark]:
    """Return slanting rain."""
    marks: list[Mark] = []
    for _ in range(count):
        x, y, long = rng.uniform(0, aspect * 1.1), rng.uniform(-0.05, 1), rng.uniform(0.03, 0.09)
        marks.append(
            Line(points([x, y, x - long * 0.25, y + long]), mix(light.horizon, light.light, 0.6), 0.0022, 0.001)
        )
    return marks


def mist(aspect: float, level: float, thick: float, paint: Colour, strength: float = 0.6) -> Mark:
    """Return a bank of mist about a level."""
    return Area(
        rectangle(-0.3, level - thick / 2, aspect + 0.3, level + thick / 2),
        paint,
        blur=thick * 0.45,
        contour=0,
        strength=strength,
    )


def stones(rng: np.random.Generator, light: Palette, x: float, y: float, size: float, *, count: int = 4) -> list[Mark]:
    """Return a heap of stones about a place."""
    marks: list[Mark] = []
    for _ in range(count):
        across = size * rng.uniform(0.5, 1)
        paint = vary(rng, mix(light.middle, light.near, rng.uniform(0.2, 0.9)), 0.02)
        spot = blob(rng, x + rng.normal(0, size), y + rng.uniform(-0.2, 0.2) * size, across, across * 0.6, bumps=7)
        marks.append(Area(spot, shade(paint, 0.15), shade(paint, -0.25), grain=0.3))
    return marks


def wave(aspect: float, level: float, high: float, shift: float, *, paint: Colour, foot: Colour) -> list[Mark]:
    """Return one row of curling sea from side to side, closed below."""
    count = int(aspect / 0.26) + 3
    edge: list[tuple[float, float]] = []
    for step in range(-1, count):
        x = step * 0.26 + shift
        edge += [
            (x, level),
            (x + 0.08, level - high * 0.35),
            (x + 0.15, level - high),
            (x + 0.2, level - high * 0.86),
            (x + 0.19, level - high * 0.35),
        ]
    body = np.vstack([smooth(edge, closed=False), [(aspect + 0.6, 1.1), (-0.6, 1.1)]])
    crest = shifted(smooth(edge, closed=False), 0, 0.006)
    return [Area(body, paint, foot, grain=0.1), Line(crest, shade(paint, 0.75), 0.008)]
