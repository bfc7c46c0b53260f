"""Where weights come from: the recipe they were trained by, and the weights they started from, as far back as known."""

import json
from hashlib import sha256
from pathlib import Path

from pydantic import JsonValue

RECIPE = "recipe.json"
"""Beside trained weights: what `train` was told."""
_START = "start.json"


def trace(weights: Path) -> dict[str, JsonValue]:
    """Return what is known of weights.

    Args:
        weights: a file; where `train` wrote it, its recipe and its own start lie beside it.
    Returns:
        `file`, its name; `sha256`; and for trained weights `recipe`, the fields of TrainingRecipe, and `start`, what
        was known of the weights that the training began with, in the same form.
    """
    known: dict[str, JsonValue] = {"file": weights.name, "sha256": sha256(weights.read_bytes()).hexdigest()}
    for field, name in (("recipe", RECIPE), ("start", _START)):
        beside = weights.with_name(name)
        if beside.is_file():
            known[field] = json.loads(beside.read_text(encoding="utf-8"))
    return known


def keep_start(folder: Path, start: Path) -> None:
    """Write down, in the folder of a training, what weights it starts from."""
    (folder / _START).write_text(json.dumps(trace(start), indent=2) + "\n", encoding="utf-8")
