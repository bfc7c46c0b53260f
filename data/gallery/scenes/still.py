"""Still lifes and flowers."""

import numpy as np

from data.gallery.colour import Colour, Palette, mix, shade, vary
from data.gallery.scene import Area, Line, Mark, Scene, ellipse, limb, place, points, rectangle, shifted, smooth
from data.gallery.subjects import plants

Rng = np.random.Generator


def _room(light: Palette, aspect: float, level: float) -> tuple[Colour, list[Mark]]:
    wall = mix(mix(light.zenith, light.accents[2], 0.3), light.light, 0.12)
    cloth = mix(light.light, light.accents[1], 0.25)
    marks: list[Mark] = [
        Area(
            points([-0.1, -0.1, aspect * 0.75, -0.1, aspect * 0.3, level, -0.1, level]),
            mix(wall, light.horizon, 0.4),
            contour=0,
            blur=0.06,
            strength=0.7,
        ),
        Area(rectangle(-0.1, level, aspect + 0.1, 1.1), shade(cloth, 0.15), shade(cloth, -0.22), grain=0.05),
    ]
    for step in range(5):
        x = aspect * (0.1 + 0.2 * step)
        marks.append(
            Line(
                smooth([x, level + 0.01, x + 0.03, level + 0.12, x - 0.02, 1.05], closed=False),
                shade(cloth, -0.18),
                0.008,
                0.002,
            )
        )
    return wall, marks


def _shadow(x: float, y: float, wide: float, paint: Colour) -> Mark:
    return Area(
        ellipse(x + wide * 0.35, y, wide, 0.018 + wide * 0.08), shade(paint, -0.5), blur=0.01, contour=0, strength=0.5
    )


def _fruit(rng: Rng, kind: int, paint: Colour) -> list[Mark]:
    """Return an apple, an orange, a pear or a lemon about 1 wide, standing on (0, 0)."""
    if kind == 2:
        body = smooth(
            [
                0, -1.25, 0.16, -1.1, 0.24, -0.8, 0.46, -0.4, 0.36, -0.05, 0, 0, -0.36, -0.05, -0.46, -0.4,
                -0.24, -0.8, -0.16, -1.1,
            ]
        )  # fmt: skip
        lit = smooth([-0.12, -1.0, -0.14, -0.75, -0.32, -0.4, -0.2, -0.3, -0.06, -0.7])
        top = -1.22
    elif kind == 3:
        body = smooth(
            [
                -0.62, -0.38, -0.45, -0.5, -0.2, -0.76, 0.2, -0.76, 0.45, -0.5, 0.62, -0.36, 0.45, -0.2, 0.2, 0,
                -0.2, 0, -0.45, -0.24,
            ]
        )  # fmt: skip
        lit = smooth([-0.3, -0.56, -0.1, -0.7, 0.1, -0.68, 0, -0.58])
        top = 0.0
    else:
        body = smooth(
            [
                0, -0.86, 0.25, -0.92, 0.48, -0.7, 0.48, -0.35, 0.28, -0.02, 0, -0.04, -0.28, -0.02, -0.48, -0.35,
                -0.48, -0.7, -0.25, -0.92,
            ]
        )  # fmt: skip
        lit = smooth([-0.34, -0.68, -0.22, -0.8, -0.1, -0.72, -0.2, -0.52, -0.34, -0.46])
        top = -0.86
    marks: list[Mark] = [
        Area(body, shade(paint, 0.12), shade(paint, -0.34), grain=1.1),
        Area(lit, shade(paint, 0.5), contour=0, blur=0.03, strength=0.75, grain=1.1),
    ]
    if top < 0:
        marks.append(
            Line(smooth([0, top + 0.04, 0.03, top - 0.12, 0.1, top - 0.22], closed=False), (0.3, 0.2, 0.12), 0.045)
        )
        if kind == 0:
            marks += place(plants.leaf(0.34, -0.5, (0.4, 0.6, 0.25), wide=0.45), 0.04, top - 0.1, 1)
    return marks


def _bottle(paint: Colour) -> list[Mark]:
    body = smooth(
        [
            -0.045, -1.0, 0.045, -1.0, 0.05, -0.72, 0.06, -0.62, 0.14, -0.52, 0.15, -0.3, 0.145, -0.02, 0, 0,
            -0.145, -0.02, -0.15, -0.3, -0.14, -0.52, -0.06, -0.62, -0.05, -0.72,
        ]
    )  # fmt: skip
    return [
        Area(body, shade(paint, 0.05), shade(paint, -0.3), grain=1.5),
        Area(rectangle(-0.055, -1.02, 0.055, -0.95), shade(paint, -0.4), contour=0.8),
        Area(rectangle(-0.142, -0.4, 0.142, -0.16), mix((0.96, 0.92, 0.82), paint, 0.15), contour=0.7, grain=0.0),
        Line(points([-0.1, -0.32, 0.1, -0.32]), shade(paint, -0.3), 0.014),
        Line(points([-0.07, -0.26, 0.07, -0.26]), shade(paint, -0.3), 0.01),
        Area(limb([(-0.1, -0.46), (-0.105, -0.1)], [0.02, 0.014]), shade(paint, 0.7), contour=0, strength=0.8),
        Area(limb([(-0.025, -0.92), (-0.028, -0.68)], [0.014, 0.012]), shade(paint, 0.7), contour=0, strength=0.8),
    ]


