"""The orders in which copies are shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.catalogue import Catalogue
from data.records import Image
from search.answer import Sort, Verdict, alteration_of
from search.proof import Proof
from search.residual import Box

_VERDICT_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Found:
    """A hit before its row is read.

    Attributes:
        is_laid: geometry laid it on the query, whether that proved anything or not.
        part: of the query, that found it; None where the whole did.
        by_region: of the picture, that found it; None where its whole did.
    """

    image_id: int
    score: float
    verdict: Verdict
    is_laid: bool = False
    proof: Proof | None = None
    part: Box | None = None
    by_region: Box | None = None


def by_best_match(found: Sequence[Found]) -> list[Found]:
    """Return hits, the surest verdict first, then the nearest, equals by id."""
    return sorted(found, key=lambda hit: (_VERDICT_ORDER[hit.verdict], -hit.score, hit.image_id))


def in_order(found: Sequence[Found], sort: Sort, catalogue: Catalogue) -> list[Found]:
    """Return hits in an order; equals stand as by best match.

    Args:
        found: all of them, not a page.
        sort: the order.
        catalogue: tells sizes and days; a picture that was removed meanwhile stands last.
    """
    ordered = by_best_match(found)
    if sort is Sort.BEST:
        return ordered
    if sort is Sort.CHANGED:
        altered = {hit.image_id: alteration_of(hit.verdict, hit.proof) for hit in ordered}
        return sorted(ordered, key=lambda hit: -(-1.0 if (share := altered[hit.image_id]) is None else share))
    images = catalogue.images([hit.image_id for hit in ordered])
    held = [hit for hit in ordered if hit.image_id in images]
    key, is_reversed = _BY_ROW[sort]
    # A reversed sort of Python's leaves equals in their order, too.
    held.sort(key=lambda hit: key(images[hit.image_id]), reverse=is_reversed)
    return held + [hit for hit in ordered if hit.image_id not in images]


def first_seen(image: Image) -> datetime:
    """Return when a picture was first seen: at its oldest source, or else when it was added."""
    return image.sources[0].seen_at if image.sources else image.added_at


def _size(image: Image) -> tuple[int, int]:
    """Return pixels and bytes."""
    return image.width * image.height, image.size_bytes


_BY_ROW: Mapping[Sort, tuple[Callable[[Image], tuple[int, int] | datetime], bool]] = {
    Sort.BIGGEST: (_size, True),
    Sort.SMALLEST: (_size, False),
    Sort.NEWEST: (first_seen, True),
    Sort.OLDEST: (first_seen, False),
}
