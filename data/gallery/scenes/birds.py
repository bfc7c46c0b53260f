"""Birds as the subject of the picture."""

import numpy as np

from data.gallery.colour import Colour, Palette, mix, shade, vary
from data.gallery.scene import Area, Line, Mark, Scene, ellipse, limb, place, points, smooth
from data.gallery.subjects import animals, land, plants

Rng = np.random.Generator


def songbirds(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return songbirds on a flowering branch."""
    marks: list[Mark] = land.sun(light, aspect * rng.uniform(0.3, 0.7), 0.34, 0.25, glow=0.6)
    bark = mix(light.dark, light.accents[1], 0.25)
    rise = rng.uniform(-0.08, 0.08)
    bough = limb(
        [(-0.1, 0.74 + rise), (aspect * 0.35, 0.66), (aspect * 0.7, 0.68), (aspect + 0.1, 0.56 - rise)],
        [0.06, 0.045, 0.034, 0.02],
    )
    twigs: list[Mark] = []
    for step in range(11):
        x = aspect * (0.04 + 0.09 * step)
        y = float(np.interp(x, [0, aspect * 0.35, aspect * 0.7, aspect], [0.73 + rise, 0.66, 0.68, 0.58 - rise]))
        side = -1 if step % 2 else 1
        tip = (x + rng.uniform(0.03, 0.12), y + side * rng.uniform(0.1, 0.24))
        twigs.append(Line(smooth([(x, y), ((x + tip[0]) / 2, y + side * 0.07), tip], closed=False), bark, 0.011, 0.004))
        for _ in range(4):
            share = rng.uniform(0.35, 1)
            spot = (x + (tip[0] - x) * share, y + (tip[1] - y) * share)
            twigs += place(
                plants.leaf(rng.uniform(0.06, 0.1), rng.uniform(-2.6, 0.4), vary(rng, light.leaf, 0.04), wide=0.4),
                *spot,
                1,
            )
        flower = (
            plants.poppy(rng, mix(light.accents[0], light.light, 0.35))
            if step % 3
            else plants.daisy(rng, light.light, light.accents[1], petals=9)
        )
        twigs += place(flower, *tip, rng.uniform(0.06, 0.095))
    marks += [*twigs, Area(bough, bark, shade(bark, -0.3), grain=0.1)]
    spots = [(0.34, 0.645, 0.4), (0.68, 0.665, 0.33)] if aspect > 0.9 else [(0.5, 0.65, 0.44)]
    for step, (x, y, size) in enumerate(spots):
        coat = (light.accents[2], mix(light.far, light.dark, 0.3))[step]
        breast = (light.accents[1], light.accents[0])[step]
        marks += place(
            animals.perched_bird(coat, breast=breast, beak=(0.95, 0.68, 0.2)), aspect * x, y, size, flip=bool(step)
        )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def wire_birds(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return birds on telegraph wires over roofs."""
    marks = land.sky(rng, light, aspect, disc=(aspect * rng.uniform(0.25, 0.75), 0.4, 0.2))
    for step in range(9):
        x, high = aspect * step / 8, rng.uniform(0.78, 0.88)
        paint = mix(light.far, light.near, rng.uniform(0.2, 0.8))
        marks.append(
            Area(
                points([x - 0.13, 1.1, x - 0.13, high + 0.06, x, high, x + 0.13, high + 0.06, x + 0.13, 1.1]),
                paint,
                light.near,
                grain=1.0,
            )
        )
    pole = aspect * (0.85 if rng.random() < 0.5 else 0.15)
    marks += [
        Area(limb([(pole, 1.1), (pole, 0.12)], [0.034, 0.026]), light.dark),
        Line(points([pole - 0.14, 0.2, pole + 0.14, 0.2]), light.dark, 0.022),
        Line(points([pole - 0.11, 0.32, pole + 0.11, 0.32]), light.dark, 0.02),
    ]
    paints = [light.accents[0], light.accents[2], light.accents[1], mix(light.dark, light.far, 0.4)]
    for wire, level in enumerate((0.19, 0.31, 0.45)):
        sag = 0.03 + 0.02 * wire
        along = np.linspace(-0.1, aspect + 0.1, 30)
        height = level + sag * np.sin((along - pole) / aspect * np.pi) ** 2
        marks.append(Line(np.stack([along, height], axis=1), light.dark, 0.006))
        for spot in rng.choice(np.arange(0.1, aspect - 0.05, 0.135), size=max(2, int(aspect * 3)), replace=False):
            if abs(spot - pole) > 0.12:
                perch = float(np.interp(spot, along, height))
                bird = animals.perched_bird(
                    paints[rng.integers(4)], breast=mix(light.light, light.accents[1], 0.3), beak=light.accents[1]
                )
                marks += place(bird, spot, perch + 0.004, rng.uniform(0.09, 0.12), flip=bool(rng.random() < 0.5))
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def heron_reeds(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a heron among reeds before a low sun."""
    x = aspect * rng.uniform(0.42, 0.58)
    marks = land.sky(rng, light, aspect, disc=(x + rng.uniform(-0.1, 0.1), 0.36, 0.19), cloudy=2)
    marks.append(Area(land.ridge(rng, aspect, 0.63, 0.12, sharp=0.42), mix(light.far, light.horizon, 0.4), light.far))
    marks += land.water(rng, light, aspect, 0.62, glint=x)
    marks.append(land.mist(aspect, 0.62, 0.08, light.horizon, 0.6))
    reeds: list[tuple[float, list[Mark]]] = []
    for _ in range(42):
        side = rng.random() < 0.5
        rx = aspect * (rng.uniform(-0.02, 0.3) if side else rng.uniform(0.7, 1.02))
        foot, high, lean = rng.uniform(0.8, 1.04), rng.uniform(0.25, 0.62), rng.normal(0, 0.06)
        tone = mix(light.leaf, light.dark, rng.uniform(0.1, 0.6))
        blade: list[Mark] = [
            Area(
                limb(
                    [(rx, foot), (rx + lean * 0.4, foot - high * 0.55), (rx + lean, foot - high)], [0.012, 0.01, 0.002]
                ),
                tone,
                contour=0.5,
                grain=1.5,
            )
        ]
        if rng.random() < 0.4:
            blade.append(
                Area(
                    limb([(rx + lean * 0.85, foot - high * 0.86), (rx + lean, foot - high)], [0.022, 0.02]),
                    mix(light.accents[1], light.dark, 0.5),
                    contour=0.7,
                )
            )
        reeds.append((foot, blade))
    for foot, blade in sorted(reeds, key=lambda item: item[0]):
        if foot < 0.9:
            marks += blade
    for ring in range(3):
        marks.append(
            Line(ellipse(x, 0.86, 0.1 + 0.06 * ring, 0.014 + 0.009 * ring), mix(light.light, light.far, 0.4), 0.003)
        )
    marks += place(
        animals.heron(mix(light.far, light.light, 0.15), beak=light.accents[1]),
        x,
        0.86,
        0.66,
        flip=bool(rng.random() < 0.5),
    )
    for foot, blade in sorted(reeds, key=lambda item: item[0]):
        if foot >= 0.9:
            marks += blade
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def owl_moon(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return an owl on a bare bough before the moon."""
    x = aspect / 2 + rng.normal(0, 0.04)
    marks = land.sky(rng, light, aspect, disc=(x, 0.42, 0.33), cloudy=1)
    for step in range(9):
        spot, size = aspect * step / 8 + rng.normal(0, 0.03), rng.uniform(0.2, 0.4)
        marks += place(plants.conifer(rng, mix(light.far, light.near, rng.random()), light.dark), spot, 1.06, size)
    bark = mix(light.dark, light.near, 0.3)
    marks += place(plants.bare_tree(rng, bark, lean=0.1), aspect * 0.02, 1.05, 1.05)
    marks.append(
        Area(
            limb([(-0.1, 0.84), (x - 0.1, 0.8), (x + 0.3, 0.78), (aspect + 0.1, 0.7)], [0.075, 0.06, 0.045, 0.02]),
            bark,
            shade(bark, -0.3),
            grain=0.1,
        )
    )
    coat = mix(light.accents[1], light.dark, 0.5)
    marks += place(
        animals.owl(coat, eyes=light.accents[1] if light.mood != "scary" else light.accents[0]), x, 0.79, 0.56
    )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def crow_snow(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a crow on a post in an empty field."""
    marks = land.sky(rng, light, aspect, disc=(aspect * rng.uniform(0.2, 0.8), 0.24, 0.08), cloudy=3)
    marks.append(Area(land.ridge(rng, aspect, 0.62, 0.1, sharp=0.5), mix(light.far, light.horizon, 0.3), light.far))
    ground = land.hill(rng, aspect, 0.64, 0.02)
    marks.append(Area(ground, mix(light.light, light.horizon, 0.3), mix(light.far, light.light, 0.4), grain=0.1))
    for x in rng.uniform(0, aspect, 6):
        marks += place(
            plants.bare_tree(rng, mix(light.dark, light.far, 0.4), depth=5),
            x,
            land.height_at(ground, x) + 0.02,
            rng.uniform(0.16, 0.32),
        )
    wood = mix(light.dark, light.accents[1], 0.2)
    for step in range(7):
        x = aspect * (0.5 + 0.17 * (step - 3)) + rng.normal(0, 0.01)
        high = 0.3 if step == 3 else rng.uniform(0.2, 0.26)
        marks.append(
            Area(
                points([x - 0.024, 0.95, x - 0.02, 0.95 - high, x + 0.02, 0.945 - high, x + 0.024, 0.95]),
                shade(wood, 0.1),
                wood,
                grain=1.5,
            )
        )
    for y in (0.75, 0.85):
        marks.append(
            Area(
                limb(
                    [(-0.1, y), (aspect * 0.5, y + rng.uniform(-0.015, 0.015)), (aspect + 0.1, y)], [0.02, 0.022, 0.02]
                ),
                wood,
                contour=0.7,
                grain=0.0,
            )
        )
    black: Colour = (0.1, 0.1, 0.13)
    marks += place(
        animals.perched_bird(black, breast=shade(black, 0.12), beak=(0.2, 0.2, 0.22)),
        aspect / 2,
        0.655,
        0.4,
        flip=bool(rng.random() < 0.5),
    )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))
