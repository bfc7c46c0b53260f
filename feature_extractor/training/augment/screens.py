"""Screenshots that show a picture: a feed on a phone, a page in a browser, a chat, a viewer, a document."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from feature_extractor.picture import Picture
from feature_extractor.training.augment.lettering import fit, invent_words, letter, stain
from feature_extractor.training.augment.pixels import (
    Colour,
    Others,
    any_colour,
    cover,
    paste,
    pick_factor,
    plain,
    resize,
)
from feature_extractor.training.augment.surrounds import rounded

_LONG_SIDE = 440


@dataclass(frozen=True, slots=True)
class _Theme:
    """Colours of a screen."""

    ground: Colour
    panel: Colour
    ink: Colour
    faint: Colour
    accent: Colour


def _pick_theme(rng: np.random.Generator) -> _Theme:
    """Return a light theme, or a dark one, with any accent."""
    if rng.random() < 0.65:
        light = int(rng.integers(238, 256))
        return _Theme((light, light, light), (225, 228, 233), (35, 37, 42), (150, 154, 162), any_colour(rng))
    dark = int(rng.integers(0, 40))
    return _Theme((dark, dark, dark), (48, 50, 58), (228, 230, 235), (120, 124, 132), any_colour(rng))


def screenshot(picture: Picture, rng: np.random.Generator, strength: float, others: Others) -> Picture:
    """Show it on a screen, 8 to 50 % of the area on a page."""
    theme = _pick_theme(rng)
    chance = rng.random()
    if chance < 0.3:
        return _show_in_feed(picture, rng, theme, others)
    if chance < 0.6:
        return _show_on_page(picture, rng, theme, pick_factor(rng, 0.08 + 0.1 * (1 - strength), 0.5), others)
    if chance < 0.78:
        return _show_in_chat(picture, rng, theme)
    if chance < 0.9:
        return _show_in_viewer(picture, rng, theme, others)
    return _show_in_document(picture, rng)


def _show_in_feed(picture: Picture, rng: np.random.Generator, theme: _Theme, others: Others) -> Picture:
    """Return a phone's screen: a post with the picture as wide as the screen, part of the next one below."""
    height, width = _LONG_SIDE, round(_LONG_SIDE * rng.uniform(0.46, 0.62))
    screen = plain(width, height, theme.ground)
    _write_status_bar(screen, rng, theme)
    margin = 0 if rng.random() < 0.6 else round(width * rng.uniform(0.02, 0.08))
    top = round(height * rng.uniform(0.05, 0.15))
    _write_author(screen, rng, theme, top)
    top += 30
    if rng.random() < 0.4:
        top = _write_lines(screen, rng, (8, top, width - 16, int(rng.integers(1, 4)) * 9), theme.ink) + 4
    part = _limit(picture, width - 2 * margin, round(height * 0.68))
    _put(screen, part, (width - part.shape[1]) // 2, top, rng if margin else None)
    top += part.shape[0] + 8
    for number in range(int(rng.integers(2, 5))):
        _draw_icon(screen, rng, 14 + 24 * number, top + 7, theme.ink)
    top = _write_lines(screen, rng, (8, top + 20, width - 16, int(rng.integers(1, 5)) * 9), theme.ink) + 10
    if top + 40 < height:
        _write_author(screen, rng, theme, top)
        if rng.random() < 0.6:
            paste(screen, cover(others(), rng, width, width), 0, top + 30)
    if rng.random() < 0.6:
        screen[height - 30 :] = theme.panel
        for x in range(width // 10, width, width // 5):
            _draw_icon(screen, rng, x, height - 15, theme.ink)
    return screen


def _show_on_page(picture: Picture, rng: np.random.Generator, theme: _Theme, share: float, others: Others) -> Picture:
    """Return a browser's window: address, heading, text around the picture, a column beside."""
    width, height = _LONG_SIDE, round(_LONG_SIDE * rng.uniform(0.56, 0.85))
    screen = plain(width, height, theme.ground)
    bar = int(rng.integers(14, 34))
    screen[:bar] = theme.panel
    for number in range(3):
        cv2.circle(screen, (8 + 9 * number, 7), 3, any_colour(rng), -1, cv2.LINE_AA)
    cv2.rectangle(screen, (width // 6, bar - 11), (width * 5 // 6, bar - 3), theme.ground, -1)
    aside = round(width * rng.uniform(0.2, 0.3)) if share < 0.35 and rng.random() < 0.7 else 0
    left, right = round(width * rng.uniform(0.02, 0.08)), width - aside - 8
    if aside and rng.random() < 0.3:
        left, right = aside + 8, width - 8
    top = bar + 6
    if share < 0.4:
        _write_title(screen, rng, theme, (left, top, right - left), int(rng.integers(12, 26)))
        top += 30
    scale = math.sqrt(share * width * height / (picture.shape[0] * picture.shape[1]))
    room = min(right - left, picture.shape[1] * scale), min(height - top - 4, picture.shape[0] * scale)
    part = _limit(picture, *room)
    x = left if rng.random() < 0.5 else round(rng.uniform(left, right - part.shape[1]))
    y = top if rng.random() < 0.5 else round(rng.uniform(top, height - part.shape[0]))
    step = int(rng.integers(6, 12))
    for line in range(top, height - step, step):
        _write_lines(screen, rng, (left, line, right - left, step), theme.ink, step)
    edge = int(rng.integers(0, 7))
    screen[max(0, y - edge) : y + part.shape[0] + edge, max(0, x - edge) : x + part.shape[1] + edge] = theme.ground
    _put(screen, part, x, y, None)
    if aside:
        start = right + 8 if right < width - 8 else 4
        _fill_aside(screen, rng, theme, (start, bar + 6, aside - 12), others)
    return screen


def _show_in_chat(picture: Picture, rng: np.random.Generator, theme: _Theme) -> Picture:
    """Return a phone's screen with a conversation: bubbles on both sides, the picture in one."""
    height, width = _LONG_SIDE, round(_LONG_SIDE * rng.uniform(0.48, 0.8))
    screen = plain(width, height, theme.ground)
    screen[:34] = theme.panel
    _write_author(screen, rng, theme, 4)
    part = _limit(picture, round(width * rng.uniform(0.5, 0.85)), round(height * rng.uniform(0.35, 0.6)))
    place = round(rng.uniform(40, height - part.shape[0] - 8))
    left = width - part.shape[1] - 8 if rng.random() < 0.5 else 8
    _put(screen, part, left, place, rng)
    for start, end in ((40, place), (place + part.shape[0] + 8, height)):
        top = start
        while top + 19 <= end - 4:
            tall = min(int(rng.integers(1, 5)) * 9 + 10, end - top - 4)
            bubble = plain(round(width * rng.uniform(0.25, 0.75)), tall, theme.panel)
            is_mine = rng.random() < 0.5
            if is_mine:
                bubble[:] = theme.accent
            ink: Colour = (20, 20, 20) if bubble[0, 0].mean() > 127 else (240, 240, 240)
            _write_lines(bubble, rng, (7, 5, bubble.shape[1] - 14, tall - 8), ink)
            _put(screen, bubble, width - bubble.shape[1] - 8 if is_mine else 8, top, rng)
            top += tall + 8
    return screen


def _show_in_viewer(picture: Picture, rng: np.random.Generator, theme: _Theme, others: Others) -> Picture:
    """Return a window that shows the picture large, with tools above and small pictures below."""
    width, height = _LONG_SIDE, round(_LONG_SIDE * rng.uniform(0.56, 0.8))
    screen = plain(width, height, theme.ground)
    bar, strip = int(rng.integers(10, 28)), int(rng.integers(0, 56))
    screen[:bar] = theme.panel
    for number in range(int(rng.integers(2, 9))):
        _draw_icon(screen, rng, 12 + 22 * number, bar // 2, theme.ink)
    if strip > 24:
        small = cover(others(), rng, strip - 8, strip - 8)
        for x in range(4, width, strip):
            paste(screen, small[:, :: int(rng.choice([-1, 1]))], x, height - strip + 4)
    else:
        strip = 0
    scale = min((width - 10) / picture.shape[1], (height - bar - strip - 8) / picture.shape[0]) * rng.uniform(0.7, 1)
    part = resize(picture, _side(picture.shape[1] * scale), _side(picture.shape[0] * scale))
    _put(screen, part, (width - part.shape[1]) // 2, bar + (height - bar - strip - part.shape[0]) // 2, None)
    return screen


def _show_in_document(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a page of paper or a slide: a heading, lines of text, the picture among them."""
    height = _LONG_SIDE if rng.random() < 0.6 else round(_LONG_SIDE * 0.65)
    width = round(_LONG_SIDE * 0.72) if height == _LONG_SIDE else _LONG_SIDE
    theme = _Theme((255, 255, 255), (240, 240, 240), (25, 25, 25), (120, 120, 120), any_colour(rng))
    page = plain(width, height, theme.ground)
    margin = round(width * rng.uniform(0.05, 0.12))
    _write_title(page, rng, theme, (margin, margin, width - 2 * margin), 22)
    part = _limit(picture, round((width - 2 * margin) * rng.uniform(0.5, 1)), round(height * rng.uniform(0.35, 0.6)))
    place = round(rng.uniform(margin + 28, height - part.shape[0] - margin / 2))
    _write_lines(page, rng, (margin, margin + 28, width - 2 * margin, place - margin - 36), theme.ink)
    _put(page, part, round(rng.uniform(margin, width - margin - part.shape[1])), place, None)
    below = place + part.shape[0] + 8
    _write_lines(page, rng, (margin, below, width - 2 * margin, height - below - margin), theme.ink)
    return page


def _side(side: float) -> int:
    return max(16, round(side))


def _limit(picture: Picture, width: float, height: float) -> Picture:
    """Return a picture as wide as this, unless it would be taller than that."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    return resize(picture, _side(picture.shape[1] * scale), _side(picture.shape[0] * scale))


def _put(screen: Picture, part: Picture, left: int, top: int, rounding: np.random.Generator | None) -> None:
    """Lay a part on the screen in place, with round corners where a generator is given that tells how round."""
    if rounding is not None and min(part.shape[:2]) > 12:
        ground = plain(part.shape[1], part.shape[0], _colour_at(screen, left, top))
        inside = rounded(part.shape[1], part.shape[0], int(rounding.integers(3, 14)))
        part = np.asarray(cv2.copyTo(part, inside, ground), np.uint8)
    paste(screen, part, left, top)


def _colour_at(screen: Picture, left: int, top: int) -> Colour:
    height, width = screen.shape[:2]
    red, green, blue = screen[min(max(top, 0), height - 1), min(max(left, 0), width - 1)]
    return int(red), int(green), int(blue)


def _write_lines(
    screen: Picture, rng: np.random.Generator, box: tuple[int, int, int, int], ink: Colour, step: int = 9
) -> int:
    """Fill a box (left, top, width, height) with what small text looks like; return where it ends."""
    left, top, width, height = box
    lines = height // step
    if lines < 1 or width < 12:
        return top
    tall = max(2, step * 6 // 10)
    # A word is a run of 4-px pieces; within it, strokes and gaps are noise.
    words = rng.random((lines, 1, width // 4 + 1)) < 0.84
    words[np.arange(lines), 0, (rng.uniform(0.5, 1, lines) * words.shape[2]).astype(int) - 1] = False
    runs = np.repeat(words, 4, axis=2)[..., :width]
    strokes = np.frombuffer(rng.bytes(lines * tall * width), np.uint8).reshape(lines, tall, width) | 64
    coverage = np.zeros((lines, step, width), np.uint8)
    coverage[:, :tall] = strokes * runs
    if rng.random() < 0.5:
        coverage[-1, :, int(width * rng.uniform(0.2, 0.9)) :] = 0
    stain(screen, coverage.reshape(lines * step, width), (left, top), ink)
    return top + lines * step


def _write_title(
    screen: Picture, rng: np.random.Generator, theme: _Theme, box: tuple[int, int, int], size: int
) -> None:
    """Write a heading into (left, top, width)."""
    left, top, width = box
    line = fit(letter(rng, invent_words(rng, int(rng.integers(2, 5))), size), max(16, width), size)
    stain(screen, line, (left, top), theme.ink if rng.random() < 0.8 else theme.accent)


def _write_author(screen: Picture, rng: np.random.Generator, theme: _Theme, top: int) -> None:
    """Draw an author's round portrait with a name beside it."""
    cv2.circle(screen, (18, top + 13), 10, theme.accent, -1, cv2.LINE_AA)
    stain(screen, fit(letter(rng, invent_words(rng, 2), 13), screen.shape[1] - 60, 13), (36, top + 3), theme.ink)
    _write_lines(screen, rng, (36, top + 18, 60, 7), theme.faint, 7)


def _write_status_bar(screen: Picture, rng: np.random.Generator, theme: _Theme) -> None:
    """Write the time and draw what a phone shows above all."""
    clock = f"{int(rng.integers(1, 24))}:{int(rng.integers(0, 60)):02d}"
    stain(screen, letter(rng, clock, 10), (10, 4), theme.ink)
    for number in range(3):
        x = screen.shape[1] - 16 - 14 * number
        cv2.rectangle(screen, (x, 5), (x + 8, 11), theme.ink, -1 if rng.random() < 0.6 else 1)


def _draw_icon(screen: Picture, rng: np.random.Generator, x: int, y: int, ink: Colour) -> None:
    """Draw one of a few small signs around a place."""
    kind, thick = int(rng.integers(4)), -1 if rng.random() < 0.3 else 1
    if kind == 0:
        cv2.circle(screen, (x, y), 6, ink, thick, cv2.LINE_AA)
    elif kind == 1:
        cv2.rectangle(screen, (x - 5, y - 5), (x + 5, y + 5), ink, thick)
    elif kind == 2:
        cv2.line(screen, (x - 6, y), (x + 6, y), ink, 2, cv2.LINE_AA)
    else:
        corners = np.array([[x - 6, y + 5], [x + 6, y + 5], [x, y - 6]])
        cv2.polylines(screen, [corners], True, ink, 1, cv2.LINE_AA)


def _fill_aside(
    screen: Picture, rng: np.random.Generator, theme: _Theme, box: tuple[int, int, int], others: Others
) -> None:
    """Fill a column (left, top, width) with boxes: teasers with small pictures, plain panels, lines."""
    left, top, width = box
    other = others() if rng.random() < 0.6 else None
    while top < screen.shape[0] - 30:
        tall = int(rng.integers(26, 80))
        if other is not None and rng.random() < 0.5:
            paste(screen, cover(other, rng, width, tall), left, top)
        elif rng.random() < 0.5:
            paste(screen, plain(width, tall, theme.panel if rng.random() < 0.6 else theme.accent), left, top)
        else:
            _write_lines(screen, rng, (left, top, width, tall), theme.faint)
        top += tall + 8
