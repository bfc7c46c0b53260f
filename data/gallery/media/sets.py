"""3D still lifes, towns and games built from solids."""

import numpy as np
from PIL import Image

from data.gallery.colour import Colour, Palette, mix, shade
from data.gallery.media.props import Rng, house, moved, open_stage, tree
from data.gallery.media.solid import Solid, Stage, render


def marbles(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return lacquered and metal balls of many sizes, none inside another."""
    solids: list[Solid] = []
    paints = [*light.accents, light.light, light.leaf, light.far]
    while len(solids) < 19:
        radius = float(rng.choice([0.7, 0.45, 0.3, 0.2, 0.14])) if len(solids) > 2 else 0.75
        x, z = rng.uniform(-2.5, 2.5), rng.uniform(-2.2, 1.5)
        if all(
            (x - s.centre[0]) ** 2 + (z - s.centre[2]) ** 2 + (radius - s.centre[1]) ** 2
            > (radius + s.size[0] + 0.02) ** 2
            for s in solids
        ):
            solids.append(
                Solid(
                    "ball",
                    (x, radius, z),
                    (radius,),
                    paints[rng.integers(6)],
                    gloss=0.8,
                    metal=bool(rng.random() < 0.25),
                )
            )
    return render(solids, open_stage(rng, light, height=2.8, look=0.45), width, height)


def podium(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return steps, an arch and simple bodies: an abstract still life."""
    one, two, three = light.accents
    base = mix(light.light, one, 0.35)
    solids = [
        Solid("drum", (0, 0.16, 0), (1.5, 0.16), base, gloss=0.2),
        Solid("drum", (0.1, 0.46, -0.1), (1.05, 0.16), shade(base, 0.15), gloss=0.2),
        Solid("block", (-1.25, 0.75, -0.95), (0.28, 0.75, 0.28), mix(two, light.light, 0.2), gloss=0.2),
        Solid("block", (1.3, 1.0, -1.05), (0.24, 1.0, 0.24), mix(three, light.light, 0.3), gloss=0.2),
        Solid("ring", (0.05, 1.35, -0.5), (0.72, 0.13), three, (0, 1.5708, 0), gloss=0.7),
        Solid("ball", (-0.3, 0.94, 0.28), (0.32,), one, gloss=0.9),
        Solid("cone", (0.52, 0.97, 0.15), (0.3, 0.35, 0.0), two, gloss=0.4),
        Solid("ball", (-1.25, 1.82, -0.95), (0.32,), light.sun, gloss=0.5, metal=True),
        Solid("block", (1.3, 2.2, -1.05), (0.2, 0.2, 0.2), one, (0.6, 0.0, 0.0), gloss=0.4),
        Solid("rod", (0.15, 0.72, 0.75), (0.1, 0.3), mix(two, one, 0.5), (0.5, 0, 1.5708), gloss=0.6),
        Solid("ball", (1.25, 0.2, 0.9), (0.2,), three, gloss=0.9),
        Solid("ball", (-1.4, 0.14, 0.85), (0.14,), two, gloss=0.9, metal=True),
    ]
    return render(solids, open_stage(rng, light, look=1.05, height=2.2), width, height)


def village(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a toy village with trees."""
    solids: list[Solid] = []
    spots = [
        (x + rng.uniform(-0.14, 0.14), z + rng.uniform(-0.12, 0.12))
        for z in (-1.7, -0.4, 0.9)
        for x in (-2.1, -0.7, 0.7, 2.1)
    ]
    for step, (x, z) in enumerate(spots):
        if (step + step // 4) % 2 == 0:
            wall = mix(light.accents[rng.integers(3)], light.light, rng.uniform(0.35, 0.75))
            roof = mix(light.accents[0], light.dark, rng.uniform(0.05, 0.4))
            solids += moved(
                house(rng, wall, roof, lit=light.is_night), (x, 0, z), rng.uniform(0.95, 1.2), rng.uniform(-0.35, 0.35)
            )
        else:
            solids += moved(tree(rng, light, round_crown=bool(rng.random() < 0.5)), (x, 0, z), rng.uniform(0.9, 1.3))
    return render(solids, open_stage(rng, light, distance=7.5, height=4.2, look=0.4, view=0.6), width, height)


def city_blocks(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a city of blocks from above."""
    solids: list[Solid] = []
    for ix in range(-3, 4):
        for iz in range(-3, 3):
            x, z = ix * 0.95, iz * 0.95
            high = 0.25 + 1.1 * float(np.exp(-(x * x + z * z) / 5)) * rng.uniform(0.5, 1.25)
            paint = mix(light.accents[rng.integers(3)], light.light, rng.uniform(0.3, 0.8))
            kind = rng.random()
            if kind < 0.14:
                solids += moved(tree(rng, light, round_crown=True), (x, 0, z), 0.6)
            elif kind < 0.3:
                solids += [
                    Solid("drum", (x, high, z), (0.32, high), paint, gloss=0.3),
                    Solid("drum", (x, 2 * high, z), (0.22, 0.1), shade(paint, -0.2), gloss=0.3),
                ]
            else:
                solids.append(Solid("block", (x, high, z), (0.34, high, 0.34), paint, gloss=0.3))
                if kind > 0.7:
                    solids.append(
                        Solid("block", (x, 2 * high + 0.1, z), (0.2, 0.12, 0.2), shade(paint, -0.15), gloss=0.3)
                    )
    return render(solids, open_stage(rng, light, distance=9.0, height=6.0, look=0.5, view=0.55), width, height)


def breakfast(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return doughnuts and a cup."""
    solids: list[Solid] = []
    dough: Colour = (0.82, 0.58, 0.32)
    for x, y, z, tilt, icing in (
        (-0.95, 0.26, 0.5, 0.0, 0),
        (-0.85, 0.72, 0.45, 0.12, 1),
        (0.2, 0.3, 1.15, 0.0, 2),
        (-1.9, 0.28, -0.5, 0.0, 2),
    ):
        glaze = mix(light.accents[icing], light.light, 0.25)
        solids += [
            Solid("ring", (x, y, z), (0.42, 0.24), dough, (0.3, tilt, 0), gloss=0.2),
            Solid("ring", (x, y + 0.07, z), (0.42, 0.215), glaze, (0.3, tilt, 0), gloss=0.9),
        ]
        for _ in range(14):
            turn, off = rng.uniform(0, 6.28), rng.uniform(-0.12, 0.12)
            sx, sz = x + (0.42 + off) * np.cos(turn), z + (0.42 + off) * np.sin(turn)
            sy = y + 0.07 + 0.215 * np.cos(off / 0.16) + 0.005
            solids.append(
                Solid(
                    "rod",
                    (float(sx), float(sy), float(sz)),
                    (0.017, 0.04),
                    light.accents[rng.integers(3)],
                    (rng.uniform(0, 3), 0, 1.5708),
                    gloss=0.5,
                )
            )
    cup = mix(light.accents[2], light.light, 0.3)
    solids += [
        Solid("drum", (1.05, 0.04, -0.3), (0.95, 0.04), light.light, gloss=0.7),
        Solid("cone", (1.05, 0.55, -0.3), (0.42, 0.48, 0.58), cup, gloss=0.8),
        Solid("drum", (1.05, 1.0, -0.3), (0.52, 0.04), (0.27, 0.15, 0.08), gloss=0.7),
        Solid("ring", (1.05, 1.03, -0.3), (0.56, 0.045), shade(cup, 0.2), gloss=0.8),
        Solid("ring", (1.68, 0.58, -0.3), (0.25, 0.07), cup, (0, 1.5708, 0), gloss=0.8),
    ]
    return render(
        solids,
        open_stage(rng, light, distance=5.6, height=2.6, look=0.45, side=rng.uniform(-0.25, 0.25)),
        width,
        height,
    )


def island(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return an island with a lighthouse in a calm sea."""
    sand, green = mix(light.accents[1], light.light, 0.5), mix(light.leaf, light.accents[1], 0.15)
    solids = [
        Solid("egg", (0, 0.0, 0), (2.2, 0.22, 1.6), sand, gloss=0.1),
        Solid("egg", (0.1, 0.1, -0.1), (1.8, 0.36, 1.25), green, gloss=0.1),
        Solid("egg", (0.75, 0.3, -0.35), (0.8, 0.42, 0.65), shade(green, 0.06), gloss=0.1),
    ]
    for band in range(4):
        paint = light.accents[0] if band % 2 == 0 else (0.96, 0.94, 0.9)
        solids.append(
            Solid(
                "cone",
                (0.75, 0.85 + 0.36 * band, -0.35),
                (0.3 - 0.035 * band, 0.18, 0.265 - 0.035 * band),
                paint,
                gloss=0.3,
            )
        )
    solids += [
        Solid("drum", (0.75, 2.14, -0.35), (0.24, 0.03), shade(light.accents[0], -0.4)),
        Solid(
            "drum", (0.75, 2.28, -0.35), (0.12, 0.13), (1, 0.86, 0.5), gloss=0.9, glow=1.5 if light.is_night else 0.3
        ),
        Solid("cone", (0.75, 2.52, -0.35), (0.19, 0.12, 0.01), light.accents[0], gloss=0.4),
    ]
    solids += moved(house(rng, light.light, light.accents[2], lit=light.is_night), (-0.35, 0.38, 0.1), 0.62, 0.3)
    for x, z in ((-1.05, -0.35), (-0.75, -0.7), (0.0, -0.75), (-1.25, 0.25), (0.35, 0.55)):
        solids += moved(tree(rng, light, round_crown=bool(rng.random() < 0.5)), (x, 0.3, z), rng.uniform(0.5, 0.7), 0)
    for _ in range(9):
        turn = rng.uniform(0, 6.28)
        solids.append(
            Solid(
                "egg",
                (float(2.15 * np.cos(turn)), 0.05, float(1.55 * np.sin(turn))),
                (0.16, 0.12, 0.14),
                mix(light.far, light.dark, 0.3),
                (turn, 0, 0),
                gloss=0.1,
            )
        )
    stage = open_stage(rng, light, distance=7.0, height=2.7, look=0.8)
    sea = mix(light.zenith, (0.1, 0.5, 0.6), 0.5)
    return render(
        solids, Stage(stage.eye, stage.target, stage.sky, sea, stage.lamp, stage.key, stage.view), width, height
    )


def chess(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return chessmen on their board."""
    solids: list[Solid] = []
    pale, deep = mix(light.light, light.accents[1], 0.2), mix(light.dark, light.accents[2], 0.35)
    for ix in range(-2, 3):
        for iz in range(-2, 3):
            solids.append(
                Solid(
                    "block", (ix * 0.9, 0.06, iz * 0.9), (0.45, 0.06, 0.45), pale if (ix + iz) % 2 else deep, gloss=0.5
                )
            )
    places = rng.permutation(25)[:8]
    for step, place in enumerate(places.tolist()):
        x, z = (place % 5 - 2) * 0.9, (place // 5 - 2) * 0.9
        paint = shade(light.accents[0], 0.1) if step % 2 else shade(pale, 0.1)
        tall = 1.35 if step < 2 else 1.0
        man = [
            Solid("drum", (0, 0.2, 0), (0.34, 0.08), paint, gloss=0.7),
            Solid("cone", (0, 0.28 + 0.36 * tall, 0), (0.26, 0.36 * tall, 0.12), paint, gloss=0.7),
            Solid("drum", (0, 0.28 + 0.72 * tall, 0), (0.21, 0.035), paint, gloss=0.7),
            Solid("ball", (0, 0.45 + 0.72 * tall, 0), (0.2,), paint, gloss=0.7),
        ]
        if step < 2:
            man += [
                Solid("rod", (0, 0.75 + 0.72 * tall, 0), (0.035, 0.1), paint, gloss=0.7),
                Solid("rod", (0, 0.75 + 0.72 * tall, 0), (0.035, 0.08), paint, (0, 0, 1.5708), gloss=0.7),
            ]
        solids += moved(man, (x, 0, z))
    return render(solids, open_stage(rng, light, distance=6.4, height=3.0, look=0.5), width, height)
