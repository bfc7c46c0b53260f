"""What commands open: catalogue, engine, thumbnails, pictures by path or address."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from errors import BadInput, CatalogueUnavailable
from settings import ROOT, Settings

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from data.thumbnails import ThumbnailStore
    from feature_extractor.descriptors import Extractor
    from search.evidence.exhibit import Exhibit, Look
    from search.open_engine import EngineSource
    from search.query import Engine
    from search.region_ingest import RegionTally
    from search.video_engine import VideoEngine

ENTRY = ROOT / "index.py"
"""What other processes of ours start from."""


def evaluation_dir(settings: Settings) -> Path:
    """Return the folder of what evaluations keep; it can be deleted at any time."""
    return settings.data_dir / "evaluation"


def peers_of(settings: Settings) -> Path:
    """Return the folder of the environments of other people's methods."""
    return settings.data_dir / "peers"


@contextmanager
def open_catalogue(settings: Settings) -> Iterator["Catalogue"]:
    """Open the catalogue for the time of a block."""
    from data.catalogue import Catalogue

    with Catalogue.open(settings.catalogue_url) as catalogue:
        yield catalogue


def last_change_of(settings: Settings) -> int:
    """Return the number of the catalogue's last change."""
    with open_catalogue(settings) as catalogue:
        return catalogue.last_change()


@contextmanager
def open_engine_of(settings: Settings) -> Iterator["Engine"]:
    """Open model, catalogue and indexes for the time of a block."""
    from search.open_engine import close_engine, open_engine

    engine = open_engine(engine_source(settings))
    try:
        yield engine
    finally:
        close_engine(engine)


@contextmanager
def open_videos_of(settings: Settings, engine: "Engine") -> Iterator["VideoEngine | None"]:
    """Open the videos of a catalogue and their indexes for the time of a block; None where it never had one."""
    from data.videos import VideoShelf
    from feature_extractor.video import Sampling, VideoLimits
    from search.vector_index.open_index import index_home
    from search.video_engine import open_video_engine

    if not VideoShelf(engine.catalogue.database).last_change():
        yield None
        return
    with open_video_engine(
        engine.catalogue,
        engine.extractor,
        index_home(settings.index_url, settings.index_dir, settings.index_token),
        settings.poster_dir,
        sampling=Sampling(per_second=settings.video_rate),
        limits=VideoLimits(),
        picture_limits=engine.limits,
    ) as videos:
        yield videos


def engine_source(settings: Settings, *, is_calibrated: bool = True) -> "EngineSource":
    """Return where the parts of a command come from; a command may use every core."""
    from search.open_engine import EngineSource

    return replace(EngineSource.of(settings, threads=0), is_calibrated=is_calibrated)


def served_model(settings: Settings) -> Path:
    """Return the `.xml` of the model that serves; where there is no catalogue yet, that of the settings."""
    from search.served_model import find_model

    try:
        with open_catalogue(settings) as catalogue:
            return find_model(catalogue, settings.model, settings.models_dir)
    except CatalogueUnavailable:
        return settings.model


def describe_lacking_regions(
    settings: Settings, crops: int, *, collection: str | None = None, quiet: bool = False
) -> "RegionTally":
    """Describe the regions of the pictures that lack them, show the progress, and tell what could not be read."""
    import click

    from commands.showing import progress_bar
    from feature_extractor.extractor import open_extractor
    from feature_extractor.threads import limit_threads
    from search.open_engine import open_regions
    from search.region_ingest import describe_regions

    source = engine_source(settings)
    limit_threads(0)
    with open_catalogue(settings) as catalogue, progress_bar("Describing regions", quiet=quiet) as advance:
        extractor = open_extractor(served_model(settings), threads=0)
        regions = open_regions(source, catalogue, extractor.model_id)
        try:
            total = catalogue.counts().images
            return describe_regions(
                regions.shelf,
                extractor,
                thumbnails_of(settings),
                source.limits,
                crops,
                collection=collection,
                on_progress=lambda tally: advance(tally.described, total),
                on_failure=lambda image, why: click.echo(f"left out: picture {image}: {why}", err=True),
            )
        finally:
            regions.index.catch_up()
            regions.index.close()


def thumbnails_of(settings: Settings) -> "ThumbnailStore":
    """Return the thumbnails beside the catalogue."""
    from data.thumbnails import ThumbnailStore

    return ThumbnailStore(settings.thumbnail_dir)


def read_picture(settings: Settings, where: str) -> bytes:
    """Return the bytes of a picture file or of the picture behind an address.

    Raises:
        BadInput: there is not one picture, but none or several, as in a folder.
    """
    from data.sources import open_source

    with open_source(where, max_bytes=settings.max_upload_bytes, fetcher=fetcher_of(settings)) as source:
        record = next(source, None)
        if record is None or next(source, None) is not None:
            raise BadInput(f"expected one picture; {where} holds {'several' if record else 'none'}")
        return record.read()


def read_exhibit(settings: Settings, extractor: "Extractor", where: str, *, look: "Look") -> "Exhibit":
    """Return what evidence keeps of a picture: a file, the picture behind an address, or one of the catalogue by id."""
    from search.evidence.exhibit import exhibit_file, exhibit_image

    limits = engine_source(settings).limits
    if where.isdecimal():
        with open_catalogue(settings) as catalogue:
            return exhibit_image(catalogue, thumbnails_of(settings), extractor, int(where), limits, look=look)
    return exhibit_file(extractor, read_picture(settings, where), limits, name=where, look=look)


def fetcher_of(settings: Settings) -> Callable[[str], bytes]:
    """Return a function that gives the bytes behind a public address."""
    from data.fetch import Fetcher

    fetcher = Fetcher(timeout_s=settings.fetch_timeout_s, max_bytes=settings.max_upload_bytes)
    return lambda url: fetcher.fetch(url).data
