"""Near things: a blossom, drops on a pane."""

import numpy as np
from PIL import Image

from data.gallery.colour import Palette, mix, shade
from data.gallery.media.photo.lens import Rng, developed, grid, linear, over, smoothstep
from data.gallery.noise import blurred, blurred_picture, cloud, displaced


def flower_macro(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return one blossom very near, with dew and a ground far out of focus."""
    x, y = grid(width, height)
    leafy = cloud(rng, width, height, 190, octaves=2)[..., None]
    picture = linear(mix(light.leaf, light.dark, 0.45)) * (0.75 + 0.3 * leafy) + linear(light.horizon) * 0.1 * np.clip(
        leafy, 0, 2
    )
    picture = np.clip(picture, 0.004, None).astype(np.float32)
    for _ in range(26):
        cx, cy, radius = rng.uniform(0, width / height), rng.uniform(0, 1), rng.uniform(0.03, 0.1)
        disc = smoothstep(1.05, 0.92, np.hypot(x - cx, y - cy) / radius)
        picture += disc[..., None] * linear(mix(light.leaf, light.light, rng.uniform(0.2, 0.8))) * 0.1
    cx, cy = width / height * rng.uniform(0.44, 0.56), rng.uniform(0.44, 0.54)
    petals, rings = int(rng.integers(9, 15)), 3
    paint, heart = linear(light.accents[rng.integers(3)]), linear((0.93, 0.7, 0.16))
    dx, dy = x - cx, (y - cy) / rng.uniform(0.78, 0.95)
    radius, turn = np.hypot(dx, dy), np.arctan2(dy, dx)
    fibre = cloud(rng, 720, 64, 7, octaves=3, stretch=0.6)
    for ring in range(rings):
        reach = (0.46 - 0.075 * ring) * min(1.0, width / height)
        phase = (turn + ring * np.pi / petals + 0.03 * ring) * petals / (2 * np.pi)
        nearest = np.round(phase)
        wobble = rng.uniform(0.88, 1.06, petals).astype(np.float32)[nearest.astype(np.int32) % petals]
        off = (phase - nearest) * 2
        along = np.clip(radius / (reach * wobble), 0, 1.2)
        half = (
            0.92
            * np.sqrt(np.clip(1 - np.clip((along - 0.62) / 0.38, 0, 1) ** 2, 0, 1))
            * np.clip(along * 3.2 + 0.35, 0, 1)
        )
        cover = smoothstep(1.0, 0.955, along) * smoothstep(0.0, 0.07, half - np.abs(off))
        veins = fibre[np.clip((along * 30).astype(np.int32), 0, 63), ((phase + 4) * 52).astype(np.int32) % 720]
        body = (0.5 + 0.5 * along) * (1 - 0.5 * np.abs(off) ** 2.2) * (1 + 0.07 * veins) + 0.1 * (off < 0)
        shadow = blurred(cover, height * 0.012)
        picture = picture * (1 - 0.45 * np.clip(shadow - cover, 0, 1))[..., None]
        tone = paint * (0.72 + 0.22 * ring) + linear(light.light) * 0.12 * along[..., None] ** 3
        picture = over(picture, tone * body[..., None], cover)
    grains = cloud(rng, width, height, 5, octaves=2)
    core = 0.115 * min(1.0, width / height)
    dome = np.sqrt(np.clip(1 - (radius / core) ** 2, 0, 1))
    disc = smoothstep(core * 1.04, core * 0.95, radius + 0.004 * grains)
    picture *= (1 - 0.5 * smoothstep(core * 1.5, core, radius) * (1 - disc))[..., None]
    picture = over(picture, heart * ((0.35 + 0.75 * dome) * (0.85 + 0.28 * grains))[..., None], disc)
    # Depth of field: the blossom's rim is already behind the plane of focus.
    soft = blurred_picture(np.clip(picture, 0, 1) ** np.float32(1 / 2.2), height * 0.012) ** np.float32(2.2)
    picture = over(picture, soft, smoothstep(0.2, 0.5, radius))
    for _ in range(26):
        size, at, way = (
            rng.uniform(0.005, 0.014),
            rng.uniform(0.13, 0.38) * min(1.0, width / height),
            rng.uniform(0, 6.28),
        )
        px, py = (x - cx - at * np.cos(way)) / size, (y - cy - at * np.sin(way) * 0.85) / size
        round_ = px * px + py * py
        drop = smoothstep(1.05, 0.85, round_)
        picture *= 1 + (drop * (0.35 * py - 0.1))[..., None]
        picture += (smoothstep(0.1, 0.02, (px + 0.35) ** 2 + (py + 0.4) ** 2) * 1.3)[..., None]
    return developed(picture, rng, vignette=0.5)


def city_bokeh(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return lights of a street far out of focus, behind rain on a pane."""
    x, y = grid(width, height)
    picture = np.broadcast_to(linear(shade(light.zenith, -0.6)), (height, width, 3)) * (1.3 - 0.6 * y[..., None])
    paints = [*light.accents, light.sun, (1.0, 0.75, 0.4), (0.9, 0.25, 0.2)]
    for _ in range(95):
        depth = rng.random()
        radius = 0.012 + 0.05 * (1 - depth) ** 1.5
        cx, cy = rng.uniform(-0.05, width / height + 0.05), np.clip(rng.normal(0.55, 0.15 * (1.3 - depth)), 0, 1)
        box = np.s_[
            max(int((cy - radius * 1.1) * height), 0) : int((cy + radius * 1.1) * height) + 2,
            max(int((cx - radius * 1.1) * height), 0) : max(int((cx + radius * 1.1) * height) + 2, 0),
        ]
        away = np.hypot(x[box] - cx, y[box] - cy) / radius
        # A lens that corrects for sharpness leaves discs with a bright rim.
        disc = smoothstep(1.03, 0.96, away) * (0.55 + 0.45 * away**3)
        picture[box] += disc[..., None] * linear(paints[rng.integers(6)]) * rng.uniform(0.25, 0.9)
    wet = blurred_picture(np.clip(picture[::-1], 0, 1), 9)[: height // 2 + 1]
    picture[-(height // 2 + 1) :] += wet * 0.35 * smoothstep(0.62, 1.0, y[-(height // 2 + 1) :])[..., None]
    right, down, shine = np.zeros((3, height, width), np.float32)
    for _ in range(150):
        radius = 0.004 + 0.017 * rng.random() ** 3
        cx, cy = rng.uniform(0, width / height), rng.uniform(0, 1)
        top, left = max(int((cy - radius) * height), 0), max(int((cx - radius) * height), 0)
        box = np.s_[top : int((cy + radius) * height) + 1, left : int((cx + radius) * height) + 1]
        dx, dy = (x[box] - cx) / radius, (y[box] - cy) / radius
        inside = dx * dx + dy * dy < 1
        right[box] = np.where(inside, -dx * radius * height * 3.2, right[box])
        down[box] = np.where(inside, -dy * radius * height * 3.2, down[box])
        shine[box] = np.where(inside, 0.12 * np.clip(-dx - dy, 0, 1) ** 2 - 0.1 * (dx * dx + dy * dy) ** 3, shine[box])
    picture = np.clip(displaced(picture, right, down) + shine[..., None], 0, None)
    return developed(picture, rng, halo=0.25)
