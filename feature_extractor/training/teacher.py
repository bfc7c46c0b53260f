"""What the look in `similar` must not forget: the descriptors of a teacher, kept so that each is computed once."""

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from errors import ModelUnusable, StorageUnavailable
from feature_extractor.picture import Picture
from feature_extractor.preprocess import preprocess
from feature_extractor.training.heads import normalise
from feature_extractor.training.initial_heads import fit_heads
from feature_extractor.training.learner import pool
from feature_extractor.training.lineage import checksum
from feature_extractor.training.network import Variant, build_trunk
from feature_extractor.training.picture_cache import PictureCache
from feature_extractor.training.weights import load_weights, silence_dead_channels

Describe = Callable[[Sequence[Picture]], NDArray[np.float32]]
"""From pictures, RGB uint8 of any size, to descriptors, float32 (n, 192), L2 norm 1."""

_CHUNK = 1024  # pictures described between two writes: what a stopped run repeats at most
_BATCH = 32


@dataclass(frozen=True, slots=True)
class Teacher:
    """A network that describes pictures.

    Attributes:
        key: tells it from all others, fit for the name of a file.
        open: loads it and returns what describes; called only where something is to be described.
    """

    key: str
    open: Callable[[], Describe]


def teacher_of(
    weights: Path, variant: Variant, examples: Callable[[], Sequence[Picture]], *, dtype: str = "float32"
) -> Teacher:
    """Return weights as a teacher: their look, which knows more than there are labels for.

    Args:
        weights: as `load_weights` reads them.
        variant: of their network.
        examples: gives the pictures whose principal components make the descriptor where the weights have no heads,
            more than 192.
        dtype: of the trunk's arithmetic, a Keras policy.
    Raises:
        ModelUnusable: the file cannot be read.
    """
    try:
        known = checksum(weights)
    except OSError as exc:
        raise ModelUnusable(f"expected weights in {weights}; received {exc.strerror}") from exc

    def open_weights() -> Describe:
        trunk = build_trunk(variant, dtype=dtype)
        heads = load_weights(trunk, weights)
        silence_dead_channels(trunk)
        found = heads or fit_heads(trunk, _inputs(examples()))
        pooled = keras.Model(trunk.input, pool(trunk.output["conv4"], trunk.output["conv5"])[1])
        return lambda pictures: normalise(found.look(pooled.predict(_inputs(pictures), batch_size=_BATCH, verbose=0)))

    return Teacher(f"look-{variant}-{known[:16]}", open_weights)


def describe_pictures(
    teacher: Teacher,
    pictures: Sequence[tuple[PictureCache, str]],
    store: Path,
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, NDArray[np.float16]]:
    """Return the teacher's descriptors by name, float16 (192,), those described before from the store.

    Args:
        teacher: who describes.
        pictures: cache and name of each; each name once.
        store: a folder that keeps a file a teacher; a stopped run goes on with what it holds.
        on_progress: told how many are done, of how many.
    Raises:
        StorageUnavailable: the store cannot be written.
    """
    path = store / f"teacher-{teacher.key}.npz"
    known = _read(path)
    todo = [(cache, name) for cache, name in pictures if name not in known]
    done = len(pictures) - len(todo)
    on_progress(done, len(pictures))
    if not todo:
        return {name: known[name] for _, name in pictures}
    describe = teacher.open()
    for start in range(0, len(todo), _CHUNK):
        chunk = todo[start : start + _CHUNK]
        for first in range(0, len(chunk), _BATCH):
            batch = chunk[first : first + _BATCH]
            vectors = describe([cache.picture(cache.index_of(name)) for cache, name in batch])
            known |= dict(zip((name for _, name in batch), vectors.astype(np.float16), strict=True))
            done += len(batch)
            on_progress(done, len(pictures))
        _write(path, known)
    return {name: known[name] for _, name in pictures}


def _inputs(pictures: Sequence[Picture]) -> NDArray[np.uint8]:
    return np.stack([preprocess(picture) for picture in pictures])


def _read(path: Path) -> dict[str, NDArray[np.float16]]:
    """Return what a store holds; one that is absent or damaged holds nothing."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(zip(arrays["names"].tolist(), arrays["vectors"], strict=True))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return {}


def _write(path: Path, known: dict[str, NDArray[np.float16]]) -> None:
    """Write a store beside the old one, then in its place."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            np.savez(file, names=np.array(list(known)), vectors=np.stack(list(known.values())))
        partial.replace(path)
    except OSError as exc:
        raise StorageUnavailable(
            f"expected to write {path}; received {exc.strerror}", remedy="Choose another folder with --cache."
        ) from exc
