"""Opens the file, or the folder of frames, that a video of the catalogue came from, where it is still there."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from data.video_records import Video
from errors import SourceUnreadable
from feature_extractor.frame_folder import CONTAINER, FrameFolder
from feature_extractor.frames import open_video
from feature_extractor.video import SeekingReader, VideoLimits

OpenKept = Callable[[Video, VideoLimits], AbstractContextManager[SeekingReader]]
"""Opens a video of the catalogue for the time of a block; raises BadInput or NotFound where it cannot be had."""


@contextmanager
def open_kept(video: Video, limits: VideoLimits) -> Iterator[SeekingReader]:
    """Open a video where it was added from.

    Args:
        video: of the catalogue.
        limits: what reading it may cost.
    Raises:
        SourceUnreadable: it is gone, or no longer of the size that was added.
        VideoError, PictureError: it cannot be opened; the subclass says why.
    """
    path = Path(video.locator)
    if video.container == CONTAINER:
        folder = FrameFolder(path, video.fps, limits)
        _check_size(video, folder.size_bytes)
        yield folder
        return
    try:
        size_bytes = path.stat().st_size
    except OSError as exc:
        raise SourceUnreadable(f"{path}: {exc.strerror}") from exc
    _check_size(video, size_bytes)
    with open_video(path, limits) as reader:
        yield reader


def _check_size(video: Video, size_bytes: int) -> None:
    """Refuse what is not what was added."""
    if size_bytes != video.size_bytes:
        raise SourceUnreadable(f"{video.locator}: expected {video.size_bytes:,} bytes, as added; found {size_bytes:,}")
