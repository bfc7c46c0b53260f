"""Videos for people: cards, the page of one, what a picture and what a video found."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence

from data.video_records import FrameRange, Video, VideoCounts
from feature_extractor.frame_folder import CONTAINER
from feature_extractor.picture import Picture
from search.alignment import Segment
from search.video_frames import encode_strip, strip_size, strip_times
from search.video_query import FrameHit, VideoAnswer, VideoHit
from search.words import clock, count, public_place
from web import words
from web.contexts import Pager, StepTime
from web.links import poster_src, video_file_href, video_href
from web.video_contexts import (
    PlayerView,
    SeenIn,
    SeenInVideos,
    SegmentLine,
    StretchLine,
    StripView,
    Tile,
    TimelineBar,
    VideoCard,
    VideoContext,
    VideoHitCard,
    VideoResultsContext,
    VideosContext,
)
from web.video_files import is_played, media_type

PAGE_VIDEOS = 24
PAGE_STRETCHES = 24
LONGEST_TITLE = 80
NEAREST_SHOWN = 3
"""Videos that are not called the same, where none is."""
MOST_BARS = 8
_LIKENESS = (
    (0.90, "as good as the same"),
    (0.78, "very much alike"),
    (0.66, "much alike"),
    (0.0, "alike"),
)
"""Cosines, and what people read: copies by the weakest edits reach the first, those by half of the grid the second."""
STEP_TEXTS: Mapping[str, str] = {
    "describe": "Read it and describe its frames",
    "describe mirrored": "The same, mirrored",
    "candidates": "Look for videos",
    "align": "Lay their times on each other",
}


def likeness(cosine: float) -> str:
    """Return how alike two frames are, in words."""
    return next(text for least, text in _LIKENESS if cosine >= least or not least)


def title_of_video(video: Video) -> str:
    """Return the last part of where a video comes from: where it lies on this server is nobody's business."""
    place = public_place(video.locator)
    return words.shorten(place.partition("?")[0].rstrip("/").rpartition("/")[2] or place, LONGEST_TITLE)


def span(first_ms: int, last_ms: int) -> str:
    """Return a range of time: '0:12.5 to 0:14.0', or the one time."""
    first, last = clock(first_ms), clock(last_ms)
    return first if first == last else f"{first} to {last}"


def video_card(video: Video, *, has_strip: bool = True, times: Sequence[int] = ()) -> VideoCard:
    """Return a video as a card.

    Args:
        video: of the catalogue.
        has_strip: whether its strip is there.
        times: when each of the small frames is shown, ms; empty: they are no links.
    """
    title = title_of_video(video)
    strip = None
    if has_strip:
        width, height = strip_size(video.width, video.height)
        strip = StripView(
            src=poster_src(video.sha256),
            width=width,
            height=height,
            tiles=tuple(Tile(words.whole_seconds(ms), video_href(video.id, ms)) for ms in times),
            alt=f"Ten frames of {title}, from its beginning to its end",
        )
    return VideoCard(
        video_id=video.id,
        href=video_href(video.id),
        title=title,
        duration_text=words.whole_seconds(video.duration_ms),
        size_text=words.size_px(video.width, video.height) + " px",
        kind_text=f"{video.container}, {video.codec}, {words.size_bytes(video.size_bytes)}",
        collection=video.collection or "",
        added_text=words.day(video.added_at),
        added_iso=video.added_at.isoformat(timespec="seconds"),
        strip=strip,
    )


