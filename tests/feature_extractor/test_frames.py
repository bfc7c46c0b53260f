import io
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import BrokenVideo, RetraceError, SourceUnreadable, UnsupportedVideo, VideoTooLarge, VideoTooSlow
from feature_extractor.frames import open_video
from feature_extractor.video import FRAME_SIDE_PX, Frame, Sampling, VideoLimits
from tests.engines import draw, encode
from tests.videos import HEIGHT, WIDTH, draw_shot, encode_video, turn_sideways

LIMITS = VideoLimits(max_seconds=600, max_wall_s=60)


def read(data: bytes, sampling: Sampling | None = None, limits: VideoLimits = LIMITS) -> list[Frame]:
    with open_video(data, limits) as video:
        return list(video.frames(sampling))


@pytest.fixture(scope="module")
def shot() -> bytes:
    return encode_video(draw_shot(1, 30))


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "mpeg4"), ("mp4", "libx264"), ("matroska", "mpeg4"), ("webm", "libvpx"), ("avi", "mjpeg"),
     ("mpegts", "mpeg2video"), ("mpeg", "mpeg1video"), ("mov", "mjpeg"), ("flv", "flv"), ("asf", "mpeg4")],
)  # fmt: skip
def test_every_kind_of_file_gives_every_frame_in_its_place(container: str, codec: str) -> None:
    drawn = draw_shot(3, 25)
    frames = read(encode_video(drawn, fps=25, container=container, codec=codec))
    assert [frame.number for frame in frames] == list(range(25))
    assert [frame.ms for frame in frames] == pytest.approx([40 * number for number in range(25)], abs=1)
    for frame, pixels in zip(frames, drawn, strict=True):
        assert frame.pixels.shape == (HEIGHT, WIDTH, 3)
        assert np.abs(frame.pixels.astype(int) - pixels).mean() < 20


def test_header_tells_size_rate_and_length(shot: bytes) -> None:
    with open_video(shot, LIMITS) as video:
        info = video.info
    assert (info.width, info.height, info.codec, info.container) == (WIDTH, HEIGHT, "mpeg4", "MP4")
    assert [info.fps, info.seconds] == pytest.approx([10.0, 3.0])


def test_times_are_those_of_the_file_and_not_counted() -> None:
    stamps = [0, 40, 1000, 1040, 5000]  # a telephone that drops frames in the dark
    frames = read(encode_video(draw_shot(2, 5), container="matroska", stamps=stamps))
    assert [frame.ms for frame in frames] == stamps


def test_time_begins_at_the_first_frame() -> None:
    frames = read(encode_video(draw_shot(2, 3), container="matroska", stamps=[7000, 7100, 7200]))
    assert [frame.ms for frame in frames] == [0, 100, 200]


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "mpeg4"), ("mp4", "libx264"), ("matroska", "mpeg4"), ("webm", "libvpx"), ("avi", "mjpeg"),
     ("mov", "mjpeg"), ("flv", "flv"), ("asf", "mpeg4")],
)  # fmt: skip
def test_frames_between_two_times_are_those_that_reading_all_gives_then(container: str, codec: str) -> None:
    data = encode_video(draw_shot(3, 60), fps=10, container=container, codec=codec)
    every = read(data)
    with open_video(data, LIMITS) as video:
        for first_ms, last_ms in ((3000, 4000), (0, 700), (5500, 9000), (3000, 3500)):
            expected = [frame for frame in every if first_ms <= frame.ms <= last_ms]
            between = list(video.frames_between(first_ms, last_ms))
            assert [frame.ms for frame in between] == [frame.ms for frame in expected]
            assert [frame.number for frame in between] == list(range(len(expected)))
            for one, other in zip(between, expected, strict=True):
                assert (one.pixels == other.pixels).all()


def test_frames_between_two_times_keep_to_the_limits(shot: bytes) -> None:
    with open_video(shot, VideoLimits(max_frames=5)) as video, pytest.raises(VideoTooLarge):
        list(video.frames_between(0, 3000))
    with open_video(shot, VideoLimits(max_wall_s=0)) as video, pytest.raises(VideoTooSlow):
        list(video.frames_between(0, 3000))


def test_sideways_video_is_turned_upright() -> None:
    lying = encode_video(draw_shot(4, 2))
    (upright, *_), (stored, *_) = read(turn_sideways(lying)), read(lying)
    assert np.array_equal(upright.pixels, np.rot90(stored.pixels, -1))


