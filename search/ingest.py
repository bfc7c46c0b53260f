"""The life of a picture, top to bottom: source, bytes, decode, describe in batches, one transaction a batch."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from math import isnan
from typing import NoReturn, Protocol, Self

from data.catalogue import Catalogue
from data.records import Added, NewImage, SourceRecord
from data.thumbnails import ThumbnailStore
from errors import BadInput, ContractBroken
from feature_extractor.decode import decode
from feature_extractor.descriptors import ATTRIBUTES, Descriptors, Extractor
from feature_extractor.hashes import compute_pdq
from feature_extractor.kept_keypoints import kept_keypoints
from feature_extractor.keypoints import METHOD
from feature_extractor.picture import Decoded, Limits
from feature_extractor.preprocess import preprocess
from feature_extractor.preview import THUMBNAIL_SIDE_PX, encode_preview
from search.verdict import is_too_plain

BATCH = 32
"""Pictures described and written together."""
AHEAD = 3 * BATCH
"""Pictures read and decoded ahead of the model; each holds its 224-px input, thumbnail and local features, not its
pixels."""
HELD_BYTES = 128 * 1024 * 1024
"""Files that records hold in memory by themselves, ahead of the model and in a batch each: a tar of the largest files
allowed would otherwise pile up AHEAD of them."""


class Shelf(Protocol):
    """Where described pictures go, a batch at a time: the catalogue, or a file on its way there (search.bulk)."""

    def known_sha256(self, hashes: Collection[str]) -> set[str]:
        """Return those of the hashes whose file is there."""
        ...

    def without_keypoints(self, hashes: Collection[str], method: str) -> set[str]:
        """Return those of the hashes whose file is there, but without local features of this method."""
        ...

    def add_batch(self, batch: Sequence[NewImage]) -> list[Added]:
        """Add pictures, all or none, and return what became of each, in order."""
        ...

    def put_keypoints(self, pairs: Sequence[tuple[str, bytes]], method: str) -> None:
        """Fill in local features, by the sha256 of the picture, where there are none of this method."""
        ...

    def add_sources(self, pairs: Sequence[tuple[str, SourceRecord]]) -> set[str]:
        """Note further places where pictures were seen; return the sha256 of those that are not there."""
        ...


class Thumbnails(Protocol):
    """Where their thumbnails go, by the sha256 of the picture."""

    def has(self, sha256: str) -> bool:
        """Return whether the thumbnail of a picture is there."""
        ...

    def put(self, sha256: str, data: bytes) -> None:
        """Write the thumbnail of a picture."""
        ...


class Parts(Protocol):
    """What the life of a picture needs; `Intake` is what it is outside search.bulk."""

    @property
    def extractor(self) -> Extractor:
        """What describes."""
        ...

    @property
    def catalogue(self) -> Shelf:
        """Where pictures go."""
        ...

    @property
    def thumbnails(self) -> Thumbnails:
        """Where thumbnails go."""
        ...

    @property
    def limits(self) -> Limits:
        """What a picture file may cost."""
        ...

    @property
    def workers(self) -> int:
        """Threads that read, decode and hash."""
        ...


@dataclass(frozen=True, slots=True)
class Intake:
    """The parts that take pictures in.

    Attributes:
        limits: what a picture file may cost.
        workers: threads that read, decode and hash.
    """

    extractor: Extractor
    catalogue: Catalogue
    thumbnails: ThumbnailStore
    limits: Limits
    workers: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture that was left out, and why."""

    locator: str
    reason: str

    @classmethod
    def of(cls, record: SourceRecord, error: BadInput) -> Self:
        """Return what an error says of a picture; the place, which many errors name first, is named once."""
        return cls(record.locator, str(error).removeprefix(f"{record.locator}: "))


@dataclass(slots=True)
class Tally:
    """What became of the pictures so far.

    Attributes:
        added: new in the catalogue, committed.
        known: the same bytes were there already; their source was noted, and local features where they had none.
        failed: left out, each reported by name.
    """

    added: int = 0
    known: int = 0
    failed: int = 0

    @property
    def seen(self) -> int:
        """How many were dealt with."""
        return self.added + self.known + self.failed


