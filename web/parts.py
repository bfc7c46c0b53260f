"""What the routes work with: opened once a process, after the fork, closed at its end."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from flask import Flask, current_app, g, has_app_context

from data.fetch import Fetcher
from data.records import CatalogueCounts, Image
from data.thumbnails import ThumbnailStore
from errors import AddressRefused, EnvironmentFault
from search.live_hashes import LiveHashes
from search.open_engine import EngineSource, close_engine, open_engine
from search.query import Engine
from search.served_model import model_file
from search.watching.open_courier import open_courier
from search.watching.runner import WatchRunner
from settings import Settings
from web.engine_slot import EngineSlot, Lease
from web.face_parts import FaceParts
from web.seal import Seal
from web.secret import HOOK_SECRETS, derive_key
from web.video_parts import VideoParts

SAMPLES = 12
WATCH_INTERVAL_S = 1.0
"""Between two looks whether anything was added or is due."""
_EXTENSION, _LEASE = "retrace_parts", "retrace_lease"

_log = logging.getLogger("retrace.web")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the site tells of the catalogue as it stood after one change: counting a large one takes long.

    Attributes:
        change: the last one that the index had taken in.
        samples: a few pictures to try.
        counts: how much there is.
    """

    change: int
    samples: tuple[Image, ...]
    counts: CatalogueCounts


