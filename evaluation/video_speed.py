"""How fast videos are searched, and what that holds in memory, where a catalogue has many hours of them.

The catalogue is made of real clips by `evaluation.repeated_clips` and written by the function that `video add` writes
with; the indexes are built, closed and opened again as a serving process opens them. What is asked are the real clips,
from their files: one frame of each, and the whole of each. The catalogue holds each of them once as it is.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from data.catalogue import Catalogue
from data.migrate import upgrade
from data.videos import VideoShelf
from errors import BadInput
from evaluation.experiments.machine import Machine, this_machine
from evaluation.markdown import percent, table, three
from evaluation.process_memory import resident_mb
from evaluation.repeated_clips import MS_AN_HOUR, RepeatedClips, describe_clips
from evaluation.video_edits import read_clip
from evaluation.video_search import CLIP_LIMITS, LabelledClip, open_engine_in, read_clips
from feature_extractor.descriptors import Extractor
from feature_extractor.frames import open_video
from feature_extractor.picture import Picture
from feature_extractor.video import Sampling
from search.stopwatch import Stopwatch
from search.vector_index.contract import IndexHome
from search.video_engine import VideoEngine
from search.video_query import search_by_pixels, search_by_video

Advance = Callable[[int, int | None], None]
Home = Callable[[Path], IndexHome]

VERSION = 1
"""Of what is made; to be raised when a catalogue comes out different, so that none that was kept before is taken."""
_WHOLE = "whole.json"
"""Says in the folder of a kept catalogue that it is complete, and how it was made."""
_LIMIT = 5  # videos asked for


@dataclass(frozen=True, slots=True)
class VideoSpeedOrder:
    """What is measured.

    Attributes:
        folder: of clips, with labels.csv.
        hours: of video in the catalogue.
        length_s: of each video; None: each clip is one.
        queries: frames searched with, and clips.
        seed: of every draw.
    """

    folder: Path
    hours: float
    length_s: float | None = None
    queries: int = 50
    seed: int = 101


@dataclass(frozen=True, slots=True)
class SearchTimes:
    """How long searches of one kind took.

    Attributes:
        queries: how many.
        found: of them, whose first hit is the video that holds the clip as it is.
        next_cosine: median cosine of the second hit, over the searches that have one; 0 where none has.
        median_ms, p95_ms: of a search, from decoded frame or file to answer.
        searching_median_ms, searching_p95_ms: of that, without decoding and describing the query.
        steps_ms: median of each step over the searches that took it.
        steps_taken: in how many searches each step was taken.
    """

    queries: int
    found: int
    next_cosine: float
    median_ms: float
    p95_ms: float
    searching_median_ms: float
    searching_p95_ms: float
    steps_ms: Mapping[str, float]
    steps_taken: Mapping[str, int]

    @classmethod
    def of(
        cls, took_ms: Sequence[float], steps: Sequence[Mapping[str, float]], found: int, next_cosines: Sequence[float]
    ) -> "SearchTimes":
        """Return the figures of searches.

        Args:
            took_ms: of each search; steps: ms of each of its steps.
            found: see the attribute; next_cosines: of the second hits.
        """
        searching = [sum(ms for step, ms in one.items() if not _is_describing(step)) for one in steps]
        names = dict.fromkeys(step for one in steps for step in one)
        return cls(
            queries=len(took_ms),
            found=found,
            next_cosine=float(np.median(next_cosines)) if next_cosines else 0.0,
            median_ms=float(np.median(took_ms)),
            p95_ms=float(np.percentile(took_ms, 95)),
            searching_median_ms=float(np.median(searching)),
            searching_p95_ms=float(np.percentile(searching, 95)),
            steps_ms={name: float(np.median([one[name] for one in steps if name in one])) for name in names},
            steps_taken={name: sum(name in one for one in steps) for name in names},
        )


@dataclass(frozen=True, slots=True)
class VideoSpeed:
    """Speed and memory of a catalogue of videos.

    Attributes:
        machine: that measured.
        hours, videos, stretches: of the catalogue; length_s: of a video, on average.
        index_url: kind of the indexes.
        fill_s: for the rows of all videos, describing not counted; build_s: for both indexes after that.
        open_s: for opening the indexes as they were saved, as a serving process does.
        frames, clips: searches by one frame, and by a whole clip.
        before_mb: resident memory before the indexes were opened, the model loaded, MiB.
        opened_mb, searched_mb: after that, and after all searches.
        mapped_bytes, private_bytes: what both indexes say they occupy.
        database_bytes, index_bytes: on disk.
        strips_bytes: what the strips of so many videos would take besides, by those of the clips; none is written.
        is_kept: the catalogue was there already, and this process made nothing: memory is that of a serving one.
    """

    machine: Machine
    hours: float
    videos: int
    stretches: int
    length_s: float
    index_url: str
    fill_s: float
    build_s: float
    open_s: float
    frames: SearchTimes
    clips: SearchTimes
    before_mb: float
    opened_mb: float
    searched_mb: float
    mapped_bytes: int
    private_bytes: int
    database_bytes: int
    index_bytes: int
    strips_bytes: int
    is_kept: bool

    def to_record(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """Yield the figures as Markdown."""
        yield (
            f"{self.hours:.1f} hours: {self.videos:,} videos of {self.length_s:.1f} s on average, {self.stretches:,} "
            f"stretches. {self.machine.words()}."
        )
        yield (
            f"Rows written in {self.fill_s:.1f} s, indexes ({self.index_url}) built in {self.build_s:.1f} s, opened in "
            f"{self.open_s:.2f} s."
        )
        yield ""
        heads = (
            "search by",
            "queries",
            "found first %",
            "cosine of the next",
            "median",
            "p95",
            "searching, median",
            "searching, p95",
        )
        yield from table(
            heads,
            [
                (
                    name,
                    str(times.queries),
                    percent(times.found / times.queries),
                    three(times.next_cosine),
                    f"{times.median_ms:.1f} ms",
                    f"{times.p95_ms:.1f} ms",
                    f"{times.searching_median_ms:.1f} ms",
                    f"{times.searching_p95_ms:.1f} ms",
                )
                for name, times in (("a frame", self.frames), ("a clip", self.clips))
            ],
        )
        yield "Searching is what is left without decoding and describing the query."
        yield ""
        yield from table(
            ("search by", "step", "median of those that took it", "searches"),
            [
                (name, step, f"{ms:.1f} ms", str(times.steps_taken[step]))
                for name, times in (("a frame", self.frames), ("a clip", self.clips))
                for step, ms in times.steps_ms.items()
            ],
            words=2,
        )
        yield ""
        yield (
            f"Resident memory: {self.before_mb:.0f} MiB before the indexes were opened, {self.opened_mb:.0f} after it, "
            f"{self.searched_mb:.0f} after all searches; the indexes map {self.mapped_bytes / 2**20:.0f} MiB of files "
            f"and hold {self.private_bytes / 2**20:.0f} MiB."
            + ("" if self.is_kept else " This process made the catalogue too: measure a kept one for its memory alone.")
        )
        yield (
            f"Disk: database {self.database_bytes / 2**20:.0f} MiB, indexes {self.index_bytes / 2**20:.0f} MiB; strips "
            f"would take another {self.strips_bytes / 2**20:.0f} MiB."
        )


@dataclass(frozen=True, slots=True)
class _Made:
    """How a catalogue was made.

    Attributes:
        fill_s, build_s: see VideoSpeed.
        holds: by name of a clip below the folder, the video that shows it as it is.
        strip_bytes: of a strip, on average.
    """

    fill_s: float
    build_s: float
    holds: Mapping[str, int]
    strip_bytes: float


def measure_video_speed(
    order: VideoSpeedOrder,
    extractor: Extractor,
    home: Home,
    *,
    index_url: str,
    keep: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
    advance: Advance = lambda *_: None,
) -> VideoSpeed:
    """Make a catalogue of many hours, or take the kept one, and search it with frames and clips.

    Args:
        order: what is measured.
        extractor: describes frames.
        home: from a folder to where the indexes are kept.
        index_url: of that home, for the report and to tell kept catalogues apart.
        keep: folder of the catalogues, one in a folder each; each can be deleted at any time. None: a temporary one.
        say: told what happens.
        advance: told how much of that is done, of how much.
    Raises:
        BadInput: there is no table of clips, they are of one source, or none is in the catalogue.
    """
    clips = read_clips(order.folder)
    with ExitStack() as stack:
        kept = keep or Path(stack.enter_context(TemporaryDirectory(prefix="retrace-video-speed-")))
        root = kept / _name_of(order, clips, extractor, index_url)
        made = _read_made(root)
        is_kept = made is not None
        if made is None:
            made = _make(order, clips, extractor, home, root, say=say, advance=advance)
        queries = _draw(order, clips, made)
        # What decoder and model take when they first run is no part of what the catalogue takes.
        describe_clips([queries[0].clip], extractor, Sampling())
        process = os.getpid()
        before_mb = resident_mb(process)
        started = time.perf_counter()
        engine = stack.enter_context(open_engine_in(root, extractor, home))
        open_s = time.perf_counter() - started
        opened_mb = resident_mb(process)
        say(f"Searching with {len(queries)} frames and as many clips")
        frames, searched = _search(engine, queries, advance)
        memory = [index.status.memory for index in (engine.frames, engine.summaries)]
        counts = engine.shelf.counts()
        return VideoSpeed(
            machine=this_machine(),
            hours=counts.duration_ms / MS_AN_HOUR,
            videos=counts.videos,
            stretches=counts.ranges,
            length_s=counts.duration_ms / 1000 / counts.videos,
            index_url=index_url,
            fill_s=made.fill_s,
            build_s=made.build_s,
            open_s=open_s,
            frames=frames,
            clips=searched,
            before_mb=before_mb,
            opened_mb=opened_mb,
            searched_mb=resident_mb(process),
            mapped_bytes=sum(each.mapped_bytes for each in memory),
            private_bytes=sum(each.private_bytes for each in memory),
            database_bytes=sum(path.stat().st_size for path in root.glob("catalogue.sqlite*")),
            index_bytes=sum(path.stat().st_size for path in (root / "index").rglob("*") if path.is_file()),
            strips_bytes=round(counts.videos * made.strip_bytes),
            is_kept=is_kept,
        )


def _name_of(order: VideoSpeedOrder, clips: Sequence[LabelledClip], extractor: Extractor, index_url: str) -> str:
    """Return a name for a catalogue that differs where its videos, their descriptors or its indexes may."""
    files = [(_key(order, clip), clip.source, clip.path.stat().st_size) for clip in clips if clip.path.is_file()]
    said = [VERSION, order.hours, order.length_s, order.seed, files, extractor.model_id, index_url]
    return sha256(json.dumps(said).encode()).hexdigest()[:16]


def _key(order: VideoSpeedOrder, clip: LabelledClip) -> str:
    return clip.path.relative_to(order.folder).as_posix()


def _read_made(root: Path) -> _Made | None:
    """Return how the catalogue in a folder was made; None where there is none, or it was stopped half-way."""
    try:
        return _Made(**json.loads((root / _WHOLE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _make(
    order: VideoSpeedOrder,
    clips: Sequence[LabelledClip],
    extractor: Extractor,
    home: Home,
    root: Path,
    *,
    say: Callable[[str], None],
    advance: Advance,
) -> _Made:
    """Make a catalogue with its indexes; what is left of one that was stopped goes first."""
    if root.exists():
        shutil.rmtree(root)
    say(f"Describing {len(clips)} clips")
    repeated = RepeatedClips(describe_clips(clips, extractor, Sampling(), advance=advance), seed=order.seed)
    root.mkdir(parents=True)
    url = f"sqlite:///{root / 'catalogue.sqlite'}"
    upgrade(url)
    say(f"Writing {order.hours:g} hours of video")
    holds: dict[str, int] = {}
    with Catalogue.open(url) as catalogue:
        shelf = VideoShelf(catalogue.database)
        fill_s, made_s, wanted_s = 0.0, 0.0, round(order.hours * 3600)
        for video in repeated.make_videos(hours=order.hours, length_s=order.length_s, model_id=extractor.model_id):
            started = time.perf_counter()
            video_id, _ = shelf.add(video.new)
            fill_s += time.perf_counter() - started
            holds |= {_key(order, clips[place]): video_id for place in video.exact}
            made_s += video.new.duration_ms / 1000
            advance(min(round(made_s), wanted_s), wanted_s)
    say("Building the indexes")
    started = time.perf_counter()
    with open_engine_in(root, extractor, home):
        build_s = time.perf_counter() - started
    strip_bytes = float(np.mean([clip.strip_bytes for clip in repeated.clips]))
    made = _Made(fill_s=fill_s, build_s=build_s, holds=holds, strip_bytes=strip_bytes)
    begun = root / f"{_WHOLE}.begun"
    begun.write_text(json.dumps(asdict(made)), encoding="utf-8")
    begun.replace(root / _WHOLE)
    return made


@dataclass(frozen=True, slots=True)
class _Query:
    """What is searched with.

    Attributes:
        pixels: a frame of the clip, RGB uint8.
        video_id: of the video that holds the clip as it is.
    """

    clip: LabelledClip
    pixels: Picture
    video_id: int


def _draw(order: VideoSpeedOrder, clips: Sequence[LabelledClip], made: _Made) -> list[_Query]:
    """Return the clips that are searched with, all of them before one comes again, each with a frame of it."""
    held = [clip for clip in clips if _key(order, clip) in made.holds]
    if not held:
        raise BadInput("expected clips that are in the catalogue; found none", remedy="Name more --hours.")
    generator = np.random.default_rng([order.seed, 2])
    rounds = -(-order.queries // len(held))
    places = np.concatenate([generator.permutation(len(held)) for _ in range(rounds)])[: order.queries]
    queries = []
    for clip in [held[place] for place in places.tolist()]:
        frames = read_clip(clip.path).frames
        pixels = frames[int(generator.integers(len(frames)))]
        queries.append(_Query(clip, pixels, made.holds[_key(order, clip)]))
    return queries


def _search(engine: VideoEngine, queries: Sequence[_Query], advance: Advance) -> tuple[SearchTimes, SearchTimes]:
    """Search with a frame of each clip, then with each clip; before either with the last, which is not counted."""
    total = 2 * len(queries) + 2
    done = 0
    told: list[SearchTimes] = []

    def by_frame(query: _Query) -> tuple[list[tuple[int, float]], Mapping[str, float]]:
        answer = search_by_pixels(engine, query.pixels, limit=_LIMIT, watch=Stopwatch())
        return [(hit.video.id, hit.score) for hit in answer.hits], answer.steps_ms

    def by_clip(query: _Query) -> tuple[list[tuple[int, float]], Mapping[str, float]]:
        answer = search_by_video(engine, partial(open_video, query.clip.path, CLIP_LIMITS), limit=_LIMIT)
        return [(hit.video.id, hit.cosine) for hit in answer.hits], answer.steps_ms

    for search in (by_frame, by_clip):
        took_ms, steps, found, next_cosines = list[float](), list[Mapping[str, float]](), 0, list[float]()
        for place, query in enumerate((queries[-1], *queries)):
            started = time.perf_counter()
            hits, its_steps = search(query)
            elapsed_ms = (time.perf_counter() - started) * 1e3
            done += 1
            advance(done, total)
            if place == 0:
                continue
            took_ms.append(elapsed_ms)
            steps.append(its_steps)
            found += bool(hits) and hits[0][0] == query.video_id
            next_cosines += [cosine for _, cosine in hits[1:2]]
        told.append(SearchTimes.of(took_ms, steps, found, next_cosines))
    return told[0], told[1]


def _is_describing(step: str) -> bool:
    """Whether a step prepares the query, whatever the catalogue holds."""
    return step.startswith("describe") or step in {"decode", "hash"}
