"""Night: stars, northern lights, the moon, fireworks, windows."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from data.gallery.colour import Palette, mix, shade
from data.gallery.media.photo.lens import (
    Rng,
    developed,
    firs,
    grid,
    linear,
    over,
    ridge,
    sea,
    silhouette,
    smoothstep,
    starlight,
)
from data.gallery.noise import blurred, blurred_picture, cloud, slopes
from data.gallery.scene import place
from data.gallery.subjects import plants


def milky_way(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the Milky Way over firs."""
    x, y = grid(width, height)
    picture = (
        linear(shade(light.zenith, -0.45)) * (1 - y[..., None])
        + linear(mix(light.zenith, light.horizon, 0.45)) * y[..., None] ** 1.5
    )
    angle, offset = rng.uniform(0.7, 1.2), rng.uniform(-0.1, 0.1)
    across = (x - width / height / 2 - offset) * np.sin(angle) + (y - 0.4) * np.cos(angle) * 0.9
    dust = cloud(rng, width, height, 110, octaves=6, keep=0.6)
    band = np.exp(-((across + 0.05 * dust) ** 2) / 0.02)
    lanes = smoothstep(0.2, 1.5, cloud(rng, width, height, 70, octaves=6, keep=0.62)) * np.exp(-(across**2) / 0.008)
    glow = (np.array((0.55, 0.5, 0.62), np.float32) + 0.25 * linear(light.accents[0])) * 0.42
    picture = picture + glow * (band * (1 - 0.8 * lanes) * (0.7 + 0.3 * dust))[..., None]
    stars = starlight(rng, width, height, count=2600, low=0.95)
    crowd = starlight(rng, width, height, count=6000, low=0.95) * np.clip(band * (1 - 0.7 * lanes), 0, 1)[..., None]
    picture = np.clip(picture, 0, None) + stars + 0.6 * crowd
    line = ridge(rng, width, rng.uniform(0.84, 0.88), 0.04, size=260)
    ground = np.clip((y - line[None, :]) * height, 0, 1)
    trees = np.maximum(ground, firs(rng, width, height, line, tall=rng.uniform(0.16, 0.26), count=46))
    picture = over(picture, np.array((0.004, 0.005, 0.008), np.float32), trees)
    return developed(picture, rng, grain=0.028, halo=0.1)


