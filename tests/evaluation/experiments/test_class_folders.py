"""Pictures in folders of classes are read alike from a folder and from an archive."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from errors import SourceUnreadable
from evaluation.experiments.class_folders import find_pictures
from tests.evaluation.experiments.making import draw_class, lay_pictures
from tests.needs import shared_data


def test_a_folder_and_an_archive_hold_the_same(tmp_path: Path) -> None:
    lay_pictures(tmp_path, train=2, test=1)
    train, test = find_pictures(tmp_path, "train"), find_pictures(tmp_path, "test")
    assert train.names[0] == "bird/0000.png"
    assert train.classes.tolist() == ["bird"] * 2 + ["car"] * 2 + ["ship"] * 2
    np.testing.assert_array_equal(next(iter(train.read())), draw_class("bird", 0))
    np.testing.assert_array_equal(next(iter(test.read())), draw_class("bird", 1000))
    assert len({train.fingerprint(), test.fingerprint(), find_pictures(tmp_path, "train").fingerprint()}) == 2
    kept = train.fingerprint()
    (tmp_path / "train" / "car" / "0000.png").unlink()
    assert find_pictures(tmp_path, "train").fingerprint() != kept


def test_what_is_absent_empty_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="train"):
        find_pictures(tmp_path, "train")
    with zipfile.ZipFile(tmp_path / "train.zip", "w") as archive:
        archive.writestr("no/folders/deep.png", b"")
    with pytest.raises(SourceUnreadable, match="received 0"):
        find_pictures(tmp_path, "train")
    (tmp_path / "test.zip").write_bytes(b"no archive")
    with pytest.raises(SourceUnreadable, match=r"test\.zip"):
        find_pictures(tmp_path, "test")
    with zipfile.ZipFile(tmp_path / "train.zip", "w") as archive:
        archive.writestr("cat/1.png", b"no picture")
    with pytest.raises(SourceUnreadable, match=r"cat/1\.png"):
        list(find_pictures(tmp_path, "train").read())


@pytest.mark.shared
def test_cifar_is_read_as_it_lies_there() -> None:
    folder = shared_data() / "cifar10"
    train, test = find_pictures(folder, "train"), find_pictures(folder, "test")
    assert (len(train.names), len(test.names)) == (5000, 1000)
    assert len(np.unique(train.classes)) == 10
    assert next(iter(test.read())).shape == (32, 32, 3)
