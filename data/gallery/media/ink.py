"""Pen and ink: contours of a pressing nib, tones by parallel and crossed hatching, blacks filled with the brush."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from data.gallery.colour import Colour, lightness, mix, to_bytes
from data.gallery.media.vector import box_of, draw_line, mask_of
from data.gallery.noise import cloud, to_image
from data.gallery.scene import Area, Line, Points, Scene

_SCALE = 2
_INKS: tuple[Colour, ...] = (
    (0.1, 0.1, 0.12),
    (0.1, 0.1, 0.12),
    (0.27, 0.16, 0.1),
    (0.1, 0.16, 0.32),
    (0.08, 0.22, 0.22),
)
_PAPERS: tuple[Colour, ...] = ((0.97, 0.95, 0.9), (0.95, 0.91, 0.82), (0.97, 0.96, 0.94))
# Lightness below which a set of hatching lines is added: (limit, distance in thousandths of the height, turn).
_TONES = ((0.9, 15.0, 0.0), (0.76, 8.5, 0.0), (0.6, 8.5, 1.15), (0.46, 6.5, 0.55), (0.34, 4.6, -0.4))
_BLACK = 0.2


def draw(scene: Scene, rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Return the scene in pen and ink, at times with one coloured wash, RGB (height, width)."""
    nib = _Nib(rng, width * _SCALE, height * _SCALE)
    edge = np.array([(0, 0), (scene.aspect, 0), (scene.aspect, 1), (0, 1)])
    nib.tone(Area(edge, mix(scene.top, (1, 1, 1), 0.25), mix(scene.bottom, (1, 1, 1), 0.4), contour=0, grain=0.0))
    washed = rng.random() < 0.45
    spot = _liveliest(scene) if washed else None
    tint = Image.new("L", (width, height))
    for mark in scene.marks:
        if isinstance(mark, Area):
            nib.area(mark)
            if mark.strength > 0.8 and not mark.blur:
                level = 235 if spot is not None and _alike(mark.colour, spot) else 0
                ImageDraw.Draw(tint).polygon([tuple(point) for point in (mark.outline * height).tolist()], fill=level)
        else:
            nib.line(mark)
    return _printed(nib.sheet, tint, spot, rng)


