"""Two pictures beside each other as a page: every sentence a visitor reads about a pair is written here."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

from data.records import Image
from feature_extractor.preview import PREVIEW_SIDE_PX, preview_size
from search.answer import QueryPicture, Verdict
from search.confidence import confidence_text
from search.page_stills import PageStill, PageStills
from search.residual import Box, Recolouring
from search.sentence import describe_transform
from search.transform import Transform
from search.verdict import AGREES, is_convincing
from search.why import Trace
from search.why_report import decision_sentence, trace_rows
from search.words import count
from web import words
from web.cards import picture_card, title_of
from web.contexts import (
    ComparedCard,
    ComparisonContext,
    DecisionControls,
    Difference,
    OverlayView,
    Quantity,
    StillView,
    TraceLine,
)
from web.links import compare_href, evidence_href, evidence_upload_href
from web.present import LONGEST_NAME

UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Compared:
    """What a page of two pictures is made from.

    Attributes:
        first: a picture of the catalogue.
        second: likewise; None where it is an upload.
        query: the second as it was described.
        name: what the visitor called an upload; sealed: the upload, for the forms of the page. '' else.
        trace: of the two.
        stills: None where no map between them was found.
        controls: to decide on the pair, for the signed-in.
    """

    first: Image
    second: Image | None
    query: QueryPicture
    name: str
    sealed: str
    trace: Trace
    stills: PageStills | None
    controls: DecisionControls | None = None


@dataclass(frozen=True, slots=True)
class _Names:
    """What the two are called: as labels, and within a sentence."""

    first_label: str
    second_label: str
    first: str
    second: str


_OF_UPLOAD = _Names("In the catalogue", "Yours", "the catalogue's picture", "your picture")
_OF_CATALOGUE = _Names("First", "Second", "the first", "the second")


def comparison_context(compared: Compared, steps_ms: Mapping[str, float]) -> ComparisonContext:
    """Return the page of two pictures."""
    trace, second = compared.trace, compared.second
    names = _OF_UPLOAD if second is None else _OF_CATALOGUE
    headline, kind, explanation = _headline(trace, names)
    transform = _proven_transform(trace)
    return ComparisonContext(
        headline=headline,
        headline_kind=kind,
        verdict=trace.verdict.value,
        verdict_text=words.VERDICT_TEXTS[trace.verdict],
        confidence_text="" if trace.probability is None else confidence_text(trace.probability),
        sentence=describe_transform(transform) if transform is not None and trace.verdict is Verdict.COPY else "",
        explanation=explanation,
        first=_card_of(compared.first, names.first_label),
        second=_card_of(second, names.second_label) if second is not None else _upload_card(compared, names),
        swap_href=None if second is None else compare_href(second.id, compared.first.id),
        evidence_href=(
            evidence_upload_href(compared.first.id) if second is None else evidence_href(compared.first.id, second.id)
        ),
        sealed=compared.sealed,
        overlay=None if compared.stills is None else _overlay(trace, compared.stills, names),
        transform=() if transform is None else tuple(_quantities(transform, names)),
        differences=tuple(_differences(compared)),
        decision=decision_sentence(trace),
        trace=tuple(TraceLine(row.step, row.found, row.limit) for row in trace_rows(trace)),
        time_text=words.milliseconds(sum(steps_ms.values())),
        controls=compared.controls,
    )


def _headline(trace: Trace, names: _Names) -> tuple[str, str, str]:
    """Return the answer to 'Is one a copy of the other?', its kind, and what there is to say of it."""
    if trace.verdict is Verdict.IDENTICAL:
        return "Yes: it is the very same file.", "copies", "The two are equal byte for byte."
    if trace.verdict is Verdict.SAME_PIXELS:
        return "Yes: two files with the same pixels.", "copies", "The files differ; what they show does not."
    if trace.verdict is Verdict.COPY:
        told = f"Told as if {names.second} had been made from {names.first}: which came first is not in their pixels."
        return "Yes: one is a copy of the other.", "copies", told
    if trace.query.is_too_plain or trace.picture.is_too_plain:
        return (
            "Nothing was proven: too plain to judge.",
            "plain",
            "There is so little in one of them that every plain picture looks like a copy of it.",
        )
    if trace.verdict is Verdict.UNCONFIRMED:
        return (
            "Probably, but nothing was proven.",
            "probable",
            "One is most likely a copy of the other, but laid on each other they prove nothing. Look for yourself.",
        )
    alike = (
        "They are alike, as works of one kind are." if trace.verdict is Verdict.SIMILAR else "They are hardly alike."
    )
    return "No: nothing was proven.", "none", f"{alike} No part of one was found in the other that would prove a copy."


def _proven_transform(trace: Trace) -> Transform | None:
    """Return what was done, where the pictures laid on each other prove it."""
    proof = trace.proof
    return proof.transform if proof is not None and trace.verdict.is_proven and is_convincing(proof) else None


def _card_of(image: Image, label: str) -> ComparedCard:
    """Return a picture of the catalogue."""
    card = picture_card(image)
    return ComparedCard(
        label=label,
        name=card.title,
        href=card.href,
        text=f"{card.size_text}, {card.format_text}",
        picture=StillView(card.thumb_src, card.thumb_width, card.thumb_height, f"{label}: {card.title}"),
    )


def _upload_card(compared: Compared, names: _Names) -> ComparedCard:
    """Return the upload."""
    query = compared.query
    width, height = preview_size(query.width, query.height, PREVIEW_SIDE_PX)
    size, form = words.size_px(query.width, query.height), words.file_format(query.format)
    return ComparedCard(
        label=names.second_label,
        name=words.shorten(compared.name, LONGEST_NAME),
        href=None,
        text=f"{size}, {form}, {words.size_bytes(query.size_bytes)}",
        picture=StillView(_data_src(query.preview), width, height, f"{names.second_label}: the picture you gave"),
    )


def _overlay(trace: Trace, stills: PageStills, names: _Names) -> OverlayView:
    """Return the pictures of what was found, and what to make of them."""
    note, title = "", "Laid on each other"
    if not trace.verdict.is_proven and trace.proof is not None:
        laid = trace.proof.overlay
        title = "The best attempt to lay them on each other"
        note = f"{laid.agreement:.0%} of {count(laid.cells, 'part')} agree; {AGREES:.0%} would be needed. "
        note += "This proves nothing: look for yourself."
    added = " Numbered boxes: what was added." if trace.proof is not None and trace.proof.transform.added else ""
    return OverlayView(
        title=title,
        note=note,
        second=_still(stills.query, f"{names.second_label}, as it is"),
        laid=_still(stills.laid, f"{names.first_label}, laid on it"),
        blend=_still(stills.blend, "Half of each"),
        heat=None if stills.heat is None else _still(stills.heat, "What differs"),
        first_outlined=_still(stills.picture_outlined, f"{names.first_label}, with the part outlined that both show"),
        second_outlined=_still(stills.query_outlined, f"{names.second_label}, with the same part outlined"),
        outlines_note=f"Outlined: the part that both show.{added}",
    )


def _still(still: PageStill, alt: str) -> StillView:
    """Return a drawn picture as the page holds it."""
    return StillView(_data_src(still.data), still.width, still.height, alt)


def _data_src(data: bytes) -> str:
    """Return the bytes of a WebP file as an address."""
    return f"data:image/webp;base64,{b64encode(data).decode()}"


def _quantities(transform: Transform, names: _Names) -> Iterator[Quantity]:
    """Yield what was done, a line each, with units."""
    yield Quantity("Mirrored", "yes" if transform.mirrored else "no", "left to right, before it is turned")
    turned = transform.rotation_deg
    yield Quantity("Turned", _number(abs(turned), "{:.1f}°"), "clockwise" if turned >= 0 else "anticlockwise")
    yield Quantity("Scale", _number(transform.scale, "{:.3g}"), f"px of {names.second} for a px of {names.first}")
    yield Quantity("Shape", _number(transform.aspect, "{:.3f}"), "scale of the width by that of the height")
    yield Quantity(
        "Perspective", _number(transform.perspective, "{:.1%}"), "how much nearer one corner is than the farthest"
    )
    yield Quantity("Kept", _number(transform.kept_share, "{:.1%}"), f"of the area of {names.first}")
    yield Quantity("Fills", _number(transform.placed_share, "{:.1%}"), f"of the area of {names.second}")
    yield Quantity("Around it", "one colour, or nothing" if transform.is_surround_plain else "something else", "")
    yield from _colour_quantities(transform.recolouring)
    yield Quantity(
        "Blurred", _number(transform.blur_px, "{:.1f} px"), "standard deviation, where the longer side has 384 px"
    )
    quality = transform.jpeg_quality
    yield Quantity(
        "JPEG quality", "no JPEG" if quality is None else f"about {quality}", f"of 100, of the file of {names.second}"
    )
    yield Quantity("Added things", f"{len(transform.added)}", f"that only {names.second} shows")
    for number, box in enumerate(transform.added, start=1):
        yield Quantity(f"Box {number}", _box_size(box), _box_place(box))


def _colour_quantities(colours: Recolouring | None) -> Iterator[Quantity]:
    """Yield how the colours changed."""
    if colours is None:
        yield Quantity("Colours", UNKNOWN, "too little agrees to tell")
        return
    kind = "made grey" if colours.is_grey else "brought into two inks" if colours.is_tinted else "kept as colours"
    yield Quantity("Colours", kind, "")
    yield Quantity("Brightness", _number(colours.brightness, "{:+.1%}"), "of the range from black to white")
    yield Quantity("Contrast", _number(colours.contrast, "× {:.2f}"), "of the differences in lightness")
    yield Quantity("Saturation", _number(colours.saturation, "× {:.2f}"), "of colourfulness")
    yield Quantity("Hues", _number(colours.hue_deg, "{:+.0f}°"), "turn of the colour circle")


def _number(value: float, form: str) -> str:
    """Return a number in a form of `str.format`, and with a space before its per cent sign."""
    return form.format(value + 0.0).replace("%", " %") if isfinite(value) else UNKNOWN


def _box_size(box: Box) -> str:
    """Return the size of a box."""
    return f"{box.right - box.left:.0%} × {box.bottom - box.top:.0%}".replace("%", " %")


def _box_place(box: Box) -> str:
    """Return where a box lies."""
    return f"of width and height, {box.left:.0%} from the left and {box.top:.0%} from the top".replace("%", " %")


def _differences(compared: Compared) -> Iterator[Difference]:
    """Yield what is known of both files, beside each other."""
    first, second, query = compared.first, compared.second, compared.query
    sizes = words.size_px(first.width, first.height), words.size_px(query.width, query.height)
    pixels = _share(query.width * query.height, first.width * first.height, "of the pixels")
    yield Difference("Size in px", sizes[0], sizes[1], "same" if sizes[0] == sizes[1] else pixels)
    lengths = f"{first.size_bytes:,} bytes", f"{query.size_bytes:,} bytes"
    of_bytes = _share(query.size_bytes, first.size_bytes, "of the bytes")
    yield Difference("File", lengths[0], lengths[1], "same" if lengths[0] == lengths[1] else of_bytes)
    name = words.shorten(compared.name, LONGEST_NAME) if second is None else title_of(second)
    quality = None if query.jpeg_quality is None else f"about {query.jpeg_quality} of 100"
    facts: tuple[tuple[str, str | None, str | None], ...] = (
        ("Format", words.file_format(first.format), words.file_format(query.format)),
        # The catalogue keeps no original that could be measured.
        ("JPEG quality", _no_jpeg(first.format), _no_jpeg(query.format) or quality),
        ("Name", title_of(first), name),
        ("Source", *_of_both(first, second, _source)),
        ("First seen", *_of_both(first, second, _first_seen)),
        ("In the catalogue since", *_of_both(first, second, lambda image: words.day(image.added_at))),
        ("Collection", *_of_both(first, second, lambda image: image.collection)),
        ("Licence", *_of_both(first, second, lambda image: image.licence)),
        ("SHA-256", first.sha256[:16], query.sha256[:16]),
        ("SHA-256 of pixels", _start(first.pixel_sha256), _start(query.pixel_sha256)),
    )
    yield from (_difference(*fact) for fact in facts if any(fact[1:]))


def _of_both(first: Image, second: Image | None, tell: Callable[[Image], str | None]) -> tuple[str | None, str | None]:
    """Return what the catalogue tells of both pictures; it knows nothing of an upload."""
    return tell(first), None if second is None else tell(second)


def _no_jpeg(file_format: str) -> str | None:
    """Return what there is to say of the quality of a file that is no JPEG."""
    return None if file_format == "JPEG" else "no JPEG"


def _difference(name: str, first: str | None, second: str | None) -> Difference:
    """Return a line that is the same or differs."""
    told = "" if not first or not second else "same" if first == second else "differs"
    shown = tuple(words.shorten(value, LONGEST_NAME) if value else UNKNOWN for value in (first, second))
    return Difference(name, shown[0], shown[1], told)


def _share(part: int, whole: int, of: str) -> str:
    """Return how much the second has of what the first has."""
    share = part / whole
    return f"{share:.0%} {of}".replace("%", " %") if share >= 0.01 else f"less than 1 % {of}"


def _first_seen(image: Image) -> str | None:
    """Return the day on which a picture was first seen."""
    return words.day(image.sources[0].seen_at) if image.sources else None


def _source(image: Image) -> str | None:
    """Return where a picture was first seen, as far as a visitor may know."""
    return words.short_place(image.sources[0].locator) if image.sources else None


def _start(digest: str | None) -> str | None:
    """Return as much of a hash as tells two apart."""
    return None if digest is None else digest[:16]
