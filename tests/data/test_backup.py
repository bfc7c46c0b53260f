import io
import json
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.backup import backup, restore
from data.catalogue import Catalogue
from data.records import DescriptorKind, Image, Label
from data.thumbnails import ThumbnailStore
from errors import BadInput, RetraceError, StorageUnavailable
from tests.data.new_images import METHOD, MODEL, digest, keypoints, new_image, source
from tests.postgres import empty_database

KINDS: tuple[DescriptorKind, ...] = ("copy", "similar")


@pytest.fixture
def instance(url: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]) -> tuple[str, Path]:
    """Give address and folder of a catalogue with 20 pictures, one removed, one of them without a thumbnail."""
    folder = tmp_path / "instance"
    catalogue, thumbnails = open_catalogue(url), ThumbnailStore(folder / "thumbnails")
    for number in range(21):
        labels: dict[str, Label] = {"content_dog": "positive"} if number % 3 == 0 else {}
        catalogue.add_batch([new_image(number, title=f"Picture {number}", collection="abc"[number % 3], labels=labels)])
        if number != 7:
            thumbnails.put(digest(number), b"thumbnail %d" % number)
    catalogue.add_sources([(digest(3), source("https://example.org/3.jpg", backlink="https://example.org/"))])
    catalogue.remove([21])
    thumbnails.remove(digest(20))
    return url, folder


def _contents(catalogue: Catalogue) -> tuple[list[Image], list[object], list[list[int]]]:
    """Return all that a catalogue holds."""
    images = catalogue.list_images(limit=1000)
    vectors = [batch.vectors.tobytes() for kind in KINDS for batch in catalogue.descriptors(kind, MODEL)]
    carriers = [catalogue.ids_with_attribute(name).tolist() for name in ("content_dog", "media_comic")]
    features = catalogue.keypoints_of([image.id for image in images], METHOD)
    return images, [catalogue.changes_after(0), catalogue.counts(), vectors, features], carriers


def test_what_was_backed_up_comes_back(
    instance: tuple[str, Path], tmp_path: Path, open_catalogue: Callable[[str], Catalogue]
) -> None:
    url, folder = instance
    manifest = backup(url, folder, tmp_path / "backup.tar")
    assert (manifest.images, manifest.sources, manifest.last_change) == (20, 21, 22)
    assert (manifest.thumbnails, manifest.missing_thumbnails) == (19, 1)
    again = tmp_path / "again"
    restored_url = f"sqlite:///{again / 'catalogue.sqlite'}"
    assert restore(tmp_path / "backup.tar", again, restored_url) == manifest
    original, restored = open_catalogue(url), open_catalogue(restored_url)
    assert _contents(restored) == _contents(original)
    assert restored.catalogue_id() != original.catalogue_id()
    assert restored.keypoints_of(range(1, 22), METHOD) == {number + 1: keypoints(number) for number in range(20)}
    assert list(ThumbnailStore(again / "thumbnails").all()) == list(ThumbnailStore(folder / "thumbnails").all())
    assert ThumbnailStore(again / "thumbnails").read(digest(5)) == b"thumbnail 5"
    # It lives on: ids and numbers go on where they were.
    [added] = restored.add_batch([new_image(500)])
    assert (added.image_id, restored.last_change()) == (22, 23)
    restored.close()
    assert sorted(path.name for path in again.iterdir()) == ["catalogue.sqlite", "thumbnails"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.postgres
def test_a_backup_moves_from_one_database_to_the_other(
    sqlite_url: str, postgres: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]
) -> None:
    original = open_catalogue(sqlite_url)
    original.add_batch([new_image(number, labels={"content_dog": "unsure"}) for number in range(5)])
    backup(sqlite_url, tmp_path / "instance", tmp_path / "backup.tar")
    server = empty_database(postgres)
    restore(tmp_path / "backup.tar", tmp_path / "again", server)
    moved = open_catalogue(server)
    assert _contents(moved) == _contents(original)
    moved.add_batch([new_image(77)])
    with pytest.raises(BadInput, match="empty database"):
        restore(tmp_path / "backup.tar", tmp_path / "third", server)
    assert moved.counts().images == 6
    assert not (tmp_path / "third" / "thumbnails").exists()


def test_a_backup_while_serving_is_of_one_moment(
    url: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]
) -> None:
    folder = tmp_path / "instance"
    catalogue, thumbnails = open_catalogue(url), ThumbnailStore(folder / "thumbnails")
    done = threading.Event()
    first = threading.Event()

    def add_and_remove() -> None:
        number = 0
        while not done.is_set():
            for each in range(number, number + 3):
                thumbnails.put(digest(each), b"%d" % each)
            added = catalogue.add_batch([new_image(each) for each in range(number, number + 3)])
            [gone] = catalogue.remove([added[1].image_id])
            thumbnails.remove(gone.sha256)
            number += 3
            first.set()

    writer = threading.Thread(target=add_and_remove)
    writer.start()
    first.wait()
    try:
        for turn in range(3):
            manifest = backup(url, folder, tmp_path / f"{turn}.tar")
            assert manifest.missing_thumbnails == 0
            assert manifest.images == manifest.thumbnails > 0
    finally:
        done.set()
        writer.join()
    again = tmp_path / "again"
    restored_url = f"sqlite:///{again / 'catalogue.sqlite'}"
    restore(tmp_path / "2.tar", again, restored_url)
    restored = open_catalogue(restored_url)
    hashes = {sha256 for _, sha256 in restored.all_sha256()}
    assert hashes == set(ThumbnailStore(again / "thumbnails").all())
    assert len(restored.changes_after(0)) == restored.last_change()
    ids = np.concatenate([batch.ids for batch in restored.descriptors("copy", MODEL)])
    assert ids.tolist() == [image_id for image_id, _ in restored.all_sha256()]


