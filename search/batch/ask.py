"""A batch of one's own pictures: decoded one by one, described together, each searched as a search by itself is.

The index is asked picture by picture, too: asked with several at once it may score everything, and would then find
what a single search misses. That costs one part in fifty of what describing and proving do.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from data.records import Image
from errors import BadInput
from feature_extractor.decode import decode
from feature_extractor.hashes import PDQ, compute_pdq
from feature_extractor.picture import Decoded, Picture
from feature_extractor.preview import encode_preview
from search.answer import Ask, Hit, QueryPicture, Verdict
from search.batch.records import Finding, Searched, Unread
from search.confidence import METHOD
from search.narrowing import place_word
from search.proof import Proof
from search.query import Engine, find_copies, make_hits, make_query
from search.sentence import describe_place, describe_transform
from search.sorting import first_seen
from search.stopwatch import Stopwatch

THUMBNAIL_PX = 176
"""Longest side of the small pictures in a report."""
THUMBNAIL_BYTES = 16_000
"""Of one of them, at most."""
SHOWN_SOURCES = 5
_QUALITIES = (75, 50, 25)
_WORDS = {
    Verdict.IDENTICAL: "The same file.",
    Verdict.SAME_PIXELS: "Another file with the same pixels.",
    Verdict.COPY: "A copy, proven by geometry.",
    Verdict.UNCONFIRMED: "Looks like a copy; nothing has proven it.",
}


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file that is to be searched with."""

    locator: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Seen:
    """A decoded picture and its hash."""

    locator: str
    decoded: Decoded
    pdq: PDQ


def asked_digest(engine: Engine, ask: Ask) -> str:
    """Return 16 hexadecimal digits that differ where an answer may, the catalogue's change aside.

    They tell model and calibration, how pairs are judged, and which pictures and parts were asked for. What was decided
    of copies is left out: it is looked up when a report is written.
    """
    said = {
        "model": engine.extractor.model_id,
        "method": METHOD,
        "calibration": None if engine.calibration is None else engine.calibration.model_dump(mode="json"),
        "collection": ask.collection,
        "place": place_word(ask.place),
        "parts": ask.parts.value,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def search_files(
    engine: Engine, files: Sequence[OwnFile], ask: Ask, watch: Stopwatch | None = None
) -> list[Searched | Unread]:
    """Return what was found for each of some files, in their order.

    Args:
        engine: the parts.
        files: described together: sixteen or so.
        ask: collection, place and parts; the rest of it makes no difference.
        watch: takes the time of each step, of all files together; None: nobody wants to know.
    """
    watch = watch or Stopwatch()
    asked = asked_digest(engine, ask)
    # Told before anything is asked: what is added meanwhile makes the answer older than it says, never newer.
    change = engine.copies.index.change
    outcomes = [_see(engine, file, watch) for file in files]
    seen = [one for one in outcomes if isinstance(one, _Seen)]
    with watch.step("describe"):
        descriptors = engine.extractor.describe([one.decoded.pixels for one in seen])
    queries = iter([make_query(one.decoded, one.pdq, descriptors, row) for row, one in enumerate(seen)])
    return [
        one
        if isinstance(one, Unread)
        else _search(engine, one.locator, next(queries), ask, watch, change=change, asked=asked)
        for one in outcomes
    ]


def _see(engine: Engine, file: OwnFile, watch: Stopwatch) -> _Seen | Unread:
    try:
        with watch.step("decode"):
            decoded = decode(file.data, engine.limits)
    except BadInput as exc:
        return Unread(locator=file.locator, reason=str(exc))
    with watch.step("hash"):
        pdq = compute_pdq(decoded.pixels)
    return _Seen(file.locator, decoded, pdq)


def _search(
    engine: Engine, locator: str, query: QueryPicture, ask: Ask, watch: Stopwatch, *, change: int, asked: str
) -> Searched:
    found = find_copies(engine, query, ask, watch)
    with watch.step("rows"):
        hits = (*found.standing, *found.refuted)
        images = engine.catalogue.images([hit.image_id for hit in hits])
        findings = tuple(finding_of(hit) for hit in make_hits(engine, hits, images, found.decided))
        thumbnail = (
            base64.b64encode(small_picture(query.pixels)).decode() if findings and query.pixels is not None else ""
        )
    return Searched(
        locator=locator,
        sha256=query.sha256,
        pixel_sha256=query.pixel_sha256,
        width=query.width,
        height=query.height,
        change=change,
        asked=asked,
        is_too_plain=query.too_plain,
        findings=findings,
        thumbnail=thumbnail,
    )


def finding_of(hit: Hit) -> Finding:
    """Return a copy as a finding."""
    image = hit.image
    return Finding(
        image_id=image.id,
        sha256=image.sha256,
        verdict=hit.verdict,
        score=round(hit.score, 4),
        confidence=None if hit.probability is None else round(hit.probability, 4),
        what=what_was_done(hit),
        title=image.title,
        collection=image.collection,
        licence=image.licence,
        width=image.width,
        height=image.height,
        sources=tuple(source.locator for source in image.sources[:SHOWN_SOURCES]),
        source_count=len(image.sources),
        backlink=_backlink(image),
        first_seen=first_seen(image),
    )


def what_was_done(hit: Hit) -> str:
    """Return what was done to a copy, or why it is called one, as a sentence."""
    proof: Proof | None = hit.proof if hit.verdict is Verdict.COPY else None
    said = _WORDS[hit.verdict] if proof is None else describe_transform(proof.transform)
    return said if hit.part is None else f"{said} Found in a part of yours: {describe_place(hit.part)}."


def _backlink(image: Image) -> str | None:
    return next((source.backlink for source in image.sources if source.backlink), None)


def small_picture(pixels: Picture) -> bytes:
    """Return a picture as a WebP of at most THUMBNAIL_PX a side and THUMBNAIL_BYTES, smaller where it must be."""
    side = THUMBNAIL_PX
    while True:
        for quality in _QUALITIES:
            data = encode_preview(pixels, side, quality=quality)
            if len(data) <= THUMBNAIL_BYTES or side == 1:
                return data
        side //= 2
