from pathlib import Path

import numpy as np
import pytest

from errors import SourceUnreadable
from feature_extractor.training.manifest import MorePicture, Reason, count_fates, read_manifest, write_manifest
from feature_extractor.training.picture_cache import build_picture_cache
from feature_extractor.training.picture_search import find_pictures
from feature_extractor.training.selection import choose_pictures
from tests.feature_extractor.training.few_pictures import blobs, draw_labelled, save
from tests.feature_extractor.training.test_picture_traits import MODEL


@pytest.mark.model
def test_a_manifest_gives_back_what_was_found(tmp_path: Path) -> None:
    labelled = draw_labelled(tmp_path / "labelled")
    save(tmp_path / "found" / 'comma, quote".png', blobs(20))
    save(tmp_path / "framed" / "one.png", np.pad(blobs(23), ((30, 30), (0, 0), (0, 0))))
    (tmp_path / "found" / "cut.png").write_bytes(b"no picture")
    files = find_pictures([tmp_path / "found"], padded=[tmp_path / "framed"])
    found = choose_pictures(files, labelled, MODEL, store=tmp_path / "store")
    write_manifest(tmp_path / "more.csv", found)
    again = read_manifest(tmp_path / "more.csv")
    assert again == found
    whole = [picture for picture in again if picture.reason is not Reason.UNUSABLE]
    cache, missing = build_picture_cache(tmp_path / "cache", [(picture.name, picture.read) for picture in whole])
    assert missing == ()
    assert cache.names == ('found/comma, quote".png', "framed/one.png")
    assert cache.picture(1).shape == (160 - 4, 160, 3)  # without the border and what it bleeds into


def test_fates_are_counted_by_the_own_names_of_folders() -> None:
    found = [
        MorePicture(Path("/b/roses"), "1.png", False, "0", None, "", "x", 0.1, 0.9),
        MorePicture(Path("/a/tulips"), "1.png", False, "0", Reason.AGAIN, "roses/1.png", "x", 0.1, 0.9),
        MorePicture(Path("/b/roses"), "2.png", False, "0", Reason.SMALL, "", "x", 0.1, 0.9),
        MorePicture(Path("/b/roses"), "3.png", False, "0", None, "", "x", 0.1, 0.9),
    ]
    counted = count_fates(found)
    assert counted == {"roses": {"a side under 96 px": 1, "kept": 2}, "tulips": {"copy of an earlier picture": 1}}
    assert list(counted) == ["roses", "tulips"]


@pytest.mark.parametrize("text", ["folder,file\nx,y\n", "no such\n1\n"])
def test_other_tables_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.csv").write_text(text)
    with pytest.raises(SourceUnreadable, match=r"other\.csv"):
        read_manifest(tmp_path / "other.csv")
    with pytest.raises(SourceUnreadable, match=r"absent\.csv"):
        read_manifest(tmp_path / "absent.csv")
