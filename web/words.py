"""Turns values into words for people: numbers, sizes, dates, attributes, places."""

from collections.abc import Mapping
from datetime import datetime

from search.answer import Verdict
from search.words import clock, count, is_web_address, public_place

VERDICT_TEXTS: Mapping[Verdict, str] = {
    Verdict.IDENTICAL: "Identical file",
    Verdict.SAME_PIXELS: "Same pixels",
    Verdict.COPY: "Copy",
    Verdict.UNCONFIRMED: "Probable copy",
    Verdict.SIMILAR: "Similar work",
    Verdict.DISTANT: "Further away",
}

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_LONGEST_PLACE = 60
"""Characters of a place that fit on a card."""


def size_px(width: int, height: int) -> str:
    """Return width and height with a multiplication sign between them."""
    return f"{width} × {height}"


def size_bytes(number: int) -> str:
    """Return '512 bytes', '48 kB' or '3.1 MB' (powers of 1000, as people's file managers say it)."""
    if number < 1_000:
        return count(number, "byte")
    if number < 1_000_000:
        return f"{number / 1e3:.0f} kB"
    return f"{number / 1e6:.1f} MB"


def file_format(name: str) -> str:
    """Return the format as people write it."""
    return {"WEBP": "WebP", "HEIF": "HEIC"}.get(name, name)


def milliseconds(value: float) -> str:
    """Return '31 ms', or '4.2 ms' below ten."""
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def seconds(value_ms: float) -> str:
    """Return '4.2 s', or milliseconds below one."""
    return f"{value_ms / 1000:.1f} s" if value_ms >= 1000 else milliseconds(value_ms)


def whole_seconds(value_ms: int) -> str:
    """Return a length or a time of a video in whole seconds: '0:07', '1:02:03'."""
    return clock(1000 * round(value_ms / 1000)).partition(".")[0]


def day(moment: datetime) -> str:
    """Return '21 November 2026'; months are spelled here, so that the server's locale does not matter."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def shorten(text: str, longest: int = _LONGEST_PLACE) -> str:
    """Return the text, its middle left out where it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    tail = longest // 3
    return f"{text[: longest - tail - 1]}…{text[-tail:]}"


def sentence(text: str) -> str:
    """Return a message as a sentence of its own: errors are written to follow a colon, and an end may be missing."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "!", "?")) else f"{whole}."


def public_link(locator: str | None) -> str | None:
    """Return the address a visitor may follow, None where the place is not on the web."""
    if locator is None or not is_web_address(locator):
        return None
    place = public_place(locator)
    return place if is_web_address(place) else None


def short_place(locator: str) -> str:
    """Return the public place as it fits on a card: without scheme, its middle left out where it is long."""
    place = public_place(locator)
    return shorten(place.partition("://")[2].rstrip("/") if is_web_address(place) else place)
