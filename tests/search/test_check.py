"""`check` finds each kind of disagreement, and repairs what can be repaired."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from data.thumbnails import ThumbnailStore
from search.check import Disagreement, check_all, repair
from search.open_engine import close_engine
from search.query import Engine
from search.removal import remove_images
from tests.engines import draw, encode, make_engine, offer


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(tmp_path, [offer(encode(draw(seed)), f"{seed}.png") for seed in range(8)])
    yield engine
    close_engine(engine)


@pytest.fixture
def thumbnails(tmp_path: Path) -> ThumbnailStore:
    return ThumbnailStore(tmp_path / "thumbnails")


def test_a_catalogue_just_filled_agrees(engine: Engine, thumbnails: ThumbnailStore) -> None:
    assert check_all(engine, thumbnails) == []


def test_a_catalogue_after_removals_agrees(engine: Engine, thumbnails: ThumbnailStore) -> None:
    ids = engine.copies.index.ids()[:3].tolist()
    assert remove_images(engine.catalogue, thumbnails, ids) == 3
    assert remove_images(engine.catalogue, thumbnails, ids) == 0
    assert check_all(engine, thumbnails) == []
    assert len(engine.copies) == 5


def test_stray_thumbnails_are_found_and_swept(engine: Engine, thumbnails: ThumbnailStore) -> None:
    thumbnails.put("f" * 64, b"stray")
    findings = check_all(engine, thumbnails)
    assert [(finding.what, finding.subject) for finding in findings] == [(Disagreement.THUMBNAIL_STRAY, "f" * 64)]
    assert repair(engine, thumbnails, findings) == []
    assert thumbnails.read("f" * 64) is None


def test_a_missing_thumbnail_is_found_and_not_hidden_by_repair(engine: Engine, thumbnails: ThumbnailStore) -> None:
    image = engine.catalogue.list_images()[0]
    thumbnails.remove(image.sha256)
    findings = check_all(engine, thumbnails)
    assert [finding.what for finding in findings] == [Disagreement.THUMBNAIL_MISSING]
    assert repair(engine, thumbnails, findings) == findings


def test_an_index_that_lost_and_invented_pictures_is_found_and_built_anew(
    engine: Engine, thumbnails: ThumbnailStore
) -> None:
    vector = np.zeros((1, 256), np.float32)
    vector[0, 0] = 1
    engine.copies.index.remove(engine.copies.index.ids()[:1])
    engine.similars.index.add(np.array([10_000], np.int64), vector)
    findings = check_all(engine, thumbnails)
    assert {(finding.what, finding.subject) for finding in findings} == {
        (Disagreement.INDEX_DIFFERS, "copy"),
        (Disagreement.INDEX_DIFFERS, "similar"),
    }
    assert {finding.detail for finding in findings} == {
        "the copy index lacks picture 1",
        "the similar index holds picture 10000, which is gone",
    }
    assert repair(engine, thumbnails, findings) == []
