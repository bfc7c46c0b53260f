"""Cars, bicycles, boats and balloons. Wheels stand on (0, 0)."""

import numpy as np

from data.gallery.colour import Colour, mix, shade
from data.gallery.scene import Area, Line, Mark, ellipse, points, rectangle, smooth

_TYRE: Colour = (0.13, 0.13, 0.15)


def _wheel(x: float, radius: float, hub: Colour) -> list[Mark]:
    return [
        Area(ellipse(x, -radius, radius, radius), _TYRE),
        Area(ellipse(x, -radius, radius * 0.6, radius * 0.6), hub, contour=0.6),
        Area(ellipse(x, -radius, radius * 0.2, radius * 0.2), shade(hub, -0.5), contour=0.4),
    ]


def small_car(paint: Colour, *, lit: bool = False) -> list[Mark]:
    """Return a round little car that drives to the right, 1 long."""
    glass: Colour = (0.72, 0.84, 0.88)
    marks: list[Mark] = []
    if lit:
        marks.append(
            Area(
                points([0.48, -0.2, 1.1, -0.34, 1.1, 0.0, 0.48, -0.14]),
                (1, 0.93, 0.65),
                blur=0.03,
                contour=0,
                strength=0.55,
            )
        )
    return [
        *marks,
        Area(rectangle(-0.42, -0.12, 0.44, -0.06), shade(paint, -0.7)),
        Area(
            smooth(
                [
                    -0.49, -0.1, -0.5, -0.22, -0.43, -0.31, -0.33, -0.42, -0.18, -0.5, 0, -0.515, 0.13, -0.47,
                    0.25, -0.32, 0.4, -0.28, 0.48, -0.21, 0.5, -0.1,
                ]
            ),
            paint,
            shade(paint, -0.28),
            grain=0.1,
        ),
        Area(
            smooth([-0.33, -0.31, -0.27, -0.4, -0.17, -0.455, -0.06, -0.465, -0.06, -0.31]),
            glass,
            shade(glass, -0.25),
            grain=0.8,
        ),
        Area(
            smooth([-0.02, -0.31, -0.02, -0.465, 0.07, -0.45, 0.14, -0.39, 0.195, -0.31]),
            glass,
            shade(glass, -0.25),
            grain=0.8,
        ),
        Line(points([-0.04, -0.46, -0.04, -0.12]), shade(paint, -0.45), 0.008),
        Line(points([-0.1, -0.25, -0.06, -0.25]), shade(paint, -0.5), 0.014),
        Line(smooth([-0.48, -0.2, 0, -0.22, 0.47, -0.19], closed=False), shade(paint, 0.45), 0.01),
        Area(ellipse(0.455, -0.215, 0.03, 0.036), (1, 0.95, 0.75), contour=0.8),
        Area(rectangle(-0.5, -0.24, -0.47, -0.17), (0.85, 0.15, 0.12), contour=0.5),
        Area(rectangle(-0.53, -0.13, -0.36, -0.095), (0.8, 0.8, 0.8), contour=0.6),
        Area(rectangle(0.38, -0.13, 0.53, -0.095), (0.8, 0.8, 0.8), contour=0.6),
        *_wheel(-0.29, 0.098, (0.85, 0.85, 0.84)),
        *_wheel(0.29, 0.098, (0.85, 0.85, 0.84)),
    ]  # fmt: skip


