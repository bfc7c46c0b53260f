"""`evidence.pdf`: the record for people, two or three sheets, made from the record and its stills alone."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from feature_extractor.exif import ExifFacts
from search.confidence import confidence_text
from search.evidence.drawings import CAPTIONS
from search.evidence.exhibit import LOOKS
from search.evidence.record import (
    CatalogueFacts,
    EvidenceRecord,
    GeometryRecord,
    PictureRecord,
    ResultRecord,
    TransformRecord,
)
from search.evidence.sheet import ACCENT, GUTTER, INK, MARGIN, QUIET, WIDTH, Sheets, Type
from search.words import count

_VERDICTS: Mapping[str, str] = {
    "identical": "Identical file",
    "same_pixels": "Same pixels",
    "copy": "Copy, proven by geometry",
    "unconfirmed": "Probable copy, not proven",
    "similar": "Similar work, no copy",
    "distant": "No copy",
}
_PROVEN = frozenset({"identical", "same_pixels", "copy"})
_SHOWN_SOURCES = 3
_LONGEST = 200  # characters of a place that is written out; the record has all of it

_WHAT_PROVES = (
    "A copy is proven where both pictures, laid on each other, agree cell by cell; the descriptor alone makes a "
    "probable one. Which of the two came first is not in their pixels: read backwards, a crop is an extension."
)
_HOW_TO_CHECK = (
    "evidence.json beside this document holds all numbers, every parameter of the method among them. "
    "`index.py verify FILE.zip FIRST SECOND` of Retrace makes everything anew from the two files, and says line by "
    "line what agrees, what differs and what could not be checked."
)
_WORD_OF_THE_OWNER = "Titles, licences, sources and dates of the catalogue are its owner's word: no file proves them."
_CODE_POINTS = (
    "Letters that the typeface of this document lacks are written as their code points, such as [U+65E5]; "
    "evidence.json holds the text as it is."
)

_TITLE = Type(22, strong=True)
_HEADING = Type(11, strong=True)
_LEAD = Type(11)
_NOTE = Type(7.5, colour=QUIET)
_FIGURE = Type(13, strong=True)
_FIGURE_NAME = Type(7.5, colour=QUIET)
_STILL_HEIGHT = 62.0


def make_pdf(record: EvidenceRecord, stills: Mapping[str, bytes]) -> bytes:
    """Return the document; the same record and stills, the same bytes.

    Args:
        record: what it says.
        stills: name to JPEG, those that the record names.
    """
    maker = f"Retrace {record.engine.retrace}"
    with Sheets(
        title="Evidence of a comparison of two pictures",
        foot=f"Made {_time(record.made_at)} by {maker}",
        made_at=record.made_at.astimezone(UTC),
        maker=maker,
    ) as sheets:
        sheets.add_page()
        _answer(sheets, record, stills)
        _pictures(sheets, record)
        drawn = [name for name in record.stills if name in stills and name != "side_by_side"]
        if drawn:
            sheets.add_page()
            _stills(sheets, drawn, stills, record.stills_from)
        if record.result.geometry is not None:
            _geometry(sheets, record.result.geometry)
        _making(sheets, record)
        _reading(sheets, record)
        return bytes(sheets.output())


def _answer(sheets: Sheets, record: EvidenceRecord, stills: Mapping[str, bytes]) -> None:
    """Write the answer first, then show the two, then the figures that it rests on."""
    result = record.result
    _verdict(sheets, result)
    sheets.write_lines(result.words, _TITLE, after=1.5)
    if result.geometry is not None and result.verdict in _PROVEN:
        sheets.write_lines(f"The second, as if made from the first: {result.geometry.sentence}", _LEAD, after=1)
    sheets.set_y(sheets.get_y() + 3)
    if "side_by_side" in stills:
        top = sheets.get_y()
        height = sheets.picture(
            stills["side_by_side"], CAPTIONS["side_by_side"], x=MARGIN, y=top, width=WIDTH, height=76
        )
        sheets.set_y(top + height + 4)
    _figures(sheets, result)


def _verdict(sheets: Sheets, result: ResultRecord) -> None:
    """Write the verdict in a word, a shape and a colour."""
    colour = ACCENT if result.verdict in _PROVEN else INK if result.verdict == "unconfirmed" else QUIET
    x, y, side = MARGIN, sheets.get_y() + 1.1, 3.0
    sheets.set_draw_color(*colour)
    sheets.set_fill_color(*colour)
    sheets.set_line_width(0.45)
    match result.verdict:
        case "identical":
            sheets.ellipse(x, y, side, side, style="DF")
        case "same_pixels":
            sheets.rect(x, y, side, side, style="DF")
        case "copy":  # one frame behind the other
            sheets.rect(x, y, side * 0.7, side * 0.7, style="D")
            sheets.rect(x + side * 0.3, y + side * 0.3, side * 0.7, side * 0.7, style="DF")
        case "unconfirmed":
            half = side / 2
            corners = ((x + half, y), (x + side, y + half), (x + half, y + side), (x, y + half))
            sheets.polygon(corners, style="D")
        case "similar":
            sheets.ellipse(x, y, side, side, style="D")
        case "distant":
            sheets.ellipse(x + side / 4, y + side / 4, side / 2, side / 2, style="DF")
    sheets.write_lines(_VERDICTS[result.verdict], Type(10, strong=True, colour=colour), x=MARGIN + 5, after=0.5)


def _figures(sheets: Sheets, result: ResultRecord) -> None:
    """Write the figures that people ask for, beside each other."""
    figures = list(_main_figures(result))
    width = (WIDTH - GUTTER * (len(figures) - 1)) / len(figures)
    sheets.rule(after=2.5)
    top, bottom = sheets.get_y(), sheets.get_y()
    for place, (name, value, beside) in enumerate(figures):
        x = MARGIN + place * (width + GUTTER)
        sheets.set_y(top)
        sheets.write_lines(name, _FIGURE_NAME, x=x, width=width)
        sheets.write_lines(value, _FIGURE, x=x, width=width)
        sheets.write_lines(beside, _FIGURE_NAME, x=x, width=width)
        bottom = max(bottom, sheets.get_y())
    sheets.set_y(bottom + 5)


def _main_figures(result: ResultRecord) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and what stands beside it."""
    if result.calibrated_probability is not None:
        yield "Confidence", confidence_text(result.calibrated_probability), "calibrated: that they are copies"
    geometry = result.geometry
    if geometry is None:
        yield "Laid on each other", "–", "no map between the two bears a comparison"
    else:
        yield "Agreement", _percent(geometry.agreement_share, ".0f"), f"of {count(geometry.cells, 'cell')} with texture"
        if geometry.proposed_by == "local_features":
            yield "Local features", f"{geometry.inliers:,}", f"of {geometry.features_inside:,} are in their places"
        else:
            yield "Local features", "–", "laid frame on frame instead"
    yield "Copy descriptor", f"{result.copy_cosine:.3f}", f"cosine; threshold {result.copy_threshold:.3f}"
    if result.pdq_distance is None:
        yield "PDQ", "–", "a picture is too plain for it"
    else:
        yield "PDQ", f"{result.pdq_distance}", "of 256 bits differ"


