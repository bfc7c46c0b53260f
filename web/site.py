"""What the site says of itself: facts known to every page, and the page about it."""

from collections.abc import Iterator, Mapping

from flask import url_for

from data.records import CatalogueCounts
from data.word_query import MOST_CHARACTERS
from feature_extractor.descriptors import DIM
from search.query import COPIES_DEPTH, SIMILAR_DEPTH, Engine
from search.vector_index.address import Method, method_of
from search.vector_index.lsh import LSHIndex
from search.words import count
from web.contexts import AboutContext, SiteFacts
from web.parts import Parts
from web.signed_in import shown_user
from web.video_uploads import LONGEST_S
from web.words import whole_seconds

FORMATS = ("JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "HEIC", "AVIF")
# Endings beside types: some systems know no type for HEIC and AVIF.
ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/bmp,image/tiff,image/heic,image/avif,.heic,.heif,.avif"
VIDEO_FORMATS = ("MP4", "QuickTime", "WebM", "Matroska", "AVI", "MPEG")
ACCEPT_VIDEO = "video/mp4,video/quicktime,video/webm,video/x-matroska,video/x-msvideo,video/mpeg,.mkv,.avi,.ts"
MODEL_NOTICE = "The model descends from weights that are licensed for non-commercial use only."


COLLECTIONS_SHOWN = 24
"""Names that a page lists: a table may bring a collection a row."""
METHODS: Mapping[Method | None, str] = {
    "lsh": "random-vector LSH, re-ranked exactly",
    "exact": "exact scan",
    None: "Milvus, re-ranked exactly",
}


def collection_lines(counts: CatalogueCounts) -> tuple[tuple[str, int], ...]:
    """Return collections and their sizes by name; where there are very many, the largest and one line for the rest."""
    largest = counts.largest_collections(COLLECTIONS_SHOWN)
    others = len(counts.collections) - len(largest)
    if not others:
        return tuple(largest.items())
    held_there = sum(counts.collections.values()) - sum(largest.values())
    return *largest.items(), (count(others, "other collection"), held_there)


def site_facts(parts: Parts) -> SiteFacts:
    """Return what every page knows; costs SQL for the signed-in alone, and works on a broken site too."""
    return SiteFacts(
        images=parts.images_held(),
        fetch_urls=parts.settings.fetch_urls,
        max_upload_mb=parts.settings.max_upload_mb,
        formats=FORMATS,
        accept=f"{ACCEPT},{ACCEPT_VIDEO}" if parts.videos.is_searched else ACCEPT,
        version=parts.version,
        api_href=url_for("openapi.spec"),
        model_notice=MODEL_NOTICE,
        videos=parts.videos.counts.videos,
        max_video_mb=parts.settings.max_video_mb if parts.videos.is_searched else 0,
        user=user.name if (user := shown_user()) is not None else "",
        most_word_characters=MOST_CHARACTERS,
    )


def about_context(parts: Parts, counts: CatalogueCounts) -> AboutContext:
    """Return the page about this engine."""
    engine, settings = parts.engine, parts.settings
    return AboutContext(
        holds=(
            ("Pictures", f"{counts.images:,}"),
            ("Places they were seen at", f"{counts.sources:,}"),
            *_videos_held(parts),
            ("Changes so far", f"{counts.last_change:,}"),
        ),
        collections=collection_lines(counts),
        model=(
            ("Network", "ResNet-50 with two descriptors, run by OpenVINO"),
            ("Descriptors", f"{DIM} numbers for copies, {DIM} for similar works"),
            ("A probable copy from", f"similarity {engine.extractor.copy_threshold:.2f}"),
            ("A similar work from", f"similarity {engine.extractor.similar_floor:.2f}"),
            ("Confidence", confidence_text(engine)),
            ("Model id", engine.extractor.model_id[:16]),
        ),
        model_notice=MODEL_NOTICE,
        index=(
            ("Method", METHODS[method_of(settings.index_url)]),
            *index_aims(engine),
            ("Pictures it finds", f"{len(engine.copies):,}"),
            ("Up to date with change", f"{engine.copies.status.change:,}"),
            ("Found, by searches done again exactly", _live_recall(engine)),
            ("Copies shown at most", f"{COPIES_DEPTH:,}"),
            ("Similar works shown at most", f"{SIMILAR_DEPTH:,}"),
        ),
        limits=(
            ("Largest file", f"{settings.max_upload_mb} MiB"),
            ("Largest picture", _largest_picture(settings.max_pixels)),
            ("Formats", ", ".join(FORMATS)),
            *_video_limits(parts),
            ("Search by address", "yes" if settings.fetch_urls else "switched off"),
            ("Searches a client may make", settings.rate_limit or "no limit"),
        ),
    )


def _videos_held(parts: Parts) -> Iterator[tuple[str, str]]:
    """Yield how much there is of videos, where there are any."""
    counts = parts.videos.counts
    if counts.videos:
        yield "Videos", f"{counts.videos:,}, {whole_seconds(counts.duration_ms)} in all"


def _video_limits(parts: Parts) -> Iterator[tuple[str, str]]:
    """Yield what a visitor's video may cost, where one may be searched with."""
    if parts.videos.is_searched:
        longest = f"{LONGEST_S / 60:.0f} minutes"
        yield "Video to search with", f"{parts.settings.max_video_mb} MiB and {longest}; {', '.join(VIDEO_FORMATS)}"


def confidence_text(engine: Engine) -> str:
    """Return what tells how sure a copy is, and of how many of those shown it was so there."""
    if engine.calibration is None:
        return "not told: nothing was fitted to this model"
    fitted = engine.calibration.fitted
    prior = f"of {fitted.shown:,} shown as copies there, {fitted.shown_copies:,} were"
    decided = "" if fitted.decisions is None else f" and on {count(fitted.decisions.decisions, 'decision')}"
    return f"fitted on {fitted.pairs:,} pairs{decided}; {prior}"


def index_aims(engine: Engine) -> Iterator[tuple[str, str]]:
    """Yield what the indexes aim to find, where they can leave something out."""
    told = [
        f"{index.recall:.2%} of the {name}"
        for name, index in (("nearest copies", engine.copies.index), ("similar works", engine.similars.index))
        if isinstance(index, LSHIndex)
    ]
    if told:
        yield "Aims to find", ", ".join(told)


def _live_recall(engine: Engine) -> str:
    """Return what searches of this process found that were done again exactly."""
    told = [
        f"{live.recall:.1%} of the nearest {name} in {live.searches:,}"
        for name, live in (
            ("copies", engine.copies.status.live_recall),
            ("similar works", engine.similars.status.live_recall),
        )
        if live.recall is not None
    ]
    return ", ".join(told) if told else "none yet"


def _largest_picture(max_pixels: int) -> str:
    """Return the limit of pixels; below a megapixel, as an owner may set it, in pixels."""
    most = count(max_pixels // 1_000_000, "megapixel") if max_pixels >= 1_000_000 else f"{max_pixels:,} pixels"
    return f"{most}; half as much in WebP and AVIF"