class Parts:
    """The settings and the parts of the engine.

    Attributes:
        settings: of this site.
        version: of Retrace.
        seal: for queries in forms.
        thumbnails: where thumbnails lie.
        slot: keeps the open engine.
        wants_watching: whether this process watches too, once it has opened the engine; set before that.
        videos: what the routes of videos work with.
        faces: what the page of faces works with.
        started_at: when this process made them, UTC.
        each_look: called with the engine that answers whenever this process looks for another; set before it is
            opened. Not called where the engine was given.
    """

    def __init__(
        self, settings: Settings, secret: bytes, version: str, engine: Engine | None, fetcher: Fetcher | None = None
    ) -> None:
        """Keep what is cheap; the engine is opened when it is first needed, unless it is given.

        Args:
            settings: of this site.
            secret: of this site, from `web.secret`.
            version: of Retrace.
            engine: an open engine, which its owner closes.
            fetcher: of pictures by address; one that follows the settings when left out.
        """
        self.settings = settings
        self.version = version
        self.seal = Seal(derive_key(secret, "sealed query"))
        self.thumbnails = ThumbnailStore(settings.thumbnail_dir)
        self._fetcher = fetcher or Fetcher(timeout_s=settings.fetch_timeout_s, max_bytes=settings.max_upload_bytes)
        self.slot = EngineSlot(
            self._open,
            self._open_ahead,
            close_engine,
            self._look_around,
            engine=engine,
            waiting=settings.threads // 2,
            interval_s=settings.catch_up_interval_s,
        )
        self.started_at = datetime.now(UTC)
        self.each_look: Callable[[Engine], None] = lambda _: None
        self._told = ""
        self.wants_watching = False
        self._watching: tuple[Lease, WatchRunner] | None = None
        self._hook_key = derive_key(secret, HOOK_SECRETS)
        self._holdings: Holdings | None = None
        self._counting = Lock()
        self._hashes: tuple[Engine, LiveHashes] | None = None
        self.faces = FaceParts(settings, derive_key(secret, "sealed faces"))
        self.videos = VideoParts(settings, lambda: self.engine, follows=engine is None)

    @property
    def engine(self) -> Engine:
        """The open engine, opened now where it is not; to its end a request keeps to the one that it began with.

        Raises:
            EnvironmentFault: a part cannot be opened, or it takes longer than a visitor waits.
        """
        if not has_app_context():
            return self.slot.open()
        if _LEASE not in g:
            setattr(g, _LEASE, self.slot.take())
        lease: Lease = getattr(g, _LEASE)
        return lease.engine

    def give_back_engine(self) -> None:
        """Let go of the engine of a request that has ended, which then may be closed."""
        lease: Lease | None = g.pop(_LEASE, None)
        if lease is not None:
            self.slot.give_back(lease)

    @property
    def hashes(self) -> LiveHashes:
        """The hashes of the catalogue, read when somebody first asks by one.

        Raises:
            EnvironmentFault: as for `engine`.
        """
        engine = self.engine
        with self._counting:
            if self._hashes is None or self._hashes[0] is not engine:
                self._hashes = engine, LiveHashes(engine.catalogue)
            return self._hashes[1]

    def open(self) -> Engine:
        """Open the engine, once for all threads, and return it.

        Raises:
            EnvironmentFault: a part cannot be opened, or another thread has been at it for too long.
        """
        return self.slot.open()

    @property
    def is_opening(self) -> bool:
        """Whether the engine is being opened at this moment."""
        return self.slot.is_opening

    def _open(self) -> Engine:
        """Open the engine of the model that serves."""
        return open_engine(self._source(), follow_s=self.settings.catch_up_interval_s)

    def _open_ahead(self, engine: Engine, model_id: str) -> Engine:
        """Open the engine of another model."""
        model = model_file(model_id, self.settings.model, self.settings.models_dir)
        return open_engine(self._source(), follow_s=self.settings.catch_up_interval_s, model=model)

    def _look_around(self, engine: Engine | None) -> None:
        """Do what every look of a process is for, besides following the model; None: the process ends."""
        self._watch_with(engine)
        if engine is not None:
            self.each_look(engine)

    def _watch_with(self, engine: Engine | None) -> None:
        """Compare what is added with watched pictures, and send what is found, in a thread of this process.

        Args:
            engine: that answers now: watching goes over to it from another; None: it ends.
        """
        if self._watching is not None and self._watching[0].engine is not engine:
            (lease, runner), self._watching = self._watching, None
            runner.stop()
            self.slot.give_back(lease)
        if self._watching is None and engine is not None and self.wants_watching:
            lease = self.slot.take()
            runner = WatchRunner(lease.engine, open_courier(self.settings, lease.engine.catalogue, self._hook_key))
            runner.start(WATCH_INTERVAL_S)
            self._watching = lease, runner

    def _source(self) -> EngineSource:
        return EngineSource.of(self.settings, threads=self.settings.inference_threads)

    def tell_fault(self, fault: EnvironmentFault | None) -> None:
        """Log why this process is not ready, once for as long as the reason stays; None: it is ready again."""
        told = f"{type(fault).__name__}: {fault}. {fault.remedy}" if fault is not None else ""
        if told and told != self._told:
            _log.error("%s", told)
        self._told = told

    def images_held(self) -> int:
        """Return how many pictures can be found now; 0 while the engine is not open. Costs no SQL."""
        engine = self.slot.current
        return len(engine.copies) if engine is not None else 0

    def fetch(self, url: str) -> bytes:
        """Return the bytes behind an address.

        Raises:
            FetchError: it is refused, fails or takes too long.
            PictureError: too large, or no picture.
        """
        if not self.settings.fetch_urls:
            raise AddressRefused(
                "this site does not fetch pictures by address", remedy="Save the picture and upload the file instead."
            )
        return self._fetcher.fetch(url).data

    def holdings(self) -> Holdings:
        """Return what the catalogue shows of itself, read again only after it has changed.

        The change is the catalogue's own, not the index's, which follows a little later: who has just added or
        removed a picture sees it counted, whichever process answers. One thread reads it again; the others go on
        with what was read before.
        """
        engine = self.engine
        change = engine.catalogue.last_change()
        held = self._holdings
        if held is not None and (held.change == change or self._counting.locked()):
            return held
        with self._counting:
            held = self._holdings
            if held is None or held.change != change:
                # A picture by the number of the change, so that the home page is not the same for ever.
                samples = engine.catalogue.sample_images(SAMPLES, seed=change)
                held = self._holdings = Holdings(change, tuple(samples), engine.catalogue.counts())
            return held

    def close(self) -> None:
        """Close the engine if it was opened here."""
        self.videos.close()
        self.slot.close()


def set_parts(app: Flask, parts: Parts) -> None:
    """Keep the parts with an application."""
    app.extensions[_EXTENSION] = parts
    app.teardown_appcontext(lambda _: parts.give_back_engine())


def parts_of(app: Flask) -> Parts:
    """Return the parts of an application."""
    parts: Parts = app.extensions[_EXTENSION]
    return parts


def get_parts() -> Parts:
    """Return the parts of the application that is answering."""
    return parts_of(current_app)
