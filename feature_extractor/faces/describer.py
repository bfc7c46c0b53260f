"""Aligned faces to descriptors by OpenVINO."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from errors import ModelUnusable
from feature_extractor.faces.alignment import SIDE_PX
from feature_extractor.faces.networks import compile_network
from feature_extractor.model_file import hash_model
from feature_extractor.picture import Picture

if TYPE_CHECKING:
    from openvino import CompiledModel

BATCH = 16
"""Most faces the network sees at once."""


class FaceModelMetadata(BaseModel):
    """What the `.json` beside the network says.

    Attributes:
        model_id: sha256 of the bytes of `.bin` followed by those of `.xml`.
        dim: length of a descriptor.
        same_person: least cosine at which two faces are called one person's.
        provenance: what it was made from and how.
        measured: figures, each named by what and where it was measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_id: str
    dim: int = Field(ge=16, le=1024)
    same_person: float = Field(ge=-1, le=1)
    provenance: dict[str, JsonValue]
    measured: dict[str, JsonValue]


class FaceDescriber:
    """Describes aligned faces; made by `open_describer`, in the process that uses it (never before a fork).

    Attributes:
        model_id, dim, same_person: see FaceModelMetadata.
    """

    def __init__(self, network: "CompiledModel", metadata: FaceModelMetadata) -> None:
        self.metadata = metadata
        self.model_id = metadata.model_id
        self.dim = metadata.dim
        self.same_person = metadata.same_person
        self._network = network
        self._lock = Lock()

    def describe(self, aligned: Sequence[Picture]) -> NDArray[np.float32]:
        """Return the descriptors of faces, each the mean of the face's and of its mirror image's.

        Faces are nearly symmetrical and light is not: of people held out that finds a mAP of .49 instead of .43. Safe
        to call from several threads.

        Args:
            aligned: as `align` returns them; any number, zero too.
        Returns:
            float32 (len(aligned), dim), each of L2 norm 1.
        """
        described = np.empty((len(aligned), self.dim), np.float32)
        with self._lock:
            for start in range(0, len(aligned), BATCH):
                rows = slice(start, start + BATCH)
                faces = np.stack(aligned[rows])
                described[rows] = self._network(faces)["face"]
                described[rows] += self._network(np.ascontiguousarray(faces[:, :, ::-1]))["face"]
        return scaled_to_unit(described)


def scaled_to_unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of L2 norm 1; a row of nothing stays."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, np.float32(1e-6)), np.float32)


def open_describer(model: Path, *, threads: int) -> FaceDescriber:
    """Check the network, load it and return what describes faces with it.

    Args:
        model: the `.xml`; its `.bin` and `.json` lie beside it.
        threads: CPU cores to use; 0 for all.
    Raises:
        ModelUnusable: a file is absent, damaged or not what its description says.
    """
    description = model.with_suffix(".json")
    try:
        metadata = FaceModelMetadata.model_validate_json(description.read_bytes())
    except OSError as exc:
        raise ModelUnusable(f"expected {description} beside the network; received {exc.strerror}") from exc
    except ValidationError as exc:
        raise ModelUnusable(f"expected a description in {description}; received {exc.errors()[0]['msg']}") from exc
    received, _, _ = hash_model(model)
    if received != metadata.model_id:
        raise ModelUnusable(f"expected the model {metadata.model_id} in {model}; received {received}")
    network = compile_network(model, threads=threads)
    shapes = [list(port.partial_shape)[1:] for port in (*network.inputs, *network.outputs)]
    if shapes != [[SIDE_PX, SIDE_PX, 3], [metadata.dim]]:
        raise ModelUnusable(f"expected faces of {SIDE_PX} px and {metadata.dim} numbers in {model}; received {shapes}")
    return FaceDescriber(network, metadata)
