"""What is done to clips before they are searched for, and which part of each then shows which part of its original."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from zlib import crc32

import av
import numpy as np
from av.video.stream import VideoStream
from PIL import Image

from errors import ContractBroken
from evaluation.attacks import SEED
from feature_extractor.frames import open_video
from feature_extractor.picture import Picture
from feature_extractor.video import VideoLimits

_LIMITS = VideoLimits(max_frames=2_000, max_seconds=120)
_PLAIN_CRF = 23  # the encoder's own choice
_STRONG_CRF = 36


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a clip and the part of the original that it shows, in seconds."""

    first_s: float
    last_s: float
    original_first_s: float
    original_last_s: float

    def original_at(self, query_s: float) -> float:
        """Return which time of the original a time within the stretch shows."""
        share = (query_s - self.first_s) / max(self.last_s - self.first_s, 1e-9)
        return self.original_first_s + share * (self.original_last_s - self.original_first_s)


@dataclass(frozen=True, slots=True)
class Clip:
    """Decoded frames at a steady rate.

    Attributes:
        frames: RGB uint8, of one size.
        fps: frames a second.
        crf: how hard the encoder will press them; greater is harder.
        stretches: what shows the original, in the order of the clip.
    """

    frames: Sequence[Picture]
    fps: float
    crf: int
    stretches: tuple[Stretch, ...]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.frames) / self.fps


Change = Callable[[Clip, np.random.Generator, Clip], Clip]


@dataclass(frozen=True, slots=True)
class VideoEdit:
    """An edit of a clip.

    Attributes:
        name: unique, lower case with underscores; it seeds the edit.
        intensity: how strong, for people.
        change: clip, generator and a foreign clip to the edited clip.
    """

    name: str
    intensity: str
    change: Change

    def apply(self, clip: Clip, number: int, foreign: Clip) -> Clip:
        """Return a clip edited; with the edit's name, its number seeds what is random."""
        return self.change(clip, np.random.default_rng([SEED, crc32(self.name.encode()), number]), foreign)


def read_clip(path: Path) -> Clip:
    """Return all frames of a short video file."""
    with open_video(path, _LIMITS) as video:
        frames = [frame.pixels for frame in video.frames(None)]
        fps = video.info.fps or 25.0
    seconds = len(frames) / fps
    return Clip(frames, fps, _PLAIN_CRF, (Stretch(0.0, seconds, 0.0, seconds),))


def encode_clip(clip: Clip) -> bytes:
    """Return a clip as an MP4 file with H.264."""
    height, width = clip.frames[0].shape[:2]
    rate = Fraction(clip.fps).limit_denominator(1001)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=rate, options={"crf": str(clip.crf), "preset": "veryfast"})
        if not isinstance(stream, VideoStream):
            raise ContractBroken(f"expected a stream of pictures; received {type(stream).__name__}")
        stream.width, stream.height, stream.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
        stream.codec_context.thread_count = 1
        for pixels in clip.frames:
            even = np.ascontiguousarray(pixels[: stream.height, : stream.width])
            output.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        output.mux(stream.encode())
    return buffer.getvalue()


def _none(clip: Clip, _rng: np.random.Generator, _foreign: Clip) -> Clip:
    return clip


