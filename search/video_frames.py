"""From the frames of a video to what is kept and asked of them: described stretches, a summary, a strip of pictures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.video_records import NewFrameRange
from errors import BrokenVideo
from feature_extractor.descriptors import Extractor
from feature_extractor.hashes import compute_pdq
from feature_extractor.picture import Picture
from feature_extractor.preview import encode_preview, make_preview, preview_size
from feature_extractor.read_ahead import read_ahead
from feature_extractor.sampling import mean_difference
from feature_extractor.video import FRAME_SIDE_PX, Frame, GreyFrame, Sampling, VideoReader
from search.alignment import Timeline
from search.verdict import is_too_plain

STILL_LEVELS = 1.5
"""Mean difference of two small grey frames, of 0..255, up to which they show the same: the noise of compression."""
LONGEST_STILL_MS = 10_000
"""A stretch that shows the same for longer is divided, so that its frame is never far."""
SUMMARY_FRAMES = 5
STRIP_TILES = 10
TILE_HEIGHT_PX = 90

_BATCH = 16
_AHEAD = 32  # frames decoded ahead of the describing; each is 1.2 MB at most
_STEP_MS = 500  # of a timeline, within a still


@dataclass(frozen=True, slots=True)
class DescribedVideo:
    """A video as it is kept, or asked for.

    Attributes:
        ranges: stretches in the order of time, each with the descriptor of its first frame.
        duration_ms: from the first frame to the end of the last.
        width, height: of the frames as shown, px, before any reduction.
        tiles: up to twenty small frames, evenly spread.
    """

    ranges: tuple[NewFrameRange, ...]
    duration_ms: int
    width: int
    height: int
    tiles: tuple[Picture, ...]


def describe_video(
    reader: VideoReader,
    extractor: Extractor,
    sampling: Sampling,
    *,
    mirrored: bool = False,
    advance: Callable[[int], None] = lambda _: None,
) -> DescribedVideo:
    """Return what is kept of a video, its frames decoded in a thread beside the describing.

    A frame that shows the same as the one described last makes its stretch longer and is not described. One too plain
    to match, such as a black one, is a stretch without a descriptor.

    Args:
        reader: an open video.
        extractor: describes the frames.
        sampling: which frames are looked at.
        mirrored: describe every frame mirrored left to right.
        advance: told how far, in ms of the video.
    Raises:
        VideoError, PictureError: it cannot be read to its end; the subclass says why.
    """
    stretches = _Stretches(extractor, mirrored=mirrored)
    tiles = _Tiles()
    first: Frame | None = None
    last_ms = 0
    for frame in read_ahead(reader.frames(sampling), _AHEAD):
        first = first or frame
        last_ms = frame.ms
        stretches.take(frame)
        tiles.take(frame.pixels)
        advance(frame.ms)
    if first is None:
        raise BrokenVideo("expected a video with frames; received none")
    stretches.describe()
    info = reader.info
    width, height = info.width, info.height
    frame_height, frame_width = first.pixels.shape[:2]
    if (width > height) != (frame_width > frame_height) and width != height:
        width, height = height, width  # of a telephone that was held upright
    told_ms = round(info.seconds * 1000)
    one_ms = round(1000 / info.fps) if info.fps else 40
    # The header is believed where the frames, kept up to half a second apart, do not speak against it.
    duration_ms = told_ms if last_ms < told_ms <= last_ms + 1000 else last_ms + one_ms
    return DescribedVideo(tuple(stretches.done), duration_ms, width, height, tuple(tiles.kept))


class _Stretches:
    """Merges frames into stretches, and describes each stretch's first frame in batches."""

    def __init__(self, extractor: Extractor, *, mirrored: bool) -> None:
        self.done: list[NewFrameRange] = []
        self._extractor = extractor
        self._mirrored = mirrored
        self._grey: GreyFrame | None = None
        self._waiting: list[tuple[int, Picture]] = []  # place in `done`, pixels

    def take(self, frame: Frame) -> None:
        """Add a frame to the stretch before it, or begin one."""
        before = self.done[-1] if self.done else None
        if (
            before is not None
            and self._grey is not None
            and mean_difference(self._grey, frame.grey) <= STILL_LEVELS
            and frame.ms - before.first_ms <= LONGEST_STILL_MS
        ):
            self.done[-1] = NewFrameRange(before.first_ms, frame.ms, before.frame, before.frame_ms, before.vector)
            return
        self._grey = frame.grey
        self.done.append(NewFrameRange(frame.ms, frame.ms, frame.number, frame.ms, None))
        if not is_too_plain(compute_pdq(frame.pixels)):
            pixels = np.ascontiguousarray(frame.pixels[:, ::-1]) if self._mirrored else frame.pixels
            self._waiting.append((len(self.done) - 1, pixels))
            if len(self._waiting) == _BATCH:
                self.describe()

    def describe(self) -> None:
        """Describe what waits."""
        vectors = self._extractor.describe([pixels for _, pixels in self._waiting]).copy
        for (place, _), vector in zip(self._waiting, vectors, strict=True):
            kept = self.done[place]
            self.done[place] = NewFrameRange(kept.first_ms, kept.last_ms, kept.frame, kept.frame_ms, vector)
        self._waiting = []


