"""What a video is while it is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture

FRAME_SIDE_PX = 640
"""Longest side of a frame's pixels; larger frames are scaled down."""
GREY_SIDE_PX = 32
"""Side of the small grey frame by which frames are compared cheaply."""

GreyFrame = NDArray[np.uint8]  # (32, 32), luminance


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What a video may cost; whatever exceeds one of these is refused, if need be half-way.

    Attributes:
        max_bytes: size of the file, or of a folder's pictures together.
        max_pixels: width times height of a frame. A decoder holds up to seventeen of them.
        max_frames: frames decoded, whether they are kept or not.
        max_seconds: length of the video.
        max_wall_s: time from opening the file to the last frame, what is done with each frame included.
        max_streams: pictures, sounds and subtitles in one file.
    """

    max_bytes: int = 64 * 2**30
    max_pixels: int = 4096 * 2304
    max_frames: int = 1_500_000
    max_seconds: float = 12 * 3600.0
    max_wall_s: float = 24 * 3600.0
    max_streams: int = 64


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video's header tells; a header may lie, so limits are checked against the frames too.

    Attributes:
        width, height: size in px with square pixels, as stored: frames of a telephone are still to be turned.
        fps: frames a second on average; 0 where the file does not say.
        seconds: length; 0 where the file does not say.
        codec: how the frames are compressed, such as 'h264'.
        container: kind of file, such as 'MP4'.
    """

    width: int
    height: int
    fps: float
    seconds: float
    codec: str
    container: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a video.

    Attributes:
        ms: when it is shown, in milliseconds from the first frame, by the file's own time stamps.
        number: its place in the order of showing, the first 0; frames that were left out are counted.
        pixels: RGB, upright, its longer side at most 640 px.
        grey: its luminance on 32 x 32 px.
    """

    ms: int
    number: int
    pixels: Picture
    grey: GreyFrame


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames of a video are kept: some at a steady rate, and the first after each change of scene.

    Attributes:
        per_second: of video; kept are the first frames at or after 0, 1/per_second, 2/per_second, … s.
        cut_levels: mean difference of two frames' small grey versions, 0..255, from which the later begins a scene.
        least_gap_ms: between the frame kept last and the beginning of a scene, so that a flicker is no scene.
    """

    per_second: float = 2.0
    cut_levels: float = 22.0
    least_gap_ms: int = 200


class VideoReader(Protocol):
    """An open video: a file, or a folder of pictures that stands for one."""

    @property
    def info(self) -> VideoInfo:
        """What its header tells."""
        ...

    def frames(self, sampling: Sampling | None) -> Iterator[Frame]:
        """Yield its frames in the order of showing, once; None: every frame.

        Raises:
            VideoError: it cannot be read on; the subclass says why.
        """
        ...


class SeekingReader(VideoReader, Protocol):
    """An open video of which some frames can be read without all that are before them."""

    def frames_between(self, first_ms: int, last_ms: int) -> Iterator[Frame]:
        """Yield every frame that is shown between two times, both included, as often as it is called.

        What comes before is not counted, so that each frame's `number` is its place among those that are yielded.

        Raises:
            VideoError, PictureError, SourceUnreadable: it cannot be read on; the subclass says why.
        """
        ...
