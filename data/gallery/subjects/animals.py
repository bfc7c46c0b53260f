"""Cats, dogs and birds, standing on (0, 0)."""

import numpy as np

from data.gallery.colour import Colour, mix, shade
from data.gallery.scene import Area, Line, Mark, ellipse, limb, points, smooth

_INK: Colour = (0.08, 0.07, 0.09)


def sitting_cat(rng: np.random.Generator, coat: Colour, *, eyes: Colour, chest: Colour | None = None) -> list[Mark]:
    """Return a cat that sits and looks at us, 1 high, its tail about its feet."""
    dark, light = shade(coat, -0.28), chest or mix(coat, (1, 0.98, 0.93), 0.75)
    marks: list[Mark] = [
        Area(limb([(0.2, -0.08), (0.36, -0.16), (0.4, -0.34), (0.33, -0.46)], [0.1, 0.1, 0.09, 0.05]), coat, grain=1.2),
        Area(
            smooth(
                [
                    -0.11, -0.66, -0.19, -0.48, -0.28, -0.24, -0.3, -0.06, -0.2, 0, 0, 0.01, 0.2, 0, 0.3, -0.06,
                    0.28, -0.24, 0.19, -0.48, 0.11, -0.66,
                ]
            ),
            coat,
            shade(coat, -0.15),
            grain=1.5,
        ),
        Area(
            smooth([-0.09, -0.58, -0.11, -0.42, -0.06, -0.28, 0, -0.24, 0.06, -0.28, 0.11, -0.42, 0.09, -0.58]),
            light,
            contour=0.3,
            grain=1.5,
        ),
        Area(limb([(-0.09, -0.4), (-0.1, -0.2), (-0.09, -0.02)], [0.12, 0.1, 0.11]), coat, contour=0.7, grain=1.5),
        Area(limb([(0.09, -0.4), (0.1, -0.2), (0.09, -0.02)], [0.12, 0.1, 0.11]), coat, contour=0.7, grain=1.5),
        Area(ellipse(-0.1, -0.01, 0.075, 0.04), light, contour=0.7),
        Area(ellipse(0.1, -0.01, 0.075, 0.04), light, contour=0.7),
    ]  # fmt: skip
    for side in (-1, 1):
        ear = points([-0.205, -0.74, -0.19, -1.0, -0.03, -0.87]) * (side, 1)
        inner = points([-0.165, -0.82, -0.168, -0.94, -0.085, -0.87]) * (side, 1)
        marks += [Area(ear, coat, grain=1.5), Area(inner, mix(coat, (0.95, 0.6, 0.6), 0.55), contour=0)]
    marks += [
        Area(
            smooth([-0.21, -0.72, -0.17, -0.86, 0, -0.9, 0.17, -0.86, 0.21, -0.72, 0.14, -0.6, 0, -0.565, -0.14, -0.6]),
            coat,
        ),
        Area(ellipse(-0.045, -0.635, 0.062, 0.048), light, contour=0),
        Area(ellipse(0.045, -0.635, 0.062, 0.048), light, contour=0),
    ]
    if rng.random() < 0.6:
        for offset in (-0.06, 0.0, 0.06):
            marks.append(Area(limb([(offset, -0.885), (offset * 0.7, -0.79)], [0.026, 0.008]), dark, contour=0))
        for side in (-1, 1):
            for level in (-0.42, -0.32, -0.22):
                edge = 0.2 + (level + 0.48) * 0.35
                marks.append(
                    Area(
                        limb([(side * edge, level), (side * (edge - 0.1), level + 0.02)], [0.034, 0.01]),
                        dark,
                        contour=0,
                    )
                )
    for side in (-1, 1):
        marks += [
            Area(
                smooth(points([-0.135, -0.73, -0.09, -0.765, -0.04, -0.725, -0.09, -0.7]) * (side, 1)),
                eyes,
                contour=0.6,
            ),
            Area(ellipse(side * -0.086, -0.732, 0.014, 0.03), _INK, contour=0),
            Area(ellipse(side * -0.086 + 0.012, -0.745, 0.008, 0.009), (1, 1, 1), contour=0),
        ]
        for rise in (-0.03, 0.0, 0.03):
            whisker = points([side * 0.08, -0.64 + rise * 0.4, side * 0.29, -0.66 + rise * 1.6])
            marks.append(Line(whisker, mix(light, _INK, 0.15), 0.006, 0.002))
    marks += [
        Area(smooth([-0.026, -0.672, 0.026, -0.672, 0, -0.645]), (0.86, 0.47, 0.47), contour=0.4),
        Line(smooth([-0.05, -0.61, -0.02, -0.605, 0, -0.64, 0.02, -0.605, 0.05, -0.61], closed=False), _INK, 0.009),
    ]
    return marks