class _Tiles:
    """Keeps small frames, evenly spread, of a video whose length is not known before its end."""

    def __init__(self) -> None:
        self.kept: list[Picture] = []
        self._every = 1
        self._seen = 0

    def take(self, pixels: Picture) -> None:
        if self._seen % self._every == 0:
            if len(self.kept) == 2 * STRIP_TILES:
                self.kept = self.kept[::2]
                self._every *= 2
            if self._seen % self._every == 0:
                height, width = pixels.shape[:2]
                self.kept.append(make_preview(pixels, _tile_side(width, height)))
        self._seen += 1


def _tile_side(width: int, height: int) -> int:
    """Return the longer side of a tile."""
    return max(TILE_HEIGHT_PX, round(TILE_HEIGHT_PX * width / height)) if width > height else TILE_HEIGHT_PX


def summarise(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32] | None:
    """Return the mean of about five descriptors, evenly spread, of norm 1; None where there is none.

    The summary of a whole video by a few frames, as in the "reverse video search" that this engine grew from.
    """
    if not len(vectors):
        return None
    chosen = np.linspace(0, len(vectors) - 1, min(SUMMARY_FRAMES, len(vectors))).round().astype(int)
    mean = np.stack([vectors[place] for place in chosen]).mean(axis=0)
    norm = float(np.linalg.norm(mean))
    return None if norm < 1e-3 else np.asarray(mean / norm, np.float32)


def timeline_of(ranges: Iterable[tuple[int, int, NDArray[np.float32]]], dim: int) -> Timeline:
    """Return described stretches as frames at a steady rate: one that shows the same for long counts once a step.

    Args:
        ranges: first and last ms and the descriptor of each, in the order of time.
        dim: length of a descriptor.
    """
    ms: list[int] = []
    vectors: list[NDArray[np.float32]] = []
    for first_ms, last_ms, vector in ranges:
        for at in range(first_ms, last_ms + 1, _STEP_MS):
            ms.append(at)
            vectors.append(vector)
    stacked = np.stack(vectors) if vectors else np.empty((0, dim), np.float32)
    return Timeline(np.array(ms, np.int64), stacked)


def strip_times(stretches: Iterable[tuple[int, int]], per_second: float) -> list[int]:
    """Return when each of the ten small frames of a video's strip is shown, in ms.

    They are counted off as `describe_video` did: frames at a steady rate, and the first of each stretch.

    Args:
        stretches: first and last ms of each, in the order of time.
        per_second: the rate, as when the video was added; with another one the times are less near.
    """
    step_ms = 1000 / per_second
    seen: list[int] = []
    for first_ms, last_ms in stretches:
        seen.append(first_ms)
        due = int(first_ms // step_ms) + 1
        while due * step_ms <= last_ms:
            seen.append(round(due * step_ms))
            due += 1
    if not seen:
        return [0] * STRIP_TILES
    every = 1
    while (len(seen) - 1) // every >= 2 * STRIP_TILES:
        every *= 2
    kept = seen[::every]
    chosen = np.linspace(0, len(kept) - 1, STRIP_TILES).round().astype(int)
    return [kept[place] for place in chosen]


def strip_size(width: int, height: int) -> tuple[int, int]:
    """Return the size in px of the strip of a video whose frames have this one.

    Pages use it to keep the room of a strip before it is there; it may be a few px off.
    """
    frame = preview_size(width, height, FRAME_SIDE_PX)
    tile_width, tile_height = preview_size(*frame, _tile_side(*frame))
    return STRIP_TILES * tile_width, tile_height


def encode_strip(tiles: Sequence[Picture]) -> bytes:
    """Return ten of a video's small frames side by side as one WebP file."""
    chosen = np.linspace(0, len(tiles) - 1, STRIP_TILES).round().astype(int)
    height, width = tiles[0].shape[:2]
    strip = np.zeros((height, width * STRIP_TILES, 3), np.uint8)
    for place, tile in enumerate(tiles[number] for number in chosen):
        # The size of frames may change within a stream; a tile of another size is shown as far as it fits.
        part = tile[:height, :width]
        strip[: part.shape[0], place * width : place * width + part.shape[1]] = part
    return encode_preview(strip, max(strip.shape))
