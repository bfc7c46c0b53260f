"""Pictures that lie in the file system: one file, or a folder with all below it."""

import os
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path

from data.records import SourceRecord
from data.sources.names import printable, why_skip_name
from data.sources.reading import read_file
from data.sources.source import Skip, Skipped, SourceOptions, failing
from errors import SourceUnreadable


def read_one(path: Path, options: SourceOptions) -> Generator[SourceRecord]:
    """Yield the record of one file, whatever it is called."""
    yield SourceRecord(
        locator=printable(path), read=partial(read_file, path, options.max_bytes), collection=options.collection
    )


def read_folder(folder: Path, options: SourceOptions, skipped: Skipped) -> Generator[SourceRecord]:
    """Yield the pictures of a folder and its subfolders in order of their names.

    Hidden files, links to folders and links that lead out of the folder are left out. A subfolder that cannot be
    listed is one failing record.

    Raises:
        SourceUnreadable: the folder itself cannot be listed.
    """
    for path, error in _walk(folder, skipped):
        if error is not None:
            refused = SourceUnreadable(f"{printable(path)}: {error.strerror or error}")
            if path == folder:
                raise refused from error
            yield failing(printable(path), refused, collection=options.collection)
        else:
            yield from read_one(path, options)


def count_folder(folder: Path) -> int:
    """Return how many records `read_folder` yields."""
    return sum(1 for _ in _walk(folder, Skipped()))


def _walk(root: Path, skipped: Skipped) -> Iterator[tuple[Path, OSError | None]]:
    """Yield picture files, and the folders that could not be listed with the reason, in order of name."""
    inside = root.resolve()
    # A stack of our own, as folders may be nested deeper than Python recurses.
    waiting: list[tuple[str, bool]] = [(os.fspath(root), True)]
    while waiting:
        place, is_folder = waiting.pop()
        if not is_folder:
            yield Path(place), None
            continue
        try:
            with os.scandir(place) as listing:
                entries = sorted(listing, key=lambda entry: entry.name, reverse=True)
        except OSError as exc:
            yield Path(place), exc
            continue
        for entry in entries:
            if (reason := _why_skip(entry, inside)) is not None:
                skipped[reason] += 1
            else:
                waiting.append((entry.path, entry.is_dir(follow_symlinks=False)))


def _why_skip(entry: os.DirEntry[str], inside: Path) -> Skip | None:
    if entry.name.startswith("."):
        return Skip.HIDDEN
    if entry.is_symlink():
        # A link into the folder may be followed, but never to a folder: it could lead in a circle.
        if Path(entry).is_dir() or not Path(os.path.realpath(entry)).is_relative_to(inside):
            return Skip.LINK
    elif entry.is_dir(follow_symlinks=False):
        return None
    elif not entry.is_file(follow_symlinks=False):
        return Skip.SPECIAL
    return why_skip_name(entry.name)
