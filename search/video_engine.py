"""The parts that a search in videos needs, put together from plain values."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from data.catalogue import Catalogue
from data.thumbnails import ThumbnailStore
from data.videos import VideoShelf
from feature_extractor.descriptors import DIM, Extractor
from feature_extractor.picture import Limits
from feature_extractor.video import Sampling, VideoLimits
from search.live_index import LiveIndex
from search.vector_index.contract import IndexHome, IndexIdentity


@dataclass(frozen=True, slots=True)
class VideoEngine:
    """The parts, each replaceable.

    Attributes:
        shelf: the videos of the catalogue.
        posters: strips of small frames, by the sha256 of the video.
        frames: index of frame ranges; they are never in one with pictures.
        summaries: index of whole videos, by the mean of a few frames.
        sampling: which frames of a video are described.
        limits: what a video may cost.
        picture_limits: what a picture that is asked for may cost.
    """

    extractor: Extractor
    shelf: VideoShelf
    posters: ThumbnailStore
    frames: LiveIndex
    summaries: LiveIndex
    sampling: Sampling
    limits: VideoLimits
    picture_limits: Limits


@contextmanager
def open_video_engine(
    catalogue: Catalogue,
    extractor: Extractor,
    home: IndexHome,
    posters: Path,
    *,
    sampling: Sampling,
    limits: VideoLimits,
    picture_limits: Limits,
    follow_s: float | None = None,
) -> Iterator[VideoEngine]:
    """Open the indexes of videos for the time of a block, caught up with the catalogue.

    Args:
        catalogue, extractor: open; they stay so afterwards.
        home: where the indexes are kept; closed with them.
        posters: folder of the strips.
        sampling, limits, picture_limits: see VideoEngine.
        follow_s: seconds between two looks for changes that other processes make; None: never look again.
    Raises:
        CatalogueUnavailable, IndexUnavailable: that part cannot be had; the message says why.
    """
    with ExitStack() as stack:

        def open_index(kind: Literal["frame", "video"]) -> LiveIndex:
            feed = VideoShelf(catalogue.database, kind)
            index = LiveIndex(feed, IndexIdentity(extractor.model_id, kind, DIM), home)
            stack.callback(index.close)
            index.open()
            if follow_s is not None:
                index.start(follow_s)
            return index

        yield VideoEngine(
            extractor=extractor,
            shelf=VideoShelf(catalogue.database),
            posters=ThumbnailStore(posters),
            frames=open_index("frame"),
            summaries=open_index("video"),
            sampling=sampling,
            limits=limits,
            picture_limits=picture_limits,
        )
