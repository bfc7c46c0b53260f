"""The pairs that a calibration was fitted on, kept beside its model: decisions are weighed against them later.

No picture is in the file and no name of one: of every pair the four measures, what it is, and the number of the picture
that was searched with.
"""

import os
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from errors import ModelUnusable, StorageUnavailable
from search.confidence import METHOD, Measure

MEASURES: tuple[Measure, ...] = ("copy_score", "agreement", "in_place_share", "log_cells")
SUFFIX = ".pairs.npz"
"""In place of the `.xml` of the model."""
MOST_PAIRS = 1_000_000
_ARRAYS = ("measures", "is_shown", "is_copy", "group")


@dataclass(frozen=True, slots=True)
class MeasuredPairs:
    """Pairs of a query and a picture, a row each.

    Attributes:
        measures: float32 (n, 4), in the order of MEASURES.
        is_laid: bool (n,), geometry looked at the pair.
        is_shown: bool (n,), the engine calls it a copy.
        is_copy: bool (n,), it is one.
        group: int64 (n,); pairs of one original share a number, and are held out together.
        weight: float64 (n,), how many pairs each stands for.
    """

    measures: NDArray[np.float32]
    is_laid: NDArray[np.bool_]
    is_shown: NDArray[np.bool_]
    is_copy: NDArray[np.bool_]
    group: NDArray[np.int64]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.is_copy)

    def features(self, names: Sequence[Measure]) -> NDArray[np.float64]:
        """Return some of the measures, float64 (n, len(names))."""
        return self.measures[:, [MEASURES.index(name) for name in names]].astype(np.float64)

    def rows(self, chosen: NDArray[np.bool_]) -> Self:
        """Return some of the pairs."""
        return type(self)(
            self.measures[chosen],
            self.is_laid[chosen],
            self.is_shown[chosen],
            self.is_copy[chosen],
            self.group[chosen],
            self.weight[chosen],
        )

    def joined(self, other: Self) -> Self:
        """Return the pairs of both; the groups of the other get numbers of their own."""
        start = 1 + self.group.max(initial=-1)
        return type(self)(
            np.concatenate([self.measures, other.measures]),
            np.concatenate([self.is_laid, other.is_laid]),
            np.concatenate([self.is_shown, other.is_shown]),
            np.concatenate([self.is_copy, other.is_copy]),
            np.concatenate([self.group, other.group + start]),
            np.concatenate([self.weight, other.weight]),
        )


class PairsOrigin(BaseModel):
    """Where the pairs of a sample come from; see search.confidence.Fitted.

    Attributes:
        model_id, method: of the engine that judged them.
        searches: that they are the candidates of.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_id: str = Field(pattern=r"^[0-9a-f]{64}$")
    method: str
    split: str
    originals: int = Field(ge=0)
    strangers: int = Field(ge=0)
    searches: int = Field(ge=1)
    seed: int = Field(ge=0)


@dataclass(frozen=True, slots=True)
class SamplePairs:
    """What searches of a sample were found to be."""

    origin: PairsOrigin
    pairs: MeasuredPairs

    @property
    def per_search(self) -> float:
        """How many pairs one search gave, on average."""
        return len(self.pairs) / self.origin.searches


def pairs_file(model: Path) -> Path:
    """Return where the pairs of a model's calibration lie, whether they are there or not."""
    return model.with_suffix(SUFFIX)


def write_pairs(sample: SamplePairs, model: Path) -> Path:
    """Write the pairs of a calibration beside its model, in place of older ones, and return where.

    Raises:
        StorageUnavailable: they cannot be written.
    """
    path = pairs_file(model)
    made = path.with_name(f"{path.name}.part")
    arrays = {name: getattr(sample.pairs, name) for name in _ARRAYS}
    try:
        with made.open("wb") as file:
            np.savez_compressed(file, origin=np.array(sample.origin.model_dump_json()), **arrays)
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    except OSError as exc:
        raise StorageUnavailable(f"{path} cannot be written: {exc.strerror}") from exc
    return path


def read_pairs(model: Path, model_id: str) -> SamplePairs:
    """Return the pairs that the calibration of a model was fitted on.

    Args:
        model: the `.xml`.
        model_id: of the model that serves.
    Raises:
        ModelUnusable: there are none, or they are damaged, of another model, or of another way to judge pairs.
    """
    path = pairs_file(model)
    remedy = "Fit a calibration on a sample, which keeps them: python3 index.py calibrate --sample ../shared/data."
    try:
        # NumPy leaves a file open that it opened itself and cannot read.
        with path.open("rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as arrays:
            origin = PairsOrigin.model_validate_json(str(arrays["origin"]))
            measures, is_shown, is_copy, group = (arrays[name] for name in _ARRAYS)
    except FileNotFoundError as exc:
        raise ModelUnusable(f"expected the pairs of a calibration in {path}; found none", remedy=remedy) from exc
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as exc:
        raise ModelUnusable(f"expected the pairs of a calibration in {path}; received {exc}", remedy=remedy) from exc
    rows = len(is_copy) if is_copy.ndim == 1 else -1
    shapes = [(measures, (rows, len(MEASURES)), np.float32), (is_shown, (rows,), np.bool_), (group, (rows,), np.int64)]
    is_whole = all(array.shape == shape and array.dtype == dtype for array, shape, dtype in shapes)
    if not is_whole or is_copy.dtype != np.bool_ or not 0 < rows <= MOST_PAIRS or not np.isfinite(measures).all():
        raise ModelUnusable(f"expected the pairs of a calibration in {path}; received other arrays", remedy=remedy)
    if (origin.model_id, origin.method) != (model_id, METHOD):
        raise ModelUnusable(
            f"expected pairs of model {model_id[:12]} and method {METHOD} in {path}; "
            f"received those of {origin.model_id[:12]} and {origin.method}",
            remedy=remedy,
        )
    return SamplePairs(origin, MeasuredPairs(measures, np.ones(rows, bool), is_shown, is_copy, group, np.ones(rows)))
