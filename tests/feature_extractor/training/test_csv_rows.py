from pathlib import Path

import pytest

from errors import StorageUnavailable
from feature_extractor.training.csv_rows import read_rows, write_rows


def test_rows_come_back_by_column(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "rows.csv"
    write_rows(path, ["name", "number"], [('comma, "quote"', 1), ("line\nbreak", 2)])
    assert list(read_rows(path)) == [
        {"name": 'comma, "quote"', "number": "1"},
        {"name": "line\nbreak", "number": "2"},
    ]


def test_what_stops_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write_rows(path, ["number"], [[1]])
    with pytest.raises(ZeroDivisionError):
        write_rows(path, ["number"], ([1 / number] for number in (2, 1, 0)))
    assert list(read_rows(path)) == [{"number": "1"}]


def test_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable, match=r"near\.csv"):
        write_rows(tmp_path / "file" / "near.csv", ["number"], [])
