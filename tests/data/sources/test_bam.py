import csv
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from data.sources import Skip, count_source, open_source, read_bam
from errors import SourceUnreadable
from feature_extractor.descriptors import ATTRIBUTES
from tests.data.sources.making import MAX_BYTES, make_bam, outcomes
from tests.needs import shared_data

SMALL = """
CREATE TABLE modules (mid int primary key, project_id int, src text, mature_content boolean, license text);
INSERT INTO modules VALUES
    (30, 3, 'sub/c.jpg', 0, 'CC-BY'), (10, 1, 'a.jpg', 0, NULL), (20, 1, 'https://a.example/b.jpg', 1, '');
CREATE TABLE scores (mid int primary key, media_comic real, content_dog real);
INSERT INTO scores VALUES (10, -20, 0), (20, 0, 0), (5, 0, 0), (30, -8, -8);
CREATE VIEW automatic_labels AS SELECT mid,
    CASE WHEN media_comic > -1 THEN 'positive' WHEN media_comic < -10 THEN 'negative' ELSE 'unsure' END AS media_comic,
    CASE WHEN content_dog > -1 THEN 'positive' ELSE 'unsure' END AS content_dog FROM scores;
CREATE TABLE crowd_labels (mid int, attribute text, label text, primary key (mid, attribute));
INSERT INTO crowd_labels VALUES
    (10, 'content_dog', 'negative'), (10, 'emotion_happy', 'positive'), (10, 'emotion_scary', 'perhaps'),
    (11, 'content_dog', 'negative'), (30, 'media_comic', 'positive');
"""


def test_rows_come_in_order_of_mid_and_people_win(tmp_path: Path) -> None:
    path = make_bam(tmp_path / "small.sqlite", SMALL)
    first, second, third = read_bam(path)
    assert (first.mid, first.project_id, first.src, first.licence, first.mature) == (10, "1", "a.jpg", None, False)
    assert first.labels == {"media_comic": "negative", "content_dog": "negative", "emotion_happy": "positive"}
    assert (second.mid, second.src, second.licence, second.mature) == (20, "https://a.example/b.jpg", None, True)
    assert second.labels == {"media_comic": "positive", "content_dog": "positive"}
    assert (third.mid, third.licence, third.labels) == (
        30,
        "CC-BY",
        {"media_comic": "positive", "content_dog": "unsure"},
    )


def test_pictures_are_read_beside_the_file_or_fetched(tmp_path: Path) -> None:
    path = make_bam(tmp_path / "small.sqlite", SMALL)
    (tmp_path / "a.jpg").write_bytes(b"a")
    source = open_source(path, max_bytes=MAX_BYTES, show_mature=True, fetcher=lambda address: address.encode())
    found = outcomes(source, tmp_path)
    assert found["a.jpg"] == b"a"
    assert found["https://a.example/b.jpg"] == b"https://a.example/b.jpg"
    assert isinstance(found["sub/c.jpg"], SourceUnreadable)  # it is not there, and nothing takes its place
    assert list(found) == ["a.jpg", "https://a.example/b.jpg", "sub/c.jpg"]


def test_mature_pictures_are_left_out_and_counted(tmp_path: Path) -> None:
    path = make_bam(tmp_path / "small.sqlite", SMALL)
    source = open_source(path, max_bytes=MAX_BYTES, collection="mine")
    records = list(source)
    assert [record.locator for record in records] == [str(tmp_path / "a.jpg"), str(tmp_path / "sub/c.jpg")]
    assert source.skipped == {Skip.MATURE: 1, Skip.UNKNOWN_LABEL: 1}
    assert (records[0].project, records[1].licence, records[0].collection) == ("1", "CC-BY", "mine")
    assert count_source(path) == 2
    assert count_source(path, show_mature=True) == 3
    (mature,) = [record for record in open_source(path, max_bytes=MAX_BYTES, show_mature=True) if record.mature]
    assert mature.locator == "https://a.example/b.jpg"


@pytest.mark.parametrize(
    ("value", "mature"),
    [
        ("0", False),
        ("1", True),
        ("NULL", False),
        ("'f'", False),
        ("'t'", True),
        ("'True'", True),
        ("' false '", False),
        ("2.5", True),
    ],
)
def test_how_a_mark_may_be_written(tmp_path: Path, value: str, mature: bool) -> None:
    script = "CREATE TABLE modules (mid, src, mature_content); INSERT INTO modules VALUES (1, 'a.jpg', VALUE)"
    path = make_bam(tmp_path / "small.sqlite", script.replace("VALUE)", f"{value})"))
    (row,) = read_bam(path)
    assert row.mature is mature
    assert count_source(path) == len(list(open_source(path, max_bytes=MAX_BYTES))) == (not mature)


def test_columns_and_tables_may_be_missing(tmp_path: Path) -> None:
    script = """CREATE TABLE modules (src text, mid int);
        INSERT INTO modules VALUES ('b.jpg', 2), ('a.jpg', 1), (NULL, 3);
        CREATE TABLE crowd_labels (mid int, label text)"""
    path = make_bam(tmp_path / "small.sqlite", script)
    rows = list(read_bam(path))
    assert [(row.mid, row.src) for row in rows] == [(1, "a.jpg"), (2, "b.jpg"), (3, "")]
    assert not any(row.labels or row.mature or row.licence or row.project_id for row in rows)
    found = outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path)
    assert "mid 3: expected a path or an address in src" in str(found["small.sqlite!mid 3"])


