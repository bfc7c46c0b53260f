"""Makes a catalogue of many hours of video out of few real clips: their described frames, turned anew each time.

Speed and memory of a search follow from how many videos and frames there are and from how their descriptors lie, not
from what encoded the files. So the clips are read and described once, as `video add` does it, and every repetition of
all of them is a *world*: the same clips, stretches and times, all of their descriptors turned by one rotation.

**What a rotation leaves.** All cosines within a world are those of the real clips, to the last digit: how alike the
frames of a clip are that follow one another, and how alike different clips are. The rotation is

    R = cos(a) I + sin(a) J,   J antisymmetric with J J = -I,

which brings all that it moves to the angle `a` from where it was, in random planes. The axes that J mixes are the
principal axes of the real frames, in blocks of 32 of like variance, so that turned frames are spread over as few
dimensions as real ones, and the first axis, which is nearly the mean of all frames, stays where it is. Nine tenths of
the cosines of frames from different sources are between -.08 and .25 within a world and between -.11 and .25 across
two, with standard deviations of .103 and .109 (the 130 clips of ucf101, eight worlds, seed 101). With planes drawn
from the whole space the latter would be about .07, and searching easier than it is.

**How far.** For each world a cosine is drawn from those that the real clips have to their nearest stranger: of each
frame the greatest cosine with a frame from another source, averaged over a clip; the middle nine tenths of the clips.
A clip of one world is as near to itself in the first as different recordings are to each other, so that repetitions
are no copies, of the first or of one another. What hundreds of worlds lack is what new recordings would bring: kinds
of scenes that no clip shows.

The first world is the clips as they are, and the only one with their very descriptors: what is searched for is there
once. No file of a made video exists, and no strip of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.video_records import NewFrameRange, NewVideo
from errors import BadInput
from evaluation.video_search import CLIP_LIMITS, LabelledClip
from feature_extractor.descriptors import DIM, Extractor
from feature_extractor.frames import open_video
from feature_extractor.video import Sampling, VideoInfo
from search.video_frames import DescribedVideo, describe_video, encode_strip, summarise

MS_AN_HOUR = 3_600_000
_BLOCK = 32  # principal axes that a rotation mixes; even
_MIDDLE = (5.0, 95.0)  # percentiles of the clips' cosines with their nearest strangers that worlds are drawn between

Advance = Callable[[int, int], None]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DescribedClip:
    """A clip and all that is kept of it.

    Attributes:
        source: clips of one were cut from one recording.
        strip_bytes: of its strip of small frames, which made videos lack.
    """

    path: Path
    source: str
    info: VideoInfo
    described: DescribedVideo
    size_bytes: int
    strip_bytes: int

    @property
    def frames(self) -> int:
        """How many frames it has, about."""
        return max(1, round(self.described.duration_ms * self.info.fps / 1000))


@dataclass(frozen=True, slots=True)
class MadeVideo:
    """A video to be added.

    Attributes:
        exact: places of the clips, of those it is made of, that it shows as they are.
    """

    new: NewVideo
    exact: tuple[int, ...]


def describe_clips(
    clips: Sequence[LabelledClip], extractor: Extractor, sampling: Sampling, *, advance: Advance = lambda *_: None
) -> list[DescribedClip]:
    """Return clips with what `video add` keeps of them.

    Args:
        clips: to be read from their files.
        extractor: describes frames.
        sampling: which of them.
        advance: told how many clips are described, of how many.
    Raises:
        VideoError, PictureError, SourceUnreadable: a clip cannot be read; the message says why.
    """
    done = []
    for clip in clips:
        with open_video(clip.path, CLIP_LIMITS, threads=1) as reader:
            described = describe_video(reader, extractor, sampling)
            info = reader.info
        strip_bytes = len(encode_strip(described.tiles))
        done.append(
            DescribedClip(clip.path, clip.source, info, described, clip.path.stat().st_size, strip_bytes=strip_bytes)
        )
        advance(len(done), len(clips))
    return done


class RepeatedClips:
    """The clips, again and again, each time in another world."""

    def __init__(self, clips: Sequence[DescribedClip], *, seed: int) -> None:
        """Measure how the clips lie.

        Args:
            clips: from two sources at least.
            seed: of every draw.
        Raises:
            BadInput: they are all from one source, or show nothing that could be found.
        """
        self.clips = tuple(clips)
        self._seed = seed
        ranges = [(place, each) for place, clip in enumerate(clips) for each in clip.described.ranges]
        vectors = [each.vector for _, each in ranges if each.vector is not None]
        owners = np.array([place for place, each in ranges if each.vector is not None], np.int64)
        sources = sorted({clips[place].source for place in owners.tolist()})
        if len(sources) < 2:
            raise BadInput(
                f"expected clips from two sources at least, with frames that are not plain; received {len(sources)}",
                remedy="Name a folder whose labels.csv lists clips of several groups.",
            )
        self._vectors = np.stack(vectors)  # (frames, dim)
        self._axes, self._shares = _principal_axes(self._vectors)
        of_source = np.array([sources.index(clips[place].source) for place in owners.tolist()], np.int64)
        self._cosines = _nearest_strangers(self._vectors, owners, of_source)

    @property
    def nearest_strangers(self) -> NDArray[np.float32]:
        """Cosine of each clip with what is nearest of other sources, the mean over its frames, ascending."""
        return np.sort(self._cosines)

    def world(self, number: int) -> list[tuple[NewFrameRange, ...]]:
        """Return the stretches of every clip in a world; in world 0 they are the clips' own."""
        if number == 0:
            return [clip.described.ranges for clip in self.clips]
        turned = iter(self._turned(number))
        return [
            tuple(each if each.vector is None else replace(each, vector=next(turned)) for each in clip.described.ranges)
            for clip in self.clips
        ]

    def make_videos(self, *, hours: float, length_s: float | None, model_id: str) -> Iterator[MadeVideo]:
        """Yield videos until they are so many hours together, world after world, the clips of each shuffled.

        Args:
            hours: of all videos; the last one may go beyond.
            length_s: as many clips make a video as are needed for it to last so long; None: each clip is one.
            model_id: of the model that described them.
        """
        wanted_ms = hours * MS_AN_HOUR
        made_ms = 0
        parts: list[_Part] = []
        number = 0
        for part in self._parts():
            parts.append(part)
            lasts_ms = sum(each.clip.described.duration_ms for each in parts)
            if length_s is not None and lasts_ms < length_s * 1000 and made_ms + lasts_ms < wanted_ms:
                continue
            yield MadeVideo(
                _joined(parts, number, self._seed, model_id),
                tuple(each.place for each in parts if each.world == 0),
            )
            made_ms += lasts_ms
            if made_ms >= wanted_ms:
                return
            parts = []
            number += 1

    def _parts(self) -> Iterator["_Part"]:
        world = 0
        while True:
            ranges = self.world(world)
            for place in np.random.default_rng([self._seed, world, 1]).permutation(len(self.clips)).tolist():
                yield _Part(self.clips[place], place, world, ranges[place])
            world += 1

    def _turned(self, number: int) -> Vectors:
        """Return all descriptors in a world, float32 (frames, dim), L2 norm 1."""
        generator = np.random.default_rng([self._seed, number, 0])
        cosine = generator.choice(_middle(self._cosines))
        # The first axis stays: what it carries of the frames is common to both, so the others turn further.
        stays = float(self._shares[0])
        turn = float(np.clip((cosine - stays) / max(1.0 - stays, 1e-6), -1.0, 1.0))
        spread = self._vectors @ self._axes
        turned = spread.copy()
        for first in range(1, DIM - 1, _BLOCK):
            last = min(first + _BLOCK, DIM)
            last -= (last - first) % 2  # planes take axes by twos: the least of all may be left
            block = spread[:, first:last]
            turned[:, first:last] = turn * block + np.sqrt(1 - turn**2) * (
                block @ _quarter_turn(last - first, generator)
            )
        back = turned @ self._axes.T
        return np.asarray(back / np.linalg.norm(back, axis=1, keepdims=True), np.float32)


