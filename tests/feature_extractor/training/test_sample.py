from pathlib import Path

import numpy as np
import pytest

from errors import SourceUnreadable
from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.training.sample import attribute_matrix, read_sample
from tests.feature_extractor.training.drawn_sample import draw_sample
from tests.needs import shared_data


def test_joins_rows_with_labels(tmp_path: Path) -> None:
    draw_sample(tmp_path, pictures=12)
    pictures = read_sample(tmp_path)
    assert [picture.name.split("/")[0] for picture in pictures] == ["art"] * 4 + ["pacs"] * 4 + ["photos"] * 4
    assert {picture.split for picture in pictures} == {"train", "val"}
    assert {picture.category for picture in pictures if picture.name.startswith("pacs/")} == {"dog", "house"}
    assert {picture.category for picture in pictures if picture.name.startswith("art/")} == {""}
    labels = attribute_matrix(pictures)
    assert labels.shape == (12, len(ATTRIBUTES))
    for row, picture in zip(labels, pictures, strict=True):
        dog = row[ATTRIBUTES.index("content_dog")]
        assert np.isnan(dog) if not picture.category else dog == (picture.category == "dog")
    assert pictures[0].read().shape == (48, 64, 3)


@pytest.mark.parametrize("gone", ["bam_sample.sqlite", "pacs/labels.csv"])
def test_says_what_is_missing(tmp_path: Path, gone: str) -> None:
    draw_sample(tmp_path, pictures=6)
    (tmp_path / gone).unlink()
    with pytest.raises(SourceUnreadable, match=r"bam_sample\.sqlite in"):
        read_sample(tmp_path)


def test_refuses_rows_without_labels(tmp_path: Path) -> None:
    draw_sample(tmp_path, pictures=6)
    with (tmp_path / "art" / "labels.csv").open("a") as rows:
        rows.write("unknown.png,oil,train\n")
    with pytest.raises(SourceUnreadable, match=r"unknown\.png"):
        read_sample(tmp_path)


def test_a_picture_that_does_not_decode_is_named(tmp_path: Path) -> None:
    draw_sample(tmp_path, pictures=3)
    picture = read_sample(tmp_path)[0]
    picture.path.write_bytes(b"no picture")
    with pytest.raises(SourceUnreadable, match=picture.path.name):
        picture.read()


@pytest.mark.shared
def test_reads_the_real_sample() -> None:
    pictures = read_sample(shared_data())
    assert len(pictures) == 13_160
    assert len({picture.name for picture in pictures}) == 13_160
    positive = np.nansum(attribute_matrix([picture for picture in pictures if picture.split == "train"]), axis=0)
    assert positive[ATTRIBUTES.index("media_pen_ink")] == 2909
    assert positive[ATTRIBUTES.index("emotion_happy")] == 0
