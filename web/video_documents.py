"""The documents of videos in the JSON API; no path of the server is in any of them."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from data.video_records import Video
from search.alignment import Segment
from search.video_query import FrameAnswer, FrameHit, VideoAnswer, VideoHit
from search.words import public_place
from web.documents import Document, Score
from web.links import poster_src, video_file_href, video_href
from web.present_videos import title_of_video
from web.video_files import is_played

Milliseconds = int


class VideoLinksDocument(Document):
    """Where to go on, relative to this site.

    Attributes:
        strip: a WebP of ten small frames side by side.
        file: what a player in a browser takes; null where files are not served, or this kind is not played.
        download: null where files are not served.
    """

    page: str
    strip: str
    file: str | None
    download: str | None


class VideoDocument(Document):
    """A video of the catalogue.

    Attributes:
        title: the last part of where it comes from; source: the same, or its address.
        fps: frames a second.
    """

    id: int
    sha256: str
    title: str
    source: str
    collection: str | None
    duration_ms: Milliseconds
    fps: float
    width: int
    height: int
    codec: str
    container: str
    size_bytes: int
    added_at: datetime
    links: VideoLinksDocument

    @classmethod
    def of(cls, video: Video, *, are_served: bool) -> Self:
        """Return the document of a row."""
        return cls(
            id=video.id,
            sha256=video.sha256,
            title=title_of_video(video),
            source=public_place(video.locator),
            collection=video.collection,
            duration_ms=video.duration_ms,
            fps=round(video.fps, 3),
            width=video.width,
            height=video.height,
            codec=video.codec,
            container=video.container,
            size_bytes=video.size_bytes,
            added_at=video.added_at,
            links=VideoLinksDocument(
                page=video_href(video.id),
                strip=poster_src(video.sha256),
                file=video_file_href(video.id) if are_served and is_played(video) else None,
                download=video_file_href(video.id, as_download=True) if are_served else None,
            ),
        )


class VideosParameters(Document):
    """Which videos are wanted."""

    after: int = Field(0, ge=0, le=2**63 - 1, description="Only ids above this one: the last of the page before.")
    limit: int = Field(24, ge=1, le=100, description="Videos at most.")


class VideosDocument(Document):
    """Videos in the order of their ids.

    Attributes:
        total: videos of the catalogue.
    """

    total: int
    videos: list[VideoDocument]


class VideoSearchParameters(Document):
    """How much of an answer is wanted."""

    limit: int = Field(10, ge=1, le=10, description="Videos at most.")


class SegmentDocument(Document):
    """A part of the query that shows the same as a part of the video.

    Attributes:
        speed: how many seconds of the video pass in one of the query.
        frames: of the query, that match; cosine: their mean.
    """

    query_first_ms: Milliseconds
    query_last_ms: Milliseconds
    first_ms: Milliseconds
    last_ms: Milliseconds
    speed: float
    frames: int
    cosine: Score

    @classmethod
    def of(cls, segment: Segment) -> Self:
        """Return the document of a segment."""
        return cls(
            query_first_ms=segment.query_first_ms,
            query_last_ms=segment.query_last_ms,
            first_ms=segment.first_ms,
            last_ms=segment.last_ms,
            speed=round(segment.speed, 4),
            frames=segment.frames,
            cosine=round(segment.cosine, 4),
        )


class BestFrameDocument(Document):
    """Where a picture is seen.

    Attributes:
        frame, frame_ms: number and time of the frame that is nearest.
        timed_by: what these rest on. `pixels`: all frames near the likely times were compared with the picture, which
            takes the video's file, unchanged. `descriptors`: only those that were kept when the video was added.
        first_ms, last_ms: the range around it that shows nearly the same.
        view: what of the picture it shows.
    """

    frame: int
    frame_ms: Milliseconds
    timed_by: Literal["pixels", "descriptors"]
    first_ms: Milliseconds
    last_ms: Milliseconds
    view: Literal["whole", "mirrored", "turned", "part"]

    @classmethod
    def of(cls, hit: FrameHit) -> Self:
        """Return the document of a hit's frame."""
        return cls(
            frame=hit.frame,
            frame_ms=hit.frame_ms,
            timed_by=hit.timed_by,
            first_ms=hit.first_ms,
            last_ms=hit.last_ms,
            view=hit.view,
        )


class VideoHitDocument(Document):
    """A video that answers.

    Attributes:
        is_sure: whether it is called a copy; others are the nearest there are.
        is_same_file: the very bytes, where a video was asked with; is_mirrored: found by its mirrored frames.
        cosine: of the nearest frame, where a picture was asked with; else the mean over all matching frames.
        best: null where a video was asked with; segments: empty where a picture was.
    """

    video: VideoDocument
    is_sure: bool
    is_same_file: bool
    is_mirrored: bool
    cosine: Score
    best: BestFrameDocument | None
    segments: list[SegmentDocument]

    @classmethod
    def of_frame(cls, hit: FrameHit, *, are_served: bool) -> Self:
        """Return the document of what a picture found."""
        return cls(
            video=VideoDocument.of(hit.video, are_served=are_served),
            is_sure=hit.is_sure,
            is_same_file=False,
            is_mirrored=hit.view == "mirrored",
            cosine=round(hit.score, 4),
            best=BestFrameDocument.of(hit),
            segments=[],
        )

    @classmethod
    def of_video(cls, hit: VideoHit, *, are_served: bool) -> Self:
        """Return the document of what a video found."""
        return cls(
            video=VideoDocument.of(hit.video, are_served=are_served),
            is_sure=hit.is_sure,
            is_same_file=hit.is_same_file,
            is_mirrored=hit.is_mirrored,
            cosine=round(hit.cosine, 4),
            best=None,
            segments=[SegmentDocument.of(segment) for segment in hit.segments],
        )


class VideoAnswerDocument(Document):
    """The answer of the videos to a picture or a video.

    Attributes:
        asked_with: what was sent, as its bytes tell.
        is_here: whether there is a confident answer.
        duration_ms: of the query; null of a picture.
        frames_described, frames_too_plain: of the query.
        searched: stretches of video in the index that answered.
        steps_ms: name of each step to the milliseconds it took.
    """

    asked_with: Literal["picture", "video"]
    is_here: bool
    duration_ms: Milliseconds | None
    frames_described: int
    frames_too_plain: int
    searched: int
    steps_ms: dict[str, float]
    hits: list[VideoHitDocument]

    @classmethod
    def of_picture(cls, answer: FrameAnswer, *, are_served: bool) -> Self:
        """Return the document of what a picture found."""
        return cls(
            asked_with="picture",
            is_here=any(hit.is_sure for hit in answer.hits),
            duration_ms=None,
            frames_described=int(not answer.is_too_plain),
            frames_too_plain=int(answer.is_too_plain),
            searched=answer.searched,
            steps_ms=answer.steps_ms,
            hits=[VideoHitDocument.of_frame(hit, are_served=are_served) for hit in answer.hits],
        )

    @classmethod
    def of_video(cls, answer: VideoAnswer, *, limit: int, are_served: bool) -> Self:
        """Return the document of what a video found."""
        return cls(
            asked_with="video",
            is_here=any(hit.is_sure for hit in answer.hits),
            duration_ms=answer.duration_ms,
            frames_described=answer.asked,
            frames_too_plain=answer.plain,
            searched=answer.searched,
            steps_ms=answer.steps_ms,
            hits=[VideoHitDocument.of_video(hit, are_served=are_served) for hit in answer.hits[:limit]],
        )
