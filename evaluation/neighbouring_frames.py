"""How alike the frames of a video are that follow one another, and what that leaves of finding one by its descriptor.

A frame of a video is described twice a second; what lies between must be found by a neighbour. Told are the cosines of
frames that follow one another, in the file and as they are sampled; how near the frames are to the stretch of their
video that is nearest to them; and whether a frame that is searched for is found at its own number: one that is kept by
descriptors alone, and any frame by pixels.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from errors import BadInput
from evaluation.markdown import percent, table, three
from evaluation.video_search import CLIP_LIMITS, NEAR_MS, SEED, LabelledClip, empty_engine, read_clips
from feature_extractor.descriptors import Extractor
from feature_extractor.frames import open_video
from feature_extractor.hashes import compute_pdq
from feature_extractor.video import Frame
from search.ingest import Failure
from search.kept_video import open_kept
from search.stopwatch import Stopwatch
from search.vector_index.contract import IndexHome
from search.verdict import is_too_plain
from search.video_engine import VideoEngine
from search.video_ingest import VideoIntake, VideoOffer, ingest_videos
from search.video_query import FrameHit, search_by_pixels

Advance = Callable[[int, int], None]
Cosines = NDArray[np.float32]

_BATCH = 16
_LIMIT = 5  # videos asked for


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike pairs of frames are.

    Attributes:
        name: of the pairs, in words; kind: of descriptor, 'copy' or 'similar'.
        pairs: how many.
        median, p5, least: of their cosines.
    """

    name: str
    kind: str
    pairs: int
    median: float
    p5: float
    least: float

    @classmethod
    def of(cls, name: str, kind: str, cosines: Sequence[float]) -> "Likeness":
        """Return the figures of cosines, of one at least."""
        told = np.percentile(np.asarray(cosines, np.float64), (50, 5, 0)).tolist()
        return cls(name, kind, len(cosines), *told)


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """Whether frames that are searched for are found where they are.

    Attributes:
        name: of the frames and of how they were looked for, in words.
        frames: how many; too plain ones are not searched for.
        right: whose first hit is their own video.
        own: of these, told with their own number; beside: with it, or one before or after.
        near: told at a time within half a second of theirs.
        by_pixels: whose time rests on pixels.
    """

    name: str
    frames: int
    right: int
    own: int
    beside: int
    near: int
    by_pixels: int