def test_large_frames_are_scaled_down() -> None:
    (frame, *_) = read(encode_video([draw(5, 1280, 720)] * 2))
    assert frame.pixels.shape == (360, FRAME_SIDE_PX, 3)


def test_steady_rate_keeps_two_a_second_whatever_the_frame_rate() -> None:
    for fps in (10, 24, 30):
        frames = read(encode_video([draw(6)] * (3 * fps), fps=fps), Sampling(per_second=2))
        assert len(frames) == 6
        for due, frame in enumerate(frames):
            assert due * 500 <= frame.ms < due * 500 + 1000 / fps + 1


def test_scene_change_is_kept_at_its_first_frame() -> None:
    frames = read(encode_video([*draw_shot(7, 13), *draw_shot(8, 17)]), Sampling(per_second=1))
    assert [frame.number for frame in frames] == [0, 10, 13, 20]


def test_flicker_is_no_scene() -> None:
    dark, light = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    frames = read(encode_video([dark, light] * 50, fps=50), Sampling(per_second=1, least_gap_ms=500))
    assert [frame.ms for frame in frames] == [0, 500, 1000, 1500]


def test_file_and_bytes_are_the_same_video(shot: bytes, tmp_path: Path) -> None:
    path = tmp_path / "shot.mp4"
    path.write_bytes(shot)
    with open_video(path, LIMITS, threads=2) as video:
        from_file = list(video.frames())
    for one, other in zip(from_file, read(shot), strict=True):
        assert (one.ms, one.number) == (other.ms, other.number)
        assert np.array_equal(one.pixels, other.pixels)


@pytest.mark.parametrize(
    "limits",
    [
        VideoLimits(max_bytes=1000),
        VideoLimits(max_pixels=WIDTH * HEIGHT - 1),
        VideoLimits(max_frames=29),
        VideoLimits(max_seconds=2.5),
        VideoLimits(max_streams=0),
    ],
)
def test_video_beyond_a_limit_is_refused(shot: bytes, limits: VideoLimits) -> None:
    with pytest.raises(VideoTooLarge):
        read(shot, limits=limits)


def test_length_is_limited_by_the_frames_and_not_by_what_the_header_claims() -> None:
    data = encode_video(draw_shot(2, 3), container="mpegts", codec="libx264", stamps=[0, 500, 90_000])
    with pytest.raises(VideoTooLarge, match="60 s"):
        read(data, limits=VideoLimits(max_seconds=60))


def test_reading_stops_when_its_time_is_over(shot: bytes) -> None:
    with pytest.raises(VideoTooSlow):
        read(shot, limits=VideoLimits(max_wall_s=0))


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", encode(draw(1)), b"#EXTM3U\n#EXTINF:1\nfile:///etc/hostname\n",
     b"ffconcat version 1.0\nfile /etc/hostname\n", b"\0\0\0\x1cftypheic" + bytes(100)],
)  # fmt: skip
def test_what_is_no_video_is_named_so(data: bytes) -> None:
    with pytest.raises(UnsupportedVideo):
        read(data)


def test_sound_alone_is_no_video() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 8000
        output.mux(stream.encode(sound))
        output.mux(stream.encode())
    with pytest.raises(UnsupportedVideo, match="without moving pictures"):
        read(buffer.getvalue())


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"absent\.mp4"), open_video(tmp_path / "absent.mp4", LIMITS):
        pass


def test_cut_off_download_gives_the_frames_that_are_there() -> None:
    whole = encode_video(draw_shot(1, 30), container="matroska")
    frames = read(whole[: len(whole) * 2 // 3])
    assert 5 < len(frames) < 30


def test_file_without_its_end_that_holds_the_table_is_broken(shot: bytes) -> None:
    with pytest.raises(BrokenVideo):
        read(shot[: len(shot) // 2])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), container=st.sampled_from(["mp4", "matroska", "avi", "mpegts"]))
def test_damaged_files_give_frames_or_an_error_of_ours(seed: int, container: str) -> None:
    codec = {"mpegts": "mpeg2video", "avi": "mjpeg"}.get(container, "mpeg4")
    data = bytearray(encode_video(draw_shot(1, 6), container=container, codec=codec))
    generator = np.random.default_rng(seed)
    for place in generator.integers(0, len(data), 12):
        data[place] = generator.integers(0, 256)
    try:
        frames = read(bytes(data))
    except RetraceError:
        return
    assert [frame.ms for frame in frames] == sorted(frame.ms for frame in frames)
