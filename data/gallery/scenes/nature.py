"""Fields, woods, deserts and skies."""

import numpy as np

from data.gallery.colour import Palette, mix, shade, vary
from data.gallery.scene import (
    Area,
    Line,
    Mark,
    Scene,
    ellipse,
    limb,
    place,
    points,
    shifted,
    smooth,
    veil,
)
from data.gallery.subjects import animals, buildings, land, plants, vehicles

Rng = np.random.Generator


def rolling_hills(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return fields on hills with a tree, a cottage and a path."""
    marks = land.sky(rng, light, aspect, disc=(aspect * rng.uniform(0.15, 0.85), 0.2, 0.055))
    for depth in range(5):
        level = 0.46 + 0.115 * depth
        paint = mix(mix(light.far, light.horizon, 0.35), light.leaf, depth / 4)
        paint = vary(rng, mix(paint, light.accents[1], 0.12 * (depth % 2)), 0.015)
        ground = land.hill(rng, aspect, level, 0.05)
        marks.append(Area(ground, shade(paint, 0.1), shade(paint, -0.2), grain=0.2 + 0.2 * depth))
        for row in range(1, 5 if depth % 2 else 2):
            furrow = shifted(ground[:-2], 0, 0.02 * row * (0.6 + depth * 0.3))
            marks.append(Line(furrow[10 * depth : 22 + 8 * depth], shade(paint, -0.16), 0.003, 0.001))
        for x in rng.uniform(0.05, aspect - 0.05, 5 - depth if depth < 4 else 0):
            size = 0.05 + 0.045 * depth
            tree = plants.round_tree if rng.random() < 0.6 else plants.poplar
            tone = mix(light.leaf, light.far, 0.5 - 0.12 * depth)
            marks += place(tree(rng, shade(tone, -0.1), light.dark), x, land.height_at(ground, x) + 0.008, size)
        if depth == 2:
            x = aspect * rng.uniform(0.55, 0.8)
            house = buildings.cottage(light.light, light.accents[0], lit=light.is_night)
            marks += place(house, x, land.height_at(ground, x) + 0.015, 0.15)
    left = rng.random() < 0.5
    x = aspect * (0.2 if left else 0.8)
    marks += place(plants.round_tree(rng, light.leaf, light.dark), x, 0.97, 0.55)
    marks += land.grass(rng, land.hill(rng, aspect, 0.93, 0.01), light.leaf, aspect)
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def lone_tree(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return one great tree on a hill against a large sun."""
    x = aspect * rng.choice([0.36, 0.5, 0.64])
    ground = land.hill(rng, aspect, 0.8, 0.035)
    marks = land.sky(rng, light, aspect, disc=(x + rng.uniform(-0.12, 0.12), 0.42, 0.2), cloudy=2)
    marks.append(Area(land.hill(rng, aspect, 0.72, 0.03), mix(light.far, light.horizon, 0.3), light.middle, grain=0.1))
    marks.append(Area(ground, light.middle, light.near, grain=0.2))
    kind = rng.random()
    y = land.height_at(ground, x) + 0.02
    if light.mood in {"gloomy", "scary"} or kind < 0.3:
        marks += place(plants.bare_tree(rng, light.dark, lean=rng.uniform(-0.15, 0.15)), x, y, 0.66)
    else:
        marks += place(plants.round_tree(rng, light.leaf, light.dark), x, y, 0.66)
    marks += land.grass(rng, ground, mix(light.leaf, light.near, 0.4), aspect, count=150)
    for _ in range(5):
        bird = animals.flying_bird(light.dark, lift=rng.uniform(0.1, 0.9))
        marks += place(bird, rng.uniform(0.1, aspect - 0.1), rng.uniform(0.1, 0.35), rng.uniform(0.03, 0.06))
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def birch_wood(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return birch trunks one behind the other, with leaves and a deer path of light."""
    marks: list[Mark] = land.sun(light, aspect * rng.uniform(0.3, 0.7), 0.4, 0.12)
    for depth in range(4):
        share = depth / 3
        floor = 0.66 + 0.09 * depth
        haze = mix(light.horizon, light.far, 0.3)
        for x in rng.uniform(-0.02, aspect, (9, 7, 5, 4)[depth]):
            size = 0.35 + 0.3 * share
            trunk = place(plants.birch(rng, height=3.4), x, floor + 0.02, size)
            marks += veil(trunk, haze, 0.75 - 0.72 * share)
        ground = mix(mix(light.middle, light.horizon, 0.5), mix(light.near, light.leaf, 0.35), share)
        marks.append(Area(land.hill(rng, aspect, floor, 0.012), shade(ground, 0.12), ground, contour=0.5, grain=0.1))
        for _ in range(42):
            x, y = rng.uniform(0, aspect), rng.uniform(-0.02, 0.34 - 0.05 * depth) ** 1.0
            paint = mix(
                vary(rng, light.leaf if rng.random() < 0.6 else light.accents[1], 0.04), haze, 0.6 - 0.55 * share
            )
            size = 0.006 + 0.012 * share
            marks.append(Area(ellipse(x, y, size * 1.5, size, angle=rng.uniform(0, 3), sides=10), paint, contour=0.3))
    for _ in range(90):
        spot = ellipse(rng.uniform(0, aspect), rng.uniform(0.86, 1), 0.012, 0.006, angle=rng.uniform(0, 3), sides=9)
        marks.append(Area(spot, vary(rng, light.accents[rng.integers(2)], 0.05), contour=0.3))
    return Scene(aspect, mix(light.zenith, light.horizon, 0.4), light.horizon, tuple(marks))


def poppy_field(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a meadow of poppies and daisies that comes up to our feet."""
    horizon = rng.uniform(0.34, 0.42)
    marks = land.sky(rng, light, aspect, disc=(aspect * rng.uniform(0.2, 0.8), 0.16, 0.05))
    marks.append(
        Area(land.ridge(rng, aspect, horizon + 0.02, 0.12, sharp=0.35), mix(light.far, light.horizon, 0.3), light.far)
    )
    for x in rng.uniform(0, aspect, 7):
        marks += place(
            plants.poplar(rng, mix(light.leaf, light.far, 0.4), light.dark), x, horizon + 0.03, rng.uniform(0.08, 0.16)
        )
    ground = land.hill(rng, aspect, horizon + 0.02, 0.008)
    marks.append(Area(ground, mix(light.leaf, light.horizon, 0.25), shade(light.leaf, -0.3), grain=1.4))
    marks += land.grass(rng, ground, light.leaf, aspect, count=260, tall=0.07)
    for step in range(70):
        depth = (step / 69) ** 1.5
        y = horizon + 0.05 + (0.95 - horizon) * depth
        size = 0.014 + 0.15 * depth**1.25
        x = rng.uniform(-0.02, aspect + 0.02)
        long = size * 1.3
        marks.append(
            Line(points([x + rng.normal(0, 0.01), y + long, x, y]), shade(light.leaf, -0.25), 0.002 + 0.005 * depth)
        )
        if size < 0.03:
            marks.append(
                Area(ellipse(x, y, size * 0.6, size * 0.42, sides=10), vary(rng, light.accents[0], 0.03), contour=0.4)
            )
        else:
            red = step % 6 != 0
            flower = (
                plants.poppy(rng, vary(rng, light.accents[0], 0.03))
                if red
                else plants.daisy(rng, light.light, light.accents[1])
            )
            squash = rng.uniform(0.6, 0.85)
            turned = [
                m
                if isinstance(m, Line)
                else Area(m.outline * (1, squash), m.colour, m.foot, m.blur, m.contour, m.grain)
                for m in flower
            ]
            marks += place(turned, x, y, size, angle=rng.uniform(-0.4, 0.4))
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def desert(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return table mountains, dunes and cactus."""
    marks = land.sky(rng, light, aspect, disc=(aspect * rng.uniform(0.3, 0.7), 0.26, 0.1), cloudy=1)
    for step in range(3):
        x, half, top = (
            aspect * (0.14 + 0.36 * step) + rng.uniform(-0.06, 0.06),
            rng.uniform(0.1, 0.2),
            rng.uniform(0.34, 0.48),
        )
        paint = mix(light.far, light.middle, step / 3)
        mesa = points(
            [
                x - half * 1.35,
                0.66,
                x - half * 1.1,
                top + 0.1,
                x - half,
                top + 0.01,
                x - half * 0.3,
                top,
                x + half * 0.95,
                top + 0.015,
                x + half * 1.06,
                top + 0.1,
                x + half * 1.4,
                0.66,
            ]
        )
        marks.append(Area(mesa, shade(paint, 0.12), shade(paint, -0.1), grain=1.5))
        marks.append(
            Area(
                points(
                    [
                        x + half * 0.3,
                        top,
                        x + half * 0.95,
                        top + 0.015,
                        x + half * 1.06,
                        top + 0.1,
                        x + half * 1.4,
                        0.66,
                        x + half * 0.6,
                        0.66,
                    ]
                ),
                shade(paint, -0.25),
                contour=0.3,
                grain=1.5,
            )
        )
        for band in (0.3, 0.55):
            y = top + (0.66 - top) * band
            marks.append(Line(points([x - half * 1.1, y, x + half * 1.1, y + 0.006]), shade(paint, -0.2), 0.006))
    for depth in range(3):
        paint = mix(light.accents[1] if depth == 1 else light.middle, light.near, depth / 3)
        ground = land.hill(rng, aspect, 0.66 + 0.1 * depth, 0.03)
        marks.append(Area(ground, shade(paint, 0.25), shade(paint, -0.12), grain=0.1))
    for size, x, y in ((0.2, 0.24, 0.78), (0.42, 0.8, 0.95), (0.13, 0.55, 0.74)):
        green = mix(light.leaf, light.dark, 0.15)
        cactus: list[Mark] = [
            Area(
                limb([(-0.05, -0.42), (-0.24, -0.44), (-0.27, -0.72)], [0.1, 0.12, 0.12]), shade(green, -0.1), grain=1.5
            ),
            Area(limb([(0.05, -0.3), (0.22, -0.34), (0.25, -0.6)], [0.1, 0.11, 0.11]), shade(green, -0.15), grain=1.5),
            Area(limb([(0, 0), (0, -0.5), (0, -0.95)], [0.18, 0.19, 0.16]), green, shade(green, -0.25), grain=1.5),
        ]
        cactus += [Line(points([dx, -0.04, dx, -0.93]), shade(green, 0.3), 0.01) for dx in (-0.045, 0.0, 0.045)]
        marks.append(
            Area(
                ellipse(aspect * x + size * 0.25, y, size * 0.4, size * 0.03),
                shade(light.near, -0.2),
                contour=0,
                strength=0.5,
            )
        )
        marks += place(cactus, aspect * x, y, size, flip=bool(rng.random() < 0.5))
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def balloons(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return hot-air balloons over a valley."""
    marks = land.sky(rng, light, aspect, disc=(aspect * rng.uniform(0.2, 0.8), 0.3, 0.07))
    for depth in range(4):
        paint = mix(mix(light.far, light.horizon, 0.5), light.near, depth / 3.5)
        level = 0.66 + 0.11 * depth
        marks.append(
            Area(land.ridge(rng, aspect, level, 0.17 - 0.03 * depth, sharp=0.42), shade(paint, 0.1), paint, grain=0.6)
        )
        marks.append(land.mist(aspect, level, 0.06, light.horizon, 0.45))
    spots = [
        (0.22, 0.62, 0.36),
        (0.7, 0.5, 0.44),
        (0.48, 0.3, 0.2),
        (0.88, 0.28, 0.16),
        (0.36, 0.24, 0.12),
        (0.08, 0.3, 0.14),
    ]
    paints = [light.accents[0], light.accents[1], light.accents[2], light.light]
    for step, (x, y, size) in enumerate(spots):
        pair = paints[step % 4], paints[(step + 1 + step // 3) % 4]
        craft = veil(vehicles.balloon(*pair), light.horizon, 0.0 if size > 0.3 else 0.25)
        marks += place(craft, aspect * x + rng.normal(0, 0.02), y + rng.normal(0, 0.02), size)
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def planets(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a ringed planet over the hills of another world."""
    marks: list[Mark] = land.stars(rng, light, aspect, 0.85, 140)
    x, y, size = aspect * rng.uniform(0.4, 0.66), rng.uniform(0.34, 0.42), rng.uniform(0.17, 0.23)
    body = light.accents[0]
    ring = [
        Line(
            ellipse(x, y, size * scale, size * scale * 0.26, angle=-0.35, sides=90),
            mix(light.accents[1], light.light, tone),
            size * 0.075,
        )
        for scale, tone in ((1.55, 0.1), (1.75, 0.45), (1.95, 0.2))
    ]
    for line in ring:
        marks.append(Line(line.points[45:], line.colour, line.width))
    marks.append(Area(ellipse(x, y, size, size), shade(body, 0.15), shade(body, -0.35), grain=-0.35))
    for band in (-0.55, -0.2, 0.1, 0.45):
        half = np.sqrt(1 - band**2) * size
        stripe = smooth(
            [-half, band * size, 0, band * size + size * 0.07, half, band * size, 0, band * size + size * 0.17]
        )
        turned = shifted(stripe @ np.array([[np.cos(0.35), -np.sin(0.35)], [np.sin(0.35), np.cos(0.35)]]), x, y)
        marks.append(Area(turned, shade(body, -0.22), contour=0.2, strength=0.75))
    for line in ring:
        marks.append(Line(np.vstack([line.points[:46]]), line.colour, line.width))
    for dx, dy, radius, paint in ((-0.4, -0.16, 0.05, light.accents[2]), (0.42, 0.02, 0.03, light.accents[1])):
        marks.append(Area(ellipse(x + dx, y + dy, radius, radius), shade(paint, 0.2), shade(paint, -0.4)))
    for depth in range(3):
        paint = mix(light.far, light.near, depth / 2)
        marks.append(
            Area(
                land.ridge(rng, aspect, 0.82 + 0.08 * depth, 0.2 - 0.05 * depth, sharp=0.55),
                shade(paint, 0.12),
                shade(paint, -0.15),
                grain=1.1,
            )
        )
    for _ in range(6):
        cx, cy, size = rng.uniform(0, aspect), rng.uniform(0.9, 0.99), rng.uniform(0.02, 0.06)
        marks.append(
            Area(ellipse(cx, cy, size, size * 0.3), shade(light.near, -0.35), shade(light.near, 0.1), contour=0.5)
        )
    return Scene(aspect, shade(light.zenith, -0.55), mix(light.zenith, light.far, 0.4), tuple(marks))
