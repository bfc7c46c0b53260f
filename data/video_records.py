"""What the catalogue keeps of videos: plain values, free of SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class NewFrameRange:
    """A stretch of a video in which it shows nearly the same, ready to be kept.

    Attributes:
        first_ms, last_ms: when its first and last sampled frame are shown, from the video's first frame.
        frame, frame_ms: number and time of the frame that was described.
        vector: its copy descriptor, float32 (256,) of L2 norm 1; None where the frame is too plain to match.
    """

    first_ms: int
    last_ms: int
    frame: int
    frame_ms: int
    vector: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class NewVideo:
    """A video described and ready to be kept.

    Attributes:
        sha256: of its file; of the digests of its frames' files, in order, where it is a folder.
        locator: where it comes from, as people would write it.
        duration_ms: from the first frame to the end of the last.
        fps: frames a second on average.
        width, height: of its frames as shown, px.
        codec, container: as in feature_extractor.video.VideoInfo.
        summary: mean of the copy descriptors of about five frames, float32 (256,) of L2 norm 1; None where all of
            its frames are plain.
    """

    sha256: str
    locator: str
    collection: str | None
    duration_ms: int
    fps: float
    width: int
    height: int
    codec: str
    container: str
    size_bytes: int
    model_id: str
    ranges: Sequence[NewFrameRange]
    summary: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Video:
    """A video of the catalogue; the attributes are those of NewVideo."""

    id: int
    sha256: str
    locator: str
    collection: str | None
    duration_ms: int
    fps: float
    width: int
    height: int
    codec: str
    container: str
    size_bytes: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class FrameRange:
    """A stretch of a video of the catalogue; the attributes are those of NewFrameRange."""

    id: int
    video_id: int
    first_ms: int
    last_ms: int
    frame: int
    frame_ms: int


@dataclass(frozen=True, slots=True)
class VideoCounts:
    """How much the catalogue holds of videos."""

    videos: int
    ranges: int
    duration_ms: int
