from pathlib import Path

import numpy as np
import pytest

from errors import BadInput, BrokenPicture, SourceUnreadable, VideoTooLarge
from feature_extractor.frame_folder import FrameFolder
from feature_extractor.video import Sampling, VideoLimits
from tests.engines import encode
from tests.videos import HEIGHT, WIDTH, draw_shot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, pixels in enumerate(draw_shot(1, 12), start=1):
        (tmp_path / f"frame {number}.png").write_bytes(encode(pixels))
    (tmp_path / "notes.txt").write_text("not a frame")
    return tmp_path


def test_frames_stand_in_the_order_of_their_numbers(folder: Path) -> None:
    frames = list(FrameFolder(folder, 25, VideoLimits()).frames())
    assert [frame.ms for frame in frames] == [40 * number for number in range(12)]
    for frame, pixels in zip(frames, draw_shot(1, 12), strict=True):
        assert np.array_equal(frame.pixels, pixels)


def test_frames_are_sampled_as_those_of_a_file(folder: Path) -> None:
    reader = FrameFolder(folder, 4, VideoLimits())
    assert [frame.number for frame in reader.frames(Sampling(per_second=2))] == [0, 2, 4, 6, 8, 10]
    assert (reader.info.width, reader.info.height, reader.info.fps, reader.info.seconds) == (WIDTH, HEIGHT, 4, 3)


def test_damaged_frame_is_named(folder: Path) -> None:
    (folder / "frame 7.png").write_bytes(encode(draw_shot(1, 1)[0])[:60])
    with pytest.raises(BrokenPicture, match=r"frame 7\.png"):
        list(FrameFolder(folder, 25, VideoLimits()).frames())


@pytest.mark.parametrize("limits", [VideoLimits(max_frames=11), VideoLimits(max_seconds=1), VideoLimits(max_bytes=99)])
def test_folder_beyond_a_limit_is_refused(folder: Path, limits: VideoLimits) -> None:
    with pytest.raises(VideoTooLarge):
        FrameFolder(folder, 4, limits)


def test_folder_without_pictures_or_rate_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="frame rate"):
        FrameFolder(folder, 0, VideoLimits())
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceUnreadable, match="found none"):
        FrameFolder(tmp_path / "empty", 25, VideoLimits())
    with pytest.raises(SourceUnreadable):
        FrameFolder(tmp_path / "absent", 25, VideoLimits())
