"""What the 3D pictures show: toys and still lifes built from solids, and the cameras that see them."""

import numpy as np
from PIL import Image

from data.gallery.colour import Colour, Palette, mix, shade, vary
from data.gallery.media.solid import Solid, Stage, render

Rng = np.random.Generator
_DARK: Colour = (0.07, 0.07, 0.08)


def _stage(rng: Rng, light: Palette, *, distance: float = 6.0, height: float = 2.3, look: float = 0.8, view: float = 0.62, side: float | None = None) -> Stage:
    angle = rng.uniform(-0.5, 0.5) if side is None else side
    sky = mix(light.horizon, light.light, 0.45) if not light.is_night else mix(light.zenith, light.horizon, 0.5)
    floor = mix(light.horizon, light.accents[1], 0.22) if not light.is_night else mix(light.far, light.accents[2], 0.2)
    warm = light.sun
    key = (0.5 + 1.9 * warm[0], 0.5 + 1.75 * warm[1], 0.5 + 1.55 * warm[2])
    lamp = (rng.choice([-1, 1]) * rng.uniform(0.45, 0.8), rng.uniform(0.75, 1.0), rng.uniform(0.3, 0.6))
    return Stage((distance * float(np.sin(angle)), height, distance * float(np.cos(angle))), (0.0, look, 0.0), sky, floor, lamp, key, view)


def _moved(solids: list[Solid], x: float, z: float, size: float = 1.0, yaw: float = 0.0, y: float = 0.0) -> list[Solid]:
    """Return solids turned about the upright axis, scaled and put at (x, y, z)."""
    cos, sin = float(np.cos(yaw)), float(np.sin(yaw))
    moved: list[Solid] = []
    for s in solids:
        a, b, c = (part * size for part in s.centre)
        centre = (a * cos + c * sin + x, b + y, -a * sin + c * cos + z)
        extent = tuple(part * size for part in s.size)
        moved.append(Solid(s.kind, centre, extent, s.colour, (s.turn[0] + yaw, s.turn[1], s.turn[2]), s.gloss, s.metal, s.glow))
    return moved


def _tree(rng: Rng, light: Palette, *, round_crown: bool) -> list[Solid]:
    bark, leaf = (0.42, 0.28, 0.18), vary(rng, light.leaf, 0.04)
    trunk = Solid("cone", (0, 0.25, 0), (0.09, 0.25, 0.06), bark, gloss=0.1)
    if round_crown:
        return [trunk, Solid("ball", (0, 0.78, 0), (0.38,), leaf, gloss=0.15), Solid("ball", (0.22, 0.62, 0.1), (0.24,), shade(leaf, -0.08), gloss=0.15),
                Solid("ball", (-0.2, 0.68, 0.08), (0.26,), shade(leaf, 0.08), gloss=0.15)]  # fmt: skip
    return [trunk, *(Solid("cone", (0, 0.5 + 0.3 * k, 0), (0.42 - 0.1 * k, 0.24, 0.04), shade(leaf, 0.06 * k), gloss=0.15) for k in range(3))]


def _house(rng: Rng, wall: Colour, roof: Colour, *, lit: bool) -> list[Solid]:
    high = rng.uniform(0.32, 0.5)
    pane: Colour = (1.0, 0.85, 0.45) if lit else (0.45, 0.62, 0.72)
    solids = [
        Solid("block", (0, high, 0), (0.42, high, 0.36), wall, gloss=0.15),
        Solid("gable", (0, 2 * high + 0.26, 0), (0.54, 0.27, 0.44), roof, gloss=0.2),
        Solid("block", (0.26, 2 * high + 0.36, -0.1), (0.07, 0.2, 0.07), shade(roof, -0.3)),
        Solid("block", (-0.12, 0.2, 0.36), (0.1, 0.2, 0.025), shade(roof, -0.35)),
    ]
    for x, y in ((0.2, 0.3), (-0.2, 2 * high - 0.16), (0.2, 2 * high - 0.16)):
        solids.append(Solid("block", (x, y, 0.36), (0.09, 0.09, 0.02), pane, gloss=0.9, glow=1.2 if lit else 0.0))
    return solids


