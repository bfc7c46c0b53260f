"""Cats, dogs and people as the subject of the picture."""

import zlib

import numpy as np

from data.gallery.colour import Colour, Palette, mix, shade, vary
from data.gallery.scene import Area, Line, Mark, Scene, ellipse, limb, place, points, rectangle, shifted, smooth
from data.gallery.subjects import animals, buildings, land, people, plants

Rng = np.random.Generator

COATS: tuple[Colour, ...] = (
    (0.86, 0.52, 0.24),
    (0.3, 0.3, 0.34),
    (0.93, 0.88, 0.79),
    (0.56, 0.4, 0.28),
    (0.16, 0.15, 0.18),
    (0.68, 0.64, 0.62),
)


def _coat(light: Palette) -> Colour:
    """Return the coat of a light's cat or dog: the same wherever it shows, so that a comic page keeps its hero."""
    coat = COATS[zlib.crc32(light.phrase.encode()) % len(COATS)]
    return mix(coat, light.middle, 0.25 if light.is_night else 0.08)


def cat_window(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a cat on a window sill beside a flower, the town outside."""
    left, right = aspect * 0.5 - 0.4, aspect * 0.5 + 0.4
    outside: list[Mark] = [Area(rectangle(left, 0.06, right, 0.78), light.zenith, light.horizon, contour=0.3)]
    if light.is_night:
        outside += place(land.stars(rng, light, right - left, 0.45, 30), left, 0.06, 1)
    outside += land.sun(light, aspect * 0.5 + 0.18, 0.24, 0.07)
    for depth in range(2):
        for x in np.arange(left, right - 0.06, 0.115):
            high = rng.uniform(0.12, 0.3) * (1.15 - 0.4 * depth)
            paint = mix(light.far, light.near, 0.2 + 0.5 * depth)
            house = points(
                [x, 0.78, x, 0.78 - high, x + 0.055, 0.78 - high - 0.06, x + 0.11, 0.78 - high, x + 0.11, 0.78]
            )
            outside.append(Area(house, paint, contour=0.6, grain=1.5))
            pane = buildings.GLOW if rng.random() < (0.6 if light.is_night else 0.1) else shade(paint, -0.35)
            outside.append(Area(rectangle(x + 0.035, 0.8 - high, x + 0.07, 0.845 - high), pane, contour=0.4))
    wall = mix(light.accents[2], light.light, 0.62) if not light.is_night else mix(light.near, light.accents[2], 0.25)
    frame = mix(light.light, wall, 0.15)
    room: list[Mark] = []
    for edge in (
        rectangle(-0.1, -0.1, left, 1.1),
        rectangle(right, -0.1, aspect + 0.1, 1.1),
        rectangle(-0.1, -0.1, aspect + 0.1, 0.06),
        rectangle(-0.1, 0.78, aspect + 0.1, 1.1),
    ):
        room.append(Area(edge, wall, contour=0, grain=1.5))
    for x in (left - 0.02, right - 0.02):
        room.append(Area(rectangle(x, 0.03, x + 0.04, 0.8), frame, grain=1.5))
    room += [
        Area(rectangle(aspect / 2 - 0.012, 0.05, aspect / 2 + 0.012, 0.78), frame, contour=0.7),
        Area(rectangle(left, 0.03, right, 0.07), frame),
        Area(rectangle(left, 0.36, right, 0.38), frame, contour=0.7),
    ]
    curtain = light.accents[0]
    for side in (-1, 1):
        fold = shifted(
            smooth(points([0.42, -0.05, 0.6, -0.05, 0.62, 0.82, 0.56, 0.83, 0.5, 0.45, 0.44, 0.2]) * (side, 1)),
            aspect / 2,
            0,
        )
        room.append(Area(fold, shade(curtain, 0.08), shade(curtain, -0.2), grain=1.5))
        room += [
            Line(
                shifted(
                    smooth(
                        points([0.5 + 0.03 * k, 0.0, 0.52 + 0.026 * k, 0.4, 0.575 + 0.014 * k, 0.8]) * (side, 1),
                        closed=False,
                    ),
                    aspect / 2,
                    0,
                ),
                shade(curtain, -0.3),
                0.005,
            )
            for k in range(3)
        ]
    sill = mix(light.light, light.accents[1], 0.2)
    room += [
        Area(rectangle(-0.1, 0.795, aspect + 0.1, 0.84), sill, shade(sill, -0.15), grain=0.0),
        Area(rectangle(-0.1, 0.84, aspect + 0.1, 1.1), shade(wall, -0.16), grain=1.5),
    ]
    flip = -1 if rng.random() < 0.5 else 1
    cat = animals.sitting_cat(rng, _coat(light), eyes=(0.62, 0.78, 0.3) if rng.random() < 0.5 else (0.95, 0.75, 0.25))
    room += place(cat, aspect / 2 - flip * 0.13, 0.82, 0.52, flip=flip < 0)
    pot = light.accents[1]
    kind = ("daisy", "tulip", "rose", "poppy")[rng.integers(4)]
    x = aspect / 2 + flip * 0.25
    room += place(plants.potted(rng, kind, (light.accents[0], light.light), light.leaf, stems=5), x, 0.71, 0.36)
    room.append(Area(points([x - 0.075, 0.7, x + 0.075, 0.7, x + 0.055, 0.82, x - 0.055, 0.82]), pot, shade(pot, -0.3)))
    room.append(Area(rectangle(x - 0.085, 0.68, x + 0.085, 0.712), shade(pot, 0.1)))
    return Scene(aspect, wall, wall, (*outside, *room))


def cat_roof(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a cat that walks along a ridge of roofs before a large moon."""
    x = aspect * rng.uniform(0.42, 0.58)
    marks = land.sky(rng, light, aspect, disc=(x, 0.36, 0.27), cloudy=2)
    for step in range(7):
        rx, high = aspect * step / 6 + rng.normal(0, 0.03), rng.uniform(0.7, 0.82)
        paint = mix(light.far, light.near, rng.uniform(0, 0.5))
        marks.append(
            Area(
                points([rx - 0.2, 1.1, rx - 0.2, high + 0.12, rx, high, rx + 0.2, high + 0.12, rx + 0.2, 1.1]),
                paint,
                light.near,
                grain=1.2,
            )
        )
        pane = buildings.GLOW if light.is_night else shade(paint, 0.4)
        marks.append(Area(rectangle(rx - 0.03, high + 0.1, rx + 0.03, high + 0.18), pane, contour=0.6))
    roof = mix(light.accents[0], light.dark, 0.45)
    marks.append(
        Area(points([-0.1, 0.8, aspect + 0.1, 0.8, aspect + 0.3, 1.1, -0.3, 1.1]), roof, shade(roof, -0.3), grain=0.1)
    )
    for row in range(4):
        y = 0.835 + 0.045 * row
        marks += [
            Line(smooth([tx, y, tx + 0.03, y + 0.02, tx + 0.06, y], closed=False), shade(roof, -0.35), 0.005)
            for tx in np.arange(-0.1 + 0.03 * (row % 2), aspect, 0.06)
        ]
    marks.append(Area(limb([(-0.1, 0.8), (aspect + 0.1, 0.8)], [0.035, 0.035]), shade(roof, 0.15), contour=0.8))
    cx = aspect * (0.14 if rng.random() < 0.5 else 0.86)
    marks += [
        Area(rectangle(cx - 0.06, 0.6, cx + 0.06, 0.86), shade(roof, -0.15), grain=0.0),
        Area(rectangle(cx - 0.075, 0.58, cx + 0.075, 0.615), shade(roof, 0.1)),
    ]
    cat = animals.walking_cat(mix(light.dark, _coat(light), 0.3), eyes=light.accents[1])
    marks += place(cat, x, 0.795, 0.42, flip=bool(rng.random() < 0.5))
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def cat_asleep(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a cat asleep on a cushion under a lamp, with books."""
    wall = mix(light.accents[2], light.light, 0.5) if not light.is_night else mix(light.near, light.accents[2], 0.3)
    marks: list[Mark] = []
    for x in np.arange(0.04, aspect, 0.16):
        for y in np.arange(0.05, 0.6, 0.16):
            marks += place(
                plants.leaf(0.08, -1.2 if round(x * 100) % 2 else -1.9, mix(wall, light.light, 0.2)),
                x + (0.08 if round(y * 100) % 32 > 10 else 0),
                y + 0.05,
                1,
            )
    marks.append(
        Area(
            rectangle(-0.1, 0.66, aspect + 0.1, 1.1),
            mix(light.accents[1], light.dark, 0.4),
            mix(light.accents[1], light.dark, 0.6),
            grain=0.0,
        )
    )
    lamp = aspect * (0.83 if rng.random() < 0.5 else 0.17)
    marks.append(Area(ellipse(lamp, 0.33, 0.34, 0.34), buildings.GLOW, blur=0.12, contour=0, strength=0.55))
    marks += [
        Line(points([lamp, 0.7, lamp, 0.34]), light.dark, 0.016),
        Area(ellipse(lamp, 0.71, 0.08, 0.02), light.dark),
        Area(
            points([lamp - 0.14, 0.38, lamp + 0.14, 0.38, lamp + 0.08, 0.2, lamp - 0.08, 0.2]),
            light.accents[1],
            shade(light.accents[1], 0.4),
            grain=1.5,
        ),
    ]
    shelf = aspect - lamp
    for step, (wide, paint) in enumerate(((0.34, light.accents[0]), (0.3, light.accents[2]), (0.27, light.light))):
        y = 0.7 - 0.05 * step
        marks.append(
            Area(rectangle(shelf - wide / 2, y - 0.048, shelf + wide / 2, y), paint, shade(paint, -0.15), grain=0.0)
        )
        marks.append(
            Line(
                points([shelf - wide / 2 + 0.03, y - 0.024, shelf + wide / 2 - 0.03, y - 0.024]),
                shade(paint, 0.5),
                0.006,
            )
        )
    marks += place(plants.potted(rng, "tulip", (light.accents[0],), light.leaf, stems=3), shelf, 0.5, 0.3)
    marks.append(
        Area(
            points([shelf - 0.05, 0.46, shelf + 0.05, 0.46, shelf + 0.065, 0.555, shelf - 0.065, 0.555]),
            light.light,
            shade(light.light, -0.25),
        )
    )
    cushion = light.accents[0]
    marks.append(
        Area(
            shifted(
                smooth([-0.46, 0.1, -0.42, -0.04, 0, -0.08, 0.42, -0.04, 0.46, 0.1, 0.3, 0.15, 0, 0.16, -0.3, 0.15]),
                aspect / 2,
                0.82,
            ),
            shade(cushion, 0.12),
            shade(cushion, -0.25),
            grain=0.1,
        )
    )
    coat = _coat(light)
    marks += place(animals.sleeping_cat(coat), aspect / 2, 0.82, 0.62, flip=bool(rng.random() < 0.5))
    return Scene(aspect, wall, shade(wall, -0.15), tuple(marks))


def dog_meadow(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a dog that sits under a tree with its ball."""
    marks = land.sky(rng, light, aspect, disc=(aspect * 0.76, 0.2, 0.07), cloudy=4)
    marks.append(Area(land.hill(rng, aspect, 0.6, 0.03), mix(light.leaf, light.horizon, 0.5), light.leaf, grain=0.2))
    for x in rng.uniform(0, aspect, 5):
        marks += place(
            plants.round_tree(rng, mix(light.leaf, light.far, 0.4), light.dark), x, 0.64, rng.uniform(0.12, 0.2)
        )
    ground = land.hill(rng, aspect, 0.76, 0.02)
    marks.append(Area(ground, mix(light.leaf, light.accents[1], 0.1), mix(light.leaf, light.near, 0.5), grain=0.4))
    flip = bool(rng.random() < 0.5)
    marks += place(plants.round_tree(rng, light.leaf, light.dark), aspect * (0.86 if flip else 0.14), 0.88, 0.8)
    marks.append(Area(ellipse(aspect / 2, 0.915, 0.26, 0.03), shade(light.near, -0.2), contour=0, strength=0.4))
    marks += land.grass(rng, ground, light.leaf, aspect, count=120)
    marks += place(animals.sitting_dog(_coat(light), collar=light.accents[0]), aspect / 2, 0.92, 0.6, flip=flip)
    ball = aspect / 2 + (-0.34 if flip else 0.34)
    marks += [
        Area(ellipse(ball, 0.9, 0.05, 0.05), light.accents[0], shade(light.accents[0], -0.25)),
        Line(smooth([ball - 0.045, 0.885, ball, 0.905, ball + 0.046, 0.88], closed=False), light.light, 0.012),
    ]
    marks += land.grass(rng, land.hill(rng, aspect, 0.93, 0.005), light.leaf, aspect, count=110, tall=0.05)
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def dog_beach(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a dog that runs along the water's edge."""
    disc = (aspect * rng.uniform(0.25, 0.75), 0.34, 0.11)
    marks = land.sky(rng, light, aspect, disc=disc)
    marks += land.water(rng, light, aspect, 0.5, glint=disc[0])
    for depth in range(2):
        marks += land.wave(
            aspect,
            0.67 + 0.05 * depth,
            0.018,
            rng.uniform(-0.2, 0),
            paint=mix(light.horizon, light.far, 0.5),
            foot=mix(light.light, light.far, 0.3),
        )
    sand = mix(light.accents[1], light.light, 0.5)
    sand = mix(sand, light.middle, 0.4) if light.is_night else sand
    marks.append(Area(land.hill(rng, aspect, 0.76, 0.012), mix(sand, light.far, 0.25), shade(sand, -0.1), grain=0.0))
    x = aspect / 2 + rng.normal(0, 0.05)
    marks.append(Area(ellipse(x, 0.9, 0.34, 0.02), shade(sand, -0.45), contour=0, blur=0.006, strength=0.6))
    marks += place(
        animals.running_dog(_coat(light), collar=light.accents[0]), x, 0.885, 0.62, flip=bool(rng.random() < 0.5)
    )
    for step in range(9):
        spot = ellipse(x - 0.4 - 0.05 * step, 0.93 + 0.012 * (step % 2), 0.013, 0.006, sides=12)
        marks.append(Area(spot, shade(sand, -0.25), contour=0.3))
    for _ in range(5):
        marks += place(
            animals.flying_bird(light.light if light.is_night else light.dark, lift=rng.uniform(0, 1)),
            rng.uniform(0.1, aspect - 0.1),
            rng.uniform(0.08, 0.3),
            rng.uniform(0.04, 0.08),
        )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def portrait(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a portrait before a patterned ground."""
    ground = mix(light.horizon, light.accents[rng.integers(3)], 0.35)
    marks: list[Mark] = []
    pattern = int(rng.integers(3))
    for step in range(90):
        if pattern == 0:
            x, y = rng.uniform(0, aspect), rng.uniform(0, 1)
            marks += place(
                plants.leaf(
                    rng.uniform(0.08, 0.16), rng.uniform(0, 6.3), vary(rng, mix(ground, light.leaf, 0.45), 0.03)
                ),
                x,
                y,
                1,
            )
        elif pattern == 1:
            turn = step / 90 * 2 * np.pi
            ray = points(
                [
                    aspect / 2,
                    0.45,
                    aspect / 2 + 2 * np.cos(turn),
                    0.45 + 2 * np.sin(turn),
                    aspect / 2 + 2 * np.cos(turn + 0.035),
                    0.45 + 2 * np.sin(turn + 0.035),
                ]
            )
            marks.append(Area(ray, mix(ground, light.sun, 0.55), contour=0.2))
        elif step < 14:
            marks += place(
                plants.rose(rng, vary(rng, light.accents[step % 3], 0.04)),
                rng.uniform(0, aspect),
                rng.uniform(0, 1),
                rng.uniform(0.12, 0.24),
            )
    if pattern == 2:
        marks.append(Area(ellipse(aspect / 2, 0.45, 0.42, 0.44), mix(light.light, light.horizon, 0.3), contour=0.8))
    hat = light.accents[2] if rng.random() < 0.45 else None
    figure = people.portrait(
        people.SKINS[rng.integers(4)],
        people.HAIRS[rng.integers(5)],
        light.accents[rng.integers(2)],
        light.accents[2],
        hat=hat,
        glasses=bool(rng.random() < 0.4),
    )
    marks += place(figure, aspect / 2, 1.0, 0.86 if hat is None else 0.82)
    return Scene(aspect, ground, shade(ground, -0.12), tuple(marks))
