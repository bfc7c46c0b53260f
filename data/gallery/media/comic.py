"""Comic: bold outlines, flat process colours, a screen of dots for shade, panels, captions and bubbles."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from data.gallery.colour import Colour, shade, to_bytes
from data.gallery.media.vector import box_of, draw_line, ground, mask_of
from data.gallery.noise import cloud, to_image, to_pixels
from data.gallery.scene import Area, Points, Scene, ellipse

_SCALE = 2
_INK = (18, 15, 22)
_PAPER = np.array((1.0, 0.985, 0.94), np.float32)


def draw(scene: Scene, rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Return the scene as one framed comic picture, RGB (height, width)."""
    return on_newsprint(inked(scene, width * _SCALE, height * _SCALE).reduce(_SCALE), rng)


def inked(scene: Scene, width: int, height: int) -> Image.Image:
    """Return the scene with outlines and dots at full printing size, RGB (height, width)."""
    canvas = ground(_process(scene.top), _process(scene.bottom), width, height)
    screen = _screen(width, height)
    pen = ImageDraw.Draw(canvas)
    _dots(
        canvas,
        Area(np.array([(0, 0), (scene.aspect, 0), (scene.aspect, 1), (0, 1)]), scene.top, shade(scene.bottom, -0.12)),
        screen,
        height,
    )
    for mark in scene.marks:
        if not isinstance(mark, Area):
            draw_line(pen, mark, height, to_bytes(_process(mark.colour)))
            continue
        outline = mark.outline * height
        blur = mark.blur * height
        box = box_of(outline, width, height, margin=2 + 3 * blur)
        if box is None:
            continue
        paint = to_bytes(_process(mark.colour))
        if blur or mark.strength < 1:
            canvas.paste(paint, box, mask_of(outline, box, blur=blur * 0.7, level=round(255 * mark.strength)))
        else:
            pen.polygon([tuple(point) for point in outline.tolist()], fill=paint)
            if mark.foot is not None:
                _dots(canvas, mark, screen, height)
        if mark.contour:
            _outline(pen, outline, mark.contour, height)
    return canvas


def _process(colour: Colour) -> Colour:
    """Return the nearest thing that four cheap inks give: stronger and in few steps."""
    grey = sum(colour) / 3
    red, green, blue = (min(max(grey + (channel - grey) * 1.3, 0), 1) for channel in colour)
    return round(red * 9) / 9, round(green * 9) / 9, round(blue * 9) / 9


