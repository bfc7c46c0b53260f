"""Vector art: every area one even paint, every edge clean."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from data.gallery.colour import Colour, to_bytes
from data.gallery.scene import Area, Line, Points, Scene, points

SUPERSAMPLE = 2
"""Pillow draws without antialiasing: draw twice as large, then average."""


def draw(scene: Scene, rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Return the scene as vector art, RGB (height, width); nothing in this medium is left to `rng`."""
    return draw_flat(scene, width, height, supersample=3)


def draw_flat(scene: Scene, width: int, height: int, *, supersample: int = SUPERSAMPLE) -> Image.Image:
    """Return the scene in flat paints, antialiased, RGB (height, width)."""
    canvas = ground(scene.top, scene.bottom, width * supersample, height * supersample)
    for mark in scene.marks:
        if isinstance(mark, Area):
            _fill(canvas, mark, height * supersample)
        else:
            draw_line(ImageDraw.Draw(canvas), mark, height * supersample, to_bytes(mark.colour))
    return canvas.reduce(supersample) if supersample > 1 else canvas


def ground(top: Colour, bottom: Colour, width: int, height: int) -> Image.Image:
    """Return a picture that passes evenly from the top colour to the bottom colour."""
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    rows = np.array(top, np.float32) * (1 - ramp) + np.array(bottom, np.float32) * ramp  # (height, 1, 3)
    return Image.fromarray((rows * 255 + 0.5).astype(np.uint8)).resize((width, height), Image.Resampling.NEAREST)


def draw_line(pen: ImageDraw.ImageDraw, line: Line, scale: float, fill: int | tuple[int, int, int]) -> None:
    """Draw a line that may taper, with round joints, `scale` pixels to the picture's height."""
    course = line.points * scale
    if line.end is None or len(course) < 2:
        wide = max(1, round(line.width * scale))
        pen.line([tuple(point) for point in course.tolist()], fill=fill, width=wide, joint="curve")
        return
    widths = np.linspace(line.width, line.end, len(course)) * scale
    if len(course) == 2:
        course = np.linspace(course[0], course[1], 6)
        widths = np.linspace(line.width, line.end, 6) * scale
    for start, end, wide in zip(course[:-1].tolist(), course[1:].tolist(), widths.tolist(), strict=False):
        pen.line([tuple(start), tuple(end)], fill=fill, width=max(1, round(wide)), joint="curve")


def box_of(outline: Points, width: int, height: int, margin: float = 1.0) -> tuple[int, int, int, int] | None:
    """Return the pixels (left, top, right, bottom) that an outline in pixels touches, or None where it is outside."""
    left, top = np.floor(outline.min(axis=0) - margin).astype(int).tolist()
    right, bottom = np.ceil(outline.max(axis=0) + margin).astype(int).tolist()
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    return (left, top, right, bottom) if right > left and bottom > top else None


def mask_of(outline: Points, box: tuple[int, int, int, int], *, blur: float = 0.0, level: int = 255) -> Image.Image:
    """Return the coverage of an outline (in pixels) within a box, mode L; `blur` is a radius in pixels."""
    mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
    ImageDraw.Draw(mask).polygon([tuple(point) for point in (outline - points(box[:2])).tolist()], fill=level)
    return mask.filter(ImageFilter.GaussianBlur(blur)) if blur else mask


def _fill(canvas: Image.Image, area: Area, scale: int) -> None:
    outline, blur = area.outline * scale, area.blur * scale
    if not blur and area.foot is None and area.strength >= 1:
        ImageDraw.Draw(canvas).polygon([tuple(point) for point in outline.tolist()], fill=to_bytes(area.colour))
        return
    box = box_of(outline, *canvas.size, margin=1 + 3 * blur)
    if box is None:
        return
    paint = paint_of(area, box, scale)
    canvas.paste(paint, box, mask_of(outline, box, blur=blur, level=round(255 * area.strength)))


def paint_of(area: Area, box: tuple[int, int, int, int], scale: float) -> Image.Image:
    """Return the area's paint over a box of pixels, with its passage from colour to foot."""
    size = box[2] - box[0], box[3] - box[1]
    if area.foot is None:
        return Image.new("RGB", size, to_bytes(area.colour))
    high, low = area.outline[:, 1].min() * scale, area.outline[:, 1].max() * scale
    share = np.clip((np.arange(box[1], box[3]) - high) / max(low - high, 1), 0, 1)[:, None, None]
    rows = np.array(area.colour) * (1 - share) + np.array(area.foot) * share
    return Image.fromarray((rows * 255 + 0.5).astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
