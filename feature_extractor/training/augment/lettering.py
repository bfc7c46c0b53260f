"""Words nobody wrote, in several types, as coverage that is then stained onto a picture."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from feature_extractor.picture import Picture
from feature_extractor.training.augment.pixels import Colour

Coverage = NDArray[np.uint8]
"""(height, width), 255 where ink covers all of a pixel."""

_HERSHEY_HEIGHT = 30
"""Height in px of OpenCV's stroke types at scale 1, with what reaches below the line."""

_ONSETS = [*"bcdfghjklmnprstvwz", "ch", "sh", "st", "tr", "qu", ""]
_VOWELS = [*"aeiou", "ea", "ou", "oo", "y"]
_CODAS = ["", "", "n", "r", "s", "t", "ck", "ng", "m", "ll"]
_ENDS = ["!", "?", "!!!", " 2026", " 50%", " #1", " :)", "...", " $9.99", " ©"]


def invent_words(rng: np.random.Generator, count: int) -> str:
    """Return words of one to three syllables, in one of the usual cases; sometimes with numbers and signs."""
    draws = rng.integers(0, [len(_ONSETS), len(_VOWELS), len(_CODAS)], (count, 3, 3))
    words = [
        "".join(_ONSETS[onset] + _VOWELS[vowel] + _CODAS[coda] for onset, vowel, coda in syllables[:length])
        for syllables, length in zip(draws.tolist(), rng.integers(1, 4, count).tolist(), strict=True)
    ]
    text = " ".join(words)
    chance = rng.random()
    if chance < 0.3:
        text = text.upper()
    elif chance < 0.55:
        text = text.title()
    if rng.random() < 0.25:
        text += _ENDS[rng.integers(len(_ENDS))]
    return text


def letter(rng: np.random.Generator, text: str, height: int) -> Coverage:
    """Return a line of text in a random type, (height or so, as wide as it gets)."""
    if rng.random() < 0.6:
        font = ImageFont.load_default(max(6.0, height * 0.8))
        left, top, right, bottom = font.getbbox(text)
        line = Image.new("L", (max(1, int(right - left) + 2), max(1, int(bottom - top) + 2)))
        ImageDraw.Draw(line).text((1 - left, 1 - top), text, 255, font)
        return np.asarray(line)
    face = int(rng.integers(0, 8)) | (cv2.FONT_ITALIC if rng.random() < 0.2 else 0)
    scale = max(0.25, height / _HERSHEY_HEIGHT)
    thickness = max(1, round(height * rng.uniform(0.03, 0.13)))
    text = text.replace("©", "(c)")  # the stroke types know ASCII alone
    (width, above), below = cv2.getTextSize(text, face, scale, thickness)
    strokes = np.zeros((above + below + thickness, width + thickness), np.uint8)
    cv2.putText(strokes, text, (thickness // 2, above + thickness // 2), face, scale, (255,), thickness, cv2.LINE_AA)
    return strokes


def fit(line: Coverage, width: int, height: int) -> Coverage:
    """Return a line reduced until it fits into so many px."""
    scale = min(1.0, width / line.shape[1], height / line.shape[0])
    if scale == 1:
        return line
    size = max(1, int(line.shape[1] * scale)), max(1, int(line.shape[0] * scale))
    return np.asarray(cv2.resize(line, size, interpolation=cv2.INTER_AREA), np.uint8)


def turn(line: Coverage, degrees: float) -> Coverage:
    """Return coverage turned, on a canvas that holds all of it."""
    height, width = line.shape
    turning = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cosine, sine = abs(turning[0, 0]), abs(turning[0, 1])
    across, down = int(width * cosine + height * sine) + 1, int(width * sine + height * cosine) + 1
    turning[:, 2] += (across - width) / 2, (down - height) / 2
    return np.asarray(cv2.warpAffine(line, turning, (across, down)), np.uint8)


def stain(canvas: Picture, line: Coverage, place: tuple[int, int], colour: Colour, opacity: float = 1) -> None:
    """Colour a canvas, from a place (left, top) on, where coverage tells; in place, and lost beyond the edges."""
    left, top = place
    height, width = canvas.shape[:2]
    x, y = max(0, left), max(0, top)
    right, bottom = min(width, left + line.shape[1]), min(height, top + line.shape[0])
    if x >= right or y >= bottom:
        return
    ink = line[y - top : bottom - top, x - left : right - left, None].astype(np.uint16)
    ink = (ink * np.uint16(round(opacity * 256))) >> np.uint16(8)
    part = canvas[y:bottom, x:right]
    mixed = part * (255 - ink) + np.array(colour, np.uint16) * ink
    canvas[y:bottom, x:right] = (mixed // np.uint16(255)).astype(np.uint8)


def outline(line: Coverage, thickness: int) -> Coverage:
    """Return coverage grown by so many px on each side, to lie below the line itself at (-thickness, -thickness)."""
    grown = cv2.copyMakeBorder(line, thickness, thickness, thickness, thickness, cv2.BORDER_CONSTANT, value=(0,))
    return np.asarray(cv2.dilate(grown, np.ones((2 * thickness + 1, 2 * thickness + 1), np.uint8)), np.uint8)
