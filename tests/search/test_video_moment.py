"""The moment of a video that a picture shows; the videos are drawn: a thing moves before what stands still."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.video_records import FrameRange
from errors import BrokenVideo
from feature_extractor.frame_folder import small_grey
from feature_extractor.picture import Picture
from feature_extractor.video import Frame, VideoInfo
from search.video_moment import MOST_FRAMES, Moment, find_moment

WIDTH, HEIGHT, FPS = 320, 240, 25


def draw_scene(seed: int, frames: int, *, moves: bool = True) -> list[Picture]:
    """Return frames of a patterned square that crosses a room of soft blotches."""
    generator = np.random.default_rng(seed)

    def blotches(width: int, height: int, size: int) -> NDArray[np.uint8]:
        coarse = generator.integers(0, 256, (height // size, width // size, 3), dtype=np.uint8)
        return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)

    room, square = blotches(WIDTH, HEIGHT, 16), blotches(64, 64, 8)
    drawn = []
    for number in range(frames):
        pixels = room.copy()
        left = round(number * (WIDTH - 64) / frames) if moves else 100
        pixels[90:154, left : left + 64] = square
        drawn.append(pixels)
    return drawn


@dataclass
class Reader:
    """Frames in memory, and how many of them were asked for; it may break down."""

    drawn: Sequence[Picture]
    breaks_at: int = 10**9
    width: int = WIDTH
    read: list[int] = field(default_factory=list)

    @property
    def info(self) -> VideoInfo:
        return VideoInfo(self.width, HEIGHT, FPS, len(self.drawn) / FPS, "h264", "MP4")

    def frames(self, sampling: object) -> Iterator[Frame]:
        raise NotImplementedError

    def frames_between(self, first_ms: int, last_ms: int) -> Iterator[Frame]:
        chosen = [n for n in range(len(self.drawn)) if first_ms <= n * 1000 // FPS <= last_ms]
        for place, number in enumerate(chosen):
            if number >= self.breaks_at:
                raise BrokenVideo("expected a whole video")
            self.read.append(number)
            yield Frame(number * 1000 // FPS, place, self.drawn[number], small_grey(self.drawn[number]))


def stretch(number: int, *, off_ms: int = 0) -> FrameRange:
    ms = number * 1000 // FPS + off_ms
    return FrameRange(number + 1, 1, ms, ms, number, ms)


def find(query: Picture, reader: Reader, near: Sequence[int]) -> Moment | None:
    return find_moment(query, reader, [stretch(number) for number in near], len(reader.drawn) * 1000 // FPS)


@pytest.fixture(scope="module")
def scene() -> list[Picture]:
    return draw_scene(1, 100)


def edits(still: Picture) -> dict[str, Picture]:
    page = np.full((720, 960, 3), 240, np.uint8)
    page[300:480, 500:740] = cv2.resize(still, (240, 180), interpolation=cv2.INTER_AREA)
    return {
        "as it is": still,
        "mirrored": still[:, ::-1],
        "turned": np.rot90(still, 2),
        "cut": still[60:200, 60:280],
        "small": cv2.resize(still, (120, 90), interpolation=cv2.INTER_AREA),
        "lighter": np.clip(still.astype(np.float32) * 0.6 + 90, 0, 255).astype(np.uint8),
        "on a page": page,
    }


@pytest.mark.parametrize("name", list(edits(np.zeros((HEIGHT, WIDTH, 3), np.uint8))))
def test_edited_frame_is_found_within_a_tenth_of_a_second_however_far_descriptors_are_off(
    scene: list[Picture], name: str
) -> None:
    query = np.ascontiguousarray(edits(scene[61])[name])
    moment = find(query, Reader(scene), near=[12, 0, 87, 25])
    assert moment is not None
    assert moment.frame == pytest.approx(61, abs=2)
    assert moment.ms == moment.frame * 40


@pytest.mark.parametrize("number", [3, 48, 96])
def test_whole_frame_is_told_by_its_very_number(scene: list[Picture], number: int) -> None:
    small = np.asarray(cv2.resize(scene[number], (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA), np.uint8)
    for query in (scene[number], small, np.ascontiguousarray(scene[number][:, ::-1])):
        moment = find(query, Reader(scene), [50, 25, 75])
        assert moment == Moment(number, number * 1000 // FPS)


def test_frame_within_a_border_of_its_shape_is_no_whole_frame(scene: list[Picture]) -> None:
    framed = np.full((2 * HEIGHT, 2 * WIDTH, 3), 230, np.uint8)
    framed[HEIGHT // 2 : HEIGHT // 2 + HEIGHT, WIDTH // 2 : WIDTH // 2 + WIDTH] = scene[60]
    moment = find(framed, Reader(scene), [50, 25, 75])
    assert moment is not None
    assert abs(moment.frame - 60) <= 2


def test_camera_that_pans_is_followed() -> None:
    wide = np.concatenate([draw_scene(seed, 1)[0] for seed in (3, 4, 5)], axis=1)
    pan = [np.ascontiguousarray(wide[:, 6 * number : 6 * number + WIDTH]) for number in range(100)]
    moment = find(pan[61], Reader(pan), near=[50, 37, 75])
    assert moment is not None
    assert moment.frame == pytest.approx(61, abs=2)


def test_still_scene_keeps_the_frame_that_descriptors_tell() -> None:
    still = draw_scene(2, 100, moves=False)
    assert find(still[80], Reader(still), near=[25, 50]) == Moment(25, 1000)


def test_picture_of_something_else_has_no_moment(scene: list[Picture]) -> None:
    assert find(draw_scene(9, 1)[0], Reader(scene), near=[50]) is None


def test_of_a_long_video_only_the_promising_times_are_read() -> None:
    drawn = draw_scene(1, 2000)
    reader = Reader(drawn)
    moment = find(drawn[1510], reader, near=[25, 1500, *range(100, 1400, 100)])
    assert moment is not None
    assert moment.frame == pytest.approx(1510, abs=6)  # it moves by a px in eight frames
    assert len(reader.read) <= MOST_FRAMES
    assert {25, 1500} <= set(reader.read)


def test_of_large_frames_fewer_are_read(scene: list[Picture]) -> None:
    reader = Reader(scene, width=125_000)  # as its header says: twenty frames of such a size
    moment = find(scene[40], reader, near=[37, 75])
    assert moment is not None
    assert moment.frame == pytest.approx(40, abs=2)
    assert len(reader.read) <= 20


def test_frames_that_were_decoded_before_reading_breaks_down_count(scene: list[Picture]) -> None:
    moment = find(scene[40], Reader(scene, breaks_at=60), near=[37, 75])
    assert moment is not None
    assert moment.frame == pytest.approx(40, abs=2)


@pytest.mark.parametrize("breaks_at", [0, 20])
def test_reading_that_breaks_down_before_the_likeliest_frame_tells_nothing(
    scene: list[Picture], breaks_at: int
) -> None:
    assert find(scene[40], Reader(scene, breaks_at=breaks_at), near=[37]) is None


def test_file_whose_times_are_no_longer_those_that_were_kept_tells_nothing(scene: list[Picture]) -> None:
    assert find_moment(scene[40], Reader(scene), [stretch(37, off_ms=15)], 4000) is None