def saloon(paint: Colour, *, lit: bool = False) -> list[Mark]:
    """Return a long saloon of the sixties with fins that drives to the right, 1 long."""
    glass: Colour = (0.7, 0.8, 0.86)
    marks: list[Mark] = []
    if lit:
        marks.append(
            Area(
                points([0.49, -0.17, 1.2, -0.3, 1.2, 0.02, 0.49, -0.12]),
                (1, 0.93, 0.65),
                blur=0.03,
                contour=0,
                strength=0.55,
            )
        )
    return [
        *marks,
        Area(rectangle(-0.44, -0.1, 0.46, -0.05), shade(paint, -0.7)),
        Area(
            smooth([-0.26, -0.21, -0.2, -0.31, -0.1, -0.345, 0.06, -0.345, 0.14, -0.31, 0.22, -0.21]), shade(paint, 0.5)
        ),
        Area(
            points([-0.225, -0.215, -0.165, -0.31, -0.03, -0.325, -0.03, -0.215]),
            glass,
            shade(glass, -0.3),
            contour=0.7,
        ),
        Area(points([0.0, -0.215, 0.0, -0.325, 0.08, -0.315, 0.17, -0.215]), glass, shade(glass, -0.3), contour=0.7),
        Area(
            points(
                [
                    -0.53, -0.27, -0.46, -0.235, -0.2, -0.22, 0.2, -0.22, 0.46, -0.19, 0.5, -0.15, 0.49, -0.08,
                    -0.5, -0.08, -0.5, -0.2,
                ]
            ),
            paint,
            shade(paint, -0.28),
            grain=0.0,
        ),
        Area(
            points([-0.5, -0.165, 0.2, -0.17, 0.47, -0.15, 0.2, -0.145, -0.5, -0.14]), shade(paint, 0.55), contour=0.4
        ),
        Line(points([-0.015, -0.22, -0.015, -0.09]), shade(paint, -0.4), 0.006),
        Area(ellipse(0.472, -0.155, 0.024, 0.028), (1, 0.95, 0.75), contour=0.8),
        Area(points([-0.535, -0.265, -0.5, -0.22, -0.505, -0.18, -0.53, -0.2]), (0.9, 0.2, 0.12), contour=0.6),
        Area(rectangle(0.4, -0.105, 0.53, -0.075), (0.82, 0.82, 0.82), contour=0.6),
        Area(rectangle(-0.54, -0.105, -0.4, -0.075), (0.82, 0.82, 0.82), contour=0.6),
        *_wheel(-0.3, 0.085, (0.92, 0.92, 0.9)),
        *_wheel(0.3, 0.085, (0.92, 0.92, 0.9)),
    ]  # fmt: skip


def camper(paint: Colour) -> list[Mark]:
    """Return a two-tone camper van that drives to the right, 1 long."""
    glass: Colour = (0.7, 0.84, 0.88)
    cream: Colour = (0.97, 0.94, 0.86)
    marks: list[Mark] = [
        Area(rectangle(-0.42, -0.12, 0.44, -0.06), shade(paint, -0.7)),
        Area(
            smooth(
                [
                    -0.5, -0.28, -0.49, -0.44, -0.44, -0.52, -0.2, -0.545, 0.2, -0.545, 0.38, -0.52, 0.45, -0.42,
                    0.49, -0.28,
                ]
            ),
            cream,
        ),
        Area(
            points([-0.5, -0.3, 0.49, -0.3, 0.51, -0.24, 0.5, -0.1, -0.5, -0.1]), paint, shade(paint, -0.25), grain=0.0
        ),
        Area(points([0.18, -0.3, 0.49, -0.3, 0.4, -0.12]), shade(cream, -0.04), contour=0.6),
        Line(points([-0.5, -0.3, 0.49, -0.3]), (0.88, 0.88, 0.87), 0.012),
        Area(rectangle(-0.48, 0.55 - 1.14, 0.3, -0.545), shade(paint, -0.3), contour=0.7),
    ]  # fmt: skip
    for left, right in ((-0.46, -0.29), (-0.25, -0.08), (-0.04, 0.13)):
        marks.append(Area(rectangle(left, -0.47, right, -0.33), glass, shade(glass, -0.2), contour=0.7))
    return [
        *marks,
        Area(points([0.18, -0.33, 0.18, -0.47, 0.36, -0.47, 0.43, -0.33]), glass, shade(glass, -0.2), contour=0.7),
        Area(ellipse(0.46, -0.22, 0.035, 0.04), (1, 0.96, 0.8), contour=0.8),
        Area(rectangle(-0.53, -0.14, -0.36, -0.1), (0.85, 0.85, 0.85), contour=0.6),
        Area(rectangle(0.4, -0.14, 0.54, -0.1), (0.85, 0.85, 0.85), contour=0.6),
        *_wheel(-0.29, 0.1, (0.9, 0.9, 0.88)),
        *_wheel(0.3, 0.1, (0.9, 0.9, 0.88)),
    ]


