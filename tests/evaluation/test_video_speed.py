"""A made catalogue is searched by the real searches, kept when it is whole, and made anew when it is not."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from evaluation.video_speed import SearchTimes, VideoSpeed, VideoSpeedOrder, measure_video_speed
from search.vector_index.contract import IndexHome
from search.vector_index.open_index import index_home
from tests.evaluation.labelled_clips import write_clips
from tests.fake_extractor import FakeExtractor

CLIPS = 4
HOURS = 40 / 3600  # twenty clips of two seconds


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clips(tmp_path_factory.mktemp("clips"), number=CLIPS)


def home(directory: Path) -> IndexHome:
    return index_home("exact:", directory, SecretStr(""))


def measure(order: VideoSpeedOrder, keep: Path | None = None, said: list[str] | None = None) -> VideoSpeed:
    return measure_video_speed(
        order,
        FakeExtractor(),
        home,
        index_url="exact:",
        keep=keep,
        say=(lambda _: None) if said is None else said.append,
    )


def test_every_clip_is_found_among_its_repetitions(folder: Path) -> None:
    speed = measure(VideoSpeedOrder(folder, HOURS, queries=CLIPS + 1))
    assert speed.hours >= HOURS
    assert speed.videos == pytest.approx(20, abs=1)
    assert speed.stretches > speed.videos
    assert (speed.frames.queries, speed.clips.queries) == (CLIPS + 1, CLIPS + 1)
    assert (speed.frames.found, speed.clips.found) == (CLIPS + 1, CLIPS + 1)
    assert {"describe", "frames", "rows"} <= set(speed.frames.steps_ms)
    assert {"describe", "candidates", "align"} <= set(speed.clips.steps_ms)
    assert speed.before_mb > 0
    assert min(speed.database_bytes, speed.index_bytes, speed.strips_bytes) > 0
    told = "\n".join(speed.lines())
    assert "This process made the catalogue" in told
    assert json.loads(json.dumps(speed.to_record()))["clips"]["steps_taken"]["describe"] == CLIPS + 1


def test_a_whole_catalogue_is_taken_again_and_others_are_not(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    order = VideoSpeedOrder(folder, HOURS, length_s=6, queries=2)
    first = measure(order, tmp_path, said)
    assert "Writing" in " ".join(said)
    assert first.videos == pytest.approx(7, abs=1)
    (root,) = tmp_path.iterdir()
    said.clear()
    again = measure(order, tmp_path, said)
    assert "Writing" not in " ".join(said)
    assert (again.is_kept, first.is_kept) == (True, False)
    assert (again.videos, again.stretches, again.fill_s) == (first.videos, first.stretches, first.fill_s)
    assert "made the catalogue" not in "\n".join(again.lines())

    (root / "whole.json").unlink()  # as if it had been stopped
    mended = measure(order, tmp_path, said)
    assert (mended.is_kept, mended.videos, mended.stretches) == (False, first.videos, first.stretches)
    assert not measure(VideoSpeedOrder(folder, HOURS / 2, length_s=6, queries=1), tmp_path).is_kept
    assert len(list(tmp_path.iterdir())) == 2


def test_describing_is_told_apart_from_searching() -> None:
    steps = [
        {"hash": 1.0, "describe": 10.0, "frames": 2.0, "rows": 1.0},
        {"hash": 1.0, "describe": 12.0, "describe views": 50.0, "frames": 4.0, "rows": 1.0},
        {"hash": 1.0, "describe": 14.0, "frames": 9.0, "rows": 1.0},
    ]
    times = SearchTimes.of([15.0, 69.0, 26.0], steps, 2, [0.5, 0.3])
    assert (times.median_ms, times.searching_median_ms) == (26.0, 5.0)
    assert times.searching_median_ms < times.searching_p95_ms <= 10.0
    assert (times.steps_ms["describe views"], times.steps_taken["describe views"]) == (50.0, 1)
    assert (times.steps_ms["frames"], times.steps_taken["frames"]) == (4.0, 3)
    assert times.next_cosine == pytest.approx(0.4)
