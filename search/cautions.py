"""What somebody who looks after a site should know and see to, as far as it costs next to nothing to find out.

`check` proves far more and takes minutes on a large catalogue; this is for a page that is looked at in passing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from shlex import quote

from data.last_backup import LastBackup
from search.live_index import LiveIndex
from search.query import Engine, indexes_of
from search.stock import Stock
from search.vector_index.lsh import LSHIndex
from search.words import count

BACKUP_DAYS = 7
"""After so many days with changes a backup is called old."""
LONGEST_SILENCE_S = 60.0
"""An index that follows the catalogue looks at it several times a second."""
LONGEST_BEHIND = 1_000
"""Changes that watching may be behind while pictures are just being added."""
LONGEST_WAITING = timedelta(hours=1)
LEAST_NEIGHBOURS = 2_000
"""True neighbours that live recall must rest on before anything is said of it: then it is told to about 1 %."""
RECALL_SLACK = 0.02
LEAST_FREE_BYTES = 10**9
LEAST_FREE_SHARE, PLENTY_BYTES = 0.05, 20 * 10**9
"""So small a share of a disk is little, unless it is so much that it lasts."""
INDEX_NAMES = {"copy": "copies", "similar": "similar works", "region": "parts of pictures"}
"""What people call an index, by its kind."""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to see to.

    Attributes:
        what: a sentence.
        remedy: what to do, in a sentence.
    """

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Room on the disk of the data folder, in bytes."""

    total: int
    free: int


@dataclass(frozen=True, slots=True)
class FoundRecall:
    """What searches that were done again exactly found of the true neighbours, by name of the index.

    Attributes:
        found, wanted: neighbours.
    """

    found: int
    wanted: int

    @property
    def share(self) -> float | None:
        """Share that was found, 0..1; None before there is anything to tell."""
        return self.found / self.wanted if self.wanted else None


def find_cautions(
    engine: Engine,
    stock: Stock,
    recall: dict[str, FoundRecall],
    disk: DiskSpace,
    *,
    backup: LastBackup | None,
    now: datetime,
) -> tuple[Caution, ...]:
    """Return what there is to see to, the most pressing first; nothing is the good answer.

    Args:
        engine: that answers.
        stock: of its catalogue.
        recall: of its indexes, by their kinds.
        disk: of the data folder.
        backup: the last one that is known.
        now: UTC.
    Raises:
        CatalogueUnavailable: the catalogue cannot be read.
    """
    return (
        *_disk(disk),
        *_indexes(engine),
        *_descriptions(engine, stock),
        *_calibration(engine),
        *_recall(engine, recall),
        *_deliveries(stock, now),
        *_faces(stock),
        *_backup(stock, backup, now),
    )


def pictures_without_regions(engine: Engine, pictures: int) -> int:
    """Return how many pictures have no described regions of the model in use; 0 where searches do not ask for them.

    Args:
        engine: the parts.
        pictures: of its catalogue.
    """
    if engine.regions is None:
        return 0
    return max(0, pictures - engine.regions.shelf.counts(engine.extractor.model_id).pictures)


def _disk(disk: DiskSpace) -> Iterator[Caution]:
    is_little = disk.free < LEAST_FREE_SHARE * disk.total and disk.free < PLENTY_BYTES
    if disk.free < LEAST_FREE_BYTES or is_little:
        yield Caution(
            f"The disk of the data folder has {disk.free / 1e9:.1f} GB left of {disk.total / 1e9:,.1f} GB.",
            "Free some space, or move the data folder: a full disk stops additions, decisions and sign-ins.",
        )


def _indexes(engine: Engine) -> Iterator[Caution]:
    for index in indexes_of(engine):
        name = INDEX_NAMES[index.identity.kind]
        if not index.is_ready:
            yield Caution(
                f"The index of {name} does not follow the catalogue any more: what is added is not found.",
                "Restart this site; the log of this process says why.",
            )
        elif _is_behind(index):
            yield Caution(
                f"The index of {name} could not look at the catalogue or be saved when it last tried.",
                "The log says why; it tries again by itself, and answers with what it has.",
            )


def _is_behind(index: LiveIndex) -> bool:
    status = index.status
    is_silent = status.is_following and (status.looked_s_ago is None or status.looked_s_ago > LONGEST_SILENCE_S)
    return status.last_error is not None or is_silent


def _descriptions(engine: Engine, stock: Stock) -> Iterator[Caution]:
    pictures = stock.counts.images
    if lacking := max(0, pictures - stock.counts.models.get(engine.extractor.model_id, 0)):
        yield Caution(
            f"{count(lacking, 'picture')} not described by the model in use: no search finds "
            f"{'it' if lacking == 1 else 'them'}.",
            "`python3 index.py check` names them; remove them, then add their files again.",
        )
    if lacking := pictures_without_regions(engine, pictures):
        yield Caution(
            f"{count(lacking, 'picture')} without described parts, though searches ask for these.",
            "`python3 index.py regions add` describes them.",
        )


def _calibration(engine: Engine) -> Iterator[Caution]:
    if engine.calibration is None:
        yield Caution(
            "No copy says how sure it is: the calibration is missing, or was fitted to another model or method.",
            "`python3 index.py calibrate` fits one to the model in use; the log of the start says which is the case.",
        )


def _recall(engine: Engine, recall: dict[str, FoundRecall]) -> Iterator[Caution]:
    for live in (engine.copies, engine.similars):
        index, told = live.index, recall.get(live.identity.kind, FoundRecall(0, 0))
        if not isinstance(index, LSHIndex) or told.wanted < LEAST_NEIGHBOURS or told.share is None:
            continue
        if told.share < index.recall - RECALL_SLACK:
            yield Caution(
                f"Searches find {told.share:.1%} of the nearest {INDEX_NAMES[live.identity.kind]}; the index aims at "
                f"{index.recall:.1%}.",
                "`python3 index.py tune` chooses by the pictures themselves how deep it must look.",
            )


def _deliveries(stock: Stock, now: datetime) -> Iterator[Caution]:
    deliveries = stock.deliveries
    if deliveries.given_up:
        yield Caution(
            f"{count(deliveries.given_up, 'delivery', 'deliveries')} of findings given up.",
            "The page Watch says why; once that is mended, `python3 index.py watch retry NAME` sends them.",
        )
    if deliveries.oldest_at is not None and now - deliveries.oldest_at > LONGEST_WAITING:
        hours = (now - deliveries.oldest_at) / timedelta(hours=1)
        yield Caution(
            f"{count(deliveries.waiting, 'delivery', 'deliveries')} of findings waiting, the oldest for "
            f"{count(int(hours), 'hour')}.",
            "The page Watch says what fails. It is tried again by itself, until RETRACE_WATCH_GIVE_UP_DAYS is over.",
        )
    if deliveries.behind > LONGEST_BEHIND:
        yield Caution(
            f"{count(deliveries.behind, 'change')} still to be compared with what is watched.",
            "It is caught up with by itself; with RETRACE_WATCH=false only while `python3 index.py watch run` runs.",
        )


def _faces(stock: Stock) -> Iterator[Caution]:
    for one in stock.faces:
        if lacking := one.pictures - one.looked_at:
            yield Caution(
                f"{count(lacking, 'picture')} of the collection {one.collection} not looked at for faces.",
                f"`python3 index.py faces add {quote(one.collection)}` does.",
            )


def _backup(stock: Stock, backup: LastBackup | None, now: datetime) -> Iterator[Caution]:
    if not stock.counts.images:
        return
    remedy = "`python3 index.py backup FILE` writes one while the site serves. Those made otherwise are not known here."
    if backup is None:
        yield Caution("No backup of this catalogue is known.", remedy)
        return
    age, changes = now - backup.created_at, stock.counts.last_change - backup.last_change
    if age > timedelta(days=BACKUP_DAYS) and changes > 0:
        yield Caution(
            f"The last backup is {age.days} days old; the catalogue has had {count(changes, 'change')} since.", remedy
        )
