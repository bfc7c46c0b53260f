"""Buildings, standing on (0, 0)."""

import numpy as np

from data.gallery.colour import Colour, mix, shade
from data.gallery.scene import Area, Line, Mark, arch, ellipse, limb, points, rectangle, smooth

GLOW: Colour = (1.0, 0.84, 0.45)
"""Lamplight in a window."""


def window(x: float, y: float, wide: float, high: float, *, pane: Colour, frame: Colour) -> list[Mark]:
    """Return a window with a cross bar; (x, y) is the middle of its sill."""
    return [
        Area(rectangle(x - wide * 0.62, y - high * 1.06, x + wide * 0.62, y + high * 0.08), frame, contour=0.5),
        Area(rectangle(x - wide / 2, y - high, x + wide / 2, y), pane, shade(pane, -0.12), contour=0.5),
        Line(points([x, y - high, x, y]), frame, wide * 0.09),
        Line(points([x - wide / 2, y - high * 0.55, x + wide / 2, y - high * 0.55]), frame, wide * 0.09),
    ]


def townhouse(
    rng: np.random.Generator,
    wall: Colour,
    roof: Colour,
    *,
    wide: float,
    high: float,
    storeys: int,
    lit: float,
    gable: bool,
) -> list[Mark]:
    """Return a narrow town house.

    Args:
        rng: chooses which windows are lit.
        wall, roof: paints.
        wide, high: of the wall; the roof stands on it.
        storeys: rows of windows above the door.
        lit: share of windows with lamplight.
        gable: a stepped gable instead of a plain roof.
    """
    half, frame = wide / 2, shade(wall, 0.7)
    marks: list[Mark] = []
    if gable:
        steps = [(-half, -high)]
        for step in range(4):
            x, y = half * (1 - step / 4), high + wide * 0.16 * (step + 1)
            steps += [(-x, -y), (-x + half / 4, -y)]
        steps += [(-x, y) for x, y in steps[::-1]]
        marks.append(Area(points(steps), wall, grain=1.5))
        marks.append(Area(ellipse(0, -high - wide * 0.24, wide * 0.1, wide * 0.1), shade(wall, -0.4)))
    else:
        marks += [
            Area(rectangle(half * 0.4, -high - wide * 0.62, half * 0.68, -high - wide * 0.2), shade(wall, -0.35)),
            Area(
                points(
                    [
                        -half * 1.12,
                        -high,
                        -half * 0.55,
                        -high - wide * 0.48,
                        half * 0.55,
                        -high - wide * 0.48,
                        half * 1.12,
                        -high,
                    ]
                ),
                roof,
                shade(roof, -0.2),
                grain=0.0,
            ),
        ]
    marks.append(Area(rectangle(-half, -high, half, 0), wall, shade(wall, -0.12), grain=1.5))
    row = high / (storeys + 1)
    columns = 3 if wide > 0.25 else 2
    for storey in range(storeys):
        for column in range(columns):
            x = (column + 0.5) / columns * wide - half
            pane = GLOW if rng.random() < lit else mix(shade(wall, -0.55), (0.3, 0.4, 0.5), 0.5)
            marks += window(x, -high + row * (storey + 0.86), wide / columns * 0.46, row * 0.6, pane=pane, frame=frame)
    door = shade(roof, -0.2)
    marks.append(Area(arch(-wide * 0.19, 0, wide * 0.24, row * 0.76), door))
    pane = GLOW if rng.random() < lit + 0.2 else shade(wall, -0.5)
    marks += window(wide * 0.2, -row * 0.22, wide * 0.32, row * 0.5, pane=pane, frame=frame)
    return marks


def cottage(wall: Colour, roof: Colour, *, lit: bool) -> list[Mark]:
    """Return a small house with a steep roof, about 1 wide."""
    pane = GLOW if lit else (0.35, 0.45, 0.52)
    return [
        Area(rectangle(0.22, -0.86, 0.34, -0.5), shade(wall, -0.4)),
        Area(rectangle(-0.42, -0.42, 0.42, 0), wall, shade(wall, -0.14), grain=1.5),
        Area(points([-0.52, -0.4, -0.3, -0.8, 0.3, -0.8, 0.52, -0.4]), roof, shade(roof, -0.25), grain=0.0),
        *window(-0.24, -0.1, 0.16, 0.2, pane=pane, frame=shade(wall, 0.7)),
        *window(0.28, -0.1, 0.14, 0.2, pane=pane, frame=shade(wall, 0.7)),
        Area(arch(0.03, 0, 0.16, 0.26), shade(roof, -0.35)),
    ]


