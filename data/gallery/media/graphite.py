"""Graphite: tones rubbed and hatched with a soft pencil over the tooth of the paper."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from data.gallery.media.vector import draw_flat, draw_line
from data.gallery.noise import Field, blurred, cloud, lattice, to_image, to_pixels
from data.gallery.scene import Line, Scene

_HAND = (-0.85, -0.35, 0.6)
"""Directions of the pencil in radians: the first for all tones, the others for the dark ones."""


def draw(scene: Scene, rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Return the scene in pencil, RGB (height, width)."""
    dark = 1 - _equalised(to_pixels(draw_flat(scene, width, height)) @ np.array((0.3, 0.59, 0.11), np.float32))
    tooth = cloud(rng, width, height, 2.4, octaves=2)
    pencil = np.zeros((height, width), np.float32)
    for step, angle in enumerate(_HAND):
        # Each set of strokes is put where the tone asks for more than the sets before it gave.
        wanted = np.clip(dark * 1.15 - 0.27 * step, 0, 1)
        strokes = _strokes(rng, width, height, angle)
        pressed = np.clip(wanted * 1.5 + 0.2 * strokes * (wanted > 0.02) + 0.13 * tooth - 0.28, 0, 1)
        pencil = 1 - (1 - pencil) * (1 - pressed * (0.5 if step == 0 else 0.34))
    rubbed = blurred(dark, 3) * 0.2
    pencil = 1 - (1 - pencil) * (1 - rubbed)
    pencil = 1 - (1 - pencil) * (1 - _contours(scene, rng, width, height) * np.clip(0.8 + 0.28 * tooth, 0, 1))
    pencil *= _border(rng, width, height)
    paper = np.array((0.955, 0.945, 0.925), np.float32) + 0.007 * tooth[..., None]
    lead = np.array((0.17, 0.175, 0.19), np.float32)
    return to_image(paper * (1 - pencil[..., None]) + lead * pencil[..., None])


def _equalised(tone: Field) -> Field:
    """Return tones spread over the whole range, half way to an equal share of each."""
    low, high = np.quantile(tone, (0.01, 0.99))
    spread: Field = np.clip((tone - low) / max(float(high - low), 0.05), 0, 1)
    ranks = np.sort(spread[::4, ::4].ravel())
    even = (np.searchsorted(ranks, spread) / len(ranks)).astype(np.float32)
    toned: Field = np.float32(0.65) * spread + np.float32(0.35) * even
    return toned


def _strokes(rng: np.random.Generator, width: int, height: int, angle: float) -> Field:
    """Return noise drawn out along a direction; mean 0, deviation 1."""
    side = int(np.hypot(width, height)) + 8
    drawn = lattice(rng, side, side, 42, 2.2) + 0.6 * lattice(rng, side, side, 90, 4.5)
    turned = Image.fromarray(drawn).rotate(-np.degrees(angle), resample=Image.Resampling.BILINEAR)
    left, top = (side - width) // 2, (side - height) // 2
    field = np.asarray(turned.crop((left, top, left + width, top + height)), dtype=np.float32)
    even: Field = (field - field.mean()) / max(float(field.std()), 1e-6)
    return even


def _contours(scene: Scene, rng: np.random.Generator, width: int, height: int) -> Field:
    sheet = Image.new("L", (width * 2, height * 2))
    pen = ImageDraw.Draw(sheet)
    scale = height * 2
    for mark in scene.marks:
        if isinstance(mark, Line):
            draw_line(pen, mark, scale, 0 if sum(mark.colour) > 2.1 else 150)
            continue
        outline = mark.outline * scale
        if mark.strength > 0.8 and not mark.blur:
            pen.polygon([tuple(point) for point in outline.tolist()], fill=0)
        if mark.contour:
            closed = np.vstack([outline, outline[:1]])
            level = min(255, round(90 + 110 * mark.contour))
            for _ in range(2 if mark.contour > 0.6 and np.ptp(outline, axis=0).max() > 40 else 1):
                shaken = closed + rng.normal(0, 0.7, closed.shape) * (np.ptp(outline, axis=0).max() > 30)
                pen.line(shaken.ravel().tolist(), fill=level, width=2)
    soft = sheet.reduce(2).filter(ImageFilter.GaussianBlur(0.45))
    return np.asarray(soft, dtype=np.float32) / np.float32(255)


def _border(rng: np.random.Generator, width: int, height: int) -> Field:
    """Return where the drawing ends: a loose edge at which single strokes run out."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    inside = np.minimum(np.minimum(columns, width - 1 - columns), np.minimum(rows, height - 1 - rows))
    ragged = inside - 0.045 * height + 9 * _strokes(rng, width, height, _HAND[0])
    edge: Field = np.clip(ragged / 5, 0, 1)
    return edge
