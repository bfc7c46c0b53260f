import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from errors import SnapshotRefused, StorageUnavailable
from search.vector_index import snapshot
from search.vector_index.contract import IndexIdentity
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex
from search.vector_index.snapshot import HEADER, check_snapshot
from tests.eager import EagerLSH, plan_for_few
from tests.vectors import IDENTITY, draw_vectors

ORDER = ("row_of.npy", "rank_of.npy", "group_starts.npy")
DEPTHS = ("depths_groups.npy", "depths_first.npy", "depths_second.npy", "depths_whole.npy")
FILES = ("ids.npy", "vectors.npy", "words.npy", "directions.npy", "thresholds.npy", *ORDER, *DEPTHS)


def save_grouped(path: Path, index: LSHIndex, first_id: int, seed: int) -> Path:
    """Save 500 vectors in groups."""
    with pytest.MonkeyPatch.context() as patch:
        plan_for_few(patch)
        index.add(np.arange(first_id, first_id + 500), draw_vectors(500, seed))
        index.change = 7
        index.save(path)
    return path


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_grouped(tmp_path_factory.mktemp("original") / "snapshot", EagerLSH(IDENTITY), 0, seed=1)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    index = EagerLSH(replace(IDENTITY, model_id="11" * 32), seed=3)
    return save_grouped(tmp_path_factory.mktemp("other") / "snapshot", index, 1, seed=2)


@pytest.fixture
def saved(original: Path, tmp_path: Path) -> Path:
    """A snapshot of one's own to damage."""
    return Path(shutil.copytree(original, tmp_path / "snapshot"))


