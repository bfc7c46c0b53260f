"""The files of a model, whole and as they were shipped: `.xml` (graph), `.bin` (weights), `.json` (what it is)."""

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from errors import ModelUnusable
from feature_extractor.descriptors import ATTRIBUTES, DIM
from feature_extractor.preprocess import INPUT_SIDE

_SHA256 = r"^[0-9a-f]{64}$"


class ModelMetadata(BaseModel):
    """What the `.json` beside a model says.

    Attributes:
        format_version: of this file.
        model_id: sha256 of the bytes of `.bin` followed by those of `.xml`.
        xml_sha256, bin_sha256: of the two files.
        dim: length of a descriptor.
        input_side: side in px of the square input.
        attributes: names in the order of the model's output.
        attributes_taught: those that the model learnt; the numbers of the others mean nothing.
        copy_threshold: least cosine of two `copy` descriptors at which a pair is a probable copy.
        similar_floor: least cosine of two `similar` descriptors at which a work is called similar.
        provenance: what it was made from and how.
        measured: figures, each named by what and where it was measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    model_id: str = Field(pattern=_SHA256)
    xml_sha256: str = Field(pattern=_SHA256)
    bin_sha256: str = Field(pattern=_SHA256)
    dim: Literal[256] = DIM  # type: ignore[assignment]  # a Final int and a Literal of its value
    input_side: int = INPUT_SIDE
    attributes: tuple[str, ...] = ATTRIBUTES
    attributes_taught: tuple[str, ...]
    copy_threshold: float = Field(ge=-1, le=1)
    similar_floor: float = Field(ge=-1, le=1)
    provenance: dict[str, JsonValue]
    measured: dict[str, JsonValue]


def hash_model(model: Path) -> tuple[str, str, str]:
    """Return the model id and the sha256 of `.xml` and of `.bin`, from the files as they are.

    Raises:
        ModelUnusable: a file is absent or cannot be read.
    """
    try:
        weights = hashlib.sha256(model.with_suffix(".bin").read_bytes())
        graph = model.read_bytes()
    except OSError as exc:
        raise ModelUnusable(f"expected a model in {model}; received {exc.strerror}: {exc.filename}") from exc
    together = weights.copy()
    together.update(graph)
    return together.hexdigest(), hashlib.sha256(graph).hexdigest(), weights.hexdigest()


def read_metadata(model: Path) -> ModelMetadata:
    """Return what is known of a model after checking that its files are those that were shipped.

    Args:
        model: the `.xml`; `.bin` and `.json` lie beside it.
    Raises:
        ModelUnusable: a file is absent, damaged or made for another size of picture or descriptor.
    """
    description = model.with_suffix(".json")
    try:
        metadata = ModelMetadata.model_validate_json(description.read_bytes())
    except OSError as exc:
        raise ModelUnusable(f"expected {description} beside the model; received {exc.strerror}") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ModelUnusable(
            f"expected a model's description in {description}; received {first['msg']} ({place})"
        ) from exc
    if (metadata.input_side, metadata.attributes) != (INPUT_SIDE, ATTRIBUTES):
        raise ModelUnusable(
            f"expected a model of {INPUT_SIDE} px and the attributes {ATTRIBUTES}; "
            f"received {metadata.input_side} px and {metadata.attributes}"
        )
    expected = (metadata.model_id, metadata.xml_sha256, metadata.bin_sha256)
    received = hash_model(model)
    if received != expected:
        raise ModelUnusable(
            f"expected the sha256 sums (model, .xml, .bin) {expected} beside {model}; received {received}"
        )
    return metadata
