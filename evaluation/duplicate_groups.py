"""Are the groups of `index.py duplicates` right, and are they all? Measured among edited copies, beside imagededup."""

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from data.records import SourceRecord
from errors import BadInput, EnvironmentFault, SourceUnreadable, StorageUnavailable
from evaluation.duplicate_pool import DuplicatePool
from evaluation.duplicate_report import WRONG_SHOWN, Cost, DuplicateReport, FinderScores
from evaluation.duplicate_truth import DuplicateTruth, Pairs, pairs_within
from evaluation.peak_memory import peak_mb, restart_peak
from evaluation.peers.imagededup import DedupFindings, DedupMethod, keep_first
from search.duplicates.find import find_duplicates
from search.ingest import Failure, Intake, Tally, ingest
from search.query import Engine

OWN_NAME = "Retrace"
OWN_LEVEL = "proven"


@dataclass(frozen=True, slots=True)
class Described:
    """What it took to take pictures in, in all runs together.

    Attributes:
        pictures: that were described.
        left_out: that the last run could not take in.
        seconds: of the runs that described some.
        peak_mb: largest resident memory of those runs, MiB.
    """

    pictures: int = 0
    left_out: int = 0
    seconds: float = 0.0
    peak_mb: float = 0.0


def take_pool_in(
    intake: Intake,
    pool: DuplicatePool,
    kept: Path,
    *,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    on_failure: Callable[[Failure], None] = lambda _: None,
) -> Described:
    """Add the pictures of a pool to a catalogue, the usual way; those that are in it are not described again.

    Args:
        intake: the parts, over a catalogue that holds nothing else.
        pool: the pictures; their names become the places where they were seen.
        kept: file that tells what earlier runs took, as the catalogue does not.
        on_progress: told how many pictures are dealt with, of how many.
        on_failure: told of each picture that is left out.
    Returns:
        What all runs took.
    Raises:
        BadInput: the file holds something else.
        StorageUnavailable: it cannot be written.
    """
    before = _read_described(kept)
    records = (SourceRecord(locator=name, read=partial(_read_picture, pool.pictures / name)) for name in pool.names)
    tally = Tally()

    def note(so_far: Tally) -> None:
        nonlocal tally
        tally = so_far
        on_progress(so_far.seen, len(pool.names))

    restart_peak()
    start = time.perf_counter()
    try:
        ingest(intake, records, on_progress=note, on_failure=on_failure)
    finally:
        # A run that is stopped has described some all the same.
        now = replace(before, left_out=tally.failed)
        if tally.added:
            now = Described(
                pictures=before.pictures + tally.added,
                left_out=tally.failed,
                seconds=before.seconds + time.perf_counter() - start,
                peak_mb=max(before.peak_mb, peak_mb()),
            )
        _write_described(kept, now)
    return now