def forge(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change the header and give it a right checksum again."""
    outer = json.loads((path / HEADER).read_text())
    change(outer["header"])
    outer["blake2b"] = blake2b(json.dumps(outer["header"], sort_keys=True).encode()).hexdigest()
    (path / HEADER).write_text(json.dumps(outer))


def put(path: Path, name: str, array: NDArray[np.generic]) -> None:
    """Put another array in the place of one, and describe it in the header as if it belonged there."""
    file = path / f"{name}.npy"
    file.unlink(missing_ok=True)
    np.save(file, array)
    data = file.read_bytes()
    described = {
        "bytes": len(data),
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "blake2b": blake2b(data).hexdigest(),
    }
    forge(path, lambda header: header["files"].update({file.name: described}))  # type: ignore[attr-defined]


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


def test_all_files_are_there_and_no_others(saved: Path) -> None:
    assert {file.name for file in saved.iterdir()} == {HEADER, *FILES}
    check_snapshot(saved)


def test_an_index_without_signatures_has_no_files_for_them(tmp_path: Path) -> None:
    index = ExactIndex(IDENTITY)
    index.add(np.arange(500), draw_vectors(500, seed=1))
    index.save(tmp_path / "exact")
    assert {file.name for file in (tmp_path / "exact").iterdir()} == {HEADER, "ids.npy", "vectors.npy", "words.npy"}
    assert len(ExactIndex.open(tmp_path / "exact", IDENTITY)) == 500


def test_few_vectors_have_neither_directions_nor_groups_yet(tmp_path: Path) -> None:
    index, vectors = LSHIndex(IDENTITY), draw_vectors(500, seed=1)
    index.add(np.arange(500), vectors)
    index.save(tmp_path / "few")
    opened = LSHIndex.open(tmp_path / "few", IDENTITY)
    assert opened.measured is None
    assert opened._state.rowset.base.order is None
    assert opened.search(vectors[:1], 1).ids.tolist() == [[0]]


def test_what_was_saved_is_what_is_opened(original: Path) -> None:
    opened, vectors = LSHIndex.open(original, IDENTITY), draw_vectors(500, seed=1)
    assert opened.change == 7
    ids, kept = opened.vectors(np.arange(500))
    assert np.array_equal(ids, np.arange(500))
    assert np.array_equal(kept, vectors.astype(np.float16))
    base, coding = opened._state.rowset.base, opened._state.coding
    assert base.order is not None
    assert coding is not None
    assert base.order.groups.bits > 1
    assert (coding.coder.drawn_from, coding.measured.rows, coding.coder.lead) == (500, 500, base.order.groups.bits)
    # A product of another size may round a projection near its threshold to the other side.
    assert (coding.coder.sign(base.halves) == base.words).mean() > 0.99


def test_saving_again_changes_no_byte(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_for_few(monkeypatch)
    opened = EagerLSH.open(saved, IDENTITY)
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


@pytest.mark.parametrize("name", [HEADER, *FILES])
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

    def test_another_snapshots_file(self, saved: Path, name: str, other: Path) -> None:
        (saved / name).write_bytes((other / name).read_bytes())
        refused(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda header: header.update(version=1), "version 2; received 1"),
        (lambda header: header.update(byte_order="big"), "byte_order"),
        (lambda header: header.update(count="500"), "count"),
        (lambda header: header.update(count=499), "its arrays disagree"),
        (lambda header: header.update(change=-1), "change"),
        (lambda header: header.update(more=1), "more"),
        (lambda header: header.pop("kind"), "kind"),
        *((lambda header, name=name: header["files"].pop(name), f"lacks its {name[:-4]}") for name in FILES),
        (lambda header: header["parameters"].update(bits=64), "signatures"),
        (lambda header: header["parameters"].update(bits=320), "signatures"),
        (lambda header: header["parameters"].update(bits=-64), "signatures"),
        (lambda header: header["files"]["group_starts.npy"].update(dtype="<u8"), "expected <u8"),
        (lambda header: header["files"].update({"../ids.npy": header["files"]["ids.npy"]}), "files"),
        (lambda header: header["files"]["ids.npy"].update(dtype="|O"), "dtype"),
        (lambda header: header["files"]["ids.npy"].update(dtype="<u8"), "expected <u8"),
        (lambda header: header["files"]["ids.npy"].update(shape=[499]), "expected <i8"),
    ],
)
def test_a_header_that_makes_no_sense(saved: Path, change: Callable[[dict[str, object]], object], message: str) -> None:
    forge(saved, change)
    assert message in refused(saved)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("group_starts", np.array([0, 250, 400, 500]), "its arrays disagree"),  # three groups
        ("group_starts", np.array([0]), "its arrays disagree"),
        ("group_starts", np.array(500), "its arrays disagree"),
        ("group_starts", np.array([[0, 100], [250, 400], [500, 500]]), "its arrays disagree"),
        ("group_starts", np.array([0, 300, 250, 400, 500]), "out of order"),
        ("group_starts", np.array([0, 250, 499]), "out of order"),
        ("group_starts", np.array([1, 250, 500]), "out of order"),
        ("group_starts", np.array([0, 250, 500], np.int32), "unexpected types"),
        ("row_of", np.arange(499, dtype=np.int32), "its arrays disagree"),
        ("rank_of", np.arange(500, dtype=np.int64), "unexpected types"),
        ("directions", np.zeros((256, 31), np.float32), "do not fit its signatures"),
        ("directions", np.zeros((256, 32), np.float16), "directions"),
        ("thresholds", np.zeros(256, np.float64), "thresholds"),
        ("thresholds", np.zeros(255, np.float32), "do not fit its signatures"),
        ("depths_first", np.zeros((16, 99), np.float32), "does not fit together"),
        ("depths_whole", np.zeros((16, 100), np.float64), "depths_whole"),
        ("depths_whole", np.zeros(1600, np.float32), "does not fit together"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(
    saved: Path, name: str, array: NDArray[np.generic], message: str
) -> None:
    put(saved, name, array)
    assert message in refused(saved)


def test_depths_of_nothing_are_refused(saved: Path) -> None:
    for name in DEPTHS:
        put(saved, name.removesuffix(".npy"), np.zeros((0, 0), np.float32))
    refused(saved)


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
