"""Edits that change each pixel's colour by itself, or by the picture's histogram."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from feature_extractor.training.augment.pixels import Others, any_colour, blend, pick_colour, pick_factor, plain

_LUMA = np.array([0.299, 0.587, 0.114])


def change_tone(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Change brightness, contrast, gamma and saturation together."""
    reach = 0.15 + 0.65 * strength
    light, contrast, gamma = np.exp(rng.uniform(-reach, reach, 3) * [0.7, 0.8, 0.8])
    middle = float(cv2.mean(picture)[rng.integers(3)]) / 255
    toned = _bend(picture, lambda x: (((x * light) ** gamma) - middle) * contrast + middle)
    if rng.random() < 0.6:
        toned = _mix(toned, _saturation(rng.uniform(1 - reach, 1 + 1.5 * reach)))
    return toned


def recolour(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Turn the hue, tint by another white, or swap channels."""
    chance = rng.random()
    if chance < 0.45:
        return _mix(picture, _hue(rng.uniform(0.15, 0.2 + 2.9 * strength) * rng.choice([-1, 1])))
    if chance < 0.8:
        gains = np.exp(rng.uniform(-0.6, 0.6, 3) * (0.3 + 0.7 * strength))
        return _mix(picture, np.diag(gains))
    order = rng.permutation(3)
    if (order == [0, 1, 2]).all():
        order = order[::-1]
    return np.ascontiguousarray(picture[..., order])


def drop_colour(picture: Picture, rng: np.random.Generator, _strength: float, _others: Others) -> Picture:
    """Make it grey, sepia or of two inks, or leave one channel."""
    chance = rng.random()
    if chance < 0.4:
        return _mix(picture, _saturation(0))
    if chance < 0.55:
        tint = np.array([1.07, 0.95, 0.75]) * rng.uniform(0.85, 1.1)
        return _mix(picture, np.outer(tint, _LUMA))
    if chance < 0.9:
        dark, bright = np.array(any_colour(rng)), np.array(any_colour(rng))
        # Inks of one lightness would leave nothing to see.
        if _LUMA @ dark > _LUMA @ bright:
            dark, bright = bright, dark
        dark, bright = dark * 0.5, 255 - (255 - bright) * 0.5
        table = (dark + np.linspace(0, 1, 256)[:, None] * (bright - dark)).astype(np.uint8)
        return np.asarray(table[_grey(picture)], np.uint8)
    return np.ascontiguousarray(np.repeat(picture[..., [int(rng.integers(3))]], 3, axis=2))


def change_levels(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Posterise, solarise, equalise (plainly or by tiles), stretch, draw two tones only, or invert."""
    chance = rng.random()
    if chance < 0.25:
        steps = int(rng.integers(3 + round(3 * (1 - strength)), 8))
        return _bend(picture, lambda x: np.round(x * steps) / steps)
    if chance < 0.4:
        limit = rng.uniform(0.4, 0.85)
        return _bend(picture, lambda x: np.where(x < limit, x, 1 - x))
    if chance < 0.7:
        return _equalise(picture, rng)
    if chance < 0.85:
        low, high = rng.uniform(0.02, 0.25), rng.uniform(0.7, 0.95)
        return _bend(picture, lambda x: (x - low) / (high - low))
    if chance < 0.93:
        middle = float(_grey(picture).mean()) * rng.uniform(0.8, 1.2)
        two = np.where(_grey(picture) < middle, 0, 255).astype(np.uint8)
        return np.repeat(two[..., None], 3, axis=2)
    return np.asarray(cv2.bitwise_not(picture), np.uint8)


def fade(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Let a colour shine through it."""
    height, width = picture.shape[:2]
    return blend(picture, plain(width, height, pick_colour(rng)), rng.uniform(0.15, 0.2 + 0.45 * strength))


def light_unevenly(picture: Picture, rng: np.random.Generator, strength: float, _others: Others) -> Picture:
    """Lay light and shadow over it that change slowly, or darken its corners."""
    height, width = picture.shape[:2]
    if rng.random() < 0.5:
        points = int(rng.integers(2, 5))
        field = rng.uniform(1 - 0.8 * max(0.3, strength), 1.4, (points, points, 1 if rng.random() < 0.6 else 3))
    else:
        across, down = np.meshgrid(np.linspace(-1, 1, 16), np.linspace(-1, 1, 16))
        field = np.exp(-rng.uniform(0.3, 0.5 + strength) * (across**2 + down**2))[..., None]
    if field.shape[2] == 1:
        field = np.repeat(field, 3, axis=2)
    smooth = cv2.resize((field * 128).clip(0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.multiply(picture, smooth, scale=1 / 128), np.uint8)


def change_part(picture: Picture, rng: np.random.Generator, strength: float, others: Others) -> Picture:
    """Change the colours of a part of it only, with a hard edge."""
    height, width = picture.shape[:2]
    change = (change_tone, recolour, drop_colour, fade)[rng.integers(4)]
    middle = int(rng.integers(width)), int(rng.integers(height))
    reach = int(width * rng.uniform(0.25, 0.6)), int(height * rng.uniform(0.25, 0.6))
    part = np.zeros((height, width), np.uint8)
    if rng.random() < 0.5:
        cv2.ellipse(part, middle, reach, rng.uniform(0, 90), 0, 360, (255,), -1)
    else:
        cv2.rectangle(part, (middle[0] - reach[0], middle[1] - reach[1]), (middle[0] + reach[0], height), (255,), -1)
    return np.asarray(cv2.copyTo(change(picture, rng, strength, others), part, picture.copy()), np.uint8)


def _bend(picture: Picture, curve: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Picture:
    """Send every value, as 0..1, through a curve."""
    table = np.nan_to_num(curve(np.linspace(0, 1, 256))).clip(0, 1)
    return np.asarray(cv2.LUT(picture, (table * 255).round().astype(np.uint8)), np.uint8)


def _mix(picture: Picture, matrix: NDArray[np.float64]) -> Picture:
    """Give every pixel the colour matrix @ (red, green, blue)."""
    return np.asarray(cv2.transform(picture, matrix), np.uint8)


def _saturation(factor: float) -> NDArray[np.float64]:
    """Return the matrix that takes colours this many times as far from grey."""
    return factor * np.eye(3) + (1 - factor) * np.tile(_LUMA, (3, 1))


def _hue(angle: float) -> NDArray[np.float64]:
    """Return the matrix that turns colours about the axis of greys (Rodrigues' formula)."""
    axis = np.full(3, 1 / np.sqrt(3))
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turned = np.cos(angle) * np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * np.outer(axis, axis)
    return np.asarray(turned, np.float64)


def _grey(picture: Picture) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def _equalise(picture: Picture, rng: np.random.Generator) -> Picture:
    """Spread the lightness, or each channel, evenly; over the whole or by tiles."""
    chance = rng.random()
    if chance < 0.3:
        return np.asarray(cv2.merge([cv2.equalizeHist(part) for part in cv2.split(picture)]), np.uint8)
    split = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb), np.uint8)
    light = np.ascontiguousarray(split[..., 0])
    if chance < 0.6:
        split[..., 0] = cv2.equalizeHist(light)
    else:
        tiles = int(rng.integers(2, 9))
        split[..., 0] = cv2.createCLAHE(pick_factor(rng, 2, 10), (tiles, tiles)).apply(light)
    return np.asarray(cv2.cvtColor(split, cv2.COLOR_YCrCb2RGB), np.uint8)
