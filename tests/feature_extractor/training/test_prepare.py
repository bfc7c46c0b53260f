import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import BadInput, BadRequest, ModelUnusable
from feature_extractor.training.fit import PRESETS
from feature_extractor.training.manifest import MorePicture, Reason, write_manifest
from feature_extractor.training.near_val import read_near_val
from feature_extractor.training.prepare import Order, choose_recipe, prepare
from feature_extractor.training.sample import LabelledPicture
from tests.feature_extractor.training.few_pictures import blobs, label, save
from tests.feature_extractor.training.test_picture_traits import MODEL
from tests.feature_extractor.training.tiny_training import TINY, write_start

pytestmark = pytest.mark.model


@pytest.fixture
def labelled(tmp_path: Path) -> list[LabelledPicture]:
    """Four pictures to learn from, two of houses, the last a dark copy of one of two to measure with."""
    pictures = {"a": blobs(0), "b": blobs(1), "c": blobs(2), "d": (blobs(11) * 0.8).astype(np.uint8)}
    made = []
    for split, those in (("train", pictures), ("val", {"x": blobs(10), "y": blobs(11)})):
        for name, picture in those.items():
            save(tmp_path / "labelled" / f"{name}.png", picture)
            category = "house" if name in "bc" else "dog"
            made.append(
                replace(label(tmp_path / "labelled" / f"{name}.png", f"set/{name}.png", split), category=category)
            )
    return made


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_start(tmp_path_factory.mktemp("weights") / "start.npz")


@pytest.fixture
def order(tmp_path: Path, labelled: list[LabelledPicture], start: Path) -> Order:
    return Order(
        labelled=labelled,
        start=start,
        model=MODEL,
        recipe=TINY,
        folder=tmp_path / "out",
        cache=tmp_path / "cache",
    )


def test_learns_from_train_less_what_is_near_val(order: Order) -> None:
    training, near, missing = prepare(order)
    assert (len(training.pictures), near, missing) == (3, 1, ())
    assert [(pair.train, pair.val) for pair in read_near_val(order.folder / "near_val.csv")] == [
        ("set/d.png", "set/y.png")
    ]
    np.testing.assert_array_equal(training.pictures.read(0), blobs(0))
    np.testing.assert_allclose(np.linalg.norm(training.pictures.teacher, axis=1), 1, atol=1e-5)
    assert (training.recipe, training.start, training.folder) == (TINY, order.start, order.folder)


def test_a_category_may_be_left_out_and_the_caches_serve_both(order: Order) -> None:
    prepare(order)
    kept = {path: path.stat().st_mtime_ns for path in order.cache.rglob("*") if path.is_file()}
    training, *_ = prepare(replace(order, without=("house",), folder=order.folder.with_name("other")))
    assert len(training.pictures) == 1
    assert {path: path.stat().st_mtime_ns for path in order.cache.rglob("*") if path.is_file()} == kept


def test_more_pictures_come_from_a_manifest(order: Order, tmp_path: Path) -> None:
    save(tmp_path / "found" / "new.png", blobs(20))
    save(tmp_path / "found" / "dropped.png", blobs(21))
    write_manifest(
        tmp_path / "more.csv",
        [
            MorePicture(tmp_path / "found", name, False, "0", reason, "", "set/x.png", 0.1, 0.9)
            for name, reason in (("new.png", None), ("dropped.png", Reason.AGAIN), ("gone.png", None))
        ],
    )
    training, _, missing = prepare(replace(order, more=tmp_path / "more.csv"))
    assert len(training.pictures) == 4
    assert training.pictures.collections[-1] == "found"
    assert training.pictures.teacher[-1].any()
    assert [picture.name for picture in missing] == ["found/gone.png"]


def test_a_train_picture_that_cannot_be_had_is_listed_and_left_out(order: Order) -> None:
    order.labelled[0].path.unlink()
    training, _, missing = prepare(order)
    assert len(training.pictures) == 2
    assert [picture.name for picture in missing] == ["set/a.png"]
    with (order.folder / "missing.csv").open(newline="", encoding="utf-8") as file:
        assert [row["picture"] for row in csv.DictReader(file)] == ["set/a.png"]


def test_what_cannot_be_is_said_at_once(order: Order, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cow") as refused:
        prepare(replace(order, without=("cow",)))
    assert "dog, house" in refused.value.remedy
    with pytest.raises(BadInput, match="absent"):
        prepare(replace(order, start=tmp_path / "absent.npz"))
    with pytest.raises(ModelUnusable):
        prepare(replace(order, model=tmp_path / "absent.xml"))
    with pytest.raises(BadRequest, match="none is left"):
        prepare(replace(order, without=("dog", "house")))


def test_a_recipe_is_a_preset_less_what_is_said_otherwise(tmp_path: Path) -> None:
    assert choose_recipe("gpu") == PRESETS["gpu"]
    (tmp_path / "recipe.json").write_text(json.dumps({"rate": 0.5, "weighting": {"entropy": 7.0}}))
    recipe = choose_recipe("gpu", tmp_path / "recipe.json", epochs=2, steps=3, variant=None)
    assert (recipe.rate, recipe.steps, recipe.epochs) == (0.5, 3, 2)
    assert recipe.weighting == PRESETS["gpu"].weighting.model_copy(update={"entropy": 7.0})
    assert recipe.pairs == PRESETS["gpu"].pairs
    (tmp_path / "whole.json").write_text(recipe.model_dump_json())
    assert choose_recipe("cpu", tmp_path / "whole.json") == recipe


@pytest.mark.parametrize("text", ["", "[]", '{"speed": 1}', '{"weighting": {"entropy": "much"}}'])
def test_another_recipe_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "recipe.json").write_text(text)
    with pytest.raises(BadInput, match="recipe"):
        choose_recipe("cpu", tmp_path / "recipe.json")
