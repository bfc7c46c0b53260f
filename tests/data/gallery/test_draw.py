import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.gallery import GalleryPicture, draw_gallery
from data.gallery.draw import MANIFEST
from data.gallery.programme import programme
from data.gallery.table import TABLE
from data.sources import open_source
from errors import BadRequest, StorageUnavailable

WORKS, COPIES = programme()
ONE_OF_EACH = list({work.medium: work.name for work in WORKS}.values())
COPY = COPIES[0]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> list[GalleryPicture]:
    folder = tmp_path_factory.mktemp("gallery")
    return draw_gallery(folder, workers=1, only=[*ONE_OF_EACH, COPY.name])


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def small_grey(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L").resize((32, 32)), dtype=np.float64)


def test_every_medium_is_drawn_in_its_size_and_format(gallery: list[GalleryPicture]) -> None:
    works = {work.file: work for work in WORKS}
    originals = [picture for picture in gallery if picture.copy_of is None]
    assert {picture.medium for picture in originals} == {work.medium for work in WORKS}
    for picture in originals:
        work = works[picture.path.name]
        with Image.open(picture.path) as image:
            assert image.size == (work.width, work.height)
            assert f".{image.format}".lower().replace("jpeg", "jpg") == work.suffix


def test_no_picture_is_empty(gallery: list[GalleryPicture]) -> None:
    for picture in gallery:
        assert small_grey(picture.path).std() > 8, picture.title


def test_the_seed_decides_the_pixels_and_the_number_of_workers_does_not(
    gallery: list[GalleryPicture], tmp_path: Path
) -> None:
    some = [*ONE_OF_EACH[:2], COPY.name]
    again = draw_gallery(tmp_path / "again", workers=2, only=some)
    other = draw_gallery(tmp_path / "other", workers=1, seed=8, only=some[:1])
    first = {picture.path.name: picture.path.read_bytes() for picture in gallery}
    assert all(first[picture.path.name] == picture.path.read_bytes() for picture in again)
    assert all(first[picture.path.name] != picture.path.read_bytes() for picture in other)


def test_drawing_twice_leaves_every_file_as_it_was(gallery: list[GalleryPicture]) -> None:
    folder = gallery[0].path.parent
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    calls: list[tuple[int, int]] = []
    again = draw_gallery(
        folder, workers=1, only=[*ONE_OF_EACH, COPY.name], progress=lambda done, total: calls.append((done, total))
    )
    assert again == gallery
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert calls == [(len(gallery), len(gallery))]


def test_a_damaged_or_missing_file_is_drawn_again(tmp_path: Path) -> None:
    first, second = (picture.path for picture in draw_gallery(tmp_path, workers=1, only=ONE_OF_EACH[:2]))
    whole = digests(tmp_path)
    first.write_bytes(first.read_bytes()[:100])
    second.unlink()
    calls: list[tuple[int, int]] = []
    draw_gallery(tmp_path, workers=1, only=ONE_OF_EACH[:2], progress=lambda done, total: calls.append((done, total)))
    assert digests(tmp_path) == whole
    assert calls == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"edition": -1, "seed": 7, "files": {}}', '{"edition": 1}', '{"edition": 1, "seed": 7}']
)
def test_a_manifest_that_says_nothing_useful_is_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    draw_gallery(tmp_path, workers=1, only=["emblem-ember-vector"])
    assert (tmp_path / MANIFEST).read_text(encoding="utf-8") != text


def test_drawing_more_keeps_what_is_listed_already(tmp_path: Path) -> None:
    names = ["emblem-ember-vector", "balance-noon-vector"]
    for name in names:
        draw_gallery(tmp_path, workers=1, only=[name])
    with (tmp_path / TABLE).open(encoding="utf-8", newline="") as table:
        assert {row["path"] for row in csv.DictReader(table)} == {f"{name}.png" for name in names}


def test_a_copy_brings_its_original_and_names_it(gallery: list[GalleryPicture], tmp_path: Path) -> None:
    drawn = draw_gallery(tmp_path, workers=1, only=[COPY.name])
    original, copy = drawn
    assert (original.path.name, copy.path.name) == (COPY.original.file, COPY.file)
    assert (copy.copy_of, copy.edit) == (original.path.name, COPY.edit)
    assert copy.labels == original.labels
    assert copy.path.read_bytes() != original.path.read_bytes()


def test_the_table_is_one_that_the_sources_read(gallery: list[GalleryPicture]) -> None:
    table = gallery[0].path.parent / TABLE
    records = list(open_source(table, max_bytes=1_000_000))
    assert [record.title for record in records] == [picture.title for picture in gallery]
    assert {record.licence for record in records} == {"CC0-1.0"}
    assert {record.collection for record in records} == {"Sample gallery"}
    assert [record.read() for record in records] == [picture.path.read_bytes() for picture in gallery]


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="mona-lisa"):
        draw_gallery(tmp_path, only=["mona-lisa"])


def test_a_folder_that_cannot_be_made_is_a_storage_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable):
        draw_gallery(tmp_path / "file" / "gallery", only=ONE_OF_EACH[:1])


def test_no_half_written_file_is_left(gallery: list[GalleryPicture]) -> None:
    assert not list(gallery[0].path.parent.glob(".*"))
