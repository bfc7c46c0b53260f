"""The JSON API of videos: what the catalogue holds of them, and searches with a picture or a video."""

import shutil
from tempfile import SpooledTemporaryFile
from typing import IO

from apiflask import APIBlueprint
from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from errors import NotFound, UploadMissing
from search.video_engine import VideoEngine
from search.video_query import search_by_picture
from web.api_answers import answer_document, problems
from web.parts import Parts, get_parts
from web.searches import tell_times
from web.security import never_store
from web.video_documents import (
    VideoAnswerDocument,
    VideoDocument,
    VideosDocument,
    VideoSearchParameters,
    VideosParameters,
)
from web.video_uploads import begins_as_video, read_picture_upload, search_with_video
from web.videos import video_of

video_api = APIBlueprint("video_api", __name__, url_prefix="/api/v1", tag="videos")


@video_api.get("/videos")
@video_api.input(VideosParameters, location="query", arg_name="parameters")
@video_api.output(VideosDocument)
@video_api.doc(operation_id="listVideos", responses=problems(422, 503))
def list_videos(parameters: VideosParameters) -> Response:
    """Tell which videos the catalogue holds, in the order of their ids."""
    parts = get_parts()
    engine, are_served = parts.videos.look(), parts.settings.serve_videos
    held = engine.shelf.list_videos(after_id=parameters.after, limit=parameters.limit) if engine is not None else []
    return answer_document(
        VideosDocument(
            total=parts.videos.counts.videos, videos=[VideoDocument.of(each, are_served=are_served) for each in held]
        )
    )


@video_api.get("/videos/<int:video_id>")
@video_api.output(VideoDocument)
@video_api.doc(operation_id="getVideo", responses=problems(404, 503))
def get_video(video_id: int) -> Response:
    """Tell what is known of a video of the catalogue."""
    parts = get_parts()
    found = video_of(_engine(parts), video_id)
    return answer_document(VideoDocument.of(found, are_served=parts.settings.serve_videos))


@video_api.post("/videos/search")
@video_api.input(VideoSearchParameters, location="query", arg_name="parameters")
@video_api.output(VideoAnswerDocument)
@video_api.doc(operation_id="searchVideos", responses=problems(400, 404, 413, 415, 422, 429, 503))
def search_videos(parameters: VideoSearchParameters) -> Response:
    """Search the videos with a picture or a video.

    Send a form with `file`, or the bytes themselves. Nothing of it is kept.
    """
    parts = get_parts()
    engine = _engine(parts)
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file")
        if file is None:
            raise UploadMissing("there is no `file` in the form", remedy="Send the video or the picture as `file`.")
        return _answer(parts, engine, file.stream, parameters.limit)
    if request.mimetype.partition("/")[0] not in {"video", "image"} and request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType
    with SpooledTemporaryFile(parts.settings.max_upload_bytes) as body:
        shutil.copyfileobj(request.stream, body, 1 << 16)
        body.seek(0)
        return _answer(parts, engine, body, parameters.limit)


def _answer(parts: Parts, engine: VideoEngine, file: IO[bytes], limit: int) -> Response:
    """Return the answer to an upload, which stands at its beginning."""
    are_served = parts.settings.serve_videos
    if begins_as_video(file):
        document = VideoAnswerDocument.of_video(search_with_video(parts, file), limit=limit, are_served=are_served)
    else:
        data = read_picture_upload(parts, file)
        if not data:
            raise UploadMissing("the body of the request is empty", remedy="Send a video or a picture.")
        answer = search_by_picture(engine, data, limit=limit, open_kept=parts.videos.open_unchanged)
        document = VideoAnswerDocument.of_picture(answer, are_served=are_served)
    steps = {name.replace(" ", "-"): taken for name, taken in document.steps_ms.items()}
    return never_store(tell_times(answer_document(document), steps))


def _engine(parts: Parts) -> VideoEngine:
    """Return the videos.

    Raises:
        NotFound: the catalogue holds none.
    """
    engine = parts.videos.look()
    if engine is None:
        raise NotFound("this catalogue holds no videos", remedy="Search its pictures with /api/v1/search.")
    return engine
