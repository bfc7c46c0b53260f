from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from search.alignment import NEAR_MS, Scale, Timeline, align

DIM = 64
SCALE = Scale(pair_floor=0.45, match=0.55)


def walk(seed: int, frames: int) -> Timeline:
    """Return a video whose frames slowly change: neighbours have a cosine of about .9, far ones of about 0."""
    generator = np.random.default_rng(seed)
    at = generator.standard_normal(DIM)
    vectors = []
    for _ in range(frames):
        at = 0.9 * at + 0.436 * generator.standard_normal(DIM)
        vectors.append(at / np.linalg.norm(at))
    return Timeline(500 * np.arange(frames, dtype=np.int64), np.array(vectors, np.float32))


def edited(vectors: NDArray[np.float32], seed: int, strength: float = 0.6) -> NDArray[np.float32]:
    """Return descriptors moved at random, to a cosine of about 1 / √(1 + strength²)."""
    noise = np.random.default_rng(seed).standard_normal(vectors.shape) / DIM**0.5
    moved = vectors + strength * noise
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)


def resampled(video: Timeline, at_ms: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the descriptors at any times, between frames by interpolation."""
    columns = [np.interp(at_ms, video.ms, video.vectors[:, column]) for column in range(DIM)]
    between = np.stack(columns, axis=1)
    return np.asarray(between / np.linalg.norm(between, axis=1, keepdims=True), np.float32)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), start=st.integers(0, 60), frames=st.integers(6, 40))
def test_excerpt_is_found_in_its_place(seed: int, start: int, frames: int) -> None:
    held = walk(seed, 100)
    part = slice(start, start + frames)
    (segment,) = align(Timeline(held.ms[:frames], edited(held.vectors[part], seed + 1)), held, SCALE)
    assert segment.query_first_ms <= 1000
    assert segment.query_last_ms >= 500 * (frames - 3)
    for asked_ms, held_ms in (
        (segment.query_first_ms, segment.first_ms),
        (segment.query_last_ms, segment.last_ms),
    ):
        assert held_ms == pytest.approx(asked_ms + 500 * start, abs=NEAR_MS)
    assert segment.cosine > 0.7
    assert segment.contrast > 0


@pytest.mark.parametrize("speed", [0.9, 0.95, 1.0, 1.05, 1.1])
def test_speed_is_found(speed: float) -> None:
    held = walk(1, 120)
    ms = 500 * np.arange(80, dtype=np.int64)
    asked = Timeline(ms, edited(resampled(held, np.asarray(3250 + speed * ms, np.float64)), 2, strength=0.4))
    (segment,) = align(asked, held, SCALE)
    assert segment.speed == pytest.approx(speed, abs=0.01)
    assert segment.first_ms == pytest.approx(3250 + speed * segment.query_first_ms, abs=250)
    assert segment.last_ms == pytest.approx(3250 + speed * segment.query_last_ms, abs=250)


def test_cut_makes_two_segments_and_an_intro_none() -> None:
    held, foreign = walk(1, 90), walk(2, 12)
    vectors = np.concatenate([foreign.vectors, held.vectors[10:30], held.vectors[55:80]])
    asked = Timeline(500 * np.arange(len(vectors), dtype=np.int64), edited(vectors, 3))
    first, second = align(asked, held, SCALE)
    assert first.query_first_ms == pytest.approx(6000, abs=1000)
    assert first.last_ms == pytest.approx(14_500, abs=1000)
    assert second.query_first_ms == pytest.approx(16_000, abs=1000)
    assert second.first_ms == pytest.approx(27_500, abs=1000)
    assert second.last_ms == pytest.approx(39_500, abs=1000)


def test_no_frame_of_the_query_is_told_twice() -> None:
    held = walk(4, 60)
    vectors = np.concatenate([held.vectors[:20], held.vectors[:20], held.vectors[30:50]])
    segments = align(Timeline(500 * np.arange(60, dtype=np.int64), vectors), held, SCALE)
    assert len(segments) == 3
    for before, after in pairwise(segments):
        assert before.query_last_ms < after.query_first_ms


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_strangers_have_nothing_in_common(seed: int) -> None:
    assert all(segment.cosine < 0.75 for segment in align(walk(seed, 40), walk(seed + 10**7, 200), SCALE))


def test_empty_and_short_videos_have_no_segment() -> None:
    held = walk(1, 20)
    none = Timeline(np.empty(0, np.int64), np.empty((0, DIM), np.float32))
    assert align(none, held, SCALE) == ()
    assert align(held, none, SCALE) == ()
    assert align(Timeline(held.ms[:2], held.vectors[:2]), held, SCALE) == ()


def test_still_scene_is_found_as_a_whole_and_has_no_contrast() -> None:
    still = Timeline(500 * np.arange(30, dtype=np.int64), np.repeat(walk(5, 1).vectors, 30, axis=0))
    (segment,) = align(Timeline(still.ms[:10], still.vectors[:10]), still, SCALE)
    assert segment.frames == 10
    assert segment.contrast == pytest.approx(0, abs=1e-5)


def test_long_videos_are_compared_in_blocks() -> None:
    held = walk(6, 9000)
    asked = Timeline(500 * np.arange(30, dtype=np.int64), edited(held.vectors[4085:4115], 7))  # over a seam
    (segment,) = align(asked, held, SCALE)
    assert segment.first_ms == pytest.approx(500 * 4085, abs=600)
    assert segment.frames >= 28
