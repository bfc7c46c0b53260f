from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from errors import BrokenPicture, SourceUnreadable
from feature_extractor.extractor import open_extractor
from feature_extractor.picture import Picture
from feature_extractor.training import picture_traits
from feature_extractor.training.near_duplicates import difference_hashes
from feature_extractor.training.picture_traits import PictureFile, cut_borders, measure_traits
from tests.feature_extractor.training.test_near_duplicates import clouds

MODEL = Path(__file__).parents[3] / "feature_extractor" / "models" / "retrace-resnet50-int8.xml"


def saved(folder: Path, name: str, picture: Picture, *, quality: int = 90) -> PictureFile:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, quality=quality)
    return PictureFile(path, name)


def padded(picture: Picture, *, rows: int = 0, columns: int = 0) -> Picture:
    return np.pad(picture, ((rows, rows), (columns, columns), (0, 0)))


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (20, 0), (0, 33), (7, 11)])
def test_cuts_black_borders_after_jpeg(tmp_path: Path, rows: int, columns: int) -> None:
    picture = np.maximum(clouds(1), 60)
    file = saved(tmp_path, "padded.jpg", padded(picture, rows=rows, columns=columns), quality=85)
    cut = PictureFile(file.path, "padded.jpg", padded=True).read()
    for side, border in zip(cut.shape, (rows, columns), strict=False):
        assert 96 - 6 <= side < 96 if border else side == 96
    assert cut.flags.c_contiguous
    for edge in (cut[0], cut[-1], cut[:, 0], cut[:, -1]):
        assert edge.max(axis=-1).min() > 40
    assert file.read().shape == (96 + 2 * rows, 96 + 2 * columns, 3)


def test_a_black_picture_stays_whole() -> None:
    assert cut_borders(np.zeros((20, 30, 3), np.uint8)).shape == (20, 30, 3)


def test_says_which_file_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"gone\.png"):
        PictureFile(tmp_path / "gone.png", "gone.png").read()
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(BrokenPicture):
        PictureFile(tmp_path / "cut.png", "cut.png").read()


@pytest.mark.model
def test_traits_are_those_of_the_parts_and_faults_have_their_row(tmp_path: Path) -> None:
    pictures = [clouds(seed) for seed in range(3)]
    files = [saved(tmp_path, f"{seed}.png", picture) for seed, picture in enumerate(pictures)]
    (tmp_path / "cut.png").write_bytes(files[0].path.read_bytes()[:200])
    tiny = saved(tmp_path, "tiny.png", pictures[0][:8])
    asked = [
        files[0],
        PictureFile(tmp_path / "cut.png", "cut"),
        files[1],
        PictureFile(tmp_path / "gone.png", "gone"),
        tiny,
        files[2],
    ]
    done: list[int] = []
    traits = measure_traits(asked, MODEL, store=tmp_path / "store", on_progress=done.append)
    assert done[-1] == len(traits) == 6
    assert [bool(fault) for fault in traits.faults] == [False, True, False, True, True, False]
    assert [bool(sha256) for sha256 in traits.sha256] == [True, True, True, False, True, True]
    good = traits.take([0, 2, 5])
    assert good.names == ("0.png", "1.png", "2.png")
    assert good.sides.tolist() == [[96, 96]] * 3
    np.testing.assert_array_equal(good.hashes, difference_hashes(pictures))
    np.testing.assert_array_equal(good.mirrored, difference_hashes([picture[:, ::-1] for picture in pictures]))
    told = open_extractor(MODEL, threads=0).describe(pictures).copy
    np.testing.assert_allclose(good.copy, told, atol=2e-3)  # kept in half precision
    assert not traits.copy[[1, 3, 4]].any()


@pytest.mark.model
def test_nothing_is_measured_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [saved(tmp_path, f"{seed}.png", clouds(seed)) for seed in range(3)]
    same = PictureFile(files[1].path, "another name")
    store = tmp_path / "store"
    first = measure_traits([files[0], files[1]], MODEL, store=store)
    parts = sorted(store.rglob("*.npz"))
    again = measure_traits([same, files[0]], MODEL, store=store)
    assert sorted(store.rglob("*.npz")) == parts
    assert again.names == ("another name", "0.png")
    np.testing.assert_array_equal(again.copy, first.copy[::-1])
    cut = measure_traits([PictureFile(files[0].path, "cut", padded=True)], MODEL, store=store)
    assert len(list(store.rglob("*.npz"))) == 2  # without its borders it is another picture
    assert cut.sha256 == first.sha256[:1]
    parts[0].write_bytes(b"damaged")
    monkeypatch.setattr(picture_traits, "_CHUNK", 1)
    np.testing.assert_allclose(measure_traits(files, MODEL, store=store).copy[:2], first.copy, atol=2e-3)


@pytest.mark.model
def test_no_pictures_have_no_traits(tmp_path: Path) -> None:
    traits = measure_traits([PictureFile(tmp_path / "gone.png", "gone")], MODEL, store=tmp_path / "store")
    assert traits.copy.shape == (1, 256)
    assert len(measure_traits([], MODEL, store=tmp_path / "store")) == 0
