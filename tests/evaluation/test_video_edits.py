from pathlib import Path

import numpy as np
import pytest

from evaluation.video_edits import VIDEO_EDITS, Clip, Stretch, encode_clip, read_clip
from feature_extractor.frames import open_video
from feature_extractor.video import VideoLimits
from tests.videos import draw_shot, encode_video

FPS = 10.0


def numbered(frames: int) -> Clip:
    """Return a clip whose frames tell their number by their grey."""
    pictures = [np.full((64, 96, 3), 4 * number, np.uint8) for number in range(frames)]
    seconds = frames / FPS
    return Clip(pictures, FPS, 23, (Stretch(0.0, seconds, 0.0, seconds),))


@pytest.mark.parametrize("edit", VIDEO_EDITS, ids=lambda edit: edit.name)
def test_stretches_tell_what_each_frame_shows(edit: object) -> None:
    foreign = Clip([np.full((48, 48, 3), 255, np.uint8)] * 10, FPS, 23, ())
    edited = edit.apply(numbered(60), 0, foreign)  # type: ignore[attr-defined] # given by the list above
    for number, pixels in enumerate(edited.frames):
        at_s = (number + 0.5) / edited.fps
        (stretch, *_) = [each for each in edited.stretches if each.first_s <= at_s <= each.last_s] or [None]
        grey = int(np.median(pixels[:, pixels.shape[1] // 2]))
        if stretch is None:
            assert grey == 255  # of the foreign clip
        else:
            assert grey / 4 == pytest.approx(FPS * stretch.original_at(at_s) - 0.5, abs=1)


@pytest.mark.parametrize("edit", VIDEO_EDITS, ids=lambda edit: edit.name)
def test_edited_clip_is_a_video_of_its_length(edit: object, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(encode_video(draw_shot(1, 24)))
    clip = read_clip(path)
    edited = edit.apply(clip, 0, clip)  # type: ignore[attr-defined]
    with open_video(encode_clip(edited), VideoLimits()) as video:
        frames = list(video.frames(None))
    assert len(frames) == len(edited.frames)
    assert frames[-1].ms == pytest.approx(1000 * (len(edited.frames) - 1) / edited.fps, abs=60)
