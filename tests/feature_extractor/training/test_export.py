import json
from pathlib import Path

import numpy as np
import pytest

from feature_extractor.extractor import open_extractor
from feature_extractor.training.export import export_model
from feature_extractor.training.network import build_trunk
from feature_extractor.training.recipe import Recipe
from feature_extractor.training.sample import read_sample
from tests.feature_extractor.training.drawn_sample import draw_sample


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights in a file of the form of the real ones."""
    generator = np.random.default_rng(0)
    arrays = {}
    for layer in build_trunk("v1.5").layers:
        for variable in layer.weights:
            value = np.asarray(variable)
            if variable.name == "kernel":
                value = generator.normal(0, np.sqrt(2 / np.prod(value.shape[:-1])), value.shape)
            arrays[f"{layer.name}/{variable.name}"] = value.astype(np.float16)
    path = tmp_path_factory.mktemp("start") / "start.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]  # NumPy's stub takes any keyword for allow_pickle
    return path


@pytest.mark.slow
def test_an_exported_model_serves(tmp_path: Path, start: Path) -> None:
    draw_sample(tmp_path / "data", pictures=310)
    pictures = read_sample(tmp_path / "data")
    recipe = Recipe(calibration_pictures=6, edited_pictures=3)
    near = next(picture.name for picture in pictures if picture.split == "train")
    target, float32 = tmp_path / "model.xml", tmp_path / "float32.xml"
    made = export_model(start, pictures, target, recipe=recipe, left_out={near}, float32=float32)
    extractor = open_extractor(target, threads=0)
    assert extractor.metadata == made
    assert set(made.attributes_taught) == {"content_dog", "content_building"}
    assert {"copies_train", "copies_val", "similar_val", "attributes_val"} <= made.measured.keys()
    told = extractor.describe([picture.read() for picture in pictures[:20]])
    before = open_extractor(float32, threads=0)
    assert before.model_id != made.model_id
    assert (before.copy_threshold, before.similar_floor) == (made.copy_threshold, made.similar_floor)
    similar = before.describe([picture.read() for picture in pictures[:20]]).similar
    assert (similar * told.similar).sum(axis=1).mean() > 0.5
    np.testing.assert_allclose(np.linalg.norm(told.copy, axis=1), 1, atol=1e-4)
    taught = [name in made.attributes_taught for name in made.attributes]
    assert np.isnan(told.attributes).all(axis=0).tolist() == [not known for known in taught]
    provenance = json.loads((tmp_path / "model.json").read_text())["provenance"]
    assert provenance["recipe"]["calibration_pictures"] == 6
    assert provenance["learnt_from"]["pictures"] == sum(picture.split == "train" for picture in pictures) - 1
