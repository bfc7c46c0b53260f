"""An engine that is added to, and what sends of it, with a clock that stands until it is moved."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.decisions import Decisions
from data.findings import Findings
from data.mail import MailServer
from data.outbox import Outbox
from data.records import SourceRecord
from data.sealed_secret import seal
from data.thumbnails import ThumbnailStore
from data.watch_records import Watch
from data.watches import Watches
from data.webhook import Poster
from search.ingest import Intake
from search.open_engine import close_engine, open_indexes
from search.query import Engine
from search.watching.deliver import Courier, MailOptions, Patience
from search.watching.intake import guard_files
from tests.engines import LIMITS, draw, encode, engine_source, make_engine, offer, take_in
from tests.fake_extractor import FakeExtractor

KEY = bytes(range(32))
SECRET = b"a secret of thirty-two bytes....."


@dataclass
class Clock:
    """Tells a moment that only tests move."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


class Guarded:
    """An engine over a small catalogue, its watches and what is found."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.watches = Watches(self.engine.catalogue.database)
        self.findings = Findings(self.engine.catalogue.database)
        self.outbox = Outbox(self.engine.catalogue.database)
        self.clock = Clock()

    @property
    def catalogue(self) -> Catalogue:
        return self.engine.catalogue

    def guard(self, pictures: Sequence[bytes], name: str = "mine", *, everything: bool = False) -> Watch:
        """Guard files beside the catalogue."""
        watch = self.watches.add(name, everything=everything)
        tally = guard_files(
            self.watches,
            watch,
            [offer(data, f"/home/ann/Pictures/{n}.png") for n, data in enumerate(pictures)],
            self.engine.extractor,
            LIMITS,
            workers=2,
            on_progress=lambda _: None,
            on_failure=lambda failure: pytest.fail(failure.reason),
        )
        assert tally.seen == len(pictures)
        self.watches.make_ready(watch.id)
        return self.watches.get(name)

    def add(self, *records: SourceRecord) -> None:
        """Add pictures to the catalogue, which the index then holds."""
        parts = self.engine
        intake = Intake(parts.extractor, parts.catalogue, parts.thumbnails, LIMITS, workers=2)
        tally, failures = take_in(intake, records)
        assert not failures, failures
        assert tally.added == len(records)
        self.engine.copies.catch_up()

    def hook(self, url: str, name: str = "mine", *, allows_private: bool = True) -> None:
        self.watches.add_channel(name, "webhook", url, secret=seal(SECRET, KEY), allows_private=allows_private)

    def courier(self, *, mail_port: int = 0, key: bytes = KEY, patience: Patience = Patience()) -> Courier:  # noqa: B008
        server = MailServer("127.0.0.1", mail_port, "offered") if mail_port else None
        return Courier(
            outbox=self.outbox,
            poster=Poster(timeout_s=5.0),
            mail=MailOptions(server, "retrace@example.org"),
            key=key,
            public_url="https://retrace.example.org",
            patience=patience,
            rng=np.random.default_rng(1),
            now=self.clock,
        )


@pytest.fixture(scope="session")
def small_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a catalogue of three pictures, to be copied."""
    folder = tmp_path_factory.mktemp("small")
    close_engine(make_engine(folder, [offer(encode(draw(900 + n)), f"old{n}.png") for n in range(3)]))
    return folder


@pytest.fixture
def guarded(small_catalogue: Path, tmp_path: Path) -> Iterator[Guarded]:
    """Give that catalogue, of one's own, with nothing guarded yet."""
    shutil.copytree(small_catalogue, tmp_path, dirs_exist_ok=True)
    engine = open_small_engine(tmp_path)
    yield Guarded(engine)
    close_engine(engine)


def open_small_engine(folder: Path) -> Engine:
    """Return an engine over the catalogue in a folder."""
    source, extractor = engine_source(folder), FakeExtractor()
    catalogue = Catalogue.open(source.catalogue_url)
    copies, similars = open_indexes(source, catalogue, extractor.model_id)
    return Engine(
        extractor=extractor,
        catalogue=catalogue,
        thumbnails=ThumbnailStore(source.thumbnail_dir),
        copies=copies,
        similars=similars,
        decisions=Decisions(catalogue.database),
        limits=LIMITS,
    )
