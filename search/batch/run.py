"""A batch from the first file to the last: read ahead, passed over where it was searched before, searched, noted."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256

from data.records import SourceRecord
from errors import BadInput
from search.answer import Ask
from search.batch.ask import OwnFile
from search.batch.journal import Journal
from search.batch.records import Again, Line, Unread
from search.batch.workers import Outcomes, Submit, searching
from search.ingest import Failure
from search.open_engine import EngineSource
from search.query import Engine

BATCH = 16
"""Files that a worker is given at a time: as many as the network sees at once."""
BATCH_BYTES = 32 * 1024 * 1024
"""Of them together, where files are large."""
READERS = 8
"""Threads that read and fetch: most of them wait for disks and other servers."""
READ_AHEAD = 16
NOTED_AT_ONCE = 256
"""Lines that need no search, written to the disk together."""
AHEAD_A_WORKER = 2
"""Batches that a worker has waiting, the one it is at included."""


@dataclass(slots=True)
class Tally:
    """What became of the files so far.

    Attributes:
        searched: with an answer of this run; again: with one of an earlier run, or of another file of the same bytes.
        unread: that could not be searched with.
        steps_ms: what each step of the searches took, of all processes together.
    """

    searched: int = 0
    again: int = 0
    unread: int = 0
    steps_ms: dict[str, float] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """How many were dealt with."""
        return self.searched + self.again + self.unread


@dataclass(frozen=True, slots=True)
class _Read:
    """A file with its digest."""

    file: OwnFile
    sha256: str


def search_all(
    engine: Engine,
    source: EngineSource,
    records: Iterable[SourceRecord],
    journal: Journal,
    ask: Ask,
    *,
    workers: int,
    on_progress: Callable[[Tally], None],
) -> Tally:
    """Search with all files of some sources and note in a journal what was found.

    An answer that is noted already, and still holds, is not looked for again: whatever stops a run, the next one goes
    on. Files are read again for that, as their bytes alone tell them.

    Args:
        engine: of this process.
        source: what other processes open theirs from.
        records: files offered, read lazily.
        journal: of the run, begun.
        ask: collection, place and parts.
        workers: processes that search.
        on_progress: called after each batch.
    Returns:
        the final tally.
    Raises:
        StorageUnavailable: the journal cannot be written; what is in it stays.
        EnvironmentFault: a worker died.
    """
    with (
        searching(engine, source, ask, workers=workers) as submit,
        ThreadPoolExecutor(READERS, thread_name_prefix="read") as readers,
    ):
        run = _Run(journal, submit, AHEAD_A_WORKER * workers, on_progress)
        try:
            for one in _read_ahead(readers, records):
                run.take(one)
            run.finish()
        finally:
            readers.shutdown(wait=True, cancel_futures=True)
    return run.tally


class _Run:
    """Files on their way: noted at once, waiting for a batch to fill, or being searched with."""

    def __init__(
        self, journal: Journal, submit: Submit, most_waiting: int, on_progress: Callable[[Tally], None]
    ) -> None:
        self.tally = Tally()
        self._journal = journal
        self._submit = submit
        self._most_waiting = most_waiting
        self._on_progress = on_progress
        self._batch: list[_Read] = []
        self._noted: list[Line] = []
        self._waiting: deque[tuple[list[_Read], Future[Outcomes]]] = deque()
        # sha256 of files that are being searched with, to the places of others of the same bytes
        self._same: dict[str, list[str]] = {}

    def take(self, one: _Read | Failure) -> None:
        """Take a file in."""
        if isinstance(one, Failure):
            self.tally.unread += 1
            self._noted.append(Unread(locator=one.locator, reason=one.reason))
        elif self._journal.holds(one.sha256):
            self.tally.again += 1
            self._noted.append(Again(locator=one.file.locator, sha256=one.sha256))
        elif one.sha256 in self._same:
            self._same[one.sha256].append(one.file.locator)
        else:
            self._same[one.sha256] = []
            self._batch.append(one)
        if len(self._batch) == BATCH or sum(len(held.file.data) for held in self._batch) > BATCH_BYTES:
            self._send()
        if len(self._noted) >= NOTED_AT_ONCE:
            self._note()

    def finish(self) -> None:
        """Search with what is left, and wait for all of it."""
        if self._batch:
            self._send()
        while self._waiting:
            self._settle()
        self._note()

    def _send(self) -> None:
        while len(self._waiting) >= self._most_waiting:
            self._settle()
        self._waiting.append((self._batch, self._submit([one.file for one in self._batch])))
        self._batch = []

    def _settle(self) -> None:
        """Wait for the batch that was sent first, and note what came of it."""
        batch, future = self._waiting.popleft()
        outcomes = future.result()
        for step, took_ms in outcomes.steps_ms.items():
            self.tally.steps_ms[step] = self.tally.steps_ms.get(step, 0.0) + took_ms
        for one, outcome in zip(batch, outcomes.lines, strict=True):
            self._noted.append(outcome)
            others = self._same.pop(one.sha256)
            if isinstance(outcome, Unread):
                self.tally.unread += 1 + len(others)
                self._noted += [Unread(locator=other, reason=outcome.reason) for other in others]
            else:
                self.tally.searched += 1
                self.tally.again += len(others)
                self._noted += [Again(locator=other, sha256=one.sha256) for other in others]
        self._note()

    def _note(self) -> None:
        if self._noted:
            self._journal.append(self._noted)
            self._noted = []
        self._on_progress(self.tally)


def _read_ahead(readers: ThreadPoolExecutor, records: Iterable[SourceRecord]) -> Iterator[_Read | Failure]:
    """Yield every file read, in order, with a bounded number in flight."""
    waiting: deque[Future[_Read | Failure]] = deque()
    for record in records:
        waiting.append(readers.submit(_read, record))
        if len(waiting) >= READ_AHEAD:
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()


def _read(record: SourceRecord) -> _Read | Failure:
    try:
        data = record.read()
    except BadInput as exc:
        return Failure.of(record, exc)
    return _Read(OwnFile(record.locator, data), sha256(data).hexdigest())
