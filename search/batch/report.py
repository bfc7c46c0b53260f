"""What the report of a batch tells: a row a finding, what could not be read, and how the run went."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from data.decisions import Decision, Decisions
from search.answer import Verdict
from search.batch.journal import Journal, Pair
from search.batch.records import Finding, Searched, Unread
from search.confidence import confidence_text
from search.decision_report import decision_words
from search.report import VERDICT_WORDS

COPIES = tuple(verdict for verdict in Verdict if verdict.is_copy)
COLUMNS = (
    "mine",
    "mine_sha256",
    "theirs_id",
    "theirs_sha256",
    "verdict",
    "what_was_done",
    "confidence",
    "score",
    "source",
    "sources",
    "page",
    "title",
    "collection",
    "licence",
    "width",
    "height",
    "first_seen",
    "decision",
    "is_new",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A finding.

    Attributes:
        mine: with its thumbnail; of files of the same bytes there is a row each.
        decision: what a person decided of the two, or None.
        is_new: no earlier report of this journal told of it.
    """

    mine: Searched
    theirs: Finding
    decision: Decision | None
    is_new: bool

    def record(self) -> dict[str, Any]:
        """Return it as plain JSON values, by COLUMNS."""
        theirs = self.theirs
        return {
            "mine": self.mine.locator,
            "mine_sha256": self.mine.sha256,
            "theirs_id": theirs.image_id,
            "theirs_sha256": theirs.sha256,
            "verdict": theirs.verdict.value,
            "what_was_done": theirs.what,
            "confidence": theirs.confidence,
            "score": theirs.score,
            "source": theirs.sources[0] if theirs.sources else None,
            "sources": theirs.source_count,
            "page": theirs.backlink,
            "title": theirs.title,
            "collection": theirs.collection,
            "licence": theirs.licence,
            "width": theirs.width,
            "height": theirs.height,
            "first_seen": theirs.first_seen.isoformat(timespec="seconds"),
            "decision": None if self.decision is None else decision_words(self.decision),
            "is_new": self.is_new,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings a report tells of.

    Attributes:
        verdicts: only such.
        since: only what no run that ended before this moment told of; None: all.
        shows_refuted: what was decided to be no copy, too.
    """

    verdicts: tuple[Verdict, ...] = COPIES
    since: datetime | None = None
    shows_refuted: bool = False


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The report.

    Attributes:
        what: the sources, as they were named.
        pictures: that were searched with; found: those of them that have a row.
        searched: pictures of the catalogue.
        change: number of its last change.
        model_id: of the model.
        rows: in the order of one's own files, of each the surest first.
        unread: with the reason.
        refuted: findings that were left out as decided to be no copies.
        told: likewise as an earlier report told of them.
        since: only what is newer than the reports before; None: all.
        too_plain: pictures that are too plain to judge.
        made_at: when.
    """

    what: tuple[str, ...]
    pictures: int
    found: int
    searched: int
    change: int
    model_id: str
    rows: tuple[Row, ...]
    unread: tuple[Unread, ...]
    refuted: int
    told: int
    since: datetime | None
    too_plain: int
    made_at: datetime

    def counts(self) -> Mapping[Verdict, int]:
        """Return how many rows there are of each verdict; only those that there are."""
        found = {verdict: sum(row.theirs.verdict is verdict for row in self.rows) for verdict in Verdict}
        return {verdict: number for verdict, number in found.items() if number}

    def record(self) -> dict[str, Any]:
        """Return it as plain JSON values, without pictures."""
        return {
            "what": list(self.what),
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "since": None if self.since is None else self.since.isoformat(timespec="seconds"),
            "pictures": self.pictures,
            "pictures_with_findings": self.found,
            "too_plain": self.too_plain,
            "searched": self.searched,
            "change": self.change,
            "model_id": self.model_id,
            "refuted": self.refuted,
            "told_before": self.told,
            "findings": [row.record() for row in self.rows],
            "unread": [{"locator": one.locator, "reason": one.reason} for one in self.unread],
        }


def make_report(
    journal: Journal,
    decisions: Decisions,
    wanted: Wanted,
    *,
    what: Sequence[str],
    searched: int,
    change: int,
    model_id: str,
    made_at: datetime,
) -> BatchReport:
    """Return the report of the run that a journal is at, by what is decided now.

    Args:
        journal: of the run, with all its files.
        decisions: of the catalogue.
        wanted: which findings.
        what: the sources, as they were named.
        searched: pictures in the index; change: of it; model_id: of the model.
        made_at: now.
    """
    before = journal.told(None)
    hidden = journal.told(wanted.since) if wanted.since is not None else set[Pair]()
    rows: list[Row] = []
    unread: list[Unread] = []
    pictures = refuted = told = too_plain = 0
    for line in journal.of_this_run():
        if isinstance(line, Unread):
            unread.append(line)
            continue
        pictures += 1
        too_plain += line.is_too_plain
        decided = decisions.of_hits(line.key, [one.image_id for one in line.findings]) if line.findings else {}
        for one in line.findings:
            decision = decided.get(one.image_id)
            pair = line.sha256, one.sha256
            if one.verdict not in wanted.verdicts:
                continue
            if decision is not None and decision.refutes and not wanted.shows_refuted:
                refuted += 1
            elif pair in hidden:
                told += 1
            else:
                rows.append(Row(line, one, decision, is_new=pair not in before))
    # A file is named once, so that its rows stay together; batches end in the order in which workers finish them.
    rows.sort(key=lambda row: row.mine.locator)
    return BatchReport(
        what=tuple(what),
        pictures=pictures,
        found=sum(1 for _ in groupby(rows, key=lambda row: row.mine.locator)),
        searched=searched,
        change=change,
        model_id=model_id,
        rows=tuple(rows),
        unread=tuple(sorted(unread, key=lambda one: one.locator)),
        refuted=refuted,
        told=told,
        since=wanted.since,
        too_plain=too_plain,
        made_at=made_at,
    )


def csv_pieces(rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows as CSV, the header first; what a table program would take for a formula is quoted as text."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.record().items()})
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cell(value: object) -> object:
    """Return a value as a cell: names come from strangers, and a table program computes what begins with such signs."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def json_text(report: BatchReport) -> str:
    """Return the report as JSON."""
    return json.dumps(report.record(), indent=2, ensure_ascii=False) + "\n"


def report_lines(report: BatchReport, *, most: int = 20) -> Iterator[str]:
    """Yield the report line by line: the findings that come first, and what there is of the rest.

    Args:
        most: findings that are named.
    """
    yield headline(report)
    for row in report.rows[:most]:
        sure = f"{row.theirs.score:.3f}" if row.theirs.confidence is None else confidence_text(row.theirs.confidence)
        yield f"  {sure:<7}{VERDICT_WORDS[row.theirs.verdict]:<14}{row.mine.locator}  ←  {place_of(row.theirs)}"
        yield f"         {row.theirs.what}"
    if len(report.rows) > most:
        yield f"  … and {len(report.rows) - most:,} more in the report."
    yield from notes(report)


def headline(report: BatchReport) -> str:
    """Return what was found, in one sentence."""
    new = "new " if report.since is not None else ""
    if not report.rows:
        return f"No {new}copies of your {report.pictures:,} pictures."
    rows, found = len(report.rows), report.found
    return (
        f"{rows:,} {new}{'copy' if rows == 1 else 'copies'} of {found:,} of your {report.pictures:,} "
        f"{'picture' if report.pictures == 1 else 'pictures'}."
    )


def notes(report: BatchReport) -> Iterator[str]:
    """Yield what a reader must know beside the findings, a sentence each."""
    if report.since is not None:
        yield (
            f"Only what no report before {report.since:%d %B %Y, %H:%M} UTC told of; {report.told:,} that they told of "
            f"{'is' if report.told == 1 else 'are'} left out."
        )
    if report.refuted:
        yield f"{report.refuted:,} that look like copies were decided to be none, and are left out."
    if report.too_plain:
        yield f"{report.too_plain:,} of your pictures are too plain to judge: only identical ones count for them."
    if report.unread:
        yield f"{len(report.unread):,} could not be read."


def place_of(theirs: Finding) -> str:
    """Return where a picture of the catalogue was seen first, or its id."""
    return theirs.sources[0] if theirs.sources else f"picture {theirs.image_id}"
