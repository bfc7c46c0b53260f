"""Oil: strokes of a loaded brush from coarse to fine along the forms (after Hertzmann, 1998, and Litwinowicz, 1997)."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from data.gallery.media.vector import draw_flat
from data.gallery.noise import Field, blurred, cloud, slopes, to_image, to_pixels
from data.gallery.scene import Area, Scene

_TURNS = 24
"""Directions in which a brush is kept, over half a turn."""
_LAYERS = ((34, 10.0, 0.0), (20, 7.0, 0.045), (12, 5.0, 0.07), (7, 3.4, 0.11))
"""Length of a stroke, distance between strokes (pixels), and how wrong the canvas must be for a stroke to be laid."""


def draw(scene: Scene, rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Return the scene painted in oil, RGB (height, width)."""
    motif = _toned(to_pixels(draw_flat(scene, width, height)), rng)
    angle = _directions(scene, motif, rng)
    canvas = to_image(motif * 0.75 + np.array((0.55, 0.4, 0.27), np.float32) * 0.25)
    # The fourth band is how high the paint stands: a stroke lays both in one go.
    canvas.putalpha(96)
    for length, apart, threshold in _LAYERS:
        _lay_strokes(canvas, motif, angle, rng, length=length, apart=apart, threshold=threshold)
    return _lit(canvas, rng)


def _toned(
    motif: np.ndarray[tuple[int, ...], np.dtype[np.float32]], rng: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return the motif with the uneven mixtures of a palette: broad drifts of warmth and of light."""
    height, width = motif.shape[:2]
    warmth = cloud(rng, width, height, 90)[..., None] * np.array((0.022, 0.004, -0.026), np.float32)
    light = cloud(rng, width, height, 45)[..., None] * np.float32(0.03)
    return np.clip(motif + warmth + light, 0, 1)


def _directions(
    scene: Scene, motif: np.ndarray[tuple[int, ...], np.dtype[np.float32]], rng: np.random.Generator
) -> Field:
    """Return the direction of strokes (radians): along edges where there are any, else along the grain of the area."""
    height, width = motif.shape[:2]
    grain = Image.new("L", (width, height), 8)
    pen = ImageDraw.Draw(grain)
    for mark in scene.marks:
        if isinstance(mark, Area) and mark.strength > 0.8:
            level = round((mark.grain % np.pi) / np.pi * 255)
            pen.polygon([tuple(point) for point in (mark.outline * height).tolist()], fill=level)
    own = np.asarray(grain, dtype=np.float32) / np.float32(255) * np.pi + 0.35 * cloud(rng, width, height, 60)
    tone = blurred(motif.mean(axis=2), 2.0)
    down, across = slopes(tone)
    # The structure tensor in doubled angles, so that opposite gradients agree.
    even, odd = blurred(across**2 - down**2, 4.0), blurred(2 * across * down, 4.0)
    along = 0.5 * np.arctan2(odd, even) + np.pi / 2
    weight = np.clip(np.sqrt(np.hypot(even, odd)) * 40, 0, 1)
    vote_x = np.cos(2 * along) * weight + np.cos(2 * own) * (1 - weight)
    vote_y = np.sin(2 * along) * weight + np.sin(2 * own) * (1 - weight)
    direction: Field = 0.5 * np.arctan2(vote_y, vote_x)
    return direction


def _brushes(rng: np.random.Generator, length: int) -> list[list[Image.Image]]:
    """Return masks of strokes: by direction, three of each, with the furrows of the bristles along them."""
    brushes: list[list[Image.Image]] = [[] for _ in range(_TURNS)]
    side = length * 2 + 1
    for _ in range(3):
        across = np.linspace(-1, 1, side)[:, None]
        along = np.linspace(-1, 1, side)[None, :]
        bend = rng.uniform(-0.12, 0.12)
        wide = rng.uniform(0.24, 0.32)
        ragged = np.interp(
            np.arange(side), np.arange(0, side + 2, 3), rng.uniform(0.62, 1.0, len(np.arange(0, side + 2, 3)))
        )[:, None]
        body = np.clip((wide - np.abs(across + bend * (along**2 - 0.3))) / wide * 3.5, 0, 1) * np.clip(
            (ragged * 0.92 - np.abs(along)) * 7, 0, 1
        )
        furrows = (
            0.55
            + 0.45
            * np.interp(np.arange(side), np.arange(0, side + 1, 2), rng.uniform(0, 1, len(np.arange(0, side + 1, 2))))[
                :, None
            ]
        )
        stroke = Image.fromarray((body * furrows * 255).astype(np.uint8))
        for turn in range(_TURNS):
            rotated = stroke.rotate(-turn * 180 / _TURNS, resample=Image.Resampling.BICUBIC)
            brushes[turn].append(rotated.resize((length, length), Image.Resampling.BOX))
    return brushes


def _lay_strokes(
    canvas: Image.Image,
    motif: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    angle: Field,
    rng: np.random.Generator,
    *,
    length: int,
    apart: float,
    threshold: float,
) -> None:
    width, height = canvas.size
    wanted = np.asarray(to_image(motif).filter(ImageFilter.GaussianBlur(length / 9)), dtype=np.float32) / np.float32(
        255
    )
    wrong = blurred(np.abs(wanted - to_pixels(canvas.convert("RGB"))).max(axis=2), apart / 2)
    rows, columns = np.mgrid[apart / 2 : height : apart, apart / 2 : width : apart]
    y = np.clip(rows.ravel() + rng.uniform(-apart, apart, rows.size) * 0.6, 0, height - 1).astype(int)
    x = np.clip(columns.ravel() + rng.uniform(-apart, apart, rows.size) * 0.6, 0, width - 1).astype(int)
    order = rng.permutation(rows.size)
    order = order[wrong[y[order], x[order]] >= threshold]
    y, x = y[order], x[order]
    turns = np.round((angle[y, x] + rng.normal(0, 0.12, len(y))) / np.pi * _TURNS).astype(int) % _TURNS
    paint = np.clip(wanted[y, x] + rng.normal(0, 0.026, (len(y), 1)) + rng.normal(0, 0.02, (len(y), 3)), 0, 1)
    colours = (paint * 255).astype(int).tolist()
    heights = rng.integers(60, 235, len(y)).tolist()
    kinds = rng.integers(0, 3, len(y)).tolist()
    brushes, half = _brushes(rng, length), length // 2
    for left, top, turn, kind, colour, level in zip(
        (x - half).tolist(), (y - half).tolist(), turns.tolist(), kinds, colours, heights, strict=True
    ):
        mask = brushes[turn][kind]
        canvas.paste((*colour, level), (left, top, left + length, top + length), mask)


def _lit(canvas: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the painting lit from the upper left, so that ridges of paint and the weave of the cloth show."""
    width, height = canvas.size
    rows, columns = np.mgrid[0:height, 0:width]
    weave = (np.sin(columns * 1.7) * np.sin(rows * 1.7)).astype(np.float32) * 2.2
    surface = np.asarray(canvas.getchannel("A").filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32) + weave
    down, across = slopes(surface)
    slope = np.clip((across + down) / 255, -0.25, 0.25)
    lit = to_pixels(canvas.convert("RGB")) * (1 + 0.6 * slope[..., None]) + np.clip(slope, 0, 1)[..., None] * 0.1
    grain = rng.normal(0, 0.004, (height, width, 1))
    return to_image((lit + grain).astype(np.float32))
