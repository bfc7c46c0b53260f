from pathlib import Path

import numpy as np
import pytest

from errors import BadRequest
from feature_extractor.training.manifest import Reason
from feature_extractor.training.picture_search import find_pictures
from feature_extractor.training.sample import read_sample
from feature_extractor.training.selection import choose_pictures
from tests.feature_extractor.training.few_pictures import blobs, draw_labelled, save
from tests.feature_extractor.training.test_picture_traits import MODEL
from tests.needs import shared_data

pytestmark = pytest.mark.model


def test_keeps_what_is_new_and_says_why_it_drops_the_rest(tmp_path: Path) -> None:
    labelled = draw_labelled(tmp_path / "labelled")
    folder = tmp_path / "found"
    save(folder / "deep" / "new.JPG", blobs(27))
    save(folder / "kept.png", blobs(66))
    save(folder / "later" / "kept_again.jpg", blobs(66), quality=90)
    save(folder / "val_mirrored.jpg", blobs(10)[:, ::-1], quality=95)
    save(folder / "train.webp", blobs(177), quality=60)
    save(folder / "small.png", blobs(21)[:95])
    (folder / "val_file.png").write_bytes(labelled[-1].path.read_bytes())
    (folder / "cut.jpg").write_bytes((folder / "deep" / "new.JPG").read_bytes()[:300])
    (folder / "notes.txt").write_text("not a picture")
    found = choose_pictures(find_pictures([folder]), labelled, MODEL, store=tmp_path / "store")
    assert {picture.file: picture.reason for picture in found} == {
        "deep/new.JPG": None,
        "kept.png": None,
        "later/kept_again.jpg": Reason.AGAIN,
        "val_mirrored.jpg": Reason.NEAR_BY_DESCRIPTOR,
        "train.webp": Reason.LABELLED,
        "small.png": Reason.SMALL,
        "val_file.png": Reason.SAME_FILE,
        "cut.jpg": Reason.UNUSABLE,
    }
    by_file = {picture.file: picture for picture in found}
    assert by_file["later/kept_again.jpg"].detail == "found/kept.png"
    assert by_file["train.webp"].detail == "set/b.png"
    assert by_file["val_mirrored.jpg"].nearest_val == "set/x.png"
    assert by_file["val_file.png"].nearest_val == "set/z.png"
    assert by_file["kept.png"].nearest_val.startswith("set/")
    assert by_file["cut.jpg"].detail


def test_a_padded_copy_is_known_without_its_border(tmp_path: Path) -> None:
    labelled = draw_labelled(tmp_path / "labelled")
    save(tmp_path / "framed" / "val.png", np.pad(blobs(12), ((0, 0), (60, 60), (0, 0))))
    found = choose_pictures(find_pictures([], padded=[tmp_path / "framed"]), labelled, MODEL, store=tmp_path / "store")
    assert [(picture.nearest_val, picture.reason is not None) for picture in found] == [("set/z.png", True)]


def test_without_pictures_of_val_nothing_is_chosen(tmp_path: Path) -> None:
    train = [picture for picture in draw_labelled(tmp_path / "labelled") if picture.split == "train"]
    with pytest.raises(BadRequest, match="split val"):
        choose_pictures([], train, MODEL, store=tmp_path / "store")


@pytest.mark.shared
def test_a_real_val_picture_is_found_in_other_clothes(tmp_path: Path) -> None:
    sample = read_sample(shared_data())
    val = [picture for picture in sample if picture.split == "val" and picture.name.startswith("photos/")][:6]
    others = [picture for picture in sample if picture.split == "train" and picture.name.startswith("photos/")][:6]
    for number, picture in enumerate(val):
        save(tmp_path / "found" / f"copy{number}.jpg", picture.read()[8:, ::-1], quality=60)
    for number, picture in enumerate(others):
        save(tmp_path / "found" / f"other{number}.jpg", picture.read(), quality=60)
    found = choose_pictures(find_pictures([tmp_path / "found"]), val, MODEL, store=tmp_path / "store")
    near = {Reason.NEAR_BY_DESCRIPTOR, Reason.NEAR_BY_HASH}
    assert [picture.reason in near for picture in found] == [True] * 6 + [False] * 6
    assert [picture.nearest_val for picture in found[:6]] == [picture.name for picture in val]
