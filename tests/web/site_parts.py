"""A small site of real parts: SQLite catalogue, thumbnails, live indexes and the fake extractor."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.catalogue import Catalogue
from data.migrate import upgrade
from data.records import SourceRecord
from data.thumbnails import ThumbnailStore
from search.ingest import Failure, Intake, Tally, ingest
from search.open_engine import open_indexes
from search.query import Engine
from settings import Settings
from tests.fake_extractor import FakeExtractor
from web.parts import engine_source

PICTURES = 60
MAX_UPLOAD_MB = 16
WEB_SOURCE = "https://visitor:secret@example.org/works/0?size=large"
BACKLINK = "https://example.org/gallery"


def draw(seed: int, width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """Return a picture of random blocks, RGB (height, width, 3): no two seeds look alike."""
    blocks = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return np.ascontiguousarray(np.asarray(Image.fromarray(blocks).resize((width, height), Image.Resampling.NEAREST)))


def encode(pixels: NDArray[np.uint8], file_format: str = "PNG", **options: int) -> bytes:
    """Return pixels as a picture file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()


def noise(size_bytes: int, seed: int = 5) -> bytes:
    """Return a BMP file of nearly so many bytes, which no compression makes smaller."""
    side = int((size_bytes / 3) ** 0.5) // 4 * 4
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return encode(pixels, "BMP")


def site_settings(folder: Path, **changes: object) -> Settings:
    """Return settings that read neither the environment's data folder nor write outside `folder`."""
    given: dict[str, object] = {
        "data_dir": folder,
        "database_url": "",
        "secret_key": "a secret of the tests",
        "rate_limit": "",
        "rate_limit_url": "",
        "max_upload_mb": MAX_UPLOAD_MB,
        "trusted_proxies": "",
        "metrics": False,
        "log_level": "INFO",
    }
    return Settings(_env_file=None, **(given | changes))  # type: ignore[arg-type, call-arg]  # as the environment gives them


def make_engine(settings: Settings, pictures: Sequence[bytes]) -> Engine:
    """Return an engine over a new catalogue that holds these files; close it with `search.open_engine.close_engine`."""
    upgrade(settings.catalogue_url)
    with Catalogue.open(settings.catalogue_url) as catalogue:
        intake = Intake(
            extractor=FakeExtractor(),
            catalogue=catalogue,
            thumbnails=ThumbnailStore(settings.thumbnail_dir),
            limits=engine_source(settings).limits,
            workers=2,
        )
        records = [_record(number, data) for number, data in enumerate(pictures)]
        ingest(intake, records, on_batch=_ignore, on_failure=_refuse)
    return open_engine(settings)


def open_engine(settings: Settings) -> Engine:
    """Return an engine over the catalogue that is there."""
    catalogue, extractor = Catalogue.open(settings.catalogue_url), FakeExtractor()
    limits = engine_source(settings).limits
    copies, similars = open_indexes(engine_source(settings), catalogue, extractor.model_id)
    return Engine(extractor=extractor, catalogue=catalogue, copies=copies, similars=similars, limits=limits)


def _record(number: int, data: bytes) -> SourceRecord:
    """Return a picture on offer: the first from the web, the others from a folder of this server."""
    return SourceRecord(
        locator=WEB_SOURCE if number == 0 else f"/srv/private/pictures/work-{number:03}.png",
        read=lambda: data,
        title="Blocks <script>alert(1)</script>" if number == 1 else None,
        licence="CC0",
        collection="blocks" if number % 2 else "squares",
        backlink=BACKLINK if number == 0 else None,
        labels={"media_oilpaint": "positive"} if number % 3 == 0 else {},
    )


def _ignore(tally: Tally) -> None:
    """Watch no progress."""


def _refuse(failure: Failure) -> None:
    """Allow no picture of the tests to fail."""
    raise AssertionError(failure)
