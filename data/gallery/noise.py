"""Smooth randomness: cloud, grain, paper, and the moving of pixels by it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Field = NDArray[np.float32]
"""float32 (height, width)."""
Pixels = NDArray[np.float32]
"""float32 (height, width, 3), sRGB in 0..1."""


def lattice(rng: np.random.Generator, width: int, height: int, across: float, down: float) -> Field:
    """Return value noise whose features are about `across` by `down` pixels large; mean 0, deviation about .6."""
    grid = rng.standard_normal((int(height / down) + 4, int(width / across) + 4), dtype=np.float32)
    # Cut one cell off each side, so that the resampling filter never meets the border.
    box = (1.5, 1.5, 1.5 + width / across, 1.5 + height / down)
    return np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC, box=box))


def cloud(rng: np.random.Generator, width: int, height: int, size: float, *, octaves: int = 4, stretch: float = 1.0,
          keep: float = 0.5) -> Field:  # fmt: skip
    """Return fractal noise, a sum of lattices each half as large (Perlin, 1985).

    Args:
        rng: source of the noise.
        width, height: of the field in pixels.
        size: of the largest features in pixels; `stretch` makes them so much wider than high.
        octaves: number of lattices; keep: strength of each relative to the one before.
    Returns:
        A field of mean 0 and deviation 1.
    """
    total = np.zeros((height, width), np.float32)
    strength = 1.0
    for _ in range(octaves):
        total += strength * lattice(rng, width, height, max(size * stretch, 1.0), max(size, 1.0))
        size, strength = size / 2, strength * keep
    total -= total.mean()
    return total / np.float32(max(float(total.std()), 1e-6))


def blurred(field: Field, radius: float) -> Field:
    """Return a field after a Gaussian blur of a radius in pixels (three box passes, so that it costs little)."""
    image = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    reach = max(radius, 0.3)
    if reach > 6:
        small = (max(1, round(field.shape[1] * 3 / reach)), max(1, round(field.shape[0] * 3 / reach)))
        reduced = _box_thrice(np.asarray(image.resize(small, Image.Resampling.BOX)), 3)
        return np.asarray(Image.fromarray(reduced).resize(image.size, Image.Resampling.BICUBIC))
    return _box_thrice(np.asarray(image), reach)


def _box_thrice(field: Field, radius: float) -> Field:
    """Return a field after three running means along each axis, which together are near a Gaussian."""
    reach = max(1, round((np.sqrt(4 * radius**2 + 1) - 1) / 2))
    wide = 2 * reach + 1
    for axis in (0, 1):
        length = field.shape[axis]
        edge = [(0, 0), (0, 0)]
        edge[axis] = (reach, reach)
        for _ in range(3):
            padded = np.pad(field, edge, mode="edge")
            # A few additions of whole arrays are faster than a running sum, which would need doubles.
            total = padded[:length].copy() if axis == 0 else padded[:, :length].copy()
            for step in range(1, wide):
                total += padded[step : step + length] if axis == 0 else padded[:, step : step + length]
            total *= np.float32(1 / wide)
            field = total
    return field


def slopes(field: Field) -> tuple[Field, Field]:
    """Return how much a field grows downwards and to the right, a pixel."""
    down, across = np.gradient(field, axis=0), np.gradient(field, axis=1)
    return np.asarray(down, dtype=np.float32), np.asarray(across, dtype=np.float32)


def blurred_picture(picture: Pixels, radius: float) -> Pixels:
    """Return a picture after a Gaussian blur of a radius in pixels."""
    return np.asarray(to_image(picture).filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) / np.float32(255)


def displaced(picture: Pixels, right: Field, down: Field) -> Pixels:
    """Return a picture whose every pixel is taken from `right`, `down` pixels further; the border repeats."""
    height, width = right.shape
    rows, columns = np.mgrid[0:height, 0:width]
    x = np.clip(columns + right, 0, width - 1.001)
    y = np.clip(rows + down, 0, height - 1.001)
    left, top = x.astype(np.int32), y.astype(np.int32)
    dx, dy = (x - left).astype(np.float32)[..., None], (y - top).astype(np.float32)[..., None]
    upper = picture[top, left] * (1 - dx) + picture[top, left + 1] * dx
    lower = picture[top + 1, left] * (1 - dx) + picture[top + 1, left + 1] * dx
    result: Pixels = upper * (1 - dy) + lower * dy
    return result


def to_image(picture: Pixels) -> Image.Image:
    """Return a Pillow RGB image of float pixels, held to 0..1."""
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def to_pixels(image: Image.Image) -> Pixels:
    """Return the float pixels of a Pillow RGB image."""
    return np.asarray(image, dtype=np.float32) / np.float32(255)
