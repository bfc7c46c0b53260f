"""How well frames are found in videos and videos in videos, on a labelled set of clips: edits, strangers, speed."""

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from data.catalogue import Catalogue
from data.migrate import upgrade
from errors import BadInput
from evaluation.attacks import GRID
from evaluation.markdown import percent, table
from evaluation.video_edits import VIDEO_EDITS, Clip, VideoEdit, encode_clip, read_clip
from feature_extractor.descriptors import Extractor
from feature_extractor.frames import open_video
from feature_extractor.picture import Limits, Picture
from feature_extractor.video import Sampling, VideoLimits
from search.kept_video import open_kept
from search.stopwatch import Stopwatch
from search.vector_index.contract import IndexHome
from search.video_engine import VideoEngine, open_video_engine
from search.video_ingest import VideoIntake, VideoOffer, ingest_videos
from search.video_query import VideoHit, search_by_pixels, search_by_video

Advance = Callable[[int, int], None]

SEED = 101
NEAR_MS = 500
"""How far from the truth a time may be."""
CLIP_LIMITS = VideoLimits(max_seconds=600, max_wall_s=600)
"""Of a labelled clip."""
_OTHERS = 16  # frames of other clips that compositions lay a frame onto, at most


@dataclass(frozen=True, slots=True)
class LabelledClip:
    """A clip and where it comes from.

    Attributes:
        source: action and group: clips of one group were cut from one recording and may truly be alike, so that each
            counts as right for the others, and none is a stranger to them.
        split: 'train' or 'val'.
    """

    path: Path
    source: str
    split: str


@dataclass(frozen=True, slots=True)
class EditFigures:
    """What became of the queries of one edit.

    Attributes:
        queries: how many.
        right: whose first hit is of the right source.
        sure: of these, called a copy.
        timed: of the right ones, those of the very clip, whose time can be judged.
        on_time: of those, within half a second of the truth.
    """

    name: str
    intensity: str
    queries: int
    right: int
    sure: int
    timed: int
    on_time: int


@dataclass(frozen=True, slots=True)
class VideoSearchReport:
    """The figures.

    Attributes:
        clips, seconds: of the catalogue.
        described: frames described for it.
        wall_s, cpu_s: that adding took, elapsed and of processors.
        size_bytes: of database, indexes and strips.
        pictures, videos: figures of each edit.
        strangers: clips left out of the catalogue, searched for as they are.
        sure_frames, sure_videos: of them, answered as if they were there, by one frame and by the whole clip.
        picture_ms, video_ms: median time of a search once the query is described.
        moment_ms: median time of telling the moment of a picture by pixels.
    """

    clips: int
    seconds: float
    described: int
    wall_s: float
    cpu_s: float
    size_bytes: int
    pictures: tuple[EditFigures, ...]
    videos: tuple[EditFigures, ...]
    strangers: int
    sure_frames: int
    sure_videos: int
    picture_ms: float
    video_ms: float
    moment_ms: float

    def lines(self) -> Iterator[str]:
        """Yield the report as Markdown."""
        hours = self.seconds / 3600
        yield (
            f"{self.clips} clips of {self.seconds:.0f} s together, {self.described} frames described in "
            f"{self.wall_s:.0f} s ({self.described / self.wall_s:.1f} a second, {self.seconds / self.wall_s:.2f} times "
            f"real time; {self.cpu_s:.0f} s of processors, {self.described / self.cpu_s:.1f} a second of these); "
            f"{self.size_bytes / 2**20 / hours:.1f} MiB an hour of video."
        )
        yield (
            f"Search once the query is described: picture {self.picture_ms:.1f} ms, and {self.moment_ms:.0f} ms for "
            f"its moment by pixels; video {self.video_ms:.1f} ms."
        )
        yield ""
        for title, figures in (("a frame", self.pictures), ("a video", self.videos)):
            if figures:
                yield from _table(title, figures)
                yield ""
        yield (
            f"Of {self.strangers} clips that are not there, {self.sure_frames} got a confident answer by one frame and "
            f"{self.sure_videos} by the whole clip."
        )


