"""What a perceptual hash alone would answer over the same catalogue: the floor beside a search engine."""

import os
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.thumbnails import ThumbnailStore
from errors import BrokenPicture
from evaluation.baselines import Descriptions, Method, PDQHash, PHash
from evaluation.own_pictures import all_ids
from feature_extractor.hashes import PDQ_MATCH_DISTANCE
from feature_extractor.picture import Picture
from feature_extractor.preview import decode_preview

MOST_HASHED = 20_000
"""Pictures that hashes search among. Of a larger catalogue as many are drawn, which makes it easier for them."""
PHASH_MATCH_DISTANCE = 10
"""Of 64 bits: what duplicate finders go by (imagededup 0.3 does unless told otherwise)."""
_BATCH = 64


@dataclass(frozen=True, slots=True)
class MatchingHash:
    """A hash, and the distance, in bits or its own measure, up to which those who use it speak of a copy."""

    method: Method
    most_bits: float


@dataclass(frozen=True, slots=True)
class HashAnswer:
    """What a hash says of a query that shows one picture of the catalogue.

    Attributes:
        is_found: that picture is near enough to be called a copy.
        is_first: it is nearest, however far; equally near ones that are no copies of it count against it.
    """

    is_found: bool
    is_first: bool


def usual_hashes() -> tuple[MatchingHash, ...]:
    """Return PDQ and pHash with their usual distances.

    Raises:
        PartMissing: `imagehash` is not installed.
    """
    return MatchingHash(PDQHash(), PDQ_MATCH_DISTANCE), MatchingHash(PHash(), PHASH_MATCH_DISTANCE)


class HashBase:
    """The hashes of a catalogue's thumbnails, ready to be searched; a thumbnail moves a bit or two of them.

    Attributes:
        hashes: that are kept.
        size: pictures searched.
    """

    def __init__(
        self, hashes: Sequence[MatchingHash], ids: NDArray[np.int64], kept: Mapping[str, Descriptions]
    ) -> None:
        self.hashes = tuple(hashes)
        self.size = len(ids)
        self._ids = ids
        self._kept = kept

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        thumbnails: ThumbnailStore,
        hashes: Sequence[MatchingHash],
        *,
        seed: int,
        most: int = MOST_HASHED,
        on_progress: Callable[[int, int], None] = lambda *_: None,
    ) -> "HashBase":
        """Hash a catalogue, `most` pictures of it drawn by the seed; those without a whole thumbnail are left out."""
        ids = all_ids(catalogue)
        if len(ids) > most:
            ids = np.sort(np.random.default_rng(seed).choice(ids, most, replace=False))
        batches = [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]

        def hash_batch(batch: NDArray[np.int64]) -> tuple[list[int], list[Descriptions]]:
            seen = dict(_look(catalogue, thumbnails, batch))
            return list(seen), [one.method.describe(list(seen.values())) for one in hashes]

        found: list[int] = []
        kept: list[list[Descriptions]] = [[] for _ in hashes]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            try:
                for number, (some, rows) in enumerate(pool.map(hash_batch, batches)):
                    found += some
                    for parts, part in zip(kept, rows, strict=True):
                        parts.append(part)
                    on_progress(min((number + 1) * _BATCH, len(ids)), len(ids))
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        return cls(
            hashes,
            np.array(found, np.int64),
            {one.method.name: np.concatenate(parts) for one, parts in zip(hashes, kept, strict=True) if parts},
        )

    def find(
        self, query: Picture, image_id: int, original: Mapping[str, Descriptions], shows: Callable[[int], bool]
    ) -> dict[str, HashAnswer]:
        """Return what each hash says of a query, by its name.

        Args:
            query: RGB uint8.
            image_id: of the picture to be found.
            original: its hashes, as `describe` gives them: it may not be among the drawn.
            shows: whether the query shows a picture of the catalogue; whatever it shows is right to come first.
        """
        answers = {}
        for one in self.hashes:
            described = one.method.describe([query])
            bits = float(one.method.distance(described, original[one.method.name])[0, 0])
            ahead = self._within(one, described, bits)
            answers[one.method.name] = HashAnswer(
                is_found=bits <= one.most_bits,
                is_first=all(other == image_id or shows(other) for other in ahead),
            )
        return answers

    def claims(self, query: Picture, family: Container[int]) -> dict[str, bool]:
        """Return, by the name of each hash, whether it calls something a copy that is not of this family."""
        return {
            one.method.name: any(
                other not in family for other in self._within(one, one.method.describe([query]), one.most_bits)
            )
            for one in self.hashes
        }

    def describe(self, picture: Picture) -> dict[str, Descriptions]:
        """Return the hashes of one picture, by their names."""
        return {one.method.name: one.method.describe([picture]) for one in self.hashes}

    def _within(self, one: MatchingHash, described: Descriptions, bits: float) -> Iterator[int]:
        """Yield the ids of what is at most so many bits away, the nearest first."""
        if not self.size:
            return
        distances = one.method.distance(described, self._kept[one.method.name])[0]
        near = np.flatnonzero(distances <= bits)
        yield from self._ids[near[np.argsort(distances[near], kind="stable")]].tolist()


def _look(catalogue: Catalogue, thumbnails: ThumbnailStore, ids: NDArray[np.int64]) -> Iterator[tuple[int, Picture]]:
    """Yield the thumbnails of pictures, by id; those that are lost, damaged or removed since are left out."""
    for image in catalogue.images(ids.tolist()).values():
        data = thumbnails.read(image.sha256)
        if data is None:
            continue
        try:
            yield image.id, decode_preview(data)
        except BrokenPicture:
            continue