def _jug(paint: Colour) -> list[Mark]:
    ring = smooth([0.2, -0.78, 0.4, -0.8, 0.46, -0.56, 0.26, -0.32], closed=False)
    return [
        Line(ring, shade(paint, -0.2), 0.06),
        Area(
            smooth(
                [
                    -0.17, -0.92, -0.14, -0.74, -0.3, -0.46, -0.3, -0.2, -0.16, 0, 0.16, 0, 0.3, -0.2, 0.3, -0.46,
                    0.15, -0.74, 0.18, -0.9,
                ]
            ),
            shade(paint, 0.12),
            shade(paint, -0.28),
            grain=1.3,
        ),
        Area(ellipse(0, -0.9, 0.185, 0.04), shade(paint, -0.4), contour=0.8),
        Area(
            smooth([-0.2, -0.48, -0.14, -0.62, -0.1, -0.46, -0.16, -0.22, -0.23, -0.26]),
            shade(paint, 0.55),
            contour=0,
            blur=0.02,
            strength=0.7,
        ),
        Line(smooth([-0.3, -0.4, 0, -0.35, 0.3, -0.4], closed=False), shade(paint, -0.35), 0.02),
        Line(smooth([-0.3, -0.34, 0, -0.29, 0.3, -0.34], closed=False), shade(paint, -0.35), 0.01),
    ]  # fmt: skip


