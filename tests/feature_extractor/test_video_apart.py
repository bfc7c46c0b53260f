"""A stranger's video is read in a process of its own, which may break down and may not break this one."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from errors import BrokenVideo, EnvironmentFault, UnsupportedVideo, VideoError, VideoTooLarge, VideoTooSlow
from feature_extractor import video_apart
from feature_extractor.frames import open_video
from feature_extractor.video import Sampling, VideoLimits
from feature_extractor.video_apart import open_video_apart
from tests.videos import draw_shot, encode_video

LIMITS = VideoLimits(max_bytes=2**24, max_seconds=60, max_wall_s=20)
FILM = encode_video(draw_shot(1, 40), codec="libx264")


@contextmanager
def nameless(data: bytes) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        yield file


def read(data: bytes, limits: VideoLimits = LIMITS, *, memory_bytes: int = video_apart.MEMORY_BYTES) -> int:
    """Return how many frames are read."""
    with nameless(data) as file, open_video_apart(file, limits, memory_bytes=memory_bytes) as video:
        return sum(1 for _ in video.frames(Sampling(per_second=5)))


def test_frames_are_those_that_this_process_would_read() -> None:
    sampling = Sampling(per_second=5)
    with open_video(FILM, LIMITS) as here:
        info, wanted = here.info, list(here.frames(sampling))
    with nameless(FILM) as file:
        before = file.tell()
        with open_video_apart(file, LIMITS) as there:
            assert there.info == info
            found = list(there.frames(sampling))
        assert file.tell() == before
    assert [(one.ms, one.number) for one in found] == [(one.ms, one.number) for one in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert np.array_equal(one.pixels, other.pixels)
        assert np.array_equal(one.grey, other.grey)


@pytest.mark.parametrize(
    ("data", "limits", "error"),
    [
        (b"no video at all" * 100, LIMITS, UnsupportedVideo),
        (FILM[:300], LIMITS, BrokenVideo),
        (FILM, replace(LIMITS, max_frames=10), VideoTooLarge),
        (FILM, replace(LIMITS, max_seconds=2), VideoTooLarge),
        (FILM, replace(LIMITS, max_wall_s=0.0), VideoTooSlow),
    ],
)
def test_limits_and_errors_are_those_of_reading_it_here(
    data: bytes, limits: VideoLimits, error: type[VideoError]
) -> None:
    with pytest.raises(error):
        read(data, limits)


def test_memory_is_bounded() -> None:
    large = encode_video(draw_shot(2, 2, width=2048, height=1152))
    with pytest.raises(VideoError):
        read(large, memory_bytes=2**20)
    assert read(large) > 0


@pytest.mark.parametrize("kill", [signal.SIGSEGV, signal.SIGXCPU])
def test_a_reader_that_breaks_down_is_told_as_a_fault_of_the_video(kill: signal.Signals) -> None:
    with nameless(FILM) as file, open_video_apart(file, LIMITS) as video:
        os.kill(video._process.pid, kill)
        with pytest.raises(BrokenVideo if kill == signal.SIGSEGV else VideoTooSlow):
            list(video.frames(Sampling()))


def test_a_reader_that_falls_silent_is_ended() -> None:
    with nameless(FILM) as file:
        with open_video_apart(file, replace(LIMITS, max_wall_s=3.0)) as video:
            process = video._process
            os.kill(process.pid, signal.SIGSTOP)
            with pytest.raises(VideoTooSlow):
                list(video.frames(Sampling()))
        assert process.returncode == -signal.SIGKILL


def test_the_reader_ends_with_the_block_whatever_happens() -> None:
    with nameless(FILM) as file:
        with suppress(KeyError), open_video_apart(file, LIMITS) as video:
            process = video._process
            next(video.frames(Sampling()))
            raise KeyError
        assert process.returncode is not None


def test_the_reader_knows_nothing_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRACE_SECRET_KEY", "not for strangers")
    with nameless(b"another file") as held, nameless(FILM) as file:
        os.set_inheritable(held.fileno(), True)
        with open_video_apart(file, LIMITS) as video:
            proc = Path(f"/proc/{video._process.pid}")
            assert b"RETRACE" not in (proc / "environ").read_bytes()
            # Its own three, the video, and the video opened anew.
            descriptors = [str(each.readlink()) for each in (proc / "fd").iterdir()]
            told = (proc / "limits").read_text("ascii")
    assert sum(name.startswith("/") and name != "/dev/null" for name in descriptors) == 2
    assert len(descriptors) == 5
    assert "Max file size             0" in told


@pytest.mark.parametrize(
    "said",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02{}",
        b"\x00\x00\x00\x02[]",
        b"\x00\x00\x00\x04\xff\xfe\x00\x00",
        b'\x00\x00\x00\x0d{"is": "info"}'[:-1] + b"}",
        b'\x00\x00\x00\x0e{"is": "frame"}',
    ],
)
def test_a_reader_that_was_taken_over_is_not_believed(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = b'\x00\x00\x00\x0f{"is": "ready"}'
    start = subprocess.Popen

    def another(words: list[str], **options: object) -> subprocess.Popen[bytes]:
        script = f"import sys, time; sys.stdout.buffer.write({ready + said!r}); sys.stdout.flush(); sys.stdin.read()"
        return start([words[0], "-c", script], **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(subprocess, "Popen", another)
    with nameless(FILM) as file, pytest.raises(BrokenVideo), open_video_apart(file, replace(LIMITS, max_wall_s=5.0)):
        pass


def test_a_reader_that_does_not_start_is_a_fault_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_apart, "_ROOT", "/")
    with nameless(FILM) as file, pytest.raises(EnvironmentFault), open_video_apart(file, LIMITS):
        pass
