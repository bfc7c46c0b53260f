"""Small videos for tests: drawn, and encoded in memory."""

import io
from collections.abc import Iterable, Sequence
from fractions import Fraction

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tests.engines import draw

WIDTH, HEIGHT = 96, 64


def draw_shot(seed: int, frames: int, *, width: int = WIDTH, height: int = HEIGHT) -> list[NDArray[np.uint8]]:
    """Return the frames of a shot, RGB: a camera that pans over a picture of random blocks, so that each differs."""
    wide = draw(seed, 2 * width, height)
    steps = np.linspace(0, width, frames).astype(int)
    return [np.ascontiguousarray(wide[:, step : step + width]) for step in steps]


def encode_video(
    frames: Iterable[NDArray[np.uint8]],
    *,
    fps: int = 10,
    container: str = "mp4",
    codec: str = "mpeg4",
    stamps: Sequence[int] | None = None,
) -> bytes:
    """Return frames as a video file.

    Args:
        stamps: time of each frame in ms; evenly by the rate when left out.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream: VideoStream | None = None
        for number, pixels in enumerate(frames):
            if stream is None:
                added = output.add_stream(codec, rate=fps)
                assert isinstance(added, VideoStream)
                stream = added
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
                stream.codec_context.thread_count = 1
                if stamps is not None:
                    stream.codec_context.time_base = Fraction(1, 1000)
                if codec == "mpeg4":
                    stream.codec_context.bit_rate = 2_000_000
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = number if stamps is None else stamps[number]
            frame.time_base = Fraction(1, fps) if stamps is None else Fraction(1, 1000)
            output.mux(stream.encode(frame))
        if stream is not None:
            output.mux(stream.encode())
    return buffer.getvalue()


def turn_sideways(mp4: bytes) -> bytes:
    """Return an MP4 whose header asks players to turn it by a quarter clockwise, as telephones write it."""
    place = mp4.index(b"tkhd") + 4 + 4 + 4 * 5 + 8 + 8  # after version, times, id, duration; layer, volume
    matrix = np.array([0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30], ">i4").tobytes()
    return mp4[:place] + matrix + mp4[place + len(matrix) :]