def test_names_that_are_not_utf8_or_hostile(tmp_path: Path) -> None:
    script = """CREATE TABLE modules (mid, src, license);
        CREATE TABLE automatic_labels (mid, "a""; DROP TABLE modules; --");
        INSERT INTO modules VALUES (1, CAST(x'636166e92e6a7067' AS TEXT), 'two' || char(10) || 'lines');
        INSERT INTO automatic_labels VALUES (1, 'positive'), ('1', 'negative'), (NULL, 'unsure')"""
    path = make_bam(tmp_path / "small.sqlite", script)
    Path(bytes(tmp_path).decode() + "/caf\udce9.jpg").write_bytes(b"a")
    (record,) = open_source(path, max_bytes=MAX_BYTES)
    assert record.read() == b"a"
    assert record.locator == f"{tmp_path}/caf\\udce9.jpg"
    assert record.licence == "two\\x0alines"
    assert record.labels == {'a"; drop table modules; --': "positive"}


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("CREATE TABLE other (a)", r"modules\(mid, src, …\); received columns: none"),
        ("CREATE TABLE modules (mid int)", "received columns: mid"),
        ("CREATE TABLE modules (mid, src); INSERT INTO modules VALUES (NULL, 'a')", "received None"),
        ("CREATE VIEW modules AS SELECT mid, src FROM nowhere", "nowhere"),
    ],
)
def test_a_database_that_is_no_bam_file_is_refused(tmp_path: Path, script: str, message: str) -> None:
    path = make_bam(tmp_path / "other.sqlite", script)
    with pytest.raises(SourceUnreadable, match=message):
        open_source(path, max_bytes=MAX_BYTES)


def test_a_row_that_cannot_be_placed_is_one_last_failure(tmp_path: Path) -> None:
    script = "CREATE TABLE modules (mid, src); INSERT INTO modules VALUES (1, 'a.jpg'), ('x', 'b.jpg')"
    path = make_bam(tmp_path / "small.sqlite", script)
    found = outcomes(open_source(path, max_bytes=MAX_BYTES), tmp_path)
    assert list(found) == ["a.jpg", "small.sqlite"]
    assert "received 'x'" in str(found["small.sqlite"])


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    script = "CREATE TABLE modules (mid int, src text); INSERT INTO modules VALUES "
    script += ",".join(f"({n}, 'folder/{n:0100}.jpg')" for n in range(5000))
    path = make_bam(tmp_path / "small.sqlite", script)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SourceUnreadable, match=r"small\.sqlite"):
        open_source(path, max_bytes=MAX_BYTES)


def test_a_file_that_is_being_written_is_refused_and_none_is_changed(tmp_path: Path) -> None:
    path = make_bam(tmp_path / "small.sqlite", SMALL)
    before = path.read_bytes()
    list(open_source(path, max_bytes=MAX_BYTES))
    assert path.read_bytes() == before
    assert [left.name for left in tmp_path.iterdir()] == ["small.sqlite"]
    (tmp_path / "small.sqlite-wal").write_bytes(b"changes")
    with pytest.raises(SourceUnreadable, match=r"changes are still in small\.sqlite-wal"):
        open_source(path, max_bytes=MAX_BYTES)


def test_a_source_may_be_advanced_by_several_threads_in_turn(tmp_path: Path) -> None:
    source = open_source(make_bam(tmp_path / "small.sqlite", SMALL), max_bytes=MAX_BYTES)
    for _ in range(2):
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(next, source).result().locator.endswith(".jpg")
    assert next(source, None) is None


def labels_given_by_people(path: Path) -> set[tuple[int, str, str]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        return set(connection.execute("SELECT mid, attribute, label FROM crowd_labels"))


@pytest.mark.shared
def test_the_real_sample() -> None:
    """Every picture of the collections, with the labels that follow from their folders."""
    folder = shared_data()
    rows = list(read_bam(folder / "bam_sample.sqlite"))
    assert len(rows) == count_source(folder / "bam_sample.sqlite") == 13_160
    assert [row.mid for row in rows] == sorted({row.mid for row in rows})
    assert {name for row in rows for name in row.labels} == set(ATTRIBUTES)
    assert Counter(row.licence for row in rows) == {"research": 12_160, "CC0": 1000}
    assert not any(row.mature for row in rows)
    by_src = {row.src: row for row in rows}
    listed = {
        f"{part}/{row['file']}": row
        for part in ("pacs", "art", "photos")
        for row in csv.DictReader((folder / part / "labels.csv").read_text().splitlines())
    }
    assert by_src.keys() == listed.keys()
    for src, row in listed.items():
        labels = by_src[src].labels
        if "class" in row:
            assert (labels["content_dog"] == "positive") == (row["class"] == "dog")
        if "medium" in row:
            assert (labels["media_watercolor"] == "positive") == (row["medium"] == "watercolour")
    assert labels_given_by_people(folder / "bam_sample.sqlite") <= {
        (row.mid, name, label) for row in rows for name, label in row.labels.items()
    }


@pytest.mark.shared
def test_the_pictures_of_the_real_sample_are_found() -> None:
    folder = shared_data()
    source = open_source(folder / "bam_sample.sqlite", max_bytes=20 * 1024 * 1024)
    records = list(source)
    assert len(records) == 13_160
    assert not source.skipped
    for record in records[::500]:
        assert record.read() == Path(record.locator).read_bytes()
        assert record.labels
