import io
import stat
import struct
import tracemalloc
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.sources import Skip, count_source, open_source
from data.sources.source import ArchiveLimits
from errors import FileTooLarge, SourceUnreadable
from tests.data.sources.making import MAX_BYTES, MEMBERS, make_zip, outcome, outcomes


def member(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def encrypt(path: Path) -> None:
    """Mark every member as encrypted, in its own header and in the directory."""
    data = bytearray(path.read_bytes())
    for signature, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + flags_at] |= 1
            at = data.find(signature, at + 4)
    path.write_bytes(data)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_read_in_the_order_of_the_directory(tmp_path: Path, compression: int) -> None:
    path = make_zip(tmp_path / "a.zip", compression=compression)
    source = open_source(path, max_bytes=MAX_BYTES, collection="mine")
    assert outcomes(source, tmp_path) == {f"a.zip!{name}": data for name, data in MEMBERS.items()}
    assert count_source(path) == len(MEMBERS)
    assert list(outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path)) == [f"a.zip!{name}" for name in MEMBERS]


def test_what_is_no_picture_is_counted(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("inside.jpg", b"not descended into")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("kept.jpg", b"kept")
        archive.writestr("folder/", b"")
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("__MACOSX/._kept.jpg", b"")
        archive.writestr(member("link.jpg", stat.S_IFLNK | 0o777), b"/etc/passwd")
        archive.writestr(member("pipe.jpg", stat.S_IFIFO | 0o666), b"")
    source = open_source(path, max_bytes=MAX_BYTES)
    assert outcomes(source, tmp_path) == {"a.zip!kept.jpg": b"kept"}
    assert source.skipped == {Skip.NOT_A_PICTURE: 1, Skip.HIDDEN: 1, Skip.LINK: 1, Skip.SPECIAL: 1}
    assert count_source(path) == 1


def test_names_that_lead_elsewhere_only_name_members(tmp_path: Path) -> None:
    members = {"/etc/a.jpg": b"a", "../../b.jpg": b"b", "c\n\x1b.jpg": b"c", "d\u202e絵.jpg": b"d"}
    source = open_source(make_zip(tmp_path / "a.zip", members), max_bytes=MAX_BYTES)
    assert outcomes(source, tmp_path) == {
        "a.zip!/etc/a.jpg": b"a",
        "a.zip!../../b.jpg": b"b",
        "a.zip!c\\x0a\\x1b.jpg": b"c",
        "a.zip!d\u202e絵.jpg": b"d",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_encrypted_members_are_named(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip")
    encrypt(path)
    for name, error in outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path).items():
        assert isinstance(error, SourceUnreadable)
        assert f"{name}: encrypted" in str(error)
        assert "password" in error.remedy


def test_a_member_that_is_too_large_is_never_unpacked(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"large.jpg": bytes(MAX_BYTES + 1), "small.jpg": bytes(MAX_BYTES)})
    found = outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path)
    assert isinstance(found["a.zip!large.jpg"], FileTooLarge)
    assert found["a.zip!small.jpg"] == bytes(MAX_BYTES)


def test_a_damaged_member_does_not_stop_the_others(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"first" * 50, b"First" * 50))
    found = outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path)
    assert isinstance(found.pop("a.zip!a.png"), SourceUnreadable)
    assert set(found.values()) == {MEMBERS["b.jpg"], MEMBERS["deep/er/c.webp"]}


def test_a_member_that_lies_about_its_size_gives_no_more(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.jpg": bytes(MAX_BYTES * 100)})
    declare_size(path, 100)
    (error,) = outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path).values()
    assert isinstance(error, SourceUnreadable)


def declare_size(path: Path, size: int) -> None:
    """Make the only member of a zip claim to unpack to `size` bytes."""
    data = bytearray(path.read_bytes())
    for signature, size_at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.find(signature) + size_at, size)
    path.write_bytes(data)


