"""Which part of one video shows the same as which part of another, by the descriptors of their frames.

Pairs of frames that look alike vote for a line `time held = speed × time asked + offset` (a Hough transform over offset
and speed, as in Douze et al., "An image-based approach to video copy detection with spatio-temporal post-filtering",
2010). The strongest line is fitted again to the pairs near it by weighted least squares, and the best run of frames
along it, which may pass over a few that do not match, is a segment: the maximum of a sum of gains and losses, found
by dynamic programming in one pass. What is left of the query votes again, so that cuts come out as several segments.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PAIR_FLOOR = 0.35
"""Least cosine of two frames that vote, as a share of the model's copy threshold: a harshly edited copy may come this
low, and only its line tells it. Of two frames of `train` clips from different sources 8 in a hundred do."""
MATCH = 0.5
"""Cosine at which a frame along a line neither gains nor loses, likewise: 2 in a hundred of such frames reach it."""
SPEEDS = (1.0, 0.9, 0.925, 0.95, 0.975, 1.025, 1.05, 1.075, 1.1)
"""Speeds that are voted for; the fit afterwards finds those between and a little beyond."""
SLOWEST, FASTEST = 0.85, 1.15
NEAR_MS = 400
"""How far from a line a pair may lie: frames are kept every half second, so the nearest is a quarter away at most."""
MOST_SEGMENTS = 8
LEAST_FRAMES = 3
"""Matching frames of a segment: two agree in time by chance."""

_BIN_MS = 250
# Four bins, so that two frames' steps fit in: of frames that stand on one grid a window of another length would catch
# more at the speed of 1 than at any other.
_WINDOW = np.array([1.0, 2.0, 2.0, 1.0])
_LOSS = 0.2  # of a frame of the query whose place on the line shows something else, or nothing
_LEAST_SPAN_MS = 3000  # over which pairs must spread for a speed to be fitted
_PLAIN_SPEED = 0.97  # share of the best vote at which the speed is left as it is
_BLOCK = 4096  # frames held that are compared at a time
_BEST = 16  # pairs of a frame of the query that vote, of each block: stills would else pair with everything
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Timeline:
    """Described frames of a video in the order of time.

    Attributes:
        ms: int64 (n,), when each is shown.
        vectors: float32 (n, dim), L2 norm 1.
    """

    ms: NDArray[np.int64]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a query that shows the same as a part of a video held.

    Attributes:
        query_first_ms, query_last_ms: of the query.
        first_ms, last_ms: of the video held.
        speed: how many seconds of the video held pass in one of the query.
        cosine: mean over the frames of the query that match, 0..1.
        frames: how many match.
        contrast: by how much the mean is greater than at a second before and after in the video held: 0 where
            nothing moves, or where it is another take of the same scene.
    """

    query_first_ms: int
    query_last_ms: int
    first_ms: int
    last_ms: int
    speed: float
    cosine: float
    frames: int
    contrast: float


@dataclass(frozen=True, slots=True)
class Scale:
    """What cosines mean under a model.

    Attributes:
        pair_floor: least cosine of two frames that vote.
        match: cosine at which a frame along a line neither gains nor loses.
    """

    pair_floor: float
    match: float

    @classmethod
    def of(cls, copy_threshold: float) -> "Scale":
        """Return the scale of a model, from the least cosine of a probable copy."""
        return cls(PAIR_FLOOR * copy_threshold, MATCH * copy_threshold)


@dataclass(slots=True)
class _Pairs:
    """Frames that look alike: positions in both timelines, and cosines."""

    asked: NDArray[np.intp]
    held: NDArray[np.intp]
    cosines: NDArray[np.float32]

    def of(self, kept: NDArray[np.bool_]) -> "_Pairs":
        return _Pairs(self.asked[kept], self.held[kept], self.cosines[kept])


@dataclass(frozen=True, slots=True)
class _Line:
    """`time held = speed × time asked + offset_ms`."""

    speed: float
    offset_ms: float

    def at(self, asked_ms: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(self.speed * asked_ms + self.offset_ms, np.float64)


@dataclass(frozen=True, slots=True)
class _Run:
    """Frames of the query, the first and the last, with their best cosines along a line: float64 (frames,)."""

    first: int
    last: int
    cosines: NDArray[np.float64]


def align(asked: Timeline, held: Timeline, scale: Scale) -> tuple[Segment, ...]:
    """Return the segments in which a video held shows the same as the one asked for, in the order of the query.

    Each frame of the query is in one segment at most. Memory is bounded by some 16 pairs for each frame of the query
    and 4,096 frames held.

    Args:
        asked, held: at about two frames a second each.
        scale: of the model that described both.
    """
    pairs = _pairs(asked, held, scale.pair_floor)
    segments: list[Segment] = []
    while len(pairs.asked) >= LEAST_FRAMES and len(segments) < MOST_SEGMENTS:
        line = _vote(asked, held, pairs, scale.pair_floor)
        for _ in range(_ROUNDS):
            line = _fit(asked, held, pairs, line, scale.pair_floor)
        run = _best_run(_along(asked, held, pairs, line), scale.match)
        if run is None:
            break
        segments.append(_segment(asked, held, line, run, scale.match))
        pairs = pairs.of((pairs.asked < run.first) | (pairs.asked > run.last))
    return tuple(sorted(segments, key=lambda segment: segment.query_first_ms))


def _pairs(asked: Timeline, held: Timeline, floor: float) -> _Pairs:
    """Return the pairs that vote."""
    found = [*_pairs_of_blocks(asked.vectors, held.vectors, floor)]
    if not found:
        return _Pairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float32))
    return _Pairs(*(np.concatenate(arrays) for arrays in zip(*found, strict=True)))


