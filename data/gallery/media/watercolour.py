"""Watercolour: transparent washes on rough paper, with dark rims, granulation and runs (after Curtis et al., 1997)."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from data.gallery.colour import Colour, mix
from data.gallery.media.vector import box_of, draw_line
from data.gallery.noise import Field, Pixels, blurred, cloud, slopes, to_image
from data.gallery.scene import Area, Line, Points, Scene

_PAPER = np.array((0.975, 0.965, 0.935), np.float32)


def draw(scene: Scene, rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Return the scene in watercolour, RGB (height, width)."""
    sheet = _Sheet(rng, width, height)
    edge = np.array([(0, 0), (scene.aspect, 0), (scene.aspect, 1), (0, 1)])
    sheet.wash(Area(edge, scene.top, scene.bottom, contour=0), rim=0.2)
    for mark in scene.marks:
        if isinstance(mark, Area):
            sheet.wash(mark)
        else:
            sheet.stroke(mark)
    return sheet.dried()


class _Sheet:
    """A sheet of paper and the paint on it."""

    def __init__(self, rng: np.random.Generator, width: int, height: int) -> None:
        self._rng = rng
        self._width, self._height = width, height
        self._light: Pixels = np.ones(
            (height, width, 3), np.float32
        )  # share of the paper's light that the paint lets through
        self._tooth: Field = 0.6 * cloud(rng, width, height, 3.2, octaves=2) + 0.4 * cloud(
            rng, width, height, 7, octaves=2
        )
        self._pools: Field = cloud(rng, width, height, 70, octaves=4)
        self._sway = np.stack(
            [cloud(rng, width, height, 26, octaves=3), cloud(rng, width, height, 26, octaves=3)], axis=-1
        )

    def wash(self, area: Area, *, rim: float = 0.55) -> None:
        """Lay one area of paint."""
        outline = self._unsteady(area.outline * self._height, area.blur == 0)
        blur = area.blur * self._height
        box = box_of(outline, self._width, self._height, margin=3 + 3 * blur)
        if box is None:
            return
        mask = _coverage(outline, box)
        cover = _as_field(mask.filter(ImageFilter.GaussianBlur(blur)) if blur else mask)
        left, top, right, bottom = box
        window = np.s_[top:bottom, left:right]
        span = min(right - left, bottom - top)
        dense = cover * (0.93 + 0.17 * self._pools[window] * (span > 12) + 0.06 * self._tooth[window])
        if not blur and span > 5:
            # Water carries pigment to the border of a wet area, where it dries darker.
            inner = _as_field(mask.filter(ImageFilter.GaussianBlur(min(3.5, span / 5))))
            dense += rim * np.maximum(cover - inner, 0)
        dense = np.clip(dense, 0, 1.8) * area.strength
        # A little of what lies below shines through; the rest was spared for this area, as painters do.
        lifted = (cover * (0.9 if area.strength >= 1 else 0.35 * area.strength))[..., None]
        below = self._light[window] * (1 - lifted) + lifted
        self._light[window] = below * np.exp(dense[..., None] * self._log_paint(area, box))

    def stroke(self, line: Line) -> None:
        """Draw with the point of the brush."""
        course = Line(
            self._unsteady(line.points * self._height, steady=True) / self._height, line.colour, line.width, line.end
        )
        reach = line.width * self._height + 2
        box = box_of(course.points * self._height, self._width, self._height, margin=reach)
        if box is None:
            return
        mask = Image.new("L", (self._width * 2, self._height * 2)) if (box[2] - box[0]) * 4 > self._width * 3 else None
        shifted = Line(
            course.points - (box[0] / self._height, box[1] / self._height), line.colour, line.width, line.end
        )
        if mask is None:
            mask = Image.new("L", ((box[2] - box[0]) * 2, (box[3] - box[1]) * 2))
        else:
            box, shifted = (0, 0, self._width, self._height), course
        draw_line(ImageDraw.Draw(mask), shifted, self._height * 2, 255)
        cover = np.asarray(mask.reduce(2), dtype=np.float32)[..., None] / np.float32(255)
        window = np.s_[box[1] : box[3], box[0] : box[2]]
        paint = np.array(line.colour, np.float32)
        self._light[window] = self._light[window] * (1 - cover * 0.85) + paint * cover * 0.85

    def dried(self) -> Image.Image:
        """Return the sheet: paint inside an uneven edge, on paper with its tooth lit from the side."""
        height, width = self._height, self._width
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        margin = 0.035 * height
        inside = np.minimum(np.minimum(columns, width - 1 - columns), np.minimum(rows, height - 1 - rows)) - margin
        inside += 3.5 * self._sway[..., 0] + 0.7 * self._tooth
        painted = np.clip(inside / 2.0, 0, 1)
        rim = np.clip(painted - blurred(painted, 3.0), 0, 1) * 0.5
        light = 1 + (np.clip(self._light, 0.015, 1) ** (1 + rim[..., None]) - 1) * painted[..., None]
        # Pigment settles in the valleys of the paper: the darker the paint, the more it granulates.
        granulated = light ** (1 + 0.1 * self._tooth[..., None])
        down, across = slopes(self._tooth)
        relief = 1 + 0.022 * (across + down)[..., None]
        sheet: Pixels = _PAPER * granulated * relief
        return to_image(self._spattered(sheet))

    def _spattered(self, sheet: Pixels) -> Pixels:
        drops = Image.new("L", (self._width * 2, self._height * 2))
        pen = ImageDraw.Draw(drops)
        for _ in range(int(self._rng.integers(6, 16))):
            x, y = self._rng.uniform(0, self._width * 2), self._rng.uniform(0, self._height * 2)
            size = self._rng.uniform(0.6, 3.5)
            pen.ellipse((x - size, y - size, x + size, y + size), fill=int(self._rng.integers(60, 150)))
        cover = np.asarray(drops.reduce(2), dtype=np.float32)[..., None] / np.float32(255)
        tone = self._light.reshape(-1, 3).mean(axis=0)
        spattered: Pixels = sheet * (1 - cover * (1 - tone * 0.8))
        return spattered

    def _unsteady(self, outline: Points, steady: bool) -> Points:
        """Return an outline in pixels as a hand draws it."""
        if not steady:
            return outline
        x = np.clip(outline[:, 0], 0, self._width - 1).astype(int)
        y = np.clip(outline[:, 1], 0, self._height - 1).astype(int)
        swayed: Points = outline + self._sway[y, x] * min(1.3, 0.03 * float(np.ptp(outline, axis=0).max()) + 0.2)
        return swayed

    def _log_paint(self, area: Area, box: tuple[int, int, int, int]) -> Pixels:
        """Return the logarithm of the paint's transmittance over a box, (rows, 1, 3)."""
        if area.foot is None:
            return _log(area.colour)[None, None, :]
        high, low = area.outline[:, 1].min() * self._height, area.outline[:, 1].max() * self._height
        share = np.clip((np.arange(box[1], box[3], dtype=np.float32) - high) / max(low - high, 1.0), 0, 1)[
            :, None, None
        ]
        blend: Pixels = (_log(area.colour) * (1 - share) + _log(area.foot) * share).astype(np.float32)
        return blend


def _log(colour: Colour) -> Field:
    # Paint on white paper never gets as dark or as strong as light on a screen.
    return np.log(np.maximum(np.array(mix(colour, (1, 1, 1), 0.06), np.float32), 0.03))


def _coverage(outline: Points, box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", ((box[2] - box[0]) * 2, (box[3] - box[1]) * 2))
    ImageDraw.Draw(mask).polygon([tuple(point) for point in ((outline - box[:2]) * 2).tolist()], fill=255)
    return mask.reduce(2)


def _as_field(mask: Image.Image) -> Field:
    return np.asarray(mask, dtype=np.float32) / np.float32(255)
