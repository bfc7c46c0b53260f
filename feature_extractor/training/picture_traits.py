"""What tells copies of a picture: the checksum of its file, its difference hashes, its copy descriptor."""

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from errors import PictureError, SourceUnreadable, StorageUnavailable
from feature_extractor.decode import decode
from feature_extractor.descriptors import DIM
from feature_extractor.model_file import read_metadata
from feature_extractor.picture import Limits, Picture
from feature_extractor.preprocess import preprocess
from feature_extractor.training.features import extract
from feature_extractor.training.near_duplicates import difference_hashes

LIMITS = Limits(max_bytes=50 * 2**20, max_pixels=64_000_000)
"""What a file to learn from may cost."""

STORE = "traits"
"""Folder of what was measured, inside that of decoded pictures."""

_CHUNK = 4096  # pictures measured between two writes to the store: what a stopped run repeats at most
_DARK = 40  # of 255: black after JPEG
_BRIGHT_SHARE = 0.05  # of a line, that noise may lift above dark
_BLEED_PX = 2  # JPEG blends a border and the picture beside it


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture file to learn from.

    Attributes:
        path: the file.
        name: what it is called on every machine.
        padded: whether black borders are cut off, as a collection padded to one size has them.
    """

    path: Path
    name: str
    padded: bool = False

    def read(self) -> Picture:
        """Return its pixels, RGB, upright, without the borders of a padded picture.

        Raises:
            SourceUnreadable: the file cannot be read.
            PictureError: it does not decode.
        """
        pixels = decode(self.read_bytes(), LIMITS).pixels
        return cut_borders(pixels) if self.padded else pixels

    def read_bytes(self) -> bytes:
        """Return the whole file.

        Raises:
            SourceUnreadable: it cannot be read.
        """
        try:
            return self.path.read_bytes()
        except OSError as exc:
            raise SourceUnreadable(f"expected a picture in {self.path}; received {exc.strerror}") from exc


@dataclass(frozen=True, slots=True)
class Traits:
    """Traits of pictures, row for row; zeros where a picture could not be had.

    Attributes:
        names: of the pictures.
        sha256: of the files, hexadecimal; '' where one cannot be read.
        faults: why a picture could not be had, '' for all others.
        sides: int32 (n, 2), height and width in px, without borders.
        hashes, mirrored: uint64 (n, 4), difference hashes of the picture and of its mirror image.
        copy: float32 (n, 256), L2 norm 1.
    """

    names: tuple[str, ...]
    sha256: tuple[str, ...]
    faults: tuple[str, ...]
    sides: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    mirrored: NDArray[np.uint64]
    copy: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.names)

    def take(self, rows: Sequence[int]) -> "Traits":
        """Return some of the rows, in the order asked for."""
        chosen = np.asarray(rows, np.intp)
        return Traits(
            names=tuple(self.names[row] for row in rows),
            sha256=tuple(self.sha256[row] for row in rows),
            faults=tuple(self.faults[row] for row in rows),
            sides=self.sides[chosen],
            hashes=self.hashes[chosen],
            mirrored=self.mirrored[chosen],
            copy=self.copy[chosen],
        )


def cut_borders(picture: Picture) -> Picture:
    """Return a picture without the black lines at its edges, and without the 2 px they bleed into.

    Args:
        picture: RGB uint8 (height, width, 3).
    Returns:
        A copy of what is left; the whole picture where it is black throughout.
    """
    bright = picture.max(axis=2) > _DARK
    rows = _extent(bright.mean(axis=1) > _BRIGHT_SHARE)
    columns = _extent(bright[rows].mean(axis=0) > _BRIGHT_SHARE)
    return np.ascontiguousarray(picture[rows, columns])


def measure_traits(
    files: Sequence[PictureFile], model: Path, *, store: Path, on_progress: Callable[[int], None] = lambda _: None
) -> Traits:
    """Return the traits of pictures, those measured before from the store.

    Args:
        files: any number.
        model: the `.xml` of a shipped model; its `copy` descriptor counts.
        store: a folder that keeps what was measured, by checksum of file and model: a second run over the same files,
            under whatever names, measures nothing.
        on_progress: told how many files are done.
    Raises:
        ModelUnusable: the model's files are absent or damaged.
        StorageUnavailable: the store cannot be written.
    """
    kept = store / read_metadata(model).model_id[:16]
    keys = [_key(file) for file in files]
    table = _Table.empty().joined(*_read_store(kept))
    unknown = {key: file for key, file in zip(keys, files, strict=True) if key}  # equal files are measured once
    for key in table.keys.tolist():
        unknown.pop(key, None)
    todo = list(unknown.items())
    network = ov.Core().read_model(model)
    on_progress(len(files) - len(todo))
    for start in range(0, len(todo), _CHUNK):
        chunk = todo[start : start + _CHUNK]
        measured = _measure(dict(chunk), network)
        _write_store(kept, measured)
        table = table.joined(measured)
        on_progress(len(files) - len(todo) + start + len(chunk))
    row_of = {key: row for row, key in enumerate(table.keys.tolist())}
    rows = [row_of.get(key, len(table.keys)) for key in keys]  # the last row stands for files that cannot be read
    whole = table.joined(_Table.empty(1))
    faults = [fault if key else "cannot be read" for key, fault in zip(keys, whole.faults[rows].tolist(), strict=True)]
    return Traits(
        names=tuple(file.name for file in files),
        sha256=tuple(key.partition(" ")[0] for key in keys),
        faults=tuple(faults),
        sides=whole.sides[rows],
        hashes=whole.hashes[rows],
        mirrored=whole.mirrored[rows],
        copy=whole.copy[rows].astype(np.float32),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """What a store keeps, a row a file."""

    keys: NDArray[np.str_]
    faults: NDArray[np.str_]
    sides: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    mirrored: NDArray[np.uint64]
    copy: NDArray[np.float16]

    @classmethod
    def empty(cls, rows: int = 0) -> "_Table":
        return cls(
            np.zeros(rows, "U1"),
            np.zeros(rows, "U1"),
            np.zeros((rows, 2), np.int32),
            np.zeros((rows, 4), np.uint64),
            np.zeros((rows, 4), np.uint64),
            np.zeros((rows, DIM), np.float16),
        )

    def columns(self) -> dict[str, NDArray[np.generic]]:
        return {name: getattr(self, name) for name in self.__slots__}

    def joined(self, *others: "_Table") -> "_Table":
        return _Table(
            **{name: np.concatenate([getattr(table, name) for table in (self, *others)]) for name in self.__slots__}
        )


def _measure(files: dict[str, PictureFile], network: ov.Model) -> _Table:
    """Return what is to be kept of files by key."""
    table = _Table.empty(len(files))
    faults = [""] * len(files)
    good: list[int] = []

    def inputs() -> Iterator[Picture]:
        for row, file in enumerate(files.values()):
            try:
                picture = file.read()
                small = preprocess(picture)
            except (PictureError, SourceUnreadable) as exc:
                faults[row] = str(exc)
                continue
            good.append(row)
            table.sides[row] = picture.shape[:2]
            table.hashes[row], table.mirrored[row] = difference_hashes([picture, picture[:, ::-1]])
            yield small

    seen = inputs()
    if (first := next(seen, None)) is not None:
        copy = extract(network, chain([first], seen))["copy"]
        table.copy[good] = copy
    return _Table(np.array(list(files)), np.array(faults), table.sides, table.hashes, table.mirrored, table.copy)


def _key(file: PictureFile) -> str:
    """Return what a file is kept under, its checksum first; '' where it cannot be read."""
    try:
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    except SourceUnreadable:
        return ""
    return f"{sha256} cut" if file.padded else sha256


def _read_store(folder: Path) -> Iterator[_Table]:
    """Yield the whole parts of a store; one that is damaged is measured again."""
    for path in sorted(folder.glob("*.npz")):
        try:
            with np.load(path, allow_pickle=False) as part:
                yield _Table(**{name: part[name] for name in _Table.__slots__})
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):
            continue


def _write_store(folder: Path, table: _Table) -> None:
    """Add a part to a store, whole or not at all."""
    name = hashlib.sha256("\n".join(table.keys.tolist()).encode()).hexdigest()[:16]
    partial = folder / f"{name}.partial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            np.savez(file, **table.columns())  # type: ignore[arg-type]  # NumPy's stub takes any keyword for allow_pickle
        partial.replace(folder / f"{name}.npz")
    except OSError as exc:
        raise StorageUnavailable(
            f"expected to write {partial}; received {exc.strerror}", remedy="Choose another folder with --cache."
        ) from exc


def _extent(lines: NDArray[np.bool_]) -> slice:
    """Return from the first to the last line that is set, less the bleeding where some were cut off; or all."""
    lit = np.flatnonzero(lines)
    if not len(lit):
        return slice(0, len(lines))
    first, last = int(lit[0]), int(lit[-1])
    start = first + _BLEED_PX if first else 0
    stop = last + 1 - (_BLEED_PX if last + 1 < len(lines) else 0)
    return slice(start, stop) if start < stop else slice(first, last + 1)
