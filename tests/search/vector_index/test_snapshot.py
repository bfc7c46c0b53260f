import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest

from errors import SnapshotRefused, StorageUnavailable
from search.vector_index import snapshot
from search.vector_index.contract import IndexIdentity
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from search.vector_index.snapshot import HEADER, check_snapshot
from tests.vectors import IDENTITY, draw_vectors


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    index = LSHIndex(IDENTITY)
    index.add(np.arange(500), draw_vectors(500, seed=1))
    index.change = 7
    index.save(tmp_path / "snapshot")
    return tmp_path / "snapshot"


def forge(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change the header and give it a right checksum again."""
    outer = json.loads((path / HEADER).read_text())
    change(outer["header"])
    outer["blake2b"] = blake2b(json.dumps(outer["header"], sort_keys=True).encode()).hexdigest()
    (path / HEADER).write_text(json.dumps(outer))


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def refused(path: Path, identity: IndexIdentity = IDENTITY) -> str:
    with pytest.raises(SnapshotRefused) as caught:
        LSHIndex.open(path, identity)
    return str(caught.value)


def test_an_empty_index_survives_saving(tmp_path: Path) -> None:
    LSHIndex(IDENTITY).save(tmp_path / "empty")
    opened = LSHIndex.open(tmp_path / "empty", IDENTITY)
    assert len(opened) == 0
    opened.add(np.array([3]), draw_vectors(1, seed=1))
    assert opened.search(draw_vectors(1, seed=1), 1).ids.tolist() == [[3]]


def test_answers_are_the_same_after_opening(saved: Path, tmp_path: Path) -> None:
    opened = LSHIndex.open(saved, IDENTITY)
    opened.save(tmp_path / "again")
    assert {file.name: file.read_bytes() for file in saved.iterdir()} == {
        file.name: file.read_bytes() for file in (tmp_path / "again").iterdir()
    }


def test_mapped_pages_outlive_the_removal_of_the_files(saved: Path) -> None:
    opened = LSHIndex.open(saved, IDENTITY)
    for file in saved.iterdir():
        file.unlink()
    assert opened.search(draw_vectors(500, seed=1)[:1], 1).ids.tolist() == [[0]]


@pytest.mark.parametrize(
    "identity",
    [
        replace(IDENTITY, model_id="00" * 32),
        replace(IDENTITY, kind="similar"),
        replace(IDENTITY, dim=64),
        replace(IDENTITY, catalogue_id="another catalogue"),
    ],
)
def test_another_identity_is_refused(saved: Path, identity: IndexIdentity) -> None:
    assert "expected an index snapshot of" in refused(saved, identity)


def test_another_method_is_refused(saved: Path) -> None:
    with pytest.raises(SnapshotRefused, match="method 'exact'"):
        ExactIndex.open(saved, IDENTITY)


@pytest.mark.parametrize("name", [HEADER, "ids.npy", "vectors.npy", "words.npy", "directions.npy"])
class TestDamage:
    def test_an_absent_file(self, saved: Path, name: str) -> None:
        (saved / name).unlink()
        refused(saved)

    def test_a_file_cut_off(self, saved: Path, name: str) -> None:
        data = (saved / name).read_bytes()
        (saved / name).write_bytes(data[:-1])
        refused(saved)

    def test_an_empty_file(self, saved: Path, name: str) -> None:
        (saved / name).write_bytes(b"")
        refused(saved)

    @pytest.mark.parametrize("place", [0, 0.5, 0.99])
    def test_a_flipped_bit(self, saved: Path, name: str, place: float) -> None:
        flip(saved / name, int(place * (saved / name).stat().st_size))
        assert name in refused(saved) or name == HEADER
        with pytest.raises(SnapshotRefused):
            check_snapshot(saved)

    def test_another_snapshots_file(self, saved: Path, name: str, tmp_path: Path) -> None:
        other = LSHIndex(replace(IDENTITY, model_id="11" * 32), seed=3)
        other.add(np.arange(1, 501), draw_vectors(500, seed=2))
        other.save(tmp_path / "other")
        (saved / name).write_bytes((tmp_path / "other" / name).read_bytes())
        refused(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda header: header.update(version=2), "version 1; received 2"),
        (lambda header: header.update(byte_order="big"), "byte_order"),
        (lambda header: header.update(count="500"), "count"),
        (lambda header: header.update(count=499), "its arrays disagree"),
        (lambda header: header.update(change=-1), "change"),
        (lambda header: header.update(more=1), "more"),
        (lambda header: header.pop("kind"), "kind"),
        (lambda header: header["files"].pop("words.npy"), "lacks its words"),
        (lambda header: header["files"].pop("directions.npy"), "directions"),
        (lambda header: header["parameters"].update(bits=64), "directions"),
        (lambda header: header["files"].update({"../ids.npy": header["files"]["ids.npy"]}), "files"),
        (lambda header: header["files"]["ids.npy"].update(dtype="|O"), "dtype"),
        (lambda header: header["files"]["ids.npy"].update(dtype="<u8"), "expected <u8"),
        (lambda header: header["files"]["ids.npy"].update(shape=[499]), "expected <i8"),
    ],
)
def test_a_header_that_makes_no_sense(saved: Path, change: Callable[[dict[str, object]], object], message: str) -> None:
    forge(saved, change)
    assert message in refused(saved)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"header": 1}', '{"header": 1, "blake2b": 2}', "\xff"])
def test_a_header_that_is_no_header(saved: Path, content: str) -> None:
    (saved / HEADER).write_bytes(content.encode("latin-1"))
    assert "header" in refused(saved)


def test_pickled_objects_are_never_loaded(saved: Path) -> None:
    path = saved / "ids.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    data = path.read_bytes()
    described = {"bytes": len(data), "blake2b": blake2b(data).hexdigest()}
    forge(saved, lambda header: header["files"]["ids.npy"].update(described))  # type: ignore[index]
    assert "not a whole .npy file" in refused(saved)


def test_the_content_of_large_files_waits_for_check(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "CHECKED_AT_OPEN_BYTES", 1000)  # in place of a file of 64 MiB
    flip(saved / "vectors.npy", -1)
    assert len(LSHIndex.open(saved, IDENTITY)) == 500
    with pytest.raises(SnapshotRefused, match=r"vectors\.npy is damaged"):
        check_snapshot(saved)


def test_a_snapshot_is_never_overwritten(saved: Path) -> None:
    before = {file.name: file.read_bytes() for file in saved.iterdir()}
    with pytest.raises(StorageUnavailable, match="there already"):
        LSHIndex(IDENTITY).save(saved)
    assert {file.name: file.read_bytes() for file in saved.iterdir()} == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageUnavailable, match="cannot be written"):
        LSHIndex(IDENTITY).save(tmp_path / "file" / "snapshot")


def test_nothing_to_open(tmp_path: Path) -> None:
    assert "no index snapshot can be read" in refused(tmp_path / "absent")
