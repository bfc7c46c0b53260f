"""Decoded pictures in one memory-mapped file: many epochs and many workers share them, and none decodes again."""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, ValidationError

from errors import BadInput, ContractBroken, SourceUnreadable, StorageUnavailable
from feature_extractor.picture import Picture
from feature_extractor.preview import preview_size

Read = Callable[[], Picture]
"""What returns the pixels of a picture, RGB uint8 (height, width, 3), or raises a BadInput."""

_INDEX = "index.json"
_READ_AHEAD = 4  # decoded pictures a worker may be ahead of the file: bounds memory
_REMEDY = "Delete the folder and build the cache again."


@dataclass(frozen=True, slots=True)
class Missing:
    """A picture that could not be had.

    Attributes:
        name: of the picture.
        reason: one sentence.
    """

    name: str
    reason: str


class _Index(BaseModel):
    """What `index.json` says of the pixels: pictures lie end to end in the order of their names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    pixels: str  # name of the file
    pixels_sha256: str
    longest_side_px: int
    names: tuple[str, ...]
    heights: tuple[int, ...]
    widths: tuple[int, ...]
    missing: tuple[tuple[str, str], ...]


class PictureCache:
    """The pictures of a cache, read only; safe to use from several threads, and cheap to send to another process.

    Attributes:
        folder: where it lies.
        names: of the pictures, in the order they were given.
        missing: what could not be had when it was built.
        longest_side_px: that pictures were reduced to.
    """

    def __init__(self, folder: Path, index: _Index) -> None:
        self.folder = folder
        self.names = index.names
        self.missing = tuple(Missing(name, reason) for name, reason in index.missing)
        self.longest_side_px = index.longest_side_px
        self._sha256 = index.pixels_sha256
        self._sides = np.array([index.heights, index.widths], np.int64).T.reshape(-1, 2)
        self._ends = np.concatenate([[0], np.cumsum(self._sides.prod(axis=1) * 3)])
        self._rows = {name: row for row, name in enumerate(index.names)}
        self._pixels = _map(folder / index.pixels, expected_bytes=int(self._ends[-1]))

    @classmethod
    def open(cls, folder: Path) -> "PictureCache":
        """Return the cache in a folder; nothing is read yet but its index.

        Raises:
            SourceUnreadable: it is absent, of another version, or its files do not fit each other.
        """
        try:
            index = _Index.model_validate_json((folder / _INDEX).read_bytes())
            counts = {len(index.names), len(set(index.names)), len(index.heights), len(index.widths)}
            if len(counts) != 1 or min((*index.heights, *index.widths), default=1) < 1:
                raise SourceUnreadable(f"expected a size for each name in {folder}; received others", remedy=_REMEDY)
            return cls(folder, index)
        except ValidationError as exc:
            first = exc.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise SourceUnreadable(
                f"expected the index of a cache of pictures in {folder}; received {first['msg']} ({place})",
                remedy=_REMEDY,
            ) from exc
        except OSError as exc:
            raise SourceUnreadable(
                f"expected a cache of pictures in {folder}; received {exc.strerror}", remedy=_REMEDY
            ) from exc

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.names)

    def __reduce__(self) -> tuple[Callable[[Path], "PictureCache"], tuple[Path]]:
        """Send a process where the pictures lie, not the pictures."""
        return PictureCache.open, (self.folder,)

    def picture(self, row: int) -> Picture:
        """Return a picture, RGB uint8 (height, width, 3): a view of the file, not to be written to.

        Args:
            row: 0 .. len - 1.
        Raises:
            IndexError: there is no such row.
        """
        if not 0 <= row < len(self):
            raise IndexError(f"expected a row from 0 to {len(self) - 1}; received {row}")
        height, width = self._sides[row].tolist()
        return self._pixels[self._ends[row] : self._ends[row + 1]].reshape(height, width, 3)

    def index_of(self, name: str) -> int:
        """Return the row of a picture.

        Raises:
            KeyError: the cache does not hold it.
        """
        return self._rows[name]

    def verify(self) -> None:
        """Read all pixels and compare their checksum.

        Raises:
            SourceUnreadable: they are not those that were written.
        """
        received = hashlib.sha256(self._pixels.data).hexdigest()
        if received != self._sha256:
            raise SourceUnreadable(
                f"expected pixels of sha256 {self._sha256} in {self.folder}; received {received}", remedy=_REMEDY
            )


def build_picture_cache(
    folder: Path,
    pictures: Iterable[tuple[str, Read]],
    *,
    longest_side_px: int = 320,
    workers: int = 2,
    on_progress: Callable[[int], None] = lambda _: None,
) -> tuple[PictureCache, tuple[Missing, ...]]:
    """Decode pictures into a cache, unless the folder already holds one of these names and this side.

    The old cache stays whole until the new one is: whoever has it open keeps it. A file that changed under its name is
    not noticed. One builder at a time; memory is bounded by the workers, not by the pictures.

    Args:
        folder: made if it is absent.
        pictures: name, and what reads the picture; each name once.
        longest_side_px: larger pictures are reduced to it, bicubic with antialiasing; none is enlarged.
        workers: threads that decode.
        on_progress: told how many pictures are done.
    Returns:
        The cache, and the pictures that could not be had, which it leaves out.
    Raises:
        ContractBroken: a name comes twice.
        StorageUnavailable: the folder cannot be written.
    """
    wanted = list(pictures)
    names = [name for name, _ in wanted]
    if len(set(names)) != len(names):
        raise ContractBroken(f"expected each name once; received {len(names) - len(set(names))} again")
    if (kept := _open_if_current(folder, names, longest_side_px)) is not None:
        on_progress(len(names))
        return kept, kept.missing
    try:
        folder.mkdir(parents=True, exist_ok=True)
        index = _write(folder, wanted, longest_side_px, workers, on_progress)
        for other in folder.glob("pixels-*"):  # an older cache, or what a killed builder left
            if other.name != index.pixels:
                other.unlink()
    except OSError as exc:
        raise StorageUnavailable(
            f"expected to write a cache of pictures to {folder}; received {exc.strerror}",
            remedy="Check that the folder can be written and that the disk has room.",
        ) from exc
    cache = PictureCache.open(folder)
    return cache, cache.missing


def _open_if_current(folder: Path, names: Sequence[str], longest_side_px: int) -> PictureCache | None:
    """Return the cache in a folder if it is whole and holds what is wanted."""
    try:
        cache = PictureCache.open(folder)
    except SourceUnreadable:  # it is about to be built
        return None
    missing = {picture.name for picture in cache.missing}
    held = tuple(name for name in names if name not in missing)
    return cache if cache.longest_side_px == longest_side_px and cache.names == held and missing <= {*names} else None


def _write(
    folder: Path,
    wanted: Sequence[tuple[str, Read]],
    longest_side_px: int,
    workers: int,
    on_progress: Callable[[int], None],
) -> _Index:
    """Stream the pixels into a new file and, when it is whole, let a new index name it."""
    held: list[tuple[str, int, int]] = []
    missing: list[tuple[str, str]] = []
    sha256 = hashlib.sha256()
    partial = folder / f"pixels-{os.getpid()}.partial"
    with partial.open("wb") as file:
        try:
            prepared = _in_order((_Prepare(read, longest_side_px) for _, read in wanted), workers)
            for done, ((name, _), outcome) in enumerate(zip(wanted, prepared, strict=True), start=1):
                if isinstance(outcome, str):
                    missing.append((name, outcome))
                else:
                    pixels = outcome.tobytes()
                    file.write(pixels)
                    sha256.update(pixels)
                    held.append((name, *outcome.shape[:2]))
                on_progress(done)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            partial.unlink()
            raise
    index = _Index(
        pixels=f"pixels-{sha256.hexdigest()[:16]}.bin",
        pixels_sha256=sha256.hexdigest(),
        longest_side_px=longest_side_px,
        names=tuple(name for name, _, _ in held),
        heights=tuple(height for _, height, _ in held),
        widths=tuple(width for _, _, width in held),
        missing=tuple(missing),
    )
    partial.replace(folder / index.pixels)
    beside = folder / f"{_INDEX}.partial"
    beside.write_text(index.model_dump_json(), encoding="utf-8")
    beside.replace(folder / _INDEX)
    return index


@dataclass(frozen=True, slots=True)
class _Prepare:
    """Reads and reduces one picture, or says why it cannot be had."""

    read: Read
    longest_side_px: int

    def __call__(self) -> Picture | str:
        try:
            picture = self.read()
        except BadInput as exc:
            return str(exc)
        height, width = picture.shape[:2]
        size = preview_size(width, height, self.longest_side_px)
        if size == (width, height):
            return picture
        return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0))


def _in_order(tasks: Iterable[_Prepare], workers: int) -> Iterator[Picture | str]:
    """Yield what tasks return, in their order, while threads work on those that follow."""
    remaining = iter(tasks)
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        running: deque[Future[Picture | str]] = deque(
            pool.submit(task) for task in islice(remaining, workers * _READ_AHEAD)
        )
        try:
            while running:
                yield running.popleft().result()
                running.extend(pool.submit(task) for task in islice(remaining, 1))
        finally:
            for future in running:
                future.cancel()


def _map(path: Path, *, expected_bytes: int) -> Picture:
    """Return the bytes of a file, mapped, not read.

    Raises:
        SourceUnreadable: there are more or fewer of them.
    """
    received = path.stat().st_size
    if received != expected_bytes:
        raise SourceUnreadable(f"expected {expected_bytes:,} bytes in {path}; received {received:,}", remedy=_REMEDY)
    if not received:  # nothing cannot be mapped
        return np.empty(0, np.uint8)
    return np.asarray(np.memmap(path, np.uint8, mode="r"))
