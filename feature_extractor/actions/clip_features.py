"""A clip to one vector: what a network sees in frames spread over it, on average and in its changes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from errors import RetraceError, SourceUnreadable
from feature_extractor.backbones import FEATURES, GEM, Backbone, Features, scale_to_unit
from feature_extractor.frame_folder import FrameFolder
from feature_extractor.frames import open_video
from feature_extractor.picture import Picture
from feature_extractor.preprocess import preprocess
from feature_extractor.video import VideoLimits

FRAMES = 16
"""Of a clip that are described."""
LIMITS = VideoLimits(max_bytes=2 * 2**30, max_seconds=3600.0, max_wall_s=600.0)
"""A clip shows one action: an hour is more than enough."""
FOLDER_FPS = 25.0
"""Rate that a folder of frames is taken for; nothing but its length follows from it."""

_AHEAD = 4
"""Clips a thread may be ahead, each of FRAMES small pictures."""

Advance = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class ClipExtractor:
    """Describes clips with one network.

    Attributes:
        backbone: the network.
        output: which of its outputs.
        frames: of a clip that are described.
        workers: clips decoded side by side.
    """

    backbone: Backbone
    output: str
    frames: int = FRAMES
    workers: int = 1

    @property
    def length(self) -> int:
        """How many numbers describe a clip."""
        return PARTS * self.backbone.lengths[self.output]

    def describe(self, clips: Sequence[Path], *, advance: Advance = lambda *_: None) -> Features:
        """Return what describes clips, float32 (len(clips), length): see `pool_frames`.

        Raises:
            VideoError, SourceUnreadable: a clip cannot be read; the message names it.
        """
        rows = [np.empty((0, self.length), np.float32)]
        for done, pictures in enumerate(self._read_ahead(clips), start=1):
            rows.append(pool_frames(self.backbone.describe(pictures, self.output)[self.output])[None])
            advance(done, len(clips))
        return np.concatenate(rows)

    def _read_ahead(self, clips: Sequence[Path]) -> Iterator[list[Picture]]:
        """Yield the prepared frames of each clip, in order, decoded in threads that are some clips ahead."""
        with ThreadPoolExecutor(self.workers) as pool:
            ahead = self.workers * _AHEAD
            waiting = [pool.submit(self._read, path) for path in clips[:ahead]]
            for place in range(len(clips)):
                pictures = waiting.pop(0).result()
                if place + ahead < len(clips):
                    waiting.append(pool.submit(self._read, clips[place + ahead]))
                yield pictures

    def _read(self, path: Path) -> list[Picture]:
        return [preprocess(picture) for picture in read_clip(path, self.frames)]


PARTS = 3
"""Vectors that `pool_frames` lays behind each other."""


def best_output(backbone: Backbone) -> str:
    """Return the output that tells actions best: GEM, where a network has it, else FEATURES."""
    return GEM if GEM in backbone.lengths else FEATURES


def read_clip(path: Path, frames: int) -> list[Picture]:
    """Return frames spread evenly over a clip: a video file, or a folder of its frames.

    Args:
        path: of the clip.
        frames: how many, at least 1; a clip of fewer gives some of its frames twice.
    Returns:
        RGB uint8 arrays, (height, width, 3).
    Raises:
        VideoError: it is no video, or not a whole one; the message names the file.
        SourceUnreadable: there is no such file.
    """
    try:
        if path.is_dir():
            return spread(_pixels(FrameFolder(path, FOLDER_FPS, LIMITS)), frames)
        with open_video(path, LIMITS) as video:
            return spread((frame.pixels for frame in video.frames()), frames)
    except RetraceError as exc:
        raise type(exc)(f"{path.name}: {exc}", remedy=exc.remedy) from exc


def _pixels(folder: FrameFolder) -> Iterator[Picture]:
    return (frame.pixels for frame in folder.frames(None))


def spread(pictures: Iterable[Picture], wanted: int) -> list[Picture]:
    """Return pictures spread evenly over a sequence of unknown length, holding at most twice as many at a time.

    Every so-many-th picture is kept; when there are too many, every second of them goes and the step doubles.

    Raises:
        SourceUnreadable: there are none.
    """
    kept: list[Picture] = []
    step = 1
    for number, picture in enumerate(pictures):
        if number % step == 0:
            kept.append(picture)
            if len(kept) == 2 * wanted:
                kept, step = kept[::2], 2 * step
    if not kept:
        raise SourceUnreadable("expected frames; found none")
    places = (2 * np.arange(wanted) + 1) * len(kept) // (2 * wanted)  # the middles of equal parts
    return [kept[place] for place in places]


def pool_frames(features: Features) -> Features:
    """Return what describes a clip by what describes its frames in order.

    Mean, deviation and mean absolute change from one frame to the next, of frames scaled to L2 norm 1, each scaled to
    it again: what is there, how much it varies, and how much it moves.

    Args:
        features: float32 (frames, length).
    Returns:
        float32 (3 × length,).
    """
    scaled = scale_to_unit(features)
    changes = np.abs(np.diff(scaled, axis=0)).mean(axis=0) if len(scaled) > 1 else np.zeros_like(scaled[0])
    return scale_to_unit(np.stack([scaled.mean(axis=0), scaled.std(axis=0), changes])).ravel()
