"""Edits that lose detail."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter

from evaluation.edits.canvas import resize, to_image, to_pixels
from feature_extractor.picture import MIN_SIDE, Picture


def shrink(pixels: Picture, _rng: np.random.Generator, *, side: int) -> Picture:
    """Return a picture whose longer side is at most `side` px, no side under the least that can be searched with."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    return resize(pixels, (max(MIN_SIDE, round(width * scale)), max(MIN_SIDE, round(height * scale))))


def compress(pixels: Picture, _rng: np.random.Generator, *, quality: int) -> Picture:
    """Return a picture as a JPEG of this quality (1..95, chroma at half the size) shows it."""
    file = BytesIO()
    to_image(pixels).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    with Image.open(file) as opened:
        return to_pixels(opened)


def blur(pixels: Picture, _rng: np.random.Generator, *, share: float) -> Picture:
    """Return a picture blurred by a Gaussian whose standard deviation is this share of the width."""
    return to_pixels(to_image(pixels).filter(ImageFilter.GaussianBlur(share * pixels.shape[1])))


def add_noise(pixels: Picture, rng: np.random.Generator, *, sigma: float) -> Picture:
    """Return a picture with Gaussian noise of this standard deviation (of 255) on every channel."""
    noise = rng.normal(0, sigma, pixels.shape)
    return np.clip(pixels + noise, 0, 255).round().astype(np.uint8)
