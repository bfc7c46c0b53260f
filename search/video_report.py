"""What is known and found of videos for the command line: a record for JSON, and lines for people.

Shows where videos lie on this machine, which the site must not.
"""

from collections.abc import Iterator
from typing import Any

from data.video_records import Video
from search.alignment import Segment
from search.video_query import FrameAnswer, FrameHit, VideoAnswer, VideoHit
from search.words import clock, count

_VIEW_WORDS = {
    "whole": "shows it",
    "mirrored": "shows it mirrored",
    "turned": "shows it turned",
    "part": "shows a part of it",
}


def video_record(video: Video) -> dict[str, Any]:
    """Return a video of the catalogue as plain JSON values."""
    return {
        "id": video.id,
        "sha256": video.sha256,
        "locator": video.locator,
        "collection": video.collection,
        "duration_ms": video.duration_ms,
        "fps": round(video.fps, 3),
        "width": video.width,
        "height": video.height,
        "codec": video.codec,
        "container": video.container,
        "size_bytes": video.size_bytes,
        "added_at": video.added_at.isoformat(),
    }


def video_line(video: Video) -> str:
    """Return a video of the catalogue as a line."""
    size = f"{video.width} × {video.height}, {video.fps:.4g} frames a second, {video.codec}"
    return f"{video.id:>6}  {clock(video.duration_ms):>9}  {size}  {video.locator}"


def frame_answer_record(answer: FrameAnswer) -> dict[str, Any]:
    """Return what a picture found in videos as plain JSON values."""
    return {
        "is_too_plain": answer.is_too_plain,
        "searched": answer.searched,
        "steps_ms": answer.steps_ms,
        "hits": [
            {
                "video": video_record(hit.video),
                "frame": hit.frame,
                "frame_ms": hit.frame_ms,
                "timed_by": hit.timed_by,
                "first_ms": hit.first_ms,
                "last_ms": hit.last_ms,
                "cosine": round(hit.score, 4),
                "is_sure": hit.is_sure,
                "view": hit.view,
            }
            for hit in answer.hits
        ],
    }


def frame_answer_lines(answer: FrameAnswer) -> Iterator[str]:
    """Yield what a picture found in videos, for people."""
    if answer.is_too_plain:
        yield "This picture is too plain to be found in a video."
        return
    sure = [hit for hit in answer.hits if hit.is_sure]
    yield f"{count(len(sure), 'video')} of {count(answer.searched, 'stretch', 'stretches')} searched show this picture."
    for hit in answer.hits:
        yield _frame_line(hit)


def _frame_line(hit: FrameHit) -> str:
    words = _VIEW_WORDS[hit.view] if hit.is_sure else "nearest"
    return (
        f"  {hit.score:.4f}  {words}: {clock(hit.first_ms)} to {clock(hit.last_ms)}, best at frame "
        f"{hit.frame} ({clock(hit.frame_ms)}, by {hit.timed_by})  {hit.video.id}  {hit.video.locator}"
    )


def video_answer_record(answer: VideoAnswer) -> dict[str, Any]:
    """Return what a video found as plain JSON values."""
    return {
        "duration_ms": answer.duration_ms,
        "frames_described": answer.asked,
        "frames_too_plain": answer.plain,
        "searched": answer.searched,
        "steps_ms": answer.steps_ms,
        "hits": [
            {
                "video": video_record(hit.video),
                "is_sure": hit.is_sure,
                "is_same_file": hit.is_same_file,
                "is_mirrored": hit.is_mirrored,
                "evidence": round(hit.score, 3),
                "cosine": round(hit.cosine, 4),
                "segments": [_segment_record(segment) for segment in hit.segments],
            }
            for hit in answer.hits
        ],
    }


def video_answer_lines(answer: VideoAnswer) -> Iterator[str]:
    """Yield what a video found, for people."""
    sure = [hit for hit in answer.hits if hit.is_sure]
    yield (
        f"{count(len(sure), 'video')} shows parts of this one."
        if len(sure) == 1
        else f"{len(sure)} videos show parts of this one."
    )
    if not answer.asked:
        yield "All of its frames are too plain to be found."
    for hit in answer.hits:
        yield from _video_lines(hit)


def _video_lines(hit: VideoHit) -> Iterator[str]:
    words = "identical file" if hit.is_same_file else "copy" if hit.is_sure else "nearest"
    mirrored = ", mirrored" if hit.is_mirrored else ""
    yield f"  {hit.cosine:.4f}  {words}{mirrored}  {hit.video.id}  {hit.video.locator}"
    for segment in hit.segments:
        speed = "" if abs(segment.speed - 1) < 0.02 else f", at {segment.speed:.2f} of its speed"
        yield (
            f"          {clock(segment.query_first_ms)} to {clock(segment.query_last_ms)} is its "
            f"{clock(segment.first_ms)} to {clock(segment.last_ms)}{speed} ({count(segment.frames, 'frame')}, "
            f"cosine {segment.cosine:.3f})"
        )


def _segment_record(segment: Segment) -> dict[str, Any]:
    return {
        "query_first_ms": segment.query_first_ms,
        "query_last_ms": segment.query_last_ms,
        "first_ms": segment.first_ms,
        "last_ms": segment.last_ms,
        "speed": round(segment.speed, 4),
        "frames": segment.frames,
        "cosine": round(segment.cosine, 4),
        "contrast": round(segment.contrast, 4),
    }
