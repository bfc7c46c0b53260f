"""The site's look in one page that needs no other file."""

import base64
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from errors import PartMissing

_URL = re.compile(r'url\("([^"]+)"\)')
_MIME = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png"}


def read_style(sheets: Sequence[Path]) -> str:
    """Return style sheets as one text, what they load from files beside them put into it.

    Raises:
        PartMissing: a file is not there.
    """
    text = "\n".join(_URL.sub(partial(_inline, sheet.parent), _read(sheet).decode()) for sheet in sheets)
    # A font that is in the page need not be done without, as one that may come late.
    return text.replace("font-display: optional", "font-display: block")


def data_url(mime: str, data: bytes) -> str:
    """Return bytes as an address that holds them."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def _inline(folder: Path, found: re.Match[str]) -> str:
    path = folder / found[1]
    return f'url("{data_url(_MIME[path.suffix], _read(path))}")'


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise PartMissing(f"{path} cannot be read: {exc.strerror}", remedy="Restore it from the repository.") from exc
