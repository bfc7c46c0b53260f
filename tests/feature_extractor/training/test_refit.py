"""The head of `copy` of the shipped model is learnt anew."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

from errors import BadRequest
from feature_extractor.extractor import open_extractor
from feature_extractor.model_file import read_metadata
from feature_extractor.training.copy_head import CopyHeadRecipe
from feature_extractor.training.graph import cut_at_pooling, replace_copy_head
from feature_extractor.training.heads import LinearHead, normalise
from feature_extractor.training.lineage import served_variant
from feature_extractor.training.read_back import read_copy_head
from feature_extractor.training.recipe import Recipe
from feature_extractor.training.refit import refit_model
from feature_extractor.training.sample import LabelledPicture, read_sample
from tests.feature_extractor.training.drawn_sample import draw_sample
from tests.other_model import SHIPPED

pytestmark = pytest.mark.model


def test_another_head_changes_copies_alone() -> None:
    model = ov.Core().read_model(str(SHIPPED))
    head = read_copy_head(model)
    turned = LinearHead(np.ascontiguousarray(head.matrix[:, ::-1]), np.ascontiguousarray(head.bias[::-1]))
    picture = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8)
    core = ov.Core()
    before, after = (core.compile_model(one, "CPU")(picture) for one in (model, replace_copy_head(model, turned)))
    for name in ("similar", "attributes"):
        np.testing.assert_array_equal(after[name], before[name])
    np.testing.assert_allclose(after["copy"], before["copy"][:, ::-1], atol=1e-5)
    gem = core.compile_model(cut_at_pooling(model), "CPU")(picture)["gem"]
    np.testing.assert_allclose(normalise(head(gem)), before["copy"], atol=2e-3)


def test_a_model_that_could_not_be_measured_is_not_made(tmp_path: Path) -> None:
    draw_sample(tmp_path / "data", pictures=40)
    known = [picture for picture in read_sample(tmp_path / "data") if picture.split == "train"]
    with pytest.raises(BadRequest, match="of split val"):
        refit_model(SHIPPED, known, tmp_path / "new" / "model.xml", recipe=CopyHeadRecipe(), export=Recipe())
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_a_refitted_model_serves_and_says_where_it_comes_from(tmp_path: Path) -> None:
    draw_sample(tmp_path / "data", pictures=40)
    pictures = read_sample(tmp_path / "data")
    near = next(picture.name for picture in pictures if picture.split == "train")
    recipe = CopyHeadRecipe(views=3, pairs=16, steps=4, rate=1e-2)
    target = tmp_path / "new" / "model.xml"
    more = [replace(pictures[0], name="further")]
    export = Recipe(edited_pictures=3)
    made = refit_model(SHIPPED, pictures, target, recipe=recipe, export=export, left_out={near}, more=more)
    assert sorted(path.name for path in target.parent.iterdir()) == ["model.bin", "model.json", "model.xml"]
    old, new = open_extractor(SHIPPED, threads=0), open_extractor(target, threads=0)
    assert new.metadata == made
    assert new.model_id != old.model_id
    some = [picture.read() for picture in pictures[:8]]
    before, after = old.describe(some), new.describe(some)
    np.testing.assert_array_equal(after.similar, before.similar)
    np.testing.assert_array_equal(after.attributes, before.attributes)
    assert np.abs(after.copy - before.copy).max() > 1e-3
    learnt = made.provenance["copy_head"]
    assert isinstance(learnt, dict)
    assert learnt["of"] == {"model_id": old.model_id, "copy_head": read_metadata(SHIPPED).provenance.get("copy_head")}
    assert learnt["learnt_from"] == {"pictures": learnable(pictures) - 4, "more": 1, "companions": 4}
    assert made.measured["similar_val"] == old.metadata.measured["similar_val"]
    assert served_variant(target) == served_variant(SHIPPED)


def learnable(pictures: Sequence[LabelledPicture]) -> int:
    """Return how many pictures are learnt from: of train, without the one that is left out."""
    return sum(picture.split == "train" for picture in pictures) - 1
