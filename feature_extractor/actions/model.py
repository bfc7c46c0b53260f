"""The file of an action model: a linear classifier, and everything that tells whether it fits."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from errors import ModelUnusable, StorageUnavailable
from feature_extractor.actions.clip_features import PARTS, ClipExtractor
from feature_extractor.actions.ridge import Linear
from feature_extractor.backbones import Backbone, Features

MOST_BYTES = 256 * 2**20
"""Of a file, unpacked."""
_ABOUT, _MATRIX, _OFFSET = "about", "matrix", "offset"


class ActionAbout(BaseModel):
    """What an action model's file says of it.

    Attributes:
        format_version: of the file.
        backbone: name of the network, as the command line knows it.
        backbone_id: sha256 of its files; vectors of another never go in.
        output: of the network.
        frames: of a clip that are described.
        actions: in the order of the scores.
        temperature: by which scores are divided before they become probabilities.
        split_rule: how sources were told, and what was held out.
        measured: figures, each named by what was measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    backbone: str
    backbone_id: str = Field(pattern=r"^[0-9a-f]{64}$")
    output: str
    frames: int = Field(ge=1, le=256)
    actions: tuple[str, ...] = Field(min_length=2)
    temperature: float = Field(gt=0)
    split_rule: str
    measured: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ActionModel:
    """Vectors of clips to probabilities of actions.

    Attributes:
        about: see ActionAbout.
        linear: the classifier.
    """

    about: ActionAbout
    linear: Linear

    def probabilities(self, vectors: Features) -> NDArray[np.float32]:
        """Return the probability of each action, (n, actions), rows of sum 1."""
        return softmax(self.linear.score(vectors) / self.about.temperature)

    def extractor(self, backbone: Backbone, *, workers: int = 1) -> ClipExtractor:
        """Return what describes clips as this model takes them.

        Raises:
            ModelUnusable: the network is another one than the model was trained with.
        """
        if backbone.model_id != self.about.backbone_id:
            raise ModelUnusable(
                f"expected the network {self.about.backbone} of id {self.about.backbone_id[:16]}…, which this action "
                f"model was trained with; received {backbone.model_id[:16]}…",
                remedy="Train the action model anew with `video train`, or name the network that it was trained with.",
            )
        extractor = ClipExtractor(backbone, self.about.output, self.about.frames, workers)
        if self.about.output not in backbone.lengths or self.linear.matrix.shape[0] != extractor.length:
            raise ModelUnusable(f"expected vectors of {self.linear.matrix.shape[0]} numbers from {self.about.output}")
        return extractor

    def save(self, path: Path) -> None:
        """Write the model beside its place and rename it into it.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        about = np.frombuffer(self.about.model_dump_json().encode(), np.uint8)
        arrays: Mapping[str, NDArray[np.generic]] = {
            _ABOUT: about,
            _MATRIX: self.linear.matrix,
            _OFFSET: self.linear.offset,
        }
        part = path.with_name(f"{path.name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]  # NumPy's stub takes any keyword for allow_pickle
            part.replace(path)
        except OSError as exc:
            raise StorageUnavailable(f"{path} cannot be written: {exc.strerror}") from exc

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the model in a file.

        Raises:
            ModelUnusable: it is absent, damaged, too large or of another form.
        """
        try:
            data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
            with ZipFile(io.BytesIO(data)) as archive:
                if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                    raise ModelUnusable(f"expected an action model of at most {MOST_BYTES:,} bytes in {path}")
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                about, matrix, offset = (arrays[name] for name in (_ABOUT, _MATRIX, _OFFSET))
            read = ActionAbout.model_validate_json(about.tobytes())
        except (OSError, BadZipFile, KeyError, ValueError, EOFError, ValidationError, json.JSONDecodeError) as exc:
            raise ModelUnusable(
                f"expected an action model in {path}; received {_one_line(exc)}",
                remedy="Name a file that `video train` wrote, or train one.",
            ) from exc
        count = len(read.actions)
        forms = (matrix.dtype, offset.dtype, matrix.ndim, matrix.shape[-1:], offset.shape)
        if forms != (np.float32, np.float32, 2, (count,), (count,)) or matrix.shape[0] % PARTS:
            raise ModelUnusable(f"expected float32 (3 × length, {count}) and ({count},) in {path}; received {forms}")
        if not (np.isfinite(matrix).all() and np.isfinite(offset).all()):
            raise ModelUnusable(f"expected finite numbers in {path}; received others")
        return cls(read, Linear(matrix, offset))


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return scores as probabilities, rows of sum 1."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
