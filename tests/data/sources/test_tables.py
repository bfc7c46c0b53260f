from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from data.records import SourceRecord
from data.sources import count_source, open_source
from errors import FetchFailed, FileTooLarge, SourceUnreadable
from tests.data.sources.making import MAX_BYTES, outcome, outcomes

FULL = """path,title,license,project_id,collection,page
a.jpg,A title,CC0,12,shown,https://a.example/page
b/b.jpg,"Two, with a comma",,,,javascript:alert(1)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.jpg").write_bytes(b"a")
    (tmp_path / "b" / "b.jpg").write_bytes(b"b")
    return tmp_path


def read(path: Path, *, collection: str | None = None) -> list[SourceRecord]:
    with open_source(path, max_bytes=MAX_BYTES, collection=collection) as source:
        records = list(source)
    assert count_source(path) == len(records)
    return records


def test_every_column_becomes_its_field(folder: Path) -> None:
    path = folder / "t.csv"
    path.write_text(FULL)
    first, second = read(path)
    assert (first.locator, first.read()) == (str(folder / "a.jpg"), b"a")
    assert (first.title, first.licence, first.project, first.collection) == ("A title", "CC0", "12", "shown")
    assert first.backlink == "https://a.example/page"
    assert (second.locator, second.read(), second.title) == (str(folder / "b/b.jpg"), b"b", "Two, with a comma")
    assert (second.licence, second.project, second.collection, second.backlink) == (None, None, None, None)
    assert {record.collection for record in read(path, collection="mine")} == {"mine"}


@pytest.mark.parametrize("column", ["path", "file", "src", "url", " Path ", "FILE"])
def test_each_name_of_the_column_of_places(folder: Path, column: str) -> None:
    path = folder / "t.csv"
    path.write_text(f"{column}\na.jpg\n\n,\nhttps://a.example/x\n{folder}/b/b.jpg\n")
    assert [record.locator for record in read(path)] == [
        str(folder / "a.jpg"),
        "https://a.example/x",
        str(folder / "b/b.jpg"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separators_and_encodings(folder: Path, delimiter: str, encoding: str) -> None:
    path = folder / ("t.tsv" if delimiter == "\t" else "t.csv")
    path.write_text(
        delimiter.join(["file", "title"]) + "\r\n" + delimiter.join(["a.jpg", "Grüße 絵"]) + "\r\n", encoding
    )
    (record,) = read(path)
    assert (record.read(), record.title) == (b"a", "Grüße 絵")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "received columns: none"),
        (b"\n", "received columns: none"),
        (b"name,width\na.jpg,3\n", "expected a column path, file, src or url; received columns: name, width"),
        (b"\xff\xd8\xff\xe0 no text at all\0\x01", "received columns"),
        (b"x" * 3_000_000, "lines under"),
        (b"\xff\xfe\x00", "t.csv"),
        (b'"' + b"path\n" * 50_000, "field larger"),
    ],
)
def test_what_is_no_table_of_pictures_is_refused(folder: Path, content: bytes, message: str) -> None:
    path = folder / "t.csv"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable, match=message):
        open_source(path, max_bytes=MAX_BYTES)
    with pytest.raises(SourceUnreadable, match=message):
        count_source(path)


def test_a_row_that_cannot_be_read_is_named_and_stops_no_other(folder: Path) -> None:
    path = folder / "t.csv"
    path.write_bytes(
        b"path,title\n"
        b"a.jpg,one\n"
        b"caf\xe9.jpg,latin\n"
        b",no path\n"
        b"a.jpg,too,many\n"
        b"missing.jpg,\n"
        b"nul\0.jpg,\n"
        b'a.jpg,"' + b"x" * 200_000 + b'"\n'
        b"b,a folder\n"
        b"a.jpg\n"
    )
    found = [(record.locator.removeprefix(f"{folder}/"), outcome(record)) for record in read(path)]
    assert [name for name, _ in found] == [
        "a.jpg",
        "t.csv!line 3",
        "t.csv!line 4",
        "t.csv!line 5",
        "missing.jpg",
        "nul\\x00.jpg",
        "t.csv!line 8",
        "b",
        "a.jpg",
    ]
    assert [found[0][1], found[-1][1]] == [b"a", b"a"]
    for (_, error), words in zip(
        found[1:-1],
        ["not UTF-8", "received none", "received 3", "No such file", "not a file name", "field", "received a folder"],
        strict=True,
    ):
        assert isinstance(error, SourceUnreadable)
        assert words in str(error)


def test_a_line_without_end_is_the_last_failure(folder: Path) -> None:
    path = folder / "t.csv"
    path.write_text("path\na.jpg\n" + "x" * 2_000_000)
    records = [outcome(record) for record in open_source(path, max_bytes=MAX_BYTES)]
    assert records[0] == b"a"
    assert isinstance(records[1], SourceUnreadable)
    assert len(records) == 2


def test_parquet_as_pandas_writes_it(folder: Path) -> None:
    path = folder / "t.parquet"
    table = pa.table(
        {
            "File": ["a.jpg", None, "https://a.example/x.jpg", "b/b.jpg"],
            "title": pa.array(["one", "two", None, "four"]).dictionary_encode(),
            "project": pa.array([1, 2, None, 4], pa.int64()),
            "licence": pa.array([float("nan")] * 4),
            "src": [{"bytes": b"", "path": "nested"}] * 4,
        }
    )
    pq.write_table(table, path)
    first, second, third, fourth = read(path)
    assert (first.read(), first.title, first.project, first.licence) == (b"a", "one", "1", None)
    assert isinstance(error := outcome(second), SourceUnreadable)
    assert "row 2: expected a path or an address; received none" in str(error)
    assert (third.locator, third.title, third.project) == ("https://a.example/x.jpg", None, None)
    assert fourth.read() == b"b"


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"text"])
def test_a_broken_parquet_file_is_refused(folder: Path, content: bytes) -> None:
    path = folder / "t.parquet"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable, match=r"t\.parquet"):
        open_source(path, max_bytes=MAX_BYTES)


def test_parquet_without_a_column_of_places_is_refused(folder: Path) -> None:
    path = folder / "t.parquet"
    pq.write_table(pa.table({"name": ["a.jpg"]}), path)
    with pytest.raises(SourceUnreadable, match="received columns: name"):
        open_source(path, max_bytes=MAX_BYTES)


def test_parquet_that_is_damaged_further_on_is_one_last_failure(folder: Path) -> None:
    path = folder / "t.parquet"
    rows = [f"{n:05}.jpg" for n in range(4096)]
    pq.write_table(pa.table({"path": rows}), path, row_group_size=1024, use_dictionary=False, compression="gzip")
    data = bytearray(path.read_bytes())
    second = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    data[second : second + 200] = bytes(200)
    path.write_bytes(data)
    found = list(open_source(path, max_bytes=MAX_BYTES))
    assert [record.locator for record in found[:1024]] == [str(folder / name) for name in rows[:1024]]
    assert len(found) == 1025
    assert isinstance(outcome(found[-1]), SourceUnreadable)


def test_addresses_are_fetched_by_the_given_function(folder: Path) -> None:
    def fetch(address: str) -> bytes:
        if "gone" in address:
            raise FetchFailed(f"{address}: 404")
        return b"x" * (MAX_BYTES + ("large" in address))

    path = folder / "t.csv"
    path.write_text("url\nHTTPS://a.example/fine\nhttp://a.example/gone\nhttp://a.example/large\n")
    found = outcomes(open_source(path, max_bytes=MAX_BYTES, fetcher=fetch), folder)
    assert found["https://a.example/fine"] == b"x" * MAX_BYTES
    assert isinstance(found["http://a.example/gone"], FetchFailed)
    assert isinstance(found["http://a.example/large"], FileTooLarge)
    for error in outcomes(open_source(path, max_bytes=MAX_BYTES), folder).values():
        assert isinstance(error, SourceUnreadable)
        assert "Download the picture" in error.remedy


def test_a_table_that_breaks_off_is_counted_with_the_record_that_says_so(folder: Path) -> None:
    path = folder / "t.csv"
    path.write_bytes(b"path\na.jpg\n" + b"x" * 3_000_000)
    records = read(path)
    assert count_source(path) == len(records) == 2
    assert isinstance(outcome(records[1]), SourceUnreadable)


def test_columns_named_like_attributes_hold_labels(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(
        "path,content_dog,media_oilpaint,emotion_happy,dog\na.png,positive,negative,maybe,positive\nb.png,,unsure,,\n"
    )
    with open_source(tmp_path / "table.csv", max_bytes=1000) as source:
        assert [record.labels for record in source] == [
            {"content_dog": "positive", "media_oilpaint": "negative"},
            {"media_oilpaint": "unsure"},
        ]
