"""Streets and harbours: rows of houses and what goes on before them."""

import numpy as np

from data.gallery.colour import Palette, mix, shade, vary
from data.gallery.scene import (
    Area,
    Line,
    Mark,
    Scene,
    ellipse,
    mirror_in_water,
    place,
    points,
    rectangle,
    smooth,
    veil,
)
from data.gallery.subjects import animals, buildings, land, people, plants, vehicles

Rng = np.random.Generator


def _houses(rng: Rng, light: Palette, aspect: float, level: float, *, high: float = 0.34) -> list[Mark]:
    marks: list[Mark] = []
    walls = [light.accents[0], light.light, light.accents[1], mix(light.far, light.light, 0.4), light.accents[2]]
    x, last = -0.05, -1
    while x < aspect + 0.05:
        wide = rng.uniform(0.15, 0.24)
        pick = int(rng.integers(5))
        last = pick = (pick + 1) % 5 if pick == last else pick
        wall = vary(rng, mix(walls[pick], light.middle, 0.3 if light.is_night else 0.12), 0.015)
        roof = mix(light.accents[0], light.dark, rng.uniform(0.3, 0.6))
        tall = high * rng.uniform(0.72, 1.1)
        house = buildings.townhouse(
            rng,
            wall,
            roof,
            wide=wide,
            high=tall,
            storeys=3 if tall > high * 0.85 else 2,
            lit=0.55 if light.is_night else 0.06,
            gable=bool(rng.random() < 0.45),
        )
        marks += place(house, x + wide / 2, level, 1)
        x += wide + 0.002
    return marks


