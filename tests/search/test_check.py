"""`check` finds each kind of disagreement, and repairs what can be repaired."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from data.database import writing
from data.thumbnails import ThumbnailStore
from data.word_query import parse_words
from data.word_rows import forget_facets
from feature_extractor.keypoints import METHOD, Keypoints
from search.check import check_all, repair
from search.findings import Disagreement
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


def forget_keypoints(engine: Engine) -> None:
    """Make the catalogue one whose local features are of another method, which is as good as none."""
    pairs = [(image.sha256, b"old") for image in engine.catalogue.list_images()]
    engine.catalogue.put_keypoints(pairs, "an older method")


def test_missing_local_features_are_counted_and_found_in_the_thumbnails(
    engine: Engine, thumbnails: ThumbnailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.check.FILLED_AT_ONCE", 3)
    monkeypatch.setattr("search.check.IDS_AT_ONCE", 3)
    ids = range(1, 9)
    before = engine.catalogue.keypoints_of(ids, METHOD)
    forget_keypoints(engine)
    [finding] = check_all(engine, thumbnails)
    assert (finding.what, finding.subject) == (Disagreement.KEYPOINTS_MISSING, METHOD)
    assert finding.detail.startswith("8 pictures without")
    assert repair(engine, thumbnails, [finding]) == []
    after = engine.catalogue.keypoints_of(ids, METHOD)
    assert after.keys() == before.keys()
    for image_id in ids:
        assert len(Keypoints.unpack(after[image_id])) > 10


def test_features_found_in_a_thumbnail_are_told_in_px_of_the_picture(tmp_path: Path) -> None:
    engine = make_engine(tmp_path, [offer(encode(draw(1, 1920, 1280)), "large.png")])
    try:
        before = Keypoints.unpack(engine.catalogue.keypoints_of([1], METHOD)[1])
        forget_keypoints(engine)
        thumbnails = ThumbnailStore(tmp_path / "thumbnails")
        assert repair(engine, thumbnails, check_all(engine, thumbnails)) == []
        after = Keypoints.unpack(engine.catalogue.keypoints_of([1], METHOD)[1])
    finally:
        close_engine(engine)
    assert (after.width, after.height) == (before.width, before.height) == (1920, 1280)
    apart = np.linalg.norm(after.places[:, np.newaxis] - before.places[np.newaxis], axis=2).min(axis=1)
    assert np.median(apart) < 10, "half a per cent of the picture: two px of its thumbnail"
    assert after.places[:, 0].max() > 1440


def test_pictures_whose_thumbnail_cannot_be_read_are_left_and_told(engine: Engine, thumbnails: ThumbnailStore) -> None:
    """Lost, cut off, or of a picture so long that its thumbnail is under the least width."""
    one, other, third = engine.catalogue.list_images()[:3]
    forget_keypoints(engine)
    thumbnails.remove(one.sha256)
    thumbnails.put(other.sha256, b"RIFF")
    thumbnails.put(third.sha256, encode(draw(1, 384, 9), "WEBP"))
    left = repair(engine, thumbnails, check_all(engine, thumbnails))
    assert {(finding.what, finding.subject) for finding in left} == {
        (Disagreement.THUMBNAIL_MISSING, one.sha256),
        (Disagreement.KEYPOINTS_MISSING, METHOD),
    }
    assert [finding.detail[:18] for finding in left if finding.subject == METHOD] == ["3 pictures without"]


def test_missing_words_are_found_and_written_anew(engine: Engine, thumbnails: ThumbnailStore) -> None:
    asked = parse_words("3.png")
    before = engine.catalogue.words.ids(asked).tolist()
    assert len(before) == 1
    with writing(engine.catalogue.database) as connection:
        forget_facets(connection, before)
    with sqlite3.connect(str(engine.catalogue.database.url.database)) as file:
        file.execute("DELETE FROM image_words WHERE image_id = ?", before)
        file.execute("INSERT INTO word_index (word_index) VALUES ('delete-all')")
    file.close()
    findings = check_all(engine, thumbnails)
    assert [finding.what for finding in findings] == [Disagreement.WORDS_DIFFER] * 2
    assert findings[0].subject == str(before[0])
    assert engine.catalogue.words.ids(asked).tolist() == []
    assert repair(engine, thumbnails, findings) == []
    assert engine.catalogue.words.ids(asked).tolist() == before