def tower_block(
    rng: np.random.Generator, wall: Colour, *, wide: float, high: float, lit: float, crown: int
) -> list[Mark]:
    """Return a skyscraper; `crown` 0..3 chooses its top."""
    half, dark = wide / 2, shade(wall, -0.3)
    marks: list[Mark] = []
    if crown == 1:
        marks.append(Area(points([-half, -high + 0.001, 0, -high - wide * 0.9, half, -high + 0.001]), dark))
    elif crown == 2:
        marks += [
            Area(rectangle(-half * 0.66, -high - wide * 0.25, half * 0.66, -high + 0.01), wall),
            Area(rectangle(-half * 0.36, -high - wide * 0.45, half * 0.36, -high - wide * 0.24), dark),
            Line(points([0, -high - wide * 0.44, 0, -high - wide * 1.1]), dark, wide * 0.05, wide * 0.015),
        ]
    elif crown == 3:
        marks.append(
            Area(
                points(
                    [-half, -high + 0.001, -half, -high - wide * 0.12, half, -high - wide * 0.6, half, -high + 0.001]
                ),
                dark,
            )
        )
    marks += [
        Area(rectangle(-half, -high, half, 0), wall, shade(wall, -0.1), grain=1.5),
        Area(rectangle(half * 0.45, -high, half, 0), dark, shade(dark, -0.1), contour=0.4, grain=1.5),
    ]
    columns = max(3, round(wide / 0.028))
    rows = max(4, round(high / 0.045))
    pane = wide / columns
    for row in range(rows - 1):
        for column in range(columns):
            x, y = -half + pane * (column + 0.5), -high + (row + 0.7) * high / rows
            if rng.random() < lit:
                spot = rectangle(x - pane * 0.3, y - 0.011, x + pane * 0.3, y + 0.011)
                marks.append(Area(spot, mix(GLOW, (1, 1, 0.9), rng.uniform(0, 0.5)), contour=0))
            elif row % 2 == 0:
                spot = rectangle(x - pane * 0.3, y - 0.011, x + pane * 0.3, y + 0.011)
                marks.append(Area(spot, shade(wall, -0.2 if column < columns * 0.7 else -0.45), contour=0))
    return marks


def lighthouse(stripe: Colour, *, lit: bool) -> list[Mark]:
    """Return a striped lighthouse, 1 high."""
    marks: list[Mark] = []
    for band in range(5):
        low, high = 0.76 * band / 5, 0.76 * (band + 1) / 5
        a, b = 0.13 - 0.055 * low / 0.76, 0.13 - 0.055 * high / 0.76
        paint: Colour = stripe if band % 2 == 0 else (0.97, 0.95, 0.91)
        marks.append(Area(points([-a, -low, a, -low, b, -high, -b, -high]), paint, grain=1.5))
        marks.append(
            Area(
                points([a * 0.35, -low, a, -low, b, -high, b * 0.35, -high]), shade(paint, -0.22), contour=0, grain=1.5
            )
        )
    marks += [
        Area(rectangle(-0.025, -0.1, 0.035, 0), shade(stripe, -0.5)),
        Area(rectangle(-0.02, -0.5, 0.015, -0.44), shade(stripe, -0.6)),
        Area(rectangle(-0.11, -0.79, 0.11, -0.755), shade(stripe, -0.5)),
        Area(rectangle(-0.055, -0.89, 0.055, -0.79), GLOW if lit else (0.75, 0.86, 0.88)),
        Line(points([0, -0.89, 0, -0.79]), shade(stripe, -0.5), 0.01),
        Area(smooth([-0.075, -0.885, -0.05, -0.95, 0, -0.985, 0.05, -0.95, 0.075, -0.885]), stripe),
        Line(points([0, -0.97, 0, -1.03]), shade(stripe, -0.5), 0.012),
    ]
    return marks


