"""What the routes of videos work with: opened when there is a first video, and never where there is none."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic

from data.thumbnails import ThumbnailStore
from data.video_records import Video, VideoCounts
from data.videos import VideoShelf
from errors import EnvironmentFault
from feature_extractor.frames import open_video
from feature_extractor.video import Sampling, SeekingReader, VideoLimits
from search.query import Engine
from search.vector_index.open_index import index_home
from search.video_engine import VideoEngine, open_video_engine
from settings import Settings
from web.video_files import UnchangedFiles

LOOK_EVERY_S = 2.0
"""How often a catalogue that has never had a video is asked whether it has one now; such a look is one small query."""
_NOTHING = VideoCounts(videos=0, ranges=0, duration_ms=0)

_log = logging.getLogger("retrace.web")


class VideoParts:
    """The videos of the catalogue for the site.

    Attributes:
        posters: strips of small frames.
        decoding: held while a visitor's video is read and described: one at a time in a process.
        sending: held while a video's file is sent: half of the threads at most, so that the others go on to answer.
        unchanged: which files still are what was added.
    """

    def __init__(self, settings: Settings, engine: Callable[[], Engine], *, follows: bool) -> None:
        """Keep what is cheap.

        Args:
            settings: of this site.
            engine: gives the open engine, whose catalogue and extractor videos share.
            follows: whether the indexes look for changes that other processes make.
        """
        self.posters = ThumbnailStore(settings.poster_dir)
        self.decoding = BoundedSemaphore(1)
        self.sending = BoundedSemaphore(max(1, settings.threads // 2))
        self.unchanged = UnchangedFiles()
        self._settings = settings
        self._give_engine = engine
        self._follow_s = settings.catch_up_interval_s if follows else None
        self._engine: VideoEngine | None = None
        self._counts, self._counted = _NOTHING, -1
        self._opening = Lock()
        self._look_again_at = 0.0
        self._stack = ExitStack()

    @property
    def counts(self) -> VideoCounts:
        """How much there was at the last look. Costs no SQL, and works on a broken site too."""
        return self._counts

    @property
    def is_searched(self) -> bool:
        """Whether visitors may search with videos: the owner allows it, and there are some."""
        return bool(self._settings.max_video_bytes and self._counts.videos)

    def look(self) -> VideoEngine | None:
        """Return the open parts; None where the catalogue holds no video.

        Where another thread is opening them at this moment it is as if there were none.

        Raises:
            EnvironmentFault: the catalogue or an index cannot be had.
        """
        if self._engine is not None and self._engine.extractor is not self._give_engine().extractor:
            self._let_go()  # another model has come to serve: its queries are nothing to these indexes
        if self._engine is None and not self._open():
            return None
        engine = self._engine
        if engine is None:
            return None
        change = engine.frames.status.change
        if change != self._counted:
            self._counts, self._counted = engine.shelf.counts(), change
        return engine if self._counts.videos else None

    def look_if_possible(self) -> VideoEngine | None:
        """Return the open parts as `look` does; None also where they cannot be had, which is logged.

        For pages of pictures, which are worth showing without.
        """
        try:
            return self.look()
        except EnvironmentFault as exc:
            _log.error("videos cannot be searched: %s: %s", type(exc).__name__, exc)
            return None

    @contextmanager
    def open_unchanged(self, video: Video, limits: VideoLimits) -> Iterator[SeekingReader]:
        """Open the file of a video of the catalogue, where it still is what was added; see search.kept_video.

        Raises:
            NotFound: it is not, or was changed; folders of frames are not opened here.
            VideoError: it cannot be read; the subclass says why.
        """
        with self.unchanged.open(video) as file, open_video(Path(f"/dev/fd/{file.fileno()}"), limits) as reader:
            yield reader

    def close(self) -> None:
        """Close what was opened here."""
        self._let_go()

    def _let_go(self) -> None:
        """Close the indexes; the next look opens them anew."""
        with self._opening:
            self._engine, self._counted, self._look_again_at = None, -1, 0.0
            self._stack.close()

    def _open(self) -> bool:
        """Open the parts where there is a video, or ever was; return whether they are open."""
        if monotonic() < self._look_again_at or not self._opening.acquire(blocking=False):
            return False
        try:
            self._look_again_at = monotonic() + LOOK_EVERY_S
            main, settings = self._give_engine(), self._settings
            if not VideoShelf(main.catalogue.database).last_change():
                return False
            self._engine = self._stack.enter_context(
                open_video_engine(
                    main.catalogue,
                    main.extractor,
                    index_home(settings.index_url, settings.index_dir, settings.index_token),
                    settings.poster_dir,
                    sampling=Sampling(per_second=settings.video_rate),
                    limits=VideoLimits(),
                    picture_limits=main.limits,
                    follow_s=self._follow_s,
                )
            )
            return True
        finally:
            self._opening.release()
