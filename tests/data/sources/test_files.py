import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.sources import Skip, count_source, open_source
from errors import FileTooLarge, SourceUnreadable
from tests.data.sources.making import MAX_BYTES, outcomes


def write(path: Path, data: bytes = b"picture") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_folder_gives_its_pictures_in_order_of_name(tmp_path: Path) -> None:
    names = ["10.jpg", "2.jpg", "b/x.png", "b/a/y.webp", "c.gif", "a.TIFF"]
    for name in names:
        write(tmp_path / name, name.encode())
    source = open_source(tmp_path, max_bytes=MAX_BYTES, collection="mine")
    records = list(source)
    assert [record.locator for record in records] == [
        str(tmp_path / name) for name in ["10.jpg", "2.jpg", "a.TIFF", "b/a/y.webp", "b/x.png", "c.gif"]
    ]
    assert all(record.read() == record.locator.removeprefix(f"{tmp_path}/").encode() for record in records)
    assert {record.collection for record in records} == {"mine"}
    assert count_source(tmp_path) == len(names)


def test_a_folder_counts_what_it_leaves_out(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "secret.jpg")
    folder = tmp_path / "folder"
    kept = write(folder / "kept.jpg")
    write(folder / "notes.txt")
    write(folder / ".hidden.jpg")
    write(folder / ".cache" / "never-looked-at.jpg")
    (folder / "out.jpg").symlink_to(outside)
    (folder / "circle").symlink_to(folder)
    (folder / "in.jpg").symlink_to(kept)
    os.mkfifo(folder / "pipe.jpg")
    source = open_source(folder, max_bytes=MAX_BYTES)
    assert list(outcomes(source, folder)) == ["in.jpg", "kept.jpg"]
    assert source.skipped == {Skip.NOT_A_PICTURE: 1, Skip.HIDDEN: 2, Skip.LINK: 2, Skip.SPECIAL: 1}
    assert count_source(folder) == 2


def test_a_picture_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").symlink_to(tmp_path / "gone.jpg")
    write(tmp_path / "c.jpg", bytes(MAX_BYTES + 1))
    write(tmp_path / "d.jpg", bytes(MAX_BYTES))
    found = outcomes(open_source(tmp_path, max_bytes=MAX_BYTES), tmp_path)
    assert found["a.jpg"] == b"picture"
    assert isinstance(found["b.jpg"], SourceUnreadable)
    assert "b.jpg" in str(found["b.jpg"])
    assert isinstance(found["c.jpg"], FileTooLarge)
    assert "10,001" in str(found["c.jpg"])
    assert found["d.jpg"] == bytes(MAX_BYTES)


def test_a_subfolder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.jpg")
    monkeypatch.chdir(tmp_path)
    for _ in range(20):  # beyond the longest path that the system takes, which stops root as well
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)
    found = outcomes(open_source(tmp_path, max_bytes=MAX_BYTES), tmp_path)
    assert found.pop("a.jpg") == b"picture"
    ((name, error),) = found.items()
    assert name.startswith("ddd")
    assert isinstance(error, SourceUnreadable)
    assert "name too long" in str(error)


def test_a_file_that_goes_away_after_listing_fails_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg")
    (record,) = open_source(tmp_path, max_bytes=MAX_BYTES)
    path.unlink()
    with pytest.raises(SourceUnreadable, match=r"a\.jpg: No such file"):
        record.read()


def test_a_name_that_is_not_utf8_can_be_read_and_shown(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9\n.jpg")
    write(tmp_path / name)
    (record,) = open_source(tmp_path, max_bytes=MAX_BYTES)
    assert record.read() == b"picture"
    assert record.locator == f"{tmp_path}/caf\\udce9\\x0a.jpg"


def test_one_spelling_of_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "folder" / "a.jpg")
    monkeypatch.chdir(tmp_path / "folder")
    for spelling in (".", "../folder", "a.jpg", "../folder/./a.jpg", tmp_path / "folder"):
        (record,) = open_source(spelling, max_bytes=MAX_BYTES)
        assert record.locator == str(tmp_path / "folder" / "a.jpg")


@pytest.fixture
def deep_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a picture 1,200 levels down, taken away by hand as `shutil.rmtree` recurses."""
    monkeypatch.chdir(tmp_path)
    for _ in range(1200):
        Path("d").mkdir()
        os.chdir("d")
    write(Path("a.jpg"))
    yield tmp_path
    Path("a.jpg").unlink()
    for _ in range(1200):
        os.chdir("..")
        Path("d").rmdir()


def test_folders_nested_deeper_than_python_recurses(deep_folder: Path) -> None:
    assert count_source(deep_folder) == 1


def test_a_single_file_is_offered_whatever_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "no-ending")
    (record,) = open_source(path, max_bytes=MAX_BYTES)
    assert record.read() == b"picture"
    assert count_source(path) == 1
