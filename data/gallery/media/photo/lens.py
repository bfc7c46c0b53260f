"""What the photograph-like studies share: sky, water, land and the developing of an exposure.

Every study works in linear light and ends in `developed`: halation, vignette, film grain, tone curve.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from data.gallery.colour import Colour, Palette, mix
from data.gallery.media.vector import draw_flat
from data.gallery.noise import Field, Pixels, blurred, blurred_picture, cloud, lattice, to_image
from data.gallery.scene import Mark, Scene, veil

Rng = np.random.Generator


def linear(colour: Colour) -> Field:
    """Return the linear light of a paint, (3,)."""
    return np.array(colour, np.float32) ** np.float32(2.2)


def grid(width: int, height: int) -> tuple[Field, Field]:
    """Return x and y of every pixel in picture heights."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return columns / height, rows / height


def over(base: Pixels, top: Field | Pixels, cover: Field) -> Pixels:
    """Return the base with a paint or a picture over it, where `cover` (0..1) says."""
    share = cover[..., None]
    mixed: Pixels = base * (1 - share) + top * share
    return mixed


def smoothstep(low: float, high: float, value: Field) -> Field:
    """Return an even passage from 0 at `low` to 1 at `high`; `low` may be the higher."""
    share = np.clip((value - low) / (high - low), 0, 1)
    passage: Field = share * share * (3 - 2 * share)
    return passage


def developed(
    linear: Pixels, rng: Rng, *, vignette: float = 0.4, grain: float = 0.02, halo: float = 0.16
) -> Image.Image:
    """Return the print of an exposure in linear light."""
    height, width = linear.shape[:2]
    bright = np.clip(linear - 0.8, 0, 3)
    if halo and bright.max() > 0.05:
        # Strong light scatters in the film's base, red furthest.
        for channel, reach in ((0, 0.05), (1, 0.036), (2, 0.028)):
            linear[..., channel] += halo * blurred(bright[..., channel], height * reach)
    x, y = grid(width, height)
    off = ((x - width / height / 2) ** 2 + (y - 0.5) ** 2) / (0.25 + (width / height / 2) ** 2)
    linear = np.clip(linear * (1 - vignette * off[..., None] ** 1.3), 0, None)
    curve = linear * (2.51 * linear + 0.03) / (linear * (2.43 * linear + 0.59) + 0.14)
    shown = np.clip(curve, 0, 1) ** np.float32(1 / 2.2)
    silver = rng.standard_normal((height, width), dtype=np.float32)
    silver = 0.6 * silver + 1.4 * blurred(silver, 0.8)
    return to_image(shown + (grain * silver * (1.1 - shown.mean(axis=2)))[..., None])


def open_sky(
    rng: Rng,
    light: Palette,
    width: int,
    height: int,
    *,
    horizon: float,
    sun: tuple[float, float],
    cover: float = 0.5,
    size: float = 0.022,
) -> Pixels:
    """Return a sky down to the foot of the picture: gradient, sun or moon with its glow, lit clouds in perspective."""
    x, y = grid(width, height)
    rise = np.clip(y / horizon, 0, 1)[..., None] ** 1.3
    air = linear(light.zenith) * (1 - rise) + linear(light.horizon) * rise * 1.15
    away = np.hypot(x - sun[0], (y - sun[1]) * 1.05)
    warm = linear(mix(light.sun, light.horizon, 0.35))
    strength = 0.45 if light.is_night else 1.0
    air = air + warm * (0.55 * strength * np.exp(-away * 4.5) + 0.5 * strength * np.exp(-away * 14))[..., None]
    # Clouds lie on a plane overhead: their features shrink towards the horizon.
    depth = np.clip(horizon - y, 0.012, None) / horizon
    flat = cloud(rng, width * 2, height, 60, octaves=6, stretch=1.5, keep=0.55)
    u = np.clip((width + (x * height - width / 2) / (0.25 + depth) * 0.42), 0, width * 2 - 1.01)
    v = np.clip((1 - 1 / (1 + 2.4 * depth)) * height * 1.25, 0, height - 1.01)
    vapour = flat[v.astype(np.int32), u.astype(np.int32)]
    vapour = 0.75 * vapour + 0.35 * blurred(vapour, 1.5)
    thick = smoothstep(0.9 - 1.5 * cover, 2.3 - 1.2 * cover, vapour) * smoothstep(0.0, 0.12, horizon - y + 0.05)
    lit = linear(mix(light.light, light.sun, 0.4)) * (0.75 if not light.is_night else 0.25)
    dark = linear(mix(light.far, light.zenith, 0.4)) * 0.8
    edge = np.clip(1.15 - thick * 1.0 + 0.8 * np.exp(-away * 3), 0, 1.4)[..., None]
    air = over(air, dark * (1 - np.clip(edge, 0, 1)) + lit * edge, thick * 0.86)
    disc = smoothstep(size * 1.08, size * 0.95, away) * (1 - 0.7 * thick)
    return over(air, linear(light.sun) * (3.2 if not light.is_night else 1.3), disc)


