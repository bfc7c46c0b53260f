"""The grid of edits that copies are judged on: fixed before any training, and never eased afterwards."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from zlib import crc32

import numpy as np

from errors import BadInput
from evaluation.edits.colouring import change_gamma, change_tone, make_duotone, make_grey, shift_hue
from evaluation.edits.composing import make_collage, put_onto, screenshot_page, screenshot_phone
from evaluation.edits.degrading import add_noise, blur, compress, shrink
from evaluation.edits.geometric import (
    change_aspect,
    crop,
    mirror,
    perspective,
    quarter_turn,
    rotate_and_cut,
    rotate_and_fill,
)
from evaluation.edits.overlaying import border, caption, emoji, frame, watermark
from feature_extractor.picture import Picture

SEED = 20170509
"""Of the grid: an edit does the same to a picture of the same number, whatever else is done."""

_NUMBERS = re.compile(r"(_plus|_minus)?_\d+$")

Step = Callable[[Picture, np.random.Generator], Picture]
Composition = Callable[[Picture, np.random.Generator, Sequence[Picture]], Picture]


@dataclass(frozen=True, slots=True)
class Edit:
    """One cell of the grid.

    Attributes:
        name: unique, lower case with underscores; it seeds the edit.
        family: what kind of edit it is.
        intensity: how strong, with its unit, for people.
        change: RGB pixels, generator and other pictures to RGB pixels; what needs no others passes over them.
    """

    name: str
    family: str
    intensity: str
    change: Composition

    def apply(self, pixels: Picture, number: int, others: Sequence[Picture]) -> Picture:
        """Return a picture edited.

        Args:
            pixels: RGB uint8, (height, width, 3), sides of at least 64 px; it is not changed.
            number: of the picture; with the edit's name it seeds what is random.
            others: pictures that compositions lay this one onto or beside; never this one.
        Returns:
            RGB uint8 of any size, a new array.
        """
        return self.change(pixels, np.random.default_rng([SEED, crc32(self.name.encode()), number]), others)


def _alone(*steps: Step) -> Composition:
    """Return steps done one after the other, which need no other pictures."""

    def change(pixels: Picture, rng: np.random.Generator, _others: Sequence[Picture]) -> Picture:
        for step in steps:
            pixels = step(pixels, rng)
        return pixels

    return change


def _onto(share: float) -> Composition:
    return lambda pixels, rng, others: put_onto(pixels, rng, share=share, others=others)


def _collage(pixels: Picture, rng: np.random.Generator, others: Sequence[Picture]) -> Picture:
    return make_collage(pixels, rng, others=others)


def _mixed_onto(pixels: Picture, rng: np.random.Generator, others: Sequence[Picture]) -> Picture:
    """Mirror, change the tone, lay onto another picture, compress."""
    pixels = change_tone(mirror(pixels, rng), rng, strength=0.3)
    return compress(put_onto(pixels, rng, share=0.5, others=others), rng, quality=40)


GRID: tuple[Edit, ...] = (
    Edit("crop_60", "crop", "60 % of the area", _alone(partial(crop, keep=0.6))),
    Edit("crop_30", "crop", "30 % of the area", _alone(partial(crop, keep=0.3))),
    Edit("crop_15", "crop", "15 % of the area", _alone(partial(crop, keep=0.15))),
    Edit("mirror", "mirror", "left to right", _alone(mirror)),
    Edit("turn_90", "turn", "90°", _alone(partial(quarter_turn, turns=1))),
    Edit("turn_180", "turn", "180°", _alone(partial(quarter_turn, turns=2))),
    Edit("turn_270", "turn", "270°", _alone(partial(quarter_turn, turns=3))),
    Edit("rotate_plus_7", "rotate", "+7°, cut", _alone(partial(rotate_and_cut, degrees=7))),
    Edit("rotate_minus_7", "rotate", "-7°, cut", _alone(partial(rotate_and_cut, degrees=-7))),
    Edit("rotate_plus_20", "rotate", "+20°, filled", _alone(partial(rotate_and_fill, degrees=20))),
    Edit("rotate_minus_20", "rotate", "-20°, filled", _alone(partial(rotate_and_fill, degrees=-20))),
    Edit("thumbnail_96", "scale", "96 px", _alone(partial(shrink, side=96))),
    Edit("aspect_70", "aspect", "× 0.7", _alone(partial(change_aspect, factor=0.7))),
    Edit("perspective", "perspective", "corners up to 20 %", _alone(partial(perspective, strength=0.2))),
    Edit("jpeg_50", "compress", "quality 50", _alone(partial(compress, quality=50))),
    Edit("jpeg_10", "compress", "quality 10", _alone(partial(compress, quality=10))),
    Edit("blur_1", "blur", "1 % of the width", _alone(partial(blur, share=0.01))),
    Edit("blur_2", "blur", "2 % of the width", _alone(partial(blur, share=0.02))),
    Edit("noise", "noise", "σ 25 of 255", _alone(partial(add_noise, sigma=25))),
    Edit("grey", "colour", "no colour", _alone(make_grey)),
    Edit("tone", "colour", "20 to 40 %", _alone(partial(change_tone, strength=0.4))),
    Edit("gamma", "colour", "2 or ½", _alone(partial(change_gamma, gamma=2.0))),
    Edit("hue", "colour", "60°", _alone(partial(shift_hue, degrees=60))),
    Edit("duotone", "colour", "two inks", _alone(make_duotone)),
    Edit("watermark", "overlay", "opacity 45 %", _alone(partial(watermark, opacity=0.45))),
    Edit("large_text", "overlay", "two lines", _alone(partial(caption, lines=2))),
    Edit("emoji", "overlay", "four", _alone(partial(emoji, count=4))),
    Edit("border", "surround", "15 % on each side", _alone(partial(border, share=0.15))),
    Edit("frame", "surround", "20 % on each side", _alone(partial(frame, share=0.2))),
    Edit("onto_40", "onto", "40 % of the area", _onto(0.4)),
    Edit("onto_15", "onto", "15 % of the area", _onto(0.15)),
    Edit("collage", "onto", "one of four", _collage),
    Edit("screenshot_phone", "screenshot", "as wide as the screen", _alone(screenshot_phone)),
    Edit("screenshot_page", "screenshot", "10 % of the area", _alone(partial(screenshot_page, share=0.1))),
    Edit(
        "mixed_crop",
        "mixture",
        "crop to 50 %, gamma, text, JPEG 30",
        _alone(
            partial(crop, keep=0.5),
            partial(change_gamma, gamma=1.6),
            partial(caption, lines=1),
            partial(compress, quality=30),
        ),
    ),
    Edit(
        "mixed_turn",
        "mixture",
        "mirror, rotate 10°, duotone, 160 px",
        _alone(mirror, partial(rotate_and_cut, degrees=10), make_duotone, partial(shrink, side=160)),
    ),
    Edit("mixed_onto", "mixture", "mirror, tone, onto 50 %, JPEG 40", _mixed_onto),
)
"""Every edit, in the order of the tables."""


def edit_words(name: str) -> str:
    """Return the name of an edit for people: a number at its end goes, as the intensity says the same."""
    return _NUMBERS.sub("", name).replace("_", " ")


def edits_named(names: Collection[str]) -> tuple[Edit, ...]:
    """Return edits of the grid by name, in its order; the whole grid when none is named.

    Raises:
        BadInput: there is no such edit.
    """
    if unknown := set(names) - {edit.name for edit in GRID}:
        raise BadInput(
            f"expected edits of the grid; received {', '.join(sorted(unknown))}",
            remedy=f"Choose among {', '.join(edit.name for edit in GRID)}.",
        )
    return tuple(edit for edit in GRID if not names or edit.name in names)
