import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from data.sources import count_source, open_source
from errors import BadInput, SourceUnreadable
from tests.data.sources.making import MAX_BYTES, MEMBERS, make_bam, make_tar, make_zip, outcome


def make_parquet(path: Path) -> Path:
    pq.write_table(pa.table({"path": list(MEMBERS)}), path)
    return path


def make_csv(path: Path) -> Path:
    path.write_text("path\n" + "\n".join(MEMBERS))
    return path


def make_small_bam(path: Path) -> Path:
    script = "CREATE TABLE modules (mid, src); INSERT INTO modules VALUES "
    return make_bam(path, script + ",".join(f"({n}, '{name}')" for n, name in enumerate(MEMBERS)))


MAKERS: dict[str, Callable[[Path], Path]] = {
    "zip": make_zip,
    "tar": make_tar,
    "tar.gz": lambda path: make_tar(path, kind="gz"),
    "tar.xz": lambda path: make_tar(path, kind="xz"),
    "csv": make_csv,
    "parquet": make_parquet,
    "sqlite": make_small_bam,
}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("named", [True, False])
def test_every_kind_is_recognised_by_its_content(tmp_path: Path, kind: str, named: bool) -> None:
    for name, data in MEMBERS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    path = MAKERS[kind](tmp_path / (f"pictures.{kind}" if named or kind == "csv" else "pictures"))
    records = list(open_source(path, max_bytes=MAX_BYTES))
    assert [record.read() for record in records] == list(MEMBERS.values())
    assert count_source(path) in (len(MEMBERS), None)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("missing", "missing: No such file"),
        ("missing/a.jpg", "No such file"),
        ("ftp://a.example/a.jpg", "expected a path or an http"),
        ("s3://bucket/a.jpg", "expected a path or an http"),
        ("https://a.example/a.jpg", "fetching is off"),
        ("pipe", "received a pipe"),
        ("nul\0.jpg", "nul"),
        ("x" * 300, "too long"),
        ("pictures.7z", "received a 7-Zip archive"),
        ("pictures.rar", "received a RAR archive"),
        ("pictures.tar.zst", "received a Zstandard archive"),
    ],
)
def test_what_is_no_source_is_refused_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    (tmp_path / "pictures.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))
    (tmp_path / "pictures.rar").write_bytes(b"Rar!\x1a\x07\x01\0" + bytes(100))
    (tmp_path / "pictures.tar.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(100))
    with pytest.raises(SourceUnreadable, match=message) as caught:
        open_source(what, max_bytes=MAX_BYTES)
    assert caught.value.remedy


def test_an_address_is_one_picture(tmp_path: Path) -> None:
    asked = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return b"picture"

    (record,) = open_source("HTTP://a.example/a", max_bytes=MAX_BYTES, fetcher=fetch, collection="mine")
    assert not asked  # lazily
    assert (record.locator, record.collection, record.read()) == ("http://a.example/a", "mine", b"picture")
    assert asked == ["http://a.example/a"]
    assert count_source("http://a.example/a") == 1


def test_a_picture_that_is_an_archive_too_stays_a_picture(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.jpg")
    (record,) = open_source(path, max_bytes=MAX_BYTES)
    assert record.read() == path.read_bytes()


def test_a_source_left_half_way_gives_up_its_files(tmp_path: Path) -> None:
    """Unclosed files are warnings, and warnings are errors here."""
    for name, make in MAKERS.items():
        for _ in range(2):
            source = open_source(make(tmp_path / f"{name}.{name}"), max_bytes=MAX_BYTES)
            next(source)
            source.close()
            assert next(source, None) is None
            (tmp_path / f"{name}.{name}").unlink()


@pytest.mark.parametrize("kind", MAKERS)
def test_whatever_is_damaged_fails_as_ours(tmp_path: Path, kind: str) -> None:
    """A source that was opened is read to its end whatever its bytes say, and every failure is an error of ours."""
    rng = np.random.default_rng(8)
    whole = np.frombuffer(MAKERS[kind](tmp_path / f"whole.{kind}").read_bytes(), np.uint8)
    path = tmp_path / f"damaged.{kind}"
    for _ in range(60):
        data = whole.copy()
        data[rng.integers(len(data), size=rng.integers(1, 20))] = rng.integers(256, dtype=np.uint8)
        path.write_bytes(data.tobytes()[: rng.integers(len(data) // 2, len(data) + 1)])
        try:
            records = list(open_source(path, max_bytes=MAX_BYTES))
        except SourceUnreadable:
            continue
        for record in records:
            assert isinstance(outcome(record), bytes | BadInput)
            assert record.locator.isprintable()