def walking_cat(coat: Colour, *, eyes: Colour) -> list[Mark]:
    """Return a cat that walks to the right with its tail up, about .9 high."""
    far = shade(coat, -0.3)
    return [
        Area(
            limb([(-0.3, -0.4), (-0.36, -0.22), (-0.3, -0.12), (-0.34, -0.02)], [0.16, 0.09, 0.06, 0.06]),
            far,
            grain=1.5,
        ),
        Area(limb([(0.3, -0.4), (0.38, -0.2), (0.42, -0.03)], [0.13, 0.07, 0.06]), far, grain=1.5),
        Area(
            limb(
                [(-0.42, -0.5), (-0.56, -0.58), (-0.62, -0.76), (-0.54, -0.92), (-0.46, -0.9)],
                [0.09, 0.08, 0.07, 0.06, 0.04],
            ),
            coat,
            grain=1.2,
        ),
        Area(
            smooth(
                [
                    -0.46, -0.48, -0.4, -0.6, -0.2, -0.58, 0.05, -0.56, 0.28, -0.6, 0.42, -0.58, 0.44, -0.42,
                    0.3, -0.34, 0.05, -0.33, -0.2, -0.36, -0.4, -0.3,
                ]
            ),
            coat,
            shade(coat, -0.12),
            grain=0.1,
        ),
        Area(
            limb([(-0.34, -0.44), (-0.26, -0.24), (-0.2, -0.13), (-0.14, -0.02)], [0.22, 0.11, 0.065, 0.065]),
            coat,
            grain=1.4,
        ),
        Area(limb([(0.32, -0.44), (0.27, -0.2), (0.2, -0.03)], [0.17, 0.075, 0.065]), coat, grain=1.4),
        Area(points([0.4, -0.76, 0.41, -0.93, 0.51, -0.82]), shade(coat, -0.1)),
        Area(points([0.5, -0.82, 0.58, -0.94, 0.62, -0.78]), coat),
        Area(smooth([0.36, -0.64, 0.4, -0.78, 0.53, -0.83, 0.64, -0.76, 0.69, -0.66, 0.62, -0.58, 0.48, -0.55]), coat),
        Area(ellipse(0.57, -0.72, 0.03, 0.026), eyes, contour=0.6),
        Area(ellipse(0.575, -0.72, 0.01, 0.022), _INK, contour=0),
        Area(ellipse(0.685, -0.66, 0.02, 0.016), (0.85, 0.45, 0.45), contour=0.4),
        Line(points([0.64, -0.64, 0.78, -0.68]), shade(coat, 0.6), 0.006, 0.002),
        Line(points([0.64, -0.62, 0.78, -0.61]), shade(coat, 0.6), 0.006, 0.002),
    ]  # fmt: skip


def sleeping_cat(coat: Colour) -> list[Mark]:
    """Return a cat curled up asleep, 1 wide and about .5 high."""
    light = mix(coat, (1, 0.98, 0.93), 0.7)
    return [
        Area(
            smooth(
                [
                    -0.5, -0.12, -0.46, -0.32, -0.24, -0.48, 0.08, -0.5, 0.36, -0.38, 0.49, -0.16, 0.42, -0.01,
                    0, 0.01, -0.4, 0,
                ]
            ),
            coat,
            shade(coat, -0.2),
            grain=0.2,
        ),
        Area(
            limb([(0.44, -0.1), (0.3, -0.02), (0.06, -0.02), (-0.14, -0.08)], [0.12, 0.12, 0.1, 0.05]),
            shade(coat, -0.1),
        ),
        Area(points([-0.44, -0.3, -0.45, -0.46, -0.32, -0.37]), coat),
        Area(points([-0.25, -0.38, -0.16, -0.48, -0.13, -0.31]), coat),
        Area(
            smooth([-0.47, -0.2, -0.42, -0.34, -0.28, -0.39, -0.14, -0.32, -0.1, -0.18, -0.2, -0.07, -0.36, -0.07]),
            coat,
        ),
        Area(ellipse(-0.3, -0.13, 0.08, 0.05), light, contour=0),
        Area(smooth([-0.32, -0.17, -0.27, -0.17, -0.295, -0.14]), (0.85, 0.5, 0.5), contour=0.4),
        Line(smooth([-0.42, -0.22, -0.38, -0.2, -0.345, -0.225], closed=False), _INK, 0.012),
        Line(smooth([-0.25, -0.225, -0.21, -0.2, -0.17, -0.22], closed=False), _INK, 0.012),
    ]  # fmt: skip


