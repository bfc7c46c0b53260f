"""What is measured of an engine; written by the process that runs it, read by the one that reports."""

from dataclasses import dataclass

NOT_MEASURED = -1.0
"""Of what an engine cannot do, or was not reached in time."""


@dataclass(frozen=True, slots=True)
class SearchFigures:
    """One set of queries at one setting.

    Attributes:
        query_set: its name.
        setting: of the engine.
        asked: queries asked one by one; fewer than there are where time was up.
        recall: share of the right answers, relative to what comparing everything finds, of those asked one by one.
        median_ms, p99_ms: time of one query asked alone.
        batch_recall, batch_ms: asked 64 at a time; the time is that of one query.
    """

    query_set: str
    setting: str
    asked: int
    recall: float
    median_ms: float
    p99_ms: float
    batch_recall: float
    batch_ms: float


@dataclass(frozen=True, slots=True)
class BuildFigures:
    """What building costs.

    Attributes:
        built_as: what was built.
        seconds: in the engine, from the first vector to the saved files.
        peak_mb: largest resident memory beyond that of the idle process, MiB.
        disk_mb: of everything it wrote, MiB.
    """

    built_as: str
    seconds: float
    peak_mb: float
    disk_mb: float


@dataclass(frozen=True, slots=True)
class ServeFigures:
    """What an opened index costs.

    Attributes:
        open_s: from the files to the first answer.
        private_mb: memory of its own after all searches, beyond that of the idle process, MiB.
        mapped_mb: pages of its files that are in memory then, which the system may take back, MiB.
        added_per_s, removed_per_s: vectors, a thousand at a time, into and out of the opened index.
        is_added_found: whether every vector looked for just after it was added was found first.
        is_removed_gone: whether none came back just after it was removed.
        searches: every set of queries at every setting.
    """

    open_s: float
    private_mb: float
    mapped_mb: float
    added_per_s: float
    removed_per_s: float
    is_added_found: bool
    is_removed_gone: bool
    searches: tuple[SearchFigures, ...]
