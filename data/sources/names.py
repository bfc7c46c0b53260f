"""Names in sources: which ones are pictures, and how any of them is written so that it can be shown and stored."""

import os
import re
from pathlib import Path, PurePosixPath

from data.sources.source import Skip

PICTURE_SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
        *(".heic", ".heif", ".hif", ".avif"),
    }
)
"""Endings of the formats we read. They only choose what to offer; what a file is, its content tells."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(r"(https?)(://.+)", re.IGNORECASE | re.DOTALL)


def is_picture_name(name: str) -> bool:
    """Return whether a file of this name is worth offering as a picture."""
    return PurePosixPath(name).suffix.lower() in PICTURE_SUFFIXES


def why_skip_name(name: str) -> Skip | None:
    """Return why a file of this name, or member of this path in an archive, is left out; None where it is not."""
    # __MACOSX holds what macOS adds to zips: "._" files with the names of the pictures but none of their pixels.
    parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return Skip.HIDDEN
    return None if parts and is_picture_name(parts[-1]) else Skip.NOT_A_PICTURE


def printable(text: str | Path) -> str:
    r"""Return text in which control characters and undecodable bytes are spelled out as `\x0a`, `\udcff`.

    Databases refuse some of them, terminals obey others, and a report keeps one line an entry.
    """
    return _UNPRINTABLE.sub(lambda found: _spell(found.group()), os.fspath(text))


def _spell(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def told(value: object) -> str | None:
    """Return what a source tells in a field, trimmed and printable; None where it tells nothing."""
    return (printable(str(value).strip()) or None) if value is not None else None


def as_address(text: str) -> str | None:
    """Return an http(s) address with its scheme in lower case; None for anything else."""
    found = _ADDRESS.fullmatch(text.strip())
    return found[1].lower() + found[2] if found else None


def backlink_of(value: object) -> str | None:
    """Return the page that shows a picture; None unless it is an http(s) address, as it becomes a link."""
    text = told(value)
    return as_address(text) if text is not None else None