def bicycle(paint: Colour, *, basket: Colour | None = None) -> list[Mark]:
    """Return a bicycle that points to the right, 1 long and about .72 high."""
    steel: Colour = (0.35, 0.36, 0.38)
    marks: list[Mark] = []
    rear, front, pedal, seat, head = (-0.3, -0.2), (0.3, -0.2), (-0.04, -0.2), (-0.13, -0.52), (0.2, -0.53)
    for x, y in (rear, front):
        for turn in np.linspace(0, np.pi, 9, endpoint=False):
            dx, dy = 0.185 * np.cos(turn), 0.185 * np.sin(turn)
            marks.append(Line(points([x - dx, y - dy, x + dx, y + dy]), mix(steel, (1, 1, 1), 0.45), 0.0035))
        ring = ellipse(x, y, 0.192, 0.192)
        marks.append(Line(np.vstack([ring, ring[:2]]), _TYRE, 0.022))
        marks.append(Area(ellipse(x, y, 0.02, 0.02), steel, contour=0.4))
    for course in ([*rear, *pedal], [*rear, *seat], [*pedal, *seat], [*seat, *head], [*pedal, *head]):
        marks.append(Line(points(course), paint, 0.026))
    marks += [
        Line(smooth([*front, 0.26, -0.36, *head, 0.18, -0.6], closed=False), paint, 0.024),
        Line(smooth([0.18, -0.6, 0.12, -0.67, 0.03, -0.64], closed=False), steel, 0.02),
        Line(points([*seat, -0.15, -0.6]), steel, 0.02),
        Area(smooth([-0.27, -0.62, -0.2, -0.65, -0.03, -0.615, -0.1, -0.6, -0.2, -0.585]), (0.28, 0.18, 0.13)),
        Area(ellipse(*pedal, 0.055, 0.055), steel, contour=0.6),
        Line(points([-0.04, -0.2, 0.01, -0.1]), steel, 0.016),
        Line(points([-0.03, -0.09, 0.05, -0.095]), _TYRE, 0.02),
    ]
    if basket is not None:
        marks += [
            Area(points([0.22, -0.62, 0.46, -0.62, 0.42, -0.44, 0.26, -0.44]), basket, shade(basket, -0.3), grain=0.4),
            Line(points([0.23, -0.56, 0.45, -0.56]), shade(basket, -0.35), 0.01),
            Line(points([0.25, -0.5, 0.43, -0.5]), shade(basket, -0.35), 0.01),
        ]
    return marks


def sailing_boat(hull: Colour, sail: Colour) -> list[Mark]:
    """Return a small sailing boat whose waterline is y = 0, about 1 high."""
    return [
        Line(points([0.02, 0, 0.02, -0.98]), shade(hull, -0.4), 0.016),
        Area(
            smooth([0.05, -0.94, 0.16, -0.6, 0.36, -0.17, 0.2, -0.14, 0.05, -0.16]), sail, shade(sail, -0.15), grain=1.1
        ),
        Area(
            smooth([-0.01, -0.84, -0.1, -0.5, -0.3, -0.16, -0.14, -0.14, -0.01, -0.15]), shade(sail, -0.12), grain=1.9
        ),
        Area(
            smooth([-0.42, -0.11, 0, -0.07, 0.44, -0.12, 0.34, 0.02, 0.2, 0.03, -0.24, 0.03, -0.34, 0.0]),
            hull,
            shade(hull, -0.3),
            grain=0.0,
        ),
        Line(smooth([-0.4, -0.085, 0, -0.05, 0.41, -0.09], closed=False), shade(hull, 0.6), 0.014),
        Area(points([0.02, -0.98, 0.14, -0.95, 0.02, -0.92]), (0.85, 0.25, 0.2), contour=0.6),
    ]


