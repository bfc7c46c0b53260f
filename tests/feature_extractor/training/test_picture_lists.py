from pathlib import Path

import pytest

from errors import BadInput
from feature_extractor.training.manifest import read_manifest
from feature_extractor.training.near_val import read_near_val
from feature_extractor.training.picture_lists import write_picture_lists
from tests.feature_extractor.training.few_pictures import blobs, draw_labelled, save
from tests.feature_extractor.training.test_picture_traits import MODEL

pytestmark = pytest.mark.model


def test_both_lists_are_written_and_counted(tmp_path: Path) -> None:
    labelled = draw_labelled(tmp_path / "labelled")
    save(tmp_path / "found" / "new.png", blobs(27))
    save(tmp_path / "found" / "small.png", blobs(21)[:95])
    out, cache = tmp_path / "lists" / "more.csv", tmp_path / "cache"
    listed = write_picture_lists([tmp_path / "found"], labelled, MODEL, out, cache=cache)
    assert (listed.kept, listed.near_val) == (1, 1)
    assert list(listed.lines()) == ["found: 1 a side under 96 px", "found: 1 kept"]
    assert [(picture.file, picture.reason is None) for picture in read_manifest(out)] == [
        ("new.png", True),
        ("small.png", False),
    ]
    assert [pair.train for pair in read_near_val(out.with_name("near_val.csv"))] == ["set/c.png"]
    measured = {path: path.stat().st_mtime_ns for path in cache.rglob("*")}
    assert write_picture_lists([tmp_path / "found"], labelled, MODEL, out, cache=cache) == listed
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*")} == measured, "a second run measures nothing"


def test_a_folder_without_pictures_is_found_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    labelled = draw_labelled(tmp_path / "labelled")
    with pytest.raises(BadInput, match="bare"):
        write_picture_lists([tmp_path / "bare"], labelled, MODEL, tmp_path / "more.csv", cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