def _screen(width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return a dot screen at 45 degrees: the share of ink (0..1) from which each pixel is printed."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch = np.float32(2 * np.pi / 11)
    value = np.cos((columns + rows) * pitch * np.float32(0.7071)) * np.cos(
        (columns - rows) * pitch * np.float32(0.7071)
    )
    screen: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = (1 - value) / 2
    return screen


def _dots(
    canvas: Image.Image, area: Area, screen: np.ndarray[tuple[int, ...], np.dtype[np.float32]], height: int
) -> None:
    """Print the passage from an area's colour to its foot as dots that grow."""
    outline = area.outline * height
    box = box_of(outline, *canvas.size)
    if box is None or area.foot is None or box[3] - box[1] < 14:
        return
    high, low = outline[:, 1].min(), outline[:, 1].max()
    share = np.clip((np.arange(box[1], box[3], dtype=np.float32) - high) / max(low - high, 1) * 0.8 - 0.12, 0, 0.62)[
        :, None
    ]
    printed = (screen[box[1] : box[3], box[0] : box[2]] < share) & (np.asarray(mask_of(outline, box)) > 0)
    canvas.paste(to_bytes(_process(area.foot)), box, Image.fromarray((printed * 255).astype(np.uint8)))


def _outline(pen: ImageDraw.ImageDraw, outline: Points, weight: float, height: int) -> None:
    size = float(np.ptp(outline, axis=0).max())
    wide = min(1.5 + height / 230 * weight * (1.3 if size > height * 0.1 else 0.8), 1 + size / 9)
    closed = np.vstack([outline, outline[:2]])
    pen.line(closed.ravel().tolist(), fill=_INK, width=max(1, round(wide)), joint="curve")


def page(
    panels: Sequence[tuple[Image.Image, tuple[int, int, int, int]]],
    words: Sequence[tuple[str, str, float, float]],
    rng: np.random.Generator,
    width: int,
    height: int,
) -> Image.Image:
    """Return a page of panels with lettering on top.

    Args:
        panels: pictures and their boxes in printing pixels (twice the final size).
        words: (kind, text, x, y): kind `bubble`, `caption` or `sound`; the middle as shares of the page.
        rng: paper and jitter.
        width, height: of the finished page in pixels.
    """
    sheet = Image.new("RGB", (width * _SCALE, height * _SCALE), (250, 247, 238))
    pen = ImageDraw.Draw(sheet)
    for picture, box in panels:
        sheet.paste(picture, box[:2])
        pen.rectangle(box, outline=_INK, width=7)
    for kind, text, x, y in words:
        letter(sheet, kind, text, (x * sheet.width, y * sheet.height), rng)
    return on_newsprint(sheet.reduce(_SCALE), rng)


def letter(sheet: Image.Image, kind: str, text: str, spot: tuple[float, float], rng: np.random.Generator) -> None:
    """Letter a caption, a speech bubble or a sound about a spot (x, y) of a sheet in printing pixels."""
    x, y = spot
    pen = ImageDraw.Draw(sheet)
    if kind == "sound":
        _sound(sheet, text, x, y, rng)
        return
    font = ImageFont.load_default(max(26, round(min(sheet.size) / 26)))
    left, top, right, bottom = pen.multiline_textbbox((0, 0), text, font=font, align="center", spacing=8)
    half_wide, half_high = (right - left) / 2 + 26, (bottom - top) / 2 + 20
    x = min(max(x, half_wide * 1.25 + 12), sheet.width - half_wide * 1.25 - 12)
    y = min(max(y, half_high * 1.3 + 12), sheet.height - half_high * 1.6 - 12)
    if kind == "caption":
        pen.rectangle(
            (x - half_wide, y - half_high, x + half_wide, y + half_high), fill=(255, 238, 150), outline=_INK, width=5
        )
    else:
        tail = [(x - 22, y + half_high), (x + 26, y + half_high), (x - 26, y + half_high * 1.95)]
        balloon = ellipse(x, y, half_wide * 1.22, half_high * 1.38, sides=70).ravel().tolist()
        pen.polygon(tail, fill=_INK)
        pen.line([*tail, tail[0]], fill=_INK, width=9, joint="curve")
        pen.polygon(balloon, fill=(255, 255, 252))
        pen.line([*balloon, *balloon[:4]], fill=_INK, width=6, joint="curve")
        pen.polygon(
            [(x - 17, y + half_high * 1.1), (x + 20, y + half_high * 1.1), (x - 22, y + half_high * 1.84)],
            fill=(255, 255, 252),
        )
    pen.multiline_text(
        (x - (right + left) / 2, y - (bottom + top) / 2),
        text,
        font=font,
        fill=_INK,
        align="center",
        spacing=8,
        stroke_width=1,
    )


def _sound(sheet: Image.Image, text: str, x: float, y: float, rng: np.random.Generator) -> None:
    size = round(min(sheet.size) / 10)
    font = ImageFont.load_default(size)
    tile = Image.new("RGBA", (size * (len(text) + 3), size * 3))
    pen = ImageDraw.Draw(tile)
    middle = (tile.width / 2, tile.height / 2)
    wide = pen.textlength(text, font=font) / 2
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    spike = np.where(np.arange(28) % 2, 0.72, 1.0) * rng.uniform(0.9, 1.08, 28)
    burst = (
        np.stack(
            [middle[0] + (wide + size * 0.8) * spike * np.cos(turn), middle[1] + size * 1.15 * spike * np.sin(turn)],
            axis=1,
        )
        .ravel()
        .tolist()
    )
    pen.polygon(burst, fill=(255, 214, 60, 255))
    pen.line([*burst, *burst[:4]], fill=(*_INK, 255), width=8, joint="curve")
    pen.text(middle, text, font=font, fill=(226, 48, 42, 255), anchor="mm", stroke_width=9, stroke_fill=(*_INK, 255))
    tile = tile.rotate(float(rng.uniform(4, 14)), resample=Image.Resampling.BICUBIC)
    reach = wide + size * 1.1
    x = min(max(x, reach), sheet.width - reach)
    sheet.paste(tile, (round(x - tile.width / 2), round(y - tile.height / 2)), tile)


def on_newsprint(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a picture as printed: inks a little out of register, on soft yellowish paper."""
    pixels = to_pixels(picture)
    slip = int(rng.integers(-1, 2))
    pixels[..., 0] = np.roll(pixels[..., 0], slip, axis=1)
    grain = cloud(rng, picture.width, picture.height, 2.2, octaves=2)[..., None]
    return to_image((0.04 + 0.96 * pixels) * _PAPER * (1 + 0.012 * grain))
