"""Single buildings, roads and people in open country."""

import numpy as np

from data.gallery.colour import Palette, mix, shade, vary
from data.gallery.scene import (
    Area,
    Line,
    Mark,
    Scene,
    ellipse,
    place,
    points,
    rectangle,
    rotate,
    shifted,
    smooth,
)
from data.gallery.subjects import animals, buildings, land, people, plants, vehicles

Rng = np.random.Generator


def lighthouse_coast(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a lighthouse on its rock above a moving sea."""
    flip = bool(rng.random() < 0.5)
    x = aspect * (0.7 if flip else 0.3)
    dark = light.is_night or light.mood == "gloomy"
    marks = land.sky(rng, light, aspect, disc=(aspect - x, 0.24, 0.075), cloudy=4)
    if dark:
        for side in (-1, 1):
            beam = points([x, 0.235, x + side * aspect * 0.9, 0.08, x + side * aspect * 0.9, 0.26])
            marks.append(Area(beam, buildings.GLOW, blur=0.012, contour=0, strength=0.35))
    for depth in range(3):
        paint = mix(light.far, light.near, depth / 4)
        marks += land.wave(
            aspect,
            0.62 + 0.07 * depth,
            0.018 + 0.012 * depth,
            rng.uniform(-0.26, 0),
            paint=shade(paint, 0.12),
            foot=shade(paint, -0.1),
        )
    rock = smooth([-0.5, 0.42, -0.34, 0.1, -0.2, 0.02, 0.0, -0.02, 0.16, 0.03, 0.24, 0.12, 0.38, 0.2, 0.5, 0.42])
    stone = mix(light.middle, light.dark, 0.35)
    marks.append(Area(shifted(rock, x, 0.68), shade(stone, 0.18), shade(stone, -0.3), grain=1.2))
    for _ in range(16):
        cx, cy = x + rng.normal(0, 0.16), 0.76 + rng.uniform(0, 0.2)
        marks.append(Line(points([cx, cy, cx + rng.normal(0, 0.03), cy + 0.05]), shade(stone, -0.45), 0.006, 0.002))
    marks.append(
        Area(
            shifted(smooth([-0.27, 0.045, -0.1, -0.015, 0.06, -0.03, 0.2, 0.05, 0.05, 0.03, -0.1, 0.035]), x, 0.68),
            light.leaf,
            contour=0.5,
            grain=0.4,
        )
    )
    marks += place(buildings.cottage(light.light, light.accents[0], lit=dark), x - 0.14, 0.7, 0.17)
    marks += place(buildings.lighthouse(light.accents[0], lit=dark), x + 0.03, 0.69, 0.56)
    for depth in range(2):
        paint = mix(light.middle, light.near, 0.6 + 0.4 * depth)
        marks += land.wave(
            aspect, 0.88 + 0.07 * depth, 0.035, rng.uniform(-0.26, 0), paint=paint, foot=shade(paint, -0.2)
        )
    for _ in range(6):
        gull = animals.flying_bird(light.light, lift=rng.uniform(0, 0.9))
        marks += place(gull, aspect - x + rng.normal(0, 0.18), rng.uniform(0.3, 0.55), rng.uniform(0.04, 0.09))
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def windmill_tulips(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a windmill behind beds of tulips."""
    level = 0.58
    marks = land.sky(rng, light, aspect, disc=(aspect * 0.82, 0.16, 0.06), cloudy=4)
    marks.append(Area(land.hill(rng, aspect, level, 0.008), mix(light.leaf, light.horizon, 0.3), light.leaf, grain=0.0))
    for x in rng.uniform(0, aspect, 6):
        marks += place(
            plants.poplar(rng, mix(light.leaf, light.far, 0.5), light.dark), x, level + 0.01, rng.uniform(0.1, 0.17)
        )
    spot = aspect * rng.choice([0.3, 0.66])
    marks += place(
        buildings.windmill(mix(light.light, light.middle, 0.2), light.accents[0], turn=rng.uniform(0.2, 1.3)),
        spot,
        level + 0.03,
        0.52,
    )
    for row in range(8):
        depth = row / 7
        y = level + 0.05 + 0.34 * depth**1.3
        paint = (light.accents[0], light.accents[1], light.light, light.accents[2])[row % 4]
        marks.append(
            Area(
                rectangle(-0.05, y, aspect + 0.05, y + 0.05 + 0.04 * depth),
                shade(light.leaf, -0.1 - 0.2 * depth),
                contour=0.3,
                grain=1.5,
            )
        )
        size = 0.025 + 0.075 * depth
        for x in np.arange(-0.02, aspect + 0.04, size * 0.62) + rng.uniform(0, size):
            bend = rng.normal(0, 0.15)
            marks.append(Line(points([x, y + size, x, y]), shade(light.leaf, -0.25), size * 0.1))
            marks += place(
                plants.tulip(rng, vary(rng, paint, 0.03)), x, y + rng.normal(0, 0.006), size * 0.75, angle=bend
            )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def pagoda_blossom(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a pagoda on a hill behind a flowering branch."""
    marks = land.sky(rng, light, aspect, disc=(aspect * 0.3, 0.3, 0.14), cloudy=2)
    marks.append(
        Area(
            land.ridge(rng, aspect, 0.7, 0.32, sharp=0.48),
            mix(light.far, light.horizon, 0.4),
            mix(light.far, light.horizon, 0.75),
            grain=1.1,
        )
    )
    marks.append(land.mist(aspect, 0.66, 0.1, light.horizon, 0.7))
    ground = land.hill(rng, aspect, 0.78, 0.03)
    x = aspect * 0.68
    marks += place(
        buildings.pagoda(mix(light.accents[0], light.dark, 0.15), light.accents[2], lit=light.is_night),
        x,
        land.height_at(ground, x) + 0.02,
        0.6,
    )
    marks.append(Area(ground, light.leaf, light.near, grain=0.3))
    for spot in rng.uniform(0.4, 1, 6):
        tree = plants.round_tree(rng, mix(light.accents[0], light.light, 0.45), light.dark)
        marks += place(tree, aspect * spot, land.height_at(ground, aspect * spot) + 0.06, rng.uniform(0.14, 0.22))
    twig = mix(light.dark, light.near, 0.25)
    branch = place(plants.bare_tree(rng, twig, depth=5, lean=0.25), -0.08, 0.92, min(1.0, aspect * 0.85), angle=0.45)
    marks += branch
    tips = [m.points[-1] for m in branch if isinstance(m, Line)]
    petal = mix(light.accents[0], light.light, 0.5)
    for tip in tips[::2]:
        x, y = tip + rng.normal(0, 0.008, 2)
        for turn in np.arange(5) * 1.257 + rng.uniform(0, 1):
            leaf = shifted(rotate(ellipse(0.012, 0, 0.0115, 0.0085, sides=10), turn), x, y)
            marks.append(Area(leaf, vary(rng, petal, 0.03), contour=0.4))
        marks.append(Area(ellipse(x, y, 0.005, 0.005, sides=8), light.accents[0], contour=0))
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def open_road(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a car on a road along the hills."""
    marks = land.sky(rng, light, aspect, disc=(aspect * rng.uniform(0.2, 0.8), 0.24, 0.09))
    for depth in range(3):
        paint = mix(mix(light.far, light.horizon, 0.3), light.middle, depth / 2.5)
        marks.append(
            Area(
                land.ridge(rng, aspect, 0.56 + 0.07 * depth, 0.24 - 0.06 * depth, sharp=0.46),
                shade(paint, 0.1),
                paint,
                grain=0.9,
            )
        )
    marks.append(Area(land.hill(rng, aspect, 0.68, 0.01), light.leaf, mix(light.leaf, light.near, 0.5), grain=0.2))
    for x in np.arange(0.05, aspect, 0.2):
        tree = plants.conifer if light.mood in {"gloomy", "scary"} else plants.round_tree
        marks += place(
            tree(rng, mix(light.leaf, light.near, 0.3), light.dark),
            x + rng.uniform(-0.05, 0.05),
            0.715,
            rng.uniform(0.14, 0.24),
        )
    road = mix(light.near, light.dark, 0.45)
    marks.append(Area(rectangle(-0.05, 0.76, aspect + 0.05, 0.93), shade(road, 0.14), road, contour=0.6, grain=0.0))
    for x in np.arange(-0.1, aspect, 0.22):
        marks.append(
            Area(points([x, 0.85, x + 0.12, 0.85, x + 0.11, 0.862, x - 0.01, 0.862]), light.light, contour=0.2)
        )
    marks.append(
        Area(rectangle(-0.05, 0.93, aspect + 0.05, 1.05), mix(light.leaf, light.near, 0.5), light.near, grain=0.4)
    )
    kind = int(rng.integers(3))
    dark = light.is_night
    car = (
        vehicles.small_car(light.accents[0], lit=dark),
        vehicles.saloon(light.accents[2], lit=dark),
        vehicles.camper(light.accents[0]),
    )[kind]
    size = (0.5, 0.62, 0.56)[kind]
    x = aspect * rng.uniform(0.38, 0.6)
    marks.append(Area(ellipse(x, 0.89, size * 0.52, 0.02), light.dark, blur=0.006, contour=0, strength=0.6))
    marks += place(car, x, 0.892, size, flip=bool(rng.random() < 0.4))
    marks += land.grass(rng, land.hill(rng, aspect, 0.95, 0.005), light.leaf, aspect, count=90, tall=0.06)
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def park_bench(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return two people on a bench under a tree, with a view."""
    marks = land.sky(rng, light, aspect, disc=(aspect * 0.5, 0.4, 0.13))
    marks.append(
        Area(land.ridge(rng, aspect, 0.66, 0.2, sharp=0.42), mix(light.far, light.horizon, 0.4), light.far, grain=0.9)
    )
    marks += land.water(rng, light, aspect, 0.6, glint=aspect * 0.5)
    ground = land.hill(rng, aspect, 0.8, 0.02)
    marks.append(Area(ground, light.leaf, mix(light.leaf, light.near, 0.7), grain=0.4))
    side = 0.14 if rng.random() < 0.5 else 0.86
    marks += place(plants.round_tree(rng, light.leaf, light.dark), aspect * side, 0.92, 0.95)
    skins = people.SKINS[rng.integers(4)], people.SKINS[rng.integers(4)]
    hairs = people.HAIRS[rng.integers(5)], people.HAIRS[rng.integers(4)]
    marks += place(people.sitting_pair(light.accents[0], light.accents[2], skins, hairs), aspect * 0.52, 0.95, 0.5)
    marks += land.grass(rng, ground, light.leaf, aspect, count=170)
    for _ in range(22):
        x, y = rng.uniform(0, aspect), rng.uniform(0.86, 0.99)
        marks += place(plants.daisy(rng, light.light, light.accents[1], petals=8), x, y, 0.02)
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def balloon_child(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a child with a balloon on a flowery hill."""
    marks = land.sky(rng, light, aspect, disc=(aspect * 0.2, 0.18, 0.07), cloudy=4)
    marks.append(Area(land.hill(rng, aspect, 0.66, 0.03), mix(light.leaf, light.horizon, 0.45), light.leaf, grain=0.2))
    x = aspect * rng.uniform(0.4, 0.6)
    ground = land.hill(rng, aspect, 0.8, 0.02)
    marks += place(buildings.cottage(light.light, light.accents[2], lit=light.is_night), aspect * 0.84, 0.7, 0.18)
    marks += place(plants.round_tree(rng, light.leaf, light.dark), aspect * 0.95, 0.72, 0.26)
    marks.append(Area(ground, mix(light.leaf, light.accents[1], 0.12), light.leaf, grain=0.3))
    marks += land.grass(rng, ground, light.leaf, aspect, count=140)
    skin, hair = people.SKINS[rng.integers(4)], people.HAIRS[rng.integers(4)]
    figure = people.child_with_balloon(light.accents[0], light.accents[1], skin, hair)
    marks += place(figure, x, 0.9, 0.43, flip=bool(rng.random() < 0.5))
    for _ in range(26):
        fx, fy = rng.uniform(0, aspect), rng.uniform(0.86, 1.0)
        flower = (
            plants.poppy(rng, light.accents[0])
            if rng.random() < 0.4
            else plants.daisy(rng, light.light, light.accents[1], petals=9)
        )
        marks += place(flower, fx, fy, 0.03 + 0.16 * (fy - 0.86))
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def haunted(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a crooked house between bare trees, with bats and graves."""
    x = aspect * rng.uniform(0.45, 0.58)
    marks = land.sky(rng, light, aspect, disc=(x + rng.choice([-0.28, 0.28]), 0.26, 0.13), cloudy=3)
    marks.append(Area(land.ridge(rng, aspect, 0.8, 0.2, sharp=0.55), light.far, light.middle, grain=1.2))
    ground = smooth(
        [-0.2, 0.95, aspect * 0.2, 0.86, x, 0.72, aspect * 0.8, 0.84, aspect + 0.2, 0.93, aspect + 0.3, 1.3, -0.3, 1.3]
    )
    marks += place(
        buildings.haunted_house(
            mix(light.middle, light.dark, 0.2),
            light.accents[1] if light.mood != "scary" else mix(light.sun, light.accents[0], 0.3),
        ),
        x,
        0.78,
        0.56,
    )
    marks.append(Area(ground, light.near, light.dark, grain=0.5))
    for side, size in ((0.08, 0.75), (0.93, 0.66)):
        marks += place(plants.bare_tree(rng, light.dark, lean=0.15 if side < 0.5 else -0.15), aspect * side, 0.96, size)
    for step in range(5):
        gx, size = aspect * (0.22 + 0.15 * step) + rng.normal(0, 0.02), rng.uniform(0.07, 0.1)
        stone = smooth([-0.4, 0.1, -0.4, -0.7, 0, -1.05, 0.4, -0.7, 0.4, 0.1, 0, 0.14])
        slab = mix(light.far, light.light, 0.25)
        marks += place(
            [
                Area(stone, slab, shade(slab, -0.45)),
                Line(points([0, -0.75, 0, -0.3]), shade(slab, -0.5), 0.08),
                Line(points([-0.18, -0.6, 0.18, -0.6]), shade(slab, -0.5), 0.08),
            ],
            gx,
            0.93 + rng.uniform(-0.03, 0.03),
            size,
            angle=rng.normal(0, 0.12),
        )
    for _ in range(6):
        wing = points(
            [0, 0.02, 0.1, -0.16, 0.2, -0.04, 0.32, -0.12, 0.5, 0.02, 0.38, 0.02, 0.3, 0.1, 0.2, 0.04, 0.1, 0.12]
        )
        bat: list[Mark] = [
            Area(wing, light.dark, contour=0.3),
            Area(wing * (-1, 1), light.dark, contour=0.3),
            Area(ellipse(0, 0.04, 0.06, 0.1), light.dark, contour=0.3),
        ]
        marks += place(
            bat,
            rng.uniform(0.1, aspect - 0.1),
            rng.uniform(0.06, 0.42),
            rng.uniform(0.06, 0.12),
            angle=rng.normal(0, 0.3),
        )
    marks += [land.mist(aspect, 0.9, 0.09, mix(light.far, light.light, 0.3), 0.4)]
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def viaduct(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a steam train on a viaduct across a valley."""
    marks = land.sky(rng, light, aspect, disc=(aspect * 0.2, 0.2, 0.07))
    for depth in range(3):
        paint = mix(mix(light.far, light.horizon, 0.45), light.middle, depth / 2.5)
        marks.append(
            Area(
                land.ridge(rng, aspect, 0.66 + 0.07 * depth, 0.34 - 0.1 * depth, sharp=0.46),
                shade(paint, 0.08),
                mix(paint, light.horizon, 0.2),
                grain=0.9,
            )
        )
    marks.append(land.mist(aspect, 0.74, 0.16, light.horizon, 0.6))
    deck, paint = 0.52, mix(light.near, light.light, 0.22)
    marks += place(
        buildings.bridge(paint, arches=max(4, round(aspect * 5)), wide=aspect * 1.2, high=0.42, rail=0.08),
        aspect / 2,
        deck + 0.42,
        1,
    )
    x = aspect * 0.74
    for step in range(7):
        share = step / 6
        puff = ellipse(
            x + 0.105 - share * 0.46, deck - 0.15 - 0.13 * share**0.7, 0.022 + 0.06 * share, 0.02 + 0.042 * share
        )
        marks.append(
            Area(
                puff,
                mix(light.light, light.horizon, 0.2 + 0.4 * share),
                blur=0.006 + 0.012 * share,
                contour=0.3,
                strength=0.9 - 0.4 * share,
            )
        )
    engine = mix(light.dark, light.accents[2], 0.25)
    train: list[Mark] = [
        Area(rectangle(-0.07, -0.1, 0.13, -0.035), engine, shade(engine, -0.3)),
        Area(rectangle(-0.11, -0.135, -0.05, -0.035), engine),
        Area(rectangle(-0.12, -0.145, -0.04, -0.13), light.accents[0]),
        Area(rectangle(-0.1, -0.12, -0.065, -0.085), light.accents[1], contour=0.5),
        Area(points([0.095, -0.1, 0.115, -0.1, 0.125, -0.15, 0.085, -0.15]), engine),
        Area(points([0.13, -0.05, 0.165, -0.01, 0.13, -0.01]), light.accents[0]),
    ]
    train += [Area(ellipse(wx, -0.025, 0.025, 0.025), light.accents[0]) for wx in (-0.08, -0.02, 0.04, 0.1)]
    for car in range(4):
        left = -0.13 - 0.2 * (car + 1)
        train.append(
            Area(
                rectangle(left, -0.115, left + 0.185, -0.03),
                light.accents[0 if car % 2 else 2],
                shade(light.accents[0 if car % 2 else 2], -0.2),
            )
        )
        train.append(Area(rectangle(left - 0.005, -0.125, left + 0.19, -0.11), light.light, contour=0.6))
        train += [
            Area(
                rectangle(left + 0.018 + 0.042 * w, -0.095, left + 0.046 + 0.042 * w, -0.065),
                buildings.GLOW if light.is_night else light.horizon,
                contour=0.4,
            )
            for w in range(4)
        ]
        train += [Area(ellipse(left + wx, -0.018, 0.018, 0.018), light.dark, contour=0.5) for wx in (0.04, 0.145)]
    marks += place(train, x, deck - 0.012, 1)
    ground = land.hill(rng, aspect, 0.88, 0.02)
    marks.append(Area(ground, light.leaf, light.near, grain=0.4))
    for spot in rng.uniform(0, aspect, 12):
        tree = plants.conifer if rng.random() < 0.5 else plants.round_tree
        marks += place(
            tree(rng, vary(rng, light.leaf, 0.03), light.dark),
            spot,
            land.height_at(ground, spot) + rng.uniform(0.01, 0.08),
            rng.uniform(0.12, 0.2),
        )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))
