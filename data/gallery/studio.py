"""Turns one entry of the programme into the bytes of its file."""

import io
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from data.gallery.colour import PALETTES, Palette
from data.gallery.edits import EDITS
from data.gallery.media import comic, graphite, ink, oil, vector, watercolour
from data.gallery.programme import Copy, Work
from data.gallery.scene import Scene, unsteady
from data.gallery.scenes.compositions import COMPOSITIONS
from data.gallery.studies import STUDIES

_MEDIA: dict[str, Callable[[Scene, np.random.Generator, int, int], Image.Image]] = {
    "comic": comic.draw,
    "graphite": graphite.draw,
    "ink": ink.draw,
    "oil": oil.draw,
    "vector": vector.draw,
    "watercolour": watercolour.draw,
}
_BY_HAND = {"comic", "graphite", "ink", "oil", "watercolour"}
_QUALITY = {".jpg": 84, ".webp": 80}


def draw_work(work: Work, seed: int) -> bytes:
    """Return the file of an original; its pixels depend on the work's name and the seed alone."""
    rng = np.random.default_rng([seed, zlib.crc32(work.name.encode())])
    light: Palette = PALETTES[work.light]
    if work.subject in STUDIES:
        picture = STUDIES[work.subject].draw(rng, light, work.width, work.height)
    else:
        scene = COMPOSITIONS[work.subject].draw(rng, light, work.width / work.height)
        if work.medium in _BY_HAND:
            scene = unsteady(scene, rng, 0.007)
        picture = _MEDIA[work.medium](scene, rng, work.width, work.height)
    return _encoded(picture, work.suffix, _QUALITY.get(work.suffix, 0))


def draw_copy(copy: Copy, folder: Path, seed: int) -> bytes:
    """Return the file of an edited copy of an original that lies in the folder."""
    rng = np.random.default_rng([seed, zlib.crc32(copy.name.encode())])
    edit, quality = EDITS[copy.edit]
    with Image.open(folder / copy.original.file) as original:
        return _encoded(edit(original.convert("RGB"), rng), copy.suffix, quality)


def _encoded(picture: Image.Image, suffix: str, quality: int) -> bytes:
    data = io.BytesIO()
    if suffix == ".png":
        # Few paints and clean edges: 256 colours hold them, at a third of the size.
        picture.quantize(256, dither=Image.Dither.NONE).save(data, "PNG")
    elif suffix == ".webp":
        picture.save(data, "WEBP", quality=quality, method=3)
    else:
        picture.save(data, "JPEG", quality=quality, optimize=True)
    return data.getvalue()
