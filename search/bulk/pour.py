"""Pours described shards into the catalogue, a transaction for every few hundred pictures."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from errors import StorageUnavailable
from search.bulk.shard_file import PARTIAL, read_shard, read_skipped
from search.ingest import Failure, Intake, Tally, keep


@dataclass(frozen=True, slots=True)
class Poured:
    """What a shard held, kept in place of its file until the run is through.

    Attributes:
        pictures: in the catalogue since, new or known there before.
        failures: pictures that could not be had.
        skipped: how many things of the source were left out, by reason.
    """

    pictures: int
    failures: tuple[Failure, ...]
    skipped: Mapping[str, int]


def pour(
    intake: Intake,
    path: Path,
    tally: Tally,
    *,
    on_progress: Callable[[Tally], None],
    on_failure: Callable[[Failure], None],
) -> Poured:
    """Put all of a described shard into the catalogue, and count it.

    Pictures that are there already, of this shard or of any other source, are not added again: only their places are
    noted, and local features where they have none. So a shard may be poured once more after a stop.

    Raises:
        StorageUnavailable: the file cannot be read, is damaged or of another model; or a thumbnail cannot be written.
        CatalogueUnavailable: nothing more can be written; what was committed stays.
    """
    before = replace(tally)
    failures: list[Failure] = []
    for rows in read_shard(path, intake.extractor.model_id):
        found = list(rows.failures)
        if rows.pictures:
            keep(intake.catalogue, intake.thumbnails, rows.pictures, tally)
        if rows.again:
            gone = intake.catalogue.add_sources(rows.again)
            tally.known += sum(sha256 not in gone for sha256, _ in rows.again)
            found += [
                Failure(source.locator, "removed by another process while it was added; add it again to have it")
                for sha256, source in rows.again
                if sha256 in gone
            ]
        tally.failed += len(found)
        failures += found
        for failure in found:
            on_failure(failure)
        on_progress(tally)
    pictures = tally.added + tally.known - before.added - before.known
    return Poured(pictures, tuple(failures), read_skipped(path))


def write_poured(path: Path, poured: Poured) -> None:
    """Keep what a shard held.

    Raises:
        StorageUnavailable: the file cannot be written.
    """
    partial = path.with_name(f"{path.name}{PARTIAL}")
    try:
        partial.write_text(json.dumps(asdict(poured)), encoding="utf-8")
        partial.replace(path)
    except OSError as exc:
        raise StorageUnavailable(f"{path} cannot be written: {exc.strerror or exc}") from exc


def read_poured(path: Path) -> Poured | None:
    """Return what a shard held that was poured in an earlier run; None where none was, or its file is damaged."""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        failures = tuple(Failure(**failure) for failure in kept["failures"])
        return Poured(kept["pictures"], failures, kept["skipped"])
    return None
