"""A video file to upright RGB frames with the time of each, by FFmpeg's libraries (PyAV), within limits."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import floor
from pathlib import Path
from typing import IO

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from errors import BrokenVideo, SourceUnreadable, UnsupportedVideo, VideoTooLarge, VideoTooSlow
from feature_extractor.picture import MIN_SIDE, Picture
from feature_extractor.sampling import FrameChooser
from feature_extractor.video import FRAME_SIDE_PX, GREY_SIDE_PX, Frame, GreyFrame, Sampling, VideoInfo, VideoLimits
from feature_extractor.video_headers import HEADER_BYTES, Container, sniff_video

# FFmpeg has some five hundred decoders, most for formats of games and of the nineties, and little looked after: what
# people's videos are made with is enough.
_DECODERS = (
    "h264", "hevc", "libdav1d", "av1", "vp8", "libvpx", "vp9", "libvpx-vp9", "mpeg4", "msmpeg4v2", "msmpeg4v3", "h263",
    "mpeg1video", "mpeg2video", "mjpeg", "theora", "prores", "dnxhd", "flv", "wmv1", "wmv2", "wmv3", "vc1",
)  # fmt: skip

_BUFFER_BYTES = 256 * 1024  # asked of the file at a time
_BAD_PACKETS = 0.1  # share of packets that may fail to decode; a download that was cut off loses its last ones
_BAD_AT_FIRST = 8  # this many may always: the share says nothing yet

# Their first plane is the luminance, a byte a pixel.
_LUMINANCE_FIRST = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"})


@contextmanager
def open_video(source: Path | bytes, limits: VideoLimits, *, threads: int = 1) -> Iterator["VideoFile"]:
    """Open a video file for the time of a block.

    FFmpeg sees the file's bytes and nothing else: it opens no other file and no address, whatever the bytes ask for.

    Args:
        source: where the file is, or all of its bytes.
        limits: what it may cost.
        threads: of the decoder; each holds frames of its own.
    Raises:
        SourceUnreadable: there is no such file, or it cannot be read.
        UnsupportedVideo: not a video, without a stream of pictures, or compressed in a way that we do not read.
        BrokenVideo: it begins like a video but cannot be opened.
        VideoTooLarge: more bytes, pixels, streams or seconds than allowed, by its header.
    """
    started = time.monotonic()
    with _opened(source) as file:
        size_bytes = file.seek(0, io.SEEK_END)
        if size_bytes > limits.max_bytes:
            raise VideoTooLarge(f"expected at most {limits.max_bytes:,} bytes; received {size_bytes:,}")
        file.seek(0)
        kind = sniff_video(file.read(HEADER_BYTES))
        file.seek(0)
        with _container(file, kind, limits) as container:
            yield VideoFile(container, kind, limits, threads=threads, started=started)


class VideoFile:
    """An open video file; see feature_extractor.video.VideoReader.

    Attributes:
        info: what its header tells.
    """

    def __init__(
        self, container: InputContainer, kind: Container, limits: VideoLimits, *, threads: int, started: float
    ) -> None:
        self._container = container
        self._limits = limits
        self._deadline = started + limits.max_wall_s
        self._stream = _picture_stream(container, kind, limits)
        self._start_ms: float | None = None
        self.info = _read_info(container, self._stream, kind)
        _check_header(self.info, self._stream, limits)
        codec = self._stream.codec_context
        codec.options = {"max_pixels": str(limits.max_pixels)}
        codec.thread_type = "AUTO"
        codec.thread_count = threads

    def frames(self, sampling: Sampling | None = None) -> Iterator[Frame]:
        """Yield the frames in the order of showing, once.

        A frame's time is the file's own stamp for it. Where a stamp is missing or goes back, as at the seams of
        broadcasts, the frame is placed one frame's length after the one before.

        Args:
            sampling: which frames are kept; None: all.
        Raises:
            BrokenVideo: nothing of it, or too little, can be decoded.
            VideoTooLarge: more frames, seconds or pixels than allowed.
            VideoTooSlow: it takes longer than allowed.
        """
        chooser = None if sampling is None else FrameChooser(sampling)
        clock = _Clock(self.info.fps or 25.0)
        for number, frame in enumerate(self._decoded()):
            ms = clock.place(_stamp_ms(frame))
            self._check(number, ms)
            grey = _small_grey(frame)
            if chooser is None or chooser.wants(ms, grey):
                yield Frame(ms, number, self._upright(frame), grey)

    def frames_between(self, first_ms: int, last_ms: int) -> Iterator[Frame]:
        """Yield every frame between two times; see feature_extractor.video.SeekingReader.

        Times are those of the file's own stamps alone: where they are missing or go back they are not those of
        `frames`. What lies between the key frame before and `first_ms` is decoded too, and counts as decoded.

        Raises:
            BrokenVideo, VideoTooLarge, VideoTooSlow: as `frames`.
        """
        start = self._first_stamp()
        place = 0
        if start is not None:
            self._seek(start + first_ms)
            for number, frame in enumerate(self._decoded()):
                stamp = _stamp_ms(frame)
                ms = 0 if stamp is None else round(stamp - start)
                self._check(number, ms)
                if stamp is not None and ms > last_ms:
                    return
                if stamp is not None and ms >= first_ms:
                    yield Frame(ms, place, self._upright(frame), _small_grey(frame))
                    place += 1

    def _first_stamp(self) -> float | None:
        """Return the time stamp of the first frame in ms; None where it has none, or nothing can be sought."""
        if self._start_ms is None:
            self._start_ms = next((_stamp_ms(frame) for frame in self._decoded()), None)
        return self._start_ms

    def _seek(self, stamp_ms: float) -> None:
        """Go to the key frame at or before a time stamp.

        Raises:
            BrokenVideo: the file does not allow it.
        """
        time_base = self._stream.time_base
        if time_base is None:
            raise BrokenVideo("expected a video with time stamps; received none")
        try:
            self._container.seek(floor(stamp_ms / 1000 / time_base), stream=self._stream)
        except FFmpegError as exc:
            raise BrokenVideo(f"expected a video in which can be sought; {_one_line(exc)}") from exc

    def _check(self, number: int, ms: int) -> None:
        """Refuse to go on beyond a limit."""
        limits = self._limits
        if number >= limits.max_frames:
            raise VideoTooLarge(f"expected at most {limits.max_frames:,} frames; received more")
        if ms > limits.max_seconds * 1000:
            raise VideoTooLarge(f"expected at most {limits.max_seconds:,.0f} s of video; received more")

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            allowed_s = self._limits.max_wall_s
            raise VideoTooSlow(f"expected a video that is read within {allowed_s:,.0f} s; stopped after that")

    def _decoded(self) -> Iterator[VideoFrame]:
        """Yield all frames that decode; a few packets that do not are passed over."""
        packets = bad = given = 0
        try:
            for packet in self._container.demux(self._stream):
                packets += 1
                try:
                    frames = _decode_packet(packet)
                except FFmpegError as exc:
                    bad += 1
                    if bad > _BAD_AT_FIRST + _BAD_PACKETS * packets:
                        raise BrokenVideo(f"expected a whole video; {bad} of {packets} packets do not decode") from exc
                    frames = []
                for frame in frames:
                    given += 1
                    yield frame
                self._check_time()  # also where a file is all packets and no frames
        except FFmpegError as exc:  # of the demuxer: what comes after cannot be found
            if not given:
                raise BrokenVideo(f"expected a whole video; reading stopped: {_one_line(exc)}") from exc
        if not given:
            raise BrokenVideo("expected a video; no frame of it can be decoded")

    def _upright(self, frame: VideoFrame) -> Picture:
        """Return the pixels as they are shown: square, turned upright, no larger than needed."""
        width, height = self.info.width, self.info.height
        scale = min(1.0, FRAME_SIDE_PX / max(width, height))
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
        if min(width, height) < MIN_SIDE:
            raise UnsupportedVideo(f"expected frames of at least {MIN_SIDE} px; received {width} x {height}")
        try:
            pixels = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
        except (FFmpegError, ValueError) as exc:
            raise BrokenVideo(f"expected frames that turn into RGB; received {frame.format.name}") from exc
        return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90)))  # both count counterclockwise


class _Clock:
    """Gives each frame its time."""

    def __init__(self, fps: float) -> None:
        self._frame_ms = 1000 / fps
        self._first: float | None = None
        self._last = -self._frame_ms

    def place(self, stamp_ms: float | None) -> int:
        """Return when the next frame is shown, ms from the first, by its stamp where that makes sense."""
        if stamp_ms is not None and self._first is None:
            self._first = stamp_ms - max(0.0, self._last + self._frame_ms)
        following = self._last + self._frame_ms
        at = following if stamp_ms is None or self._first is None else stamp_ms - self._first
        self._last = at if at > self._last else following
        return round(self._last)


@contextmanager
def _opened(source: Path | bytes) -> Iterator[IO[bytes]]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    try:
        file = source.open("rb")
    except OSError as exc:
        raise SourceUnreadable(f"{source}: {exc.strerror}") from exc
    with file:
        yield file


@contextmanager
def _container(file: IO[bytes], kind: Container, limits: VideoLimits) -> Iterator[InputContainer]:
    """Open what holds the streams, with one demuxer, few decoders and no protocol allowed."""
    options = {
        "protocol_whitelist": "none",
        "codec_whitelist": ",".join(_DECODERS),
        "max_pixels": str(limits.max_pixels),
        "max_streams": str(limits.max_streams + 1),  # the one too many is told from a broken file below
    }
    try:
        container = av.open(file, "r", format=kind.demuxer, options=options, buffer_size=_BUFFER_BYTES)
    except (FFmpegError, UnicodeError) as exc:
        raise BrokenVideo(f"expected a whole {kind.name} file; opening stopped: {_one_line(exc)}") from exc
    with container:
        yield container


def _picture_stream(container: InputContainer, kind: Container, limits: VideoLimits) -> VideoStream:
    """Return the first stream of pictures that is not a cover."""
    if len(container.streams) > limits.max_streams:
        raise VideoTooLarge(f"expected at most {limits.max_streams} streams; received {len(container.streams):,}")
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            codec = getattr(stream, "codec_context", None)
            if codec is None or codec.name not in _DECODERS:
                name = "an unknown codec" if codec is None else codec.name
                raise UnsupportedVideo(f"expected H.264, HEVC, AV1, VP9 or another usual codec; received {name}")
            return stream
    raise UnsupportedVideo(f"expected a video; received a {kind.name} file without moving pictures")


def _read_info(container: InputContainer, stream: VideoStream, kind: Container) -> VideoInfo:
    rate = stream.average_rate or stream.guessed_rate
    seconds = 0.0
    if stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        seconds = container.duration / av.time_base
    codec = stream.codec_context
    aspect = float(stream.sample_aspect_ratio or 1)
    width = round(codec.width * aspect) if 0.25 <= aspect <= 4 else codec.width
    return VideoInfo(
        width=width,
        height=codec.height,
        fps=float(rate) if rate else 0.0,
        seconds=max(0.0, seconds),
        codec=codec.codec.canonical_name,
        container=kind.name,
    )


def _check_header(info: VideoInfo, stream: VideoStream, limits: VideoLimits) -> None:
    """Refuse what the header tells already."""
    width, height = stream.codec_context.width, stream.codec_context.height
    if not width * height:  # the probe has passed it over
        raise VideoTooLarge(f"expected at most {limits.max_pixels:,} pixels in a frame; received more, or unknown many")
    if width * height > limits.max_pixels:
        raise VideoTooLarge(f"expected at most {limits.max_pixels:,} pixels in a frame; received {width} x {height}")
    if min(width, height) < MIN_SIDE:
        raise UnsupportedVideo(f"expected frames of at least {MIN_SIDE} px; received {width} x {height}")
    if info.seconds > limits.max_seconds:
        raise VideoTooLarge(f"expected at most {limits.max_seconds:,.0f} s of video; received {info.seconds:,.0f}")


def _decode_packet(packet: "Packet[VideoStream]") -> list[VideoFrame]:
    """Return the whole frames that a packet completes; what was patched up by the decoder is no frame."""
    return [frame for frame in packet.decode() if isinstance(frame, VideoFrame) and not frame.is_corrupt]


def _stamp_ms(frame: VideoFrame) -> float | None:
    """Return a frame's own time stamp in ms."""
    stamp = frame.pts if frame.pts is not None else frame.dts
    if stamp is None or frame.time_base is None:
        return None
    return float(stamp * frame.time_base * 1000)


def _small_grey(frame: VideoFrame) -> GreyFrame:
    """Return the luminance on 32 x 32 px."""
    if frame.format.name in _LUMINANCE_FIRST:
        plane = frame.planes[0]
        stored = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * frame.height]
        luminance = stored.reshape(frame.height, plane.line_size)[:, : frame.width]
    else:
        luminance = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    return np.asarray(cv2.resize(luminance, (GREY_SIDE_PX, GREY_SIDE_PX), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _one_line(error: BaseException) -> str:
    """Return what FFmpeg says, short enough for one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