def church(wall: Colour, roof: Colour, *, lit: bool) -> list[Mark]:
    """Return a village church with its spire, 1 high."""
    pane = GLOW if lit else (0.32, 0.4, 0.5)
    marks: list[Mark] = [
        Area(rectangle(-0.04, -0.3, 0.46, 0), wall, shade(wall, -0.12), grain=1.5),
        Area(points([-0.08, -0.29, 0.02, -0.5, 0.4, -0.5, 0.5, -0.29]), roof, shade(roof, -0.2), grain=0.0),
        Area(rectangle(-0.22, -0.55, 0.03, 0), shade(wall, 0.1), shade(wall, -0.1), grain=1.5),
        Area(points([-0.25, -0.54, -0.095, -0.96, 0.06, -0.54]), shade(roof, 0.05), shade(roof, -0.2), grain=1.4),
        Line(points([-0.095, -0.95, -0.095, -1.05]), shade(roof, -0.5), 0.012),
        Line(points([-0.125, -1.02, -0.065, -1.02]), shade(roof, -0.5), 0.012),
        Area(arch(-0.095, 0, 0.11, 0.18), shade(roof, -0.45)),
        Area(ellipse(-0.095, -0.42, 0.045, 0.045), pane),
    ]
    for x in (0.12, 0.24, 0.36):
        marks.append(Area(arch(x, -0.08, 0.06, 0.15), pane))
    return marks


def windmill(body: Colour, sail: Colour, *, turn: float) -> list[Mark]:
    """Return a windmill with its sails turned by `turn` radians, 1 high."""
    marks: list[Mark] = [
        Area(points([-0.19, 0, 0.19, 0, 0.11, -0.6, -0.11, -0.6]), body, shade(body, -0.15), grain=1.5),
        Area(points([0.05, 0, 0.19, 0, 0.11, -0.6, 0.04, -0.6]), shade(body, -0.2), contour=0, grain=1.5),
        Area(smooth([-0.135, -0.59, -0.09, -0.7, 0, -0.74, 0.09, -0.7, 0.135, -0.59]), shade(sail, -0.3)),
        Area(rectangle(-0.045, -0.14, 0.045, 0), shade(body, -0.5)),
        *window(0, -0.34, 0.06, 0.09, pane=shade(body, -0.5), frame=shade(body, 0.6)),
    ]
    for blade in range(4):
        angle = turn + blade * np.pi / 2
        cos, sin = np.cos(angle), np.sin(angle)

        def at(along: float, across: float, cos: float = cos, sin: float = sin) -> tuple[float, float]:
            return along * cos - across * sin, -0.64 + along * sin + across * cos

        marks.append(
            Area(
                points([at(0.1, 0), at(0.46, 0), at(0.46, 0.09), at(0.1, 0.09)]),
                shade(sail, 0.55),
                contour=0.7,
                grain=angle,
            )
        )
        for rung in np.linspace(0.1, 0.46, 7):
            marks.append(Line(points([at(rung, 0), at(rung, 0.09)]), shade(sail, -0.3), 0.006))
        marks.append(Line(points([at(0, 0), at(0.48, 0)]), shade(sail, -0.45), 0.018))
    marks.append(Area(ellipse(0, -0.64, 0.025, 0.025), shade(sail, -0.5)))
    return marks


def pagoda(wall: Colour, roof: Colour, *, tiers: int = 4, lit: bool) -> list[Mark]:
    """Return a pagoda, 1 high."""
    marks: list[Mark] = []
    floor = 0.78 / tiers
    for tier in range(tiers):
        low, half = floor * tier, 0.2 - 0.035 * tier
        marks.append(Area(rectangle(-half, -low - floor, half, -low), wall, shade(wall, -0.15), grain=1.5))
        for x in (-0.55, 0, 0.55):
            pane = GLOW if lit else shade(wall, -0.6)
            marks.append(
                Area(
                    rectangle((x - 0.16) * half, -low - floor * 0.6, (x + 0.16) * half, -low - floor * 0.12),
                    pane,
                    contour=0.5,
                )
            )
        eave, rise = half * 1.75, floor * 0.42
        top = -low - floor
        marks.append(
            Area(
                smooth(
                    [
                        -eave,
                        top - rise * 0.55,
                        -eave * 0.8,
                        top + rise * 0.18,
                        0,
                        top + rise * 0.28,
                        eave * 0.8,
                        top + rise * 0.18,
                        eave,
                        top - rise * 0.55,
                        half * 0.6,
                        top - rise * 0.5,
                        0,
                        top - rise,
                        -half * 0.6,
                        top - rise * 0.5,
                    ]
                ),
                roof,
                shade(roof, -0.25),
                grain=0.0,
            )
        )
    marks.append(Line(points([0, -0.8, 0, -1.02]), shade(roof, -0.3), 0.022, 0.006))
    return marks


