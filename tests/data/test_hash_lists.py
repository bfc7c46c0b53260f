import io
import json
from pathlib import Path

import pytest

from data.hash_lists import BadLine, HashLine, ListedHash, format_of, parse_hash, read_list, write_list
from errors import SourceUnreadable

A, B, C = "0f" * 32, "A1" * 32, "00" * 32


def read(path: Path, text: str | bytes, min_quality: int = 50) -> list[ListedHash | BadLine]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_list(path, min_quality=min_quality))


def hashes(found: list[ListedHash | BadLine]) -> list[tuple[int, str, int | None]]:
    return [(one.place, one.pdq.hex(), one.quality) for one in found if isinstance(one, ListedHash)]


@pytest.mark.parametrize(
    "text",
    [
        f"{A},100,a.jpg\n{B},50,b.jpg\n",
        f"hash,quality,filename\n{A},100,a.jpg\n{B},50,\n",
        f"id,Quality,PDQ\r\n7,100,{A}\r\n8,50,{B}",
        f"\ufeffpdq_hash,quality\n\n{A},100.0\n\n{B.lower()},50\n",
    ],
)
def test_csv_is_read_with_and_without_a_head(tmp_path: Path, text: str) -> None:
    found = read(tmp_path / "list.csv", text)
    assert [(digits, quality) for _, digits, quality in hashes(found)] == [(A, 100), (B.lower(), 50)]
    assert len(found) == 2


@pytest.mark.parametrize(
    "document",
    [
        [A, B],
        [{"hash": A}, {"hash": B}],
        {"hashes": [{"hashValue": A, "hashType": "PDQ"}, {"signal": B}]},
        {"version": 1, "data": [{"pdq": A, "quality": None}, B]},
    ],
)
def test_json_is_read_in_the_shapes_that_are_about(tmp_path: Path, document: object) -> None:
    found = read(tmp_path / "list.json", json.dumps(document))
    assert hashes(found) == [(1, A, None), (2, B.lower(), None)]


def test_bad_lines_are_named_and_nothing_else_is_lost(tmp_path: Path) -> None:
    lines = [A, "", A[:-1], f"{A}0", "no hash", f"{B},49", f"{B},101", f"{B},high", f"{B},nan", '"' + "x" * 70_000, C]
    found = read(tmp_path / "list.csv", "\n".join(lines).encode() + b"\n\xff\xfe,3\n" + B.encode())
    assert hashes(found) == [(1, A, None), (11, C, None), (13, B.lower(), None)]
    bad = [one for one in found if isinstance(one, BadLine)]
    assert [one.place for one in bad] == [3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert "under 50" in bad[3].reason
    assert all(len(one.text) <= 80 for one in bad)
    of_json = read(
        tmp_path / "list.json", json.dumps([A, 7, None, {"hash": 7}, {"quality": 3}, {"hash": B, "quality": True}])
    )
    assert hashes(of_json) == [(1, A, None)]
    assert [one.place for one in of_json if isinstance(one, BadLine)] == [2, 3, 4, 5, 6]


def test_the_least_quality_is_the_reader_s(tmp_path: Path) -> None:
    assert hashes(read(tmp_path / "list.csv", f"{A},49", min_quality=49)) == [(1, A, 49)]


@pytest.mark.parametrize("text", ["{", "7", '{"a": 1}', '{"a": [], "b": []}', "[" * 100_000])
def test_what_is_no_list_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceUnreadable):
        read(tmp_path / "list.json", text)


def test_a_list_says_by_its_name_what_it_is(tmp_path: Path) -> None:
    assert [format_of(Path(name)) for name in ("a.CSV", "a.txt", "a.json")] == ["csv", "csv", "json"]
    with pytest.raises(SourceUnreadable, match=r"called \.csv or \.json"):
        format_of(Path("a.xml"))
    with pytest.raises(SourceUnreadable, match="No such file"):
        list(read_list(tmp_path / "none.csv", min_quality=0))


@pytest.mark.parametrize("text", ["", "g" * 64, "0" * 63, "0" * 66, " ".join(["0f"] * 21) + "a", "٣" * 64])
def test_what_is_no_hash_is_none(text: str) -> None:
    assert parse_hash(text) is None


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    lines = [HashLine(A, 100, 1, "e" * 64), HashLine(C, None, 2, "f" * 64)]
    for kind in ("csv", "json"):
        file = io.StringIO()
        assert write_list(file, kind, lines) == 2
        found = read(tmp_path / f"list.{kind}", file.getvalue())
        assert [(digits, quality) for _, digits, quality in hashes(found)] == [(A, 100), (C, None)]
        empty = io.StringIO()
        assert write_list(empty, kind, []) == 0
        assert read(tmp_path / f"empty.{kind}", empty.getvalue()) == []