def test_nothing_is_overwritten(sqlite_url: str, tmp_path: Path) -> None:
    folder, archive = tmp_path / "instance", tmp_path / "backup.tar"
    backup(sqlite_url, folder, archive)
    with pytest.raises(BadInput, match="already"):
        backup(sqlite_url, folder, archive)
    with pytest.raises(BadInput, match="empty folder"):
        restore(archive, folder, sqlite_url)
    with pytest.raises(BadInput, match="already"):
        restore(archive, tmp_path / "new", sqlite_url)
    with pytest.raises(StorageUnavailable):
        backup(sqlite_url, folder, tmp_path / "no such folder" / "backup.tar")


NAME = f"thumbnails/{digest(1)[:2]}/{digest(1)}.webp"


def _member(name: str, data: bytes = b"data", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    for field, value in fields.items():
        setattr(member, field, value)
    return member, data


HOSTILE = {
    "a path out of the folder": [_member("../../outside")],
    "a thumbnail that leads out": [_member(f"thumbnails/../{NAME}")],
    "an absolute path": [_member("/outside")],
    "a thumbnail in the wrong shard": [_member(f"thumbnails/zz/{digest(1)}.webp")],
    "a symbolic link": [_member(NAME, b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")],
    "a hard link": [_member("catalogue.sqlite", b"", type=tarfile.LNKTYPE, linkname="/etc/passwd")],
    "a device": [_member(NAME, b"", type=tarfile.CHRTYPE)],
    "a folder": [_member("thumbnails", b"", type=tarfile.DIRTYPE)],
    "the same thumbnail twice": [_member(NAME), _member(NAME)],
    "a database twice": [_member("catalogue.sqlite"), _member("catalogue.sqlite")],
    "a thumbnail too large": [_member(NAME, bytes(9 << 20))],
    "a manifest too large": [_member("manifest.json", bytes(2 << 20))],
    "a manifest that is no JSON": [_member("manifest.json", b"{")],
    "a manifest without a format": [_member("manifest.json", b"{}")],
    "a manifest of another format": [_member("manifest.json", b'{"format": 99}')],
    "a manifest that is a list": [_member("manifest.json", b"[]")],
    "nothing at all": [],
    "no manifest": [_member(NAME), _member("catalogue.sqlite")],
}


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE)
def test_an_archive_that_is_no_backup_is_refused_and_leaves_nothing(
    members: list[tuple[tarfile.TarInfo, bytes]], tmp_path: Path
) -> None:
    archive = tmp_path / "hostile.tar"
    with tarfile.open(archive, "w:") as tar:
        for member, data in members:
            tar.addfile(member, io.BytesIO(data))
    folder = tmp_path / "deep" / "deeper" / "new"
    with pytest.raises(BadInput, match=r"not a backup|at most"):
        restore(archive, folder, f"sqlite:///{folder / 'catalogue.sqlite'}")
    assert list(folder.iterdir()) == []
    assert not list(tmp_path.rglob("*outside*"))


def _repacked(archive: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """Write an archive again with members changed, or left out where `change` gives None."""
    with tarfile.open(archive) as old, tarfile.open(target, "w:") as new:
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            data = change(member.name, file.read())
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))


def _without_one_change(name: str, data: bytes) -> bytes:
    if name != "manifest.json":
        return data
    return json.dumps(json.loads(data) | {"last_change": 1}).encode()


DAMAGES: dict[str, Callable[[str, bytes], bytes | None]] = {
    "a thumbnail changed": lambda name, data: b"other" if name.startswith("thumbnails/") else data,
    "a thumbnail left out": lambda name, data: None if name == NAME else data,
    "the database changed": lambda name, data: data[:-1] + b"x" if name.endswith(".sqlite") else data,
    "the database left out": lambda name, data: None if name.endswith(".sqlite") else data,
    "the manifest left out": lambda name, data: None if name == "manifest.json" else data,
    "the manifest tells other numbers": _without_one_change,
}


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    change: Callable[[str, bytes], bytes | None],
    sqlite_url: str,
    tmp_path: Path,
    open_catalogue: Callable[[str], Catalogue],
) -> None:
    open_catalogue(sqlite_url).add_batch([new_image(number) for number in range(3)])
    for number in range(3):
        ThumbnailStore(tmp_path / "instance" / "thumbnails").put(digest(number), b"thumbnail")
    backup(sqlite_url, tmp_path / "instance", tmp_path / "good.tar")
    _repacked(tmp_path / "good.tar", tmp_path / "bad.tar", change)
    folder = tmp_path / "new"
    with pytest.raises(BadInput):
        restore(tmp_path / "bad.tar", folder, f"sqlite:///{folder / 'catalogue.sqlite'}")
    assert list(folder.iterdir()) == []
    restore(tmp_path / "good.tar", folder, f"sqlite:///{folder / 'catalogue.sqlite'}")


def test_a_backup_cut_off_anywhere_is_refused(
    sqlite_url: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]
) -> None:
    open_catalogue(sqlite_url).add_batch([new_image(1)])
    backup(sqlite_url, tmp_path / "instance", tmp_path / "good.tar")
    whole = (tmp_path / "good.tar").read_bytes()
    folder = tmp_path / "new"
    for share in (0.0, 0.1, 0.5, 0.8):
        (tmp_path / "cut.tar").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(BadInput):
            restore(tmp_path / "cut.tar", folder, f"sqlite:///{folder / 'catalogue.sqlite'}")
    with pytest.raises(RetraceError, match="no backup"):
        restore(tmp_path / "absent.tar", folder, f"sqlite:///{folder / 'catalogue.sqlite'}")