def rowing_boat(hull: Colour) -> list[Mark]:
    """Return a rowing boat whose waterline is y = 0, 1 long."""
    return [
        Area(
            smooth(
                [-0.5, -0.22, -0.3, -0.17, 0, -0.15, 0.3, -0.17, 0.5, -0.23, 0.4, 0.0, 0.2, 0.04, -0.2, 0.04, -0.4, 0.0]
            ),
            hull,
            shade(hull, -0.35),
            grain=0.0,
        ),
        Area(
            smooth([-0.46, -0.21, 0, -0.145, 0.46, -0.21, 0.3, -0.13, 0, -0.1, -0.3, -0.13]),
            shade(hull, -0.5),
            contour=0.5,
        ),
        Line(points([-0.16, -0.14, -0.02, -0.1]), shade(hull, 0.5), 0.03),
        Line(points([0.1, -0.16, -0.36, 0.06]), (0.75, 0.6, 0.4), 0.02),
    ]


def fishing_boat(hull: Colour, cabin: Colour) -> list[Mark]:
    """Return a trawler whose waterline is y = 0, 1 long."""
    dark = shade(hull, -0.5)
    return [
        Line(points([0.12, -0.2, 0.12, -0.82]), dark, 0.022),
        Line(points([0.12, -0.78, 0.46, -0.24]), dark, 0.008),
        Line(points([0.12, -0.78, -0.4, -0.22]), dark, 0.008),
        Line(points([0.12, -0.34, 0.36, -0.56]), dark, 0.016),
        Area(rectangle(-0.28, -0.48, 0.02, -0.16), cabin, shade(cabin, -0.12)),
        Area(rectangle(-0.32, -0.52, 0.06, -0.47), dark),
        Area(rectangle(-0.24, -0.42, -0.15, -0.32), (0.4, 0.52, 0.6), contour=0.6),
        Area(rectangle(-0.11, -0.42, -0.02, -0.32), (0.4, 0.52, 0.6), contour=0.6),
        Area(
            smooth(
                [-0.48, -0.2, -0.2, -0.17, 0.2, -0.2, 0.53, -0.32, 0.42, -0.08, 0.36, 0.02, -0.4, 0.03, -0.46, -0.06]
            ),
            hull,
            shade(hull, -0.25),
            grain=0.0,
        ),
        Line(smooth([-0.47, -0.17, -0.2, -0.14, 0.2, -0.165, 0.5, -0.27], closed=False), shade(hull, 0.7), 0.018),
        Area(rectangle(-0.44, -0.02, 0.37, 0.03), shade(hull, -0.6), contour=0.4),
    ]


def balloon(first: Colour, second: Colour) -> list[Mark]:
    """Return a striped hot-air balloon, 1 high, its basket at (0, 0)."""
    marks: list[Mark] = []
    outline = smooth(
        [
            0, -1.0, 0.2, -0.95, 0.33, -0.8, 0.34, -0.62, 0.24, -0.42, 0.09, -0.22, -0.09, -0.22, -0.24, -0.42,
            -0.34, -0.62, -0.33, -0.8, -0.2, -0.95,
        ]
    )  # fmt: skip
    for step, wide in enumerate((1.0, 0.78, 0.5, 0.2)):
        paint = first if step % 2 == 0 else second
        marks.append(
            Area(
                outline * (wide, 1),
                shade(paint, 0.08),
                shade(paint, -0.2),
                contour=1.0 if step == 0 else 0.5,
                grain=1.5,
            )
        )
    return [
        *marks,
        Line(points([-0.08, -0.22, -0.05, -0.1]), (0.3, 0.25, 0.2), 0.008),
        Line(points([0.08, -0.22, 0.05, -0.1]), (0.3, 0.25, 0.2), 0.008),
        Area(points([-0.06, -0.1, 0.06, -0.1, 0.05, 0, -0.05, 0]), (0.55, 0.38, 0.22), (0.4, 0.26, 0.15)),
    ]
