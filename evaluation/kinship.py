"""Which pictures of a catalogue are copies of each other as they come, found out pair by pair from the thumbnails."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.records import Image
from data.thumbnails import ThumbnailStore
from errors import BrokenPicture
from evaluation.known_copies import find_known_copies, make_small
from feature_extractor.preview import decode_preview

_KEPT = 4096
"""Small pictures that stay at hand: 12 kB each."""


class Kinship:
    """Tells whether two pictures of a catalogue are copies of each other, by the rule of `known_copies`.

    Nothing is compared before somebody asks: of a million pictures, an evaluation asks about those that answers name.
    Safe to use from several threads.
    """

    def __init__(self, catalogue: Catalogue, thumbnails: ThumbnailStore) -> None:
        self._catalogue = catalogue
        self._thumbnails = thumbnails
        self._look = lru_cache(_KEPT)(self._look_up)

    def family_of(self, image_id: int) -> "Family":
        """Return the picture and its known copies."""
        return Family(self, image_id)

    def are_copies(self, one: int, other: int) -> bool:
        """Return whether two pictures are copies as they come; a picture that is gone, or not to be seen, is none."""
        first, second = self._look(one), self._look(other)
        if first is None or second is None:
            return False
        if first[0] is not None and first[0] == second[0]:
            return True
        return bool(list(find_known_copies(np.stack([first[1], second[1]]), [0])))

    def _look_up(self, image_id: int) -> tuple[str | None, NDArray[np.uint8]] | None:
        """Return the hash of a picture's pixels and the picture at 64 × 64 px; None where there is nothing to see."""
        image: Image | None = self._catalogue.images([image_id]).get(image_id)
        data = None if image is None else self._thumbnails.read(image.sha256)
        if image is None or data is None:
            return None
        try:
            return image.pixel_sha256, make_small([decode_preview(data)])[0]
        except BrokenPicture:
            return None


class Family:
    """The ids of a picture and of everything that is a copy of it as it comes; `in` finds out."""

    def __init__(self, kinship: Kinship, image_id: int) -> None:
        self._kinship = kinship
        self._image_id = image_id

    def __contains__(self, image_id: object) -> bool:
        """Return whether this is the picture or a copy of it."""
        if not isinstance(image_id, int):
            return False
        return image_id == self._image_id or self._kinship.are_copies(self._image_id, image_id)
