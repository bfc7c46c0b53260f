"""Reads one video in a process of its own, whose memory and time are bounded; feature_extractor.video_apart starts it.

Usage: python -m feature_extractor.video_child DESCRIPTOR MEMORY_BYTES LIMITS, the limits as JSON.

The video is read from a file that is open already. To standard output go messages: four bytes, big-endian, with the
length of a JSON object, that object, and the pixels it tells of. One line of JSON on standard input says which frames
are wanted.
"""

import json
import resource
import struct
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import cv2

from errors import BadInput
from feature_extractor.frames import open_video
from feature_extractor.video import Sampling, VideoLimits

_PAGES = Path("/proc/self/statm")
_UNKNOWN_BYTES = 4 * 2**30  # what this process has mapped already, where the system does not tell it


def main(descriptor: int, memory_bytes: int, limits: VideoLimits) -> None:
    """Send what the header tells, then the frames that are wanted, then the end; or what went wrong."""
    out = sys.stdout.buffer
    _bound(memory_bytes, limits)
    _send(out, {"is": "ready"})
    try:
        with open_video(Path(f"/dev/fd/{descriptor}"), limits) as video:
            _send(out, {"is": "info"} | asdict(video.info))
            sampling = Sampling(**json.loads(sys.stdin.readline()))
            for frame in video.frames(sampling):
                height, width = frame.pixels.shape[:2]
                told = {"is": "frame", "ms": frame.ms, "number": frame.number, "height": height, "width": width}
                _send(out, told, frame.pixels.tobytes(), frame.grey.tobytes())
        _send(out, {"is": "end"})
    except BadInput as exc:
        _send(out, {"is": "error", "kind": type(exc).__name__, "message": str(exc)})
    except MemoryError:
        _send(out, {"is": "error", "kind": "VideoTooLarge", "message": "expected a video that needs less memory"})


def _bound(memory_bytes: int, limits: VideoLimits) -> None:
    """Give up what this process does not need, before the first byte of the video is read.

    Memory counts beyond what Python and the libraries have mapped already. Files cannot be written at all.
    """
    cv2.setNumThreads(1)
    mapped = _UNKNOWN_BYTES
    if _PAGES.exists():
        mapped = int(_PAGES.read_text("ascii").split()[0]) * resource.getpagesize()
    cpu_s = int(limits.max_wall_s) + 1
    for kind, most in (
        (resource.RLIMIT_AS, mapped + memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        hardest = resource.getrlimit(kind)[1]
        bound = most if hardest == resource.RLIM_INFINITY else min(most, hardest)
        resource.setrlimit(kind, (bound, bound))


def _send(out: IO[bytes], told: Mapping[str, Any], *pixels: bytes) -> None:
    """Write a message and what belongs to it."""
    text = json.dumps(told).encode()
    out.write(struct.pack(">I", len(text)) + text)
    for each in pixels:
        out.write(each)
    out.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), VideoLimits(**json.loads(sys.argv[3])))