def haunted_house(wall: Colour, glow: Colour) -> list[Mark]:
    """Return a crooked old mansion, 1 high."""
    dark = shade(wall, -0.4)
    marks: list[Mark] = [
        Area(points([-0.5, 0, -0.47, -0.4, 0.1, -0.43, 0.12, 0]), wall, dark, grain=1.4),
        Area(points([-0.58, -0.38, -0.42, -0.62, 0.02, -0.66, 0.16, -0.41]), dark, grain=0.1),
        Area(points([0.06, 0, 0.08, -0.66, 0.36, -0.7, 0.4, 0]), shade(wall, 0.05), dark, grain=1.6),
        Area(points([0.02, -0.64, 0.24, -1.04, 0.44, -0.68]), shade(dark, -0.2), grain=1.2),
        Area(points([-0.3, -0.55, -0.32, -0.76, -0.22, -0.77, -0.2, -0.58]), dark),
        Line(points([0.24, -1.02, 0.25, -1.12]), shade(dark, -0.3), 0.012),
        Area(points([-0.46, -0.02, -0.45, -0.06, 0.1, -0.08, 0.1, -0.03]), shade(dark, -0.2)),
    ]
    for x, y, size in (
        (-0.36, -0.18, 0.08),
        (-0.18, -0.2, 0.08),
        (-0.02, -0.17, 0.075),
        (0.18, -0.3, 0.075),
        (0.3, -0.28, 0.07),
        (0.24, -0.52, 0.085),
        (-0.16, -0.48, 0.06),
    ):
        peak = [x - size / 2, y, x - size / 2, y - size, x, y - size * 1.5, x + size / 2, y - size, x + size / 2, y]
        marks.append(Area(points(peak), glow, shade(glow, -0.3), contour=0.7))
        marks.append(Line(points([x, y - size * 1.5, x, y]), dark, 0.012))
        marks.append(Line(points([x - size / 2, y - size * 0.7, x + size / 2, y - size * 0.66]), dark, 0.012))
    marks.append(Area(points([0.19, 0, 0.19, -0.16, 0.245, -0.2, 0.3, -0.16, 0.3, 0]), shade(dark, -0.5)))
    return marks


def street_lamp(post: Colour, *, lit: bool) -> list[Mark]:
    """Return a street lamp, 1 high."""
    marks: list[Mark] = []
    if lit:
        marks.append(Area(ellipse(0, -0.9, 0.24, 0.24), GLOW, blur=0.09, contour=0, strength=0.7))
    return [
        *marks,
        Area(points([-0.045, 0, 0.045, 0, 0.018, -0.1, -0.018, -0.1]), post),
        Area(limb([(0, -0.05), (0, -0.8)], [0.026, 0.018]), post, contour=0.6),
        Area(points([-0.045, -0.96, 0.045, -0.96, 0.028, -0.82, -0.028, -0.82]), GLOW if lit else (0.85, 0.88, 0.85)),
        Area(points([-0.06, -0.955, 0, -1.0, 0.06, -0.955]), post),
    ]


def bridge(stone: Colour, *, arches: int, wide: float, high: float, rail: float = 0.12) -> list[Mark]:
    """Return a viaduct seen from the side, its deck's top at y = -high; `wide` is its whole length."""
    span = wide / arches
    under: list[tuple[float, float]] = []
    for step in range(arches):
        left = -wide / 2 + step * span
        turn = np.linspace(np.pi, 0, 16)
        radius = span * 0.38
        spring = -high * (1 - rail) + min(radius * 1.2, high * 0.75)
        rise = spring + high * (1 - rail) - high * 0.06
        under += [(left + span / 2 - radius, 0.0)]
        under += [(float(left + span / 2 + radius * np.cos(t)), float(spring - rise * np.sin(t))) for t in turn]
        under += [(left + span / 2 + radius, 0.0)]
    body = points([(-wide / 2, -high), (-wide / 2, 0), *under, (wide / 2, 0), (wide / 2, -high)])
    return [
        Area(body, shade(stone, 0.08), shade(stone, -0.3), grain=1.5),
        Area(rectangle(-wide / 2, -high * 1.03, wide / 2, -high * 0.95), shade(stone, 0.2), contour=0.6, grain=0.0),
    ]
