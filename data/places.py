"""Places where pictures were seen, as people narrow a search to them: a host on the web, a folder, or an archive."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from data.row_values import keepable
from data.tables import SourceRow
from errors import BadRequest

FILES = "files"
"""In place of a host: whatever was not seen on the web."""
LONGEST = 1024
"""Characters of a place."""
HOST = r"[\w-]+(\.[\w-]+)*"
"""A host's name, as it may be asked for; of at most MAX_HOST characters."""
MAX_HOST = 253
"""Characters of a host's name, as the DNS allows."""

_HOST = re.compile(HOST)


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures were seen.

    Attributes:
        kind: 'host' on the web, 'files' for everything that is not from the web, or 'folder', archives among them.
        name: the host in lower case, or the folder's path as it was added, without a slash at its end; else ''.
    """

    kind: Literal["host", "files", "folder"]
    name: str = ""


def parse_place(text: str, *, folders: bool) -> Place:
    """Return the place that a word means.

    Args:
        text: the name of a host, the word 'files', or, with a slash in it, a folder; an archive ends in '!'.
        folders: whether a folder may be asked for. Strangers may not: the answer would tell which folders there are.
    Raises:
        BadRequest: it is none of these.
    """
    word = text.strip()
    if word == FILES:
        return Place("files")
    if _is_host(word):
        return Place("host", word.lower())
    if folders and len(word) <= LONGEST and re.search(r"[/\\!]", word) and "://" not in word:
        return Place("folder", word.rstrip("/\\!"))
    kinds = "a host such as 'example.org', a folder with a slash in it, or 'files'" if folders else "a host, or 'files'"
    raise BadRequest(f"expected {kinds}; received {word[:60]!r}", remedy="Leave it out to look everywhere.")


def host_of(locator: str) -> str | None:
    """Return the host of an http(s) address, in lower case, as it can be asked for; None for anything else."""
    if not is_of_web(locator):
        return None
    try:
        host = urlsplit(locator).hostname or ""
    except ValueError:  # such as an unclosed bracket
        return None
    return host if _is_host(host) else None


def is_of_web(locator: str) -> bool:
    """Return whether a place is an http(s) address, of a proper host or not."""
    return locator.lower().startswith(("http://", "https://"))


def count_hosts(seen: Iterable[tuple[int, str]]) -> dict[str, int]:
    """Return how many pictures were seen at each host, and how many elsewhere under FILES.

    Args:
        seen: ids of pictures with locators of theirs; a picture that was seen twice at a place counts once.
    """
    places = {(image_id, host_of(locator) or FILES) for image_id, locator in seen if _is_countable(locator)}
    return dict(Counter(place for _, place in places))


def _is_host(text: str) -> bool:
    """Return whether a text can be the name of a host."""
    return len(text) <= MAX_HOST and _HOST.fullmatch(text) is not None


def _is_countable(locator: str) -> bool:
    """Return whether a place can be asked for: an address without a proper host is neither a host nor a file."""
    return host_of(locator) is not None or not is_of_web(locator)


def seen_at(place: Place) -> Select[int]:
    """Return the statement that selects the pictures seen at a place, in ascending order of their ids.

    It reads every source: a place is no column of its own, and a catalogue of a million pictures is read in a second.
    """
    return select(SourceRow.image_id).where(_matches(place)).distinct().order_by(SourceRow.image_id)


def _matches(place: Place) -> ColumnElement[bool]:
    """Return the condition that a source is at a place."""
    locator = SourceRow.locator
    of_web = or_(*(func.lower(func.substr(locator, 1, len(scheme))) == scheme for scheme in ("http://", "https://")))
    if place.kind == "files":
        return ~of_web
    if place.kind == "host":
        # The host stands behind the last @ before the path; the plain comparison first, as it costs less.
        pattern = rf"^https?://([^/?#]*@)?{re.escape(place.name)}(:[0-9]*)?([/?#]|$)"
        return and_(func.lower(locator).contains(place.name, autoescape=True), locator.regexp_match(f"(?i){pattern}"))
    # Not LIKE, for which SQLite knows no difference between a and A.
    return or_(
        *(
            func.substr(locator, 1, len(start)) == start
            for start in (f"{keepable(place.name)}{mark}" for mark in ("/", "\\", "!"))
        )
    )
