"""What methods keep of a collection, kept on disk: several evaluations describe 13,000 pictures once."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import StorageUnavailable
from evaluation.baselines import Descriptions, Method, ModelDescriptor, output_identity
from evaluation.known_copies import make_small
from feature_extractor.descriptors import Descriptors, Extractor
from feature_extractor.training.sample import LabelledPicture

Advance = Callable[[int, int], None]
"""Told how many pictures are described, of how many."""

_BATCH = 64
_SMALL = "small pictures"
_OUTPUTS = ("copy", "similar", "attributes")


class DescriptionCache:
    """Arrays of a row a picture, in files named by what described the pictures and by the pictures.

    It can be deleted at any time. A picture file is known by its name, size and time of change.
    """

    def __init__(
        self, folder: Path, pictures: Sequence[LabelledPicture], *, advance: Advance = lambda *_: None
    ) -> None:
        """Keep where things are; nothing is read or described yet.

        Args:
            folder: of the files; made where it is missing.
            pictures: at least one.
            advance: told of the progress of every pass over the pictures.
        """
        self._folder = folder
        self._pictures = pictures
        self._advance = advance
        stats = [(picture.name, picture.path.stat()) for picture in pictures]
        known = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
        self._collection = hashlib.sha256(json.dumps(known).encode()).hexdigest()

    def descriptions(self, methods: Sequence[Method]) -> dict[str, Descriptions]:
        """Return what methods keep of the pictures, by their names; those not on disk describe them now.

        A model says everything it has to say at once, so that its other outputs are there when they are asked for.

        Raises:
            SourceUnreadable: a picture cannot be read.
            StorageUnavailable: the folder cannot be written.
        """
        for method in methods:
            if isinstance(method, ModelDescriptor):
                self.outputs(method.extractor)
        absent = [method for method in methods if not self._file(method.identity).is_file()]
        parts: dict[str, list[Descriptions]] = {method.identity: [] for method in absent}
        if absent:
            for batch in self._batches():
                for method in absent:
                    parts[method.identity].append(method.describe(batch))
        for identity, arrays in parts.items():
            self._write(identity, np.concatenate(arrays))
        return {method.name: np.load(self._file(method.identity), allow_pickle=False) for method in methods}

    def outputs(self, extractor: Extractor) -> Descriptors:
        """Return everything that a model says about the pictures.

        Raises:
            SourceUnreadable: a picture cannot be read.
            StorageUnavailable: the folder cannot be written.
        """
        names = {output: output_identity(extractor, output) for output in _OUTPUTS}
        if not all(self._file(name).is_file() for name in names.values()):
            described = [extractor.describe(batch) for batch in self._batches()]
            for output, name in names.items():
                self._write(name, np.concatenate([getattr(batch, output) for batch in described]))
        return Descriptors(**{output: np.load(self._file(name)) for output, name in names.items()})

    def small(self) -> NDArray[np.uint8]:
        """Return the pictures at 64 × 64 px; see `known_copies.make_small`.

        Raises:
            SourceUnreadable: a picture cannot be read.
            StorageUnavailable: the folder cannot be written.
        """
        if not self._file(_SMALL).is_file():
            self._write(_SMALL, make_small(picture for batch in self._batches() for picture in batch))
        return np.asarray(np.load(self._file(_SMALL), allow_pickle=False))

    def _batches(self) -> Iterator[list[NDArray[np.uint8]]]:
        """Yield the pixels of all pictures."""
        waiting, done = iter(self._pictures), 0
        while batch := [picture.read() for picture in islice(waiting, _BATCH)]:
            yield batch
            done += len(batch)
            self._advance(done, len(self._pictures))

    def _file(self, identity: str) -> Path:
        return self._folder / f"{hashlib.sha256(f'{identity} {self._collection}'.encode()).hexdigest()[:32]}.npy"

    def _write(self, identity: str, array: Descriptions) -> None:
        """Write an array beside its place and rename it into it."""
        target = self._file(identity)
        made = target.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with made.open("wb") as file:
                np.save(file, array, allow_pickle=False)
            made.replace(target)
        except OSError as exc:
            raise StorageUnavailable(f"{target} cannot be written: {exc.strerror}") from exc
