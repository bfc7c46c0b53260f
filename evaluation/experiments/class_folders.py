"""Pictures in folders that are their classes, in a folder or in a zip archive."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
from numpy.typing import NDArray

from errors import PictureError, SourceUnreadable
from feature_extractor.decode import decode
from feature_extractor.picture import Limits, Picture

MOST_PICTURES = 200_000
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
_LIMITS = Limits(max_bytes=8 * 2**20, max_pixels=16_000_000)


@dataclass(frozen=True, slots=True)
class ClassPictures:
    """The pictures of one side of a split.

    Attributes:
        place: the folder or archive.
        names: of the files, `class/file`, in ascending order.
        classes: of each picture, (n,).
    """

    place: Path
    names: tuple[str, ...]
    classes: NDArray[np.str_]

    def read(self) -> Iterator[Picture]:
        """Yield the pixels of every picture, in the order of the names.

        Raises:
            SourceUnreadable: a picture is gone or does not decode.
        """
        with _opened(self.place) as read:
            for name in self.names:
                try:
                    yield decode(read(name), _LIMITS).pixels
                except (PictureError, OSError, zipfile.BadZipFile) as exc:
                    raise SourceUnreadable(f"expected a picture in {self.place}, {name}; received {exc}") from exc

    def fingerprint(self) -> str:
        """Return a digest of names and sizes, by which a set that was changed is told from the one before."""
        if self.place.is_dir():
            sizes = [(self.place / name).stat().st_size for name in self.names]
        else:
            with zipfile.ZipFile(self.place) as archive:
                sizes = [archive.getinfo(name).file_size for name in self.names]
        return hashlib.sha256(json.dumps([self.names, sizes]).encode()).hexdigest()


def find_pictures(folder: Path, split: str) -> ClassPictures:
    """Return the pictures of a side of a split: those of the folder `split`, or of the archive `split.zip`.

    Raises:
        SourceUnreadable: neither is there, or one holds no pictures in folders, or too many.
    """
    place = folder / split if (folder / split).is_dir() else folder / f"{split}.zip"
    try:
        names = sorted(name for name in _names(place) if PurePosixPath(name).suffix.lower() in _SUFFIXES)
    except (OSError, zipfile.BadZipFile) as exc:
        raise SourceUnreadable(
            f"expected {folder / split} or {place.name} beside it, with a folder a class; received {exc}"
        ) from exc
    held = [name for name in names if name.count("/") == 1]
    if not 0 < len(held) <= MOST_PICTURES:
        raise SourceUnreadable(
            f"expected 1 to {MOST_PICTURES:,} pictures in {place}, `class/file`; received {len(held):,}"
        )
    return ClassPictures(place, tuple(held), np.array([name.partition("/")[0] for name in held]))


def _names(place: Path) -> list[str]:
    if place.is_dir():
        return [path.relative_to(place).as_posix() for path in place.glob("*/*") if path.is_file()]
    with zipfile.ZipFile(place) as archive:
        return archive.namelist()


@contextmanager
def _opened(place: Path) -> Iterator[Callable[[str], bytes]]:
    """Yield what gives the bytes of a file by its name, at most one more than allowed: `decode` refuses that."""
    if place.is_dir():
        yield lambda name: _read(place.joinpath(name).open("rb"))
    else:
        with zipfile.ZipFile(place) as archive:
            yield lambda name: _read(archive.open(name))


def _read(file: IO[bytes]) -> bytes:
    with file:
        return file.read(_LIMITS.max_bytes + 1)
