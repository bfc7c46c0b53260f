"""Lakes, falls and the sea."""

import numpy as np

from data.gallery.colour import Palette, mix, shade, vary
from data.gallery.scene import (
    Area,
    Line,
    Mark,
    Scene,
    blob,
    ellipse,
    limb,
    mirror_in_water,
    place,
    points,
    rectangle,
    shifted,
    smooth,
    veil,
)
from data.gallery.subjects import animals, land, plants, vehicles

Rng = np.random.Generator


def alpine_lake(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return mountains and firs over their reflection."""
    level = rng.uniform(0.6, 0.68)
    snow = light.light
    far: list[Mark] = []
    for depth, (height, sharp) in enumerate(((0.44, 0.56), (0.27, 0.52))):
        paint = mix(light.far, light.middle, depth * 0.8)
        peaks = land.ridge(rng, aspect, level, height, sharp=sharp)
        peaks[-2:, 1] = level
        far.append(Area(peaks, shade(paint, 0.05), mix(paint, light.horizon, 0.45), grain=1.0))
        if depth == 0:
            line = peaks[:-2]
            cap = level - height * 0.6
            for start in range(0, len(line) - 8, 8):
                top = line[start : start + 9]
                if top[:, 1].min() < cap:
                    drop = np.clip((cap - top[::-1, 1]) * rng.uniform(0.5, 0.9, len(top)), 0, None)
                    foot = top[::-1] + np.stack([rng.normal(0, 0.004, len(top)), drop], axis=1)
                    far.append(Area(np.vstack([top, foot]), mix(snow, light.horizon, 0.12), contour=0.2, grain=2.2))
    trees: list[Mark] = []
    for x in np.sort(rng.uniform(-0.05, aspect + 0.05, 26)):
        size = rng.uniform(0.07, 0.17) * (1.35 if abs(x - aspect / 2) > aspect * 0.28 else 0.7)
        tone = mix(light.leaf, light.far, rng.uniform(0, 0.45))
        trees += place(plants.conifer(rng, tone, light.dark), x, level + 0.012, size)
    bank = Area(
        rectangle(-0.05, level - 0.006, aspect + 0.05, level + 0.016), mix(light.near, light.leaf, 0.4), contour=0.3
    )
    disc = (aspect * rng.uniform(0.2, 0.8), rng.uniform(0.13, 0.22), 0.05)
    behind = land.sky(rng, light, aspect, disc=disc, cloudy=2)
    water = land.water(rng, light, aspect, level, glint=disc[0])
    shore = place(vehicles.rowing_boat(light.accents[0]), aspect * rng.uniform(0.25, 0.75), level + 0.2, 0.16)
    marks = [
        *behind,
        *far,
        water[0],
        *mirror_in_water([*far, *trees], level + 0.012, water[0].colour),
        *water[1:],
        *trees,
        bank,
        *shore,
    ]
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def waterfall(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a fall between cliffs into a pool."""
    x, wide = aspect * rng.uniform(0.42, 0.58), 0.13
    pool = 0.76
    marks = land.sky(rng, light, aspect, disc=(aspect * 0.75, 0.13, 0.045), cloudy=2)
    marks.append(
        Area(land.ridge(rng, aspect, 0.5, 0.26, sharp=0.5), mix(light.far, light.horizon, 0.3), light.far, grain=1.2)
    )
    marks.append(
        Area(rectangle(-0.1, 0.34, aspect + 0.1, 0.8), shade(light.middle, -0.2), light.near, contour=0.3, grain=1.5)
    )
    for side in (-1, 1):
        edge = [(x + side * wide * 0.8, 0.3)]
        edge += [(x + side * wide * (0.8 + rng.uniform(-0.12, 0.3) + 0.1 * i), 0.3 + 0.075 * i) for i in range(1, 7)]
        border = -0.1 if side < 0 else aspect + 0.1
        top = [(border, 0.24), ((border + x) / 2, 0.27 + rng.uniform(-0.03, 0.03))]
        cliff = points([*edge, (border, 0.8), *top])
        marks.append(Area(cliff, shade(light.middle, 0.1), shade(light.near, -0.1), grain=1.4))
        for _ in range(11):
            cx, cy = x + side * rng.uniform(wide * 1.3, aspect * 0.55), rng.uniform(0.34, 0.74)
            crack = points(
                [cx, cy, cx + rng.normal(0, 0.02), cy + 0.05, cx + rng.normal(0, 0.02), cy + rng.uniform(0.08, 0.14)]
            )
            marks.append(Line(crack, shade(light.near, -0.4), 0.006, 0.001))
        for step in range(5):
            tree = plants.conifer if step % 2 else plants.round_tree
            tone = mix(light.leaf, light.far, 0.2)
            marks += place(
                tree(rng, tone, light.dark),
                x + side * (wide * 1.4 + step * aspect * 0.1),
                0.3 - 0.012 * step,
                rng.uniform(0.13, 0.23),
            )
    fall = mix(light.light, light.zenith, 0.12)
    marks.append(
        Area(
            smooth(
                [
                    x - wide * 0.75,
                    0.3,
                    x - wide * 0.9,
                    0.5,
                    x - wide * 1.05,
                    pool + 0.01,
                    x + wide * 1.05,
                    pool + 0.01,
                    x + wide * 0.9,
                    0.5,
                    x + wide * 0.75,
                    0.3,
                ]
            ),
            fall,
            mix(fall, light.middle, 0.15),
            grain=1.57,
        )
    )
    for offset in np.linspace(-0.8, 0.8, 15):
        start = 0.31 + rng.uniform(0, 0.2)
        thread = points([x + offset * wide * 0.85, start, x + offset * wide * 1.0, start + rng.uniform(0.12, 0.26)])
        marks.append(Line(thread, mix(fall, light.far, rng.uniform(0.25, 0.6)), 0.005, 0.002))
    marks += land.water(rng, light, aspect, pool, glint=x)
    for _ in range(9):
        foam = blob(rng, x + rng.normal(0, wide * 0.7), pool + rng.uniform(-0.01, 0.02), 0.05, 0.026)
        marks.append(Area(foam, light.light, contour=0.2, blur=0.006, strength=0.85))
    marks += land.stones(rng, light, aspect * 0.12, 0.93, 0.09) + land.stones(rng, light, aspect * 0.9, 0.96, 0.11)
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def palm_beach(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return palms over a bay with a sail."""
    level = 0.56
    disc = (aspect * rng.uniform(0.35, 0.65), level - rng.uniform(0.1, 0.2), 0.08)
    marks = land.sky(rng, light, aspect, disc=disc)
    island = land.ridge(rng, aspect, level, 0.12, sharp=0.4)
    island[:-2, 1] = level - (level - island[:-2, 1]) * np.exp(
        -(((island[:-2, 0] - aspect * 0.75) / (aspect * 0.2)) ** 2)
    )
    marks.append(Area(island, mix(light.far, light.horizon, 0.25), light.far, grain=0.8))
    marks += land.water(rng, light, aspect, level, glint=disc[0])
    marks += place(
        vehicles.sailing_boat(light.accents[2], light.light), aspect * rng.uniform(0.3, 0.7), level + 0.06, 0.2
    )
    sand = mix(light.accents[1], light.light, 0.45)
    side = bool(rng.random() < 0.5)
    shore = smooth([-0.2, 0.86, aspect * 0.3, 0.8, aspect * 0.7, 0.9, aspect + 0.2, 0.83, aspect + 0.3, 1.2, -0.3, 1.2])
    marks.append(Area(shifted(shore, 0, -0.016), light.light, contour=0.2, strength=0.8))
    marks.append(Area(shore, sand, shade(sand, -0.2), grain=0.1))
    for x, size in ((0.12, 0.8), (0.26, 0.6), (0.02, 0.55)):
        tree = place(
            plants.palm(rng, light.leaf, mix(light.dark, light.accents[0], 0.25)),
            aspect * (1 - x if side else x),
            0.93,
            size,
        )
        marks += tree
    marks += place(animals.flying_bird(light.light), aspect * 0.55, 0.2, 0.07) + place(
        animals.flying_bird(light.light), aspect * 0.63, 0.25, 0.05
    )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def great_wave(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a heavy sea with a boat on it and gulls."""
    disc = (aspect * rng.uniform(0.2, 0.8), 0.28, 0.11)
    marks = land.sky(rng, light, aspect, disc=disc)
    for depth in range(6):
        share = depth / 5
        paint = mix(mix(light.far, light.horizon, 0.2), light.near, share)
        if depth == 3:
            x = aspect * rng.uniform(0.4, 0.6)
            marks += place(
                vehicles.sailing_boat(light.accents[0], light.light), x, 0.66, 0.36, angle=rng.uniform(-0.2, 0.2)
            )
        marks += land.wave(
            aspect,
            0.52 + 0.095 * depth,
            0.03 + 0.045 * share,
            rng.uniform(-0.26, 0),
            paint=shade(paint, 0.1),
            foot=shade(paint, -0.12),
        )
    for _ in range(6):
        gull = animals.flying_bird(light.light if light.is_night else light.dark, lift=rng.uniform(0, 1))
        marks += place(gull, rng.uniform(0.1, aspect - 0.1), rng.uniform(0.08, 0.45), rng.uniform(0.05, 0.1))
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def reef(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return fish over a coral reef."""
    top, deep = mix(light.horizon, (0.35, 0.8, 0.85), 0.6), mix(light.zenith, (0.03, 0.2, 0.36), 0.65)
    marks: list[Mark] = []
    for step in range(6):
        x = aspect * (0.1 + 0.16 * step) + rng.uniform(-0.05, 0.05)
        marks.append(
            Area(
                points([x, -0.05, x + 0.07, -0.05, x - 0.1, 0.9, x - 0.32, 0.9]),
                light.light,
                blur=0.02,
                contour=0,
                strength=0.16,
            )
        )
    for depth in range(3):
        paint = mix(deep, shade(light.near, -0.2), 0.3 + 0.3 * depth)
        marks.append(
            Area(
                land.ridge(rng, aspect, 0.86 + 0.07 * depth, 0.16 - 0.03 * depth, sharp=0.5),
                shade(paint, 0.15),
                paint,
                grain=1.0,
            )
        )
        for _ in range(5):
            x, y = rng.uniform(0, aspect), 0.86 + 0.07 * depth
            coral = vary(rng, light.accents[rng.integers(3)], 0.05)
            if rng.random() < 0.5:
                marks += place(
                    veil(plants.bare_tree(rng, coral, depth=3), deep, 0.4 - 0.2 * depth),
                    x,
                    y + 0.02,
                    rng.uniform(0.18, 0.3),
                )
            else:
                for blade in range(5):
                    sway = rng.uniform(-0.05, 0.05)
                    weed = limb(
                        [
                            (x + blade * 0.014, y + 0.05),
                            (x + blade * 0.014 + sway, y - 0.1),
                            (x + blade * 0.014 - sway, y - rng.uniform(0.16, 0.3)),
                        ],
                        [0.014, 0.018, 0.004],
                    )
                    marks.append(Area(weed, mix(light.leaf, deep, 0.35 - 0.15 * depth), contour=0.6, grain=1.5))
    for step in range(13):
        paint, other = light.accents[step % 3], light.accents[(step + 1) % 3]
        fish: list[Mark] = [
            Area(smooth([-0.34, 0, -0.6, -0.24, -0.54, 0, -0.6, 0.24]), other, grain=0.2),
            Area(smooth([-0.1, -0.2, 0.1, -0.4, 0.2, -0.16]), other, grain=0.8),
            Area(
                smooth([0.5, 0.02, 0.28, -0.22, -0.02, -0.26, -0.42, 0, -0.02, 0.24, 0.28, 0.2]),
                shade(paint, 0.1),
                shade(paint, -0.15),
                grain=0.1,
            ),
            Area(
                smooth([0.08, -0.25, 0.17, -0.23, 0.15, 0, 0.16, 0.23, 0.08, 0.24, 0.06, 0]), light.light, contour=0.3
            ),
            Area(ellipse(0.33, -0.06, 0.055, 0.055), (1, 1, 1), contour=0.5),
            Area(ellipse(0.345, -0.06, 0.03, 0.03), (0.08, 0.08, 0.1), contour=0),
        ]
        size = rng.uniform(0.06, 0.11) if step else 0.3
        spot = (aspect * 0.52, 0.46) if not step else (rng.uniform(0.08, aspect - 0.08), rng.uniform(0.1, 0.75))
        marks += place(veil(fish, deep, 0.0 if size > 0.2 else 0.3), *spot, size, flip=bool(rng.random() < 0.4))
    for _ in range(24):
        size = rng.uniform(0.004, 0.012)
        marks.append(
            Area(
                ellipse(rng.uniform(0, aspect), rng.uniform(0, 0.8), size, size, sides=14),
                light.light,
                contour=0.4,
                strength=0.55,
            )
        )
    return Scene(aspect, top, deep, tuple(marks))
