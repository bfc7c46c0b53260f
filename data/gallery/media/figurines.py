"""3D toys and figures built from solids."""

import numpy as np
from PIL import Image

from data.gallery.colour import Colour, Palette, mix, shade
from data.gallery.media.props import DARK, Rng, moved, open_stage, tree
from data.gallery.media.solid import Solid, Stage, render


def cat_figure(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a china cat beside a ball of wool."""
    coat = ((0.87, 0.52, 0.24), (0.93, 0.9, 0.86), (0.2, 0.2, 0.23), (0.55, 0.55, 0.58))[rng.integers(4)]
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
            Solid(
                "cone", (side * 0.275, 1.85, 0.12), (0.11, 0.14, 0.01), (0.9, 0.6, 0.6), (0, 0, -side * 0.25), gloss=0.3
            ),
            Solid("ball", (side * 0.17, 1.56, 0.4), (0.085,), (0.55, 0.75, 0.3), gloss=1.0),
            Solid("egg", (side * 0.17, 1.56, 0.47), (0.03, 0.065, 0.03), DARK, gloss=1.0),
            Solid("egg", (side * 0.24, 0.13, 0.42), (0.17, 0.13, 0.22), belly, gloss=0.5),
            Solid("rod", (side * 0.2, 0.5, 0.4), (0.11, 0.28), coat, (0, -0.1, 0), gloss=0.5),
        ]
        cat += [
            Solid(
                "rod",
                (side * 0.4, 1.38 + 0.05 * k, 0.4),
                (0.009, 0.17),
                (0.95, 0.95, 0.95),
                (0, 0, 1.5708 + side * (0.12 * k)),
                gloss=0.2,
            )
            for k in (-1, 0, 1)
        ]
    wool = light.accents[0]
    solids = moved(cat, (-0.25, 0, 0), 1.0, rng.uniform(-0.3, 0.3))
    solids += [Solid("ball", (1.05, 0.4, 0.5), (0.38,), wool, gloss=0.1)]
    solids += [
        Solid(
            "ring",
            (1.05, 0.4, 0.5),
            (0.375, 0.035),
            shade(wool, rng.uniform(-0.15, 0.2)),
            (rng.uniform(0, 3), rng.uniform(0, 3), rng.uniform(0, 3)),
            gloss=0.1,
        )
        for _ in range(9)
    ]
    return render(
        solids, open_stage(rng, light, distance=5.6, look=0.95, height=1.9, side=rng.uniform(-0.3, 0.3)), width, height
    )


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
        Solid("egg", (0, 1.48, 0.65), (0.1, 0.075, 0.07), DARK, gloss=1.0),
        Solid("egg", (0, 1.24, 0.52), (0.09, 0.12, 0.05), (0.9, 0.42, 0.45), (0, 0.3, 0), gloss=0.6),
        Solid("rod", (0.0, 0.5, -0.68), (0.08, 0.28), coat, (0, -0.9, 0), gloss=0.4),
    ]
    for side in (-1, 1):
        dog += [
            Solid("egg", (side * 0.44, 1.42, 0.0), (0.12, 0.34, 0.22), ear, (0, 0, side * 0.22), gloss=0.4),
            Solid("ball", (side * 0.17, 1.62, 0.38), (0.07,), DARK, gloss=1.0),
            Solid("egg", (side * 0.22, 0.12, 0.42), (0.17, 0.12, 0.24), muzzle, gloss=0.4),
            Solid("rod", (side * 0.2, 0.48, 0.34), (0.12, 0.28), coat, gloss=0.4),
            Solid("egg", (side * 0.42, 0.28, 0.0), (0.2, 0.28, 0.34), coat, gloss=0.4),
        ]
    bone: Colour = (0.95, 0.92, 0.85)
    toy = [Solid("rod", (0, 0.12, 0), (0.075, 0.26), bone, (0, 0, 1.5708), gloss=0.4)]
    toy += [Solid("ball", (x, 0.12, z), (0.115,), bone, gloss=0.4) for x in (-0.3, 0.3) for z in (-0.09, 0.09)]
    solids = moved(dog, (-0.15, 0, 0), 1.0, rng.uniform(-0.5, 0.5)) + moved(
        toy, (1.0, 0, 0.75), 1.0, rng.uniform(-0.8, 0.8)
    )
    solids += [Solid("ball", (-1.2, 0.24, 0.5), (0.24,), light.accents[2], gloss=0.8)]
    return render(
        solids, open_stage(rng, light, distance=5.6, look=0.95, height=1.9, side=rng.uniform(-0.3, 0.3)), width, height
    )


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
        Solid("ball", (0.76, 1.32, 0.24), (0.075,), DARK, gloss=1.0),
        Solid("ball", (0.76, 1.32, -0.24), (0.075,), DARK, gloss=1.0),
    ]
    solids = moved(bird, (1.3, 0, -0.1), 0.95, 0.35)
    for step in range(3):
        solids += moved(
            bird,
            (-0.35 - 0.8 * step, 0, 0.45 + rng.uniform(-0.15, 0.15)),
            rng.uniform(0.4, 0.48),
            0.35 + rng.uniform(-0.4, 0.4),
        )
    return render(solids, open_stage(rng, light, look=0.6, height=1.8, side=rng.uniform(-0.2, 0.2)), width, height)


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
            group.append(
                Solid(
                    "egg",
                    (float(reach * np.cos(turn)), tall + float(reach * np.sin(turn)), 0.05),
                    (0.21, (0.115, 0.085, 0.15)[step], 0.06),
                    petal,
                    (0, 0, float(turn)),
                    gloss=0.35,
                )
            )
        solids += moved(group, (x, 0, z), 1.0, rng.uniform(-0.15, 0.15))
    return render(
        solids, open_stage(rng, light, distance=6.4, look=1.15, height=1.9, side=rng.uniform(-0.2, 0.2)), width, height
    )


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
            Solid("ball", (-0.1, 1.47, 0.285), (0.035,), DARK, gloss=1.0),
            Solid("ball", (0.1, 1.47, 0.285), (0.035,), DARK, gloss=1.0),
            Solid("ball", (0, 1.41, 0.31), (0.035,), shade(skin, -0.15), gloss=0.4),
            Solid("rod", (-0.34, 0.82, 0.06), (0.075, 0.24), shade(coat, 0.08), (0, 0, -0.35), gloss=0.45),
            Solid("rod", (0.34, 0.82, 0.06), (0.075, 0.24), shade(coat, 0.08), (0, 0, 0.35), gloss=0.45),
            Solid("ball", (-0.43, 0.56, 0.06), (0.08,), skin, gloss=0.4),
            Solid("ball", (0.43, 0.56, 0.06), (0.08,), skin, gloss=0.4),
        ]
        solids += moved(person, (x, 0, z), size, rng.uniform(-0.3, 0.3))
    return render(
        solids, open_stage(rng, light, distance=6.4, look=0.85, height=1.7, side=rng.uniform(-0.2, 0.2)), width, height
    )


def toy_bicycle(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a bicycle of tubes and rings."""
    frame = light.accents[0]
    steel: Colour = (0.78, 0.78, 0.8)

    def tube(a: tuple[float, float], b: tuple[float, float], radius: float, paint: Colour, z: float = 0.0) -> Solid:
        dx, dy = b[0] - a[0], b[1] - a[1]
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, z)
        return Solid(
            "rod", middle, (radius, float(np.hypot(dx, dy)) / 2), paint, (0, 0, float(np.arctan2(-dx, dy))), gloss=0.8
        )

    rear, front, pedal, seat, head = (-0.95, 0.66), (0.95, 0.66), (-0.12, 0.62), (-0.42, 1.5), (0.66, 1.55)
    solids = [
        tube(*ends, 0.05, frame) for ends in ((rear, pedal), (rear, seat), (pedal, seat), (seat, head), (pedal, head))
    ]
    solids += [
        tube(front, (0.62, 1.8), 0.045, frame),
        tube((0.62, 1.8), (0.3, 1.92), 0.04, steel),
        tube(seat, (-0.47, 1.68), 0.035, steel),
    ]
    for x, y in (rear, front):
        solids += [
            Solid("ring", (x, y, 0), (0.6, 0.06), DARK, (0, 1.5708, 0), gloss=0.3),
            Solid("ring", (x, y, 0), (0.53, 0.025), steel, (0, 1.5708, 0), gloss=0.8, metal=True),
        ]
        solids += [
            Solid("rod", (x, y, 0), (0.01, 0.53), steel, (0, 0, float(turn)), gloss=0.5)
            for turn in np.linspace(0, np.pi, 7, endpoint=False)
        ]
    solids += [
        Solid("egg", (-0.5, 1.72, 0), (0.26, 0.07, 0.13), (0.3, 0.19, 0.13), gloss=0.4),
        Solid("drum", (*pedal, 0.05), (0.17, 0.02), steel, (0, 1.5708, 0), gloss=0.8, metal=True),
        tube(pedal, (0.05, 0.36), 0.025, steel, 0.1),
        Solid("block", (0.05, 0.34, 0.16), (0.12, 0.025, 0.07), DARK),
        Solid("block", (1.0, 1.55, 0), (0.24, 0.18, 0.22), mix((0.7, 0.5, 0.3), light.accents[1], 0.3), gloss=0.15),
    ]
    solids += [
        Solid(
            "ball",
            (1.0 + rng.uniform(-0.17, 0.17), 1.77 + rng.uniform(0, 0.06), rng.uniform(-0.15, 0.15)),
            (0.1,),
            light.accents[rng.integers(3)],
            gloss=0.4,
        )
        for _ in range(9)
    ]
    yaw = rng.uniform(-0.5, 0.5)
    return render(
        moved(solids, (0, 0, 0), 1.05, yaw),
        open_stage(rng, light, distance=6.2, look=1.0, height=1.8, side=0.0),
        width,
        height,
    )


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
            car += [
                Solid("ball", (0.99, 0.48, side * 0.3), (0.1,), (1, 0.96, 0.8), gloss=1.0, glow=0.5),
                Solid("ball", (-0.99, 0.48, side * 0.3), (0.08,), (0.8, 0.1, 0.08), gloss=1.0),
            ]
            for front in (-0.6, 0.6):
                car += [
                    Solid("drum", (front, 0.25, side * 0.45), (0.25, 0.1), DARK, (0, 1.5708, 0), gloss=0.2),
                    Solid(
                        "drum", (front, 0.25, side * 0.52), (0.13, 0.06), (0.86, 0.86, 0.84), (0, 1.5708, 0), gloss=0.8
                    ),
                ]
        solids += moved(car, (x, 0, z), 1.05 if step == 0 else 0.9, yaw)
    return render(solids, open_stage(rng, light, height=2.6, look=0.35, view=0.6), width, height)


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
        Solid("drum", (0, 2.47, 0), (0.4, 0.03), DARK, gloss=0.3),
        Solid("drum", (0, 2.68, 0), (0.26, 0.2), DARK, gloss=0.3),
        Solid("drum", (0, 2.53, 0), (0.27, 0.045), light.accents[2], gloss=0.3),
        Solid("rod", (0.72, 1.62, 0), (0.03, 0.36), (0.36, 0.25, 0.17), (0, 0, -1.0), gloss=0.1),
        Solid("rod", (-0.72, 1.62, 0), (0.03, 0.36), (0.36, 0.25, 0.17), (0, 0, 1.0), gloss=0.1),
    ]
    solids += [Solid("ball", (x, 2.26, 0.31), (0.045,), DARK, gloss=0.9) for x in (-0.12, 0.12)]
    solids += [Solid("ball", (0, y, z), (0.05,), DARK, gloss=0.9) for y, z in ((1.68, 0.44), (1.45, 0.48), (1.2, 0.42))]
    for x, z, size in ((-1.9, -1.4, 1.7), (1.8, -1.7, 2.0), (2.6, -0.4, 1.2), (-2.7, -0.3, 1.3), (-0.7, -2.8, 1.8)):
        solids += moved(tree(rng, light, round_crown=False), (x, 0, z), size)
        solids.append(Solid("cone", (x, size * 1.28, z), (size * 0.13, size * 0.08, 0.01), snow, gloss=0.2))
    stage = open_stage(rng, light, distance=7.4, height=2.2, look=1.2)
    return render(
        solids,
        Stage(stage.eye, stage.target, stage.sky, mix(snow, stage.floor, 0.2), stage.lamp, stage.key, stage.view),
        width,
        height,
    )
