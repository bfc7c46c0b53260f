"""The life of a question to videos: a picture to the frames that show it, a video to those that show parts of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.video_records import FrameRange, Video
from errors import BadInput, NotFound
from feature_extractor.decode import decode
from feature_extractor.descriptors import DIM
from feature_extractor.hashes import compute_pdq
from feature_extractor.picture import MIN_SIDE, Picture
from feature_extractor.video import VideoReader
from search.alignment import FASTEST, Scale, Segment, Timeline, align
from search.answer import QueryPicture
from search.kept_video import OpenKept
from search.query import pairs_of
from search.stopwatch import Stopwatch
from search.vector_index.contract import NO_ID
from search.verdict import is_too_plain
from search.video_engine import VideoEngine
from search.video_frames import LONGEST_STILL_MS, DescribedVideo, describe_video, summarise, timeline_of
from search.video_moment import Moment, find_moment

FRAMES_DEPTH = 200
"""Nearest frame ranges looked at for a picture."""
WITHIN = 0.05
"""How much less alike than the best frame its neighbours may be that still belong to the time range of a hit."""
TIMED = 3
"""Videos of which the pixels tell the moment, at most: the first that is found, and further ones that are sure."""
MOST_TIMING_S = 4.0
"""From opening the file of such a video to the last frame that is decoded of it."""
CANDIDATES = 20
"""Videos that are aligned, by each of the two fast stages at most."""
SEEDS = 24
"""Frames of a query, evenly spread, that ask the index of frames which videos to align."""
SEED_DEPTH = 40
HITS_A_SEED = 3
"""Stretches of one video that such a frame points at: around these the video is aligned, not around every likeness."""
MUCH_LONGER = 4
"""Times as long as the query that a video may be which only its summary brought up."""
MOST_FRAMES = 2400
"""Frames of a query: twenty minutes at two a second; of a longer one fewer a second are taken."""

SURE = 0.225
SURE_FRAMES = 4
"""What one segment must come to for a confident answer: how far its mean cosine must be on the way from the copy
threshold of the model to 1, and frames (two seconds). Of all pairs of train clips from different sources, aligned by
`align`, the nearest come .222 of the way (high jumps in one arena); all others stay below the threshold."""

_BEYOND = 6  # stretches read around what a query may reach: a segment is compared with a second before and after it
_STRETCHES_AROUND = 1000  # read to find the one at a time: twenty seconds hold some forty

View = Literal["whole", "mirrored", "turned", "part"]
"""Of a picture that is asked for."""

TimedBy = Literal["pixels", "descriptors"]
"""What a time rests on: frames compared with the picture, or the nearest of those that are kept."""

OpenQuery = Callable[[], AbstractContextManager[VideoReader]]


@dataclass(frozen=True, slots=True)
class FrameHit:
    """A video that shows a picture.

    Attributes:
        best: the stretch whose frame is nearest by descriptor.
        near: it, and other stretches of the video that are near, in order.
        first_ms, last_ms: the time range that shows nearly the same: around the moment where that is known, or else
            around the best stretch.
        score: cosine of the copy descriptors of the picture and of the best stretch.
        is_sure: whether it is called a copy; others are the nearest there are.
        view: what of the picture it shows.
        moment: the frame that shows it, by its pixels; None where they were not looked at or tell nothing.
    """

    video: Video
    best: FrameRange
    near: tuple[FrameRange, ...]
    first_ms: int
    last_ms: int
    score: float
    is_sure: bool
    view: View
    moment: Moment | None = None

    @property
    def frame(self) -> int:
        """Number of the frame that shows it, as precisely as it is known."""
        return self.best.frame if self.moment is None else self.moment.frame

    @property
    def frame_ms(self) -> int:
        """When that frame is shown."""
        return self.best.frame_ms if self.moment is None else self.moment.ms

    @property
    def timed_by(self) -> TimedBy:
        """What these two rest on."""
        return "descriptors" if self.moment is None else "pixels"


@dataclass(frozen=True, slots=True)
class FrameAnswer:
    """What a picture found in videos.

    Attributes:
        hits: a video each, the nearest first.
        is_too_plain: the picture shows too little to be found, so nothing was looked for.
        searched: frame ranges looked through.
        steps_ms: time of each step.
    """

    hits: tuple[FrameHit, ...]
    is_too_plain: bool
    searched: int
    steps_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class VideoHit:
    """A video that shows parts of a query.

    Attributes:
        segments: which part of the query equals which part of it, in the order of the query.
        score: evidence of all segments, see `evidence`.
        cosine: mean over the matching frames of all segments.
        is_same_file: the files are equal.
        is_sure: whether it is called a copy; others are the nearest there are.
        is_mirrored: found by the mirrored frames.
    """

    video: Video
    segments: tuple[Segment, ...]
    score: float
    cosine: float
    is_same_file: bool
    is_sure: bool
    is_mirrored: bool


@dataclass(frozen=True, slots=True)
class VideoAnswer:
    """What a video found.

    Attributes:
        hits: the surest first.
        duration_ms: of the query.
        asked: frames of the query that were described.
        plain: further ones too plain to be found.
        searched: frame ranges looked through.
        steps_ms: time of each step.
        tiles: small frames of the query, evenly spread, the first at its beginning.
    """

    hits: tuple[VideoHit, ...]
    duration_ms: int
    asked: int
    plain: int
    searched: int
    steps_ms: dict[str, float]
    tiles: tuple[Picture, ...] = ()


def search_by_picture(
    engine: VideoEngine, data: bytes, *, limit: int, open_kept: OpenKept | None = None
) -> FrameAnswer:
    """Return the videos that show a picture, each with the time; see `search_by_pixels`.

    Raises:
        PictureError: the file cannot be searched with; the subclass says why.
    """
    watch = Stopwatch()
    with watch.step("decode"):
        pixels = decode(data, engine.picture_limits).pixels
    return search_by_pixels(engine, pixels, limit=limit, watch=watch, open_kept=open_kept)


def search_by_pixels(
    engine: VideoEngine, pixels: Picture, *, limit: int, watch: Stopwatch, open_kept: OpenKept | None = None
) -> FrameAnswer:
    """Return the videos that show a decoded picture.

    Where no frame is surely a copy, other views of the picture are looked for as well: mirrored, turned, and parts.

    Args:
        engine: the parts.
        pixels: RGB uint8, (height, width, 3).
        limit: videos at most.
        watch: takes the time of each step.
        open_kept: opens videos of the catalogue, so that their pixels tell the moment; None: descriptors do.
    Raises:
        PictureTooSmall: a side is under 16 px.
    """
    with watch.step("hash"):
        too_plain = is_too_plain(compute_pdq(pixels))
    if too_plain:
        return FrameAnswer((), is_too_plain=True, searched=len(engine.frames), steps_ms=watch.steps_ms)
    with watch.step("describe"):
        vector = engine.extractor.describe([pixels]).copy[0]
    hits = search_by_descriptor(engine, vector, limit=limit, watch=watch)
    if hits and not hits[0].is_sure:
        views = _views(pixels)
        with watch.step("describe views"):
            vectors = engine.extractor.describe([seen for _, seen in views]).copy
        for (view, _), vector in zip(views, vectors, strict=True):
            hits += tuple(
                replace(hit, view=view) for hit in search_by_descriptor(engine, vector, limit=limit, watch=watch)
            )
        hits = _one_a_video(sorted(hits, key=lambda hit: -hit.score))[:limit]
    if open_kept is not None and hits:
        with watch.step("moment"):
            hits = tuple(
                _timed(engine, pixels, hit, open_kept) if place == 0 or (hit.is_sure and place < TIMED) else hit
                for place, hit in enumerate(hits)
            )
    return FrameAnswer(hits, is_too_plain=False, searched=len(engine.frames), steps_ms=watch.steps_ms)


def search_by_query(engine: VideoEngine, query: QueryPicture, *, limit: int) -> tuple[FrameHit, ...]:
    """Return the videos that surely show a picture which is described already; other views of it are not looked for.

    Args:
        engine: the parts.
        query: as it searches the pictures.
        limit: videos at most.
    """
    if query.too_plain:
        return ()
    return tuple(hit for hit in search_by_descriptor(engine, query.copy, limit=limit, watch=Stopwatch()) if hit.is_sure)


def _views(pixels: Picture) -> list[tuple[View, Picture]]:
    """Return other views of a picture: mirrored, turned by quarters, and its quarters and middle where they show much.

    A part that is plain is no view: all plain pictures are alike.
    """
    height, width = pixels.shape[:2]
    views: list[tuple[View, Picture]] = [("mirrored", pixels[:, ::-1])]
    views += [("turned", np.rot90(pixels, turns)) for turns in (1, 2, 3)]
    if min(height, width) >= 4 * MIN_SIDE:
        for top, left in ((0, 0), (0, 2), (2, 0), (2, 2), (1, 1)):  # quarters of the sides
            part = pixels[top * height // 4 :, left * width // 4 :][: height // 2, : width // 2]
            part = np.ascontiguousarray(part)
            if not is_too_plain(compute_pdq(part)):
                views.append(("part", part))
    return [(view, np.ascontiguousarray(seen)) for view, seen in views]


def search_by_descriptor(
    engine: VideoEngine, vector: NDArray[np.float32], *, limit: int, watch: Stopwatch
) -> tuple[FrameHit, ...]:
    """Return the videos that show a picture, by its copy descriptor; the nearest first.

    Args:
        engine: the parts.
        vector: float32 (256,), L2 norm 1.
        limit: videos at most.
        watch: takes the time of each step.
    """
    if not len(engine.frames):
        return ()
    with watch.step("frames"):
        scores = dict(pairs_of(engine.frames.search(vector[np.newaxis], FRAMES_DEPTH)))
    with watch.step("rows"):
        ranges = engine.shelf.ranges(scores)
        by_video: dict[int, list[FrameRange]] = {}
        for each in sorted(ranges.values(), key=lambda each: (-scores[each.id], each.id)):
            by_video.setdefault(each.video_id, []).append(each)
        chosen = list(by_video)[:limit]
        videos = engine.shelf.videos(chosen)
    hits = []
    for video_id in chosen:
        if video_id not in videos:  # removed since the index last looked
            continue
        best, *others = by_video[video_id]
        score = scores[best.id]
        run = _run_around(best, (each for each in others if scores[each.id] >= score - WITHIN))
        hits.append(
            FrameHit(
                video=videos[video_id],
                best=best,
                near=(best, *others),
                first_ms=run[0].first_ms,
                last_ms=run[-1].last_ms,
                score=score,
                is_sure=score >= engine.extractor.copy_threshold,
                view="whole",
            )
        )
    return tuple(hits)


def search_by_video(
    engine: VideoEngine,
    open_query: OpenQuery,
    *,
    limit: int,
    sha256: str | None = None,
    most_frames: int = MOST_FRAMES,
) -> VideoAnswer:
    """Return the videos that show parts of a video, each with the parts.

    Where none is sure, the frames are described once more, mirrored.

    Args:
        engine: the parts.
        open_query: opens the video asked for, anew at each call.
        limit: videos at most.
        sha256: of its file, where it is known.
        most_frames: described of it at the steady rate; of a longer one fewer a second are taken.
    Raises:
        VideoError, PictureError, SourceUnreadable: it cannot be searched with; the message says why.
    """
    watch = Stopwatch()
    same = None if sha256 is None else engine.shelf.same_file(sha256)
    described = _describe_query(engine, open_query, watch, most_frames, mirrored=False)
    asked = _timeline(described)
    hits = _search_timeline(engine, asked, same, watch, mirrored=False)
    if not any(hit.is_sure for hit in hits):
        mirrored = _timeline(_describe_query(engine, open_query, watch, most_frames, mirrored=True))
        hits = sorted(
            (*hits, *_search_timeline(engine, mirrored, same, watch, mirrored=True)), key=lambda hit: -hit.score
        )
        seen: dict[int, VideoHit] = {}
        for hit in hits:
            seen.setdefault(hit.video.id, hit)
        hits = list(seen.values())
    return VideoAnswer(
        hits=tuple(hits[:limit]),
        duration_ms=described.duration_ms,
        asked=len(asked.ms),
        plain=sum(each.vector is None for each in described.ranges),
        searched=len(engine.frames),
        steps_ms=watch.steps_ms,
        tiles=described.tiles,
    )


def search_by_timeline(engine: VideoEngine, asked: Timeline, *, limit: int) -> list[VideoHit]:
    """Return the videos that show parts of described frames, the surest first."""
    return _search_timeline(engine, asked, None, Stopwatch(), mirrored=False)[:limit]


def evidence(segments: Sequence[Segment], scale: Scale) -> float:
    """Return what segments come to: by how much their matching frames are nearer than those of strangers, summed."""
    return sum(segment.frames * (segment.cosine - scale.match) for segment in segments)


def is_sure(segments: Sequence[Segment], copy_threshold: float) -> bool:
    """Return whether segments make a confident answer, under the model of that copy threshold."""
    least = copy_threshold + SURE * (1 - copy_threshold)
    return any(segment.cosine >= least and segment.frames >= SURE_FRAMES for segment in segments)


def _describe_query(
    engine: VideoEngine, open_query: OpenQuery, watch: Stopwatch, most_frames: int, *, mirrored: bool
) -> DescribedVideo:
    """Return a query as it would be kept, but for the number of its frames."""
    with watch.step("describe mirrored" if mirrored else "describe"), open_query() as reader:
        seconds = max(reader.info.seconds, 1.0)
        sampling = replace(engine.sampling, per_second=min(engine.sampling.per_second, most_frames / seconds))
        return describe_video(reader, engine.extractor, sampling, mirrored=mirrored)


def _timeline(described: DescribedVideo) -> Timeline:
    """Return the frames of a query that are not too plain to be found."""
    return timeline_of(
        ((each.first_ms, each.last_ms, each.vector) for each in described.ranges if each.vector is not None), DIM
    )


def _search_timeline(
    engine: VideoEngine, asked: Timeline, same: int | None, watch: Stopwatch, *, mirrored: bool
) -> list[VideoHit]:
    if not len(asked.ms) or not len(engine.frames):
        return []
    with watch.step("candidates"):
        pointed = _candidates(engine, asked)
        videos = engine.shelf.videos([*([] if same is None else [same]), *pointed])
        held = _timelines(engine, asked, [(video, pointed.get(video.id, ())) for video in videos.values()], same)
    with watch.step("align"):
        hits = []
        threshold = engine.extractor.copy_threshold
        scale = Scale.of(threshold)
        for video_id, timeline in held.items():
            segments = align(asked, timeline, scale)
            if not segments:
                continue
            frames = sum(segment.frames for segment in segments)
            hits.append(
                VideoHit(
                    video=videos[video_id],
                    segments=segments,
                    score=evidence(segments, scale),
                    cosine=sum(segment.frames * segment.cosine for segment in segments) / frames,
                    is_same_file=video_id == same,
                    is_sure=video_id == same or is_sure(segments, threshold),
                    is_mirrored=mirrored,
                )
            )
    return sorted(hits, key=lambda hit: (not hit.is_same_file, -hit.score, hit.video.id))


def _candidates(engine: VideoEngine, asked: Timeline) -> dict[int, tuple[int, ...]]:
    """Return the videos worth aligning, and of each the stretches that frames of the query point at.

    Those that some frames point at come first; the nearest by summary, at which none may point, follow.
    """
    summary = summarise(list(asked.vectors))
    by_summary: list[int] = []
    if summary is not None:
        by_summary = [video_id for video_id, _ in pairs_of(engine.summaries.search(summary[np.newaxis], CANDIDATES))]
    chosen = np.unique(np.linspace(0, len(asked.ms) - 1, min(SEEDS, len(asked.ms))).round().astype(int))
    found = engine.frames.search(asked.vectors[chosen], SEED_DEPTH)
    ids = found.ids[found.ids != NO_ID]
    owner = {each.id: each.video_id for each in engine.shelf.ranges(np.unique(ids).tolist()).values()}
    votes: dict[int, float] = {}
    pointed: dict[int, list[int]] = {}
    for row_ids, row_scores in zip(found.ids.tolist(), found.scores.tolist(), strict=True):
        best: dict[int, list[tuple[float, int]]] = {}
        for range_id, score in zip(row_ids, row_scores, strict=True):
            if range_id in owner:
                best.setdefault(owner[range_id], []).append((score, range_id))
        for video_id, hits in best.items():
            hits.sort(reverse=True)
            # The nearest count for most; a still, or a long video, must not vote with all of its frames.
            votes[video_id] = votes.get(video_id, 0.0) + hits[0][0] ** 4
            pointed.setdefault(video_id, []).extend(range_id for _, range_id in hits[:HITS_A_SEED])
    by_frames = sorted(votes, key=lambda video_id: (-votes[video_id], video_id))[:CANDIDATES]
    return {video_id: tuple(pointed.get(video_id, ())) for video_id in dict.fromkeys([*by_frames, *by_summary])}


def _timelines(
    engine: VideoEngine, asked: Timeline, candidates: Sequence[tuple[Video, Sequence[int]]], whole: int | None
) -> dict[int, Timeline]:
    """Return the described frames of some videos, by id, as far as a query may show them.

    A long video is not read whole: a query that shows a stretch of it reaches as far around that as it is long itself.
    One that no frame points at can but be alike as a whole, so it is left out where it is much longer than the query.

    Args:
        engine: holds them.
        asked: the query.
        candidates: the videos, with the stretches that frames of the query point at.
        whole: the id of a video to read whole; None for none.
    """
    span_ms = float(asked.ms[-1] - asked.ms[0])
    ids: set[int] = set()
    entire: list[int] = []
    # A catalogue that was filled at a greater rate is seen less far around a stretch.
    stretch_ms = 1000 / engine.sampling.per_second
    for video, pointed in candidates:
        if video.id == whole or (not pointed and video.duration_ms <= MUCH_LONGER * (span_ms + stretch_ms)):
            entire.append(video.id)
            continue
        most = int(video.duration_ms / stretch_ms) + 1
        reach = min(int(FASTEST * span_ms / stretch_ms) + _BEYOND, most)
        for range_id in pointed:
            ids.update(range(range_id - reach, range_id + reach + 1))
    wanted = {video.id for video, _ in candidates}
    read = [each for each in engine.shelf.ranges(ids).values() if each.video_id in wanted]
    read.extend(engine.shelf.ranges_of(entire))
    by_id = {each.id: each for each in read}
    rows = engine.shelf.descriptors_of(by_id, "frame", engine.extractor.model_id)
    by_video: dict[int, list[tuple[int, int, NDArray[np.float32]]]] = {}
    for range_id, vector in zip(rows.ids.tolist(), rows.vectors.astype(np.float32), strict=True):
        each = by_id[range_id]
        by_video.setdefault(each.video_id, []).append((each.first_ms, each.last_ms, vector))
    return {video.id: timeline_of(by_video[video.id], DIM) for video, _ in candidates if video.id in by_video}


def _run_around(best: FrameRange, others: Iterator[FrameRange]) -> list[FrameRange]:
    """Return the stretches that adjoin the best one without a gap, in the order of time."""
    by_id = {each.id: each for each in others} | {best.id: best}
    first = last = best.id
    while first - 1 in by_id:
        first -= 1
    while last + 1 in by_id:
        last += 1
    return [by_id[number] for number in range(first, last + 1)]


def _timed(engine: VideoEngine, pixels: Picture, hit: FrameHit, open_kept: OpenKept) -> FrameHit:
    """Return a hit with the moment that its video's pixels tell; as it is where they are gone, or tell nothing."""
    limits = replace(engine.limits, max_wall_s=min(engine.limits.max_wall_s, MOST_TIMING_S))
    try:
        with open_kept(hit.video, limits) as reader:
            moment = find_moment(pixels, reader, hit.near, hit.video.duration_ms)
    except (BadInput, NotFound):  # the hit says that its time is by descriptors
        return hit
    if moment is None:
        return hit
    first_ms, last_ms = hit.first_ms, hit.last_ms
    if not first_ms <= moment.ms <= last_ms:
        shown = _stretch_at(engine, hit, moment.ms)
        # What follows the last frame that was sampled of a stretch is still of it.
        first_ms, last_ms = shown.first_ms, max(shown.last_ms, moment.ms)
        if hit.first_ms <= first_ms <= hit.last_ms:
            first_ms = hit.first_ms
    return replace(hit, moment=moment, first_ms=first_ms, last_ms=last_ms)


def _stretch_at(engine: VideoEngine, hit: FrameHit, ms: int) -> FrameRange:
    """Return the stretch of a hit's video that is shown at a time."""
    first_ms = max(0, ms - 2 * LONGEST_STILL_MS)
    begun = [
        each for each in engine.shelf.ranges_from(hit.video.id, first_ms, _STRETCHES_AROUND) if each.first_ms <= ms
    ]
    return begun[-1] if begun else hit.best


def _one_a_video(hits: Sequence[FrameHit]) -> tuple[FrameHit, ...]:
    """Return the first hit of each video, in order."""
    seen: dict[int, FrameHit] = {}
    for hit in hits:
        seen.setdefault(hit.video.id, hit)
    return tuple(seen.values())