@dataclass(frozen=True, slots=True)
class _Part:
    """A clip in a world."""

    clip: DescribedClip
    place: int
    world: int
    ranges: tuple[NewFrameRange, ...]


def _principal_axes(vectors: Vectors) -> tuple[Vectors, NDArray[np.float64]]:
    """Return the principal axes of vectors about the origin, (dim, dim) in columns, and the share of each, falling."""
    moment = vectors.T.astype(np.float64) @ vectors.astype(np.float64) / len(vectors)
    shares, axes = np.linalg.eigh(moment)
    return np.asarray(axes[:, ::-1], np.float32), np.maximum(shares[::-1], 0.0)


def _nearest_strangers(vectors: Vectors, owners: NDArray[np.int64], of_source: NDArray[np.int64]) -> Vectors:
    """Return for each clip the mean, over its frames, of the greatest cosine with a frame of another source."""
    nearest = np.empty(len(vectors), np.float32)
    for clip in np.unique(owners):
        its = owners == clip
        strangers = of_source != of_source[its][0]
        nearest[its] = (vectors[its] @ vectors[strangers].T).max(axis=1)
    return np.array([nearest[owners == clip].mean() for clip in np.unique(owners)], np.float32)


def _middle(cosines: Vectors) -> Vectors:
    """Return those that are neither among the least nor among the greatest."""
    least, most = np.percentile(cosines, _MIDDLE)
    return cosines[(cosines >= least) & (cosines <= most)] if len(cosines) > 2 else cosines


def _quarter_turn(dim: int, generator: np.random.Generator) -> Vectors:
    """Return a quarter turn of every vector in random planes: J antisymmetric and orthogonal, (dim, dim), dim even."""
    basis, _ = np.linalg.qr(generator.standard_normal((dim, dim)))
    return np.asarray(basis[:, ::2] @ basis[:, 1::2].T - basis[:, 1::2] @ basis[:, ::2].T, np.float32)


def _joined(parts: Sequence[_Part], number: int, seed: int, model_id: str) -> NewVideo:
    """Return clips as one video, one after the other."""
    ranges: list[NewFrameRange] = []
    ms = frame = 0
    for part in parts:
        ranges += [
            NewFrameRange(each.first_ms + ms, each.last_ms + ms, each.frame + frame, each.frame_ms + ms, each.vector)
            for each in part.ranges
        ]
        ms += part.clip.described.duration_ms
        frame += part.clip.frames
    first = parts[0].clip
    return NewVideo(
        sha256=sha256(f"{seed} {number}".encode()).hexdigest(),
        locator=f"made/{number:07}/{first.path.name}",
        collection=None,
        duration_ms=ms,
        fps=first.info.fps,
        width=first.described.width,
        height=first.described.height,
        codec=first.info.codec,
        container=first.info.container,
        size_bytes=sum(part.clip.size_bytes for part in parts),
        model_id=model_id,
        ranges=ranges,
        summary=summarise([each.vector for each in ranges if each.vector is not None]),
    )
