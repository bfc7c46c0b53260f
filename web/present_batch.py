"""Many searches as one page: the rows, what could not be searched with, and the table as files."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import url_for

from data.records import Image
from feature_extractor.preview import PREVIEW_SIDE_PX, preview_size
from search.batch.records import Searched, Unread
from search.batch.report import COLUMNS, COPIES, BatchReport, Row, csv_pieces, headline, notes
from search.confidence import confidence_text
from search.page_style import data_url
from search.words import count
from settings import Settings
from web import words
from web.batch_contexts import BatchContext, BatchDownload, BatchRow
from web.batch_uploads import MOST_NAMED, MOST_SEARCHED
from web.cards import picture_card
from web.parts import Parts
from web.site import ACCEPT

API_PAGE = 100
"""Copies that the JSON API tells of one picture at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A file that was searched with.

    Attributes:
        searched: with what was found of it.
        images: the rows of the catalogue of its findings, in their order.
        refuted: findings that were left out as decided to be no copies.
    """

    searched: Searched
    images: tuple[Image, ...]
    refuted: int


@dataclass(frozen=True, slots=True)
class Unasked:
    """A file that was not searched with, and why."""

    name: str
    reason: str


Outcome = Asked | Unread | Unasked


def form_context(settings: Settings) -> BatchContext:
    """Return the page before anything was searched with."""
    return _context(settings)


def answer_context(parts: Parts, outcomes: Sequence[Outcome]) -> BatchContext:
    """Return the page of files that were searched with."""
    report = _report(parts, outcomes)
    unasked = tuple((one.name, one.reason) for one in outcomes if isinstance(one, Unasked))
    record = report.record() | {"not_searched": [{"locator": name, "reason": reason} for name, reason in unasked]}
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    return _context(
        parts.settings,
        headline=headline(report),
        basis=(
            f"Searched {count(report.searched, 'picture')} of the catalogue, "
            f"{words.day(report.made_at)}, {report.made_at:%H:%M} UTC."
        ),
        notes=tuple(notes(report)),
        rows=tuple(_rows(outcomes)),
        without=tuple(one.searched.locator for one in outcomes if isinstance(one, Asked) and not one.images),
        unasked=unasked,
        downloads=(
            _download("Save as CSV", "report.csv", "text/csv", "".join(csv_pieces(report.rows))),
            _download("Save as JSON", "report.json", "application/json", text),
        ),
    )


def _context(
    settings: Settings,
    *,
    headline: str = "",
    basis: str = "",
    notes: tuple[str, ...] = (),
    rows: tuple[BatchRow, ...] = (),
    without: tuple[str, ...] = (),
    unasked: tuple[tuple[str, str], ...] = (),
    downloads: tuple[BatchDownload, ...] = (),
) -> BatchContext:
    copies = ",".join(verdict.value for verdict in COPIES)
    is_open = settings.api_tokens != "required"
    return BatchContext(
        headline=headline,
        basis=basis,
        notes=notes,
        rows=rows,
        without=without,
        without_text=count(len(without), "picture"),
        unasked=unasked,
        downloads=downloads,
        search_href=url_for("api.search", verdict=copies, page_size=API_PAGE) if is_open else "",
        most_files=MOST_NAMED,
        most_posted=MOST_SEARCHED,
        verdicts=tuple((verdict.value, words.VERDICT_TEXTS[verdict]) for verdict in COPIES),
        columns=COLUMNS,
        accept=ACCEPT,
    )


def _report(parts: Parts, outcomes: Sequence[Outcome]) -> BatchReport:
    """Return the report that the command would write of these files."""
    asked = [one for one in outcomes if isinstance(one, Asked)]
    engine = parts.engine
    return BatchReport(
        what=(count(len(outcomes), "chosen file"),),
        pictures=len(asked),
        found=sum(bool(one.images) for one in asked),
        searched=len(engine.copies),
        change=engine.copies.index.change,
        model_id=engine.extractor.model_id,
        # Nobody's journal is kept here: everything is new, and what was decided is for the signed-in.
        rows=tuple(
            Row(one.searched, found, decision=None, is_new=True) for one in asked for found in one.searched.findings
        ),
        unread=tuple(one for one in outcomes if isinstance(one, Unread)),
        refuted=sum(one.refuted for one in asked),
        told=0,
        since=None,
        too_plain=sum(one.searched.is_too_plain for one in asked),
        made_at=datetime.now(UTC),
    )


def _rows(outcomes: Sequence[Outcome]) -> Iterator[BatchRow]:
    for one in outcomes:
        if isinstance(one, Unread):
            yield BatchRow(mine=one.locator, problem=words.sentence(one.reason))
        elif isinstance(one, Asked):
            yield from _findings(one)


def _findings(asked: Asked) -> Iterator[BatchRow]:
    mine = asked.searched
    width, height = preview_size(mine.width, mine.height, PREVIEW_SIDE_PX)
    for found, image in zip(mine.findings, asked.images, strict=True):
        sure = f"similarity {found.score:.2f}" if found.confidence is None else confidence_text(found.confidence)
        yield BatchRow(
            mine=mine.locator,
            mine_src=f"data:image/webp;base64,{mine.thumbnail}",
            mine_width=width,
            mine_height=height,
            card=picture_card(image),
            verdict=found.verdict.value,
            verdict_text=words.VERDICT_TEXTS[found.verdict],
            what=found.what,
            confidence_text=sure,
            more_places=f"and {count(found.source_count - 1, 'more place')}" if found.source_count > 1 else "",
            seen_text=words.day(found.first_seen),
            seen_iso=found.first_seen.isoformat(timespec="seconds"),
        )


def _download(text: str, name: str, mime: str, content: str) -> BatchDownload:
    """Return a file as a link; file names may hold half a character, which no encoding knows."""
    return BatchDownload(text, name, data_url(f"{mime};charset=utf-8", content.encode("utf-8", errors="replace")))
