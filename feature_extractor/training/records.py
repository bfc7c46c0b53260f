"""Labelled pictures from records that somebody else reads, such as the rows of a BAM! file or of the catalogue."""

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

from PIL import Image

from errors import BadInput, StorageUnavailable
from feature_extractor.decode import decode
from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.preview import preview_size
from feature_extractor.training.picture_cache import Missing
from feature_extractor.training.picture_traits import LIMITS
from feature_extractor.training.sample import LABELS, LabelledPicture

VAL_EVERY = 5
"""One project of so many is for measuring, never for learning."""
SIDE_PX = 320
"""Longest side of a kept picture."""

_AHEAD = 64  # records read at once: bounds memory
_QUALITY = 95  # of JPEG: next to nothing is lost


class Offered(Protocol):
    """What is told of a picture before its bytes are read: `data.records.SourceRecord` has it, and more."""

    @property
    def locator(self) -> str:
        """Where the picture comes from; the same for the same picture, run after run."""

    @property
    def read(self) -> Callable[[], bytes]:
        """What gives its bytes, in any thread, or raises a BadInput."""

    @property
    def project(self) -> str | None:
        """The work it belongs to."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Attribute name to 'positive', 'negative' or 'unsure'."""


def keep_pictures(
    records: Iterable[Offered],
    folder: Path,
    *,
    workers: int = 8,
    on_progress: Callable[[int], None] = lambda _: None,
) -> tuple[list[LabelledPicture], tuple[Missing, ...]]:
    """Keep every picture once, reduced, where it can be read again and again, and return what is known of each.

    Addresses die and archives are slow, and a training reads a picture many times. One that is kept is not read again:
    a stopped run goes on. One that cannot be had is asked for again in the next run.

    Args:
        records: with locators that differ.
        folder: of the kept pictures, JPEG; made if it is absent.
        workers: threads that read.
        on_progress: told how many records are done.
    Returns:
        The pictures, named by their locators, split by a hash of their projects, and those that could not be had.
    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    pictures: list[LabelledPicture] = []
    missing: list[Missing] = []
    with ThreadPoolExecutor(workers, thread_name_prefix="keep") as pool:
        remaining = iter(records)
        while chunk := list(islice(remaining, _AHEAD)):
            for record, outcome in zip(chunk, pool.map(partial(_keep, folder), chunk), strict=True):
                if isinstance(outcome, str):
                    missing.append(Missing(record.locator, outcome))
                else:
                    pictures.append(_label(record, outcome))
            on_progress(len(pictures) + len(missing))
    return pictures, tuple(missing)


def split_of(project: str) -> str:
    """Return 'train' or 'val' for all pictures of a project, the same on every machine."""
    return "train" if _number(project) % VAL_EVERY else "val"


def _keep(folder: Path, record: Offered) -> Path | str:
    """Return the file of a kept picture, or why it cannot be had."""
    name = hashlib.sha256(record.locator.encode()).hexdigest()[:32]
    path = folder / name[:2] / f"{name}.jpg"
    if path.is_file():
        return path
    try:
        picture = decode(record.read(), LIMITS).pixels
    except BadInput as exc:
        return str(exc)
    height, width = picture.shape[:2]
    reduced = Image.fromarray(picture).resize(
        preview_size(width, height, SIDE_PX), Image.Resampling.BICUBIC, reducing_gap=3.0
    )
    content = io.BytesIO()
    reduced.save(content, "JPEG", quality=_QUALITY, subsampling=0)
    partial_path = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial_path.write_bytes(content.getvalue())
        partial_path.replace(path)
    except OSError as exc:
        raise StorageUnavailable(
            f"expected to keep pictures in {folder}; received {exc.strerror}", remedy="Choose another --cache."
        ) from exc
    return path


def _label(record: Offered, path: Path) -> LabelledPicture:
    project = record.locator if record.project is None else record.project
    media = (name for name in ATTRIBUTES if name.startswith("media_") and record.labels.get(name) == "positive")
    return LabelledPicture(
        path=path,
        name=f"records/{record.locator}",
        split=split_of(project),
        project=_number(project),
        attributes=tuple(LABELS.get(record.labels.get(name, ""), float("nan")) for name in ATTRIBUTES),
        domain=next(media, ""),
    )


def _number(project: str) -> int:
    return int.from_bytes(hashlib.sha256(project.encode()).digest()[:6], "big")
