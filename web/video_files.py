"""Files of videos: whether they still are what was added, how browsers take them, and how a part of one is sent."""

import hashlib
import os
import stat
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from http import HTTPStatus
from io import BufferedReader
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

from data.video_records import Video
from errors import NotFound

PIECE_BYTES = 4 * 2**20
"""Sent in answer to one request for a range, at most: players ask for more, and none holds a thread for long."""
MOST_DIGESTED_BYTES = 4 * 2**30
"""A file whose date is newer than the catalogue's is digested to know it; a larger one is not sent."""
_REMEMBERED = 1024
_READ_BYTES = 64 * 1024

PLAYED_AS = {"MP4": "video/mp4", "Matroska": "video/webm"}
"""Containers that browsers play, and what they call them. Matroska they play where it holds what WebM may."""
_PLAYED_CODECS = {"MP4": frozenset({"h264", "av1", "vp9"}), "Matroska": frozenset({"vp8", "vp9", "av1"})}
_ENDINGS = {"AVI": "video/x-msvideo", "FLV": "video/x-flv", "Ogg": "video/ogg", "MPEG": "video/mpeg",
            "MPEG-TS": "video/mp2t", "ASF": "video/x-ms-asf"}  # fmt: skip

_Known = tuple[int, int, int, int, int]


def is_played(video: Video) -> bool:
    """Return whether today's browsers play a video of this kind; HEVC only some do, so that it counts as not."""
    return video.codec in _PLAYED_CODECS.get(video.container, frozenset())


def media_type(video: Video) -> str:
    """Return the type of a video's file."""
    return PLAYED_AS.get(video.container) or _ENDINGS.get(video.container, "application/octet-stream")


class UnchangedFiles:
    """Opens files of videos that still are what was added, and remembers which it looked into; threads may share one.

    A file of the size that was added whose bytes and place were last touched before that is taken as it is. One that
    was touched since, as by a copy to another disk, is digested once.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[_Known, bool] = OrderedDict()
        self._lock = Lock()

    def open(self, video: Video) -> BufferedReader:
        """Return a video's file, open for reading; the caller closes it.

        Raises:
            NotFound: it is gone, was changed, or is no file. The message names no path.
        """
        try:
            # Without waiting for a writer, where somebody put a pipe in its place.
            descriptor = os.open(Path(video.locator), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as exc:
            raise _gone() from exc
        with ExitStack() as undo:
            file = undo.enter_context(os.fdopen(descriptor, "rb"))
            if not self._is_same(file, video):
                raise _gone()
            undo.pop_all()
        return file

    def _is_same(self, file: BufferedReader, video: Video) -> bool:
        """Return whether an open file is what was added."""
        told = os.fstat(file.fileno())
        if not stat.S_ISREG(told.st_mode) or told.st_size != video.size_bytes:
            return False
        added_at = video.added_at if video.added_at.tzinfo is not None else video.added_at.replace(tzinfo=UTC)
        if datetime.fromtimestamp(max(told.st_mtime, told.st_ctime), UTC) <= added_at:
            return True
        if told.st_size > MOST_DIGESTED_BYTES:
            return False
        known = (video.id, told.st_dev, told.st_ino, told.st_mtime_ns, told.st_ctime_ns)
        with self._lock:  # one digest at a time: the others wait for it, and then know
            if known not in self._known:
                self._known[known] = hashlib.file_digest(file, "sha256").hexdigest() == video.sha256
                file.seek(0)
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
            return self._known[known]


def send_video(video: Video, file: BinaryIO, name: str, *, as_download: bool, on_close: Callable[[], None]) -> Response:
    """Return a video's file, or the part of it that is asked for; the file is closed when it is sent.

    Args:
        video: of the catalogue.
        file: from `UnchangedFiles.open`.
        name: that a download gets.
        as_download: whether the browser is to keep it rather than play it.
        on_close: called when it is sent, or the client went away.
    Raises:
        RequestedRangeNotSatisfiable: the part begins behind the end.
    """
    # Ours and not the server's own wrapper, which cannot seek: a part would be found by reading all that is before it.
    body = _Sending(file, on_close)
    response = Response(body, mimetype=media_type(video), direct_passthrough=True)
    response.content_length = video.size_bytes
    response.headers.set("Content-Disposition", "attachment" if as_download else "inline", filename=name)
    response.cache_control.private = True
    response.cache_control.max_age = 3600
    response.set_etag(video.sha256)
    response.last_modified = video.added_at
    environ = dict(request.environ)
    part = _first_piece(video.size_bytes)
    if part:
        environ["HTTP_RANGE"] = part
    else:
        environ.pop("HTTP_RANGE", None)
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=video.size_bytes)
    except RequestedRangeNotSatisfiable:
        body.close()
        raise
    if request.method == "HEAD" or response.status_code not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        body.close()  # nothing of it is sent, so that no server will
    return response


class _Sending(FileWrapper):
    """Gives a file piece by piece; servers close it, and not the response, when it is sent or the client went away."""

    def __init__(self, file: BinaryIO, on_close: Callable[[], None]) -> None:
        super().__init__(file, _READ_BYTES)
        self._on_close: Callable[[], None] | None = on_close

    def close(self) -> None:
        """Close the file and tell so, once."""
        super().close()
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()


def _first_piece(size_bytes: int) -> str:
    """Return the range to answer with, as a header; '' for the whole.

    A range has a meaning for GET alone, and of several at once none is answered: the standard (RFC 9110) leaves both
    to the server, and allows less to be sent than was asked for.
    """
    wanted = request.range
    if request.method != "GET" or wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return ""
    found = wanted.range_for_length(size_bytes)
    if found is None:
        return request.headers["Range"]  # cannot be met, which the library answers
    start, stop = found
    return f"bytes={start}-{min(stop, start + PIECE_BYTES) - 1}"


def _gone() -> NotFound:
    """Return what is raised where a file is no longer what was added."""
    return NotFound(
        "the file of this video is no longer what was added to the catalogue",
        remedy="Ask the owner of this site: the file was moved or changed since.",
    )
