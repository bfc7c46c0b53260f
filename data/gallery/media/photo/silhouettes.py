"""Figures against the light of a low sun."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from data.gallery.colour import Colour, Palette, mix, shade
from data.gallery.media.photo.lens import (
    Rng,
    developed,
    grid,
    linear,
    open_sky,
    over,
    ridge,
    silhouette,
)
from data.gallery.noise import Field, blurred, lattice
from data.gallery.scene import Mark, place
from data.gallery.subjects import animals, land, people, plants, vehicles


def _against_light(
    rng: Rng,
    light: Palette,
    width: int,
    height: int,
    *,
    marks: Sequence[Mark],
    ground: Field,
    behind: Sequence[Mark] = (),
) -> Image.Image:
    """Return marks as silhouettes on ground before a low sun; what is `behind` stands in haze."""
    aspect = width / height
    horizon = 0.8
    sun = (aspect * rng.uniform(0.3, 0.7), rng.uniform(0.45, 0.62))
    picture = open_sky(
        rng, light, width, height, horizon=horizon, sun=sun, cover=rng.uniform(0.25, 0.6), size=rng.uniform(0.05, 0.11)
    )
    x, y = grid(width, height)
    haze = linear(mix(light.horizon, light.far, 0.6)) * 0.5
    far = ridge(rng, width, 0.74, 0.03, size=220)
    picture = over(picture, haze, np.clip((y - far[None, :]) * height, 0, 1))
    if behind:
        picture = over(picture, haze * 0.7, blurred(silhouette(behind, width, height), 1.2))
    dark = linear(shade(light.dark, -0.4)) * 0.35 + 0.002
    body = np.maximum(
        silhouette(marks, width, height),
        np.clip((y - ground[None, :]) * height + 0.8 * lattice(rng, width, height, 3, 30), 0, 1),
    )
    # Light creeps round the border of what stands against it.
    rim = np.clip(blurred(1 - body, 1.2) - 0.08, 0, 1) * body * np.exp(-np.hypot(x - sun[0], y - sun[1]) * 4.5)
    picture = over(picture, dark, body) + linear(light.sun) * (rim * 0.6)[..., None]
    return developed(picture, rng, halo=0.22)


def cat_dusk(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a cat that sits against the light on a wall."""
    cat = animals.sitting_cat(rng, (0, 0, 0), eyes=(0, 0, 0))
    spot = width / height * rng.uniform(0.36, 0.64)
    marks = place(cat, spot, 0.86, 0.52, flip=bool(rng.random() < 0.5))
    ground = ridge(rng, width, 0.85, 0.004, size=90)
    trees = place(plants.bare_tree(rng, (0, 0, 0)), width / height - spot, 0.84, 0.6)
    return _against_light(rng, light, width, height, marks=marks, ground=ground, behind=trees)


def dog_dusk(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a dog that runs along a ridge against the light."""
    marks = place(
        animals.running_dog((0, 0, 0), collar=(0, 0, 0)), width / height / 2, 0.87, 0.62, flip=bool(rng.random() < 0.5)
    )
    return _against_light(rng, light, width, height, marks=marks, ground=ridge(rng, width, 0.86, 0.008, size=200))


def birds_dusk(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a flight of birds over a marsh with a heron."""
    aspect = width / height
    marks: list[Mark] = place(
        animals.heron((0, 0, 0), beak=(0, 0, 0)),
        aspect * rng.uniform(0.3, 0.7),
        0.9,
        0.5,
        flip=bool(rng.random() < 0.5),
    )
    for step in range(11):
        side = step - 5
        bird = animals.flying_bird((0, 0, 0), lift=rng.uniform(0.1, 1.0))
        marks += place(
            bird,
            aspect * 0.5 + side * aspect * 0.07,
            0.14 + abs(side) * 0.032 + rng.normal(0, 0.008),
            rng.uniform(0.05, 0.075),
        )
    return _against_light(rng, light, width, height, marks=marks, ground=ridge(rng, width, 0.88, 0.01, size=120))


def cyclist_dusk(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a bicycle left on a dyke against the light."""
    marks = place(
        vehicles.bicycle((0, 0, 0), basket=(0, 0, 0)),
        width / height * rng.uniform(0.4, 0.6),
        0.87,
        0.66,
        flip=bool(rng.random() < 0.5),
    )
    return _against_light(rng, light, width, height, marks=marks, ground=ridge(rng, width, 0.865, 0.003, size=240))


def walkers_dusk(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return people who walk home against the light."""
    aspect = width / height
    black: Colour = (0, 0, 0)
    marks: list[Mark] = []
    for x, size in ((0.34, 0.44), (0.5, 0.47), (0.64, 0.3)):
        figure = people.walker(black, black, black, black, long_coat=bool(rng.random() < 0.5))
        marks += place(figure, aspect * x + rng.normal(0, 0.02), 0.885, size)
    trees = place(plants.poplar(rng, black, black), aspect * 0.85, 0.84, 0.5) + place(
        plants.poplar(rng, black, black), aspect * 0.93, 0.84, 0.42
    )
    return _against_light(
        rng, light, width, height, marks=marks, ground=ridge(rng, width, 0.88, 0.005, size=240), behind=trees
    )


def car_dusk(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a car on a pass against the light, its lamps on."""
    aspect = width / height
    marks = place(vehicles.small_car((0, 0, 0)), aspect * 0.46, 0.875, 0.5)
    pines: list[Mark] = []
    for x in rng.uniform(0.05, 0.95, 6):
        pines += place(plants.conifer(rng, (0, 0, 0), (0, 0, 0)), aspect * x, 0.83, rng.uniform(0.2, 0.4))
    return _against_light(
        rng, light, width, height, marks=marks, ground=ridge(rng, width, 0.872, 0.002, size=240), behind=pines
    )


def tree_dusk(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return one tree against the light."""
    tree = plants.bare_tree(rng, (0, 0, 0), depth=7, lean=rng.uniform(-0.15, 0.15))
    marks = place(tree, width / height * rng.uniform(0.35, 0.65), 0.88, 0.72)
    hills = land.hill(rng, width / height, 0.86, 0.012)
    line = np.interp(np.arange(width) / height, hills[:-2, 0], hills[:-2, 1]).astype(np.float32)
    return _against_light(rng, light, width, height, marks=marks, ground=line)
