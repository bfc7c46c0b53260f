"""People, standing on (0, 0), 1 high."""

from data.gallery.colour import Colour, shade
from data.gallery.scene import Area, Line, Mark, ellipse, limb, points, smooth

SKINS: tuple[Colour, ...] = ((0.96, 0.8, 0.69), (0.87, 0.66, 0.5), (0.68, 0.46, 0.33), (0.45, 0.3, 0.22))
HAIRS: tuple[Colour, ...] = (
    (0.16, 0.12, 0.11),
    (0.36, 0.22, 0.13),
    (0.75, 0.55, 0.25),
    (0.6, 0.26, 0.14),
    (0.75, 0.74, 0.74),
)


def walker(coat: Colour, trousers: Colour, skin: Colour, hair: Colour, *, long_coat: bool = True) -> list[Mark]:
    """Return a person who walks to the right."""
    foot = shade(trousers, -0.6)
    hem = -0.3 if long_coat else -0.46
    return [
        Area(
            limb([(-0.02, -0.5), (-0.09, -0.26), (-0.18, -0.05)], [0.12, 0.08, 0.055]), shade(trousers, -0.3), grain=1.5
        ),
        Area(limb([(-0.2, -0.05), (-0.13, -0.01)], [0.05, 0.04]), shade(foot, -0.2)),
        Area(
            limb([(-0.03, -0.74), (-0.13, -0.6), (-0.14, -0.46)], [0.085, 0.065, 0.05]), shade(coat, -0.35), grain=1.4
        ),
        Area(limb([(0.02, -0.5), (0.1, -0.28), (0.11, -0.04)], [0.13, 0.085, 0.055]), trousers, grain=1.5),
        Area(limb([(0.09, -0.02), (0.19, -0.015)], [0.055, 0.04]), foot),
        Area(limb([(0.01, -0.8), (0.02, -0.86)], [0.06, 0.055]), shade(skin, -0.2)),
        Area(
            smooth(
                [
                    -0.06, -0.81, 0.05, -0.82, 0.1, -0.72, 0.1, -0.55, 0.13,
                    hem,
                    0,
                    hem + 0.02,
                    -0.13,
                    hem - 0.01,
                    -0.1,
                    -0.55,
                    -0.1,
                    -0.72,
                ]
            ),
            coat,
            shade(coat, -0.18),
            grain=1.4,
        ),
        Area(limb([(0.0, -0.75), (0.05, -0.6), (0.15, -0.5)], [0.09, 0.07, 0.05]), shade(coat, 0.12), grain=1.2),
        Area(ellipse(0.165, -0.485, 0.026, 0.024), skin, contour=0.7),
        Area(ellipse(0.025, -0.915, 0.068, 0.08), skin),
        Area(
            smooth([-0.05, -0.86, -0.06, -0.96, 0.02, -1.01, 0.09, -0.965, 0.085, -0.94, 0.01, -0.94, -0.01, -0.89]),
            hair,
        ),
        Area(
            limb([(-0.06, -0.815), (0.02, -0.795), (0.08, -0.815)], [0.045, 0.05, 0.045]), shade(coat, 0.5), contour=0.7
        ),
    ]  # fmt: skip


def umbrella_walker(coat: Colour, umbrella: Colour, skin: Colour) -> list[Mark]:
    """Return a person in a long coat under an umbrella, seen from behind, about 1.25 high."""
    dark = shade(coat, -0.5)
    canopy = smooth(
        [-0.34, -0.95, -0.3, -1.1, -0.16, -1.22, 0.02, -1.26, 0.2, -1.22, 0.33, -1.1, 0.38, -0.95], closed=False
    )
    scallops = smooth(
        [0.38, -0.95, 0.26, -0.985, 0.14, -0.95, 0.02, -0.985, -0.1, -0.95, -0.22, -0.985, -0.34, -0.95], closed=False
    )
    return [
        Area(limb([(-0.05, -0.4), (-0.06, -0.02)], [0.1, 0.06]), dark),
        Area(limb([(0.05, -0.4), (0.065, -0.03)], [0.1, 0.06]), shade(dark, 0.1)),
        Area(ellipse(0, -0.89, 0.07, 0.085), skin),
        Area(smooth([-0.07, -0.84, -0.08, -0.94, 0, -0.99, 0.08, -0.94, 0.07, -0.84, 0, -0.82]), (0.2, 0.15, 0.13)),
        Area(
            smooth(
                [
                    -0.07, -0.82, 0.07, -0.82, 0.13, -0.72, 0.11, -0.55, 0.16, -0.22, 0, -0.2, -0.16, -0.22,
                    -0.11, -0.55, -0.13, -0.72,
                ]
            ),
            coat,
            shade(coat, -0.22),
            grain=1.5,
        ),
        Line(points([0, -0.56, 0, -0.22]), shade(coat, -0.4), 0.008),
        Area(limb([(0.1, -0.73), (0.16, -0.64), (0.09, -0.6)], [0.07, 0.065, 0.05]), shade(coat, -0.12)),
        Line(points([0.06, -0.56, 0.02, -1.24]), (0.2, 0.18, 0.18), 0.012),
        Area(points([*canopy.tolist(), *scallops.tolist()]), umbrella, shade(umbrella, -0.2), grain=1.2),
        Line(smooth([-0.1, -0.95, -0.06, -1.14, 0.02, -1.26], closed=False), shade(umbrella, -0.35), 0.007),
        Line(smooth([0.14, -0.95, 0.1, -1.14, 0.02, -1.26], closed=False), shade(umbrella, -0.35), 0.007),
        Line(points([0.02, -1.25, 0.02, -1.31]), (0.2, 0.18, 0.18), 0.014),
    ]  # fmt: skip


