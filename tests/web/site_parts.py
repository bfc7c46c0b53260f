"""A small site over a small engine of real parts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.catalogue import Catalogue
from data.decisions import Decisions
from data.thumbnails import ThumbnailStore
from search.open_engine import EngineSource, open_indexes
from search.query import Engine
from settings import Settings
from tests import engines
from tests.engines import draw, encode, offer
from tests.fake_extractor import FakeExtractor

PICTURES = 60
MAX_UPLOAD_MB = 16
WEB_SOURCE = "https://visitor:secret@example.org/works/0?size=large"
BACKLINK = "https://example.org/gallery"


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
    """Return an engine over a new catalogue that holds these files; close it with `search.open_engine.close_engine`.

    The first comes from the web, the others from a folder of this server.
    """
    records = [
        offer(
            data,
            WEB_SOURCE if number == 0 else f"/srv/private/pictures/work-{number:03}.png",
            title="Blocks <script>alert(1)</script>" if number == 1 else None,
            collection="blocks" if number % 2 else "squares",
            backlink=BACKLINK if number == 0 else None,
            labels={"media_oilpaint": "positive"} if number % 3 == 0 else None,
        )
        for number, data in enumerate(pictures)
    ]
    return replace(engines.make_engine(settings.data_dir, records), limits=EngineSource.of(settings, threads=1).limits)


def open_engine(settings: Settings) -> Engine:
    """Return an engine over the catalogue that is there."""
    catalogue, extractor = Catalogue.open(settings.catalogue_url), FakeExtractor()
    source = EngineSource.of(settings, threads=1)
    copies, similars = open_indexes(source, catalogue, extractor.model_id)
    return Engine(
        extractor=extractor,
        catalogue=catalogue,
        thumbnails=ThumbnailStore(source.thumbnail_dir),
        copies=copies,
        similars=similars,
        decisions=Decisions(catalogue.database),
        limits=source.limits,
    )


__all__ = ["draw", "encode", "make_engine", "noise", "open_engine", "site_settings"]
