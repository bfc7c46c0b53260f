"""A video of a stranger, read in a process of its own: what breaks there, or never ends, leaves this process alone.

The other process (feature_extractor.video_child) has no environment of ours, no open file but the video, and limits of
memory and processor time that it sets before it reads a byte. It is ended when the block ends, whatever happened.
"""

import json
import math
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np

import errors
from errors import BadInput, BrokenVideo, EnvironmentFault, VideoTooSlow
from feature_extractor.video import FRAME_SIDE_PX, GREY_SIDE_PX, Frame, Sampling, VideoInfo, VideoLimits

MEMORY_BYTES = 1024 * 2**20
"""What decoding may occupy: a decoder holds up to seventeen frames, of 25 MB each at the most pixels that are read."""

_ROOT = Path(__file__).resolve().parents[1]
# Libraries would otherwise make a thread, and a stack, for every core.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
_START_S = 30.0  # of Python and the libraries, on a machine that has much else to do
_END_S = 5.0
_MOST_TOLD_BYTES = 64 * 1024
_MOST_TEXT = 300  # characters of a message; it may quote the file
_LENGTH = struct.Struct(">I")


@contextmanager
def open_video_apart(
    file: IO[bytes], limits: VideoLimits, *, memory_bytes: int = MEMORY_BYTES
) -> Iterator["VideoApart"]:
    """Open a video in another process for the time of a block.

    Args:
        file: an open file of the system's; where it stands does not matter, and stays.
        limits: what it may cost. The wall time counts here too, in case the other process no longer counts.
        memory_bytes: what the other process may occupy beyond itself.
    Raises:
        VideoError: as feature_extractor.frames.open_video; also where the other process broke down over it.
        EnvironmentFault: the other process does not start.
    """
    file.flush()
    descriptor = file.fileno()
    words = [str(descriptor), str(memory_bytes), json.dumps(asdict(limits))]
    process = subprocess.Popen(  # noqa: S603 - our own program, words of ours
        [sys.executable, "-m", "feature_extractor.video_child", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd=_ROOT,
        env=_ENVIRONMENT,
        pass_fds=(descriptor,),
    )
    with process:
        try:
            yield VideoApart(process, limits)
        finally:
            process.kill()


class VideoApart:
    """A video that another process reads; see feature_extractor.video.VideoReader.

    Attributes:
        info: what its header tells.
    """

    def __init__(self, process: subprocess.Popen[bytes], limits: VideoLimits) -> None:
        self._process = process
        self._limits = limits
        if process.stdin is None or process.stdout is None:
            raise EnvironmentFault("expected a process with a standard input and output")
        self._asking, self._telling = process.stdin, process.stdout
        self._poll = select.poll()
        self._poll.register(self._telling, select.POLLIN)
        self._deadline = time.monotonic() + _START_S
        if self._is_silent() or not self._read_or_end(_LENGTH.size + len(b'{"is": "ready"}')):
            raise EnvironmentFault("the process that reads videos does not start")
        self._deadline = time.monotonic() + limits.max_wall_s
        self.info = _info(self._expect("info"))

    def frames(self, sampling: Sampling | None = None) -> Iterator[Frame]:
        """Yield the frames in the order of showing, once; see VideoReader.frames.

        Raises:
            VideoError: it cannot be read on; the subclass says why.
        """
        wanted = sampling or Sampling(per_second=1000.0)
        try:
            self._asking.write(json.dumps(asdict(wanted)).encode() + b"\n")
        except BrokenPipeError as exc:
            raise self._end() from exc
        while (told := self._expect("frame", "end"))["is"] != "end":
            height, width = told["height"], told["width"]
            if not (isinstance(height, int) and isinstance(width, int) and min(height, width) > 0):
                raise _nonsense()
            if max(height, width) > FRAME_SIDE_PX:
                raise _nonsense()
            pixels = np.frombuffer(self._read(height * width * 3), np.uint8).reshape(height, width, 3)
            grey = np.frombuffer(self._read(GREY_SIDE_PX**2), np.uint8).reshape(GREY_SIDE_PX, GREY_SIDE_PX)
            yield Frame(int(told["ms"]), int(told["number"]), pixels, grey)

    def _expect(self, *kinds: str) -> Mapping[str, Any]:
        """Return the next message, of one of these kinds.

        Raises:
            VideoError, BadInput: the video cannot be read; or what comes is no message.
        """
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        if length > _MOST_TOLD_BYTES:
            raise _nonsense()
        try:
            told = json.loads(bytes(self._read(length)))
            kind = told["is"]
        except (ValueError, TypeError, KeyError) as exc:
            raise _nonsense() from exc
        if kind == "error":
            raise _error(told)
        if kind not in kinds:
            raise _nonsense()
        return dict(told)

    def _read(self, size: int) -> bytearray:
        """Return so many bytes.

        Raises:
            VideoTooSlow, BrokenVideo: they do not come in time, or never.
        """
        data = self._read_or_end(size)
        if not data:
            raise self._end()
        return data

    def _read_or_end(self, size: int) -> bytearray:
        """Return so many bytes; none where the other process has ended before.

        Raises:
            VideoTooSlow: they do not come in time.
        """
        data = bytearray(size)
        view, got = memoryview(data), 0
        while got < size:
            if self._is_silent():
                raise self._too_slow()
            more = self._telling.readinto(view[got:])  # type: ignore[attr-defined]  # unbuffered: a raw file
            if not more:
                return bytearray()
            got += more
        return data

    def _is_silent(self) -> bool:
        """Return whether nothing comes before the time is up."""
        left_s = self._deadline - time.monotonic()
        return left_s <= 0 or not self._poll.poll(left_s * 1000)

    def _end(self) -> BrokenVideo | VideoTooSlow:
        """Return why the other process ended without a word."""
        try:
            status = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return self._too_slow()
        if status in {-signal.SIGXCPU, -signal.SIGKILL}:
            return self._too_slow()
        return BrokenVideo("expected a video that can be read; what reads it broke down over it")

    def _too_slow(self) -> VideoTooSlow:
        allowed_s = self._limits.max_wall_s
        return VideoTooSlow(f"expected a video that is read within {allowed_s:,.0f} s; stopped after that")


def _info(told: Mapping[str, Any]) -> VideoInfo:
    """Return what a header tells, as far as it makes sense."""
    try:
        info = VideoInfo(
            width=int(told["width"]),
            height=int(told["height"]),
            fps=float(told["fps"]),
            seconds=float(told["seconds"]),
            codec=str(told["codec"])[:40],
            container=str(told["container"])[:40],
        )
    except (ValueError, TypeError, KeyError, OverflowError) as exc:
        raise _nonsense() from exc
    if min(info.width, info.height) < 1 or not (math.isfinite(info.fps) and math.isfinite(info.seconds)):
        raise _nonsense()
    return info


def _error(told: Mapping[str, Any]) -> BadInput:
    """Return the error that the other process met."""
    kind = getattr(errors, str(told.get("kind")), None)
    message = str(told.get("message"))[:_MOST_TEXT]
    if isinstance(kind, type) and issubclass(kind, BadInput):
        return kind(message)
    return BrokenVideo(message)


def _nonsense() -> BrokenVideo:
    """Return what is raised where a process tells what ours does not."""
    return BrokenVideo("expected a video that can be read; what reads it no longer makes sense")
