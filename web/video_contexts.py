"""What the templates of videos receive, as in web.contexts: frozen dataclasses, all decisions taken."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from web.contexts import Pager, StepTime


@dataclass(frozen=True, slots=True)
class Tile:
    """A small frame of a strip.

    Attributes:
        text: '0:12'; href: the video's page at that time, or '' of a query, which has none.
    """

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class StripView:
    """A strip of small frames side by side.

    Attributes:
        src: its address, `data:` of a query; width, height: in px, so that it keeps its room while it loads.
        tiles: what the parts of it show, evenly wide; empty where the times are not told.
        alt: in words.
    """

    src: str
    width: int
    height: int
    tiles: tuple[Tile, ...]
    alt: str


@dataclass(frozen=True, slots=True)
class VideoCard:
    """A video of the catalogue.

    Attributes:
        title: never empty: the last part of where it comes from.
        duration_text: '1:02:03'; size_text: '1920 × 1080 px'; kind_text: 'MP4, h264, 3.1 MB'.
        strip: None where it was lost.
    """

    video_id: int
    href: str
    title: str
    duration_text: str
    size_text: str
    kind_text: str
    collection: str
    added_text: str
    added_iso: str
    strip: StripView | None


@dataclass(frozen=True, slots=True)
class SeenIn:
    """A video in which a picture is seen.

    Attributes:
        href: the page of the video at that time.
        range_text: '0:12.5 to 0:14.0'; frame_text: 'frame 312 at 0:13.0'.
        likeness_text: in words; score_text: '0.93'.
        bar: where in the video it is: left and width in thousandths.
    """

    card: VideoCard
    href: str
    range_text: str
    frame_text: str
    likeness_text: str
    score_text: str
    bar: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SeenInVideos:
    """The part of a results page about videos.

    Attributes:
        text: 'This picture is seen in 2 videos.', or '' where it is in none.
        searched_text: '1,204 stretches of video searched'.
    """

    hits: tuple[SeenIn, ...]
    text: str
    searched_text: str


@dataclass(frozen=True, slots=True)
class StretchLine:
    """A stretch of a video that shows nearly the same.

    Attributes:
        range_text: '0:12.5 to 0:14.0'; href: the page of the video there; is_here: the time asked for is in it.
    """

    range_text: str
    frame_text: str
    href: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class PlayerView:
    """A player: its source with the time to begin at, and the type of the file."""

    src: str
    type: str


@dataclass(frozen=True, slots=True)
class VideoContext:
    """video.html.

    Attributes:
        at_text: the time that was asked for, or ''.
        player: None where the file is not played here; no_player_text: why, or ''.
        download_href: the file, or ''.
        facts: name and value.
        stretches: those from the time asked for on; stretches_text: how many there are.
        earlier_href, later_href: further ones, or ''.
    """

    card: VideoCard
    at_text: str
    player: PlayerView | None
    no_player_text: str
    download_href: str
    facts: tuple[tuple[str, str], ...]
    stretches: tuple[StretchLine, ...]
    stretches_text: str
    earlier_href: str
    later_href: str


@dataclass(frozen=True, slots=True)
class VideosContext:
    """videos.html: a page of the videos of the catalogue, the newest first."""

    videos: tuple[VideoCard, ...]
    total_text: str
    pager: "Pager"


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A part of a query that equals a part of a video.

    Attributes:
        query_text, held_text: time ranges; href: the page of the video at that time.
        speed_text: 'the same speed' or '1.05 times as fast'.
        frames_text: '12 frames'; likeness_text: in words; score_text: '0.93'.
    """

    query_text: str
    held_text: str
    href: str
    speed_text: str
    frames_text: str
    likeness_text: str
    score_text: str


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """A segment in the drawing, in thousandths of both lengths.

    Attributes:
        query_left, query_width, held_left, held_width: the bars.
        joint: corners of what joins them, as SVG writes them.
    """

    query_left: int
    query_width: int
    held_left: int
    held_width: int
    joint: str


@dataclass(frozen=True, slots=True)
class VideoHitCard:
    """A video that shows parts of a query.

    Attributes:
        verdict: 'identical', 'copy' or 'distant': names the style; verdict_text: in words.
        note: what else there is to say, such as that it is mirrored; or ''.
        drawing_text: the drawing in words.
    """

    card: VideoCard
    verdict: str
    verdict_text: str
    note: str
    segments: tuple[SegmentLine, ...]
    bars: tuple[TimelineBar, ...]
    drawing_text: str


@dataclass(frozen=True, slots=True)
class VideoResultsContext:
    """video_results.html: the answer to a video.

    Attributes:
        headline: the answer to 'Is it here?' in one sentence; headline_kind: 'copies', 'none' or 'plain'.
        explanation: a second sentence.
        name, duration_text, strip: of the query; nothing of it is kept but on this page.
        hits: the surest first; nearest: others that are the nearest there are, and are not called the same.
    """

    headline: str
    headline_kind: str
    explanation: str
    name: str
    duration_text: str
    strip: StripView | None
    hits: tuple[VideoHitCard, ...]
    nearest: tuple[VideoHitCard, ...]
    searched_text: str
    time_text: str
    steps: tuple["StepTime", ...]
