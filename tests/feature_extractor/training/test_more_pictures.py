from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from errors import BadRequest, SourceUnreadable, StorageUnavailable
from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.picture import Picture
from feature_extractor.training import more_pictures
from feature_extractor.training.more_pictures import (
    MorePicture,
    NearVal,
    Reason,
    Rule,
    choose_pictures,
    find_pictures,
    main,
    read_manifest,
    read_near_val,
    train_pictures_near_val,
    write_manifest,
    write_near_val,
)
from feature_extractor.training.picture_cache import build_picture_cache
from feature_extractor.training.sample import LabelledPicture, read_sample
from tests.feature_extractor.training.drawn_sample import draw_sample
from tests.feature_extractor.training.test_picture_traits import MODEL
from tests.needs import shared_data

pytestmark = pytest.mark.model


def blobs(seed: int, side: int = 160) -> Picture:
    """Coloured discs and bars on a ground, unlike those of any other seed."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    picture = np.broadcast_to(generator.uniform(60, 255, 3), (side, side, 3))
    for _ in range(9):
        row, column = generator.uniform(0, 1, 2)
        reach = generator.uniform(0.05, 0.25)
        inside = (
            np.hypot(y - row, x - column) < reach
            if generator.random() < 0.5
            else (abs(y - row) < reach / 4) | (abs(x - column) < reach / 9)
        )
        picture = np.where(inside[..., None], generator.uniform(50, 255, 3), picture)
    return picture.astype(np.uint8)


def save(path: Path, picture: Picture, *, quality: int = 90) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, quality=quality)


def label(path: Path, name: str, split: str) -> LabelledPicture:
    return LabelledPicture(path, name, split, 1, (float("nan"),) * len(ATTRIBUTES))


@pytest.fixture
def labelled(tmp_path: Path) -> list[LabelledPicture]:
    """Three pictures to learn from, the third a dark copy of the second of three to measure with."""
    pictures = {"a": blobs(0), "b": blobs(1), "c": (blobs(11) * 0.8).astype(np.uint8)}
    val = {"x": blobs(10), "y": blobs(11), "z": blobs(12)}
    made = []
    for split, those in (("train", pictures), ("val", val)):
        for name, picture in those.items():
            save(tmp_path / "labelled" / f"{name}.png", picture)
            made.append(label(tmp_path / "labelled" / f"{name}.png", f"set/{name}.png", split))
    return made


def test_names_the_train_pictures_that_are_copies_of_val_pictures(
    tmp_path: Path, labelled: list[LabelledPicture]
) -> None:
    pairs = train_pictures_near_val(labelled, MODEL, store=tmp_path / "store")
    assert [(pair.train, pair.val) for pair in pairs] == [("set/c.png", "set/y.png")]
    assert pairs[0].rule is Rule.COPY
    assert pairs[0].bits <= 40
    assert pairs[0].cosine > 0.6
    write_near_val(tmp_path / "lists" / "near.csv", pairs)
    assert read_near_val(tmp_path / "lists" / "near.csv") == pairs


def test_leaves_out_what_is_near_by_hash_alone_but_no_sketches(tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.linspace(250, 5, 160).astype(np.uint8)[None, :, None], (160, 160, 3)).copy()
    other = ramp[:, ::-1].copy()
    other[20:90, 30:120] = blobs(5)[20:90, 30:120]  # the same slope mirrored, another content
    save(tmp_path / "ramp.png", ramp)
    save(tmp_path / "other.png", other)
    pair = [label(tmp_path / "ramp.png", "set/ramp.png", "train"), label(tmp_path / "other.png", "set/o.png", "val")]
    found = train_pictures_near_val(pair, MODEL, store=tmp_path / "store")
    assert [(near.train, near.rule) for near in found] == [("set/ramp.png", Rule.NEAR)]
    assert 0 < found[0].bits <= 40
    drawn = [replace(picture, domain="sketch") for picture in pair]
    assert train_pictures_near_val(drawn, MODEL, store=tmp_path / "store") == ()


def test_keeps_what_is_new_and_says_why_it_drops_the_rest(tmp_path: Path, labelled: list[LabelledPicture]) -> None:
    folder = tmp_path / "found"
    save(folder / "deep" / "new.JPG", blobs(20))
    save(folder / "kept.png", blobs(21))
    save(folder / "later" / "kept_again.jpg", blobs(21), quality=70)
    save(folder / "val_mirrored.jpg", blobs(10)[:, ::-1], quality=80)
    save(folder / "train.webp", blobs(1), quality=60)
    save(folder / "small.png", blobs(22)[:95])
    (folder / "val_file.png").write_bytes(labelled[-1].path.read_bytes())
    (folder / "cut.jpg").write_bytes((folder / "deep" / "new.JPG").read_bytes()[:300])
    (folder / "notes.txt").write_text("not a picture")
    found = choose_pictures([folder], labelled, MODEL, store=tmp_path / "store")
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


def test_a_manifest_gives_back_what_was_found(tmp_path: Path, labelled: list[LabelledPicture]) -> None:
    save(tmp_path / "found" / 'comma, quote".png', blobs(20))
    save(tmp_path / "framed" / "one.png", np.pad(blobs(23), ((30, 30), (0, 0), (0, 0))))
    (tmp_path / "found" / "cut.png").write_bytes(b"no picture")
    found = choose_pictures(
        [tmp_path / "found"], labelled, MODEL, padded=[tmp_path / "framed"], store=tmp_path / "store"
    )
    write_manifest(tmp_path / "more.csv", found)
    again = read_manifest(tmp_path / "more.csv")
    assert again == found
    whole = [picture for picture in again if picture.reason is not Reason.UNUSABLE]
    cache, missing = build_picture_cache(tmp_path / "cache", [(picture.name, picture.read) for picture in whole])
    assert missing == ()
    assert cache.names == ('found/comma, quote".png', "framed/one.png")
    assert cache.picture(1).shape == (160 - 4, 160, 3)  # without the border and what it bleeds into


def test_a_padded_copy_is_known_without_its_border(tmp_path: Path, labelled: list[LabelledPicture]) -> None:
    save(tmp_path / "framed" / "val.png", np.pad(blobs(12), ((0, 0), (60, 60), (0, 0))))
    found = choose_pictures([], labelled, MODEL, padded=[tmp_path / "framed"], store=tmp_path / "store")
    assert [(picture.nearest_val, picture.reason is not None) for picture in found] == [("set/z.png", True)]


def test_a_smaller_sample_of_a_folder_is_part_of_a_greater_one(tmp_path: Path) -> None:
    for number in range(12):
        save(tmp_path / "found" / f"{number % 3}" / f"{number}.png", blobs(number, side=16))
    samples = [find_pictures(tmp_path / "found", most=most) for most in (3, 7, None)]
    assert [len(sample) for sample in samples] == [3, 7, 12]
    assert set(samples[0]) < set(samples[1]) < set(samples[2])
    assert samples[2] == sorted(samples[2], key=lambda file: file.path)
    assert samples[2][0].name == "found/0/0.png"


def test_two_folders_of_one_name_are_refused(tmp_path: Path, labelled: list[LabelledPicture]) -> None:
    for parent in "ab":
        (tmp_path / parent / "same").mkdir(parents=True)
    with pytest.raises(BadRequest, match="same"):
        choose_pictures([tmp_path / "a" / "same", tmp_path / "b" / "same"], labelled, MODEL, store=tmp_path / "store")


def test_a_labelled_picture_that_is_gone_stops_the_check(tmp_path: Path, labelled: list[LabelledPicture]) -> None:
    labelled[-1].path.unlink()
    with pytest.raises(SourceUnreadable, match=r"z\.png"):
        choose_pictures([], labelled, MODEL, store=tmp_path / "store")


@pytest.mark.parametrize("text", ["", "folder,file\nx,y\n", "no such\n1\n"])
def test_other_tables_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.csv").write_text(text)
    if text:
        with pytest.raises(SourceUnreadable, match=r"other\.csv"):
            read_manifest(tmp_path / "other.csv")
        with pytest.raises(SourceUnreadable, match=r"other\.csv"):
            read_near_val(tmp_path / "other.csv")
    with pytest.raises(SourceUnreadable, match=r"absent\.csv"):
        read_manifest(tmp_path / "absent.csv")


def test_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable):
        write_near_val(tmp_path / "file" / "near.csv", [NearVal("a", "b", Rule.COPY, 1, 0.1, 0.9)])


def test_the_command_writes_both_lists(tmp_path: Path) -> None:
    draw_sample(tmp_path / "data", pictures=48)
    sample = read_sample(tmp_path / "data")
    val = next(picture for picture in sample if picture.split == "val")
    save(tmp_path / "found" / "new.png", blobs(20))
    (tmp_path / "found" / "val.png").write_bytes(val.path.read_bytes())
    asked = ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "more.csv"), str(tmp_path / "found")]
    ended = CliRunner().invoke(main, asked)
    assert ended.exit_code == 0, ended.output
    assert "found: 1 the file of a val picture" in ended.output
    found: list[MorePicture] = read_manifest(tmp_path / "more.csv")
    assert [picture.nearest_val for picture in found if picture.reason is Reason.SAME_FILE] == [val.name]
    read_near_val(tmp_path / "near_val.csv")
    ended = CliRunner().invoke(main, [*asked, "--model", str(tmp_path / "none.xml")])
    assert ended.exit_code == 4
    assert "none.json" in ended.output


@pytest.mark.shared
def test_a_real_val_picture_is_found_in_other_clothes(tmp_path: Path) -> None:
    sample = read_sample(shared_data())
    val = [picture for picture in sample if picture.split == "val" and picture.name.startswith("photos/")][:6]
    others = [picture for picture in sample if picture.split == "train" and picture.name.startswith("photos/")][:6]
    for number, picture in enumerate(val):
        save(tmp_path / "found" / f"copy{number}.jpg", picture.read()[8:, ::-1], quality=60)
    for number, picture in enumerate(others):
        save(tmp_path / "found" / f"other{number}.jpg", picture.read(), quality=60)
    found = choose_pictures([tmp_path / "found"], val, MODEL, store=tmp_path / "store")
    near = {more_pictures.Reason.NEAR_BY_DESCRIPTOR, more_pictures.Reason.NEAR_BY_HASH}
    assert [picture.reason in near for picture in found] == [True] * 6 + [False] * 6
    assert [picture.nearest_val for picture in found[:6]] == [picture.name for picture in val]
