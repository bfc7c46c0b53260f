"""Made-up videos for tests of the catalogue."""

from data.video_records import NewFrameRange, NewVideo
from tests.data.new_images import MODEL, digest, vector


def new_video(number: int, *, ranges: int = 3, collection: str | None = None, model_id: str = MODEL) -> NewVideo:
    """Return video `number`: ranges of half a second each, the first of them too plain to be described."""
    return NewVideo(
        sha256=digest(f"video {number}"),
        locator=f"/films/{number}.mp4",
        collection=collection,
        duration_ms=500 * ranges,
        fps=25.0,
        width=320,
        height=240,
        codec="h264",
        container="MP4",
        size_bytes=1000 + number,
        model_id=model_id,
        ranges=[
            NewFrameRange(
                500 * place, 500 * place + 400, 12 * place, 500 * place, vector(100 * number + place) if place else None
            )
            for place in range(ranges)
        ],
        summary=vector(number),
    )
