"""Rows of the catalogue as cards and pages for people."""

from collections.abc import Iterable, Mapping

from data.attribute_words import attribute_words
from data.attributes import carried
from data.records import MOST_SOURCES, Image, Label
from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.preview import THUMBNAIL_SIDE_PX, preview_size
from search.words import public_place
from web import words
from web.contexts import AttributeLine, PictureCard, PictureContext, SourceLine
from web.links import family_href, picture_href, search_href, thumbnail_src

_LABEL_TEXTS: Mapping[Label, str] = {"positive": "yes", "negative": "no", "unsure": "unsure"}


def picture_card(image: Image) -> PictureCard:
    """Return a picture of the catalogue as a card."""
    width, height = preview_size(image.width, image.height, THUMBNAIL_SIDE_PX)
    locator = image.sources[0].locator if image.sources else None
    return PictureCard(
        image_id=image.id,
        href=picture_href(image.id),
        search_href=search_href(image.id),
        thumb_src=thumbnail_src(image.sha256),
        thumb_width=width,
        thumb_height=height,
        title=title_of(image),
        source_text=words.short_place(locator) if locator is not None else "unknown source",
        source_href=words.public_link(locator),
        size_text=words.size_px(image.width, image.height),
        format_text=f"{words.file_format(image.format)}, {words.size_bytes(image.size_bytes)}",
        added_text=words.day(image.added_at),
        added_iso=image.added_at.isoformat(timespec="seconds"),
        collection=image.collection,
        attributes=carried_texts(image.labels, image.probabilities),
    )


def picture_context(image: Image) -> PictureContext:
    """Return the page of a picture of the catalogue."""
    facts = (
        ("Size", words.size_px(image.width, image.height) + " px"),
        ("File", f"{words.file_format(image.format)}, {words.size_bytes(image.size_bytes)}"),
        ("Added", words.day(image.added_at)),
        ("Collection", image.collection),
        ("Project", image.project),
        ("Licence", image.licence),
        ("Mature", "yes" if image.mature else None),
        ("SHA-256", image.sha256),
    )
    return PictureContext(
        card=picture_card(image),
        family_href=family_href(image.id),
        facts=tuple((name, value) for name, value in facts if value),
        sources=tuple(
            SourceLine(
                text=words.shorten(public_place(source.locator), 120),
                href=words.public_link(source.locator),
                backlink_href=words.public_link(source.backlink),
                seen_text=words.day(source.seen_at),
                seen_iso=source.seen_at.isoformat(timespec="seconds"),
            )
            for source in image.sources
        ),
        sources_note="" if len(image.sources) < MOST_SOURCES else f"The first {MOST_SOURCES}; there may be more.",
        attributes=_attribute_lines(image),
    )


def title_of(image: Image) -> str:
    """Return a title, never empty: its own, the last part of where it comes from, or its number."""
    if image.title and image.title.strip():
        return words.shorten(image.title.strip(), 80)
    if image.sources:
        place = public_place(image.sources[0].locator)
        last = place.partition("?")[0].rstrip("/").rpartition("/")[2]
        return words.shorten(last or place)
    return f"Picture {image.id}"


def carried_texts(labels: Mapping[str, Label], probabilities: Mapping[str, float]) -> tuple[str, ...]:
    """Return the texts of the attributes a picture carries, in the order of the model's output."""
    names = set(carried(labels, probabilities))
    return tuple(attribute_words(name).text for name in ATTRIBUTES if name in names)


def _attribute_lines(image: Image) -> tuple[AttributeLine, ...]:
    """Return what is known of every attribute, in the order of the model's output."""
    known: Iterable[str] = [name for name in ATTRIBUTES if name in image.labels or name in image.probabilities]
    return tuple(
        AttributeLine(
            group=attribute_words(name).group,
            text=attribute_words(name).text,
            label_text=_LABEL_TEXTS[image.labels[name]] if name in image.labels else "",
            percent=round(image.probabilities[name] * 100) if name in image.probabilities else None,
        )
        for name in known
    )
