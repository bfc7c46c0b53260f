"""Videos and their strips in backups, and what `check` asks of their tables."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from data.backup import backup, restore
from data.catalogue import Catalogue
from data.thumbnails import ThumbnailStore
from data.video_upkeep import VideoUpkeep
from data.videos import VideoShelf
from errors import BadInput
from tests.data.new_images import MODEL, digest
from tests.data.new_videos import new_video
from tests.postgres import empty_database


@pytest.fixture
def instance(url: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]) -> tuple[Catalogue, Path]:
    """Give a catalogue with videos 1 to 4, of which 2 is removed again and 3 has no strip, and its folder."""
    folder = tmp_path / "instance"
    catalogue, posters = open_catalogue(url), ThumbnailStore(folder / "posters")
    shelf = VideoShelf(catalogue.database)
    for number in range(1, 5):
        new = new_video(number, collection="films")
        if number != 3:
            posters.put(new.sha256, b"strip %d" % number)
        shelf.add(new)
    [gone] = shelf.remove([2])
    posters.remove(gone.sha256)
    return catalogue, folder


def sha256_of(number: int) -> str:
    return digest(f"video {number}")


def test_videos_and_strips_come_back_from_a_backup(
    url: str, instance: tuple[Catalogue, Path], tmp_path: Path, open_catalogue: Callable[[str], Catalogue]
) -> None:
    catalogue, folder = instance
    manifest = backup(url, folder, tmp_path / "backup.tar")
    assert (manifest.videos, manifest.posters, manifest.missing_posters) == (3, 2, 1)
    again = tmp_path / "again"
    restored_url = f"sqlite:///{again / 'catalogue.sqlite'}"
    assert restore(tmp_path / "backup.tar", again, restored_url) == manifest
    was, now = VideoShelf(catalogue.database), VideoShelf(open_catalogue(restored_url).database)
    assert now.list_videos() == was.list_videos()
    assert now.ranges_of([1, 3, 4]) == was.ranges_of([1, 3, 4])
    assert now.changes_after(0) == was.changes_after(0)
    ids = [each.id for each in was.ranges_of([1, 3, 4])]
    assert (
        now.descriptors_of(ids, "frame", MODEL).vectors.tobytes()
        == was.descriptors_of(ids, "frame", MODEL).vectors.tobytes()
    )
    assert ThumbnailStore(again / "posters").read(sha256_of(4)) == b"strip 4"
    # It lives on: ids go on where they were, and none is given twice.
    assert now.add(new_video(9)) == (5, True)


def test_a_video_removed_while_its_strip_was_to_be_copied_is_left_out(
    url: str, instance: tuple[Catalogue, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, folder = instance
    posters, read = ThumbnailStore(folder / "posters"), ThumbnailStore.read

    def read_late(store: ThumbnailStore, sha256: str) -> bytes | None:
        if store.root.name == "posters" and sha256 == sha256_of(4):
            VideoShelf(catalogue.database).remove([4])
            posters.remove(sha256)
        return read(store, sha256)

    monkeypatch.setattr(ThumbnailStore, "read", read_late)
    manifest = backup(url, folder, tmp_path / "backup.tar")
    assert (manifest.videos, manifest.posters, manifest.missing_posters) == (2, 1, 1)


def test_a_backup_whose_strip_was_changed_is_refused(
    url: str, instance: tuple[Catalogue, Path], tmp_path: Path
) -> None:
    backup(url, instance[1], tmp_path / "good.tar")
    raw = (tmp_path / "good.tar").read_bytes()
    assert raw.count(b"strip 4") == 1
    (tmp_path / "bad.tar").write_bytes(raw.replace(b"strip 4", b"strip 5"))
    with pytest.raises(BadInput, match="other contents"):
        restore(tmp_path / "bad.tar", tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'catalogue.sqlite'}")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_backup_of_the_first_format_is_read(
    sqlite_url: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]
) -> None:
    VideoShelf(open_catalogue(sqlite_url).database).add(new_video(1))
    backup(sqlite_url, tmp_path / "instance", tmp_path / "new.tar")
    rewrite_manifest(tmp_path / "new.tar", tmp_path / "old.tar")
    folder = tmp_path / "again"
    restored_url = f"sqlite:///{folder / 'catalogue.sqlite'}"
    assert restore(tmp_path / "old.tar", folder, restored_url).format == 1
    assert VideoShelf(open_catalogue(restored_url).database).counts().videos == 1


def rewrite_manifest(archive: Path, target: Path) -> None:
    """Write an archive again as the version before the strips would have."""
    with tarfile.open(archive) as old, tarfile.open(target, "w:") as new:
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            data = file.read()
            if member.name == "manifest.json":
                values = {
                    name: value for name, value in json.loads(data).items() if "poster" not in name and name != "videos"
                }
                data = json.dumps(values | {"format": 1}).encode()
                member.size = len(data)
            new.addfile(member, io.BytesIO(data))


@pytest.mark.postgres
def test_a_database_that_has_held_videos_alone_is_not_restored_into(
    sqlite_url: str, postgres: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]
) -> None:
    open_catalogue(sqlite_url)
    backup(sqlite_url, tmp_path / "instance", tmp_path / "backup.tar")
    server = empty_database(postgres)
    restore(tmp_path / "backup.tar", tmp_path / "first", server)
    VideoShelf(open_catalogue(server).database).add(new_video(1))
    with pytest.raises(BadInput, match="empty database"):
        restore(tmp_path / "backup.tar", tmp_path / "second", server)


def test_what_upkeep_asks(url: str, instance: tuple[Catalogue, Path]) -> None:
    catalogue, _ = instance
    upkeep = VideoUpkeep(catalogue.database)
    assert list(upkeep.all_sha256()) == [(number, sha256_of(number)) for number in (1, 3, 4)]
    assert upkeep.known_sha256([sha256_of(2), sha256_of(3)]) == {sha256_of(3)}
    with upkeep.absent([sha256_of(2), sha256_of(3)]) as absent:
        assert absent == {sha256_of(2)}
    assert upkeep.undescribed(MODEL) == []
    assert upkeep.undescribed("another model") == [1, 3, 4]
    VideoShelf(catalogue.database).add(new_video(8, ranges=1))  # its one stretch is too plain for any model
    assert upkeep.undescribed("another model") == [1, 3, 4]


def test_the_newest_come_first_and_stretches_from_a_time_on(instance: tuple[Catalogue, Path]) -> None:
    shelf = VideoShelf(instance[0].database)
    assert [video.id for video in shelf.newest(limit=2)] == [4, 3]
    assert [video.id for video in shelf.newest(limit=2, skip=2)] == [1]
    assert shelf.stretches_of(3, 2) == [(0, 400), (500, 900)]
    assert [each.first_ms for each in shelf.ranges_from(3, 450, 5)] == [500, 1000]
    assert shelf.ranges_from(3, 2**70, 5) == []
