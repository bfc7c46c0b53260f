"""Reading a picture again where it was seen, long after it was added."""

from pathlib import Path

from data.sources.opening import open_source
from data.sources.reading import read_file
from errors import SourceUnreadable

_IN_ZIP = ".zip!"


def read_again(locator: str, *, max_bytes: int) -> bytes:
    """Return the bytes at a locator of the catalogue, where they lie on this machine: in a file, or in a zip archive.

    An address is never fetched, and a tar never searched: that would mean to read all of it. What lies there now may
    be another picture than the one that was added: compare its sha256.

    Args:
        locator: as `open_source` gave it.
        max_bytes: most bytes of the picture.
    Raises:
        SourceUnreadable: nothing can be read there; the message says why.
        FileTooLarge: there are more bytes than allowed.
    """
    if not Path(locator).is_absolute():
        raise SourceUnreadable(f"{locator}: expected a path on this machine")
    end = locator.lower().find(_IN_ZIP)
    if end < 0:
        return read_file(Path(locator), max_bytes)
    with open_source(locator[: end + len(_IN_ZIP) - 1], max_bytes=max_bytes) as members:
        for member in members:
            if member.locator == locator:
                return member.read()
    raise SourceUnreadable(f"{locator}: no longer in the archive")
