"""Puts the parts of a search together from plain values."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from pydantic import SecretStr

from data.catalogue import Catalogue
from data.decisions import Decisions
from data.regions import RegionShelf
from data.thumbnails import ThumbnailStore
from feature_extractor.descriptors import DIM
from feature_extractor.extractor import open_extractor
from feature_extractor.picture import Limits
from feature_extractor.threads import limit_threads
from search.confidence import read_calibration
from search.ingest import Intake
from search.live_index import LiveIndex
from search.picture_regions import PictureRegions
from search.query import DESCRIPTOR_KINDS, Engine
from search.served_model import find_model
from search.vector_index.contract import IndexIdentity
from search.vector_index.open_index import index_home


class EngineSettings(Protocol):
    """What of an owner's settings an engine is made from."""

    @property
    def catalogue_url(self) -> str:
        """SQLAlchemy address of the catalogue."""
        ...

    @property
    def model(self) -> Path:
        """The OpenVINO .xml that serves until another is chosen."""
        ...

    @property
    def models_dir(self) -> Path:
        """Folder of models that were chosen since."""
        ...

    @property
    def index_dir(self) -> Path:
        """Folder of index snapshots."""
        ...

    @property
    def thumbnail_dir(self) -> Path:
        """Folder of thumbnails."""
        ...

    @property
    def index_url(self) -> str:
        """Which implementation of the index."""
        ...

    @property
    def index_token(self) -> SecretStr:
        """Password of the server that keeps the index."""
        ...

    @property
    def shadow_share(self) -> float:
        """Share of searches that are done again exactly."""
        ...

    @property
    def regions(self) -> int:
        """Regions of each picture that are described; 0 for none."""
        ...

    @property
    def max_upload_bytes(self) -> int:
        """Largest picture file."""
        ...

    @property
    def max_pixels(self) -> int:
        """Largest picture."""
        ...


@dataclass(frozen=True, slots=True)
class EngineSource:
    """Where the parts come from.

    Attributes:
        catalogue_url: SQLAlchemy address.
        model: the OpenVINO .xml that serves until the catalogue names another.
        models_dir: folder of such others.
        thumbnail_dir: folder of thumbnails.
        index_dir: folder of index snapshots.
        index_url: which implementation, as in the setting.
        threads: cores one description may use; 0 for all.
        limits: what an uploaded picture may cost.
        index_token: password of the server that keeps the index, where one does.
        shadow_share: of the searches, 0..1, that are done again exactly in the background.
        with_regions: search the described regions of pictures too.
        is_calibrated: take the calibration that lies beside the model, where there is one.
    """

    catalogue_url: str
    model: Path
    models_dir: Path
    thumbnail_dir: Path
    index_dir: Path
    index_url: str
    threads: int
    limits: Limits
    index_token: SecretStr = field(default=SecretStr(""))
    shadow_share: float = 0.0
    with_regions: bool = False
    is_calibrated: bool = True

    @classmethod
    def of(cls, settings: EngineSettings, *, threads: int) -> Self:
        """Return where the parts come from by the settings; how many threads is for each kind of process to say."""
        return cls(
            catalogue_url=settings.catalogue_url,
            model=settings.model,
            models_dir=settings.models_dir,
            thumbnail_dir=settings.thumbnail_dir,
            index_dir=settings.index_dir,
            index_url=settings.index_url,
            threads=threads,
            limits=Limits(max_bytes=settings.max_upload_bytes, max_pixels=settings.max_pixels),
            index_token=settings.index_token,
            shadow_share=settings.shadow_share,
            with_regions=settings.regions > 0,
        )


def open_engine(source: EngineSource, *, follow_s: float | None = None, model: Path | None = None) -> Engine:
    """Open model, catalogue and both indexes, caught up.

    Call it after any fork: neither OpenVINO nor a database connection survives one.

    Args:
        source: where the parts come from.
        follow_s: seconds between two looks for changes that other processes make; None: never look again.
        model: the `.xml` of a model that is about to serve; the one that serves when left out.
    Raises:
        ModelUnusable, CatalogueUnavailable, IndexUnavailable: that part cannot be had; the message says why.
    """
    limit_threads(source.threads)
    with ExitStack() as undo:
        catalogue = undo.enter_context(Catalogue.open(source.catalogue_url))
        model = model or find_model(catalogue, source.model, source.models_dir)
        extractor = open_extractor(model, threads=source.threads)
        calibration = read_calibration(model, extractor.model_id) if source.is_calibrated else None
        copies, similars = open_indexes(source, catalogue, extractor.model_id)
        regions = open_regions(source, catalogue, extractor.model_id) if source.with_regions else None
        undo.pop_all()  # a site tries again and again: what failed half-way must not stay open
    if follow_s is not None:
        copies.start(follow_s)
        similars.start(follow_s)
        if regions is not None:
            regions.index.start(follow_s)
    return Engine(
        extractor=extractor,
        catalogue=catalogue,
        thumbnails=ThumbnailStore(source.thumbnail_dir),
        copies=copies,
        similars=similars,
        decisions=Decisions(catalogue.database),
        limits=source.limits,
        calibration=calibration,
        regions=regions,
    )


def close_engine(engine: Engine) -> None:
    """Stop following the catalogue and close the connections to it and to the indexes."""
    engine.copies.close()
    engine.similars.close()
    if engine.regions is not None:
        engine.regions.index.close()
    engine.catalogue.close()


def open_indexes(source: EngineSource, catalogue: Catalogue, model_id: str) -> tuple[LiveIndex, LiveIndex]:
    """Open the indexes of copies and of similar works, built from the catalogue where no snapshot fits."""
    home = index_home(source.index_url, source.index_dir, source.index_token)
    copies, similars = (
        LiveIndex(catalogue, IndexIdentity(model_id, kind, DIM), home, shadow_share=source.shadow_share)
        for kind in DESCRIPTOR_KINDS
    )
    copies.open()
    similars.open()
    return copies, similars


def open_regions(source: EngineSource, catalogue: Catalogue, model_id: str) -> PictureRegions:
    """Open the described regions of pictures and their index, built where no snapshot fits."""
    shelf = RegionShelf(catalogue.database)
    home = index_home(source.index_url, source.index_dir, source.index_token)
    index = LiveIndex(shelf, IndexIdentity(model_id, "region", DIM), home)
    index.open()
    return PictureRegions(shelf, index)


@contextmanager
def open_intake(source: EngineSource) -> Iterator[Intake]:
    """Open what takes pictures in for the time of a block; at its end, however it ends, bring the snapshots up to date.

    Raises:
        ModelUnusable, CatalogueUnavailable, StorageUnavailable: that part cannot be had; the message says why.
    """
    with Catalogue.open(source.catalogue_url) as catalogue:
        cores = os.cpu_count() or 1
        limit_threads(1)  # as many pictures are prepared at once as there are cores
        model = find_model(catalogue, source.model, source.models_dir)
        extractor = open_extractor(model, threads=source.threads, streams=source.threads or cores)
        try:
            yield Intake(
                extractor=extractor,
                catalogue=catalogue,
                thumbnails=ThumbnailStore(source.thumbnail_dir),
                limits=source.limits,
                workers=cores,
            )
        finally:
            for index in open_indexes(source, catalogue, extractor.model_id):
                index.close()