def aurora(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return northern lights over a lake."""
    _, y = grid(width, height)
    horizon = 0.66
    picture = (
        linear(shade(light.zenith, -0.4)) * (1 - y[..., None])
        + linear(mix(light.zenith, light.far, 0.5)) * 0.8 * y[..., None]
    )
    picture = picture + starlight(rng, width, height, count=1100, low=horizon)
    for step in range(3):
        foot = 0.5 - 0.11 * step + 0.07 * cloud(rng, width, 8, 220, octaves=3)[4] + 0.02 * np.sin(np.arange(width) / 40)
        pleats = 0.55 + 0.45 * cloud(rng, width, 8, 12, octaves=3)[4]
        rise = np.clip(foot[None, :] - y, -1, 1)
        curtain = (
            np.where(rise > 0, np.exp(-rise / (0.11 + 0.05 * step)), np.exp(rise * 34))
            * np.clip(pleats, 0.05, 2)[None, :]
        )
        low = np.array((0.1, 0.95, 0.45), np.float32) * 0.7 + 0.3 * linear(light.accents[2])
        high = np.array((0.5, 0.15, 0.75), np.float32) * 0.7 + 0.3 * linear(light.accents[0])
        share = np.clip(rise * 4, 0, 1)[..., None]
        picture = picture + curtain[..., None] * (low * (1 - share) + high * share) * (0.75 - 0.15 * step)
    line = ridge(rng, width, horizon - 0.04, 0.045, size=200)
    dark = np.array((0.006, 0.009, 0.016), np.float32)
    picture = over(picture, dark, np.clip((y - line[None, :]) * height, 0, 1) * (y <= horizon))
    picture = over(
        picture,
        dark,
        firs(rng, width, height, np.full(width, horizon, np.float32), tall=0.1, count=60) * (y <= horizon),
    )
    return developed(sea(rng, light, picture, horizon, (9.0, 0.5), rough=0.55), rng, grain=0.03)


def full_moon(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the moon through a long lens behind branches."""
    x, y = grid(width, height)
    cx, cy, radius = (
        width / height * rng.uniform(0.42, 0.58),
        rng.uniform(0.42, 0.5),
        0.31 * min(1.0, width / height * 1.1),
    )
    dx, dy = (x - cx) / radius, (y - cy) / radius
    inside = np.clip(1 - dx * dx - dy * dy, 0, 1)
    seas = smoothstep(-0.2, 0.9, cloud(rng, width, height, 120, octaves=5, keep=0.5))
    albedo = 0.62 - 0.3 * seas + 0.05 * cloud(rng, width, height, 9, octaves=4)
    relief = np.zeros((height, width), np.float32)
    for _ in range(260):
        turn, off = rng.uniform(0, 6.28), np.sqrt(rng.random())
        px, py, size = (
            cx + radius * off * np.cos(turn),
            cy + radius * off * np.sin(turn),
            radius * (0.012 + 0.08 * rng.random() ** 7),
        )
        top, left = max(int((py - size * 1.4) * height), 0), max(int((px - size * 1.4) * height), 0)
        box = np.s_[top : int((py + size * 1.4) * height) + 1, left : int((px + size * 1.4) * height) + 1]
        away = np.hypot(x[box] - px, y[box] - py) / size
        relief[box] += size * height * (0.5 * np.exp(-(((away - 1) / 0.16) ** 2)) - 0.45 * smoothstep(1.0, 0.5, away))
    down, across = slopes(relief)
    face = albedo * (np.sqrt(inside) ** 0.35) * (1 + 1.1 * np.clip(across * 0.4 + down * 0.3, -0.4, 0.4))
    cover = smoothstep(1.012, 0.99, np.hypot(dx, dy))
    picture = np.broadcast_to(linear(shade(light.zenith, -0.4)) * 0.6, (height, width, 3))
    picture = picture + linear(light.sun) * 0.22 * np.exp(-np.clip(np.hypot(dx, dy) - 1, 0, None) * 3)[..., None]
    picture = over(picture, linear(mix(light.sun, (1, 1, 1), 0.4)) * face[..., None] * 1.3, cover)
    branch = silhouette(
        place(plants.bare_tree(rng, (0, 0, 0), depth=6, lean=0.3), -0.05, 1.1, 1.0, angle=0.35), width, height
    )
    branch = blurred(branch, height * 0.004)
    return developed(over(picture, np.array((0.006, 0.006, 0.01), np.float32), np.clip(branch, 0, 1)), rng, grain=0.022)


def night_windows(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the front of an apartment house at night, every window another room."""
    picture = np.broadcast_to(linear(mix(light.near, light.dark, 0.35)) * 0.35, (height, width, 3)).copy()
    picture *= 1 + 0.1 * cloud(rng, width, height, 5, octaves=3)[..., None]
    columns, rows = (7, 6) if width > height else (5, 8)
    step_x, step_y = width / columns, height / rows
    brick_y, brick_x = np.mgrid[0:height, 0:width]
    joints = ((brick_y % 7) == 0) | (((brick_x + (brick_y // 7 % 2) * 8) % 16) == 0)
    picture[joints] *= 0.72
    warm = [(1.0, 0.78, 0.42), (1.0, 0.88, 0.62), (0.95, 0.6, 0.3), (0.75, 0.85, 1.0), light.accents[1]]
    for row in range(rows):
        for column in range(columns):
            left, top = int(column * step_x + step_x * 0.2), int(row * step_y + step_y * 0.18)
            wide, high = int(step_x * 0.6), int(step_y * 0.62)
            lit = rng.random() < 0.55
            v, u = np.mgrid[0:high, 0:wide].astype(np.float32)
            u, v = u / wide, v / high
            if lit:
                lamp = np.exp(-(((u - rng.uniform(0.2, 0.8)) ** 2 + (v - rng.uniform(0.2, 0.5)) ** 2) / 0.12))
                room = linear(warm[rng.integers(5)]) * (0.3 + 0.95 * lamp)[..., None]
                kind = rng.random()
                if kind < 0.35:
                    drape = (u < 0.2 + 0.03 * np.sin(v * 9)) | (u > 0.8 + 0.03 * np.sin(v * 7))
                    room = np.where(drape[..., None], room * 0.35 * (0.8 + 0.3 * np.sin(u * 70))[..., None], room)
                elif kind < 0.55:
                    room = room * (0.55 + 0.45 * (np.sin(v * 75) > -0.2))[..., None]
                elif kind < 0.62:
                    head = ((u - 0.5) ** 2 / 0.012 + (v - 0.48) ** 2 / 0.02 < 1) | (
                        (np.abs(u - 0.5) < 0.22) & (v > 0.66)
                    )
                    room = np.where(head[..., None], room * 0.06, room)
                elif kind < 0.8:
                    leaves = cloud(rng, wide, high, 12, octaves=3) + (v - 0.75) * 7
                    room = np.where((leaves > 0.6)[..., None], room * 0.12, room)
            else:
                room = (
                    linear(mix(light.zenith, light.dark, 0.3)) * (0.12 + 0.25 * np.clip(u + v - 0.9, 0, 1))[..., None]
                )
            bars = (
                (np.abs(u - 0.5) < 0.018)
                | (np.abs(v - 0.36) < 0.014)
                | (u < 0.03)
                | (u > 0.97)
                | (v < 0.02)
                | (v > 0.98)
            )
            picture[top : top + high, left : left + wide] = np.where(bars[..., None], 0.03, room)
            sill = np.s_[top + high : top + high + max(3, high // 18), max(left - 4, 0) : left + wide + 4]
            picture[sill] = linear(mix(light.far, light.light, 0.2)) * (0.45 if lit else 0.15)
    return developed(picture.astype(np.float32), rng, halo=0.4, grain=0.03)


def fireworks(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return fireworks and their reflection."""
    _, y = grid(width, height)
    horizon = 0.72
    sheet = Image.new("RGB", (width * 2, height * 2))
    pen = ImageDraw.Draw(sheet)
    paints = [*light.accents, light.sun, light.light]
    for burst in range(6):
        cx, cy = width / height * (0.12 + 0.155 * burst) + rng.normal(0, 0.03), rng.uniform(0.14, 0.42)
        reach, colour = rng.uniform(0.11, 0.24), paints[rng.integers(5)]
        for _ in range(int(rng.integers(70, 120))):
            turn, off = (
                rng.uniform(0, 6.28),
                reach * rng.uniform(0.75, 1.05) * np.sqrt(1 - rng.uniform(-1, 1) ** 2 * 0.6),
            )
            spark = [
                (cx + off * s * np.cos(turn), cy + off * s * np.sin(turn) + 0.06 * s * s)
                for s in np.linspace(0.12, 1, 9)
            ]
            for part, (a, b) in enumerate(pairwise(spark)):
                fade = (part + 2) / 10
                tone = tuple(int(255 * c * fade) for c in mix(colour, (1, 1, 1), 0.35 * (1 - fade)))
                pen.line(
                    (a[0] * height * 2, a[1] * height * 2, b[0] * height * 2, b[1] * height * 2), fill=tone, width=2
                )
        pen.line(
            (cx * height * 2, (cy + 0.02) * height * 2, (cx + rng.normal(0, 0.02)) * height * 2, horizon * height * 2),
            fill=(90, 62, 40),
            width=1,
        )
    sparks = (np.asarray(sheet.reduce(2), dtype=np.float32) / np.float32(255)) ** np.float32(2.2) * 3.2
    picture = linear(shade(light.zenith, -0.55)) * (1 - 0.4 * y[..., None]) + linear(light.far) * 0.12 * y[..., None]
    smoke = np.clip(cloud(rng, width, height, 120, octaves=5), 0, None)[..., None]
    wide = blurred_picture(np.clip(sparks, 0, 1), height * 0.035)
    picture = picture + sparks + wide * 1.4 + wide * smoke * 1.2
    line = np.full(width, horizon, np.float32)
    position = 0
    while position < width:
        block = int(rng.integers(8, 34))
        line[position : position + block] = horizon - rng.uniform(0.012, 0.085) * (
            0.5 + 0.5 * np.sin(position / width * np.pi)
        )
        position += block
    houses = (y > line[None, :]) & (y <= horizon)
    picture = over(picture, np.array((0.01, 0.01, 0.016), np.float32), houses.astype(np.float32))
    panes = (
        houses
        & ((np.arange(height)[:, None] % 5) < 2)
        & ((np.arange(width)[None, :] % 4) < 2)
        & (rng.random((height, width)) < 0.3)
    )
    picture = np.where(panes[..., None], np.array((0.9, 0.62, 0.3), np.float32), picture)
    return developed(
        sea(rng, light, picture.astype(np.float32), horizon, (9.0, 0.5), rough=0.8), rng, grain=0.028, halo=0.3
    )