@dataclass(frozen=True, slots=True)
class NeighbourReport:
    """The figures.

    Attributes:
        clips: that were looked at, and are in the catalogue; frames: of them; plain: too plain to be described.
        stretches: kept of them, with a descriptor.
        neighbours: how alike frames are that follow one another.
        nearest: how near frames are to the nearest kept stretch of their video.
        found: whether frames are found at their own number.
    """

    clips: int
    frames: int
    plain: int
    stretches: int
    neighbours: tuple[Likeness, ...]
    nearest: tuple[Likeness, ...]
    found: tuple[OwnNumber, ...]

    def to_record(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """Yield the figures as Markdown."""
        yield (
            f"{self.clips} clips, {self.frames:,} frames, {self.plain:,} of them too plain to be described; "
            f"{self.stretches:,} stretches kept."
        )
        for title, told in (("cosine of", self.neighbours), ("cosine of", self.nearest)):
            yield ""
            yield from table(
                (title, "descriptor", "pairs", "median", "p5", "least"),
                [
                    (each.name, each.kind, f"{each.pairs:,}", three(each.median), three(each.p5), three(each.least))
                    for each in told
                ],
                words=2,
            )
        yield ""
        yield from table(
            (
                "searched for",
                "frames",
                "right video %",
                "own number %",
                "or one beside %",
                "within .5 s %",
                "by pixels %",
            ),
            [
                (
                    each.name,
                    str(each.frames),
                    *(
                        percent(part / max(each.frames, 1))
                        for part in (each.right, each.own, each.beside, each.near, each.by_pixels)
                    ),
                )
                for each in self.found
            ],
        )


@dataclass(frozen=True, slots=True)
class _Described:
    """A clip, all of its frames described.

    Attributes:
        frames: all of them, in order; the place of each is its number.
        copy, similar: of each, float32 (frames, dim), L2 norm 1.
        plain: which are too plain to be described when kept.
        sampled: numbers of those that are looked at when it is added.
    """

    frames: Sequence[Frame]
    copy: Cosines
    similar: Cosines
    plain: NDArray[np.bool_]
    sampled: Sequence[int]


def measure_neighbours(
    folder: Path,
    extractor: Extractor,
    home: Callable[[Path], IndexHome],
    *,
    clips: int,
    moments: int,
    advance: Advance = lambda *_: None,
) -> NeighbourReport:
    """Look at every frame of some clips of the val part, add these to a catalogue of their own, and search it.

    Args:
        folder: with labels.csv.
        extractor: describes frames.
        home: from a folder to where the indexes are kept.
        clips: drawn of the val part.
        moments: frames of each, drawn among all, that are searched for by pixels.
        advance: told how many clips are done, of how many.
    Raises:
        BadInput: there are too few clips of the val part.
    """
    held_out = [clip for clip in read_clips(folder) if clip.split == "val"]
    if len(held_out) < clips:
        raise BadInput(
            f"expected {clips} clips of the val part; there are {len(held_out)}", remedy="Name fewer --clips."
        )
    generator = np.random.default_rng(SEED)
    drawn = [held_out[place] for place in generator.permutation(len(held_out))[:clips].tolist()]
    with empty_engine(extractor, home) as (_, engine):
        intake = VideoIntake(extractor, engine.shelf, engine.posters, engine.sampling, engine.limits, threads=1)
        offers = [VideoOffer(clip.path) for clip in drawn]
        ingest_videos(intake, offers, collection=None, on_progress=lambda _: None, on_failure=_refuse)
        for index in (engine.frames, engine.summaries):
            index.catch_up()
        watcher = _Watcher(engine)
        for done, clip in enumerate(drawn, start=1):
            watcher.look(clip, moments, generator)
            advance(done, clips)
        return watcher.report(clips)


class _Watcher:
    """Takes clip after clip in."""

    def __init__(self, engine: VideoEngine) -> None:
        self._engine = engine
        self._frames = self._plain = self._stretches = 0
        self._cosines: dict[tuple[str, str], list[float]] = {}
        self._near: dict[tuple[str, str], list[float]] = {}
        self._found: dict[str, list[int]] = {}

    def look(self, clip: LabelledClip, moments: int, generator: np.random.Generator) -> None:
        """Take in a clip that the catalogue holds."""
        described = self._describe(clip)
        (video_id,) = self._engine.shelf.find(locator=str(clip.path.resolve()))
        ranges = self._engine.shelf.ranges_of([video_id])
        rows = self._engine.shelf.descriptors_of([each.id for each in ranges], "frame", self._engine.extractor.model_id)
        kept = rows.vectors.astype(np.float32)
        self._frames += len(described.frames)
        self._plain += int(described.plain.sum())
        self._stretches += len(kept)
        every = range(len(described.frames))
        for kind, vectors in (("copy", described.copy), ("similar", described.similar)):
            for name, numbers in (("successive frames", every), ("successive sampled frames", described.sampled)):
                self._cosines.setdefault((name, kind), []).extend(_successive(vectors, described.plain, numbers))
        for name, numbers in (("sampled frames", described.sampled), ("every frame", every)):
            seen = [number for number in numbers if not described.plain[number]]
            near = (described.copy[seen] @ kept.T).max(axis=1).tolist() if seen and len(kept) else []
            self._near.setdefault((f"{name} to their nearest kept stretch", "copy"), []).extend(near)
        described_ids = set(rows.ids.tolist())
        for each in ranges:
            if each.id in described_ids:
                self._ask("a kept frame, by descriptors", described.frames[each.frame], video_id, by_pixels=False)
        usable = np.flatnonzero(~described.plain)
        for number in generator.permutation(usable)[:moments].tolist():
            self._ask("any frame, by descriptors", described.frames[number], video_id, by_pixels=False)
            self._ask("any frame, by pixels", described.frames[number], video_id, by_pixels=True)

    def report(self, clips: int) -> NeighbourReport:
        """Return the figures of all."""
        return NeighbourReport(
            clips=clips,
            frames=self._frames,
            plain=self._plain,
            stretches=self._stretches,
            neighbours=tuple(Likeness.of(*named, told) for named, told in self._cosines.items() if told),
            nearest=tuple(Likeness.of(*named, told) for named, told in self._near.items() if told),
            found=tuple(OwnNumber(name, *counted) for name, counted in self._found.items()),
        )

    def _describe(self, clip: LabelledClip) -> _Described:
        with open_video(clip.path, CLIP_LIMITS) as reader:
            frames = list(reader.frames(None))
        with open_video(clip.path, CLIP_LIMITS) as reader:
            sampled = [frame.number for frame in reader.frames(self._engine.sampling)]
        batches = [frames[first : first + _BATCH] for first in range(0, len(frames), _BATCH)]
        told = [self._engine.extractor.describe([frame.pixels for frame in batch]) for batch in batches]
        return _Described(
            frames=frames,
            copy=np.concatenate([each.copy for each in told]),
            similar=np.concatenate([each.similar for each in told]),
            plain=np.array([is_too_plain(compute_pdq(frame.pixels)) for frame in frames]),
            sampled=sampled,
        )

    def _ask(self, name: str, frame: Frame, video_id: int, *, by_pixels: bool) -> None:
        """Search for a frame and count where it is found."""
        answer = search_by_pixels(
            self._engine,
            frame.pixels,
            limit=_LIMIT,
            watch=Stopwatch(),
            open_kept=open_kept if by_pixels else None,
        )
        counted = self._found.setdefault(name, [0] * 6)
        counted[0] += 1
        hit: FrameHit | None = answer.hits[0] if answer.hits else None
        if hit is None or hit.video.id != video_id:
            return
        off = abs(hit.frame - frame.number)
        is_near = abs(hit.frame_ms - frame.ms) <= NEAR_MS
        for place, holds in enumerate((True, off == 0, off <= 1, is_near, hit.timed_by == "pixels"), start=1):
            counted[place] += holds


def _successive(vectors: Cosines, plain: NDArray[np.bool_], numbers: Sequence[int]) -> list[float]:
    """Return the cosine of each of these frames with the next of them, where neither is plain."""
    chosen = np.asarray(numbers, np.int64)
    before, after = chosen[:-1], chosen[1:]
    told = ~plain[before] & ~plain[after]
    return [float(cosine) for cosine in np.einsum("nd,nd->n", vectors[before[told]], vectors[after[told]])]


def _refuse(failure: Failure) -> None:
    """Stop at a clip that cannot be read: figures over fewer clips than told would mislead."""
    raise BadInput(f"{failure.locator}: {failure.reason}")
