"""Landscapes by day: ridges, sea, wood, sand, weather."""

import numpy as np
from PIL import Image, ImageDraw

from data.gallery.colour import Palette, mix
from data.gallery.media.photo.lens import Rng, developed, firs, grid, linear, open_sky, over, ridge, sea, smoothstep
from data.gallery.noise import Field, blurred, cloud, displaced, lattice, slopes


def misty_ridges(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return wooded ranges one behind the other, paler with distance."""
    sun = (width / height * rng.uniform(0.25, 0.75), rng.uniform(0.2, 0.32))
    picture = open_sky(rng, light, width, height, horizon=0.7, sun=sun, cover=0.3)
    _, y = grid(width, height)
    haze = linear(mix(light.horizon, light.light, 0.25)) * (0.35 if light.is_night else 0.85)
    for depth in range(6):
        share = depth / 5
        line = ridge(rng, width, 0.42 + 0.1 * depth, 0.075 - 0.006 * depth, size=300 - 20 * depth, keep=0.46)
        cover = np.clip((y - line[None, :]) * height, 0, 1)
        if depth > 1:
            cover = np.maximum(
                cover, firs(rng, width, height, line, tall=0.02 + 0.035 * share**1.3 * 2.4, count=int(260 - 32 * depth))
            )
        ground = (
            linear(mix(light.leaf, light.dark, 0.62))
            * 0.6
            * (1 + 0.12 * cloud(rng, width, height, 14, octaves=3)[..., None])
        )
        fog = np.clip(
            0.93 - 0.92 * share**0.8 + 0.5 * smoothstep(0.03, 0.24, y - line[None, :]) * (1 - 0.5 * share), 0, 0.97
        )
        fog = np.clip(fog + 0.06 * cloud(rng, width, height, 80, stretch=3.0)[..., :], 0, 1)
        picture = over(picture, over(np.broadcast_to(ground, picture.shape), haze, fog), cover)
    return developed(picture, rng)


def sunset_sea(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the sun over open water, with its path."""
    horizon = rng.uniform(0.5, 0.6)
    sun = (width / height * rng.uniform(0.3, 0.7), horizon - rng.uniform(0.06, 0.16))
    sky = open_sky(rng, light, width, height, horizon=horizon, sun=sun, cover=rng.uniform(0.35, 0.65), size=0.032)
    return developed(sea(rng, light, sky, horizon, sun), rng)


def forest_light(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return trunks in fog with shafts of light."""
    x, y = grid(width, height)
    sun_x = width / height * rng.uniform(0.3, 0.7)
    haze = linear(mix(light.horizon, light.light, 0.3)) * 0.85
    picture = (
        haze * (1.0 - 0.35 * y[..., None])
        + linear(light.sun) * 0.7 * np.exp(-np.hypot(x - sun_x, y - 0.22) * 3.4)[..., None]
    )
    bark = linear(mix(light.dark, light.accents[1], 0.12)) * 0.5
    for depth in range(5):
        share = depth / 4
        cover = np.zeros((height, width), np.float32)
        tone = np.ones((height, width), np.float32)
        foot = 0.68 + 0.075 * depth
        for _ in range((22, 16, 11, 7, 4)[depth]):
            at, wide = rng.uniform(-0.02, width / height + 0.02), (0.008 + 0.036 * share**1.5) * rng.uniform(0.7, 1.3)
            middle = at + rng.normal(0, 0.012) * (1 - y) + 0.006 * np.sin(y * rng.uniform(3, 8) + rng.uniform(0, 6))
            flare = wide * (0.75 + 0.3 * y + 0.8 * np.exp(-np.clip(foot - y, 0, 1) * 26))
            off = (x - middle) / flare
            trunk = smoothstep(1.05, 0.95, np.abs(off)) * (y < foot + 0.01 * np.sin(x * 90))
            cover = np.maximum(cover, trunk)
            tone = np.where(trunk > 0.5, 0.75 - 0.5 * off * (1 if at < sun_x else -1), tone)
        rough = 1 + 0.3 * cloud(rng, width, height, 16, octaves=4, stretch=0.25)
        crowns = smoothstep(
            0.25, 0.9, cloud(rng, width, height, 60 + 40 * share, octaves=6, keep=0.62) + 1.5 * (0.24 - y) * 4
        ) * np.where(y < 0.5, np.float32(0.75), np.float32(0))
        fog = 0.9 - 0.86 * share
        layer = over(np.broadcast_to(bark, picture.shape) * (tone * rough)[..., None], haze, np.full_like(y, fog))
        picture = over(picture, layer, cover)
        leaves = over(
            np.broadcast_to(linear(mix(light.leaf, light.dark, 0.3)), picture.shape) * rough[..., None],
            haze,
            np.full_like(y, fog),
        )
        picture = over(picture, leaves, crowns * (0.35 + 0.4 * share))
        moss = linear(mix(light.leaf, light.near, 0.4)) * (
            0.6 + 0.35 * cloud(rng, width, height, 10, octaves=4)[..., None]
        )
        ground = smoothstep(foot, foot + 0.02, y + 0.012 * cloud(rng, width, height, 40, octaves=3))
        picture = over(picture, over(np.clip(moss, 0, None), haze, np.full_like(y, fog * 0.8)), ground)
    turn = np.arctan2(y + 0.15, x - sun_x)
    rays = cloud(rng, 720, 4, 22, octaves=4)[2][((turn / np.pi) * 719).astype(np.int32) % 720]
    shafts = smoothstep(0.1, 1.6, rays) * np.exp(-y * 1.3) * 0.5
    return developed(picture + linear(light.sun) * shafts[..., None], rng, halo=0.2)


def dunes(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return dunes with wind ripples under a low sun."""
    sun = (width / height * rng.uniform(0.1, 0.9), 0.16)
    picture = open_sky(rng, light, width, height, horizon=0.5, sun=sun, cover=0.12)
    x, y = grid(width, height)
    sand = linear(mix(light.accents[1], light.light, 0.25)) * (0.35 if light.is_night else 0.8)
    shadow = linear(mix(light.near, light.dark, 0.2)) * 0.55
    haze = linear(light.horizon) * 0.8
    for depth in range(5):
        share = depth / 4
        crest = ridge(rng, width, 0.42 + 0.13 * depth, 0.05 + 0.035 * share, size=330 + 60 * depth, keep=0.28)
        body = y - crest[None, :]
        cover = np.clip(body * height, 0, 1)
        slope = np.gradient(crest) * height
        side = 1.0 if sun[0] > width / height / 2 else -1.0
        # The edge of the slip face wanders down from the crest; one side of it lies in shade.
        edge = (
            body * (6 - 3 * share)
            - np.clip(side * slope, -1, 1)[None, :] * 1.2
            + 0.35 * cloud(rng, width, height, 170, octaves=3)
        )
        face = smoothstep(-0.28, 0.3, edge)
        ripple = (
            np.sin((body * (240 - 120 * share) + 0.9 * cloud(rng, width, height, 60, octaves=3) + x * 16) * 2.2)
            * 0.09
            * share
        )
        grain = 0.05 * cloud(rng, width, height, 2.2, octaves=1)
        tone = (0.15 + 0.85 * face) * (1 + ripple * face + grain)
        dune = shadow * (1 - tone[..., None]) + sand * tone[..., None]
        dune = over(dune, haze, np.full_like(y, 0.62 * (1 - share) ** 1.5))
        picture = over(picture, dune, cover)
    return developed(picture, rng)


def _strands(rng: Rng, width: int, height: int) -> Field:
    return np.clip(lattice(rng, width, height, 2.0, 46.0), 0, None)


def thunderstorm(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return lightning over a plain."""
    x, y = grid(width, height)
    strike = width / height * rng.uniform(0.3, 0.7)
    vapour = cloud(rng, width, height, 130, octaves=6, stretch=1.8, keep=0.56)
    lit = np.exp(-np.hypot(x - strike, (y - 0.12) * 1.4) * 3)
    tone = np.clip(0.42 + 0.22 * vapour - 0.25 * y + 0.7 * lit * (0.7 + 0.4 * vapour), 0.02, 2)
    picture = linear(mix(light.zenith, light.accents[2], 0.25)) * tone[..., None] * 1.4
    picture = over(picture, linear(light.horizon) * 0.7, smoothstep(0.5, 0.84, y) * 0.55)
    bolt = Image.new("L", (width * 2, height * 2))
    pen = ImageDraw.Draw(bolt)

    def fork(px: float, py: float, low: float, wide: float, drift: float) -> None:
        while py < low:
            nx, ny = px + rng.normal(drift, 0.016), py + rng.uniform(0.008, 0.024)
            pen.line(
                (px * height * 2, py * height * 2, nx * height * 2, ny * height * 2),
                fill=255,
                width=max(1, round(wide)),
            )
            px, py = nx, ny
            if rng.random() < 0.1 and wide > 1.4:
                fork(px, py, min(low, py + rng.uniform(0.08, 0.35)), wide * 0.5, rng.choice([-0.014, 0.014]))

    fork(strike, -0.02, 0.84, 4.5, 0.0)
    flash = np.asarray(bolt.reduce(2), dtype=np.float32) / np.float32(255)
    glow = blurred(flash, height * 0.012) * 3 + blurred(flash, height * 0.05) * 5
    picture = picture + np.array((0.85, 0.8, 1.0), np.float32) * (flash * 4 + glow)[..., None]
    line = ridge(rng, width, 0.85, 0.012, size=160)
    field = linear(mix(light.near, light.leaf, 0.3)) * (
        0.3 + 0.12 * cloud(rng, width, height, 8, octaves=4, stretch=3.0)[..., None] + 0.5 * lit[..., None]
    )
    picture = over(picture, np.clip(field, 0.002, None), np.clip((y - line[None, :]) * height, 0, 1))
    shower = _strands(rng, width, height) * 0.03 * (1 - y)
    return developed(np.clip(picture + shower[..., None], 0, None), rng, grain=0.03)


def water_rings(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return rings on still water that mirrors the sky."""
    sky = open_sky(rng, light, width, height * 2, horizon=1.9, sun=(width / height * 0.3, 0.9), cover=0.75, size=0.06)[
        : height * 2
    ]
    x, y = grid(width, height)
    lift = np.zeros((height, width), np.float32)
    stretch = 0.32 + 0.35 * y
    for _ in range(5):
        cx, cy, strength = rng.uniform(0, width / height), rng.uniform(0.2, 0.95), rng.uniform(0.5, 1)
        away = np.hypot(x - cx, (y - cy) / stretch)
        lift += strength * np.sin(away * rng.uniform(75, 105)) * np.exp(-away * 5.5) * smoothstep(0.0, 0.03, away)
    lift += 0.05 * cloud(rng, width, height, 40, octaves=3, stretch=3.0)
    down, across = slopes(lift)
    mirror = sky[::-1][:height]
    picture = displaced(mirror, across * height * 0.22, down * height * 0.3)
    picture = picture * (0.72 + 0.28 * (1 - y))[..., None] * (1 + 0.9 * np.clip(across - down, -0.5, 0.7))[..., None]
    picture = picture + linear(light.sun) * (np.clip(across * 1.2 - down * 1.4 - 0.22, 0, 1) * 2.2)[..., None]
    return developed(np.clip(picture, 0, None), rng)
