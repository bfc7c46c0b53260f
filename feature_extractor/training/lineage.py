"""Where weights come from: the recipe they were trained by, and the weights they started from, as far back as known."""

import json
from hashlib import sha256
from pathlib import Path
from typing import get_args

from pydantic import JsonValue

from errors import ModelUnusable
from feature_extractor.model_file import hash_model, read_metadata
from feature_extractor.training.network import Variant

RECIPE = "recipe.json"
"""Beside trained weights: what `train` was told."""
_START = "start.json"


def checksum(weights: Path) -> str:
    """Return what tells weights from all others: the sha256 of a file, the id of a model that serves.

    Raises:
        OSError, ModelUnusable: they cannot be read.
    """
    return hash_model(weights)[0] if weights.suffix == ".xml" else sha256(weights.read_bytes()).hexdigest()


def trace(weights: Path) -> dict[str, JsonValue]:
    """Return what is known of weights.

    Args:
        weights: a file; where `train` wrote it, its recipe and its own start lie beside it.
    Returns:
        `file`, its name. For a model that serves also `model_id` and its `provenance`. For others `sha256` and, where
        they were trained, `recipe`, the fields of TrainingRecipe, and `start`, what was known of the weights that the
        training began with, in the same form.
    Raises:
        ModelUnusable: a model that serves is not as it was shipped.
    """
    if weights.suffix == ".xml":
        metadata = read_metadata(weights)
        return {"file": weights.name, "model_id": metadata.model_id, "provenance": metadata.provenance}
    known: dict[str, JsonValue] = {"file": weights.name, "sha256": checksum(weights)}
    for field, name in (("recipe", RECIPE), ("start", _START)):
        beside = weights.with_name(name)
        if beside.is_file():
            known[field] = json.loads(beside.read_text(encoding="utf-8"))
    return known


def served_variant(model: Path) -> Variant:
    """Return the variant of the network of a model that serves.

    Raises:
        ModelUnusable: its description cannot be read or does not tell.
    """
    recipe = read_metadata(model).provenance.get("recipe")
    told = recipe.get("variant") if isinstance(recipe, dict) else None
    for variant in get_args(Variant):
        if told == variant:
            return variant  # type: ignore[no-any-return]  # mypy takes the arguments of a Literal for anything
    raise ModelUnusable(f"expected the variant of the network beside {model.name}; received {told}")


def keep_start(folder: Path, start: Path) -> None:
    """Write down, in the folder of a training, what weights it starts from."""
    (folder / _START).write_text(json.dumps(trace(start), indent=2) + "\n", encoding="utf-8")
