"""The pages of videos, their strips and their files."""

from flask import Blueprint, Response, make_response, render_template, request

from data.video_records import Video
from errors import BadRequest, NotFound, TooManyRequests
from search.video_engine import VideoEngine
from search.video_query import VideoAnswer
from web.parts import get_parts
from web.present_videos import (
    PAGE_STRETCHES,
    PAGE_VIDEOS,
    title_of_video,
    video_context,
    video_results_context,
    videos_context,
)
from web.searches import MAX_ID, parse_page, tell_times
from web.small_pictures import send_small
from web.video_files import is_played, send_video

STRETCHES_READ = 20_000
"""Of a video, for the times of its strip: nearly three hours at two a second. Of a longer one they are not told."""
LONGEST_MS = 100 * 3600 * 1000
SENDING_PATIENCE_S = 5.0
"""How long a player waits until another has got its part of a file."""

videos = Blueprint("videos", __name__)


@videos.get("/videos")
def list_videos() -> str:
    """Show the videos of the catalogue, the newest first."""
    engine, page = _engine(), parse_page("page", request.args.get("page", ""))
    shown = engine.shelf.newest(limit=PAGE_VIDEOS, skip=(page - 1) * PAGE_VIDEOS)
    if not shown and page > 1:
        raise NotFound("this page is beyond the last video", remedy="Begin at the first page of the videos.")
    return render_template("videos.html", page=videos_context(shown, get_parts().videos.counts, page))


@videos.get("/video/<int:video_id>")
def video(video_id: int) -> str:
    """Show a video at the time in `at`, in seconds: player or strip, its stretches, what is known of it."""
    parts, engine = get_parts(), _engine()
    found = video_of(engine, video_id)
    at_ms = parse_at(request.args.get("at", ""))
    total = engine.shelf.count_ranges(found.id)
    is_served = parts.settings.serve_videos and _is_there(found)
    context = video_context(
        found,
        at_ms,
        engine.shelf.ranges_from(found.id, at_ms or 0, PAGE_STRETCHES + 1),
        stretches=engine.shelf.stretches_of(found.id, STRETCHES_READ) if total <= STRETCHES_READ else [],
        total=total,
        per_second=engine.sampling.per_second,
        has_strip=parts.videos.posters.has(found.sha256),
        is_served=is_served,
    )
    return render_template("video.html", page=context)


@videos.get("/video/<int:video_id>/file")
def video_file(video_id: int) -> Response:
    """Send a video to a player, or the part of it that is asked for."""
    return _send(video_id, as_download=False)


@videos.get("/video/<int:video_id>/download")
def download(video_id: int) -> Response:
    """Send a video to be kept."""
    return _send(video_id, as_download=True)


@videos.get("/poster/<string(length=64):sha256>.webp")
def poster(sha256: str) -> Response:
    """Send a strip of small frames; the address names the video's bytes, so that browsers may keep it for ever."""
    data = get_parts().videos.posters.read(sha256)
    if data is None:
        raise NotFound("there is no such video in the catalogue")
    return send_small(data, sha256)


def show_video_answer(answer: VideoAnswer, name: str) -> Response:
    """Return the page of the answer to a video."""
    response = make_response(render_template("video_results.html", page=video_results_context(answer, name)))
    response.headers["X-Robots-Tag"] = "noindex"
    return tell_times(response, {step.replace(" ", "-"): taken for step, taken in answer.steps_ms.items()})


def video_of(engine: VideoEngine, video_id: int) -> Video:
    """Return a video of the catalogue.

    Raises:
        NotFound: there is none of this id.
    """
    if not 0 < video_id <= MAX_ID:
        raise NotFound(f"there is no video {video_id} in the catalogue")
    return engine.shelf.video(video_id)


def parse_at(text: str) -> int | None:
    """Return a time in a video, written in seconds, as ms; None where none is given.

    Raises:
        BadRequest: it is no time.
    """
    if not text:
        return None
    whole, _, part = text.partition(".")
    if not (text.isascii() and whole.isdecimal() and (part.isdecimal() or "." not in text) and len(text) <= 16):
        raise BadRequest(f"expected `at` in seconds, such as 12.5; received {text[:20]!r}")
    return min(round(float(text) * 1000), LONGEST_MS)


def _engine() -> VideoEngine:
    """Return the videos.

    Raises:
        NotFound: the catalogue holds none.
    """
    engine = get_parts().videos.look()
    if engine is None:
        raise NotFound("this catalogue holds no videos", remedy="Start again from the home page.")
    return engine


def _is_there(found: Video) -> bool:
    """Return whether a video's file can be sent."""
    try:
        get_parts().videos.unchanged.open(found).close()
    except NotFound:
        return False
    return True


def _send(video_id: int, *, as_download: bool) -> Response:
    """Send a video's file, where the owner allows it.

    Raises:
        NotFound: it is not allowed, there is no such video, its file is not what was added, or no browser plays it.
        TooManyRequests: half of the threads are sending already.
    """
    parts = get_parts()
    if not parts.settings.serve_videos:
        raise NotFound("this site does not show the files of videos", remedy="Ask the owner of this site.")
    found = video_of(_engine(), video_id)
    if not as_download and not is_played(found):
        raise NotFound("browsers do not play this kind of file", remedy="Download it from the page of the video.")
    file = parts.videos.unchanged.open(found)
    if not parts.videos.sending.acquire(timeout=SENDING_PATIENCE_S):
        file.close()
        raise TooManyRequests("too many videos are being sent at this moment")
    return send_video(
        found, file, title_of_video(found), as_download=as_download, on_close=parts.videos.sending.release
    )
