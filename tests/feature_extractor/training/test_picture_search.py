from pathlib import Path

import pytest

from errors import BadInput, BadRequest
from feature_extractor.training.picture_search import find_pictures
from tests.feature_extractor.training.few_pictures import blobs, save


def test_a_smaller_sample_of_a_folder_is_part_of_a_greater_one(tmp_path: Path) -> None:
    for number in range(12):
        save(tmp_path / "found" / f"{number % 3}" / f"{number}.png", blobs(number, side=16))
    samples = [find_pictures([tmp_path / "found"], most_each=most) for most in (3, 7, None)]
    assert [len(sample) for sample in samples] == [3, 7, 12]
    names = [{found.file.name for found in sample} for sample in samples]
    assert names[0] < names[1] < names[2]
    assert samples[2] == sorted(samples[2], key=lambda found: found.file.path)
    assert samples[2][0].file.name == "found/0/0.png"


def test_folders_come_in_order_and_padded_ones_last(tmp_path: Path) -> None:
    for folder in "abc":
        save(tmp_path / folder / "one.png", blobs(1, side=16))
    found = find_pictures([tmp_path / "b", tmp_path / "a"], padded=[tmp_path / "c"])
    assert [(one.folder.name, one.file.padded) for one in found] == [("b", False), ("a", False), ("c", True)]


def test_two_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    for parent in "ab":
        (tmp_path / parent / "same").mkdir(parents=True)
    with pytest.raises(BadRequest, match="same"):
        find_pictures([tmp_path / "a" / "same"], padded=[tmp_path / "b" / "same"])


def test_a_folder_without_pictures_is_named(tmp_path: Path) -> None:
    save(tmp_path / "full" / "one.png", blobs(1, side=16))
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "notes.txt").write_text("not a picture")
    with pytest.raises(BadInput, match="bare"):
        find_pictures([tmp_path / "full", tmp_path / "bare"])
