"""A run goes on where another stopped, searches nothing twice, and its report tells all of it."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.decisions import Subject
from data.records import SourceRecord
from data.sources import open_source
from errors import FetchFailed
from search.answer import Ask, Verdict
from search.batch.ask import asked_digest
from search.batch.files import write_report
from search.batch.journal import SUFFIX, Journal
from search.batch.report import COLUMNS, BatchReport, Wanted, make_report, report_lines
from search.batch.run import Tally, search_all
from search.query import Engine, query_from_catalogue
from search.stopwatch import Stopwatch
from settings import ROOT
from tests.engines import engine_source, offer

STYLES = ROOT / "web" / "static" / "css"
PICTURES, DIFFERENT = 11, 10
"""That can be read in the folder of files, and those of different bytes."""


SMALL_BATCH, STOPPED_AFTER = 3, 2


class Stopped(Exception):
    """Something stops a run."""


class CountingExtractor:
    """Counts the pictures that an extractor describes, and stops after so many calls."""

    def __init__(self, inner: object, stop_after: int | None = None) -> None:
        self._inner = inner
        self._left = stop_after
        self.described = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def describe(self, pictures: Sequence[object]) -> object:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Stopped
        self.described += len(pictures)
        return self._inner.describe(pictures)  # type: ignore[attr-defined]  # an extractor


def counting(held: Engine, stop_after: int | None = None) -> tuple[Engine, CountingExtractor]:
    extractor = CountingExtractor(held.extractor, stop_after)
    return replace(held, extractor=extractor), extractor  # type: ignore[arg-type]  # it is one


def run(engine: Engine, records: Iterator[SourceRecord], page: Path) -> Tally:
    journal = Journal.open(
        page.with_suffix(SUFFIX), change=engine.copies.index.change, asked=asked_digest(engine, Ask())
    )
    with journal:
        journal.begin(["/own"])
        tally = search_all(
            engine,
            engine_source(page.parent),
            records,
            journal,
            Ask(),
            workers=1,
            on_progress=lambda _: None,
        )
        write(engine, journal, page, Wanted())
        journal.end()
    return tally


def write(engine: Engine, journal: Journal, page: Path, wanted: Wanted) -> BatchReport:
    report = make_report(
        journal,
        engine.decisions,
        wanted,
        what=["/own"],
        searched=len(engine.copies),
        change=engine.copies.index.change,
        model_id=engine.extractor.model_id,
        made_at=datetime(2026, 11, 29, tzinfo=UTC),
    )
    write_report(report, engine.thumbnails, STYLES, page)
    return report


def files_of(own: Path) -> Iterator[SourceRecord]:
    with open_source(str(own), max_bytes=2**24) as source:
        yield from source
    yield offer(FetchFailed("https://example.org/gone.jpg: the server answered 404"), "https://example.org/gone.jpg")


def test_a_run_that_was_stopped_goes_on_and_searches_nothing_twice(
    held: Engine, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.batch.run.BATCH", SMALL_BATCH)
    whole, counted = counting(held)
    tally = run(whole, files_of(own), tmp_path / "whole.html")
    of_parts = counted.described - DIFFERENT
    assert (tally.searched, tally.again, tally.unread) == (DIFFERENT, 1, 2)
    page = tmp_path / "report.html"
    broken, before = counting(held, stop_after=STOPPED_AFTER)
    with pytest.raises(Stopped):
        run(broken, files_of(own), page)
    assert not page.exists()
    resumed, after = counting(held)
    tally = run(resumed, files_of(own), page)
    assert (tally.seen, tally.unread) == (PICTURES + 2, 2)
    assert tally.searched < DIFFERENT
    assert before.described + after.described <= DIFFERENT + SMALL_BATCH + of_parts
    again, nothing = counting(held)
    assert run(again, files_of(own), page).searched == 0
    assert nothing.described == 0
    for suffix in (".csv", ".json"):
        finished = page.with_suffix(suffix).read_text()
        reference = (tmp_path / "whole.html").with_suffix(suffix).read_text()
        assert _without_newness(finished) == _without_newness(reference)


def _without_newness(text: str) -> str:
    return re.sub(r"(True|False|true|false)", "", text)


@pytest.fixture(scope="module")
def page(held: Engine, own: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("report") / "report.html"
    run(held, files_of(own), page)
    return page


def test_the_three_files_tell_the_same(page: Path) -> None:
    record = json.loads(page.with_suffix(".json").read_text())
    with page.with_suffix(".csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["mine"] for row in rows] == [one["mine"] for one in record["findings"]]
    assert {Path(row["mine"]).name[0] for row in rows} >= set("abcdegj")
    assert (record["pictures"], record["too_plain"]) == (PICTURES, 1)
    assert {Path(one["locator"]).name for one in record["unread"]} == {"h-broken.jpg", "gone.jpg"}
    html = page.read_text()
    assert html.count('<li class="finding"') == len(rows)
    assert "h-broken.jpg" in html
    assert "the server answered 404" in html


def test_the_page_needs_no_other_file_and_lets_no_name_in_as_markup(page: Path) -> None:
    html = page.read_text()
    assert "<script" not in html
    assert "<b>Scene" not in html
    assert "&lt;b&gt;Scene 1" in html
    loaded = re.findall(r'(?:src|url\()="?([^")>]+)', html)
    assert loaded
    assert all(address.startswith("data:") for address in loaded)
    assert html.isprintable() or "\x00" not in html


def test_a_report_leaves_out_what_was_told_or_refuted(
    held: Engine, own: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page = tmp_path / "report.html"
    run(held, files_of(own), page)
    journal = Journal.open(page.with_suffix(SUFFIX), change=held.copies.index.change, asked=asked_digest(held, Ask()))
    with journal:
        journal.begin(["/own"])
        search_all(held, engine_source(tmp_path), files_of(own), journal, Ask(), workers=1, on_progress=lambda _: None)
        everything = write(held, journal, page, Wanted())
        assert not any(row.is_new for row in everything.rows)
        news = write(held, journal, page, Wanted(since=datetime.now(UTC)))
        assert (news.rows, news.told) == ((), len(everything.rows))
        assert "No new copies" in next(report_lines(news))
        proven = write(held, journal, page, Wanted(verdicts=(Verdict.IDENTICAL,)))
        assert {Path(row.mine.locator).name for row in proven.rows} == {"a-identical.png"}
        row = next(row for row in everything.rows if "mirrored" in row.mine.locator)
        theirs = query_from_catalogue(held, row.theirs.image_id, Stopwatch()).key
        decision = held.decisions.decide("not_a_copy", Subject.of_pair(row.mine.key, theirs), "tester")
        request.addfinalizer(lambda: held.decisions.undo(decision.id, "tester"))
        judged = write(held, journal, page, Wanted())
        gone = len(everything.rows) - len(judged.rows)
        assert (judged.refuted, gone) == (2, 2)  # two files have the same bytes
        shown = write(held, journal, page, Wanted(shows_refuted=True))
        assert len(shown.rows) == len(everything.rows)