def harbour(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return boats before a row of houses, and the houses again in the water."""
    level = rng.uniform(0.58, 0.64)
    marks = land.sky(rng, light, aspect, disc=(aspect * rng.uniform(0.15, 0.85), 0.13, 0.05))
    houses = _houses(rng, light, aspect, level)
    marks.append(
        Area(
            land.ridge(rng, aspect, level, 0.38, sharp=0.4), mix(light.far, light.horizon, 0.35), light.far, contour=0.6
        )
    )
    water = land.water(rng, light, aspect, level)
    marks += [*houses, water[0], *mirror_in_water(houses, level, water[0].colour, share=0.5), *water[1:]]
    marks.append(
        Area(
            rectangle(-0.05, level - 0.008, aspect + 0.05, level + 0.022),
            shade(light.near, 0.1),
            shade(light.near, -0.3),
            contour=0.7,
        )
    )
    fleet = [
        (vehicles.fishing_boat(light.accents[0], light.light), 0.24, 0.8, 0.42),
        (vehicles.sailing_boat(light.accents[2], light.light), 0.74, 0.84, 0.5),
        (vehicles.rowing_boat(light.accents[1]), 0.5, 0.94, 0.2),
        (vehicles.sailing_boat(light.light, light.accents[1]), 0.5, 0.7, 0.2),
    ]
    flip = bool(rng.random() < 0.5)
    for boat, x, y, size in sorted(fleet, key=lambda item: item[2]):
        spot = aspect * (1 - x if flip else x) + rng.normal(0, 0.02)
        shadow = ellipse(spot, y + 0.012, size * 0.42, 0.014 + size * 0.02)
        marks.append(Area(shadow, mix(light.near, light.dark, 0.5), contour=0, strength=0.5))
        marks += place(boat, spot, y, size, flip=flip)
    for _ in range(4):
        marks += place(
            animals.flying_bird(light.light),
            rng.uniform(0.1, aspect - 0.1),
            rng.uniform(0.07, 0.24),
            rng.uniform(0.035, 0.06),
        )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def old_street(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a row of town houses with a bicycle, a lamp and a walker."""
    level = 0.8
    marks = land.sky(rng, light, aspect, disc=(aspect * 0.8, 0.12, 0.05))
    marks += veil(
        place(
            buildings.church(light.light, light.accents[0], lit=light.is_night),
            aspect * rng.uniform(0.3, 0.7),
            level - 0.1,
            0.72,
        ),
        light.horizon,
        0.45,
    )
    marks += _houses(rng, light, aspect, level, high=0.46)
    marks.append(
        Area(rectangle(-0.05, level, aspect + 0.05, 0.845), mix(light.far, light.light, 0.35), light.middle, grain=0.0)
    )
    marks.append(Area(rectangle(-0.05, 0.845, aspect + 0.05, 1.05), light.middle, light.near, grain=0.05))
    for _ in range(50):
        x, y = rng.uniform(0, aspect), rng.uniform(0.87, 1.0)
        marks.append(
            Line(
                smooth([x - 0.016, y, x, y - 0.007, x + 0.016, y], closed=False),
                shade(light.near, rng.uniform(-0.25, 0.25)),
                0.003,
            )
        )
    for x in (0.12, 0.62):
        marks += place(buildings.street_lamp(light.dark, lit=light.is_night), aspect * x, 0.845, 0.42)
    marks += place(
        vehicles.bicycle(light.accents[0], basket=light.accents[1]),
        aspect * 0.34,
        0.91,
        0.32,
        flip=bool(rng.random() < 0.5),
    )
    skin, hair = people.SKINS[rng.integers(4)], people.HAIRS[rng.integers(5)]
    marks += place(
        people.walker(light.accents[2], light.dark, skin, hair),
        aspect * rng.uniform(0.75, 0.85),
        0.94,
        0.36,
        flip=bool(rng.random() < 0.5),
    )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def skyline(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return towers by a river."""
    level = rng.uniform(0.72, 0.78)
    disc = (aspect * rng.uniform(0.25, 0.75), rng.uniform(0.2, 0.32), rng.uniform(0.09, 0.15))
    marks = land.sky(rng, light, aspect, disc=disc, cloudy=2)
    city: list[Mark] = []
    for depth in range(3):
        x = -0.04
        while x < aspect + 0.04:
            wide = rng.uniform(0.07, 0.13)
            middle = np.exp(-(((x - aspect * 0.55) / (aspect * 0.35)) ** 2))
            high = (0.15 + 0.36 * middle) * rng.uniform(0.5, 1.1) * (1.12 - 0.22 * depth)
            paint = vary(rng, mix(mix(light.far, light.horizon, 0.35), light.near, depth / 2), 0.02)
            lit = (0.12, 0.3, 0.42)[depth] if light.is_night else 0.05
            tower = buildings.tower_block(rng, paint, wide=wide, high=high, lit=lit, crown=int(rng.integers(4)))
            # Windows of far towers are too small to be seen.
            city += place(tower if depth else tower[:-1][:4], x + wide / 2, level, 1)
            x += wide * rng.uniform(0.9, 1.35)
    water = land.water(rng, light, aspect, level, glint=disc[0])
    marks += [
        *city,
        water[0],
        *mirror_in_water(
            [m for m in city if isinstance(m, Area) and m.contour > 0.3], level, water[0].colour, squash=0.5
        ),
        *water[1:],
    ]
    marks.append(Area(rectangle(-0.05, level - 0.008, aspect + 0.05, level + 0.01), light.dark, contour=0.3))
    marks += place(
        buildings.bridge(mix(light.near, light.dark, 0.4), arches=5, wide=aspect * 0.9, high=0.13),
        aspect * 0.36,
        level + 0.07,
        1,
    )
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def city_traffic(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return three cars before a row of shops."""
    marks = land.sky(rng, light, aspect, disc=None)
    marks += _houses(rng, light, aspect, 0.66, high=0.42)
    marks.append(
        Area(rectangle(-0.05, 0.66, aspect + 0.05, 0.71), mix(light.far, light.light, 0.4), light.middle, grain=0.0)
    )
    for x in (0.08, 0.45, 0.92):
        marks += place(plants.round_tree(rng, light.leaf, light.dark), aspect * x, 0.7, 0.3)
    road = mix(light.near, light.dark, 0.4)
    marks.append(Area(rectangle(-0.05, 0.71, aspect + 0.05, 1.05), shade(road, 0.16), road, contour=0.5, grain=0.0))
    for x in np.arange(-0.1, aspect, 0.26):
        marks.append(Area(rectangle(x, 0.852, x + 0.14, 0.864), light.light, contour=0.2))
    dark = light.is_night
    lanes = [
        (vehicles.camper(light.accents[2]), 0.62, 0.82, 0.4, True),
        (vehicles.small_car(light.accents[0], lit=dark), 0.24, 0.83, 0.34, True),
        (vehicles.saloon(light.accents[1], lit=dark), 0.55, 0.97, 0.6, False),
    ]
    for car, x, y, size, flip in lanes:
        spot = aspect * x + rng.normal(0, 0.04)
        marks.append(Area(ellipse(spot, y, size * 0.5, 0.016), light.dark, blur=0.006, contour=0, strength=0.6))
        marks += place(car, spot, y, size, flip=flip)
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))


