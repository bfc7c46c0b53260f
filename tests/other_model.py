"""A model that is the shipped one under another id."""

import json
import shutil
from pathlib import Path

from feature_extractor.model_file import hash_model
from settings import Settings

SHIPPED: Path = Settings.model_fields["model"].default


def write_other_model(model: Path) -> None:
    """Write a model that says what the shipped one says: there is a line break more at the end of its graph."""
    shutil.copy(SHIPPED.with_suffix(".bin"), model.with_suffix(".bin"))
    model.write_bytes(SHIPPED.read_bytes() + b"\n")
    model_id, xml_sha256, bin_sha256 = hash_model(model)
    description = json.loads(SHIPPED.with_suffix(".json").read_text(encoding="utf-8"))
    description |= {"model_id": model_id, "xml_sha256": xml_sha256, "bin_sha256": bin_sha256}
    model.with_suffix(".json").write_text(json.dumps(description), encoding="utf-8")
