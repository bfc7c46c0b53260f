"""Edits that change colours and leave every pixel in its place."""

import numpy as np
from PIL import Image, ImageEnhance

from evaluation.edits.canvas import to_image, to_pixels
from feature_extractor.picture import Picture


def make_grey(pixels: Picture, _rng: np.random.Generator) -> Picture:
    """Return a picture without colour."""
    return to_pixels(to_image(pixels).convert("L"))


def change_tone(pixels: Picture, rng: np.random.Generator, *, strength: float) -> Picture:
    """Return a picture with brightness, contrast and saturation each changed by up to this share, and at least half."""
    image = to_image(pixels)
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        sign = 1 if rng.random() < 0.5 else -1
        image = enhance(image).enhance(1 + sign * rng.uniform(strength / 2, strength))
    return to_pixels(image)


def change_gamma(pixels: Picture, rng: np.random.Generator, *, gamma: float) -> Picture:
    """Return a picture whose values, in 0..1, are raised to `gamma` or to its inverse."""
    power = gamma if rng.random() < 0.5 else 1 / gamma
    table = (255 * (np.arange(256) / 255) ** power).round().astype(np.uint8)
    return table[pixels]


def shift_hue(pixels: Picture, rng: np.random.Generator, *, degrees: float) -> Picture:
    """Return a picture with every hue turned one way or the other by `degrees`."""
    sign = 1 if rng.random() < 0.5 else -1
    hsv = np.array(to_image(pixels).convert("HSV"))
    hsv[..., 0] = (hsv[..., 0].astype(np.int16) + round(sign * degrees / 360 * 256)) % 256
    return to_pixels(Image.fromarray(hsv, "HSV"))


def make_duotone(pixels: Picture, rng: np.random.Generator) -> Picture:
    """Return a picture in two random inks: its dark in a dark one, its light in a light one."""
    dark, light = rng.uniform(0, 90, 3), rng.uniform(165, 255, 3)
    luminance = np.asarray(to_image(pixels).convert("L"), np.float64)[..., None] / 255  # (height, width, 1)
    return (dark + luminance * (light - dark)).round().astype(np.uint8)
