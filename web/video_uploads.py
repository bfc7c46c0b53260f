"""A visitor's video: held in a file without a name while it is read, and never kept.

What is larger than a picture may be goes to a temporary file that is unlinked the moment it is made (on Linux it never
has a name at all): the system frees it when the request ends, also where this process is killed. It is read in another
process (feature_extractor.video_apart); what comes back is small frames, which are described and forgotten.
"""

import hashlib
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import IO

from flask import Flask, request

from errors import FileTooLarge, NotFound, TooManyRequests, UploadMissing, VideoTooLarge
from feature_extractor.video import VideoLimits
from feature_extractor.video_apart import open_video_apart
from feature_extractor.video_headers import HEADER_BYTES, is_video
from search.video_engine import VideoEngine
from search.video_query import VideoAnswer, search_by_video
from web import metrics
from web.parts import Parts, get_parts
from web.requests import FORM_OVERHEAD_BYTES, BoundedRequest

VIDEO_ENDPOINTS = frozenset({"pages.search", "video_api.search_videos"})
"""Routes that take a video, where the catalogue holds any."""
LONGEST_S = 600.0
MOST_READ_S = 25.0
"""Of wall time and of processor time; a video is read twice at most, and proxies wait for a minute."""
MOST_FRAMES = 240
"""Described of one video: about five seconds of a core."""
PATIENCE_S = 10.0
"""How long a visitor waits for another's video in the same process."""
SITE_VIDEOS = 10
"""Hits of an answer."""


def take_videos(app: Flask) -> None:
    """Allow bodies as large as a video on the routes that take one; call it before what reads bodies is added."""
    app.before_request(_allow_video)


def _allow_video() -> None:
    """Allow a larger body, and a temporary file for it; where there are no videos nothing changes."""
    if request.method != "POST" or request.endpoint not in VIDEO_ENDPOINTS:
        return
    parts = get_parts()
    if parts.videos.look_if_possible() is None or not parts.videos.is_searched:
        return
    settings = parts.settings
    request.max_content_length = max(settings.max_video_bytes, settings.max_upload_bytes) + FORM_OVERHEAD_BYTES
    if isinstance(request, BoundedRequest):
        request.spool_above = settings.max_upload_bytes


def begins_as_video(file: IO[bytes]) -> bool:
    """Return whether an upload is a video, by its first bytes; it is left at its beginning."""
    start = file.read(HEADER_BYTES)
    file.seek(0)
    return is_video(start)


def read_picture_upload(parts: Parts, file: IO[bytes]) -> bytes:
    """Return the bytes of an upload that is no video.

    Raises:
        FileTooLarge: it is larger than pictures may be, and yet came in as a video may.
    """
    most = parts.settings.max_upload_bytes
    data = file.read(most + FORM_OVERHEAD_BYTES)
    if file.read(1):
        raise FileTooLarge(f"expected a picture of at most {most:,} bytes; received more")
    return data


def engine_for_video(parts: Parts) -> VideoEngine:
    """Return the videos, where visitors may search them with a video.

    Raises:
        NotFound: there is none, or the owner allows no search with one.
    """
    engine = parts.videos.look()
    if engine is None:
        raise NotFound("this catalogue holds no videos", remedy="Search with a picture instead.")
    if not parts.videos.is_searched:
        raise NotFound("this site takes no videos to search with", remedy="Search with a frame of it instead.")
    return engine


def search_with_video(parts: Parts, file: IO[bytes]) -> VideoAnswer:
    """Search the videos with an upload.

    Args:
        parts: of the site.
        file: the upload, at its beginning.
    Raises:
        NotFound: as for engine_for_video.
        VideoError, UploadMissing: it cannot be searched with; the subclass says why.
        TooManyRequests: another video is being read, and it takes long.
    """
    engine, settings = engine_for_video(parts), parts.settings
    size_bytes = file.seek(0, 2)
    file.seek(0)
    if not size_bytes:
        raise UploadMissing("the video is empty", remedy="Choose a video file.")
    if size_bytes > settings.max_video_bytes:
        raise VideoTooLarge(f"expected a video of at most {settings.max_video_bytes:,} bytes; received {size_bytes:,}")
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    if isinstance(file, SpooledTemporaryFile):
        file.rollover()  # the other process can open a file of the system's alone
        return _search(parts, engine, file, digest.hexdigest())
    with TemporaryFile() as nameless:
        file.seek(0)
        while chunk := file.read(1 << 20):
            nameless.write(chunk)
        return _search(parts, engine, nameless, digest.hexdigest())


def _search(parts: Parts, engine: VideoEngine, file: IO[bytes], sha256: str) -> VideoAnswer:
    """Search with a file of the system's."""
    limits = VideoLimits(
        max_bytes=parts.settings.max_video_bytes,
        max_frames=int(LONGEST_S * 120),
        max_seconds=LONGEST_S,
        max_wall_s=MOST_READ_S,
        max_streams=16,
    )
    if not parts.videos.decoding.acquire(timeout=PATIENCE_S):
        raise TooManyRequests("another video is being looked at, and that takes long")
    try:
        answer = search_by_video(
            engine,
            lambda: open_video_apart(file, limits),
            limit=SITE_VIDEOS,
            sha256=sha256,
            most_frames=MOST_FRAMES,
        )
    finally:
        parts.videos.decoding.release()
    metrics.observe_video_search(answer)
    return answer