def sitting_dog(coat: Colour, *, collar: Colour, ear: Colour | None = None) -> list[Mark]:
    """Return a dog that sits looking to the right, 1 high."""
    dark, light = ear or shade(coat, -0.4), mix(coat, (1, 0.97, 0.9), 0.7)
    return [
        Area(limb([(-0.28, -0.07), (-0.44, -0.1), (-0.52, -0.24)], [0.1, 0.08, 0.03]), coat, grain=0.8),
        Area(
            limb([(0.16, -0.45), (0.2, -0.22), (0.18, -0.03), (0.24, -0.02)], [0.14, 0.09, 0.08, 0.06]),
            shade(coat, -0.25),
            grain=1.5,
        ),
        Area(
            smooth(
                [
                    -0.3, -0.02, -0.34, -0.18, -0.24, -0.4, -0.1, -0.58, 0.02, -0.7, 0.2, -0.68, 0.24, -0.5,
                    0.16, -0.3, 0.06, -0.12, 0.02, -0.01,
                ]
            ),
            coat,
            shade(coat, -0.12),
            grain=1.1,
        ),
        Area(smooth([0.1, -0.62, 0.22, -0.64, 0.25, -0.48, 0.18, -0.32, 0.12, -0.42]), light, contour=0.3),
        Area(
            smooth([-0.3, -0.03, -0.32, -0.2, -0.2, -0.32, -0.04, -0.25, 0.02, -0.1, 0.1, -0.05, 0.1, 0, -0.1, 0.01]),
            coat,
            grain=1.0,
        ),
        Area(
            limb([(0.08, -0.5), (0.1, -0.24), (0.08, -0.03), (0.15, -0.02)], [0.17, 0.1, 0.085, 0.065]), coat, grain=1.5
        ),
        Area(limb([(0.02, -0.62), (0.13, -0.605), (0.23, -0.64)], [0.05, 0.055, 0.05]), collar, contour=0.7),
        Area(ellipse(0.2, -0.58, 0.026, 0.026), (0.95, 0.8, 0.3), contour=0.6),
        Area(
            smooth(
                [
                    -0.02, -0.72, 0, -0.9, 0.12, -0.99, 0.26, -0.96, 0.33, -0.86, 0.46, -0.82, 0.49, -0.75,
                    0.42, -0.68, 0.28, -0.67, 0.12, -0.62,
                ]
            ),
            coat,
        ),
        Area(smooth([0.3, -0.83, 0.46, -0.81, 0.48, -0.75, 0.42, -0.69, 0.3, -0.7]), light, contour=0.2),
        Area(ellipse(0.475, -0.8, 0.036, 0.03), _INK, contour=0),
        Area(ellipse(0.25, -0.86, 0.024, 0.028), _INK, contour=0),
        Area(ellipse(0.257, -0.869, 0.008, 0.008), (1, 1, 1), contour=0),
        Line(smooth([0.46, -0.73, 0.38, -0.715, 0.3, -0.74], closed=False), _INK, 0.011),
        Area(
            smooth([0.12, -0.95, 0.02, -0.96, -0.08, -0.82, -0.09, -0.66, -0.01, -0.62, 0.08, -0.72, 0.13, -0.84]), dark
        ),
    ]  # fmt: skip


