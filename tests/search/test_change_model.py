"""A model takes over with all pictures described, stopped and begun again, and the way back is the same command."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.migrate import upgrade
from errors import BadInput, ModelChanged, ModelUnusable
from feature_extractor.model_file import read_metadata
from search.change_model import change_model
from search.open_engine import close_engine, open_engine, open_intake
from search.served_model import find_model, kept_model
from tests.engines import draw, encode, engine_source, offer, take_in
from tests.other_model import SHIPPED, write_other_model

pytestmark = [pytest.mark.model, pytest.mark.slow]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a model that says the same under another id."""
    model = tmp_path_factory.mktemp("other") / "other.xml"
    write_other_model(model)
    return model


def test_catalogue_left_behind_by_an_update_is_refused_until_described_anew(tmp_path: Path, other: Path) -> None:
    """An update lays a new model where the old one lay: nobody may take the catalogue for an empty one."""
    source = replace(engine_source(tmp_path), model=SHIPPED)
    upgrade(source.catalogue_url)
    with open_intake(source) as intake:
        take_in(intake, [offer(encode(draw(seed)), f"{seed}.png") for seed in range(3)])
    updated = replace(source, model=other)
    with pytest.raises(ModelUnusable, match="none of them by") as refusal:
        open_engine(updated)
    assert f"model use {other}" in str(refusal.value.remedy)
    with pytest.raises(ModelUnusable, match="none of them by"), open_intake(updated):
        pass
    done = change_model(updated, other, on_progress=lambda *_: None, ahead_s=0)
    assert (done.was, done.described, done.pictures) == (read_metadata(SHIPPED).model_id, 3, 3)
    engine = open_engine(updated)
    try:
        assert len(engine.copies) == 3
    finally:
        close_engine(engine)
    assert not kept_model(done.was, source.models_dir).is_file()  # the way back is by its own file
    assert change_model(updated, SHIPPED, on_progress=lambda *_: None, ahead_s=0).described == 0


def test_there_and_back(tmp_path: Path, other: Path) -> None:
    source = replace(engine_source(tmp_path), model=SHIPPED)
    upgrade(source.catalogue_url)
    pictures = [offer(encode(draw(seed)), f"{seed}.png") for seed in range(5)]
    old, new = read_metadata(SHIPPED).model_id, read_metadata(other).model_id
    seen: list[tuple[int, int]] = []
    with open_intake(source) as intake:
        take_in(intake, pictures[:4])
        done = change_model(source, other, on_progress=lambda *far: seen.append(far), ahead_s=0)
        assert (done.model_id, done.was, done.described, done.pictures) == (new, old, 4, 4)
        assert seen[-1] == (4, 4)
        with pytest.raises(ModelChanged):  # this process began with the model before
            take_in(intake, pictures[4:])
    with pytest.raises(BadInput, match="already"):
        change_model(source, other, on_progress=lambda *_: None, ahead_s=0)
    with open_intake(source) as intake:
        take_in(intake, pictures[4:])
    engine = open_engine(source)
    try:
        assert engine.extractor.model_id == new
        assert len(engine.copies) == len(engine.similars) == 5
        vectors = [engine.catalogue.descriptors_of([1, 2, 3, 4], "copy", each).vectors for each in (old, new)]
        # The two models are one; noise is the worst that can happen to a thumbnail.
        assert float(np.sum(vectors[0].astype(np.float32) * vectors[1], axis=1).min()) > 0.75
    finally:
        close_engine(engine)
    back = change_model(source, old[:12], on_progress=lambda *_: None, ahead_s=0)
    assert (back.model_id, back.described) == (old, 1)  # the one that came in since
    with Catalogue.open(source.catalogue_url) as catalogue:
        assert read_metadata(find_model(catalogue, SHIPPED, source.models_dir)).model_id == old
        # Where the settings have come to name another model, the one that serves is still found.
        assert find_model(catalogue, other, source.models_dir) == kept_model(old, source.models_dir)
        shutil.rmtree(source.models_dir)
        with pytest.raises(ModelUnusable, match=old[:16]):
            find_model(catalogue, other, source.models_dir)


def test_a_picture_without_a_thumbnail_stops_it_by_name(tmp_path: Path, other: Path) -> None:
    source = replace(engine_source(tmp_path), model=SHIPPED)
    upgrade(source.catalogue_url)
    with open_intake(source) as intake:
        take_in(intake, [offer(encode(draw(seed)), f"{seed}.png") for seed in range(3)])
        [lost] = intake.catalogue.list_images(after_id=1, limit=1)
        intake.thumbnails.remove(lost.sha256)
    with pytest.raises(BadInput, match="such as 2"):
        change_model(source, other, on_progress=lambda *_: None, ahead_s=0)
    with Catalogue.open(source.catalogue_url) as catalogue:
        assert catalogue.models.serving().now is None
        assert catalogue.models.serving().next is None
        assert catalogue.models.count_lacking(read_metadata(other).model_id) == 1