def marbles(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return lacquered and metal balls of many sizes, none inside another."""
    solids: list[Solid] = []
    paints = [*light.accents, light.light, light.leaf, light.far]
    while len(solids) < 19:
        radius = float(rng.choice([0.7, 0.45, 0.3, 0.2, 0.14])) if len(solids) > 2 else 0.75
        x, z = rng.uniform(-2.5, 2.5), rng.uniform(-2.2, 1.5)
        if all((x - s.centre[0]) ** 2 + (z - s.centre[2]) ** 2 + (radius - s.centre[1]) ** 2 > (radius + s.size[0] + 0.02) ** 2 for s in solids):
            solids.append(Solid("ball", (x, radius, z), (radius,), paints[rng.integers(6)], gloss=0.8, metal=bool(rng.random() < 0.25)))
    return render(solids, _stage(rng, light, height=2.8, look=0.45), width, height)


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
    return render(solids, _stage(rng, light, look=1.05, height=2.2), width, height)


def village(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a toy village with trees."""
    solids: list[Solid] = []
    spots = [(x + rng.uniform(-0.14, 0.14), z + rng.uniform(-0.12, 0.12)) for z in (-1.7, -0.4, 0.9) for x in (-2.1, -0.7, 0.7, 2.1)]
    for step, (x, z) in enumerate(spots):
        if (step + step // 4) % 2 == 0:
            wall = mix(light.accents[rng.integers(3)], light.light, rng.uniform(0.35, 0.75))
            roof = mix(light.accents[0], light.dark, rng.uniform(0.05, 0.4))
            solids += _moved(_house(rng, wall, roof, lit=light.is_night), x, z, rng.uniform(0.95, 1.2), rng.uniform(-0.35, 0.35))
        else:
            solids += _moved(_tree(rng, light, round_crown=bool(rng.random() < 0.5)), x, z, rng.uniform(0.9, 1.3))
    return render(solids, _stage(rng, light, distance=7.5, height=4.2, look=0.4, view=0.6), width, height)


def toy_car(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return toy cars on the floor."""
    solids: list[Solid] = []
    for step, (x, z, yaw) in enumerate(((-0.25, 0.5, 0.45), (1.55, -1.4, -0.3), (-2.0, -1.7, 0.9))):
        paint = light.accents[step]
        glass: Colour = (0.2, 0.3, 0.36)
        car = [
            Solid("block", (0, 0.42, 0), (1.0, 0.22, 0.46), paint, gloss=0.85),
            Solid("block", (-0.08, 0.72, 0), (0.56, 0.24, 0.4), glass, gloss=1.0),
            Solid("block", (-0.08, 0.93, 0), (0.52, 0.07, 0.41), shade(paint, 0.1), gloss=0.85),
            Solid("block", (1.0, 0.3, 0), (0.06, 0.09, 0.46), (0.85, 0.85, 0.86), gloss=0.9, metal=True),
            Solid("block", (-1.0, 0.3, 0), (0.06, 0.09, 0.46), (0.85, 0.85, 0.86), gloss=0.9, metal=True),
        ]
        for side in (-1, 1):
            car += [Solid("ball", (0.99, 0.48, side * 0.3), (0.1,), (1, 0.96, 0.8), gloss=1.0, glow=0.5), Solid("ball", (-0.99, 0.48, side * 0.3), (0.08,), (0.8, 0.1, 0.08), gloss=1.0)]
            for front in (-0.6, 0.6):
                car += [Solid("drum", (front, 0.25, side * 0.45), (0.25, 0.1), _DARK, (0, 1.5708, 0), gloss=0.2),
                        Solid("drum", (front, 0.25, side * 0.52), (0.13, 0.06), (0.86, 0.86, 0.84), (0, 1.5708, 0), gloss=0.8)]  # fmt: skip
        solids += _moved(car, x, z, 1.05 if step == 0 else 0.9, yaw)
    return render(solids, _stage(rng, light, height=2.6, look=0.35, view=0.6), width, height)


def cat_figure(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a china cat beside a ball of wool."""
    coat = (light.accents[1], (0.93, 0.9, 0.86), (0.2, 0.2, 0.23), (0.55, 0.55, 0.58))[rng.integers(4)]
    belly = mix(coat, (1, 0.98, 0.94), 0.7)
    cat = [
        Solid("egg", (0, 0.62, 0), (0.5, 0.66, 0.46), coat, gloss=0.5),
        Solid("egg", (0, 0.6, 0.2), (0.32, 0.48, 0.3), belly, gloss=0.5),
        Solid("egg", (0, 1.5, 0.08), (0.47, 0.4, 0.4), coat, gloss=0.5),
        Solid("egg", (-0.12, 1.38, 0.42), (0.14, 0.11, 0.1), belly, gloss=0.5),
        Solid("egg", (0.12, 1.38, 0.42), (0.14, 0.11, 0.1), belly, gloss=0.5),
        Solid("ball", (0, 1.46, 0.5), (0.05,), (0.85, 0.45, 0.48), gloss=0.8),
        Solid("rod", (0.55, 0.35, -0.1), (0.09, 0.3), coat, (0, 0.2, -0.7), gloss=0.5),
        Solid("ball", (0.76, 0.62, -0.06), (0.11,), belly, gloss=0.5),
    ]
    for side in (-1, 1):
        cat += [
            Solid("cone", (side * 0.28, 1.86, 0.04), (0.19, 0.2, 0.02), coat, (0, 0, -side * 0.25), gloss=0.5),
            Solid("cone", (side * 0.275, 1.85, 0.12), (0.11, 0.14, 0.01), (0.9, 0.6, 0.6), (0, 0, -side * 0.25), gloss=0.3),
            Solid("ball", (side * 0.17, 1.56, 0.4), (0.085,), (0.55, 0.75, 0.3), gloss=1.0),
            Solid("egg", (side * 0.17, 1.56, 0.47), (0.03, 0.065, 0.03), _DARK, gloss=1.0),
            Solid("egg", (side * 0.24, 0.13, 0.42), (0.17, 0.13, 0.22), belly, gloss=0.5),
            Solid("rod", (side * 0.2, 0.5, 0.4), (0.11, 0.28), coat, (0, -0.1, 0), gloss=0.5),
        ]
        cat += [Solid("rod", (side * 0.4, 1.38 + 0.05 * k, 0.4), (0.009, 0.17), (0.95, 0.95, 0.95), (0, 0, 1.5708 + side * (0.12 * k)), gloss=0.2) for k in (-1, 0, 1)]
    wool = light.accents[0]
    solids = _moved(cat, -0.25, 0, 1.0, rng.uniform(-0.3, 0.3))
    solids += [Solid("ball", (1.05, 0.4, 0.5), (0.38,), wool, gloss=0.1)]
    solids += [Solid("ring", (1.05, 0.4, 0.5), (0.375, 0.035), shade(wool, rng.uniform(-0.15, 0.2)), (rng.uniform(0, 3), rng.uniform(0, 3), rng.uniform(0, 3)), gloss=0.1) for _ in range(9)]
    return render(solids, _stage(rng, light, distance=5.6, look=0.95, height=1.9, side=rng.uniform(-0.3, 0.3)), width, height)


def dog_figure(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a china dog with a bone."""
    coat = ((0.8, 0.56, 0.32), (0.93, 0.88, 0.78), (0.42, 0.28, 0.2))[rng.integers(3)]
    ear, muzzle = shade(coat, -0.35), mix(coat, (1, 0.97, 0.92), 0.6)
    dog = [
        Solid("egg", (0, 0.62, -0.1), (0.46, 0.62, 0.5), coat, gloss=0.4),
        Solid("egg", (0, 0.62, 0.16), (0.28, 0.44, 0.26), muzzle, gloss=0.4),
        Solid("ring", (0, 1.08, 0.02), (0.34, 0.07), light.accents[0], (0, 0.15, 0), gloss=0.8),
        Solid("ball", (0, 1.0, 0.42), (0.08,), (0.95, 0.78, 0.3), gloss=0.9, metal=True),
        Solid("egg", (0, 1.52, 0.05), (0.44, 0.42, 0.42), coat, gloss=0.4),
        Solid("egg", (0, 1.38, 0.42), (0.24, 0.19, 0.26), muzzle, gloss=0.4),
        Solid("egg", (0, 1.48, 0.65), (0.1, 0.075, 0.07), _DARK, gloss=1.0),
        Solid("egg", (0, 1.24, 0.52), (0.09, 0.12, 0.05), (0.9, 0.42, 0.45), (0, 0.3, 0), gloss=0.6),
        Solid("rod", (0.0, 0.5, -0.68), (0.08, 0.28), coat, (0, -0.9, 0), gloss=0.4),
    ]
    for side in (-1, 1):
        dog += [
            Solid("egg", (side * 0.44, 1.42, 0.0), (0.12, 0.34, 0.22), ear, (0, 0, side * 0.22), gloss=0.4),
            Solid("ball", (side * 0.17, 1.62, 0.38), (0.07,), _DARK, gloss=1.0),
            Solid("egg", (side * 0.22, 0.12, 0.42), (0.17, 0.12, 0.24), muzzle, gloss=0.4),
            Solid("rod", (side * 0.2, 0.48, 0.34), (0.12, 0.28), coat, gloss=0.4),
            Solid("egg", (side * 0.42, 0.28, 0.0), (0.2, 0.28, 0.34), coat, gloss=0.4),
        ]
    bone: Colour = (0.95, 0.92, 0.85)
    toy = [Solid("rod", (0, 0.12, 0), (0.075, 0.26), bone, (0, 0, 1.5708), gloss=0.4)]
    toy += [Solid("ball", (x, 0.12, z), (0.115,), bone, gloss=0.4) for x in (-0.3, 0.3) for z in (-0.09, 0.09)]
    solids = _moved(dog, -0.15, 0, 1.0, rng.uniform(-0.5, 0.5)) + _moved(toy, 1.0, 0.75, 1.0, rng.uniform(-0.8, 0.8))
    solids += [Solid("ball", (-1.2, 0.24, 0.5), (0.24,), light.accents[2], gloss=0.8)]
    return render(solids, _stage(rng, light, distance=5.6, look=0.95, height=1.9, side=rng.uniform(-0.3, 0.3)), width, height)


def duck_figures(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return toy birds: a mother and her brood in a row."""
    yellow = mix((0.98, 0.82, 0.25), light.accents[1], 0.3)
    bill = (0.95, 0.5, 0.15)
    bird = [
        Solid("egg", (0, 0.5, 0), (0.78, 0.5, 0.54), yellow, gloss=0.6),
        Solid("egg", (-0.72, 0.72, 0), (0.24, 0.16, 0.2), yellow, (0, 0, -0.6), gloss=0.6),
        Solid("ball", (0.5, 1.2, 0), (0.4,), yellow, gloss=0.6),
        Solid("egg", (0.94, 1.12, 0), (0.2, 0.07, 0.17), bill, gloss=0.7),
        Solid("egg", (-0.12, 0.6, 0.5), (0.42, 0.24, 0.12), shade(yellow, -0.1), (0, 0, 0.25), gloss=0.6),
        Solid("egg", (-0.12, 0.6, -0.5), (0.42, 0.24, 0.12), shade(yellow, -0.1), (0, 0, 0.25), gloss=0.6),
        Solid("ball", (0.76, 1.32, 0.24), (0.075,), _DARK, gloss=1.0),
        Solid("ball", (0.76, 1.32, -0.24), (0.075,), _DARK, gloss=1.0),
    ]
    solids = _moved(bird, 0.95, -0.1, 0.95, 0.35)
    for step in range(3):
        solids += _moved(bird, -0.75 - 0.85 * step, 0.45 + rng.uniform(-0.15, 0.15), rng.uniform(0.4, 0.48), 0.35 + rng.uniform(-0.4, 0.4))
    return render(solids, _stage(rng, light, look=0.6, height=1.8, side=rng.uniform(-0.2, 0.2)), width, height)


def flower_pots(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return flowers of clay in pots."""
    solids: list[Solid] = []
    for step, x in enumerate((-1.35, 0.0, 1.35)):
        pot, petal = light.accents[(step + 1) % 3], light.accents[step % 3]
        tall = (1.75, 2.15, 1.6)[step] + rng.uniform(-0.1, 0.1)
        z = (0.1, -0.3, 0.25)[step]
        group = [
            Solid("cone", (0, 0.36, 0), (0.3, 0.36, 0.44), mix(pot, light.light, 0.2), gloss=0.3),
            Solid("ring", (0, 0.72, 0), (0.41, 0.065), mix(pot, light.light, 0.3), gloss=0.3),
            Solid("drum", (0, 0.7, 0), (0.38, 0.03), (0.25, 0.17, 0.12), gloss=0.05),
            Solid("rod", (0, (tall + 0.7) / 2, 0), (0.04, (tall - 0.7) / 2), light.leaf, gloss=0.3),
            Solid("egg", (0.22, 1.05, 0.04), (0.24, 0.045, 0.11), light.leaf, (0, 0, 0.6), gloss=0.3),
            Solid("egg", (-0.22, 1.2, 0.02), (0.24, 0.045, 0.11), light.leaf, (0, 0, -0.6), gloss=0.3),
            Solid("ball", (0, tall, 0.12), (0.17,), (0.95, 0.75, 0.25) if step != 2 else (0.35, 0.22, 0.15), gloss=0.2),
        ]
        count = (8, 11, 6)[step]
        for turn in np.arange(count) * 2 * np.pi / count:
            reach = 0.31
            group.append(Solid("egg", (float(reach * np.cos(turn)), tall + float(reach * np.sin(turn)), 0.05), (0.21, (0.115, 0.085, 0.15)[step], 0.06), petal, (0, 0, float(turn)), gloss=0.35))
        solids += _moved(group, x, z, 1.0, rng.uniform(-0.15, 0.15))
    return render(solids, _stage(rng, light, distance=6.4, look=1.15, height=1.9, side=rng.uniform(-0.2, 0.2)), width, height)


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
                solids += _moved(_tree(rng, light, round_crown=True), x, z, 0.6)
            elif kind < 0.3:
                solids += [Solid("drum", (x, high, z), (0.32, high), paint, gloss=0.3), Solid("drum", (x, 2 * high, z), (0.22, 0.1), shade(paint, -0.2), gloss=0.3)]
            else:
                solids.append(Solid("block", (x, high, z), (0.34, high, 0.34), paint, gloss=0.3))
                if kind > 0.7:
                    solids.append(Solid("block", (x, 2 * high + 0.1, z), (0.2, 0.12, 0.2), shade(paint, -0.15), gloss=0.3))
    return render(solids, _stage(rng, light, distance=9.0, height=6.0, look=0.5, view=0.55), width, height)


def breakfast(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return doughnuts and a cup."""
    solids: list[Solid] = []
    dough: Colour = (0.82, 0.58, 0.32)
    for x, y, z, tilt, icing in ((-0.95, 0.26, 0.5, 0.0, 0), (-0.85, 0.72, 0.45, 0.12, 1), (0.2, 0.3, 1.15, 0.0, 2), (-1.9, 0.28, -0.5, 0.0, 2)):
        glaze = mix(light.accents[icing], light.light, 0.25)
        solids += [Solid("ring", (x, y, z), (0.42, 0.24), dough, (0.3, tilt, 0), gloss=0.2), Solid("ring", (x, y + 0.07, z), (0.42, 0.215), glaze, (0.3, tilt, 0), gloss=0.9)]
        for _ in range(14):
            turn, off = rng.uniform(0, 6.28), rng.uniform(-0.12, 0.12)
            sx, sz = x + (0.42 + off) * np.cos(turn), z + (0.42 + off) * np.sin(turn)
            sy = y + 0.07 + 0.215 * np.cos(off / 0.16) + 0.005
            solids.append(Solid("rod", (float(sx), float(sy), float(sz)), (0.017, 0.04), light.accents[rng.integers(3)], (rng.uniform(0, 3), 0, 1.5708), gloss=0.5))
    cup = mix(light.accents[2], light.light, 0.3)
    solids += [
        Solid("drum", (1.05, 0.04, -0.3), (0.95, 0.04), light.light, gloss=0.7),
        Solid("cone", (1.05, 0.55, -0.3), (0.42, 0.48, 0.58), cup, gloss=0.8),
        Solid("drum", (1.05, 1.0, -0.3), (0.52, 0.04), (0.27, 0.15, 0.08), gloss=0.7),
        Solid("ring", (1.05, 1.03, -0.3), (0.56, 0.045), shade(cup, 0.2), gloss=0.8),
        Solid("ring", (1.68, 0.58, -0.3), (0.25, 0.07), cup, (0, 1.5708, 0), gloss=0.8),
    ]
    return render(solids, _stage(rng, light, distance=5.6, height=2.6, look=0.45, side=rng.uniform(-0.25, 0.25)), width, height)


def wooden_people(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a family of wooden figures."""
    solids: list[Solid] = []
    for x, z, size in ((-1.35, -0.2, 1.0), (-0.35, 0.1, 0.9), (0.55, 0.45, 0.55), (1.15, 0.15, 0.7), (1.9, -0.3, 1.05)):
        coat = light.accents[rng.integers(3)]
        skin: Colour = ((0.93, 0.76, 0.6), (0.75, 0.53, 0.38), (0.5, 0.34, 0.25))[rng.integers(3)]
        hair: Colour = ((0.2, 0.14, 0.11), (0.5, 0.3, 0.16), (0.85, 0.68, 0.35), (0.7, 0.7, 0.72))[rng.integers(4)]
        person = [
            Solid("cone", (0, 0.6, 0), (0.42, 0.6, 0.2), coat, gloss=0.45),
            Solid("ring", (0, 1.14, 0), (0.18, 0.085), mix(coat, light.light, 0.6), gloss=0.3),
            Solid("ball", (0, 1.47, 0), (0.31,), skin, gloss=0.45),
            Solid("egg", (0, 1.6, -0.13), (0.33, 0.25, 0.27), hair, gloss=0.4),
            Solid("ball", (-0.1, 1.47, 0.285), (0.035,), _DARK, gloss=1.0),
            Solid("ball", (0.1, 1.47, 0.285), (0.035,), _DARK, gloss=1.0),
            Solid("ball", (0, 1.41, 0.31), (0.035,), shade(skin, -0.15), gloss=0.4),
            Solid("rod", (-0.34, 0.82, 0.06), (0.075, 0.24), shade(coat, 0.08), (0, 0, -0.35), gloss=0.45),
            Solid("rod", (0.34, 0.82, 0.06), (0.075, 0.24), shade(coat, 0.08), (0, 0, 0.35), gloss=0.45),
            Solid("ball", (-0.43, 0.56, 0.06), (0.08,), skin, gloss=0.4),
            Solid("ball", (0.43, 0.56, 0.06), (0.08,), skin, gloss=0.4),
        ]
        solids += _moved(person, x, z, size, rng.uniform(-0.3, 0.3))
    return render(solids, _stage(rng, light, distance=6.4, look=0.85, height=1.7, side=rng.uniform(-0.2, 0.2)), width, height)


def toy_bicycle(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a bicycle of tubes and rings."""
    frame = light.accents[0]
    steel: Colour = (0.78, 0.78, 0.8)

    def tube(a: tuple[float, float], b: tuple[float, float], radius: float, paint: Colour, z: float = 0.0) -> Solid:
        dx, dy = b[0] - a[0], b[1] - a[1]
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, z)
        return Solid("rod", middle, (radius, float(np.hypot(dx, dy)) / 2), paint, (0, 0, float(np.arctan2(-dx, dy))), gloss=0.8)

    rear, front, pedal, seat, head = (-0.95, 0.66), (0.95, 0.66), (-0.12, 0.62), (-0.42, 1.5), (0.66, 1.55)
    solids = [tube(*ends, 0.05, frame) for ends in ((rear, pedal), (rear, seat), (pedal, seat), (seat, head), (pedal, head))]
    solids += [tube(front, (0.62, 1.8), 0.045, frame), tube((0.62, 1.8), (0.3, 1.92), 0.04, steel), tube(seat, (-0.47, 1.68), 0.035, steel)]
    for x, y in (rear, front):
        solids += [Solid("ring", (x, y, 0), (0.6, 0.06), _DARK, (0, 1.5708, 0), gloss=0.3), Solid("ring", (x, y, 0), (0.53, 0.025), steel, (0, 1.5708, 0), gloss=0.8, metal=True)]
        solids += [Solid("rod", (x, y, 0), (0.01, 0.53), steel, (0, 0, float(turn)), gloss=0.5) for turn in np.linspace(0, np.pi, 7, endpoint=False)]
    solids += [
        Solid("egg", (-0.5, 1.72, 0), (0.26, 0.07, 0.13), (0.3, 0.19, 0.13), gloss=0.4),
        Solid("drum", (*pedal, 0.05), (0.17, 0.02), steel, (0, 1.5708, 0), gloss=0.8, metal=True),
        tube(pedal, (0.05, 0.36), 0.025, steel, 0.1),
        Solid("block", (0.05, 0.34, 0.16), (0.12, 0.025, 0.07), _DARK),
        Solid("block", (1.0, 1.55, 0), (0.24, 0.18, 0.22), mix((0.7, 0.5, 0.3), light.accents[1], 0.3), gloss=0.15),
    ]
    solids += [Solid("ball", (1.0 + rng.uniform(-0.17, 0.17), 1.77 + rng.uniform(0, 0.06), rng.uniform(-0.15, 0.15)), (0.1,), light.accents[rng.integers(3)], gloss=0.4) for _ in range(9)]
    yaw = rng.uniform(-0.5, 0.5)
    return render(_moved(solids, 0, 0, 1.05, yaw), _stage(rng, light, distance=6.2, look=1.0, height=1.8, side=0.0), width, height)


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
        solids.append(Solid("cone", (0.75, 0.85 + 0.36 * band, -0.35), (0.3 - 0.035 * band, 0.18, 0.265 - 0.035 * band), paint, gloss=0.3))
    solids += [
        Solid("drum", (0.75, 2.14, -0.35), (0.24, 0.03), shade(light.accents[0], -0.4)),
        Solid("drum", (0.75, 2.28, -0.35), (0.12, 0.13), (1, 0.86, 0.5), gloss=0.9, glow=1.5 if light.is_night else 0.3),
        Solid("cone", (0.75, 2.52, -0.35), (0.19, 0.12, 0.01), light.accents[0], gloss=0.4),
    ]
    solids += _moved(_house(rng, light.light, light.accents[2], lit=light.is_night), -0.35, 0.1, 0.62, 0.3, 0.38)
    for x, z in ((-1.05, -0.35), (-0.75, -0.7), (0.0, -0.75), (-1.25, 0.25), (0.35, 0.55)):
        solids += _moved(_tree(rng, light, round_crown=bool(rng.random() < 0.5)), x, z, rng.uniform(0.5, 0.7), 0, 0.3)
    for _ in range(9):
        turn = rng.uniform(0, 6.28)
        solids.append(Solid("egg", (float(2.15 * np.cos(turn)), 0.05, float(1.55 * np.sin(turn))), (0.16, 0.12, 0.14), mix(light.far, light.dark, 0.3), (turn, 0, 0), gloss=0.1))
    stage = _stage(rng, light, distance=7.0, height=2.7, look=0.8)
    sea = mix(light.zenith, (0.1, 0.5, 0.6), 0.5)
    return render(solids, Stage(stage.eye, stage.target, stage.sky, sea, stage.lamp, stage.key, stage.view), width, height)


def chess(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return chessmen on their board."""
    solids: list[Solid] = []
    pale, deep = mix(light.light, light.accents[1], 0.2), mix(light.dark, light.accents[2], 0.35)
    for ix in range(-2, 3):
        for iz in range(-2, 3):
            solids.append(Solid("block", (ix * 0.9, 0.06, iz * 0.9), (0.45, 0.06, 0.45), pale if (ix + iz) % 2 else deep, gloss=0.5))
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
            man += [Solid("rod", (0, 0.75 + 0.72 * tall, 0), (0.035, 0.1), paint, gloss=0.7), Solid("rod", (0, 0.75 + 0.72 * tall, 0), (0.035, 0.08), paint, (0, 0, 1.5708), gloss=0.7)]
        solids += _moved(man, x, z)
    return render(solids, _stage(rng, light, distance=6.4, height=3.0, look=0.5), width, height)


def snowman(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a snowman among firs."""
    snow: Colour = (0.96, 0.97, 0.99)
    solids = [
        Solid("ball", (0, 0.6, 0), (0.68,), snow, gloss=0.25),
        Solid("ball", (0, 1.5, 0), (0.48,), snow, gloss=0.25),
        Solid("ball", (0, 2.18, 0), (0.35,), snow, gloss=0.25),
        Solid("cone", (0, 2.16, 0.46), (0.07, 0.17, 0.01), (0.95, 0.5, 0.15), (0, 1.5708, 0), gloss=0.3),
        Solid("ring", (0, 1.86, 0), (0.33, 0.1), light.accents[0], (0, 0.1, 0), gloss=0.15),
        Solid("rod", (0.2, 1.55, 0.44), (0.09, 0.22), light.accents[0], (0, -0.2, 0.1), gloss=0.15),
        Solid("drum", (0, 2.47, 0), (0.4, 0.03), _DARK, gloss=0.3),
        Solid("drum", (0, 2.68, 0), (0.26, 0.2), _DARK, gloss=0.3),
        Solid("drum", (0, 2.53, 0), (0.27, 0.045), light.accents[2], gloss=0.3),
        Solid("rod", (0.72, 1.62, 0), (0.03, 0.36), (0.36, 0.25, 0.17), (0, 0, -1.0), gloss=0.1),
        Solid("rod", (-0.72, 1.62, 0), (0.03, 0.36), (0.36, 0.25, 0.17), (0, 0, 1.0), gloss=0.1),
    ]
    solids += [Solid("ball", (x, 2.26, 0.31), (0.045,), _DARK, gloss=0.9) for x in (-0.12, 0.12)]
    solids += [Solid("ball", (0, y, z), (0.05,), _DARK, gloss=0.9) for y, z in ((1.68, 0.44), (1.45, 0.48), (1.2, 0.42))]
    for x, z, size in ((-1.9, -1.4, 1.7), (1.8, -1.7, 2.0), (2.6, -0.4, 1.2), (-2.7, -0.3, 1.3), (-0.7, -2.8, 1.8)):
        solids += _moved(_tree(rng, light, round_crown=False), x, z, size)
        solids.append(Solid("cone", (x, size * 1.28, z), (size * 0.13, size * 0.08, 0.01), snow, gloss=0.2))
    stage = _stage(rng, light, distance=7.4, height=2.2, look=1.2)
    return render(solids, Stage(stage.eye, stage.target, stage.sky, mix(snow, stage.floor, 0.2), stage.lamp, stage.key, stage.view), width, height)
