import bz2
import gzip
import io
import json
import lzma
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.sources import Skip, count_source, open_source
from data.sources.source import ArchiveLimits
from errors import FileTooLarge, SourceUnreadable
from tests.data.sources.making import MAX_BYTES, MEMBERS, add_member, make_tar, new_tar, outcomes

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("kind", ["", "gz", "bz2", "xz"])
def test_members_are_read_in_order(tmp_path: Path, kind: str) -> None:
    path = make_tar(tmp_path / "a.tar", kind=kind)
    source = open_source(path, max_bytes=MAX_BYTES)
    found = outcomes(source, tmp_path)
    assert found == {f"a.tar!{name}": data for name, data in MEMBERS.items()}
    assert list(found) == [f"a.tar!{name}" for name in MEMBERS]
    assert count_source(path) is None


@pytest.mark.parametrize("kind", ["", "gz"])
def test_a_record_is_read_after_the_source_has_moved_on(tmp_path: Path, kind: str) -> None:
    with open_source(make_tar(tmp_path / "a.tar", kind=kind), max_bytes=MAX_BYTES) as source:
        records = list(source)
    assert [record.read() for record in reversed(records)] == list(reversed(MEMBERS.values()))


@pytest.mark.parametrize("kind", ["", "gz"])
def test_links_devices_and_names_that_lead_elsewhere(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.tar"
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("inside.jpg", b"not descended into")
    with new_tar(path, kind) as archive:
        add_member(archive, "b.jpg", b"kept")
        add_member(archive, "link.jpg", kind=tarfile.SYMTYPE)
        add_member(archive, "hard.jpg", kind=tarfile.LNKTYPE)
        add_member(archive, "device.jpg", kind=tarfile.BLKTYPE)
        add_member(archive, "null.jpg", kind=tarfile.CHRTYPE)
        add_member(archive, "pipe.jpg", kind=tarfile.FIFOTYPE)
        add_member(archive, "folder", kind=tarfile.DIRTYPE)
        add_member(archive, "._b.jpg", b"resources")
        add_member(archive, "inner.zip", inner.getvalue())
        add_member(archive, "/etc/a.jpg", b"absolute")
        add_member(archive, "../../up.jpg", b"upwards")
        add_member(archive, "long/" * 60 + "name\n.jpg", b"long")
    source = open_source(path, max_bytes=MAX_BYTES)
    assert outcomes(source, tmp_path) == {
        "a.tar!b.jpg": b"kept",
        "a.tar!/etc/a.jpg": b"absolute",
        "a.tar!../../up.jpg": b"upwards",
        "a.tar!" + "long/" * 60 + "name\\x0a.jpg": b"long",
    }
    assert source.skipped == {Skip.LINK: 2, Skip.SPECIAL: 3, Skip.HIDDEN: 1, Skip.NOT_A_PICTURE: 1}
    assert [left.name for left in tmp_path.iterdir()] == ["a.tar"]


@pytest.mark.parametrize("kind", ["", "gz"])
def test_a_member_that_is_too_large_does_not_stop_the_others(tmp_path: Path, kind: str) -> None:
    path = make_tar(tmp_path / "a.tar", {"large.jpg": bytes(MAX_BYTES + 1), "b.jpg": b"b"}, kind=kind)
    found = outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path)
    assert isinstance(found["a.tar!large.jpg"], FileTooLarge)
    assert found["a.tar!b.jpg"] == b"b"


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_a_bomb_stops_where_it_exceeds_the_ratio(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.tar"
    with new_tar(path, kind) as archive:
        add_member(archive, "a.jpg", b"before")
        add_member(archive, "bomb.bin", bytes(30_000_000))
        add_member(archive, "b.jpg", b"behind")
    source = open_source(path, max_bytes=MAX_BYTES, archive=ArchiveLimits(max_ratio=50, free_bytes=1_000_000))
    found = outcomes(source, tmp_path)
    assert list(found) == ["a.tar!a.jpg", "a.tar"]
    assert "decompression bomb" in str(found["a.tar"])


@pytest.mark.parametrize("kind", ["", "gz"])
def test_more_members_than_allowed(tmp_path: Path, kind: str) -> None:
    path = make_tar(tmp_path / "a.tar", {f"{n}.jpg": b"" for n in range(11)}, kind=kind)
    found = outcomes(open_source(path, max_bytes=MAX_BYTES, archive=ArchiveLimits(max_members=10)), tmp_path)
    assert list(found) == [*(f"a.tar!{n}.jpg" for n in range(10)), "a.tar"]
    assert "at most 10 members" in str(found["a.tar"])


def test_a_million_members_in_a_few_kilobytes(tmp_path: Path) -> None:
    header = tarfile.TarInfo("a.jpg").tobuf()
    path = tmp_path / "a.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(1000):
            file.write(header * 1000)
    source = open_source(path, max_bytes=MAX_BYTES, archive=ArchiveLimits(max_ratio=1, free_bytes=2_000_000))
    names = [record.locator for record in source]
    assert len(names) * 512 < max(2_000_000, path.stat().st_size) + 100_000
    assert names[-1] == str(path)


@pytest.mark.parametrize("kind", ["", "gz", "bz2", "xz"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_an_archive_that_is_cut_off_is_named_and_gives_what_it_has(tmp_path: Path, kind: str, share: float) -> None:
    pictures = np.random.default_rng(8).integers(256, size=(30, 4000), dtype=np.uint8)
    members = {f"{n}.jpg": picture.tobytes() for n, picture in enumerate(pictures)}
    path = make_tar(tmp_path / "a.tar", members)
    data = COMPRESS[kind](path.read_bytes()[: 30 * 4608] + bytes(1024))  # each a header and eight blocks
    path.write_bytes(data[: int(len(data) * share)])
    if kind == "bz2":  # it packs blocks of 900 kB: not even the first member is whole
        with pytest.raises(SourceUnreadable, match=r"a\.tar"):
            open_source(path, max_bytes=MAX_BYTES)
        return
    found = outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path)
    assert isinstance(found.pop("a.tar"), SourceUnreadable)
    assert len(found) >= int(30 * share) - 3
    assert found == {f"a.tar!{name}": members[name] for name in list(members)[: len(found)]}


def test_members_behind_a_damaged_header_are_not_lost_in_silence(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "a.tar")
    data = bytearray(path.read_bytes())
    data[1024 + 150] ^= 1  # in the checksum of the second header: 512 of header and 512 of data come before
    path.write_bytes(data)
    found = outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path)
    assert list(found) == ["a.tar!b.jpg", "a.tar"]
    assert "after 1 members: cut off or damaged" in str(found["a.tar"])


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_wants_gigabytes_is_refused(tmp_path: Path, kind: bytes) -> None:
    header = tarfile.TarInfo("a")
    header.type, header.size = kind, 8 * 1024**3
    path = tmp_path / "a.tar"
    path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(4096))
    with pytest.raises(SourceUnreadable, match="a header of 8,589,934,592 bytes"):
        list(open_source(path, max_bytes=MAX_BYTES))


