"""The life of a query, top to bottom: decode, describe, candidates, verdict, rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.catalogue import Catalogue
from data.records import Image
from feature_extractor.decode import decode
from feature_extractor.descriptors import ATTRIBUTES, Extractor
from feature_extractor.hashes import compute_pdq
from feature_extractor.picture import Decoded, Limits
from feature_extractor.preview import encode_preview
from search.answer import Answer, Ask, Facet, Hit, HitPage, NoCopies, QueryPicture, Verdict
from search.live_index import LiveIndex
from search.stopwatch import Stopwatch
from search.vector_index.contract import NO_ID, Ids, Neighbours
from search.verdict import is_too_plain, judge_copy

COPIES_DEPTH = 200
"""Copies looked at; more copies of one picture than this are cut off, and the answer says so."""
SIMILAR_DEPTH = 240
"""Similar works looked at: ten pages."""
FACET_SHARE = 0.5
"""Least probability at which an unlabelled picture counts as carrying an attribute."""
PREVIEW_SIDE_PX = 320


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts a search needs, each replaceable.

    Attributes:
        copies, similars: the live indexes of the two descriptors.
        limits: what an uploaded picture may cost.
    """

    extractor: Extractor
    catalogue: Catalogue
    copies: LiveIndex
    similars: LiveIndex
    limits: Limits


def search(engine: Engine, data: bytes, ask: Ask) -> Answer:
    """Return the copies and the similar works of a picture file.

    Args:
        engine: the parts.
        data: bytes of the file.
        ask: what of the answer is wanted.
    Raises:
        PictureError: the file cannot be searched with; the subclass says why.
    """
    watch = Stopwatch()
    query = describe_query(engine, data, watch)
    return search_described(engine, query, ask, watch)


def describe_query(engine: Engine, data: bytes, watch: Stopwatch) -> QueryPicture:
    """Return what a search needs to know of a picture file; the file itself is not needed again."""
    with watch.step("decode"):
        decoded = decode(data, engine.limits)
    with watch.step("hash"):
        pdq = compute_pdq(decoded.pixels)
    with watch.step("describe"):
        descriptors = engine.extractor.describe([decoded.pixels])
    with watch.step("preview"):
        preview = encode_preview(decoded.pixels, PREVIEW_SIDE_PX)
    return QueryPicture(
        width=decoded.width,
        height=decoded.height,
        format=decoded.format,
        size_bytes=decoded.size_bytes,
        sha256=decoded.sha256,
        pixel_sha256=decoded.pixel_sha256,
        pdq=pdq.bits,
        too_plain=is_too_plain(pdq, decoded.pixels),
        copy=descriptors.copy[0],
        similar=descriptors.similar[0],
        attributes=dict(zip(ATTRIBUTES, descriptors.attributes[0].tolist(), strict=True)),
        preview=preview,
    )


__all__ = ["COPIES_DEPTH", "SIMILAR_DEPTH", "Engine", "describe_query", "search", "search_described"]