def bicycle_wall(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return a bicycle that leans on a wall under window boxes."""
    wall = mix(light.accents[1], light.light, 0.45)
    marks: list[Mark] = [
        Area(rectangle(-0.05, -0.05, aspect + 0.05, 0.84), wall, shade(wall, -0.12), contour=0, grain=1.5)
    ]
    for _ in range(36):
        x, y = rng.uniform(0, aspect), rng.uniform(0, 0.8)
        marks.append(Area(rectangle(x, y, x + 0.07, y + 0.03), shade(wall, rng.uniform(-0.12, 0.02)), contour=0.3))
    for spot in (0.24, 0.76) if aspect > 1.1 else (0.5,):
        x, y = aspect * spot, 0.4
        marks += buildings.window(
            x,
            y,
            0.24,
            0.3,
            pane=buildings.GLOW if light.is_night else mix(light.far, light.dark, 0.3),
            frame=light.light,
        )
        for side in (-1, 1):
            shutter = rectangle(x + side * 0.2 - 0.05, 0.08, x + side * 0.2 + 0.05, 0.42)
            marks.append(Area(shutter, light.accents[2], shade(light.accents[2], -0.2), grain=0.0))
            marks += [
                Line(
                    points([x + side * 0.2 - 0.04, h, x + side * 0.2 + 0.04, h]), shade(light.accents[2], -0.35), 0.004
                )
                for h in np.arange(0.11, 0.41, 0.03)
            ]
        marks.append(
            Area(
                points([x - 0.17, 0.42, x + 0.17, 0.42, x + 0.15, 0.49, x - 0.15, 0.49]),
                mix(light.accents[0], light.dark, 0.4),
            )
        )
        for _ in range(16):
            fx, fy = x + rng.uniform(-0.16, 0.16), rng.uniform(0.35, 0.43)
            marks += place(plants.leaf(0.06, rng.uniform(0, 6.3), vary(rng, light.leaf, 0.04)), fx, fy + 0.02, 1)
        for _ in range(9):
            flower = (
                plants.poppy(rng, light.accents[0])
                if rng.random() < 0.6
                else plants.daisy(rng, light.light, light.accents[1])
            )
            marks += place(flower, x + rng.uniform(-0.15, 0.15), rng.uniform(0.35, 0.42), 0.055)
    marks.append(Area(rectangle(-0.05, 0.84, aspect + 0.05, 1.05), light.middle, light.near, grain=0.0))
    for row, y in enumerate((0.84, 0.89, 0.95)):
        for x in np.arange(-0.1 + 0.06 * (row % 2), aspect, 0.12):
            marks.append(
                Area(
                    rectangle(x, y, x + 0.115, y + 0.045 + row * 0.006),
                    shade(light.middle, rng.uniform(-0.2, 0.15)),
                    contour=0.4,
                    grain=0.0,
                )
            )
    x = aspect * 0.5 + rng.normal(0, 0.04)
    marks.append(Area(ellipse(x, 0.945, 0.4, 0.015), light.dark, blur=0.006, contour=0, strength=0.5))
    marks += place(
        vehicles.bicycle(light.accents[0], basket=mix(light.accents[1], light.dark, 0.3)),
        x,
        0.945,
        0.78,
        flip=bool(rng.random() < 0.5),
    )
    return Scene(aspect, wall, wall, tuple(marks))


def umbrellas(rng: Rng, light: Palette, aspect: float) -> Scene:
    """Return people under umbrellas in a wet street."""
    level = 0.7
    marks = land.sky(rng, light, aspect, disc=None, cloudy=5)
    marks += veil(_houses(rng, light, aspect, level, high=0.48), light.horizon, 0.32)
    pavement = mix(light.near, light.middle, 0.4)
    marks.append(
        Area(rectangle(-0.05, level, aspect + 0.05, 1.05), shade(pavement, 0.2), pavement, contour=0.4, grain=0.0)
    )
    figures = [(0.3, 0.8, 0.3), (0.78, 0.82, 0.32), (0.52, 0.94, 0.52), (0.14, 0.97, 0.44), (0.9, 0.99, 0.46)]
    canopies = [light.accents[1], light.accents[2], light.accents[0], light.light, light.accents[1]]
    for (x, y, size), canopy in zip(figures, canopies, strict=True):
        coat = mix(light.dark, light.accents[2], rng.uniform(0.1, 0.5))
        skin = people.SKINS[rng.integers(4)]
        figure = place(people.umbrella_walker(coat, canopy, skin), aspect * x, y, size, flip=bool(rng.random() < 0.5))
        marks += (
            mirror_in_water([m for m in figure if isinstance(m, Area)], y, pavement, share=0.6, squash=0.45) + figure
        )
    marks += land.rain(rng, light, aspect)
    return Scene(aspect, light.zenith, light.horizon, tuple(marks))