def measure_duplicates(
    engine: Engine,
    pool: DuplicatePool,
    described: Described,
    *,
    others: Sequence[tuple[DedupMethod, DedupFindings]] = (),
    skipped: Mapping[str, str] | None = None,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> DuplicateReport:
    """Look for duplicates as `index.py duplicates` does, and hold its groups, and what others found, against the truth.

    Args:
        engine: over a catalogue that holds the pool and nothing else; see `take_pool_in`.
        pool: the pictures.
        described: what it took to take them in.
        others: what other finders found in the same folder.
        skipped: names of other finders that were not asked, and why.
        on_progress: told of the progress of each step.
    """
    rows, truth = pool.rows(), pool.truth()
    restart_peak()
    start = time.perf_counter()
    _, groups = find_duplicates(engine, on_progress=lambda _, done, total: on_progress(done, total))
    cost = Cost(
        described=described.pictures,
        describing_s=round(described.seconds, 1),
        finding_s=round(time.perf_counter() - start, 1),
        peak_mb=round(max(described.peak_mb, peak_mb()), 1),
    )
    members = [[rows[member.locator] for member in group.members] for group in groups]
    finders = [
        _judge(
            pool,
            truth,
            name=OWN_NAME,
            level=OWN_LEVEL,
            pairs=pairs_within(members),
            groups=members,
            cost=cost,
        )
    ]
    for method, found in others:
        finders += _judge_dedup(pool, truth, method, found)
    edited = Counter(copy.edit for copy in pool.made)
    return DuplicateReport(
        pictures=len(pool.names),
        edited=dict(edited),
        originals=len({copy.original for copy in pool.made}),
        equal_files=pool.equal_files,
        left_out=described.left_out,
        finders=tuple(finders),
        skipped=dict(skipped or {}),
        known=pool.known,
        model_id=engine.extractor.model_id,
        cores=os.cpu_count() or 1,
        seed=pool.seed,
    )


def _judge_dedup(
    pool: DuplicatePool, truth: DuplicateTruth, method: DedupMethod, found: DedupFindings
) -> tuple[FinderScores, FinderScores]:
    """Return what it is worth as it comes, and at the level of its best F1 of pairs.

    Raises:
        EnvironmentFault: it looked at other pictures.
    """
    if found.names != pool.names:
        lacking = sorted(set(pool.names) ^ set(found.names))
        raise EnvironmentFault(
            f"expected {method.name} to read the {len(pool.names):,} pictures of the pool; it read "
            f"{len(found.names):,}, and differs in {lacking[0]}",
        )
    cost = Cost(
        described=len(found.names),
        describing_s=round(found.describing_s, 1),
        finding_s=round(found.finding_s, 1),
        peak_mb=round(found.peak_mb, 1),
    )
    levels = np.array(method.levels, np.float64)
    scores = truth.score_levels(found.close(), levels)
    # Of equals the strictest.
    best = max(range(len(levels)), key=lambda place: (scores[place].f1, place))
    chosen = (
        (method.level_words(method.level), found.pairs),
        (f"{method.level_words(method.levels[best])} (best F1)", found.pairs_from(method.levels[best])),
    )
    first, second = (
        _judge(
            pool,
            truth,
            name=method.name,
            level=level,
            pairs=pairs,
            groups=keep_first(len(pool.names), pairs),
            cost=cost,
        )
        for level, pairs in chosen
    )
    return first, second


def _judge(
    pool: DuplicatePool,
    truth: DuplicateTruth,
    *,
    name: str,
    level: str,
    pairs: Pairs,
    groups: Sequence[Sequence[int]],
    cost: Cost,
) -> FinderScores:
    """Return what a finder's pairs and groups are worth."""
    rows, said = pool.rows(), set(map(tuple, pairs.tolist()))
    paired = Counter(
        copy.edit
        for copy in pool.made
        if (min(rows[copy.name], rows[copy.original]), max(rows[copy.name], rows[copy.original])) in said
    )
    wrong = pairs[truth.families[pairs[:, 0]] != truth.families[pairs[:, 1]]][:WRONG_SHOWN]
    return FinderScores(
        name=name,
        level=level,
        pairs=truth.score_pairs(pairs),
        groups=truth.score_groups(groups),
        copies=dict(paired),
        wrong=tuple((pool.names[one], pool.names[other]) for one, other in wrong.tolist()),
        cost=cost,
    )


def _read_picture(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise SourceUnreadable(f"expected a picture in {path}; received {exc}") from exc


def _read_described(kept: Path) -> Described:
    if not kept.is_file():
        return Described()
    try:
        return TypeAdapter(Described).validate_json(kept.read_bytes())
    except (OSError, ValidationError) as exc:
        raise BadInput(f"expected seconds of earlier runs in {kept}; received {exc}", remedy="Delete it.") from exc


def _write_described(kept: Path, described: Described) -> None:
    try:
        kept.write_text(json.dumps(asdict(described)), encoding="utf-8")
    except OSError as exc:
        raise StorageUnavailable(f"{kept} cannot be written: {exc.strerror}") from exc