def test_a_member_that_hides_its_size_is_not_unpacked_beyond_what_it_declares(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.jpg": bytes(50_000_000)})
    declare_size(path, 100)
    (record,) = open_source(path, max_bytes=MAX_BYTES)
    tracemalloc.start()
    assert isinstance(outcome(record), SourceUnreadable)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 1_000_000


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_unpacks_without_bound_is_refused_by_member(tmp_path: Path, compression: int) -> None:
    """Of bzip2, a few hundred bytes that declare a thousand would unpack to gigabytes."""
    path = make_zip(tmp_path / "a.zip", {"a.jpg": b"a"}, compression=compression)
    (error,) = outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path).values()
    assert isinstance(error, SourceUnreadable)
    assert "stored or compressed by deflate" in str(error)


@pytest.mark.parametrize("overlapping", [False, True])
def test_a_bomb_is_refused_by_the_sizes_it_declares(tmp_path: Path, overlapping: bool) -> None:
    """Many members, and many entries of the directory that share one member (Fifield, 2019)."""
    path = make_zip(tmp_path / "a.zip", {f"{n}.jpg": bytes(MAX_BYTES) for n in range(2 if overlapping else 500)})
    if overlapping:
        data = path.read_bytes()
        start, end = data.find(b"PK\x01\x02"), data.find(b"PK\x05\x06")
        entry = data[start : data.find(b"PK\x01\x02", start + 4)]
        directory = entry * 500
        tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 500, 500, len(directory), start, 0)
        path.write_bytes(data[:start] + directory + tail)
        assert len(data[end:]) == len(tail)
    limits = ArchiveLimits(max_ratio=50, free_bytes=100_000)
    with pytest.raises(SourceUnreadable, match=r"received 5,000,000 bytes .* decompression bomb"):
        open_source(path, max_bytes=MAX_BYTES, archive=limits)
    assert len(list(open_source(path, max_bytes=MAX_BYTES))) == 500  # small enough by the usual limits


def test_a_million_members_are_refused_before_they_are_read(tmp_path: Path) -> None:
    """A directory of 47 MB: each entry would become an object of some hundred bytes."""
    count = 1_000_000
    path = make_zip(tmp_path / "a.zip", {"a": b""}, compression=zipfile.ZIP_STORED)
    data = path.read_bytes()
    start, end = data.find(b"PK\x01\x02"), data.find(b"PK\x05\x06")
    with path.open("wb") as file:
        file.write(data[:start])
        for _ in range(1000):
            file.write(data[start:end] * (count // 1000))
        size = (end - start) * count
        end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, start + size, 1)
        file.write(end64 + locator + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, size, start, 0))
    with pytest.raises(SourceUnreadable, match=r"at most 500,000 members; received 1,000,000"):
        open_source(path, max_bytes=MAX_BYTES)
    with pytest.raises(SourceUnreadable, match="members"):
        count_source(path)
    path.unlink()


@pytest.mark.parametrize("comment", [b"", b"a comment"])
def test_a_directory_that_hides_its_count_is_refused_by_its_size(tmp_path: Path, comment: bytes) -> None:
    path = make_zip(tmp_path / "a.zip", {f"{n}.txt": b"" for n in range(100)})
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<2H", data, end + 8, 1, 1)
    struct.pack_into("<H", data, end + 20, len(comment))
    path.write_bytes(data + comment)
    assert len(zipfile.ZipFile(path).infolist()) == 100
    with pytest.raises(SourceUnreadable, match="a directory of at most 1,000 bytes"):
        open_source(path, max_bytes=MAX_BYTES, archive=ArchiveLimits(max_directory_bytes=1000))


@pytest.mark.parametrize("keep", [0, 3, 40, 300, -30, -1])
def test_a_zip_that_is_cut_off_is_refused(tmp_path: Path, keep: int) -> None:
    path = make_zip(tmp_path / "a.zip")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(SourceUnreadable, match=r"a\.zip"):
        open_source(path, max_bytes=MAX_BYTES)


def test_members_are_read_by_many_threads_also_after_the_source_is_closed(tmp_path: Path) -> None:
    members = {f"{n}.jpg": bytes([n]) * MAX_BYTES for n in range(200)}
    with open_source(make_zip(tmp_path / "a.zip", members), max_bytes=MAX_BYTES) as source:
        records = list(source)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda record: record.read(), records)) == list(members.values())
