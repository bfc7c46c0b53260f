"""Pictures of known people, and which of the people nothing is ever learnt from."""

import csv
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from errors import SourceUnreadable

_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True, slots=True)
class FacePicture:
    """A picture whose central face is a known person's."""

    path: Path
    person: str

    @property
    def is_test(self) -> bool:
        """Whether nothing may be learnt from this person."""
        return is_test_person(self.person)


def is_test_person(person: str) -> bool:
    """Return whether a person is one of those that are only measured: about half, chosen by the hash of the name."""
    return sha256(person.encode()).digest()[0] % 2 == 0


def read_face_pictures(folder: Path) -> list[FacePicture]:
    """Return the pictures of a folder like LFW, in order of person and name.

    Args:
        folder: with `labels.csv` of the columns file and person, or with a folder a person.
    Raises:
        SourceUnreadable: there are no such pictures.
    """
    labels = folder / "labels.csv"
    try:
        if labels.is_file():
            with labels.open(newline="", encoding="utf-8") as file:
                pictures = [FacePicture(folder / row["file"], row["person"]) for row in csv.DictReader(file)]
        else:
            paths = (path for path in folder.glob("*/*") if path.suffix.lower() in _ENDINGS)
            pictures = [FacePicture(path, path.parent.name) for path in paths]
    except (OSError, KeyError, TypeError) as exc:
        raise SourceUnreadable(f"expected file and person of each picture in {labels}; received {exc!r}") from exc
    if not pictures:
        raise SourceUnreadable(f"expected labels.csv, or a folder a person, in {folder}; found no pictures")
    return sorted(pictures, key=lambda picture: (picture.person, picture.path.name))
