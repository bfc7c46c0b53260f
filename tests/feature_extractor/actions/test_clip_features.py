"""A clip is seen in frames spread over it, however long it is."""

from pathlib import Path

import numpy as np
import pytest

from errors import SourceUnreadable, VideoError
from feature_extractor.actions.clip_features import ClipExtractor, pool_frames, read_clip, spread
from feature_extractor.backbones import FEATURES, open_backbone
from tests.small_backbone import LENGTH, write_small_backbone
from tests.videos import draw_shot, encode_video


@pytest.mark.parametrize("length", [1, 3, 8, 15, 16, 17, 63, 64, 500])
@pytest.mark.parametrize("wanted", [1, 4, 8])
def test_frames_lie_evenly_over_a_sequence_of_any_length(length: int, wanted: int) -> None:
    numbers = [
        int(frame[0, 0, 0]) * 256 + int(frame[0, 0, 1]) for frame in spread(map(numbered, range(length)), wanted)
    ]
    assert len(numbers) == wanted
    assert numbers == sorted(numbers)
    middles = (np.arange(wanted) + 0.5) * length / wanted
    assert np.abs(np.array(numbers) - middles).max() <= max(1, length / wanted)


def numbered(number: int) -> np.ndarray:
    return np.full((1, 1, 3), (number // 256, number % 256, 0), np.uint8)


def test_nothing_is_no_clip() -> None:
    with pytest.raises(SourceUnreadable):
        spread([], 4)


def test_a_still_shot_has_a_mean_and_no_deviation_or_change() -> None:
    still = pool_frames(np.tile(np.array([[3.0, 4.0]], np.float32), (5, 1)))
    np.testing.assert_allclose(still, [0.6, 0.8, 0, 0, 0, 0], atol=1e-6)
    turned = pool_frames(np.array([[3, 4], [4, 3], [3, 4], [4, 3]], np.float32))
    np.testing.assert_allclose(np.linalg.norm(turned.reshape(3, 2), axis=1), 1, atol=1e-6)


def test_the_order_of_frames_counts_in_changes_alone() -> None:
    frames = np.random.default_rng(0).random((6, 9), np.float32)
    sorted_frames = frames[np.argsort(frames[:, 0])]
    one, other = pool_frames(frames), pool_frames(sorted_frames)
    np.testing.assert_allclose(one[:18], other[:18], atol=1e-5)
    assert np.abs(one[18:] - other[18:]).max() > 1e-3


def test_clips_are_described_in_order_by_any_number_of_threads(tmp_path: Path) -> None:
    paths = []
    for seed in range(7):
        paths.append(tmp_path / f"{seed}.mp4")
        paths[-1].write_bytes(encode_video(draw_shot(seed, 6)))
    backbone = open_backbone(write_small_backbone(tmp_path / "small.xml"), threads=1)
    single = ClipExtractor(backbone, FEATURES, frames=4).describe(paths)
    many = ClipExtractor(backbone, FEATURES, frames=4, workers=3)
    assert single.shape == (7, many.length) == (7, 3 * LENGTH)
    np.testing.assert_array_equal(many.describe(paths), single)
    assert many.describe([]).shape == (0, many.length)
    assert len(np.unique(single.round(4), axis=0)) == 7


def test_a_clip_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(encode_video(draw_shot(1, 6))[:200])
    with pytest.raises(VideoError, match=r"broken\.mp4"):
        read_clip(tmp_path / "broken.mp4", 4)
    with pytest.raises(SourceUnreadable, match=r"absent\.mp4"):
        read_clip(tmp_path / "absent.mp4", 4)