def child_with_balloon(dress: Colour, balloon: Colour, skin: Colour, hair: Colour) -> list[Mark]:
    """Return a child who looks up at a balloon on a string, about 1.9 high with it."""
    return [
        Line(smooth([0.2, -0.62, 0.26, -1.0, 0.2, -1.35], closed=False), (0.25, 0.22, 0.22), 0.008),
        Area(
            smooth([0.2, -1.88, 0.38, -1.78, 0.4, -1.58, 0.2, -1.37, 0.0, -1.58, 0.02, -1.78]),
            shade(balloon, 0.1),
            shade(balloon, -0.2),
        ),
        Area(ellipse(0.11, -1.72, 0.035, 0.06, angle=0.5), shade(balloon, 0.65), contour=0),
        Area(points([0.17, -1.335, 0.23, -1.335, 0.2, -1.38]), shade(balloon, -0.2), contour=0.6),
        Area(limb([(-0.07, -0.3), (-0.075, -0.03)], [0.07, 0.055]), skin),
        Area(limb([(0.07, -0.3), (0.075, -0.03)], [0.07, 0.055]), skin),
        Area(ellipse(-0.09, -0.02, 0.07, 0.035), shade(dress, -0.6)),
        Area(ellipse(0.09, -0.02, 0.07, 0.035), shade(dress, -0.6)),
        Area(limb([(-0.1, -0.6), (-0.19, -0.44), (-0.2, -0.36)], [0.08, 0.06, 0.055]), skin),
        Area(
            smooth([-0.1, -0.68, 0.1, -0.68, 0.13, -0.5, 0.26, -0.24, 0, -0.2, -0.26, -0.24, -0.13, -0.5]),
            dress,
            shade(dress, -0.18),
            grain=1.5,
        ),
        Area(limb([(0.1, -0.6), (0.2, -0.62), (0.2, -0.7)], [0.08, 0.06, 0.055]), skin),
        Area(ellipse(0, -0.83, 0.15, 0.16), skin),
        Area(
            smooth(
                [
                    -0.16, -0.72, -0.19, -0.88, -0.1, -1.0, 0.06, -1.01, 0.16, -0.92, 0.14, -0.88, 0, -0.91,
                    -0.08, -0.84, -0.1, -0.72,
                ]
            ),
            hair,
        ),
        Area(ellipse(-0.18, -0.74, 0.055, 0.09), hair),
        Area(ellipse(0.03, -0.83, 0.016, 0.02), (0.1, 0.08, 0.1), contour=0),
        Area(ellipse(0.1, -0.84, 0.015, 0.02), (0.1, 0.08, 0.1), contour=0),
        Area(ellipse(0.0, -0.775, 0.026, 0.02), (0.95, 0.6, 0.55), contour=0),
        Line(smooth([0.03, -0.755, 0.07, -0.738, 0.105, -0.76], closed=False), (0.6, 0.25, 0.25), 0.012),
    ]  # fmt: skip