def videos_context(videos: Sequence[Video], counts: VideoCounts, page: int) -> VideosContext:
    """Return a page of the videos of the catalogue."""
    pages = max(1, -(-counts.videos // PAGE_VIDEOS))
    return VideosContext(
        videos=tuple(video_card(video) for video in videos),
        total_text=f"{count(counts.videos, 'video')}, {words.whole_seconds(counts.duration_ms)} in all",
        pager=Pager(
            name="page",
            page=page,
            pages=pages,
            previous=min(page - 1, pages) if page > 1 else None,
            next=page + 1 if page < pages else None,
        ),
    )


def video_context(
    video: Video,
    at_ms: int | None,
    ranges: Sequence[FrameRange],
    *,
    stretches: Sequence[tuple[int, int]],
    total: int,
    per_second: float,
    has_strip: bool,
    is_served: bool,
) -> VideoContext:
    """Return the page of a video.

    Args:
        video: of the catalogue.
        at_ms: the time asked for; None: its beginning, and nothing is pointed out.
        ranges: stretches from that time on, one more than are shown.
        stretches: all, for the times of the strip; none where there are too many.
        total: how many stretches are shown and searched in all, at the least.
        per_second: the rate at which frames are described.
        has_strip: whether its strip is there.
        is_served: whether files of videos are sent to visitors, and this one is there.
    """
    start_ms = at_ms or 0
    shown = ranges[:PAGE_STRETCHES]
    earlier_ms = _earlier(stretches, start_ms)
    is_file = video.container != CONTAINER
    times = strip_times(stretches, per_second) if has_strip and stretches else ()
    plays = is_served and is_played(video)
    facts = (
        ("Length", clock(video.duration_ms)),
        ("Size", words.size_px(video.width, video.height) + " px"),
        ("Frames", f"{video.fps:.4g} a second"),
        ("File", f"{video.container}, {video.codec}, {words.size_bytes(video.size_bytes)}"),
        ("Source", words.shorten(public_place(video.locator), 120)),
        ("Collection", video.collection or ""),
        ("Added", words.day(video.added_at)),
        ("SHA-256", video.sha256 if is_file else ""),
    )
    return VideoContext(
        card=video_card(video, has_strip=has_strip, times=times),
        at_text=clock(start_ms) if at_ms is not None else "",
        player=PlayerView(f"{video_file_href(video.id)}#t={start_ms / 1000:.3f}", media_type(video)) if plays else None,
        no_player_text=_no_player(video, is_served=is_served) if not plays else "",
        download_href=video_file_href(video.id, as_download=True) if is_served else "",
        facts=tuple((name, value) for name, value in facts if value),
        stretches=tuple(
            StretchLine(
                range_text=span(each.first_ms, each.last_ms),
                frame_text=f"{each.frame:,}",
                href=video_href(video.id, each.first_ms),
                is_here=at_ms is not None and each.first_ms <= at_ms <= each.last_ms,
            )
            for each in shown
        ),
        stretches_text=count(total, "stretch", "stretches"),
        earlier_href=video_href(video.id, earlier_ms) + "#stretches" if earlier_ms is not None else "",
        later_href=(
            video_href(video.id, ranges[PAGE_STRETCHES].first_ms) + "#stretches" if len(ranges) > PAGE_STRETCHES else ""
        ),
    )


def _earlier(stretches: Sequence[tuple[int, int]], start_ms: int) -> int | None:
    """Return where the page before begins; None where there is none."""
    before = [first_ms for first_ms, last_ms in stretches if last_ms < start_ms]
    return before[max(0, len(before) - PAGE_STRETCHES)] if before else None


def _no_player(video: Video, *, is_served: bool) -> str:
    """Return why a video is not played."""
    if not is_served:
        return "The file itself is not shown here: these small frames are what the engine keeps of it."
    return f"Browsers do not play this kind of file ({video.container}, {video.codec}). You can download it."


def seen_in_videos(hits: Sequence[FrameHit], searched: int) -> SeenInVideos:
    """Return in which videos a picture is seen."""
    return SeenInVideos(
        hits=tuple(_seen_in(hit) for hit in hits),
        text=f"This picture is seen in {'one video' if len(hits) == 1 else f'{len(hits)} videos'}." if hits else "",
        searched_text=f"{count(searched, 'stretch', 'stretches')} of video searched",
    )


def _seen_in(hit: FrameHit) -> SeenIn:
    """Return a video in which a picture is seen."""
    video = hit.video
    left, width = _share(hit.first_ms, hit.last_ms, video.duration_ms)
    return SeenIn(
        card=video_card(video),
        href=video_href(video.id, hit.frame_ms),
        range_text=span(hit.first_ms, hit.last_ms),
        frame_text=f"frame {hit.frame:,} at {clock(hit.frame_ms)}",
        likeness_text=likeness(hit.score),
        score_text=f"{min(hit.score, 0.99):.2f}",
        bar=(left, width),
    )


def video_results_context(answer: VideoAnswer, name: str) -> VideoResultsContext:
    """Return the page of the answer to a video."""
    sure = [hit for hit in answer.hits if hit.is_sure]
    others = [hit for hit in answer.hits if not hit.is_sure][:NEAREST_SHOWN]
    headline, kind, explanation = _headline(answer, sure)
    total_ms = sum(answer.steps_ms.values())
    return VideoResultsContext(
        headline=headline,
        headline_kind=kind,
        explanation=explanation,
        name=words.shorten(name, LONGEST_TITLE),
        duration_text=clock(answer.duration_ms),
        strip=_query_strip(answer.tiles),
        hits=tuple(_video_hit(hit, answer.duration_ms) for hit in sure),
        nearest=() if sure else tuple(_video_hit(hit, answer.duration_ms) for hit in others),
        searched_text=f"{count(answer.searched, 'stretch', 'stretches')} of video searched",
        time_text=words.seconds(total_ms),
        steps=tuple(
            StepTime(
                name=STEP_TEXTS.get(step, step.capitalize()),
                time_text=words.seconds(taken),
                percent=round(100 * taken / total_ms) if total_ms else 0,
            )
            for step, taken in answer.steps_ms.items()
        ),
    )


def _headline(answer: VideoAnswer, sure: Sequence[VideoHit]) -> tuple[str, str, str]:
    """Return the answer in one sentence, its kind, and a second sentence."""
    if any(hit.is_same_file for hit in sure):
        return "Yes: this very file is here.", "copies", "It is in the catalogue, byte for byte."
    if sure:
        many = "one video shows" if len(sure) == 1 else f"{len(sure)} videos show"
        asked = count(answer.asked, "frame")
        return f"Yes: {many} parts of it.", "copies", f"By {asked} of yours, compared in the order of time."
    if not answer.asked:
        return (
            "This video is too plain to judge.",
            "plain",
            "There is so little in all of its frames that every plain video looks like a copy.",
        )
    return (
        "No: this video is not here.",
        "none",
        f"None of {count(answer.searched, 'stretch', 'stretches')} of video comes close enough for long enough.",
    )


def _query_strip(tiles: Sequence[Picture]) -> StripView | None:
    """Return ten frames of the query, inside the page: they are kept nowhere."""
    if not tiles:
        return None
    height, width = tiles[0].shape[:2]
    data = b64encode(encode_strip(tiles)).decode()
    return StripView(f"data:image/webp;base64,{data}", 10 * width, height, (), "Ten frames of the video you sent")


def _video_hit(hit: VideoHit, query_ms: int) -> VideoHitCard:
    """Return a video that shows parts of the query."""
    verdict, text = "distant", "Nearest, not called the same"
    if hit.is_same_file:
        verdict, text = "identical", "Identical file"
    elif hit.is_sure:
        verdict, text = "copy", "Shows parts of it"
    return VideoHitCard(
        card=video_card(hit.video),
        verdict=verdict,
        verdict_text=text,
        note="It was found by the mirrored frames of yours." if hit.is_mirrored else "",
        segments=tuple(_segment_line(segment, hit.video) for segment in hit.segments),
        bars=tuple(_bars(hit, query_ms)),
        drawing_text="; ".join(
            f"{span(each.query_first_ms, each.query_last_ms)} of yours is {span(each.first_ms, each.last_ms)} of it"
            for each in hit.segments
        ),
    )


def _segment_line(segment: Segment, video: Video) -> SegmentLine:
    return SegmentLine(
        query_text=span(segment.query_first_ms, segment.query_last_ms),
        held_text=span(segment.first_ms, segment.last_ms),
        href=video_href(video.id, max(0, segment.first_ms)),
        speed_text="the same" if abs(segment.speed - 1) < 0.02 else f"{segment.speed:.2f} of its own",
        frames_text=f"{segment.frames:,}",
        likeness_text=likeness(segment.cosine),
        score_text=f"{min(segment.cosine, 0.99):.2f}",
    )


def _bars(hit: VideoHit, query_ms: int) -> Iterator[TimelineBar]:
    """Yield the segments of a hit as they are drawn."""
    for segment in hit.segments[:MOST_BARS]:
        above, wide = _share(segment.query_first_ms, segment.query_last_ms, query_ms)
        below, long = _share(segment.first_ms, segment.last_ms, hit.video.duration_ms)
        corners = ((above, 30), (above + wide, 30), (below + long, 90), (below, 90))
        yield TimelineBar(above, wide, below, long, " ".join(f"{x},{y}" for x, y in corners))


def _share(first_ms: int, last_ms: int, whole_ms: int) -> tuple[int, int]:
    """Return where a range begins and how long it is, in thousandths of the whole; never so short as not to be seen."""
    whole = max(whole_ms, last_ms, 1)
    width = min(1000, max(8, round(1000 * (last_ms - first_ms) / whole)))
    return max(0, min(1000 - width, round(1000 * max(0, first_ms) / whole))), width
