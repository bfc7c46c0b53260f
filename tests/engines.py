"""A small engine of real parts for tests: SQLite catalogue, thumbnails, live indexes; only the model is a fake."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.catalogue import Catalogue
from data.decisions import Decisions
from data.migrate import upgrade
from data.records import Label, SourceRecord
from data.thumbnails import ThumbnailStore
from feature_extractor.picture import Limits
from search.ingest import Failure, Intake, Tally, ingest
from search.open_engine import EngineSource, open_indexes
from search.query import Engine
from tests.fake_extractor import FakeExtractor

LIMITS = Limits(max_bytes=16 * 2**20, max_pixels=64_000_000)


def draw(seed: int, width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """Return a picture of random blocks, RGB (height, width, 3): no two seeds look alike."""
    blocks = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return np.ascontiguousarray(np.asarray(Image.fromarray(blocks).resize((width, height), Image.Resampling.NEAREST)))


def encode(pixels: NDArray[np.uint8], file_format: str = "PNG", **options: object) -> bytes:
    """Return pixels as a picture file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()


def offer(
    data: bytes | Exception,
    locator: str,
    *,
    title: str | None = None,
    collection: str | None = None,
    backlink: str | None = None,
    labels: dict[str, Label] | None = None,
) -> SourceRecord:
    """Return a picture on offer; an exception in place of its bytes is raised when it is read."""

    def read() -> bytes:
        if isinstance(data, Exception):
            raise data
        return data

    return SourceRecord(
        locator=locator,
        read=read,
        title=title,
        licence="CC0",
        collection=collection,
        backlink=backlink,
        labels=labels or {},
    )


def engine_source(folder: Path, *, index_url: str = "lsh:") -> EngineSource:
    """Return where the parts of an engine in this folder come from; no model is named."""
    return EngineSource(
        catalogue_url=f"sqlite:///{folder / 'catalogue.sqlite'}",
        model=folder / "no-model.xml",
        thumbnail_dir=folder / "thumbnails",
        models_dir=folder / "models",
        index_dir=folder / "index",
        index_url=index_url,
        threads=1,
        limits=LIMITS,
    )


def make_intake(folder: Path, *, extractor: FakeExtractor | None = None) -> Intake:
    """Return the parts that take pictures in, over a catalogue in this folder; close its catalogue at the end."""
    source = engine_source(folder)
    upgrade(source.catalogue_url)
    return Intake(
        extractor=extractor or FakeExtractor(),
        catalogue=Catalogue.open(source.catalogue_url),
        thumbnails=ThumbnailStore(folder / "thumbnails"),
        limits=LIMITS,
        workers=2,
    )


def take_in(intake: Intake, records: Sequence[SourceRecord]) -> tuple[Tally, list[Failure]]:
    """Add pictures; return the tally and what was left out."""
    failures: list[Failure] = []
    tally = ingest(intake, records, on_progress=lambda _: None, on_failure=failures.append)
    return tally, failures


def make_engine(folder: Path, records: Sequence[SourceRecord], *, index_url: str = "lsh:") -> Engine:
    """Return an engine over a new catalogue that holds these pictures; close it with search.open_engine.close_engine.

    Every picture must go in.
    """
    intake = make_intake(folder)
    tally, failures = take_in(intake, records)
    assert not failures, failures
    assert tally.added == len(records)
    source = engine_source(folder, index_url=index_url)
    copies, similars = open_indexes(source, intake.catalogue, intake.extractor.model_id)
    return Engine(
        extractor=intake.extractor,
        catalogue=intake.catalogue,
        thumbnails=intake.thumbnails,
        copies=copies,
        similars=similars,
        decisions=Decisions(intake.catalogue.database),
        limits=LIMITS,
    )
