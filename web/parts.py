"""What the routes work with: opened once a process, after the fork, closed at its end."""

import logging
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from time import monotonic

from flask import Flask, current_app

from data.fetch import Fetcher
from data.records import CatalogueCounts, Image
from data.thumbnails import ThumbnailStore
from errors import AddressRefused, EnvironmentFault
from search.open_engine import EngineSource, close_engine, open_engine
from search.query import Engine
from settings import Settings
from web.seal import Seal
from web.secret import derive_key
from web.video_parts import VideoParts

RETRY_AFTER_S = 5.0
"""How long a failure to open the engine is remembered."""
PATIENCE_S = 20.0
"""How long a request waits while another thread opens the engine."""
SAMPLES = 12
_EXTENSION = "retrace_parts"

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
        videos: what the routes of videos work with.
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
        self._engine = engine
        self._is_own = engine is None
        self._lock = Lock()
        # Half of the threads may wait for the engine; the others go on to say that this process lives.
        self._waiting = BoundedSemaphore(settings.threads // 2)
        self._told = ""
        self._fault: EnvironmentFault | None = None
        self._retry_at = 0.0
        self._holdings: Holdings | None = None
        self._counting = Lock()
        self.videos = VideoParts(settings, lambda: self.engine, follows=engine is None)

    @property
    def engine(self) -> Engine:
        """The open engine, opened now where it is not.

        Raises:
            EnvironmentFault: a part cannot be opened, or it takes longer than a visitor waits.
        """
        return self._engine if self._engine is not None else self.open()

    @property
    def is_opening(self) -> bool:
        """Whether the engine is being opened at this moment."""
        return self._engine is None and self._lock.locked()

    def open(self) -> Engine:
        """Open the engine, once for all threads, and return it.

        A failure is remembered for a few seconds, as a fault of this machine need not be looked into at every request.

        Raises:
            EnvironmentFault: a part cannot be opened, or another thread has been at it for too long.
        """
        if not (self._lock.acquire(blocking=False) or self._wait_for_lock()):
            raise EnvironmentFault(
                "the engine is still being opened", remedy="Wait until /readyz says that it is ready."
            )
        try:
            if self._engine is None:
                if self._fault is not None and monotonic() < self._retry_at:
                    raise self._fault
                try:
                    source = EngineSource.of(self.settings, threads=self.settings.inference_threads)
                    self._engine = open_engine(source, follow_s=self.settings.catch_up_interval_s)
                except EnvironmentFault as exc:
                    self._fault, self._retry_at = exc, monotonic() + RETRY_AFTER_S
                    raise
            return self._engine
        finally:
            self._lock.release()

    def _wait_for_lock(self) -> bool:
        """Return whether another thread let go of the lock, and it was taken, within a visitor's patience."""
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._lock.acquire(timeout=PATIENCE_S)
        finally:
            self._waiting.release()

    def tell_fault(self, fault: EnvironmentFault | None) -> None:
        """Log why this process is not ready, once for as long as the reason stays; None: it is ready again."""
        told = f"{type(fault).__name__}: {fault}. {fault.remedy}" if fault is not None else ""
        if told and told != self._told:
            _log.error("%s", told)
        self._told = told

    def images_held(self) -> int:
        """Return how many pictures can be found now; 0 while the engine is not open. Costs no SQL."""
        return len(self._engine.copies) if self._engine is not None else 0

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

        One thread reads it again; the others go on with what was read before.
        """
        engine = self.engine
        change = engine.copies.status.change
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
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None and self._is_own:
            close_engine(engine)


def set_parts(app: Flask, parts: Parts) -> None:
    """Keep the parts with an application."""
    app.extensions[_EXTENSION] = parts


def parts_of(app: Flask) -> Parts:
    """Return the parts of an application."""
    parts: Parts = app.extensions[_EXTENSION]
    return parts


def get_parts() -> Parts:
    """Return the parts of the application that is answering."""
    return parts_of(current_app)