def portrait(
    skin: Colour, hair: Colour, shirt: Colour, scarf: Colour, *, hat: Colour | None = None, glasses: bool = False
) -> list[Mark]:
    """Return a bust seen from the front, its lower edge at y = 0, 1 high."""
    dark: Colour = (0.12, 0.1, 0.11)
    shadow = shade(skin, -0.2)
    marks: list[Mark] = [
        Area(
            smooth(
                [
                    -0.27, -0.62, -0.29, -0.85, -0.12, -0.99, 0.12, -0.99, 0.29, -0.85, 0.27, -0.62, 0.3, -0.36,
                    0.1, -0.3, -0.1, -0.3, -0.3, -0.36,
                ]
            ),
            hair,
            shade(hair, -0.25),
            grain=1.5,
        ),
        Area(
            smooth(
                [
                    -0.68, 0.3, -0.6, -0.08, -0.42, -0.21, -0.14, -0.28, 0.14, -0.28, 0.42, -0.21, 0.6, -0.08,
                    0.68, 0.3, 0, 0.4,
                ]
            ),
            shirt,
            shade(shirt, -0.2),
            grain=1.3,
        ),
        Area(points([-0.1, -0.45, 0.1, -0.45, 0.13, -0.2, 0, -0.14, -0.13, -0.2]), shadow, grain=1.5),
        Area(
            smooth([-0.2, -0.68, -0.2, -0.85, 0, -0.93, 0.2, -0.85, 0.2, -0.68, 0.15, -0.46, 0, -0.36, -0.15, -0.46]),
            skin,
            grain=1.4,
        ),
        Area(
            smooth([0.07, -0.9, 0.19, -0.84, 0.2, -0.68, 0.15, -0.46, 0.02, -0.37, 0.12, -0.52, 0.13, -0.7]),
            shade(skin, -0.13),
            contour=0,
            grain=1.4,
        ),
        Area(
            smooth(
                [
                    -0.215, -0.66, -0.21, -0.84, -0.06, -0.93, 0.1, -0.92, 0.22, -0.82, 0.215, -0.66, 0.17, -0.78,
                    0.05, -0.84, -0.09, -0.83, -0.17, -0.76,
                ]
            ),
            hair,
            grain=1.0,
        ),
        Area(
            smooth([-0.2, -0.27, 0, -0.19, 0.2, -0.27, 0.22, -0.17, 0.0, -0.08, -0.22, -0.17]),
            scarf,
            shade(scarf, -0.2),
            grain=0.3,
        ),
        Area(points([0.05, -0.13, 0.16, -0.15, 0.18, 0.1, 0.05, 0.1]), shade(scarf, -0.12), grain=1.5),
        Area(ellipse(-0.11, -0.545, 0.045, 0.03), (0.93, 0.55, 0.5), contour=0, strength=0.35),
        Area(ellipse(0.11, -0.545, 0.045, 0.03), (0.93, 0.5, 0.45), contour=0, strength=0.35),
        Line(smooth([0.01, -0.66, 0.035, -0.57, -0.005, -0.555], closed=False), shade(skin, -0.4), 0.012),
        Area(
            smooth([-0.062, -0.478, -0.02, -0.488, 0, -0.482, 0.02, -0.488, 0.062, -0.478, 0, -0.452]),
            (0.72, 0.28, 0.28),
            contour=0.5,
        ),
    ]  # fmt: skip
    for side in (-1, 1):
        marks += [
            Area(
                smooth([side * 0.13, -0.655, side * 0.085, -0.68, side * 0.04, -0.65, side * 0.085, -0.637]),
                (0.97, 0.96, 0.93),
                contour=0.6,
            ),
            Area(ellipse(side * 0.083, -0.657, 0.02, 0.021), (0.25, 0.3, 0.25), contour=0),
            Area(ellipse(side * 0.083, -0.657, 0.01, 0.011), dark, contour=0),
            Line(
                smooth([side * 0.14, -0.715, side * 0.09, -0.735, side * 0.035, -0.715], closed=False),
                shade(hair, -0.3),
                0.018,
            ),
        ]
        if glasses:
            ring = ellipse(side * 0.088, -0.655, 0.066, 0.062)
            marks.append(Line(points([*ring.tolist(), *ring[:2].tolist()]), dark, 0.013))
    if glasses:
        marks.append(Line(points([-0.024, -0.66, 0.024, -0.66]), dark, 0.013))
    if hat is not None:
        marks += [
            Area(
                smooth([-0.22, -0.83, -0.21, -1.02, -0.08, -1.1, 0.08, -1.1, 0.21, -1.02, 0.22, -0.83]),
                hat,
                shade(hat, -0.15),
                grain=1.4,
            ),
            Area(
                smooth([-0.225, -0.84, 0, -0.88, 0.225, -0.84, 0.22, -0.9, 0, -0.94, -0.22, -0.9]), scarf, contour=0.6
            ),
            Area(
                smooth([-0.4, -0.8, -0.2, -0.87, 0, -0.89, 0.2, -0.87, 0.4, -0.8, 0.2, -0.8, 0, -0.82, -0.2, -0.8]),
                shade(hat, -0.1),
                grain=0.0,
            ),
        ]
    return marks


def sitting_pair(
    first: Colour, second: Colour, skins: tuple[Colour, Colour], hairs: tuple[Colour, Colour]
) -> list[Mark]:
    """Return two people on a bench seen from behind, about 1 high, the seat at y = -.42."""
    wood: Colour = (0.42, 0.28, 0.18)
    marks: list[Mark] = []
    for x, coat, skin, hair in ((-0.2, first, skins[0], hairs[0]), (0.2, second, skins[1], hairs[1])):
        tilt = 0.03 if x < 0 else -0.05
        marks += [
            Area(limb([(x, -0.72), (x + tilt, -0.84)], [0.09, 0.07]), skin),
            Area(
                smooth(
                    [x - 0.09, -0.78, x + 0.09, -0.78, x + 0.2, -0.68, x + 0.2, -0.36, x - 0.2, -0.36, x - 0.2, -0.68]
                ),
                coat,
                shade(coat, -0.2),
                grain=1.5,
            ),
            Area(ellipse(x + tilt * 1.4, -0.89, 0.085, 0.1), hair),
        ]
    for y in (-0.56, -0.48, -0.4):
        marks.append(Area(limb([(-0.58, y), (0.58, y)], [0.055, 0.055]), wood, contour=0.7, grain=0.0))
    for x in (-0.5, 0.5):
        marks.append(Area(limb([(x, -0.6), (x, 0)], [0.04, 0.04]), shade(wood, -0.4)))
    return marks
