"""Finds the picture files of unlabelled collections."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from errors import BadInput, BadRequest, SourceUnreadable
from feature_extractor.training.picture_traits import PictureFile

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture file and the folder that was searched, whose own name comes first in the file's."""

    folder: Path
    file: PictureFile


def find_pictures(
    folders: Iterable[Path], *, padded: Iterable[Path] = (), most_each: int | None = None
) -> list[FoundPicture]:
    """Return the JPEG, PNG and WebP files in and under some folders, of each in order of their paths.

    Args:
        folders: their last parts differ.
        padded: more folders, whose pictures have black borders.
        most_each: of each folder, drawn by their names: the sample of a smaller number is part of that of a greater
            one.
    Raises:
        BadInput: there are none in a folder.
        BadRequest: two folders have the same last part.
        SourceUnreadable: a folder cannot be read.
    """
    asked = [(folder.resolve(), False) for folder in folders] + [(folder.resolve(), True) for folder in padded]
    names = Counter(folder.name for folder, _ in asked)
    if twice := [name for name, number in names.items() if number > 1]:
        raise BadRequest(
            f"expected folders of different names; received {', '.join(twice)} more than once",
            remedy="Give one of them another name: by its folder's name a picture is known.",
        )
    return [found for folder, is_padded in asked for found in _find_in(folder, is_padded, most_each)]


def _find_in(folder: Path, padded: bool, most: int | None) -> Iterator[FoundPicture]:
    try:
        paths = [path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file()]
    except OSError as exc:
        raise SourceUnreadable(f"expected a folder of pictures in {folder}; received {exc.strerror}") from exc
    if not paths:
        raise BadInput(f"expected JPEG, PNG or WebP files in {folder}; found none")
    files = [PictureFile(path, path.relative_to(folder.parent).as_posix(), padded) for path in paths]
    drawn = sorted(files, key=lambda file: hashlib.sha256(file.name.encode()).digest())[:most]
    for file in sorted(drawn, key=lambda file: file.path):
        yield FoundPicture(folder, file)