def _table(title: str, figures: Sequence[EditFigures]) -> list[str]:
    total = EditFigures(
        "all",
        "",
        *(sum(getattr(each, name) for each in figures) for name in ("queries", "right", "sure", "timed", "on_time")),
    )
    rows = [
        [
            each.name.replace("_", " "),
            each.intensity,
            str(each.queries),
            percent(each.right / max(each.queries, 1)),
            percent(each.sure / max(each.queries, 1)),
            percent(each.on_time / max(each.timed, 1)),
        ]
        for each in (*figures, total)
    ]
    heads = ["edit of " + title, "how strong", "queries", "right first %", "and sure %", "within .5 s %"]
    return table(heads, rows, words=2)


def read_clips(folder: Path) -> list[LabelledClip]:
    """Return the clips that a folder's `labels.csv` lists (columns file, action, group, split), in order of name.

    Raises:
        BadInput: there is no such table, or it lacks a column.
    """
    try:
        with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
            return sorted(
                (
                    LabelledClip(folder / row["file"], f"{row['action']} {row['group']}", row["split"])
                    for row in csv.DictReader(file)
                ),
                key=lambda clip: clip.path,
            )
    except (OSError, KeyError) as exc:
        raise BadInput(f"{folder / 'labels.csv'}: expected a table with file, action, group and split: {exc}") from exc


def evaluate_video_search(
    folder: Path,
    extractor: Extractor,
    home: Callable[[Path], IndexHome],
    *,
    clips: int,
    videos: int,
    strangers: int,
    advance: Advance = lambda *_: None,
) -> VideoSearchReport:
    """Fill a catalogue with the clips of a folder and search it with edited frames and clips of the val part.

    Clips that are searched for as strangers are left out with all others of their source; what edits paste beside a
    frame is of these.

    Args:
        folder: with `labels.csv`.
        extractor: describes frames.
        home: from a folder to where the indexes are kept.
        clips: of the val part, of which one frame each, at a random time, is edited by the whole grid.
        videos: of these, which are edited by every edit of videos.
        strangers: val clips that are not in the catalogue.
        advance: told how much is done, of how much.
    Raises:
        BadInput: there are too few clips of the val part.
    """
    labelled = read_clips(folder)
    generator = np.random.default_rng(SEED)
    held_out = [clip for clip in labelled if clip.split == "val"]
    if len(held_out) < strangers + max(clips, videos):
        raise BadInput(f"expected {strangers + max(clips, videos)} clips of the val part; there are {len(held_out)}")
    drawn = [held_out[place] for place in generator.permutation(len(held_out))]
    unknown, asked = drawn[:strangers], drawn[strangers:]
    left_out = {clip.source for clip in unknown}
    kept = [clip for clip in labelled if clip.source not in left_out]
    asked = [clip for clip in asked if clip.source not in left_out]
    others = [clip for clip in kept if clip.split == "train"]
    # A frame of a clip that is there, pasted beside the one asked for, would be found as rightly.
    beside = [clip for clip in labelled if clip.source in left_out] or others
    steps = len(kept) + clips * (len(GRID) + 1) + videos * len(VIDEO_EDITS) + strangers
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        advance(done, steps)

    with empty_engine(extractor, home) as (root, engine):
        started, cpu = time.monotonic(), time.process_time()
        intake = VideoIntake(extractor, engine.shelf, engine.posters, engine.sampling, engine.limits, threads=1)
        for clip in kept:
            ingest_videos(
                intake, [VideoOffer(clip.path)], collection=None, on_progress=lambda _: None, on_failure=_refuse
            )
            step()
        wall_s, cpu_s = time.monotonic() - started, time.process_time() - cpu
        for index in (engine.frames, engine.summaries):
            index.catch_up()
            index.save_snapshot()
        size_bytes = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
        judge = _Judge(engine, {str(clip.path.resolve()): clip for clip in kept}, step)
        figures = judge.pictures(asked[:clips], beside, generator)
        shown = judge.videos(asked[:videos], others, generator)
        sure_frames, sure_videos = judge.strangers(unknown, generator)
        counts = engine.shelf.counts()
        return VideoSearchReport(
            clips=len(kept),
            seconds=counts.duration_ms / 1000,
            described=len(engine.frames),
            wall_s=wall_s,
            cpu_s=cpu_s,
            size_bytes=size_bytes,
            pictures=figures,
            videos=shown,
            strangers=len(unknown),
            sure_frames=sure_frames,
            sure_videos=sure_videos,
            picture_ms=float(np.median(judge.picture_ms)) if judge.picture_ms else 0.0,
            video_ms=float(np.median(judge.video_ms)) if judge.video_ms else 0.0,
            moment_ms=float(np.median(judge.moment_ms)) if judge.moment_ms else 0.0,
        )


