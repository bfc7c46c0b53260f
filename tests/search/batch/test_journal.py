"""A journal survives whatever stops a run, and tells what still holds and what was told."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from errors import StorageUnavailable
from search.answer import Verdict
from search.batch.journal import Journal
from search.batch.records import Again, Finding, Searched, Unread

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def searched(name: str, *theirs: str, change: int = 7, asked: str = "a") -> Searched:
    return Searched(
        locator=f"/own/{name}",
        sha256=digest(name),
        pixel_sha256=None,
        width=10,
        height=10,
        change=change,
        asked=asked,
        is_too_plain=False,
        findings=tuple(
            Finding(
                image_id=1,
                sha256=digest(one),
                verdict=Verdict.COPY,
                score=0.9,
                confidence=None,
                what="Mirrored.",
                title=None,
                collection=None,
                licence=None,
                width=1,
                height=1,
                sources=(),
                source_count=0,
                backlink=None,
                first_seen=NOW,
            )
            for one in theirs
        ),
        thumbnail="",
    )


def opened(path: Path, *, change: int = 7, asked: str = "a") -> Journal:
    return Journal.open(path, change=change, asked=asked)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.journal.jsonl"


def test_what_was_noted_holds_for_the_same_catalogue_and_question(path: Path) -> None:
    with opened(path) as journal:
        journal.begin(["/own"])
        journal.append([searched("one", "x"), searched("two"), Unread(locator="/own/three", reason="broken")])
        journal.append([Again(locator="/own/other", sha256=digest("one"))])
        seen = [(line.locator, getattr(line, "findings", None) is not None) for line in journal.of_this_run()]
    assert seen == [("/own/one", True), ("/own/two", True), ("/own/three", False), ("/own/other", True)]
    with opened(path) as journal:
        assert journal.holds(digest("one"))
        assert journal.holds(digest("two"))
        assert not journal.holds(digest("three"))
        assert journal.known == 2
    for change, asked in ((8, "a"), (7, "b")):
        with opened(path, change=change, asked=asked) as journal:
            assert journal.known == 0


@pytest.mark.parametrize("kept", [1, 30, -1])
def test_a_line_that_a_kill_cut_off_is_dropped_and_the_rest_kept(path: Path, kept: int) -> None:
    with opened(path) as journal:
        journal.begin(["/own"])
        journal.append([searched("one", "x")])
        whole = path.stat().st_size
        journal.append([searched("two", "y")])
    data = path.read_bytes()
    path.write_bytes(data[:whole] + data[whole:][:kept])
    with opened(path) as journal:
        assert (journal.holds(digest("one")), journal.holds(digest("two"))) == (True, False)
        journal.begin(["/own"])
        journal.append([Again(locator="/own/one", sha256=digest("one")), searched("two", "y")])
        assert [line.locator for line in journal.of_this_run()] == ["/own/one", "/own/two"]
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_only_what_a_finished_run_told_of_is_old(path: Path) -> None:
    with opened(path) as journal:
        journal.begin(["/own"])
        journal.append([searched("one", "x")])
        assert journal.told(None) == set()
        journal.end()
    with opened(path) as journal:  # killed before its report was written
        journal.begin(["/own"])
        journal.append([searched("two", "y", "z")])
    with opened(path) as journal:
        assert journal.told(None) == {(digest("one"), digest("x"))}
        last = journal.last_end()
        assert last is not None
        assert journal.told(last + timedelta(seconds=1)) == {(digest("one"), digest("x"))}
        assert journal.told(last - timedelta(seconds=1)) == set()
        journal.begin(["/own"])
        journal.append([Again(locator="/own/two", sha256=digest("two"))])
        journal.end()
    with opened(path) as journal:
        assert journal.told(None) == {
            (digest("one"), digest("x")),
            (digest("two"), digest("y")),
            (digest("two"), digest("z")),
        }


def test_two_runs_at_once_are_refused(path: Path) -> None:
    with opened(path), pytest.raises(StorageUnavailable, match="another run"):
        opened(path)
    opened(path).close()


@pytest.mark.parametrize(
    "text", ["<html></html>\n", '{"kind": "begun"}\n', '{"kind":"ended","at":"2026-11-29T00:00:00Z"}\n']
)
def test_another_file_is_refused_and_left_as_it_is(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(StorageUnavailable, match="no journal"):
        opened(path)
    assert path.read_text() == text


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="cannot be written"):
        opened(tmp_path / "absent" / "report.journal.jsonl")
