"""What a site holds and how its queues are doing, counted in one place for `stats`, /metrics and the page of status."""

from collections.abc import Iterator
from dataclasses import dataclass

from data.catalogue import Catalogue
from data.face_records import FaceConsent
from data.outbox import Outbox
from data.records import CatalogueCounts
from data.video_records import VideoCounts
from data.videos import VideoShelf
from data.watch_records import QueueFacts
from search.words import clock, count


@dataclass(frozen=True, slots=True)
class Stock:
    """How much there is.

    Attributes:
        counts: of pictures.
        videos: of videos.
        faces: collections that have faces switched on, and what is kept of them.
        deliveries: of findings, and how far watching is behind.
    """

    counts: CatalogueCounts
    videos: VideoCounts
    faces: tuple[FaceConsent, ...]
    deliveries: QueueFacts


def take_stock(catalogue: Catalogue, *, counts: CatalogueCounts | None = None) -> Stock:
    """Count what a catalogue holds.

    Args:
        catalogue: an open one.
        counts: of its pictures, where they are known already: counting a large one takes long.
    Raises:
        CatalogueUnavailable: it cannot be read.
    """
    return Stock(
        counts=counts if counts is not None else catalogue.counts(),
        videos=VideoShelf(catalogue.database).counts(),
        faces=tuple(catalogue.faces.consents()),
        deliveries=deliveries_of(catalogue),
    )


def deliveries_of(catalogue: Catalogue) -> QueueFacts:
    """Return how deliveries of findings are doing.

    Raises:
        CatalogueUnavailable: the catalogue cannot be read.
    """
    return Outbox(catalogue.database).facts()


def stock_lines(stock: Stock) -> Iterator[str]:
    """Yield what there is, a line each; what there is none of is left out."""
    counts, videos, deliveries = stock.counts, stock.videos, stock.deliveries
    yield f"{count(counts.images, 'picture')}, {count(counts.sources, 'source')}, {count(counts.last_change, 'change')}"
    if videos.videos:
        ranges = count(videos.ranges, "stretch", "stretches")
        yield f"{count(videos.videos, 'video')}, {ranges}, {clock(videos.duration_ms)}"
    if stock.faces:
        yield (
            f"{count(sum(one.faces for one in stock.faces), 'face')} of {count(len(stock.faces), 'collection')} that "
            "have them switched on"
        )
    if deliveries.waiting or deliveries.delivered or deliveries.given_up:
        yield (
            f"{deliveries.delivered:,} findings delivered, {deliveries.waiting:,} waiting, "
            f"{deliveries.given_up:,} given up"
        )
    if deliveries.behind:
        yield f"{count(deliveries.behind, 'change')} still to be compared with what is watched"
    yield from (f"  collection {name}: {number}" for name, number in counts.collections.items())
    yield from (f"  model {model_id[:12]}: {count(number, 'descriptor')}" for model_id, number in counts.models.items())
