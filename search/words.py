"""Words that pages, command line and messages have in common: numbers with their nouns, and places."""

from urllib.parse import urlsplit


def count(number: int, one: str, many: str | None = None) -> str:
    """Return '1 copy', '2 copies', '13,160 pictures'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def is_web_address(place: str) -> bool:
    """Return whether a browser may follow the place as a link."""
    return place.lower().startswith(("http://", "https://"))


def public_place(locator: str) -> str:
    """Return what a visitor may see of where a picture comes from.

    An address is shown without user name and password. Of a path or an archive's member only the last part is: where
    files lie on this server is nobody's business.
    """
    if not is_web_address(locator):
        member = locator.rpartition("!")[2].replace("\\", "/")
        return member.rstrip("/").rpartition("/")[2] or "a file"
    try:
        parts = urlsplit(locator)
    except ValueError:  # such as an unclosed bracket in the host: shown as text, never linked
        return "an unreadable address"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def clock(ms: int) -> str:
    """Return a time of a video as people write it: '0:07.4', '1:02:03.0'."""
    seconds, tenths = divmod(round(ms / 100), 10)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{tenths}" if hours else f"{minutes}:{seconds:02}.{tenths}"