def _pictures(sheets: Sheets, record: EvidenceRecord) -> None:
    """Write what is known of the two files, side by side; what neither has is left out."""
    pair = record.first, record.second
    sheets.row("", ["First picture", "Second picture"], strong=True)
    for label, tell in _FILE_ROWS:
        cells = [tell(one) for one in pair]
        if any(cells):
            sheets.row(label, [cell or "–" for cell in cells])
    sheets.set_y(sheets.get_y() + 3)


_Tell = Callable[[PictureRecord], str | None]


def _exif(tell: Callable[[ExifFacts], str | None]) -> _Tell:
    """Return what tells a fact of a picture that its EXIF block has."""
    return lambda one: None if one.exif is None else tell(one.exif)


def _row(tell: Callable[[CatalogueFacts], str | None]) -> _Tell:
    """Return what tells a fact of a picture that its catalogue has."""
    return lambda one: None if one.catalogue is None else tell(one.catalogue)


def _format(one: PictureRecord) -> str:
    """Return the format of a file, how hard it was compressed, and whether it stood upright."""
    told: list[str] = [one.file.format]
    if one.file.jpeg_quality is not None:
        told.append(f"quality about {one.file.jpeg_quality}")
    if one.file.orientation not in (None, 1):
        told.append(f"EXIF orientation {one.file.orientation} undone")
    return ", ".join(told)


def _camera(facts: ExifFacts) -> str | None:
    """Return make and model, the make once."""
    make, model = facts.camera_make or "", facts.camera_model or ""
    return model if model.startswith(make) and model else f"{make} {model}".strip() or None


def _metadata(one: PictureRecord) -> str | None:
    """Return why nothing is told of how a file was made, or that it tells where."""
    if one.exif is None:
        return "not read: the file was not at hand"
    if one.exif == ExifFacts() and one.file.orientation in (None, 1):
        return "none in the file"
    return "tells where it was made, not repeated here" if one.exif.has_position else None