def _pairs_of_blocks(
    asked: NDArray[np.float32], held: NDArray[np.float32], floor: float
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]]:
    for start in range(0, len(held), _BLOCK):
        cosines = asked @ held[start : start + _BLOCK].T  # (asked, block)
        if cosines.shape[1] > _BEST:
            least = np.partition(cosines, -_BEST, axis=1)[:, -_BEST, None]
        else:
            least = np.full((len(asked), 1), -1, np.float32)
        rows, columns = np.nonzero((cosines >= floor) & (cosines >= least))
        yield rows, columns + start, cosines[rows, columns]


def _vote(asked: Timeline, held: Timeline, pairs: _Pairs, floor: float) -> _Line:
    """Return the line that most pairs vote for, the nearer ones more."""
    weights = ((pairs.cosines - floor) / (1 - floor)).astype(np.float64) ** 2
    best, most = _Line(1.0, 0.0), 0.0
    for speed in SPEEDS:
        offsets = held.ms[pairs.held] - speed * asked.ms[pairs.asked]
        least = offsets.min()
        places = ((offsets - least) // _BIN_MS).astype(np.int64)
        votes = np.convolve(np.bincount(places, weights), _WINDOW)  # of place - 3 to place, at `place`
        place = int(votes.argmax())
        vote = votes[place] * (1.0 if speed == 1.0 else _PLAIN_SPEED)
        if vote > most:
            best, most = _Line(speed, float(least + (place - 1) * _BIN_MS)), float(vote)
    return best


def _fit(asked: Timeline, held: Timeline, pairs: _Pairs, line: _Line, floor: float) -> _Line:
    """Return a line fitted to the pairs near one; its speed only where they spread over some seconds."""
    near = pairs.of(np.abs(held.ms[pairs.held] - line.at(asked.ms[pairs.asked])) <= NEAR_MS)
    if len(near.asked) < LEAST_FRAMES:
        return line
    x, y = asked.ms[near.asked].astype(np.float64), held.ms[near.held].astype(np.float64)
    weights = (near.cosines.astype(np.float64) - floor) ** 2 + 1e-9
    mean_x, mean_y = np.average(x, weights=weights), np.average(y, weights=weights)
    speed = line.speed
    if x.max() - x.min() >= _LEAST_SPAN_MS:
        speed = float(np.sum(weights * (x - mean_x) * (y - mean_y)) / np.sum(weights * (x - mean_x) ** 2))
        speed = min(max(speed, SLOWEST), FASTEST)
    return _Line(speed, float(mean_y - speed * mean_x))


def _along(asked: Timeline, held: Timeline, pairs: _Pairs, line: _Line) -> NDArray[np.float64]:
    """Return the best cosine of each frame of the query near the line, 0 where no pair lies there: float64 (asked,)."""
    near = np.abs(held.ms[pairs.held] - line.at(asked.ms[pairs.asked])) <= NEAR_MS
    best = np.zeros(len(asked.ms))
    np.maximum.at(best, pairs.asked[near], pairs.cosines[near])
    return best


def _best_run(cosines: NDArray[np.float64], match: float) -> _Run | None:
    """Return the run of frames of the query with the greatest sum of gains along a line; None where none gains."""
    gains = np.maximum(cosines - match, -_LOSS)
    best, total, start = 0.0, 0.0, 0
    run: _Run | None = None
    for place, gain in enumerate(gains.tolist()):
        if total <= 0:
            total, start = 0.0, place
        total += gain
        if total > best:
            best, run = total, _Run(start, place, cosines[start : place + 1])
    if run is None or np.count_nonzero(run.cosines >= match) < LEAST_FRAMES:
        return None
    return run


def _segment(asked: Timeline, held: Timeline, line: _Line, run: _Run, match: float) -> Segment:
    first, last = run.first, run.last
    matching = run.cosines >= match
    at = line.at(asked.ms[[first, last]]).round().astype(np.int64)
    low, high = np.clip(at, held.ms[0], held.ms[-1]).tolist()
    mean = float(run.cosines[matching].mean())
    part = Timeline(asked.ms[first : last + 1][matching], asked.vectors[first : last + 1][matching])
    return Segment(
        query_first_ms=int(asked.ms[first]),
        query_last_ms=int(asked.ms[last]),
        first_ms=int(low),
        last_ms=int(high),
        speed=line.speed,
        cosine=mean,
        frames=int(matching.sum()),
        contrast=mean - max(_mean_at(part, held, line, shift_ms) for shift_ms in (-1000, 1000)),
    )


def _mean_at(part: Timeline, held: Timeline, line: _Line, shift_ms: int) -> float:
    """Return the mean cosine along a line moved in time, over the frames that it keeps within the video held."""
    wanted = line.at(part.ms) + shift_ms
    within = (wanted >= held.ms[0] - NEAR_MS) & (wanted <= held.ms[-1] + NEAR_MS)
    if not within.any():
        return 0.0
    nearest = np.abs(held.ms[:, None] - wanted[None, within]).argmin(axis=0)
    return float(np.einsum("ij,ij->i", part.vectors[within], held.vectors[nearest]).mean())
