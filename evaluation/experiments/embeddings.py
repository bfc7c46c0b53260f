"""What networks see in the pictures of both sides of a split, kept on disk: describing is what takes the time."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from errors import StorageUnavailable
from evaluation.experiments.class_folders import ClassPictures
from feature_extractor.backbones import FEATURES, Backbone, Features
from feature_extractor.picture import Picture

Advance = Callable[[int, int | None], None]
"""Told how many pictures are described, of how many."""

WORDS: Mapping[str, str] = {FEATURES: "pooled", "similar": "`similar`", "copy": "`copy`"}
"""The outputs that are compared, and what tables call them."""

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Embedding:
    """The vectors of one output of one network.

    Attributes:
        name: as tables show it.
        base: of the pictures searched among, float32 (n, length), of any norm.
        queries: of the pictures asked with, float32 (m, length).
        edited: of edited copies of the first of the queries, float32 (edits, pictures, length).
    """

    name: str
    base: Features
    queries: Features
    edited: Features

    @property
    def length(self) -> int:
        """How many numbers a vector has."""
        return int(self.base.shape[1])


@dataclass(frozen=True, slots=True)
class Described:
    """What a network saw in a set of pictures.

    Attributes:
        outputs: by name, float32 (n, length).
        ms_a_picture: of describing, decoding included; as it was when the arrays were made.
    """

    outputs: Mapping[str, Features]
    ms_a_picture: float


def describe_kept(
    backbone: Backbone, pictures: ClassPictures, folder: Path, *, advance: Advance = lambda *_: None
) -> Described:
    """Return what a network sees in pictures; what is on disk is read.

    Args:
        backbone: the network.
        pictures: whose.
        folder: of the files; made where it is missing. It can be deleted at any time.
        advance: see Advance.
    Raises:
        SourceUnreadable: a picture cannot be read.
        StorageUnavailable: the folder cannot be written.
    """
    key = hashlib.sha256(f"{backbone.model_id} {pictures.fingerprint()}".encode()).hexdigest()[:32]
    kept = folder / f"{key}.npz"
    if not kept.is_file():
        started = time.perf_counter()
        outputs = describe_all(backbone, pictures.read(), total=len(pictures.names), advance=advance)
        took_ms = 1000 * (time.perf_counter() - started) / len(pictures.names)
        part = kept.with_suffix(".part")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(file, ms_a_picture=np.array(took_ms), **outputs)  # type: ignore[arg-type]  # its stub
            part.replace(kept)
        except OSError as exc:
            raise StorageUnavailable(f"{kept} cannot be written: {exc.strerror}") from exc
    with np.load(kept, allow_pickle=False) as arrays:
        took_ms = float(arrays["ms_a_picture"])
        return Described({name: arrays[name] for name in arrays.files if name in WORDS}, took_ms)


def describe_all(
    backbone: Backbone, pictures: Iterable[Picture], *, total: int, advance: Advance = lambda *_: None
) -> dict[str, Features]:
    """Return the outputs that are compared, of any number of pictures, some of them in memory at a time."""
    names = [name for name in WORDS if name in backbone.lengths]
    parts: list[dict[str, Features]] = []
    waiting, done = iter(pictures), 0
    while batch := list(islice(waiting, _BATCH)):
        parts.append(backbone.describe(batch, *names))
        done += len(batch)
        advance(done, total)
    return {name: _joined([part[name] for part in parts], backbone.lengths[name]) for name in names}


def _joined(parts: Sequence[Features], length: int) -> Features:
    return np.concatenate([np.empty((0, length), np.float32), *parts])
