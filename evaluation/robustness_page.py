"""The robustness report as a page of one file, the figure, and the numbers as JSON."""

import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from data.thumbnails import ThumbnailStore
from errors import BrokenPicture, StorageUnavailable
from evaluation.edit_truth import KEPT_SHARE, ROTATION_DEG
from evaluation.markdown import percent
from evaluation.robustness_confidence import confidence_rows, confidence_sentence
from evaluation.robustness_figure import draw_robustness
from evaluation.robustness_report import HEADS, OWN, Claim, EditRobustness, Named, RobustnessReport
from feature_extractor.preview import decode_preview, encode_preview
from search.answer import Verdict
from search.page_style import data_url, read_style
from search.report import VERDICT_WORDS
from search.words import count

NAME = "robustness"
_HERE = Path(__file__).parent / "templates"
_SITE_SHEETS = ("tokens.css", "page.css")
_PAIRS_AT_MOST = 24
"""Claims that are shown with their pictures."""
_SIDE_PX = 240
_MARK_WIDTH = 0.8
"""Percent of a bar; the template draws it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as the page shows it.

    Attributes:
        src: the picture itself as a data: address; None where it is not to be shown.
    """

    name: str
    id: int
    src: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures that are said to be copies, and what is said."""

    query: Shown
    claimed: Shown
    words: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A row of the comparison with hashes: a cell a method."""

    words: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An edit of the table.

    Attributes:
        name, intensity: in words.
        found: percent, for people.
        details: name and percent of everything else.
        proven, probable: percent, 0..100, for the bar.
        marks: percent at which the marks of the hashes begin, in their order.
    """

    name: str
    intensity: str
    found: str
    details: tuple[tuple[str, str], ...]
    proven: float
    probable: float
    marks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RobustnessPage:
    """All that the template shows; it decides nothing.

    Attributes:
        methods: ours first, each with what a copy is to it.
        groups: edits of one family together.
        claims: of pictures as they are, with the two pictures.
        wrong: of edited copies, likewise.
        claims_rest, wrong_rest: in words, where more were claimed than are shown; '' otherwise.
        left_out: name and reason.
        confidence: how true it is, in sentences; confidence_rows: what was said, its mean, what was so, hits.
        facts: name and value of what was in force.
        figure_src: data: address.
    """

    style: Markup
    headline: str
    weakness: str
    false_copies: str
    basis: str
    methods: tuple[tuple[str, str], ...]
    compared: tuple[Compared, ...]
    groups: tuple[tuple[Row, ...], ...]
    detail_names: tuple[str, ...]
    hash_names: tuple[str, ...]
    claims: tuple[Pair, ...]
    claims_rest: str
    wrong: tuple[Pair, ...]
    wrong_rest: str
    left_out: tuple[tuple[str, str], ...]
    left_out_words: str
    told_right: str
    confidence: str
    confidence_rows: tuple[tuple[str, ...], ...]
    facts: tuple[tuple[str, str], ...]
    figure_src: str


def write_report(report: RobustnessReport, thumbnails: ThumbnailStore, styles: Path, folder: Path) -> list[Path]:
    """Write page, figure and JSON, each whole or not at all, in place of those of an earlier report.

    Args:
        report: of at least one edit.
        thumbnails: of the catalogue.
        styles: folder of the site's style sheets.
        folder: of the files; made where it is missing.
    Returns:
        The page, the figure, the JSON.
    Raises:
        PartMissing: matplotlib or a style sheet is missing.
        StorageUnavailable: the folder cannot be written.
    """
    names = [f"{NAME}.html", f"{NAME}.png", f"{NAME}.json"]
    staging = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}.part")
    try:
        staging.mkdir(parents=True)
        try:
            figure = draw_robustness(report, staging / names[1])
            (staging / names[0]).write_text(
                render_page(report, thumbnails, styles, figure.read_bytes()), encoding="utf-8"
            )
            text = json.dumps(report.to_record(), indent=2, ensure_ascii=False)
            (staging / names[2]).write_text(text + "\n", encoding="utf-8")
            folder.mkdir(exist_ok=True)
            for name in names:
                (staging / name).replace(folder / name)
        finally:
            shutil.rmtree(staging)
    except OSError as exc:
        raise StorageUnavailable(
            f"{folder} cannot be written: {exc.strerror}", remedy="Name another folder with --out."
        ) from exc
    return [folder / name for name in names]


def render_page(report: RobustnessReport, thumbnails: ThumbnailStore, styles: Path, figure: bytes) -> str:
    """Return the page: HTML that loads nothing and needs no JavaScript.

    Args:
        report: of at least one edit.
        thumbnails: of the catalogue.
        styles: folder of the site's style sheets.
        figure: a PNG.
    """
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = read_style([*(styles / name for name in _SITE_SHEETS), _HERE / f"{NAME}.css"])
    return environment.get_template(f"{NAME}.html").render(page=_page(report, thumbnails, style, figure))


def _page(report: RobustnessReport, thumbnails: ThumbnailStore, style: str, figure: bytes) -> RobustnessPage:
    return RobustnessPage(
        style=Markup(style),  # noqa: S704 - our own sheets, in which a browser expects no entities
        headline=report.headline,
        weakness=report.weakness,
        false_copies=report.false_copies,
        basis=report.basis,
        methods=(
            (OWN, "proven or probable"),
            *((name, f"at most {bits} bits differ") for name, bits in report.thresholds.hash_bits.items()),
        ),
        compared=tuple(_compare(report)),
        groups=tuple(
            tuple(_row(one, report) for one in edits)
            for _, edits in groupby(report.edits, key=lambda one: one.verdicts.family)
        ),
        detail_names=(*HEADS[1:], *report.hash_names),
        hash_names=report.hash_names,
        claims=tuple(_pairs(report.claims, thumbnails)),
        claims_rest=_rest(report.claims),
        wrong=tuple(_pairs(report.wrong, thumbnails)),
        wrong_rest=_rest(report.wrong),
        left_out=tuple((one.picture.name, one.reason) for one in report.left_out[:_PAIRS_AT_MOST]),
        left_out_words=count(report.left_out_count, "picture"),
        told_right=(
            f"Told right, of what is proven: mirrored or not, rotation within {ROTATION_DEG:g}°, the area that is left "
            f"within {100 * KEPT_SHARE:.0f} % of the whole."
        ),
        confidence=confidence_sentence(report.reliability),
        confidence_rows=confidence_rows(report.reliability),
        facts=tuple(_facts(report)),
        figure_src=data_url("image/png", figure),
    )


def _rest(claims: Sequence[Claim]) -> str:
    return "The JSON beside this page lists more." if len(claims) > _PAIRS_AT_MOST else ""


def _compare(report: RobustnessReport) -> Iterator[Compared]:
    found, proven, first, in_part, wrong, told, *hashes = report.cells(report.edits)
    blank = tuple("–" for _ in report.hash_names)
    yield Compared("Edited copies called copies, %", (found, *hashes[0::2]))
    yield Compared("whose original comes first, however far, %", (first, *hashes[1::2]))
    yield Compared("proven, %", (proven, *blank))
    yield Compared("led to by a part of the copy alone, %", (in_part, *blank))
    yield Compared("what was done, told right, % of the proven", (told, *blank))
    yield Compared("with another picture said to be proven, %", (wrong, *blank))
    claimed = (report.proven + report.probable, *report.hash_claims.values())
    yield Compared(
        f"{count(report.pictures, 'picture').capitalize()} as they are, said to have a copy that nobody knows of, %",
        tuple(percent(number / report.pictures) for number in claimed),
    )


def _row(one: EditRobustness, report: RobustnessReport) -> Row:
    copies = one.verdicts.copies
    cells = report.cells([one])
    ours, hashes = cells[: len(HEADS)], cells[len(HEADS) :]
    return Row(
        name=one.words.partition(", ")[0],
        intensity=one.verdicts.intensity,
        found=ours[0],
        details=(*zip(HEADS[1:], ours[1:], strict=True), *zip(report.hash_names, hashes[0::2], strict=True)),
        proven=round(100 * one.verdicts.confirmed / copies, 1),
        probable=round(100 * one.verdicts.probable / copies, 1),
        marks=tuple(
            round(max(100 * one.hashes[name].found / copies - _MARK_WIDTH / 2, 0), 1) for name in report.hash_names
        ),
    )


def _pairs(claims: Sequence[Claim], thumbnails: ThumbnailStore) -> Iterator[Pair]:
    for one in claims[:_PAIRS_AT_MOST]:
        words = f"{VERDICT_WORDS[Verdict(one.verdict)]}, score {one.score:.2f}"
        if one.agreement is not None:
            words += f"; {100 * one.agreement:.0f} % of what lies on each other agrees, {one.inliers} features in place"
        if one.edit:
            words = f"after {one.edit}: {words}"
        yield Pair(_show(one.query, thumbnails), _show(one.claimed, thumbnails), words)


def _show(picture: Named, thumbnails: ThumbnailStore) -> Shown:
    """Return a picture, small; without it where it is marked as mature or its thumbnail is gone since."""
    data = None if picture.mature else thumbnails.read(picture.sha256)
    try:
        src = None if data is None else data_url("image/webp", encode_preview(decode_preview(data), _SIDE_PX))
    except BrokenPicture:
        src = None
    return Shown(picture.name, picture.id, src)


def _facts(report: RobustnessReport) -> Iterator[tuple[str, str]]:
    in_force = report.thresholds
    yield "Probable copy from score", f"{in_force.copy_score:.3f}"
    yield "Similar work from score", f"{in_force.similar_score:.3f}"
    yield "Nearest examined by geometry", f"at most {in_force.examined}"
    yield "Proven from agreement", f"{in_force.agrees:g}, or {in_force.agrees_with_features:g} with features in place"
    if in_force.calibrated_on is None:
        yield "Confidence", "not told: no calibration of this model"
    else:
        decided = f" and {count(in_force.decisions, 'decision')}" if in_force.decisions else ""
        yield "Confidence fitted on", f"{in_force.calibrated_on:,} pairs{decided}"
        yield "Probable after geometry from", f"{100 * in_force.least_confidence:.0f} %"
    yield "Searched by parts as well", f"{report.parted:,} of {count(report.pictures, 'picture')} as they are"
    yield "Too plain to judge", f"PDQ quality under {in_force.plain_under}"
    if in_force.index_recall is not None:
        yield "Recall of the index, as it tells", f"at least {in_force.index_recall:.3f}"
    for name, bits in in_force.hash_bits.items():
        yield f"Copy by {name}", f"at most {bits} bits differ, among {report.hashed:,} pictures"
    yield "Model", report.model_id[:12]
    yield "Seed", str(report.seed)
    made = datetime.fromisoformat(report.made_at).astimezone(UTC)
    yield "Made", f"{made:%Y-%m-%d %H:%M} UTC, in {report.seconds:.0f} s"
