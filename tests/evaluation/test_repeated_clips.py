"""Repetitions of clips are isometric worlds: each as it is within, and as far from the others as strangers are."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from errors import BadInput
from evaluation.repeated_clips import MS_AN_HOUR, MadeVideo, RepeatedClips, describe_clips
from evaluation.video_search import read_clips
from feature_extractor.video import Sampling
from tests.evaluation.labelled_clips import write_clips
from tests.fake_extractor import FakeExtractor

CLIPS = 6


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> RepeatedClips:
    folder = write_clips(tmp_path_factory.mktemp("clips"), number=CLIPS)
    return RepeatedClips(describe_clips(read_clips(folder), FakeExtractor(), Sampling()), seed=5)


def vectors_of(repeated: RepeatedClips, world: int) -> list[NDArray[np.float32]]:
    """Return the descriptors of each clip in a world."""
    return [np.stack([each.vector for each in ranges if each.vector is not None]) for ranges in repeated.world(world)]


def make(repeated: RepeatedClips, *, seconds: float, length_s: float | None = None) -> list[MadeVideo]:
    return list(repeated.make_videos(hours=seconds / 3600, length_s=length_s, model_id="a" * 64))


def test_the_first_world_is_the_clips_as_they_are(repeated: RepeatedClips) -> None:
    assert repeated.world(0) == [clip.described.ranges for clip in repeated.clips]


def test_all_cosines_within_a_world_are_the_real_ones(repeated: RepeatedClips) -> None:
    real = np.concatenate(vectors_of(repeated, 0))
    for world in (1, 2, 7):
        turned = np.concatenate(vectors_of(repeated, world))
        np.testing.assert_allclose(turned @ turned.T, real @ real.T, atol=1e-5)
        times = [[(each.first_ms, each.last_ms, each.frame) for each in ranges] for ranges in repeated.world(world)]
        assert times == [
            [(each.first_ms, each.last_ms, each.frame) for each in clip.described.ranges] for clip in repeated.clips
        ]


def test_a_world_is_as_far_from_the_clips_as_a_stranger_is(repeated: RepeatedClips) -> None:
    real = np.concatenate(vectors_of(repeated, 0))
    least, most = repeated.nearest_strangers[[0, -1]]
    for world in range(1, 6):
        cosines = (real * np.concatenate(vectors_of(repeated, world))).sum(axis=1)
        assert least - 0.02 <= cosines.mean() <= most + 0.02
    one, other = (np.concatenate(vectors_of(repeated, world)) for world in (1, 2))
    assert (one * other).sum(axis=1).max() < 0.9  # the copy threshold of this extractor


def test_worlds_are_the_same_each_time_and_differ_by_seed(repeated: RepeatedClips) -> None:
    again = RepeatedClips(repeated.clips, seed=5)
    another = RepeatedClips(repeated.clips, seed=6)
    np.testing.assert_array_equal(vectors_of(repeated, 3)[0], vectors_of(again, 3)[0])
    assert np.abs(vectors_of(repeated, 3)[0] - vectors_of(another, 3)[0]).max() > 0.01


def test_each_clip_is_a_video_until_the_hours_are_full(repeated: RepeatedClips) -> None:
    lasts_s = repeated.clips[0].described.duration_ms / 1000
    videos = make(repeated, seconds=2.5 * CLIPS * lasts_s)
    assert len(videos) == pytest.approx(2.5 * CLIPS, abs=1)
    assert sum(video.new.duration_ms for video in videos) >= 2.5 * CLIPS * lasts_s * 1000
    assert sorted(place for video in videos for place in video.exact) == list(range(CLIPS))
    assert len({video.new.sha256 for video in videos}) == len(videos)
    for video in videos:
        for place in video.exact:
            assert tuple(video.new.ranges) == repeated.clips[place].described.ranges


def test_longer_videos_are_clips_one_after_the_other(repeated: RepeatedClips) -> None:
    videos = make(repeated, seconds=30, length_s=7)
    assert sum(video.new.duration_ms for video in videos) >= 30_000
    assert all(video.new.duration_ms >= 7000 for video in videos[:-1])
    assert sorted(place for video in videos for place in video.exact) == list(range(CLIPS))
    for video in videos:
        ranges = video.new.ranges
        assert all(one.last_ms < other.first_ms and one.frame < other.frame for one, other in pairwise(ranges))
        assert ranges[-1].last_ms < video.new.duration_ms
        assert video.new.summary is not None
        assert np.linalg.norm(video.new.summary) == pytest.approx(1, abs=1e-5)
    assert make(repeated, seconds=1.0, length_s=600.0)[0].new.duration_ms < MS_AN_HOUR  # never longer than wanted


def test_clips_of_one_source_are_refused(repeated: RepeatedClips) -> None:
    with pytest.raises(BadInput, match="two sources"):
        RepeatedClips(repeated.clips[:1], seed=0)


def test_a_clip_that_is_gone_is_named(tmp_path: Path) -> None:
    clips = read_clips(write_clips(tmp_path, number=2))
    clips[1].path.unlink()
    with pytest.raises(BadInput, match=r"clip-1\.mp4"):
        describe_clips(clips, FakeExtractor(), Sampling())