class _Nib:
    """A pen over a sheet; the sheet is mode L, 0 without ink to 255."""

    def __init__(self, rng: np.random.Generator, width: int, height: int) -> None:
        self._rng = rng
        self.sheet = Image.new("L", (width, height))
        self._pen = ImageDraw.Draw(self.sheet)

    def area(self, area: Area) -> None:
        """Draw one area: what it hides, its tone, its contour."""
        height = self.sheet.height
        outline = area.outline * height
        box = box_of(outline, *self.sheet.size, margin=2 + 3 * area.blur * height)
        if box is None:
            return
        cover = mask_of(outline, box, blur=area.blur * height, level=round(255 * area.strength))
        self.sheet.paste(0, box, cover)
        if area.blur or area.strength < 0.8:
            return
        size = float(max(np.ptp(outline, axis=0)))
        if lightness(area.colour) < _BLACK:
            self.sheet.paste(255, box, cover)
        elif size > 9:
            self.tone(area)
        elif lightness(area.colour) < 0.5:
            self.sheet.paste(255, box, cover)
        if area.contour:
            self._contour(outline, area.contour, size)

    def line(self, line: Line) -> None:
        """Draw one line: light ones are spared, dark ones inked."""
        light = lightness(line.colour)
        draw_line(self._pen, line, self.sheet.height, 0 if light > 0.72 else 255)

    def tone(self, area: Area) -> None:
        """Hatch an area by its lightness, more densely towards a darker foot."""
        height = self.sheet.height
        outline = area.outline * height
        box = box_of(outline, *self.sheet.size, margin=1)
        if box is None:
            return
        upper, lower = lightness(area.colour), lightness(area.foot or area.colour)
        hatch = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        pen = ImageDraw.Draw(hatch)
        for limit, apart, turn in _TONES:
            # The share of the height, from whichever end is darker, in which this set is needed.
            if min(upper, lower) >= limit:
                break
            reach = 1.0 if max(upper, lower) < limit else (limit - min(upper, lower)) / max(abs(upper - lower), 1e-6)
            span = (1 - reach, 1.0) if lower < upper else (0.0, reach)
            self._hatch(pen, hatch.size, area.grain + turn, apart * height / 1000, span)
        self.sheet.paste(255, box, _both(hatch, mask_of(outline, box)))

    def _hatch(
        self, pen: ImageDraw.ImageDraw, size: tuple[int, int], angle: float, apart: float, span: tuple[float, float]
    ) -> None:
        """Draw wavering parallel lines over a box; `span` is the part of its height that they keep to."""
        width, height = size
        reach = float(np.hypot(width, height)) / 2
        count = int(2 * reach / apart) + 1
        along = np.arange(-reach, reach + 14, 14.0)
        across = (np.arange(count) - count / 2) * apart + self._rng.normal(0, apart * 0.12, count)
        waver = np.cumsum(self._rng.normal(0, 0.28, (count, len(along))), axis=1)
        waver -= waver.mean(axis=1, keepdims=True)
        offset = across[:, None] + np.clip(waver, -apart * 0.42, apart * 0.42)
        x = width / 2 + along * np.cos(angle) - offset * np.sin(angle)
        y = height / 2 + along * np.sin(angle) + offset * np.cos(angle)
        ragged = self._rng.normal(0, 0.05, count) * height
        low, high = span[0] * height + ragged, span[1] * height + ragged
        if span[0] <= 0:
            low = np.full(count, -1.0)
        if span[1] >= 1:
            high = np.full(count, height + 1.0)
        inside = (y >= low[:, None]) & (y <= high[:, None]) & (x > -16) & (x < width + 16)
        inside &= self._rng.random(inside.shape) > 0.015  # now and then the pen lifts
        # One flat row of flags with a gap after each line: runs of set flags are the strokes to draw.
        flags = np.zeros((count, len(along) + 1), np.int8)
        flags[:, :-1] = inside
        turns = np.diff(flags.ravel(), prepend=0)
        starts, ends = np.flatnonzero(turns == 1), np.flatnonzero(turns == -1)
        course = np.zeros((count, len(along) + 1, 2))
        course[:, :-1, 0], course[:, :-1, 1] = x, y
        flat, wide = course.ravel().tolist(), 2 if apart > 5 else 1
        for start, end in zip((2 * starts).tolist(), (2 * ends).tolist(), strict=True):
            if end - start > 2:
                pen.line(flat[start:end], fill=255, width=wide)

    def _contour(self, outline: Points, weight: float, size: float) -> None:
        closed = np.vstack([outline, outline[:1]])
        base = min(1.0 + 0.75 * weight * (1.6 if size > 150 else 1.0), 2.6 + size / 60)
        shake = self._rng.normal(0, 0.35, closed.shape) if size > 24 else 0
        course = closed + shake
        self._pen.line(course.ravel().tolist(), fill=255, width=max(1, round(base)), joint="curve")
        if size > 60:
            # A nib presses harder on lower and right edges, where the shadow is.
            middle = outline.mean(axis=0)
            heavy = ((course - middle) @ np.array([0.4, 0.9])) > 0.16 * size
            for start, end, press in zip(course[:-1].tolist(), course[1:].tolist(), heavy[:-1].tolist(), strict=True):
                if press:
                    self._pen.line([*start, *end], fill=255, width=round(base) + 2)


def _both(first: Image.Image, second: Image.Image) -> Image.Image:
    return Image.fromarray(np.minimum(np.asarray(first), np.asarray(second)))


def _liveliest(scene: Scene) -> Colour | None:
    """Return the most saturated paint among the larger areas."""
    paints = [
        m.colour
        for m in scene.marks
        if isinstance(m, Area) and m.contour >= 0.8 and float(np.ptp(m.outline, axis=0).max()) > 0.05
    ]
    return max(paints, key=lambda paint: max(paint) - min(paint), default=None)


def _alike(first: Colour, second: Colour) -> bool:
    return sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) < 0.03


def _printed(sheet: Image.Image, tint: Image.Image, spot: Colour | None, rng: np.random.Generator) -> Image.Image:
    width, height = tint.size
    ink = np.asarray(sheet.reduce(_SCALE), dtype=np.float32)[..., None] / np.float32(255)
    grain = cloud(rng, width, height, 2.5, octaves=2)[..., None]
    paper = (
        np.array(_PAPERS[rng.integers(len(_PAPERS))], np.float32)
        + 0.008 * grain
        + 0.012 * cloud(rng, width, height, 120)[..., None]
    )
    if spot is not None:
        wash = np.asarray(tint.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float32)[..., None] / np.float32(255)
        pooled = 0.72 + 0.16 * cloud(rng, width, height, 40)[..., None]
        paper = paper * (1 + (np.array(mix(spot, (1, 1, 1), 0.12), np.float32) - 1) * wash * np.clip(pooled, 0.3, 1))
    pick = np.array(to_bytes(_INKS[rng.integers(len(_INKS))]), np.float32) / 255
    cover = ink * np.clip(0.93 + 0.05 * grain, 0, 1)
    return to_image(paper * (1 - cover) + pick * cover)