def running_dog(coat: Colour, *, collar: Colour) -> list[Mark]:
    """Return a dog that runs to the right, about 1 wide and .7 high."""
    far, dark = shade(coat, -0.3), shade(coat, -0.45)
    return [
        Area(limb([(-0.3, -0.34), (-0.46, -0.22), (-0.6, -0.2), (-0.68, -0.1)], [0.14, 0.08, 0.05, 0.05]), far),
        Area(limb([(0.28, -0.36), (0.44, -0.26), (0.58, -0.28), (0.66, -0.24)], [0.12, 0.07, 0.05, 0.05]), far),
        Area(limb([(-0.4, -0.44), (-0.56, -0.56), (-0.7, -0.6)], [0.08, 0.06, 0.02]), coat),
        Area(
            smooth(
                [
                    -0.44, -0.42, -0.34, -0.53, -0.1, -0.5, 0.16, -0.53, 0.36, -0.58, 0.42, -0.44, 0.32, -0.26,
                    0.1, -0.28, -0.1, -0.34, -0.34, -0.28,
                ]
            ),
            coat,
            shade(coat, -0.15),
            grain=0.1,
        ),
        Area(limb([(-0.34, -0.38), (-0.34, -0.22), (-0.46, -0.12), (-0.46, -0.01)], [0.2, 0.1, 0.055, 0.05]), coat),
        Area(limb([(0.3, -0.4), (0.36, -0.22), (0.5, -0.12), (0.56, -0.06)], [0.16, 0.08, 0.055, 0.05]), coat),
        Area(limb([(0.3, -0.5), (0.44, -0.64)], [0.2, 0.15]), coat, contour=0),
        Area(limb([(0.32, -0.62), (0.4, -0.56), (0.46, -0.5)], [0.04, 0.045, 0.04]), collar, contour=0.7),
        Area(
            smooth(
                [
                    0.36, -0.64, 0.42, -0.77, 0.56, -0.78, 0.62, -0.7, 0.76, -0.67, 0.78, -0.6, 0.7, -0.55,
                    0.54, -0.54, 0.42, -0.54,
                ]
            ),
            coat,
        ),
        Area(ellipse(0.77, -0.65, 0.03, 0.026), _INK, contour=0),
        Area(ellipse(0.56, -0.7, 0.02, 0.022), _INK, contour=0),
        Area(smooth([0.6, -0.56, 0.68, -0.55, 0.67, -0.47, 0.62, -0.48]), (0.9, 0.45, 0.45), contour=0.6),
        Area(smooth([0.46, -0.77, 0.34, -0.8, 0.22, -0.72, 0.24, -0.62, 0.36, -0.63, 0.45, -0.7]), dark),
    ]  # fmt: skip


def perched_bird(coat: Colour, *, breast: Colour, beak: Colour) -> list[Mark]:
    """Return a songbird on its perch looking to the right, about .9 high."""
    wing = shade(coat, -0.3)
    return [
        Line(points([0.0, -0.2, -0.01, 0.0]), shade(beak, -0.4), 0.022),
        Line(points([0.09, -0.2, 0.1, 0.0]), shade(beak, -0.4), 0.022),
        Area(points([-0.3, -0.3, -0.72, -0.02, -0.62, 0.04, -0.16, -0.16]), wing, grain=2.6),
        Area(
            smooth(
                [
                    0.33, -0.72, 0.24, -0.86, 0.08, -0.86, -0.04, -0.72, -0.22, -0.52, -0.36, -0.28, -0.28, -0.16,
                    0, -0.12, 0.24, -0.22, 0.36, -0.44, 0.37, -0.6,
                ]
            ),
            coat,
            grain=1.0,
        ),
        Area(
            smooth([0.34, -0.64, 0.2, -0.58, 0.1, -0.4, 0, -0.2, 0.1, -0.14, 0.25, -0.23, 0.35, -0.44]),
            breast,
            contour=0.3,
        ),
        Area(
            smooth([-0.02, -0.62, -0.2, -0.48, -0.46, -0.14, -0.3, -0.18, -0.06, -0.26, 0.08, -0.44]), wing, grain=2.5
        ),
        Line(smooth([-0.04, -0.5, -0.18, -0.34, -0.34, -0.2], closed=False), shade(wing, -0.3), 0.014),
        Line(smooth([0.0, -0.44, -0.12, -0.3, -0.26, -0.21], closed=False), shade(wing, -0.3), 0.014),
        Area(points([0.33, -0.76, 0.5, -0.7, 0.34, -0.67]), beak, contour=0.8),
        Area(ellipse(0.23, -0.75, 0.032, 0.034), _INK, contour=0),
        Area(ellipse(0.24, -0.762, 0.011, 0.011), (1, 1, 1), contour=0),
    ]  # fmt: skip


def flying_bird(coat: Colour, *, lift: float = 0.4) -> list[Mark]:
    """Return a gull far away, wings spread, 1 wide about its middle; `lift` raises the wing tips."""
    wing = smooth(
        [
            0,
            0.03,
            0.16,
            -0.12 - lift * 0.25,
            0.34,
            -0.1 - lift * 0.3,
            0.52,
            -0.02 - lift * 0.1,
            0.34,
            -0.05 - lift * 0.22,
            0.18,
            -0.04 - lift * 0.1,
            0.04,
            0.08,
        ]
    )
    return [
        Area(wing, coat, contour=0.4, grain=0.2),
        Area(wing * (-1, 1), coat, contour=0.4, grain=0.2),
        Area(ellipse(0, 0.05, 0.05, 0.075, angle=0.2), coat, contour=0.2),
    ]


