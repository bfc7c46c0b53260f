"""A sample of labelled pictures that a catalogue holds, and which of them are copies of each other as they come."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from errors import BadRequest, SourceUnreadable
from evaluation.known_copies import copies_by_eye, find_known_copies
from feature_extractor.training.sample import LabelledPicture


@dataclass(frozen=True, slots=True)
class HeldSample:
    """A sample of pictures that a catalogue holds.

    Attributes:
        pictures: of both splits.
        ids: of each in the catalogue; pictures of the same bytes share one.
    """

    pictures: tuple[LabelledPicture, ...]
    ids: tuple[int, ...]

    @classmethod
    def find(cls, catalogue: Catalogue, pictures: Sequence[LabelledPicture]) -> "HeldSample":
        """Look up the pictures of a sample by the bytes of their files.

        Raises:
            SourceUnreadable: a file cannot be read.
            BadRequest: the catalogue lacks some.
        """
        held = {sha256: image_id for image_id, sha256 in catalogue.all_sha256()}
        found = [held.get(hashlib.sha256(_read_file(picture)).hexdigest()) for picture in pictures]
        absent = [picture for picture, image_id in zip(pictures, found, strict=True) if image_id is None]
        if absent:
            folders = " ".join(dict.fromkeys(str(_set_of(picture)) for picture in absent))
            raise BadRequest(
                f"expected the {len(pictures):,} pictures of the sample in the catalogue; {len(absent):,} are not in "
                f"it, such as {absent[0].name}",
                remedy=f"Add them: python3 index.py add {folders}",
            )
        return cls(tuple(pictures), tuple(image_id for image_id in found if image_id is not None))

    def rows(self, prefix: str, split: str = "val") -> list[int]:
        """Return the rows of the pictures of a split whose names begin so."""
        return [
            row
            for row, picture in enumerate(self.pictures)
            if picture.split == split and picture.name.startswith(f"{prefix}/")
        ]

    def known_copies(self, small: NDArray[np.uint8], rows: Sequence[int]) -> list[tuple[int, int]]:
        """Return pairs of one of the rows and any other that is a copy of it, by the rule or by eye, ascending.

        Args:
            small: of all pictures; see `known_copies.make_small`.
            rows: ascending.
        """
        places = {picture.name: row for row, picture in enumerate(self.pictures)}
        return sorted({*find_known_copies(small, rows), *copies_by_eye(places, rows)})

    def families(self, rows: Sequence[int], copies: Sequence[tuple[int, int]]) -> dict[int, set[int]]:
        """Return the ids of some pictures and of their known copies, by row."""
        found = {row: {self.ids[row]} for row in rows}
        for row, other in copies:
            found[row].add(self.ids[other])
        return found

    def read_file(self, row: int) -> bytes:
        """Return the bytes of a picture.

        Raises:
            SourceUnreadable: it cannot be read.
        """
        return _read_file(self.pictures[row])


def shuffled(rows: Sequence[int], seed: int) -> list[int]:
    """Return rows in an order that the seed draws."""
    return [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]


def _read_file(picture: LabelledPicture) -> bytes:
    try:
        return picture.path.read_bytes()
    except OSError as exc:
        raise SourceUnreadable(f"expected a picture in {picture.path}; received {exc}") from exc


def _set_of(picture: LabelledPicture) -> str:
    """Return the folder of a picture's set, by taking the rest of its name off its path."""
    folders = picture.name.count("/")
    return str(picture.path.parents[folders - 1])
