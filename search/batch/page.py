"""The report of a batch as a page of one file, which needs no other and no JavaScript."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from data.sources.names import as_address
from data.thumbnails import ThumbnailStore
from errors import BrokenPicture
from feature_extractor.preview import decode_preview
from search.answer import Verdict
from search.batch.ask import small_picture
from search.batch.report import BatchReport, Row, headline, notes, place_of
from search.confidence import confidence_text
from search.page_style import data_url, read_style
from search.report import VERDICT_WORDS
from search.words import count

MOST_SHOWN = 1_000
"""Findings with their pictures: each small version is at most 16 kB. The table beside the page has all."""
MOST_UNREAD = 1_000
_HERE = Path(__file__).parent / "templates"
_SHEETS = ("tokens.css", "page.css")


@dataclass(frozen=True, slots=True)
class Card:
    """A finding as the page shows it.

    Attributes:
        mine_src, theirs_src: data: addresses; None where there is nothing to show.
        href: the page that shows it, or its address; None for files.
        confidence: '98 %', or the score where nothing tells it.
        by_name, by_sure, by_day: its place in each order.
    """

    mine: str
    mine_src: str | None
    theirs: str
    theirs_src: str | None
    href: str | None
    more_places: str
    verdict: str
    verdict_text: str
    confidence: str
    what: str
    size: str
    facts: tuple[tuple[str, str], ...]
    first_seen: str
    first_seen_iso: str
    decision: str
    is_new: bool
    by_name: int
    by_sure: int
    by_day: int


@dataclass(frozen=True, slots=True)
class BatchPage:
    """All that the template shows; it decides nothing."""

    style: Markup
    headline: str
    basis: str
    notes: tuple[str, ...]
    filters: tuple[tuple[str, str, int], ...]
    has_new: bool
    has_choice: bool
    cards: tuple[Card, ...]
    rest: str
    unread: tuple[tuple[str, str], ...]
    unread_rest: str
    facts: tuple[tuple[str, str], ...]


def render_page(report: BatchReport, thumbnails: ThumbnailStore, styles: Path) -> Iterator[str]:
    """Yield the page piece by piece, as it may be large.

    Args:
        report: of a batch.
        thumbnails: of the catalogue.
        styles: folder of the site's style sheets.
    Raises:
        PartMissing: a style sheet is missing.
    """
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = read_style([*(styles / name for name in _SHEETS), _HERE / "batch.css"])
    page = _page(report, thumbnails, Markup(style))  # noqa: S704 - our own sheets, in which a browser expects no entities
    stream = environment.get_template("batch.html").stream(page=page)
    stream.enable_buffering(64)
    yield from stream


def _page(report: BatchReport, thumbnails: ThumbnailStore, style: Markup) -> BatchPage:
    shown = report.rows[:MOST_SHOWN]
    rest = len(report.rows) - len(shown)
    has_new = len({row.is_new for row in shown}) == 2  # both are there
    unread = len(report.unread) - MOST_UNREAD
    return BatchPage(
        style=style,
        headline=headline(report),
        basis=(
            f"Searched {count(report.searched, 'picture')} of the catalogue with "
            f"{', '.join(report.what)}, {report.made_at:%d %B %Y, %H:%M} UTC."
        ),
        notes=tuple(notes(report)),
        filters=tuple(
            (verdict.value, VERDICT_WORDS[verdict].capitalize(), number) for verdict, number in report.counts().items()
        ),
        has_new=has_new,
        has_choice=has_new or len(report.counts()) > 1,
        cards=tuple(_cards(shown, thumbnails)),
        rest=f"{rest:,} more are in the CSV and the JSON beside this page." if rest else "",
        unread=tuple((one.locator, one.reason) for one in report.unread[:MOST_UNREAD]),
        unread_rest=f"{unread:,} more are in the JSON beside this page." if unread > 0 else "",
        facts=(
            ("Pictures of yours", f"{report.pictures:,}"),
            ("Change of the catalogue", f"{report.change:,}"),
            ("Model", report.model_id[:12]),
            ("Made", f"{report.made_at:%Y-%m-%d %H:%M} UTC"),
        ),
    )


def _cards(rows: tuple[Row, ...], thumbnails: ThumbnailStore) -> Iterator[Card]:
    by_sure = _places([(_SURE[row.theirs.verdict], -(row.theirs.confidence or 0), -row.theirs.score) for row in rows])
    by_day = _places([(-row.theirs.first_seen.timestamp(),) for row in rows])
    for number, row in enumerate(rows):
        theirs = row.theirs
        place = place_of(theirs)
        sure = f"similarity {theirs.score:.2f}" if theirs.confidence is None else confidence_text(theirs.confidence)
        yield Card(
            mine=row.mine.locator,
            mine_src=f"data:image/webp;base64,{row.mine.thumbnail}" if row.mine.thumbnail else None,
            theirs=place,
            theirs_src=_thumbnail_src(theirs.sha256, thumbnails),
            href=as_address(theirs.backlink or "") or as_address(place),
            more_places=f"and {count(theirs.source_count - 1, 'more place')}" if theirs.source_count > 1 else "",
            verdict=theirs.verdict.value,
            verdict_text=VERDICT_WORDS[theirs.verdict].capitalize(),
            confidence=sure,
            what=theirs.what,
            size=f"{theirs.width:,} × {theirs.height:,}",
            facts=tuple(
                (name, word)
                for name, word in (
                    ("Title", theirs.title),
                    ("Collection", theirs.collection),
                    ("Licence", theirs.licence),
                )
                if word
            ),
            first_seen=f"{theirs.first_seen:%d %B %Y}",
            first_seen_iso=theirs.first_seen.isoformat(timespec="seconds"),
            decision=row.record()["decision"] or "",
            is_new=row.is_new,
            by_name=number,
            by_sure=by_sure[number],
            by_day=by_day[number],
        )


_SURE: Mapping[Verdict, int] = {verdict: place for place, verdict in enumerate(Verdict)}


def _places(keys: Sequence[tuple[float, ...]]) -> dict[int, int]:
    """Return the place of each row in the order of some keys, equals as they stand."""
    ordered = sorted(range(len(keys)), key=lambda number: keys[number])
    return {number: place for place, number in enumerate(ordered)}


def _thumbnail_src(sha256: str, thumbnails: ThumbnailStore) -> str | None:
    """Return a picture of the catalogue, small; None where its thumbnail is lost or damaged."""
    data = thumbnails.read(sha256)
    try:
        return None if data is None else data_url("image/webp", small_picture(decode_preview(data)))
    except BrokenPicture:
        return None