@dataclass(frozen=True, slots=True)
class _Known:
    """A picture whose bytes the catalogue holds already.

    Attributes:
        keypoints: its local features, packed, where the catalogue lacks them: it was added by an older version.
    """

    record: SourceRecord
    sha256: str
    keypoints: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A decoded picture; its pixels are the model's input from here on, so that waiting costs little memory.

    Attributes:
        keypoints: local features, packed.
    """

    record: SourceRecord
    decoded: Decoded
    thumbnail: bytes
    pdq: bytes | None
    keypoints: bytes


@dataclass(frozen=True, slots=True)
class _Described:
    """A batch ready to be written: its new pictures, row for row with their descriptors, and those known already."""

    prepared: Sequence[_Prepared]
    descriptors: Descriptors
    known: Sequence[_Known]


@dataclass(frozen=True, slots=True)
class DescribedPicture:
    """A picture ready to be kept, and its thumbnail."""

    image: NewImage
    thumbnail: bytes


def ingest(
    intake: Parts,
    records: Iterable[SourceRecord],
    *,
    on_progress: Callable[[Tally], None],
    on_failure: Callable[[Failure], None],
) -> Tally:
    """Add pictures to the catalogue, and go on where an earlier run stopped.

    A batch counts once its transaction is committed; whatever stops the run, the catalogue holds whole batches only,
    and a second run passes over what it finds there. A picture that cannot be had is reported and left out. Other
    processes may add and remove pictures meanwhile, the same ones too.

    Args:
        intake: the parts.
        records: pictures offered, read lazily.
        on_progress: called after each commit and each picture left out.
        on_failure: called for each picture left out.
    Returns:
        the final tally.
    Raises:
        CatalogueUnavailable, StorageUnavailable: nothing more can be written; what was committed stays.
    """
    tally = Tally()
    batch: list[_Prepared | _Known] = []
    described: Future[_Described] | None = None

    def report(failure: Failure) -> None:
        tally.failed += 1
        on_failure(failure)
        on_progress(tally)

    def write() -> None:
        if described is not None:
            _commit(intake, described.result(), tally, report)
            on_progress(tally)

    with (
        ThreadPoolExecutor(intake.workers, thread_name_prefix="prepare") as pool,
        ThreadPoolExecutor(1, thread_name_prefix="describe") as describer,
    ):
        try:
            for outcome in _prepare_ahead(intake, pool, records):
                if isinstance(outcome, Failure):
                    report(outcome)
                    continue
                batch.append(outcome)
                if len(batch) == BATCH or sum(item.record.held_bytes for item in batch) > HELD_BYTES:
                    # The network works on this batch while the one before is written.
                    following = describer.submit(_describe, intake, batch)
                    write()
                    batch, described = [], following
            write()
            described = describer.submit(_describe, intake, batch) if batch else None
            write()
            on_progress(tally)
        finally:
            # Ctrl-C or a full disk: what was not begun is not worth finishing, it would not be committed.
            for executor in (pool, describer):
                executor.shutdown(wait=True, cancel_futures=True)
    return tally


def _prepare_ahead(
    intake: Parts, pool: ThreadPoolExecutor, records: Iterable[SourceRecord]
) -> Iterator[_Prepared | _Known | Failure]:
    """Yield every record prepared, in order, with a bounded number in flight, and of bytes that they hold."""
    waiting: deque[tuple[int, Future[_Prepared | _Known | Failure]]] = deque()
    held_bytes = 0
    for record in records:
        waiting.append((record.held_bytes, pool.submit(_prepare, intake, record)))
        held_bytes += record.held_bytes
        while len(waiting) >= AHEAD or held_bytes > HELD_BYTES:
            released_bytes, outcome = waiting.popleft()
            held_bytes -= released_bytes
            yield outcome.result()
    for _, outcome in waiting:
        yield outcome.result()


def ingest_one(intake: Parts, record: SourceRecord) -> Tally:
    """Add one picture now, for whoever waits for it: what goes wrong is raised.

    Raises:
        BadInput: the picture cannot be had.
        CatalogueUnavailable, StorageUnavailable: it cannot be written.
    """
    tally, failures = Tally(), list[Failure]()
    _commit(intake, _describe(intake, [_prepare_or_raise(intake, record)]), tally, failures.append)
    if failures:
        raise BadInput(failures[0].reason, remedy="Send it again.")
    return tally


def _prepare(intake: Parts, record: SourceRecord) -> _Prepared | _Known | Failure:
    """Prepare one picture, or tell why it cannot be had."""
    try:
        return _prepare_or_raise(intake, record)
    except BadInput as exc:
        return Failure.of(record, exc)


def _prepare_or_raise(intake: Parts, record: SourceRecord) -> _Prepared | _Known:
    """Read, recognise, decode and hash one picture, and find its local features.

    Raises:
        BadInput: it cannot be had.
    """
    data = record.read()
    digest = sha256(data).hexdigest()
    is_known = bool(intake.catalogue.known_sha256([digest]))
    is_featureless = is_known and bool(intake.catalogue.without_keypoints([digest], METHOD))
    has_thumbnail = is_known and intake.thumbnails.has(digest)
    if has_thumbnail and not is_featureless:
        return _Known(record, digest)
    decoded = decode(data, intake.limits)
    if is_known:  # its thumbnail was lost, or an older version added it
        if not has_thumbnail:
            intake.thumbnails.put(digest, encode_preview(decoded.pixels, THUMBNAIL_SIDE_PX))
        return _Known(record, digest, _keypoints_of(decoded) if is_featureless else None)
    pdq = compute_pdq(decoded.pixels)
    return _Prepared(
        record=replace(record, read=_read_again, held_bytes=0),  # its bytes are done with
        decoded=replace(decoded, pixels=preprocess(decoded.pixels)),
        thumbnail=encode_preview(decoded.pixels, THUMBNAIL_SIDE_PX),
        pdq=None if is_too_plain(pdq) else pdq.bits,
        keypoints=_keypoints_of(decoded),
    )


def _keypoints_of(decoded: Decoded) -> bytes:
    """Return the local features of a picture, packed."""
    return kept_keypoints(decoded.pixels, decoded.width, decoded.height)


def _read_again() -> NoReturn:
    """Stand for the bytes of a picture that has been decoded."""
    raise ContractBroken("expected nobody to read a picture after it was prepared")


def _describe(intake: Parts, batch: Sequence[_Prepared | _Known]) -> _Described:
    """Describe the new pictures of a batch."""
    prepared = [item for item in batch if isinstance(item, _Prepared)]
    known = [item for item in batch if isinstance(item, _Known)]
    return _Described(prepared, intake.extractor.describe([item.decoded.pixels for item in prepared]), known)


def _commit(intake: Parts, batch: _Described, tally: Tally, report: Callable[[Failure], None]) -> None:
    """Write all of a batch."""
    known = batch.known
    removed = intake.catalogue.add_sources([(item.sha256, item.record) for item in known]) if known else set()
    tally.known += sum(one.sha256 not in removed for one in known)
    if filled := [(one.sha256, one.keypoints) for one in known if one.keypoints is not None]:
        intake.catalogue.put_keypoints(filled, METHOD)
    new_ones: list[_Prepared] = []
    for one in known:
        if one.sha256 not in removed:
            continue
        match _prepare(intake, one.record):  # removed since it was recognised: now it is a new one
            case _Prepared() as again:
                new_ones.append(again)
            case _Known():
                report(Failure(one.record.locator, "another process removes and adds it again and again"))
            case Failure() as failure:
                report(failure)
    for described in (batch, _describe(intake, new_ones)):
        if described.prepared:
            _write(intake, described, tally)


def _write(intake: Parts, described: _Described, tally: Tally) -> None:
    """Write new pictures."""
    descriptors = described.descriptors
    pictures = [
        DescribedPicture(
            NewImage(
                sha256=item.decoded.sha256,
                pixel_sha256=item.decoded.pixel_sha256,
                pdq=item.pdq,
                width=item.decoded.width,
                height=item.decoded.height,
                format=item.decoded.format,
                size_bytes=item.decoded.size_bytes,
                model_id=intake.extractor.model_id,
                descriptors={"copy": descriptors.copy[row], "similar": descriptors.similar[row]},
                attributes={
                    name: float(probability)
                    for name, probability in zip(ATTRIBUTES, descriptors.attributes[row], strict=True)
                    if not isnan(probability)  # the model was never taught it
                },
                keypoints_method=METHOD,
                keypoints=item.keypoints,
                source=item.record,
            ),
            item.thumbnail,
        )
        for row, item in enumerate(described.prepared)
    ]
    keep(intake.catalogue, intake.thumbnails, pictures, tally)


def keep(shelf: Shelf, thumbnails: Thumbnails, pictures: Sequence[DescribedPicture], tally: Tally) -> None:
    """Keep described pictures: their thumbnails, then their rows, in one transaction.

    Raises:
        CatalogueUnavailable, StorageUnavailable: they cannot be written.
    """
    # A thumbnail without a row is swept by `check --repair`; a row without a thumbnail would show a hole: files first.
    for picture in pictures:
        thumbnails.put(picture.image.sha256, picture.thumbnail)
    added = shelf.add_batch([picture.image for picture in pictures])
    # Whoever removed strays after they were put and before the commit took them for such (search.removal).
    for picture in pictures:
        if not thumbnails.has(picture.image.sha256):
            thumbnails.put(picture.image.sha256, picture.thumbnail)
    created = sum(one.created for one in added)
    tally.added += created
    tally.known += len(added) - created