def test_headers_of_headers_without_end(tmp_path: Path) -> None:
    header = tarfile.TarInfo("a")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 5
    path = tmp_path / "a.tar"
    path.write_bytes((header.tobuf(tarfile.GNU_FORMAT) + b"name\0".ljust(512, b"\0")) * 5000)
    with pytest.raises(SourceUnreadable, match="recursion"):
        list(open_source(path, max_bytes=MAX_BYTES))


@pytest.mark.parametrize(
    ("name", "data"), [("a.tar", b""), ("a.tar", b"x" * 2000), ("a.txt.gz", gzip.compress(b"text", mtime=0))]
)
def test_what_is_no_tar_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceUnreadable, match=name):
        open_source(path, max_bytes=MAX_BYTES)


def test_a_json_of_the_same_name_tells_about_the_picture(tmp_path: Path) -> None:
    told = {"url": "HTTPS://example.org/a.jpg", "caption": "A heron", "license": "CC BY 4.0", "width": 3, "exif": "{}"}
    members = {
        "0000.json": json.dumps(told).encode(),
        "0000.jpg": b"told before",
        "0000.txt": b"A heron",
        "0001.jpg": b"told behind",
        "0001.json": b'{"TITLE": "A wren", "url": null, "similarity": [1, 2]}',
        "0002.jpg": b"not told",
        "other/0002.json": json.dumps(told).encode(),
    }
    with open_source(make_tar(tmp_path / "a.tar", members), max_bytes=MAX_BYTES) as source:
        first, second, third = source
    assert (first.locator, first.title, first.licence) == ("https://example.org/a.jpg", "A heron", "CC BY 4.0")
    assert (second.locator, second.title, second.licence) == (f"{tmp_path}/a.tar!0001.jpg", "A wren", None)
    assert (third.locator, third.title) == (f"{tmp_path}/a.tar!0002.jpg", None)
    assert [record.read() for record in (first, second, third)] == [b"told before", b"told behind", b"not told"]
    assert source.skipped == {Skip.NOT_A_PICTURE: 2}


@pytest.mark.parametrize("fields", [b"{", b"[]", b"\xff", b"[" * 100_000, b" " * 2**20 + b"{}"])
def test_a_json_that_cannot_be_read_loses_no_picture(tmp_path: Path, fields: bytes) -> None:
    path = make_tar(tmp_path / "a.tar", {"0.jpg": b"kept", "0.json": fields, "1.jpg": b"kept too"})
    source = open_source(path, max_bytes=MAX_BYTES)
    assert outcomes(source, tmp_path) == {"a.tar!0.jpg": b"kept", "a.tar!1.jpg": b"kept too"}
    assert source.skipped == {Skip.UNREADABLE_FIELDS: 1}


def test_the_name_of_the_owner_wins_over_the_collection_that_is_told(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "a.tar", {"0.jpg": b"", "0.json": b'{"collection": "theirs"}'})
    for mine, shown in ((None, "theirs"), ("mine", "mine")):
        with open_source(path, max_bytes=MAX_BYTES, collection=mine) as source:
            assert [record.collection for record in source] == [shown]


def test_neighbours_of_one_name_do_not_pile_up(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "a.tar", {f"0.{number}.jpg": bytes(MAX_BYTES // 2) for number in range(40)})
    tracemalloc.start()
    try:
        assert sum(1 for _ in open_source(path, max_bytes=MAX_BYTES)) == 40
        assert tracemalloc.get_traced_memory()[1] < 10 * MAX_BYTES
    finally:
        tracemalloc.stop()
