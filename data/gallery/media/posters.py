"""Vector art without a motif: geometric posters, signs, contours and patterns."""

import numpy as np
from PIL import Image

from data.gallery.colour import Colour, Palette, mix, shade
from data.gallery.media.vector import draw_flat
from data.gallery.noise import blurred, cloud, slopes, to_image
from data.gallery.scene import (
    Area,
    Line,
    Mark,
    Points,
    Scene,
    blob,
    ellipse,
    place,
    points,
    rectangle,
    rotate,
    shifted,
    smooth,
)
from data.gallery.subjects import plants

Rng = np.random.Generator


def _sector(x: float, y: float, radius: float, start: float, end: float) -> Points:
    turn = np.linspace(start, end, 40)
    arc = np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)
    return np.vstack([[(x, y)], arc])


def _shown(marks: list[Mark], ground: Colour, width: int, height: int) -> Image.Image:
    return draw_flat(Scene(width / height, ground, ground, tuple(marks)), width, height, supersample=3)


def quarter_tiles(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a wall of tiles with quarter and half discs, after the posters of the twenties."""
    across = 5 if width <= height else 7
    side = width / height / across
    rows = int(1 / side) + 1
    ground = light.light
    paints = [*light.accents, light.dark, mix(light.horizon, light.light, 0.3)]
    marks: list[Mark] = []
    for row in range(rows):
        for column in range(across):
            x, y = column * side, row * side
            first, second, third = (paints[i] for i in rng.permutation(5)[:3])
            marks.append(Area(rectangle(x, y, x + side, y + side), first))
            kind, turn = int(rng.integers(6)), int(rng.integers(4))
            corner = ((x, y), (x + side, y), (x + side, y + side), (x, y + side))[turn]
            start = turn * np.pi / 2
            if kind == 0:
                marks += [
                    Area(_sector(*corner, side, start, start + np.pi / 2), second),
                    Area(_sector(*corner, side / 2, start, start + np.pi / 2), third),
                ]
            elif kind == 1:
                marks += [
                    Area(ellipse(x + side / 2, y + side / 2, side * 0.42, side * 0.42), second),
                    Area(ellipse(x + side / 2, y + side / 2, side * 0.16, side * 0.16), third),
                ]
            elif kind == 2:
                half = rectangle(-side / 2, 0, side / 2, side / 2)
                marks.append(Area(shifted(rotate(half, start), x + side / 2, y + side / 2), second))
                marks.append(Area(_sector(x + side / 2, y + side / 2, side * 0.5, start - np.pi, start), third))
            elif kind == 3:
                marks.append(
                    Area(
                        points(
                            [
                                corner,
                                (x + side / 2, y + side / 2),
                                ((x, y), (x + side, y), (x + side, y + side), (x, y + side))[(turn + 1) % 4],
                            ]
                        ),
                        second,
                    )
                )
            elif kind == 4:
                for band in range(4):
                    stripe = rectangle(
                        -side / 2, -side / 2 + band * side / 4, side / 2, -side / 2 + (band + 0.5) * side / 4
                    )
                    marks.append(Area(shifted(rotate(stripe, start), x + side / 2, y + side / 2), second))
            else:
                marks.append(Area(_sector(*corner, side, start, start + np.pi / 2), second))
                opposite = ((x, y), (x + side, y), (x + side, y + side), (x, y + side))[(turn + 2) % 4]
                marks.append(Area(_sector(*opposite, side * 0.45, start + np.pi, start + 1.5 * np.pi), third))
    return _shown(marks, ground, width, height)


def balance(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return discs, bars and triangles in tension on a pale ground, after the constructivists."""
    aspect = width / height
    ground = mix(light.light, light.horizon, 0.25)
    tilt = rng.uniform(-0.7, -0.35)
    one, two, three = light.accents
    x, y, radius = (
        aspect * rng.uniform(0.36, 0.6),
        rng.uniform(0.34, 0.5),
        rng.uniform(0.22, 0.28) * min(1.0, aspect * 1.15),
    )
    marks: list[Mark] = [Area(ellipse(x, y, radius, radius, sides=120), one)]
    marks.append(Area(_sector(x, y, radius, tilt, tilt + np.pi), shade(one, -0.3)))
    for step in range(6):
        long, thick = rng.uniform(0.3, 1.1), rng.choice([0.012, 0.025, 0.05])
        bar = rotate(rectangle(-long / 2, -thick / 2, long / 2, thick / 2), tilt + (np.pi / 2 if step % 3 == 2 else 0))
        paint = (light.dark, two, three)[step % 3]
        marks.append(Area(shifted(bar, x + rng.normal(0, 0.16), y + rng.normal(0, 0.17)), paint, strength=0.9))
    for step in range(3):
        size = rng.uniform(0.06, 0.18)
        spike = rotate(points([-size, size * 0.6, size, size * 0.6, 0, -size * 1.6]), tilt + rng.normal(0, 0.4))
        marks.append(
            Area(
                shifted(spike, aspect * rng.uniform(0.15, 0.85), rng.uniform(0.55, 0.88)),
                (two, light.dark, three)[step],
            )
        )
    for step in range(4):
        ring = ellipse(aspect * 0.78, 0.8, 0.05 + 0.03 * step, 0.05 + 0.03 * step, sides=90)
        marks.append(Line(np.vstack([ring, ring[:1]]), light.dark, 0.006))
    for step in range(5):
        marks.append(
            Area(ellipse(aspect * 0.1 + 0.05 * step, 0.92, 0.012, 0.012), (one, two, three, light.dark, one)[step])
        )
    return _shown(marks, ground, width, height)


def contours(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return stacked layers of cut paper that follow the height lines of a made-up land."""
    land = cloud(rng, width, height, height * 0.42, octaves=3, keep=0.38)
    down, across = slopes(land)
    # Height over steepness is the distance from the line in pixels, which makes its edge smooth.
    steep = np.maximum(np.hypot(down, across), 1e-4)
    levels = np.quantile(land, np.linspace(0.06, 0.94, 9)).tolist()
    picture = np.zeros((height, width, 3), np.float32)
    picture[:] = mix(light.zenith, light.dark, 0.35)
    deep = mix(mix(light.near, light.dark, 0.3), light.accents[2], 0.3)
    ramp = [deep, light.accents[2], light.accents[1], light.accents[0], light.light]
    drop = round(height * 0.012)
    for step, level in enumerate(levels):
        share = step / (len(levels) - 1) * (len(ramp) - 1)
        paint = mix(ramp[int(share)], ramp[min(int(share) + 1, len(ramp) - 1)], share % 1)
        above = np.clip((land - level) / steep + 0.5, 0, 1)
        cast = blurred(np.pad(above, ((drop, 0), (drop // 2, 0)), mode="edge")[:height, :width], drop)
        picture *= 1 - 0.42 * (cast * (1 - above))[..., None]
        picture += (np.array(paint, np.float32) - picture) * above[..., None]
    return to_image(picture)


def folk_flowers(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a mirrored folk pattern of blossoms, leaves and hearts."""
    aspect = width / height
    ground = light.dark if rng.random() < 0.5 else mix(light.light, light.horizon, 0.2)
    half: list[Mark] = []
    kinds = ("daisy", "poppy", "tulip", "rose")
    for step in range(4):
        x, y, size = aspect * (0.1 + 0.085 * step) + rng.normal(0, 0.01), 0.86 - 0.23 * step, 0.26 - 0.03 * step
        bend = smooth([aspect * 0.5, 0.99, aspect * 0.42 - 0.03 * step, 0.9 - 0.13 * step, x, y], closed=False)
        half.append(Line(bend, light.leaf, 0.014, 0.008))
        for share in (0.35, 0.55, 0.75):
            spot = bend[int(share * len(bend))]
            half += place(
                plants.leaf(
                    0.11, rng.uniform(2.6, 4.4), mix(light.leaf, light.accents[1], rng.uniform(0, 0.3)), wide=0.5
                ),
                float(spot[0]),
                float(spot[1]),
                1,
            )
        half += place(
            plants.blossom(kinds[(step + int(rng.integers(4))) % 4])(rng, light.accents[step % 3]), x, y, size
        )
        for dot in range(5):
            half.append(
                Area(
                    ellipse(x + 0.05 * dot - 0.1, y - size * 0.75 + 0.012 * (dot - 2) ** 2, 0.008, 0.008),
                    light.accents[(step + 1) % 3],
                )
            )
    other: list[Mark] = []
    for mark in half:
        if isinstance(mark, Area):
            other.append(Area(shifted(mark.outline * (-1, 1), aspect, 0), mark.colour, mark.foot))
        else:
            other.append(Line(shifted(mark.points * (-1, 1), aspect, 0), mark.colour, mark.width, mark.end))
    heart = smooth([0, 0.5, -0.42, 0.05, -0.46, -0.25, -0.22, -0.42, 0, -0.2, 0.22, -0.42, 0.46, -0.25, 0.42, 0.05])
    middle = [
        *place(
            [Area(heart, light.accents[0]), Area(heart * 0.62, light.accents[1]), Area(heart * 0.3, light.light)],
            aspect / 2,
            0.52,
            0.26,
        )
    ]
    middle += place(plants.daisy(rng, light.light, light.accents[1]), aspect / 2, 0.22, 0.28)
    return _shown([*half, *other, *middle], ground, width, height)


def emblem(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return a round badge: sun, peaks, water and a ring of rays."""
    aspect = width / height
    x, y, radius = aspect / 2, 0.5, 0.4 * min(1.0, aspect)
    ground = mix(light.light, light.horizon, 0.2)
    marks: list[Mark] = []
    count = int(rng.choice([24, 32, 40]))
    for turn in np.arange(count) * 2 * np.pi / count:
        marks.append(Area(_sector(x, y, radius * 1.16, turn, turn + np.pi / count), light.accents[1]))
    marks += [
        Area(ellipse(x, y, radius, radius, sides=120), light.dark),
        Area(ellipse(x, y, radius * 0.93, radius * 0.93, sides=120), light.horizon),
    ]
    inner = radius * 0.93
    sun_x = x + rng.uniform(-0.3, 0.3) * inner
    marks += [Area(ellipse(sun_x, y - inner * 0.28, inner * 0.26, inner * 0.26), light.accents[0])]

    def within(outline: Points) -> Points:
        off = outline - (x, y)
        reach = np.hypot(off[:, 0], off[:, 1])
        return (x, y) + off * np.minimum(1, inner / np.maximum(reach, 1e-9))[:, None]

    for peak, (px, top, paint) in enumerate(
        ((-0.38, -0.2, light.far), (0.42, -0.34, light.middle), (0.02, -0.5, light.near))
    ):
        cx, cy = x + (px + rng.normal(0, 0.04)) * inner, y + top * inner
        base = y + inner * 0.34
        side = np.linspace(0, 1, 12)[:, None]
        tip, left, right = (
            np.array([(cx, cy)]),
            np.array([(cx - inner * 0.62, base)]),
            np.array([(cx + inner * 0.62, base)]),
        )
        slopes = np.vstack([left + (tip - left) * side, tip + (right - tip) * side])
        marks.append(Area(within(slopes), paint))
        share = 0.3 + 0.04 * peak
        cap = points(
            [
                (cx, cy),
                (cx + inner * 0.62 * share, cy + (base - cy) * share),
                (cx + inner * 0.08, cy + (base - cy) * share * 0.75),
                (cx - inner * 0.04, cy + (base - cy) * share * 1.05),
                (cx - inner * 0.62 * share, cy + (base - cy) * share),
            ]
        )
        marks.append(Area(within(cap), light.light))
    chord = np.arcsin(0.34)
    turn = np.linspace(chord, np.pi - chord, 60)
    bowl = np.stack([x + inner * np.cos(turn), y + inner * np.sin(turn)], axis=1)
    marks.append(Area(bowl, light.accents[2]))
    for row in range(4):
        level = y + inner * (0.46 + 0.12 * row)
        reach = np.sqrt(max(inner**2 - (level - y) ** 2, 0)) * 0.8
        span = np.linspace(-reach, reach, 60)
        marks.append(Line(np.stack([x + span, level + 0.008 * np.sin(span * 60 + row)], axis=1), light.light, 0.007))
    ring = ellipse(x, y, radius * 0.965, radius * 0.965, sides=140)
    marks.append(Line(np.vstack([ring, ring[:1]]), light.light, radius * 0.02))
    return _shown(marks, ground, width, height)


def paper_shapes(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return cut-out forms, leaves and seaweed, after the scissors of an old painter."""
    aspect = width / height
    columns, rows = (4, 3) if aspect >= 1 else (3, 4)
    marks: list[Mark] = []
    paints = [*light.accents, light.leaf, light.dark, light.light]
    for row in range(rows):
        for column in range(columns):
            left, top, wide, high = column * aspect / columns, row / rows, aspect / columns, 1 / rows
            ground, paper = (paints[i] for i in rng.permutation(6)[:2])
            marks.append(Area(rectangle(left, top, left + wide, top + high), ground))
            x, y, size = left + wide / 2, top + high / 2, min(wide, high) * 0.4
            kind = int(rng.integers(4))
            if kind == 0:
                lobes = int(rng.integers(5, 9))
                turn = np.linspace(0, 2 * np.pi, lobes * 2, endpoint=False)
                reach = size * np.where(np.arange(lobes * 2) % 2, 0.34, 1.0) * rng.uniform(0.85, 1.1, lobes * 2)
                marks.append(
                    Area(smooth(np.stack([x + reach * np.cos(turn), y + reach * np.sin(turn)], axis=1)), paper)
                )
            elif kind == 1:
                lean = rng.uniform(-0.3, 0.3)
                fronds: list[tuple[float, float]] = []
                for side in (-1, 1):
                    levels = np.linspace(1, -1, 9) if side < 0 else np.linspace(-1, 1, 9)
                    fronds += [
                        (side * (0.16 if k % 2 else 0.7 * (1 - abs(level) * 0.5)), float(level))
                        for k, level in enumerate(levels)
                    ]
                marks.append(Area(shifted(rotate(smooth(points(fronds) * size), lean), x, y), paper))
            elif kind == 2:
                marks += [
                    Area(blob(rng, x, y, size, size * 0.85, bumps=7, rough=0.3), paper),
                    Area(blob(rng, x, y, size * 0.42, size * 0.36, bumps=6, rough=0.3), ground),
                ]
            else:
                for step in range(3):
                    marks += place(
                        plants.leaf(size * 1.5, -1.57 + (step - 1) * 0.75, paper, wide=0.42)[:1], x, y + size * 0.75, 1
                    )
    return _shown(marks, light.light, width, height)
