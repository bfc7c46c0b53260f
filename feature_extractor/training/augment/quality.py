"""Edits that lose detail, or add what was never there: compression, blur, noise, small sizes."""

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from feature_extractor.picture import Picture
from feature_extractor.training.augment.pixels import Others, pick_factor, resize, shrink_to_fit

_WEBP_SIDE = 256
"""WebP takes ten times as long as JPEG: it gets smaller pictures."""


def compress(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Save as JPEG of quality 5 to 90, sometimes twice, or as WebP."""
    if rng.random() < 0.12:
        return _webp(shrink_to_fit(picture, _WEBP_SIDE), int(rng.integers(2, 60)))
    for _ in range(2 if rng.random() < 0.1 else 1):
        picture = jpeg(picture, round(pick_factor(rng, 5 + 25 * (1 - strength), 90)))
    return picture


def jpeg(picture: Picture, quality: int) -> Picture:
    """Return a picture saved as JPEG and read again."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, file = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR_RGB), np.uint8)


def rescale(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Reduce to 32 to 128 px and enlarge again, each with one of several interpolations."""
    height, width = picture.shape[:2]
    scale = pick_factor(rng, 32 + 40 * (1 - strength), 128) / max(height, width)
    if scale >= 1:
        scale = 0.5
    small = max(1, round(width * scale)), max(1, round(height * scale))
    down = int(rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_NEAREST], p=[0.7, 0.2, 0.1]))
    up = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST], p=[0.4, 0.35, 0.25]))
    reduced = cv2.resize(picture, small, interpolation=down)
    return np.asarray(cv2.resize(reduced, (width, height), interpolation=up), np.uint8)


def blur(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Blur by .3 to 3 % of the width: Gaussian, box, along a line, or by the median."""
    height, width = picture.shape[:2]
    radius = width * pick_factor(rng, 0.003, 0.006 + 0.024 * strength)
    # A wide kernel is slow and keeps no detail: it goes over a smaller picture.
    reduction = max(1.0, radius / 2.5)
    size = max(8, round(width / reduction)), max(8, round(height / reduction))
    small, radius = (resize(picture, *size), radius / reduction) if reduction > 1 else (picture, radius)
    chance = rng.random()
    odd = 2 * max(1, round(radius)) + 1
    if chance < 0.5:
        blurred = cv2.GaussianBlur(small, (0, 0), max(radius, 0.6))
    elif chance < 0.65:
        blurred = cv2.blur(small, (odd, odd))
    elif chance < 0.9:
        blurred = cv2.filter2D(small, -1, _line_kernel(2 * odd - 1, rng.uniform(0, np.pi)))
    else:
        blurred = cv2.medianBlur(small, min(odd, 5))
    return resize(np.asarray(blurred, np.uint8), width, height) if reduction > 1 else np.asarray(blurred, np.uint8)


def sharpen(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Strengthen edges much, or leave a relief of them."""
    if rng.random() < 0.8:
        soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 2.2))
        amount = rng.uniform(1, 1.5 + 3 * strength)
        return np.asarray(cv2.addWeighted(picture, 1 + amount, soft, -amount, 0), np.uint8)
    angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.2)
    across, down = np.meshgrid([-1, 0, 1], [-1, 0, 1])
    relief = depth * (across * np.cos(angle) + down * np.sin(angle))
    relief[1, 1] += rng.uniform(0.3, 1)
    return np.asarray(cv2.filter2D(picture, -1, relief, delta=rng.uniform(0, 60)), np.uint8)


def add_noise(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Add noise, grey or coloured, fine or coarse; speckle; salt and pepper; or move single pixels about."""
    chance = rng.random()
    if chance < 0.65:
        grain = _grain(picture.shape[0], picture.shape[1], rng)
        sigma = pick_factor(rng, 6, 12 + 50 * strength)
        if chance < 0.45:
            # grain is 128 + 48 z: added as a difference from its middle.
            return np.asarray(cv2.addWeighted(picture, 1, grain, sigma / 48, -128 * sigma / 48), np.uint8)
        speckle = cv2.addWeighted(grain, sigma / 48, grain, 0, 128 - 128 * sigma / 48)
        return np.asarray(cv2.multiply(picture, speckle, scale=1 / 128), np.uint8)
    noisy = picture.copy()
    height, width = picture.shape[:2]
    count = max(16, int(height * width * pick_factor(rng, 0.01, 0.03 + 0.15 * strength)))
    rows, columns = rng.integers(0, height, count), rng.integers(0, width, count)
    if chance < 0.85:
        noisy[rows, columns] = rng.integers(0, 2, (count, 1), np.uint8) * np.uint8(255)
    else:
        noisy[rows, columns] = picture[rows[::-1], columns[::-1]]
    return noisy


def _grain(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return noise about 128 with a deviation of 48; a table of the normal's values is quicker than drawing them."""
    coarse = 1 if rng.random() < 0.7 else int(rng.integers(2, 4))
    channels = 1 if rng.random() < 0.3 else 3
    rows, columns = -(-height // coarse), -(-width // coarse)
    table = (128 + 48 * rng.standard_normal(256)).clip(0, 255).astype(np.uint8)
    drawn = np.frombuffer(rng.bytes(rows * columns * channels), np.uint8).reshape(rows, columns, channels)
    grain = np.asarray(cv2.LUT(drawn, table), np.uint8).reshape(rows, columns, channels)
    if channels == 1:
        grain = np.repeat(grain, 3, axis=2)
    if coarse > 1:
        grain = np.asarray(cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return grain


def _line_kernel(length: int, angle: float) -> NDArray[np.float32]:
    """Return a kernel (length, length) that averages along a line."""
    kernel = np.zeros((length, length), np.float32)
    middle = (length - 1) / 2
    steps = np.linspace(-middle, middle, 4 * length)
    rows = np.round(middle + steps * np.sin(angle)).astype(int)
    columns = np.round(middle + steps * np.cos(angle)).astype(int)
    np.add.at(kernel, (rows, columns), 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _webp(picture: Picture, quality: int) -> Picture:
    """Return a picture saved as WebP, the quickest way, and read again."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=quality, method=0)
    with Image.open(file, formats=["WEBP"]) as opened:
        return np.asarray(opened.convert("RGB"))