def _at_hand(one: PictureRecord) -> str | None:
    """Return what was at hand in place of the file; None where that was."""
    if one.at_hand == "file":
        return None
    whose = "an upload, which is never stored" if one.catalogue is None else "what the catalogue keeps of it"
    found = " in which its local features were found" if one.features_from == "small_version" else ""
    return f"{whose}: a small version of at most {LOOKS[one.look][1]} px{found}"


def _seen(facts: CatalogueFacts) -> str | None:
    """Return the first places where a picture was seen, and how many there are."""
    lines = [f"{_short(source.locator)} ({source.seen_at:%Y-%m-%d})" for source in facts.sources[:_SHOWN_SOURCES]]
    more = len(facts.sources) - len(lines)
    if more:
        lines.append(f"and {more} more in evidence.json")
    return "\n".join(lines)


_FILE_ROWS: tuple[tuple[str, _Tell], ...] = (
    ("Name", lambda one: one.file.name),
    ("sha256 of the file", lambda one: _halves(one.file.sha256)),
    ("sha256 of the pixels", lambda one: one.file.pixel_sha256 and _halves(one.file.pixel_sha256)),
    ("Size", lambda one: f"{one.file.width:,} × {one.file.height:,} px, {one.file.size_bytes:,} bytes"),
    ("Format", _format),
    ("PDQ", lambda one: one.file.pdq and _halves(one.file.pdq)),
    ("At hand", _at_hand),
    ("Metadata", _metadata),
    ("Taken", _exif(lambda facts: facts.taken_at)),
    ("Digitised", _exif(lambda facts: facts.digitised_at)),
    ("Changed", _exif(lambda facts: facts.changed_at)),
    ("Camera", _exif(_camera)),
    ("Lens", _exif(lambda facts: facts.lens)),
    ("Software", _exif(lambda facts: facts.software)),
    ("Artist", _exif(lambda facts: facts.artist)),
    ("Copyright", _exif(lambda facts: facts.copyright)),
    ("Description", _exif(lambda facts: facts.description)),
    ("In the catalogue", _row(lambda facts: f"as picture {facts.id}, since {_time(facts.added_at)}")),
    ("Title", _row(lambda facts: facts.title)),
    ("Licence", _row(lambda facts: facts.licence)),
    ("Project", _row(lambda facts: facts.project)),
    ("Collection", _row(lambda facts: facts.collection)),
    ("Seen at", _row(_seen)),
)


def _stills(sheets: Sheets, names: list[str], stills: Mapping[str, bytes], drawn_from: str) -> None:
    """Show the stills, two in a row, each with what it shows."""
    sheets.write_lines("What geometry found", _HEADING, after=0.5)
    source = "the files" if drawn_from == "files" else "small versions of the pictures"
    sheets.write_lines(f"Drawn from {source}.", _NOTE, after=2)
    width = (WIDTH - GUTTER) / 2
    for start in range(0, len(names), 2):
        pair = names[start : start + 2]
        sheets.make_room(_STILL_HEIGHT + 10)
        top = bottom = sheets.get_y()
        for place, name in enumerate(pair):
            x = MARGIN + place * (width + GUTTER)
            caption = CAPTIONS.get(name, name)
            height = sheets.picture(stills[name], caption, x=x, y=top, width=width, height=_STILL_HEIGHT)
            sheets.set_y(top + height + 1)
            sheets.write_lines(caption, _NOTE, x=x, width=width)
            bottom = max(bottom, sheets.get_y())
        sheets.set_y(bottom + 3)


def _geometry(sheets: Sheets, geometry: GeometryRecord) -> None:
    """Write what was done, in numbers."""
    _heading(sheets, "What was done, in numbers")
    for label, text in _transform_rows(geometry.transform):
        sheets.row(label, [text])
    rows = "; ".join("  ".join(f"{number:.6g}" for number in row) for row in geometry.matrix)
    sheets.row("Map", [f"{rows} (homography, px of the first file to px of the second)"])
    sheets.set_y(sheets.get_y() + 3)