def sea(
    rng: Rng, light: Palette, sky: Pixels, horizon: float, sun: tuple[float, float], *, rough: float = 1.0
) -> Pixels:
    """Return the sky with water below the horizon that mirrors it in waves."""
    height, width = sky.shape[:2]
    x, y = grid(width, height)
    first = int(horizon * height)
    below = y[first:] - horizon
    depth = np.clip(below / (1 - horizon), 0.004, 1)
    far = 1 / (depth + 0.03)
    # The same waves everywhere, seen ever smaller and flatter towards the horizon.
    swell = cloud(rng, 512, 512, 60, octaves=6, stretch=2.6, keep=0.6)
    u = ((x[first:] - width / height / 2) * far * 60 + 256) % 510
    v = (far * 42) % 510
    slope = swell[v.astype(np.int32), u.astype(np.int32)] * np.clip(0.25 + depth * 1.6, 0, 1)
    rows = np.clip(first - below * height * 0.9 - slope * rough * height * 0.045 * (0.25 + depth), 0, first - 1).astype(
        np.int32
    )
    columns = np.clip(x[first:] * height + slope * rough * 5, 0, width - 1).astype(np.int32)
    mirrored = sky[rows, columns]
    deep = linear(mix(light.near, light.dark, 0.35)) * 0.5
    glance = np.clip(0.86 - 0.55 * depth - 0.22 * slope * rough, 0.12, 0.95)
    sea = over(np.broadcast_to(deep, mirrored.shape), mirrored, glance)
    path = np.exp(-(((x[first:] - sun[0]) / (0.03 + 0.2 * depth)) ** 2)) * smoothstep(
        0.35, 1.5, slope + 0.5 * lattice(rng, width, height - first, 5, 1.6)
    )
    sea = sea + linear(light.sun) * (path * (1.5 if light.is_night else 2.6) * (1 - 0.4 * depth))[..., None]
    result = sky.copy()
    result[first:] = sea
    line = np.exp(-(((y - horizon) * height / 1.5) ** 2)) * 0.4
    return over(result, linear(mix(light.horizon, light.far, 0.5)), line)


def starlight(rng: Rng, width: int, height: int, *, count: int, low: float) -> Pixels:
    """Return points of light of many colours and strengths."""
    field = np.zeros((height, width, 3), np.float32)
    y = (rng.random(count) ** 1.1 * low * height).astype(int)
    x = rng.integers(0, width, count)
    strength = (0.04 + 1.6 * rng.random(count) ** 9).astype(np.float32)
    tint = np.stack(
        [1 + 0.25 * rng.standard_normal(count), np.ones(count), 1 + 0.25 * rng.standard_normal(count)], axis=1
    ).clip(0.5, 1.6)
    field[y, x] += strength[:, None] * tint.astype(np.float32)
    glowing: Pixels = (
        field
        + 1.8 * blurred_picture(np.clip(field, 0, 1), 0.7)
        + 2.5 * blurred_picture(np.clip(field - 0.6, 0, 1), 1.6)
    )
    return glowing


def ridge(rng: Rng, width: int, level: float, swing: float, *, size: float, keep: float = 0.5) -> Field:
    """Return the height line (y in picture heights for every column) of a range."""
    line = cloud(rng, width, 8, size, octaves=7, keep=keep)[4]
    heights: Field = level - swing * (line - line.mean()) * 0.6
    return heights


def firs(rng: Rng, width: int, height: int, line: Field, *, tall: float, count: int) -> Field:
    """Return the coverage (height, width) of firs that stand along a height line."""
    mask = Image.new("L", (width * 2, height * 2))
    pen = ImageDraw.Draw(mask)
    for x in rng.uniform(0, width, count):
        foot = float(line[min(int(x), width - 1)]) * height + 3
        high = tall * height * rng.uniform(0.5, 1.15)
        half = high * rng.uniform(0.16, 0.22)
        edge = [(x, foot - high)]
        levels = np.linspace(0.08, 1, 9)
        right = [
            (
                x + half * s * (1.1 if k % 2 else 0.72) * rng.uniform(0.8, 1.15),
                foot - high * (1 - s) + (2 if k % 2 else 0),
            )
            for k, s in enumerate(levels)
        ]
        left = [
            (
                x - half * s * (1.1 if k % 2 else 0.72) * rng.uniform(0.8, 1.15),
                foot - high * (1 - s) + (2 if k % 2 else 0),
            )
            for k, s in enumerate(levels)
        ]
        pen.polygon([(px * 2, py * 2) for px, py in (*edge, *right, *left[::-1])], fill=255)
    return np.asarray(mask.reduce(2), dtype=np.float32) / np.float32(255)


def silhouette(marks: Sequence[Mark], width: int, height: int) -> Field:
    """Return the coverage of marks, whatever their paint."""
    black = (0.0, 0.0, 0.0)
    scene = Scene(width / height, (1, 1, 1), (1, 1, 1), tuple(veil(marks, black, 1.0)))
    return 1 - np.asarray(draw_flat(scene, width, height).convert("L"), dtype=np.float32) / np.float32(255)