def fruit(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return fruit in a bowl beside a bottle and a jug."""
    level = 0.6
    wall, marks = _room(light, aspect, level)
    flip = bool(rng.random() < 0.5)

    def across(share: float) -> float:
        return aspect * (1 - share if flip else share)

    bottle = mix(light.leaf, light.dark, 0.35)
    marks += [_shadow(across(0.2), 0.72, 0.12, wall), *place(_bottle(bottle), across(0.2), 0.72, 0.6)]
    jug = light.accents[2]
    marks += [_shadow(across(0.38), 0.7, 0.13, wall), *place(_jug(jug), across(0.38), 0.7, 0.38, flip=flip)]
    paints = [light.accents[0], (0.95, 0.58, 0.16), (0.78, 0.76, 0.3), (0.96, 0.83, 0.28)]
    bowl = across(0.68)
    marks.append(_shadow(bowl, 0.83, 0.3, wall))
    for x, y, kind in ((-0.15, 0.67, 0), (0.0, 0.65, 1), (0.15, 0.67, 2), (-0.08, 0.7, 1), (0.09, 0.7, 0)):
        marks += place(_fruit(rng, kind, vary(rng, paints[kind], 0.03)), bowl + x, y, 0.17, angle=rng.normal(0, 0.12))
    dish = mix(light.light, light.accents[2], 0.12)
    marks.append(
        Area(
            shifted(
                smooth([-0.3, -0.18, 0, -0.15, 0.3, -0.18, 0.24, -0.07, 0.1, 0, -0.1, 0, -0.24, -0.07]), bowl, 0.83
            ),
            dish,
            shade(dish, -0.3),
            grain=0.2,
        )
    )
    marks.append(
        Line(shifted(smooth([-0.26, -0.1, 0, -0.07, 0.26, -0.1], closed=False), bowl, 0.83), light.accents[2], 0.012)
    )
    for x, y, kind, size in ((0.12, 0.9, 3, 0.15), (0.34, 0.93, 0, 0.17), (0.48, 0.87, 1, 0.15), (0.9, 0.94, 2, 0.16)):
        marks.append(_shadow(across(x), y, size * 0.5, wall))
        marks += place(_fruit(rng, kind, vary(rng, paints[kind], 0.03)), across(x), y, size)
    return Scene(aspect, wall, shade(wall, -0.25), tuple(marks))


def bouquet(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a bouquet in a vase, with fallen petals."""
    level = 0.74
    wall, marks = _room(light, aspect, level)
    kind = ("rose", "tulip", "daisy", "poppy", "sunflower")[rng.integers(5)]
    petals: tuple[Colour, ...] = {
        "sunflower": ((0.96, 0.76, 0.2), (0.93, 0.65, 0.15)),
        "daisy": (light.light, mix(light.light, light.accents[0], 0.3)),
    }.get(kind, light.accents)
    x = aspect / 2 + rng.normal(0, 0.03)
    marks.append(_shadow(x, 0.885, 0.2, wall))
    marks += place(plants.potted(rng, kind, petals, light.leaf, stems=11), x, 0.66, 0.64)
    vase = light.accents[2] if kind != "sunflower" else mix(light.accents[2], light.light, 0.3)
    shape = int(rng.integers(3))
    outline = (
        smooth([-0.09, -0.32, -0.07, -0.24, -0.17, -0.12, -0.12, 0, 0.12, 0, 0.17, -0.12, 0.07, -0.24, 0.09, -0.32]),
        points([-0.13, -0.34, 0.13, -0.34, 0.09, 0, -0.09, 0]),
        smooth([-0.1, -0.33, -0.15, -0.2, -0.16, -0.06, -0.1, 0, 0.1, 0, 0.16, -0.06, 0.15, -0.2, 0.1, -0.33]),
    )[shape]
    marks.append(Area(shifted(outline, x, 0.89), shade(vase, 0.15), shade(vase, -0.25), grain=1.4))
    marks.append(
        Area(limb([(x - 0.07, 0.79), (x - 0.085, 0.72)], [0.022, 0.014]), shade(vase, 0.7), contour=0, strength=0.8)
    )
    for band in (0.76, 0.8):
        half = 0.1
        marks.append(Line(smooth([x - half, band, x, band + 0.014, x + half, band], closed=False), light.light, 0.007))
    for _ in range(5):
        leaf = ellipse(x + rng.normal(0, 0.26), rng.uniform(0.88, 0.97), 0.028, 0.014, angle=rng.uniform(0, 3))
        marks.append(Area(leaf, vary(rng, petals[0], 0.03), contour=0.6))
    return Scene(aspect, wall, shade(wall, -0.25), tuple(marks))


def sunflowers(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return tall sunflowers against the sky."""
    marks: list[Mark] = []
    for _ in range(5):
        x, y = rng.uniform(0, aspect), rng.uniform(0.1, 0.5)
        marks.append(
            Area(
                ellipse(x, y, rng.uniform(0.15, 0.35), 0.05),
                mix(light.horizon, light.light, 0.5),
                blur=0.03,
                contour=0,
                strength=0.7,
            )
        )
    gold: Colour = mix((0.97, 0.76, 0.14), light.accents[1], 0.25)
    gold = mix(gold, light.middle, 0.3) if light.is_night else gold
    heads = sorted(
        (
            (
                float(aspect * (0.08 + 0.168 * step) + rng.normal(0, 0.02)),
                float(rng.uniform(0.2, 0.62)),
                float(rng.uniform(0.26, 0.42)),
            )
            for step in range(6)
        ),
        key=lambda head: head[2],
    )
    for x, y, _ in heads:
        foot = x + rng.normal(0, 0.05)
        marks.append(
            Area(
                limb([(foot, 1.1), ((foot + x) / 2 + 0.02, (1.1 + y) / 2), (x, y)], [0.034, 0.028, 0.022]),
                shade(light.leaf, -0.15),
                contour=0.8,
                grain=1.5,
            )
        )
        for height in np.arange(y + 0.2, 1.05, 0.16):
            side = rng.choice([0.3, 2.84])
            marks += place(
                plants.leaf(rng.uniform(0.16, 0.24), side + rng.normal(0, 0.2), vary(rng, light.leaf, 0.03), wide=0.6),
                (foot + x) / 2,
                float(height),
                1,
            )
    for x, y, size in heads:
        marks += place(
            plants.daisy(rng, vary(rng, gold, 0.03), (0.3, 0.19, 0.11), petals=19), x, y, size, angle=rng.uniform(0, 6)
        )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def rose_study(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return one large blossom among its leaves."""
    ground = mix(light.horizon, light.light, 0.35)
    x, y = aspect / 2 + rng.normal(0, 0.03), 0.42
    marks: list[Mark] = [
        Area(ellipse(x, y + 0.05, 0.5, 0.5), mix(light.accents[1], ground, 0.55), blur=0.08, contour=0, strength=0.7)
    ]
    marks.append(Line(smooth([x, y, x + 0.04, 0.75, x - 0.03, 1.08], closed=False), shade(light.leaf, -0.25), 0.026))
    for turn, reach, px, py in (
        (2.5, 0.34, 0.02, 0.26),
        (0.5, 0.36, 0.02, 0.32),
        (3.3, 0.3, 0, 0.06),
        (-0.2, 0.32, 0, 0.08),
        (2.2, 0.26, 0.0, 0.42),
        (0.9, 0.26, -0.01, 0.5),
        (-2.3, 0.26, 0, 0),
        (-0.9, 0.26, 0, 0),
    ):
        marks += place(
            plants.leaf(reach, turn + rng.normal(0, 0.12), vary(rng, light.leaf, 0.035), wide=0.5), x + px, y + py, 1
        )
    kind = ("rose", "poppy", "sunflower", "daisy")[rng.integers(4)]
    paint = {"sunflower": (0.96, 0.75, 0.18), "daisy": light.light}.get(kind, light.accents[0])
    marks += place(plants.blossom(kind)(rng, paint), x, y, rng.uniform(0.56, 0.66), angle=rng.uniform(0, 1))
    for side in (-1, 1):
        bud = (x + side * aspect * 0.31, 0.66 + rng.uniform(-0.08, 0.12))
        marks.append(
            Line(
                smooth([(x, 0.92), ((x + bud[0]) / 2 + side * 0.05, 0.86), bud], closed=False),
                shade(light.leaf, -0.25),
                0.014,
            )
        )
        marks += place(plants.tulip(rng, paint), *bud, 0.13, angle=side * 0.3)
    return Scene(aspect, ground, shade(ground, -0.08), tuple(marks))
