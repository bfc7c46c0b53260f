"""The life of a bulk run, top to bottom: cut, pass over what is done, describe on a cluster, pour, clear away.

Its state is the files of its folder, so that whatever stops it, the same command goes on: a described shard has a
Parquet file, a poured one a small JSON file in its place, and both are gone once all of the run is in the catalogue.
"""

import fcntl
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from errors import StorageUnavailable
from search.bulk.cluster import describe_on_cluster
from search.bulk.pour import pour, read_poured, write_poured
from search.bulk.shard_file import PARTIAL
from search.bulk.shards import SHARD_RECORDS, Order, Shard, cut, described_path, poured_path
from search.ingest import Failure, Intake, Tally

CHANGED = "changed while it was read; run the command again to have all of it"


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What became of a bulk run.

    Attributes:
        tally: of pictures; those that an earlier run added before it was stopped count as known.
        skipped: how many things of the sources were left out, by reason.
    """

    tally: Tally
    skipped: Counter[str]


def add_in_bulk(
    intake: Intake,
    order: Order,
    sources: Sequence[str],
    address: str,
    *,
    on_progress: Callable[[Tally, int | None], None],
    on_failure: Callable[[Failure], None],
    records: int = SHARD_RECORDS,
) -> BulkOutcome:
    """Add all that some sources offer, described on a Ray cluster, and go on where an earlier run stopped.

    Every picture is added once, by its sha256, however often its shard is described or poured. A picture that cannot
    be had is reported and left out.

    Args:
        intake: where pictures go.
        order: how nodes describe them.
        sources: as for data.sources.open_source, or folders of tars.
        address: of the cluster: host:port, or the word `local`.
        on_progress: called with the tally, and how many there are in all where that is known before they are read.
        on_failure: called for each picture left out.
        records: most of them in a shard.
    Raises:
        SourceUnreadable: a source cannot be read at all, here or on a node.
        ClusterUnavailable, ModelUnusable, PartMissing: the cluster cannot do it; the message says why.
        CatalogueUnavailable, StorageUnavailable: nothing more can be written; what was committed stays.
    """
    tally, skipped = Tally(), Counter[str]()

    def report(failure: Failure) -> None:
        tally.failed += 1
        on_failure(failure)

    with _alone(order.folder):
        shards = list(dict.fromkeys(cut(sources, order, records=records)))
        total = _sum([shard.records for shard in shards])
        waiting = []
        for shard in shards:
            if (done := read_poured(poured_path(order, shard))) is None:
                waiting.append(shard)
            else:
                tally.known += done.pictures
                skipped.update(done.skipped)
                for failure in done.failures:
                    report(failure)
        on_progress(tally, total)
        with closing(_described(address, waiting, order)) as described:  # leaves the cluster whatever happens
            for shard in described:
                path = described_path(order, shard)
                poured = pour(
                    intake, path, tally, on_progress=lambda so_far: on_progress(so_far, total), on_failure=on_failure
                )
                skipped.update(poured.skipped)
                write_poured(poured_path(order, shard), poured)
                path.unlink(missing_ok=True)
        for what in sorted({shard.what for shard in {*shards} ^ {*cut(sources, order, records=records)}}):
            report(Failure(what, CHANGED))
        for shard in shards:
            poured_path(order, shard).unlink(missing_ok=True)
            described_path(order, shard).unlink(missing_ok=True)
        _sweep(order.folder)
    on_progress(tally, total)
    return BulkOutcome(tally, skipped)


def _described(address: str, shards: Sequence[Shard], order: Order) -> Generator[Shard]:
    """Yield shards whose files are there: those that an earlier run left, then those that the cluster describes."""
    left: list[Shard] = []
    missing: list[Shard] = []
    for shard in shards:
        (left if described_path(order, shard).is_file() else missing).append(shard)
    yield from left
    if missing:
        yield from describe_on_cluster(address, missing, order)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder of described shards for the time of a block; a process that is killed lets go of it.

    Raises:
        StorageUnavailable: another run holds it, or it cannot be written.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fcntl.flock(stack.enter_context((folder / "lock").open("w")), fcntl.LOCK_EX | fcntl.LOCK_NB)
            _sweep(folder)
        except BlockingIOError as exc:
            raise StorageUnavailable(
                f"expected one bulk run at a time; another is at work in {folder}", remedy="Wait until it is done."
            ) from exc
        except OSError as exc:
            raise StorageUnavailable(f"{folder} cannot be written: {exc.strerror or exc}") from exc
        yield


def _sweep(folder: Path) -> None:
    """Remove what nodes that were lost, or a run that was stopped, left half written."""
    for partial in folder.glob(f"*{PARTIAL}"):
        partial.unlink(missing_ok=True)