class _Judge:
    """Asks, and compares with what is true."""

    def __init__(self, engine: VideoEngine, clips: dict[str, LabelledClip], step: Callable[[], None]) -> None:
        self.picture_ms: list[float] = []
        self.video_ms: list[float] = []
        self.moment_ms: list[float] = []
        self._engine = engine
        self._clips = clips
        self._step = step

    def pictures(
        self, asked: Sequence[LabelledClip], others: Sequence[LabelledClip], generator: np.random.Generator
    ) -> tuple[EditFigures, ...]:
        """Return the figures of frames, unedited first and then by the grid."""
        beside = [_frame_at(clip, generator)[0] for clip in others[:: max(1, len(others) // _OTHERS)][:_OTHERS]]
        drawn = [(clip, *_frame_at(clip, generator)) for clip in asked]
        told = [("unedited", "", [pixels for _, pixels, _ in drawn])]
        told += [
            (
                edit.name,
                edit.intensity,
                [edit.apply(pixels, number, beside) for number, (_, pixels, _) in enumerate(drawn)],
            )
            for edit in GRID
        ]
        figures = []
        for name, intensity, pictures in told:
            right = sure = timed = on_time = 0
            for (clip, _, ms), pixels in zip(drawn, pictures, strict=True):
                hit = self._nearest(pixels)
                if hit is not None and self._clips[hit[0]].source == clip.source:
                    right += 1
                    sure += hit[2]
                    if self._clips[hit[0]].path == clip.path:
                        timed += 1
                        on_time += abs(hit[1] - ms) <= NEAR_MS
                self._step()
            figures.append(EditFigures(name, intensity, len(drawn), right, sure, timed, on_time))
        return tuple(figures)

    def videos(
        self, asked: Sequence[LabelledClip], others: Sequence[LabelledClip], generator: np.random.Generator
    ) -> tuple[EditFigures, ...]:
        """Return the figures of edited clips; a foreign intro comes from a train clip and is no wrong answer."""
        counted = {edit.name: [0, 0, 0, 0, 0] for edit in VIDEO_EDITS}
        for number, labelled in enumerate(asked):
            clip = read_clip(labelled.path)
            stranger = others[int(generator.integers(len(others)))]
            foreign = read_clip(stranger.path)
            for edit in VIDEO_EDITS:
                outcome = self._judge_edit(edit, edit.apply(clip, number, foreign), labelled, stranger)
                counted[edit.name] = [have + new for have, new in zip(counted[edit.name], outcome, strict=True)]
                self._step()
        return tuple(EditFigures(edit.name, edit.intensity, *counted[edit.name]) for edit in VIDEO_EDITS)

    def _judge_edit(
        self, edit: VideoEdit, edited: Clip, labelled: LabelledClip, stranger: LabelledClip
    ) -> tuple[int, int, int, int, int]:
        """Return 1 query; right, sure, segments timed, segments on time."""
        hits = [
            hit
            for hit in self._ask(encode_clip(edited))
            if edit.name not in {"intro", "mixture"} or self._clips[hit.video.locator].source != stranger.source
        ]
        if not hits or self._clips[hits[0].video.locator].source != labelled.source:
            return 1, 0, 0, 0, 0
        first = hits[0]
        timed = on_time = 0
        if self._clips[first.video.locator].path == labelled.path:
            for segment in first.segments:
                at_s = (segment.query_first_ms + segment.query_last_ms) / 2000
                stretch = next((each for each in edited.stretches if each.first_s <= at_s <= each.last_s), None)
                truth_ms = None if stretch is None else 1000 * stretch.original_at(at_s)
                timed += 1
                on_time += truth_ms is not None and abs((segment.first_ms + segment.last_ms) / 2 - truth_ms) <= NEAR_MS
        return 1, 1, int(first.is_sure), timed, on_time

    def strangers(self, unknown: Sequence[LabelledClip], generator: np.random.Generator) -> tuple[int, int]:
        """Return how many clips that are not there got a confident answer, by one frame and by the whole."""
        sure_frames = sure_videos = 0
        for clip in unknown:
            hit = self._nearest(_frame_at(clip, generator)[0])
            sure_frames += hit is not None and hit[2]
            sure_videos += any(hit.is_sure for hit in self._ask(clip.path.read_bytes()))
            self._step()
        return sure_frames, sure_videos

    def _nearest(self, pixels: Picture) -> tuple[str, int, bool] | None:
        """Return locator, time in ms and whether it is sure, of the first hit for a picture."""
        watch = Stopwatch()
        hits = search_by_pixels(self._engine, pixels, limit=5, watch=watch, open_kept=open_kept).hits
        self.moment_ms.append(watch.steps_ms.get("moment", 0.0))
        if "describe views" not in watch.steps_ms:
            self.picture_ms.append(watch.steps_ms.get("frames", 0.0) + watch.steps_ms.get("rows", 0.0))
        if not hits:
            return None
        return hits[0].video.locator, hits[0].frame_ms, hits[0].is_sure

    def _ask(self, data: bytes) -> tuple[VideoHit, ...]:
        answer = search_by_video(self._engine, lambda: open_video(data, CLIP_LIMITS), limit=5)
        self.video_ms.append(answer.steps_ms.get("candidates", 0.0) + answer.steps_ms.get("align", 0.0))
        return answer.hits


@contextmanager
def open_engine_in(root: Path, extractor: Extractor, home: Callable[[Path], IndexHome]) -> Iterator[VideoEngine]:
    """Give an engine over the catalogue in a folder: what is there is opened, what is not is made empty.

    Args:
        root: of catalogue.sqlite, the folders index and posters.
        extractor: describes frames.
        home: from a folder to where the indexes are kept.
    """
    url = f"sqlite:///{root / 'catalogue.sqlite'}"
    upgrade(url)
    with (
        Catalogue.open(url) as catalogue,
        open_video_engine(
            catalogue,
            extractor,
            home(root / "index"),
            root / "posters",
            sampling=Sampling(),
            limits=CLIP_LIMITS,
            picture_limits=Limits(max_bytes=2**26, max_pixels=2**26),
        ) as engine,
    ):
        yield engine


@contextmanager
def empty_engine(extractor: Extractor, home: Callable[[Path], IndexHome]) -> Iterator[tuple[Path, VideoEngine]]:
    """Give an engine over an empty catalogue in a folder that is gone after the block."""
    with TemporaryDirectory(prefix="retrace-video-") as folder:
        root = Path(folder)
        with open_engine_in(root, extractor, home) as engine:
            yield root, engine


def _frame_at(clip: LabelledClip, generator: np.random.Generator) -> tuple[Picture, int]:
    """Return a frame at a random time, and the time in ms."""
    with open_video(clip.path, CLIP_LIMITS) as video:
        frames = list(video.frames(None))
    frame = frames[int(generator.integers(len(frames)))]
    return frame.pixels, frame.ms


def _refuse(failure: object) -> None:
    """Stop at a clip that cannot be read: figures over fewer clips than told would mislead."""
    raise BadInput(f"expected clips that can be read; received {failure}")
