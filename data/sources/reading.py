"""Bytes of one picture, never more than allowed."""

import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

from data.sources.names import as_address, printable
from data.sources.source import SourceOptions
from errors import FileTooLarge, SourceUnreadable

Read = Callable[[], bytes]


def read_file(path: Path, max_bytes: int) -> bytes:
    """Return the bytes of a regular file.

    Raises:
        FileTooLarge: it has more than max_bytes.
        SourceUnreadable: it is not there, not a regular file, or cannot be read.
    """
    name = printable(path)
    try:
        status = path.stat()  # before opening: to open a pipe is to wait for its writer
        if not stat.S_ISREG(status.st_mode):
            raise SourceUnreadable(f"{name}: expected a file; received {_kind(status.st_mode)}")
        check_size(name, status.st_size, max_bytes)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as exc:
        raise SourceUnreadable(f"{name}: {exc.strerror or exc}") from exc
    except ValueError as exc:  # a NUL in the name
        raise SourceUnreadable(f"{name}: not a file name") from exc
    check_size(name, len(data), max_bytes)  # it may have grown
    return data


def check_size(name: str, size_bytes: int, max_bytes: int) -> None:
    """Raise FileTooLarge where a picture has more bytes than allowed."""
    if size_bytes > max_bytes:
        raise FileTooLarge(f"{name}: expected at most {max_bytes:,} bytes; received {size_bytes:,}")


def locate(where: str, base: Path, options: SourceOptions) -> tuple[str, Read]:
    """Return locator and reader of a picture that a table or a BAM! file points at.

    Args:
        where: http(s) address, or path; a relative one counts from `base`.
        base: absolute folder of the table.
        options: limit and fetcher.
    """
    if address := as_address(where):
        return printable(address), partial(fetch, address, options)
    path = base / where
    return printable(path), partial(read_file, path, options.max_bytes)


def fetch(address: str, options: SourceOptions) -> bytes:
    """Return the bytes behind an address.

    Raises:
        SourceUnreadable: the source was opened without a fetcher.
        FetchError: the fetcher could not get them.
        FileTooLarge: there are more than allowed.
    """
    if options.fetcher is None:
        raise SourceUnreadable(
            f"{printable(address)}: expected a file; received an address, and fetching is off",
            remedy="Download the picture and give the file.",
        )
    data = options.fetcher(address)
    check_size(printable(address), len(data), options.max_bytes)
    return data


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe, socket or device"
