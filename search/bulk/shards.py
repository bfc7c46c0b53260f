"""Cuts sources into shards: pieces that one node describes in a minute or so, each named by all that decides it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from data.sources import count_source
from data.sources.names import as_address
from errors import SourceUnreadable
from feature_extractor.keypoints import METHOD
from feature_extractor.picture import Limits

SHARD_RECORDS = 2_000
"""Pictures of a folder, table, zip or BAM! file that make a shard. A tar, which is read forwards only, is one whole."""

_FORMAT = 2
"""Raised whenever what a described shard holds changes."""


@dataclass(frozen=True, slots=True)
class Order:
    """How shards are described: the same on every node.

    Attributes:
        folder: of the files of described shards; every node must see it, and the sources, at the same path.
        model: the OpenVINO .xml, on every node.
        model_id: of that model; a node that has another is refused.
        limits: what a picture file may cost.
        fetch_timeout_s: longest wait for a picture by address.
        collection: name to put every picture under, whatever the source says.
        show_mature: whether pictures marked as mature are offered.
    """

    folder: Path
    model: Path
    model_id: str
    limits: Limits
    fetch_timeout_s: float
    collection: str | None = None
    show_mature: bool = False


@dataclass(frozen=True, slots=True)
class Shard:
    """Some records of a source, in its order.

    Attributes:
        what: the source, as for data.sources.open_source; a path is absolute.
        first: number of the first record, from 0.
        stop: number of the first record that is no longer part of it; None: to the end.
        records: how many there are; None where only reading tells.
        name: hexadecimal; the same whenever the same records are to be described in the same way.
    """

    what: str
    first: int
    stop: int | None
    records: int | None
    name: str


def cut(sources: Sequence[str], order: Order, *, records: int = SHARD_RECORDS) -> list[Shard]:
    """Return the shards of some sources, in their order.

    A folder that holds no picture but tars stands for its tars, as img2dataset writes them.

    Args:
        sources: as for data.sources.open_source.
        order: how they are to be described.
        records: most of them in a shard.
    Raises:
        SourceUnreadable: there is no such source, or it cannot be read at all.
    """
    return [shard for source in sources for shard in _cut(source, order, records)]


def _cut(source: str, order: Order, records: int) -> Iterator[Shard]:
    if as_address(source):
        yield _shard(source, 0, None, [1], order)
        return
    path = Path(source).absolute()
    count = count_source(path, show_mature=order.show_mature)
    stamp = [count, *_stamp(path)]
    if count is None:
        yield _shard(str(path), 0, None, stamp, order)
    elif not count and path.is_dir() and (tars := sorted(path.glob("*.tar"))):
        for tar in tars:
            yield from _cut(str(tar), order, records)
    else:
        for first in range(0, max(count, 1), records):
            stop = first + records
            yield _shard(str(path), first, stop if stop < count else None, stamp, order)


def _stamp(path: Path) -> list[int]:
    """Return what changes when a file is written; of a folder its count of pictures must do."""
    try:
        status = path.stat()
    except OSError as exc:
        raise SourceUnreadable(f"{path}: {exc.strerror}") from exc
    return [] if path.is_dir() else [status.st_size, status.st_mtime_ns]


def _shard(what: str, first: int, stop: int | None, stamp: Sequence[int | None], order: Order) -> Shard:
    """Return a shard of a source.

    Args:
        stamp: of the source: how many records it has, and what changes when it does.
    """
    count = stamp[0] if stop is None else stop
    deciding = [
        _FORMAT,
        *(what, first, stop, stamp),
        METHOD,
        *(order.model_id, asdict(order.limits), order.collection, order.show_mature),
    ]
    name = sha256(json.dumps(deciding).encode()).hexdigest()[:32]
    return Shard(what, first, stop, records=None if count is None else count - first, name=name)


def described_path(order: Order, shard: Shard) -> Path:
    """Return the file of a described shard."""
    return order.folder / f"{shard.name}.parquet"


def poured_path(order: Order, shard: Shard) -> Path:
    """Return the file that stands for a described shard once all of it is in the catalogue."""
    return order.folder / f"{shard.name}.json"