def _press(clip: Clip, _rng: np.random.Generator, _foreign: Clip) -> Clip:
    """Halve the sides and compress hard."""
    height, width = clip.frames[0].shape[:2]
    return replace(clip, frames=[_resize(pixels, width // 2, height // 2) for pixels in clip.frames], crf=_STRONG_CRF)


def _crop(clip: Clip, rng: np.random.Generator, _foreign: Clip, *, keep: float) -> Clip:
    """Keep a share of the area, the same part of every frame."""
    height, width = clip.frames[0].shape[:2]
    kept_height, kept_width = round(height * keep**0.5), round(width * keep**0.5)
    top, left = rng.integers(0, height - kept_height + 1), rng.integers(0, width - kept_width + 1)
    return replace(clip, frames=[pixels[top : top + kept_height, left : left + kept_width] for pixels in clip.frames])


def _mirror(clip: Clip, _rng: np.random.Generator, _foreign: Clip) -> Clip:
    return replace(clip, frames=[pixels[:, ::-1] for pixels in clip.frames])


def _change_speed(clip: Clip, _rng: np.random.Generator, _foreign: Clip, *, factor: float) -> Clip:
    """Show the same frames faster or slower."""
    stretches = tuple(
        replace(each, first_s=each.first_s / factor, last_s=each.last_s / factor) for each in clip.stretches
    )
    return replace(clip, fps=clip.fps * factor, stretches=stretches)


def _cut_out(clip: Clip, _rng: np.random.Generator, _foreign: Clip) -> Clip:
    """Leave out the middle third."""
    third = len(clip.frames) // 3
    first, rest = clip.frames[:third], clip.frames[2 * third :]
    seam_s = third / clip.fps
    seconds = (len(first) + len(rest)) / clip.fps
    return replace(
        clip,
        frames=[*first, *rest],
        stretches=(
            Stretch(0.0, seam_s, 0.0, seam_s),
            Stretch(seam_s, seconds, 2 * seam_s, 2 * seam_s + len(rest) / clip.fps),
        ),
    )


def _excerpt(clip: Clip, _rng: np.random.Generator, _foreign: Clip) -> Clip:
    """Keep the middle half."""
    quarter = len(clip.frames) // 4
    kept = clip.frames[quarter : len(clip.frames) - quarter]
    start_s, seconds = quarter / clip.fps, len(kept) / clip.fps
    return replace(clip, frames=kept, stretches=(Stretch(0.0, seconds, start_s, start_s + seconds),))


def _intro(clip: Clip, _rng: np.random.Generator, foreign: Clip, *, seconds: float) -> Clip:
    """Put the beginning of a foreign clip before it."""
    height, width = clip.frames[0].shape[:2]
    steps = np.arange(round(seconds * clip.fps)) * (foreign.fps / clip.fps)
    intro = [_resize(foreign.frames[int(step) % len(foreign.frames)], width, height) for step in steps]
    shift_s = len(intro) / clip.fps
    stretches = tuple(
        replace(each, first_s=each.first_s + shift_s, last_s=each.last_s + shift_s) for each in clip.stretches
    )
    return replace(clip, frames=[*intro, *clip.frames], stretches=stretches)


def _letterbox(clip: Clip, _rng: np.random.Generator, _foreign: Clip) -> Clip:
    """Put black bars above and below, a sixth of the height each."""
    bar = np.zeros((clip.frames[0].shape[0] // 4, clip.frames[0].shape[1], 3), np.uint8)
    return replace(clip, frames=[np.concatenate([bar, pixels, bar]) for pixels in clip.frames])


def _mixture(clip: Clip, rng: np.random.Generator, foreign: Clip) -> Clip:
    """Crop, mirror, speed up, put an intro before it and compress hard."""
    edited = _mirror(_crop(clip, rng, foreign, keep=0.7), rng, foreign)
    return _press(_intro(_change_speed(edited, rng, foreign, factor=1.1), rng, foreign, seconds=2), rng, foreign)


VIDEO_EDITS: tuple[VideoEdit, ...] = (
    VideoEdit("unedited", "encoded again", _none),
    VideoEdit("pressed", "half the sides, CRF 36", _press),
    VideoEdit("crop_60", "60 % of the area", partial(_crop, keep=0.6)),
    VideoEdit("mirror", "left to right", _mirror),
    VideoEdit("faster", "10 %", partial(_change_speed, factor=1.1)),
    VideoEdit("slower", "10 %", partial(_change_speed, factor=0.9)),
    VideoEdit("cut_out", "without the middle third", _cut_out),
    VideoEdit("excerpt", "the middle half", _excerpt),
    VideoEdit("intro", "3 s of another clip before it", partial(_intro, seconds=3)),
    VideoEdit("letterbox", "bars of a sixth", _letterbox),
    VideoEdit("mixture", "crop to 70 %, mirror, 10 % faster, intro, half the sides, CRF 36", _mixture),
)
"""Every edit, in the order of the tables."""


def _resize(pixels: Picture, width: int, height: int) -> Picture:
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize((width, height), Image.Resampling.BILINEAR))
