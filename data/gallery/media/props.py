"""What the 3D pictures share: the stage, the moving of groups, trees and houses."""

import numpy as np

from data.gallery.colour import Colour, Palette, mix, shade, vary
from data.gallery.media.solid import Solid, Stage

Rng = np.random.Generator
DARK: Colour = (0.07, 0.07, 0.08)


def open_stage(
    rng: Rng,
    light: Palette,
    *,
    distance: float = 6.0,
    height: float = 2.3,
    look: float = 0.8,
    view: float = 0.62,
    side: float | None = None,
) -> Stage:
    """Return a stage in a light, seen from a distance and height, turned by `side` radians or a little at random."""
    angle = rng.uniform(-0.5, 0.5) if side is None else side
    sky = mix(light.horizon, light.light, 0.45) if not light.is_night else mix(light.zenith, light.horizon, 0.5)
    floor = mix(light.horizon, light.accents[1], 0.22) if not light.is_night else mix(light.far, light.accents[2], 0.2)
    warm = light.sun
    key = (0.5 + 1.9 * warm[0], 0.5 + 1.75 * warm[1], 0.5 + 1.55 * warm[2])
    lamp = (rng.choice([-1, 1]) * rng.uniform(0.45, 0.8), rng.uniform(0.75, 1.0), rng.uniform(0.3, 0.6))
    return Stage(
        (distance * float(np.sin(angle)), height, distance * float(np.cos(angle))),
        (0.0, look, 0.0),
        sky,
        floor,
        lamp,
        key,
        view,
    )


def moved(solids: list[Solid], spot: tuple[float, float, float], size: float = 1.0, yaw: float = 0.0) -> list[Solid]:
    """Return solids scaled, turned about the upright axis by `yaw` radians and put at a spot (x, y, z)."""
    x, y, z = spot
    cos, sin = float(np.cos(yaw)), float(np.sin(yaw))
    group: list[Solid] = []
    for s in solids:
        a, b, c = (part * size for part in s.centre)
        centre = (a * cos + c * sin + x, b + y, -a * sin + c * cos + z)
        extent = tuple(part * size for part in s.size)
        group.append(
            Solid(s.kind, centre, extent, s.colour, (s.turn[0] + yaw, s.turn[1], s.turn[2]), s.gloss, s.metal, s.glow)
        )
    return group


def tree(rng: Rng, light: Palette, *, round_crown: bool) -> list[Solid]:
    """Return a toy tree about 1 high on the floor."""
    bark, leaf = (0.42, 0.28, 0.18), vary(rng, light.leaf, 0.04)
    trunk = Solid("cone", (0, 0.25, 0), (0.09, 0.25, 0.06), bark, gloss=0.1)
    if round_crown:
        return [
            trunk,
            Solid("ball", (0, 0.78, 0), (0.38,), leaf, gloss=0.15),
            Solid("ball", (0.22, 0.62, 0.1), (0.24,), shade(leaf, -0.08), gloss=0.15),
            Solid("ball", (-0.2, 0.68, 0.08), (0.26,), shade(leaf, 0.08), gloss=0.15),
        ]
    return [
        trunk,
        *(
            Solid("cone", (0, 0.5 + 0.3 * k, 0), (0.42 - 0.1 * k, 0.24, 0.04), shade(leaf, 0.06 * k), gloss=0.15)
            for k in range(3)
        ),
    ]


def house(rng: Rng, wall: Colour, roof: Colour, *, lit: bool) -> list[Solid]:
    """Return a toy house about 1 wide on the floor."""
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
