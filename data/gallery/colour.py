"""Colours: mixing in a perceptual space, and the palettes of the gallery."""

import math
from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]
"""sRGB, each channel in 0..1."""


def from_hex(text: str) -> Colour:
    """Return the colour that six hexadecimal digits name."""
    return int(text[0:2], 16) / 255, int(text[2:4], 16) / 255, int(text[4:6], 16) / 255


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return the colour `share` (0..1) of the way from the first to the second, in OKLab (Ottosson, 2020).

    A straight line in OKLab keeps a mixture of two lively colours lively, where one in sRGB goes through grey.
    """
    one, two = _to_oklab(first), _to_oklab(second)
    light, green_red, blue_yellow = (a + (b - a) * share for a, b in zip(one, two, strict=True))
    long = (light + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (light - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (light - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    return (
        _compress(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _compress(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _compress(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def shade(colour: Colour, amount: float) -> Colour:
    """Return the colour lighter (amount 0..1, towards white) or darker (-1..0, towards a cool black)."""
    return mix(colour, (1.0, 0.99, 0.96), amount) if amount >= 0 else mix(colour, (0.05, 0.05, 0.1), -amount)


def lightness(colour: Colour) -> float:
    """Return how light a colour looks, 0..1: the L of OKLab."""
    return _to_oklab(colour)[0]


def vary(rng: np.random.Generator, colour: Colour, amount: float) -> Colour:
    """Return a neighbour of the colour, as two touches of one paint differ."""
    red, green, blue = np.clip(np.array(colour) + rng.normal(0, amount, 3), 0, 1).tolist()
    return red, green, blue


def to_bytes(colour: Colour) -> tuple[int, int, int]:
    """Return the colour as Pillow wants it, each channel 0..255."""
    return round(colour[0] * 255), round(colour[1] * 255), round(colour[2] * 255)


def _to_oklab(colour: Colour) -> Colour:
    red, green, blue = (_expand(channel) for channel in colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _expand(channel: float) -> float:
    """Return linear light of an sRGB channel (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _compress(linear: float) -> float:
    """Return the sRGB channel of linear light, held to 0..1."""
    linear = min(max(linear, 0.0), 1.0)
    return linear * 12.92 if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one light: an hour, a season, a weather.

    Attributes:
        phrase: how a title says it ("at dusk").
        zenith, horizon: the sky's two ends; sun: the sun or moon.
        far, middle, near: land and water by distance; leaf: foliage; dark: the deepest tone; light: the lightest.
        accents: three lively colours for what the eye should find.
        is_night: windows are lit, stars are out.
        mood: the emotion of BAM! that it carries, without its prefix, or None.
    """

    phrase: str
    zenith: Colour
    horizon: Colour
    sun: Colour
    far: Colour
    middle: Colour
    near: Colour
    leaf: Colour
    dark: Colour
    light: Colour
    accents: tuple[Colour, Colour, Colour]
    is_night: bool = False
    mood: str | None = None


def _palette(phrase: str, scenery: str, figures: str, *, is_night: bool = False, mood: str | None = None) -> Palette:
    zenith, horizon, sun, far, middle, near, leaf = (from_hex(colour) for colour in scenery.split())
    dark, light, *accents = (from_hex(colour) for colour in figures.split())
    one, two, three = accents
    return Palette(
        phrase, zenith, horizon, sun, far, middle, near, leaf, dark, light, (one, two, three), is_night, mood
    )  # fmt: skip


# Scenery: zenith horizon sun far middle near leaf. Figures: dark light, three accents.
PALETTES = {
    "dawn": _palette("at dawn", "8fa8c9 f8d9c0 fff1d6 b3a9c4 8b8fb0 5c6a8a 6d8a76",
        "2d3350 fff6ea e8836b f2b36f 5b7fa6", mood="peaceful"),
    "noon": _palette("at noon", "4aa3df cfeaf5 fff6c9 8fb8c9 6aa58a 3f7f5c 4f9a4a",
        "1f3a3d fffdf4 e2483d f5b52e 2b6cb0", mood="happy"),
    "dusk": _palette("at dusk", "3b2a5c f2855e ffd98a 8c4a6e 5e3560 35234a 3f4a3d",
        "1b1430 ffe9c9 ffb14a e2556b 4ec2c2"),
    "night": _palette("by night", "0b1230 2b3f73 f4f1d8 2c3a63 1d2a4d 111a35 1f3b3f",
        "070b1c e8ecf5 ffcf5c ef6f53 6fa8dc", is_night=True),
    "moon": _palette("by moonlight", "101f33 4b6b7f fdfbe6 3f5a6c 2b4456 16283a 274a44",
        "0a131f eef3ee ffd27a 9fd3c7 c95d63", is_night=True, mood="peaceful"),
    "winter": _palette("in winter", "a9bfd0 eef3f6 fffaf0 b9c8d4 d7e1e8 f4f7f9 56707a",
        "26343f ffffff c8443a d9a441 3f6c8f", mood="peaceful"),
    "autumn": _palette("in autumn", "c9b79c f6e3bf ffe7a8 b58a6a 9c6a43 6b4a33 c8702a",
        "2e1f1a fff3dc b8322a e0a02a 4f6d5c"),
    "spring": _palette("in spring", "9fd2e8 fdeff0 fff3c4 a9cfb4 86bf7d 5aa05c 8cc152",
        "2f4a3c fffaf5 f27ea9 f7c948 6a8fd8", mood="happy"),
    "storm": _palette("before the storm", "3a424d 8a9299 d8d6c8 5d666e 474f55 2f3538 434f42",
        "15181b dfe0da b5533c c9a85a 5d7f8c", mood="gloomy"),
    "rain": _palette("in the rain", "6d7a86 a9b3b8 e0e2de 808c95 5f6d77 414d57 55685c",
        "20282f e8ecec c44536 e3b23c 2f5d7c", mood="gloomy"),
    "desert": _palette("in the heat", "f0b86a fbe8b8 fffbe0 d99a6c c2683f 8f3f2f 7c8a4a",
        "3b1a1f fff3d9 1f8a8c e84f3d 5b3a78"),
    "tropic": _palette("in the south", "1fb0c4 bdf0e4 fff4a8 5fc0b0 2c9c8f 17695f 3fae5a",
        "0f3340 fffbea ff6f59 ffd23f d6418c", mood="happy"),
    "fright": _palette("at midnight", "0d0a16 3d2a4a d9e8a0 2b2038 1d1728 100c18 2a3324",
        "050409 c9d6b0 8fd14a d1342f 7a4fb0", is_night=True, mood="scary"),
    "blood": _palette("under a red moon", "1a0508 7a1c1c ff8a5c 4a1216 2e0b10 170609 2a1a14",
        "060203 ffd9b8 ff4b2e f0a03c 8c1f3a", is_night=True, mood="scary"),
    "mist": _palette("in the mist", "c3ccd0 e6e8e4 fdfbef c2cbcd a3b0b2 748488 6f857a",
        "36454b fafaf5 b86b52 d6b36a 54788a", mood="peaceful"),
    "ember": _palette("at sundown", "5a2a52 ffb25e fff0b0 c45a4e 93394f 5a2348 6a4a3a",
        "240f26 fff0d0 ffd04a f0563d 3aa6a0"),
    "mint": _palette("in mint and coral", "d7efe3 f6fbf1 ffd9b0 a6d8c6 6fbfa8 3f8f82 58a98a",
        "21504f fffdf6 ff7a5c ffb996 2f6f8f", mood="happy"),
    "mustard": _palette("in mustard and teal", "f3dfa8 faf0d2 e9a820 c9b46e 4f8f8b 1f5f66 3f7f70",
        "15313a fff9e6 d9822b c23b22 1f5f66"),
    "rose": _palette("in rose light", "e3b5c0 fbe6e0 fff4ea cfa0b4 a9788f 74506a 8a9a78",
        "3a2438 fff8f4 d6496a f0a06a 5a7fa0", mood="happy"),
    "noir": _palette("in black and white", "3a3a3c b9b9b6 f6f5f0 8a8a88 5c5c5b 2e2e2e 4a4a49",
        "0c0c0c fbfaf5 f6f5f0 a5a5a2 d8d7d2", is_night=True, mood="gloomy"),
}  # fmt: skip
"""Every light of the gallery by name."""