def _transform_rows(transform: TransformRecord) -> Iterator[tuple[str, str]]:
    """Yield label and text of each part of a transform."""
    angle = transform.rotation_deg
    direction = "anticlockwise" if angle is not None and angle < 0 else "clockwise"
    turned = f"turned by {_number(angle if angle is None else abs(angle), '.1f')}° {direction}"
    yield "Pose", f"mirrored, then {turned}" if transform.mirrored else turned
    scale = f"{_number(transform.scale_px_per_px, '.4g')} px of the second for a px of the first"
    aspect = f"width by height {_number(transform.aspect_ratio, '.3f')}"
    yield "Scale", f"{scale}; {aspect}; perspective {_percent(transform.perspective_share)}"
    kept = f"{_percent(transform.kept_area_share)} of the first picture is shown"
    yield "Parts", f"{kept}; it covers {_percent(transform.placed_area_share)} of the second"
    colours = transform.recolouring
    if colours is not None:
        kind = "made grey, " if colours.is_grey else "brought into two inks, " if colours.is_tinted else ""
        parts = (
            f"brightness {_percent(colours.brightness_share, '+.1f')}",
            f"contrast × {_number(colours.contrast_factor, '.2f')}",
            f"saturation × {_number(colours.saturation_factor, '.2f')}",
            f"hues turned by {_number(colours.hue_deg, '.1f')}°",
        )
        yield "Colours", kind + ", ".join(parts)
    yield "Blur", f"{_number(transform.blur_sigma_px_of_384, '.1f')} px of a version of 384 px"
    added = [
        f"{number}: {100 * box.left:.0f} to {100 * box.right:.0f} % across, "
        f"{100 * box.top:.0f} to {100 * box.bottom:.0f} % down"
        for number, box in enumerate(transform.added_boxes_shares, 1)
    ]
    yield "Things added", "\n".join(added) or "none"


def _making(sheets: Sheets, record: EvidenceRecord) -> None:
    """Write what made the record, and the bounds that decide a verdict."""
    _heading(sheets, "How it was made")
    engine, result = record.engine, record.result
    sheets.row("Time", [_time(record.made_at)])
    sheets.row("Program", [f"Retrace {engine.retrace}, {engine.machine}"])
    sheets.row("Model", [engine.model_id])
    packages = ", ".join(f"{name} {number}" for name, number in sorted(engine.packages.items()))
    sheets.row("Packages", [packages])
    copies = f"copy: cosine {result.copy_cosine:.4f}, a probable copy from {result.copy_threshold:.4f} on"
    similar = f"similar: cosine {result.similar_cosine:.4f}, a similar work from {result.similar_floor:.4f} on"
    sheets.row("Descriptors", [f"{copies}; {similar}"])
    sheets.row("Confidence", [_calibration_text(record)])
    sheets.set_y(sheets.get_y() + 3)


def _calibration_text(record: EvidenceRecord) -> str:
    """Return what the confidence comes from."""
    calibration = record.calibration
    if calibration is None:
        return "not told: no calibration is at hand"
    fitted = calibration.fitted
    decided = "" if fitted.decisions is None else f", and on {count(fitted.decisions.decisions, 'decision')} of people"
    return (
        f"a logistic regression fitted on {count(fitted.pairs, 'pair')} of {fitted.split} pictures, "
        f"{fitted.copies:,} of them copies (seed {fitted.seed}){decided}; of what would have been shown as a copy "
        f"there, {fitted.shown_copies:,} of {fitted.shown:,} were. Its weights are in evidence.json"
    )


def _reading(sheets: Sheets, record: EvidenceRecord) -> None:
    """Write how to check all this, and what it does not say."""
    _heading(sheets, "How to read it, and how to check it")
    lines = [_WHAT_PROVES, _HOW_TO_CHECK]
    if record.first.catalogue is not None or record.second.catalogue is not None:
        lines.append(_WORD_OF_THE_OWNER)
    if sheets.spelled:
        lines.append(_CODE_POINTS)
    for line in lines:
        sheets.make_room(10)
        sheets.write_lines(line, Type(8.5), after=1.2)


def _heading(sheets: Sheets, text: str) -> None:
    """Write a heading that does not stand alone at the foot of a page."""
    sheets.make_room(28)
    sheets.write_lines(text, _HEADING, after=1.5)


def _halves(sha256: str) -> str:
    """Return 64 digits in two lines, easier to compare by eye."""
    return f"{sha256[:32]}\n{sha256[32:]}"


def _short(text: str) -> str:
    """Return a text that is no longer than what is written out."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _number(number: float | None, form: str) -> str:
    """Return a number in a form; a dash where there is none."""
    return "–" if number is None else format(number, form)


def _percent(share: float | None, form: str = ".1f") -> str:
    """Return a share in per cent."""
    return "–" if share is None else f"{format(100 * share, form)} %"


def _time(moment: datetime) -> str:
    """Return a moment in UTC, without the names that change with the language of a machine."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
