"""Takes pictures in that are guarded beside the catalogue: the life of a picture, with another shelf at its end."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from data.records import Added, NewImage, SourceRecord
from data.watch_records import NewWatched, Watch
from data.watches import Watches
from feature_extractor.descriptors import Extractor
from feature_extractor.picture import Limits
from search.ingest import Failure, Tally, ingest
from search.words import public_place


class WatchShelf:
    """Where guarded pictures and their small versions go: rows of the watch; nothing of them is in the catalogue."""

    def __init__(self, watches: Watches, watch: Watch, model_id: str) -> None:
        """Name the watch, and the model that describes its pictures."""
        self._watches = watches
        self._watch = watch
        self._model_id = model_id
        self._previews: dict[str, bytes] = {}
        self._lock = Lock()

    def known_sha256(self, hashes: Collection[str]) -> set[str]:
        """Return those of the hashes whose file is guarded already."""
        return self._watches.known(self._watch.id, hashes, self._model_id)

    def without_keypoints(self, hashes: Collection[str], method: str) -> set[str]:
        """Return nothing: what is guarded has its features."""
        return set()

    def add_batch(self, batch: Sequence[NewImage]) -> list[Added]:
        """Guard pictures, all or none."""
        with self._lock:
            previews = {new.sha256: self._previews.pop(new.sha256) for new in batch if new.sha256 in self._previews}
        fresh = {new.sha256: new for new in batch}
        known = self.known_sha256(list(fresh))
        self._watches.put(self._watch.id, [_watched(new, previews[new.sha256]) for new in fresh.values()])
        added = []
        for new in batch:
            added.append(Added(0, created=new.sha256 not in known))
            known.add(new.sha256)
        return added

    def put_keypoints(self, pairs: Sequence[tuple[str, bytes]], method: str) -> None:
        """Do nothing: see without_keypoints."""

    def add_sources(self, pairs: Sequence[tuple[str, SourceRecord]]) -> set[str]:
        """Return nothing: where a guarded picture lies is not kept."""
        return set()

    def has(self, sha256: str) -> bool:
        """Return whether the small version of a picture is there."""
        with self._lock:
            if sha256 in self._previews:
                return True
        return bool(self.known_sha256([sha256]))

    def put(self, sha256: str, data: bytes) -> None:
        """Hold a small version until its picture is written."""
        with self._lock:
            self._previews[sha256] = data


@dataclass(frozen=True, slots=True)
class _Parts:
    """What search.ingest works with."""

    extractor: Extractor
    catalogue: WatchShelf
    thumbnails: WatchShelf
    limits: Limits
    workers: int


def guard_files(
    watches: Watches,
    watch: Watch,
    records: Iterable[SourceRecord],
    extractor: Extractor,
    limits: Limits,
    *,
    workers: int,
    on_progress: Callable[[Tally], None],
    on_failure: Callable[[Failure], None],
) -> Tally:
    """Guard pictures beside the catalogue, and go on where an earlier run stopped.

    Args:
        watches: of the catalogue.
        watch: that guards them.
        records: pictures offered, read lazily.
        extractor: describes them.
        limits: what a picture file may cost.
        workers: threads that read, decode and hash.
        on_progress: called after each batch and each picture left out.
        on_failure: called for each picture left out.
    Raises:
        BadInput: the watch would guard too many.
        CatalogueUnavailable: nothing more can be written; what was committed stays.
    """
    shelf = WatchShelf(watches, watch, extractor.model_id)
    parts = _Parts(extractor, shelf, shelf, limits, workers)
    return ingest(parts, records, on_progress=on_progress, on_failure=on_failure)


def _watched(new: NewImage, preview: bytes) -> NewWatched:
    """Return a described picture as it is guarded."""
    place = public_place(new.source.locator).partition("?")[0].rstrip("/")
    return NewWatched(
        sha256=new.sha256,
        pixel_sha256=new.pixel_sha256,
        pdq=new.pdq,
        width=new.width,
        height=new.height,
        format=new.format,
        size_bytes=new.size_bytes,
        name=new.source.title or place.rpartition("/")[2] or place,
        model_id=new.model_id,
        copy=new.descriptors["copy"],
        similar=new.descriptors["similar"],
        keypoints_method=new.keypoints_method,
        keypoints=new.keypoints,
        preview=preview,
    )
