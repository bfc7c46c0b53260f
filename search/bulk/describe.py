"""Describes shards in a process of a node: the life of a picture (search.ingest), with a file for a catalogue."""

import platform
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice

from data.fetch import Fetcher
from data.sources import PictureSource, open_source
from errors import ModelUnusable, SourceUnreadable
from feature_extractor.descriptors import Extractor
from feature_extractor.extractor import open_extractor
from feature_extractor.picture import Limits
from search.bulk.shard_file import ShardFile
from search.bulk.shards import Order, Shard, described_path, poured_path
from search.ingest import ingest

READERS = 8
"""Threads of a process that read, fetch, decode and hash: most of them wait for other servers."""


@dataclass(frozen=True, slots=True)
class ShardIntake:
    """The parts that take pictures into the file of a shard (search.ingest.Parts)."""

    extractor: Extractor
    catalogue: ShardFile
    thumbnails: ShardFile
    limits: Limits
    workers: int = READERS


class ShardDescriber:
    """Describes shard after shard with one model, loaded once, on one core."""

    def __init__(self, order: Order, *, fetcher: Callable[[str], bytes] | None = None) -> None:
        """Load the model.

        Args:
            order: how to describe.
            fetcher: gives the bytes behind an address; None for what every command uses: public addresses only.
        Raises:
            ModelUnusable: this node has no such model, or another one.
        """
        self._order = order
        self._extractor = open_extractor(order.model, threads=1)
        if self._extractor.model_id != order.model_id:
            raise ModelUnusable(
                f"expected model {order.model_id} on {platform.node()}; found {self._extractor.model_id}",
                remedy="Bring all nodes to the same version of Retrace and of its model.",
            )
        fetch = Fetcher(timeout_s=order.fetch_timeout_s, max_bytes=order.limits.max_bytes).fetch
        self._fetcher = fetcher or (lambda address: fetch(address).data)

    def describe(self, shard: Shard) -> None:
        """Describe a shard into its file, unless that is there or was there: Ray begins some shards twice.

        Raises:
            SourceUnreadable: this node cannot open the source, which the command could.
            StorageUnavailable: the file cannot be written.
        """
        path = described_path(self._order, shard)
        if path.is_file() or poured_path(self._order, shard).is_file():
            return
        with ExitStack() as stack:
            source = stack.enter_context(self._open(shard))
            # Every shard of a source passes what comes before it; only the shard's own part is told of.
            passed = sum(1 for _ in islice(source, shard.first))
            before = Counter(source.skipped) if passed else Counter()
            file = stack.enter_context(ShardFile(path, self._order.model_id))
            ingest(
                ShardIntake(self._extractor, file, file, self._order.limits),
                islice(source, None if shard.stop is None else shard.stop - shard.first),
                on_progress=lambda _: None,
                on_failure=file.add_failure,
            )
            file.add_skipped({str(reason): number for reason, number in (Counter(source.skipped) - before).items()})

    def _open(self, shard: Shard) -> PictureSource:
        order = self._order
        try:
            return open_source(
                shard.what,
                max_bytes=order.limits.max_bytes,
                collection=order.collection,
                fetcher=self._fetcher,
                show_mature=order.show_mature,
            )
        except SourceUnreadable as exc:
            raise SourceUnreadable(
                f"{platform.node()}: {exc}", remedy="Let every node see the sources at the same path."
            ) from exc
