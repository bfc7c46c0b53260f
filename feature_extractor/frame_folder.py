"""A folder of pictures that stands for a video: its frames by name, at a stated rate."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from errors import BadInput, PictureError, SourceUnreadable, VideoTooLarge, VideoTooSlow
from feature_extractor.decode import decode
from feature_extractor.picture import Limits, Picture
from feature_extractor.preview import make_preview
from feature_extractor.sampling import FrameChooser
from feature_extractor.video import FRAME_SIDE_PX, GREY_SIDE_PX, Frame, GreyFrame, Sampling, VideoInfo, VideoLimits

CONTAINER = "folder of frames"
"""What stands for the kind of file."""

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".avif"})
_DIGITS = re.compile(r"(\d+)")


class FrameFolder:
    """A folder of frames; see feature_extractor.video.VideoReader.

    The frames stand in the order of their names, numbers by their value: `frame 9` before `frame 10`.

    Attributes:
        info: size and codec are those of the first picture.
        paths: the frames' files in order.
        size_bytes: of these together.
    """

    def __init__(self, folder: Path, fps: float, limits: VideoLimits) -> None:
        """List the folder.

        Raises:
            BadInput: the rate is not one.
            SourceUnreadable: no such folder, or no picture in it.
            VideoTooLarge: more frames, bytes or seconds than allowed.
            PictureError: its first picture cannot be used.
        """
        if not 0 < fps <= 1000:
            raise BadInput(f"expected a frame rate of more than 0 and at most 1,000; received {fps}")
        self._limits = limits
        self._fps = fps
        self._deadline = time.monotonic() + limits.max_wall_s
        try:
            self.paths = sorted((path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES), key=_by_number)
            self.size_bytes = size_bytes = sum(path.stat().st_size for path in self.paths)
        except OSError as exc:
            raise SourceUnreadable(f"{folder}: {exc.strerror}") from exc
        if not self.paths:
            raise SourceUnreadable(f"{folder}: expected pictures, the frames of a video; found none")
        seconds = len(self.paths) / fps
        if len(self.paths) > limits.max_frames or seconds > limits.max_seconds or size_bytes > limits.max_bytes:
            raise VideoTooLarge(
                f"expected at most {limits.max_frames:,} frames, {limits.max_seconds:,.0f} s and "
                f"{limits.max_bytes:,} bytes; received {len(self.paths):,}, {seconds:,.0f} s and {size_bytes:,} bytes"
            )
        self._picture_limits = Limits(max_bytes=limits.max_bytes, max_pixels=limits.max_pixels)
        first = self._decode(self.paths[0])
        height, width = first.shape[:2]
        codec = self.paths[0].suffix.lower().removeprefix(".")
        self.info = VideoInfo(width, height, fps, seconds, codec, CONTAINER)

    def frames(self, sampling: Sampling | None = None) -> Iterator[Frame]:
        """Yield the frames in the order of their names; see VideoReader.frames.

        Raises:
            PictureError: one of them cannot be used; it is named.
            VideoTooSlow: it takes longer than allowed.
        """
        chooser = None if sampling is None else FrameChooser(sampling)
        for number, path in enumerate(self.paths):
            pixels = self._read(path)
            grey = small_grey(pixels)
            ms = self._ms(number)
            if chooser is None or chooser.wants(ms, grey):
                yield Frame(ms, number, make_preview(pixels, FRAME_SIDE_PX), grey)

    def frames_between(self, first_ms: int, last_ms: int) -> Iterator[Frame]:
        """Yield every frame between two times; see feature_extractor.video.SeekingReader.

        Raises:
            PictureError, SourceUnreadable, VideoTooSlow: as `frames`.
        """
        chosen = [number for number in range(len(self.paths)) if first_ms <= self._ms(number) <= last_ms]
        for place, number in enumerate(chosen):
            pixels = self._read(self.paths[number])
            yield Frame(self._ms(number), place, make_preview(pixels, FRAME_SIDE_PX), small_grey(pixels))

    def _ms(self, number: int) -> int:
        """Return when a frame is shown."""
        return round(number * 1000 / self._fps)

    def _read(self, path: Path) -> Picture:
        """Return a frame, in time."""
        if time.monotonic() > self._deadline:
            raise VideoTooSlow(f"expected frames that are read within {self._limits.max_wall_s:,.0f} s")
        return self._decode(path)

    def _decode(self, path: Path) -> Picture:
        try:
            data = path.read_bytes()
        except OSError as exc:
            raise SourceUnreadable(f"{path}: {exc.strerror}") from exc
        try:
            return decode(data, self._picture_limits).pixels
        except PictureError as exc:
            raise type(exc)(f"{path}: {exc}", remedy=exc.remedy) from exc


def small_grey(pixels: Picture) -> GreyFrame:
    """Return the luminance of a picture on 32 x 32 px."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (GREY_SIDE_PX, GREY_SIDE_PX), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _by_number(path: Path) -> list[tuple[int, str]]:
    """Return what sorts names with the numbers in them by value."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(path.name)]
