"""Draws pictures for these tests: smooth colours with hard-edged shapes, different for every seed."""

import numpy as np

from feature_extractor.picture import Picture


def draw_picture(seed: int, width: int = 200, height: int = 150) -> Picture:
    rng = np.random.default_rng([3, seed])
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    waves = [sum(rng.normal() * np.sin(rng.uniform(1, 9) * x + rng.uniform(1, 9) * y) for _ in range(4)) for _ in "rgb"]
    pixels: Picture = np.clip(128 + 50 * np.stack(waves, axis=-1), 0, 255).astype(np.uint8)
    for _ in range(12):
        top, left = int(rng.integers(height)), int(rng.integers(width))
        pixels[top : top + int(rng.integers(8, 50)), left : left + int(rng.integers(8, 50))] = rng.integers(256, size=3)
    return pixels
