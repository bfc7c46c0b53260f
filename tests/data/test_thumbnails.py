import os
import threading
from pathlib import Path

import pytest

from data.thumbnails import ThumbnailStore
from errors import NotFound, StorageUnavailable
from tests.data.new_images import digest


@pytest.fixture
def store(tmp_path: Path) -> ThumbnailStore:
    return ThumbnailStore(tmp_path / "thumbnails")


def test_what_is_put_is_read_until_removed(store: ThumbnailStore) -> None:
    assert store.read(digest(1)) is None
    assert list(store.all()) == []
    store.put(digest(1), b"first")
    store.put(digest(2), b"second")
    store.put(digest(1), b"again")
    assert store.read(digest(1)) == b"again"
    assert store.path(digest(2)).read_bytes() == b"second"
    assert list(store.all()) == sorted([digest(1), digest(2)])
    store.remove(digest(1))
    store.remove(digest(1))
    assert store.read(digest(1)) is None
    assert list(store.all()) == [digest(2)]


@pytest.mark.parametrize(
    "name", ["", "ab", "../" * 22, "/etc/passwd", "A" * 64, "g" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", "\x00" * 64]
)
def test_only_hashes_are_names(store: ThumbnailStore, name: str) -> None:
    for use in (store.path, store.read, store.remove, lambda name: store.put(name, b"")):
        with pytest.raises(NotFound, match="64"):
            use(name)


def test_a_reader_never_sees_half_a_thumbnail(store: ThumbnailStore) -> None:
    contents = [bytes([value]) * 300_000 for value in (1, 2)]
    store.put(digest(1), contents[0])
    done = threading.Event()
    odd: list[bytes | None] = []

    def look() -> None:
        while not done.is_set():
            seen = store.read(digest(1))
            if seen not in contents:
                odd.append(seen)

    reader = threading.Thread(target=look)
    reader.start()
    for turn in range(100):
        store.put(digest(1), contents[turn % 2])
    done.set()
    reader.join()
    assert odd == []


def test_what_a_killed_writer_left_is_no_thumbnail_and_is_swept(store: ThumbnailStore) -> None:
    store.put(digest(1), b"whole")
    left = store.path(digest(1)).with_name(f".{digest(2)}.0123456789abcdef.part")
    left.write_bytes(b"ha")
    (store.root / "notes.txt").write_text("somebody's own")
    assert list(store.all()) == [digest(1)]
    assert store.sweep() == 0
    os.utime(left, (0, 0))
    assert store.sweep() == 1
    assert not left.exists()
    assert list(store.all()) == [digest(1)]


def test_a_place_that_cannot_be_written_or_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "thumbnails").write_text("a file where the folder should be")
    store = ThumbnailStore(tmp_path / "thumbnails")
    for use in (store.read, store.remove, lambda name: store.put(name, b""), lambda _: list(store.all())):
        with pytest.raises(StorageUnavailable, match="thumbnails"):
            use(digest(1))
    assert list(tmp_path.iterdir()) == [tmp_path / "thumbnails"]


def test_an_empty_file_that_a_loss_of_power_left_is_no_thumbnail(store: ThumbnailStore) -> None:
    store.put(digest(1), b"whole")
    store.put(digest(2), b"whole")
    store.path(digest(2)).write_bytes(b"")
    assert [store.has(digest(number)) for number in (1, 2, 3)] == [True, False, False]
    assert list(store.all()) == [digest(1)]