def owl(coat: Colour, *, eyes: Colour) -> list[Mark]:
    """Return an owl that faces us on its perch, 1 high."""
    light, dark = mix(coat, (1, 0.97, 0.88), 0.6), shade(coat, -0.35)
    marks: list[Mark] = [
        Area(points([-0.1, -0.1, -0.13, 0.2, 0.13, 0.2, 0.1, -0.1]), dark),
        Area(
            smooth(
                [
                    -0.3, -0.7, -0.33, -0.4, -0.24, -0.12, 0, 0, 0.24, -0.12, 0.33, -0.4, 0.3, -0.7, 0.16, -0.88,
                    -0.16, -0.88,
                ]
            ),
            coat,
            grain=1.5,
        ),
        Area(
            smooth([-0.18, -0.58, -0.2, -0.34, -0.12, -0.1, 0, -0.05, 0.12, -0.1, 0.2, -0.34, 0.18, -0.58]),
            light,
            contour=0.3,
        ),
    ]  # fmt: skip
    for row in range(5):
        for place in range(-2 + row % 2, 3 - row % 2):
            x, y = place * 0.075 - (row % 2) * 0.0375 * (1 if place < 0 else -1), -0.5 + row * 0.09
            fleck = smooth([x - 0.026, y, x, y + 0.045, x + 0.026, y], closed=False)
            marks.append(Line(fleck, dark, 0.013))
    for side in (-1, 1):
        marks += [
            Area(
                smooth(points([-0.3, -0.62, -0.36, -0.36, -0.24, -0.04, -0.19, -0.2, -0.2, -0.45]) * (side, 1)),
                dark,
                grain=1.5,
            ),
            Area(points([-0.3, -0.8, -0.3, -1.02, -0.1, -0.9]) * (side, 1), coat),
            Area(ellipse(side * 0.13, -0.72, 0.15, 0.15), light, contour=0.8),
            Area(ellipse(side * 0.13, -0.72, 0.09, 0.09), eyes, contour=0.6),
            Area(ellipse(side * 0.125, -0.72, 0.048, 0.05), _INK, contour=0),
            Area(ellipse(side * 0.125 + 0.02, -0.745, 0.017, 0.017), (1, 1, 1), contour=0),
            Line(points([side * 0.07, -0.02, side * 0.07, 0.05]), (0.85, 0.65, 0.25), 0.05, 0.03),
        ]
    marks.append(Area(smooth([-0.035, -0.67, 0.035, -0.67, 0, -0.56]), (0.9, 0.65, 0.2), contour=0.6))
    return marks


def heron(coat: Colour, *, beak: Colour) -> list[Mark]:
    """Return a heron that stands in shallow water looking to the right, 1 high."""
    dark = shade(coat, -0.4)
    return [
        Line(points([-0.03, -0.34, -0.04, -0.18, -0.02, 0]), shade(beak, -0.45), 0.016),
        Line(points([0.03, -0.34, 0.08, -0.2, 0.04, 0]), shade(beak, -0.45), 0.016),
        Area(
            limb(
                [(0.12, -0.52), (0.22, -0.62), (0.15, -0.74), (0.12, -0.84), (0.18, -0.93)],
                [0.15, 0.075, 0.055, 0.05, 0.055],
            ),
            shade(coat, 0.12),
            grain=1.4,
        ),
        Area(
            smooth(
                [0.2, -0.5, 0.1, -0.58, -0.1, -0.52, -0.3, -0.36, -0.36, -0.26, -0.2, -0.29, 0.0, -0.3, 0.16, -0.36]
            ),
            coat,
            grain=2.6,
        ),
        Area(smooth([0.08, -0.53, -0.1, -0.48, -0.3, -0.34, -0.42, -0.22, -0.2, -0.28, 0, -0.34]), dark, grain=2.6),
        Area(smooth([0.12, -0.92, 0.17, -0.97, 0.25, -0.96, 0.28, -0.92, 0.22, -0.89, 0.15, -0.88]), shade(coat, 0.12)),
        Area(points([0.25, -0.955, 0.5, -0.915, 0.25, -0.905]), beak, contour=0.7),
        Area(limb([(0.2, -0.955), (0.1, -0.95), (0.0, -0.9)], [0.03, 0.022, 0.006]), dark, contour=0.3),
        Area(ellipse(0.225, -0.935, 0.012, 0.012), _INK, contour=0),
    ]
