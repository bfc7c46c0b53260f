"""`check` finds what is wrong with videos, and repairs what can be repaired."""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.thumbnails import ThumbnailStore
from feature_extractor.video import Sampling, VideoLimits
from search.check import check_all, repair
from search.findings import Disagreement
from search.open_engine import close_engine
from search.query import Engine
from search.vector_index.open_index import index_home
from search.video_engine import VideoEngine, open_video_engine
from search.video_frames import strip_size, strip_times
from search.video_ingest import VideoIntake, VideoOffer, ingest_videos
from tests.engines import draw, encode, engine_source, make_engine, offer
from tests.fake_extractor import FakeExtractor
from tests.videos import draw_shot, encode_video

Held = tuple[Engine, ThumbnailStore, VideoEngine]


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    engine = make_engine(tmp_path, [offer(encode(draw(1)), "1.png")])
    source = engine_source(tmp_path)
    with ExitStack() as stack:
        stack.callback(close_engine, engine)
        videos = stack.enter_context(
            open_video_engine(
                engine.catalogue,
                engine.extractor,
                index_home(source.index_url, source.index_dir, source.index_token),
                tmp_path / "posters",
                sampling=Sampling(per_second=2),
                limits=VideoLimits(),
                picture_limits=engine.limits,
            )
        )
        add(videos, tmp_path, 1)
        add(videos, tmp_path, 2)
        yield engine, ThumbnailStore(tmp_path / "thumbnails"), videos


def add(videos: VideoEngine, folder: Path, seed: int) -> None:
    path = folder / f"{seed}.mp4"
    path.write_bytes(encode_video(draw_shot(seed, 20)))
    intake = VideoIntake(videos.extractor, videos.shelf, videos.posters, videos.sampling, videos.limits, 1)
    failures: list[object] = []
    ingest_videos(intake, [VideoOffer(path)], collection=None, on_progress=lambda _: None, on_failure=failures.append)
    assert not failures
    videos.frames.catch_up()
    videos.summaries.catch_up()


def test_videos_just_added_agree(held: Held) -> None:
    assert check_all(*held) == []


def test_a_lost_strip_is_told_until_the_video_is_added_again(held: Held, tmp_path: Path) -> None:
    engine, thumbnails, videos = held
    sha256 = videos.shelf.video(1).sha256
    videos.posters.remove(sha256)
    findings = check_all(*held)
    assert [(one.what, one.subject) for one in findings] == [(Disagreement.STRIP_MISSING, sha256)]
    assert repair(engine, thumbnails, findings, videos) == findings
    add(videos, tmp_path, 1)
    assert check_all(*held) == []


def test_a_stray_strip_is_swept_and_those_of_videos_stay(held: Held) -> None:
    engine, thumbnails, videos = held
    videos.posters.put("f" * 64, b"stray")
    findings = check_all(*held)
    assert [(one.what, one.subject) for one in findings] == [(Disagreement.STRIP_STRAY, "f" * 64)]
    assert repair(engine, thumbnails, findings, videos) == []
    assert len(list(videos.posters.all())) == 2


def test_indexes_of_videos_that_differ_are_built_anew(held: Held) -> None:
    engine, thumbnails, videos = held
    vector = np.zeros((1, 256), np.float32)
    vector[0, 0] = 1
    videos.frames.index.remove(videos.frames.index.ids()[:1])
    videos.summaries.index.add(np.array([99], np.int64), vector)
    findings = check_all(*held)
    assert {one.detail for one in findings} == {
        "the frame index lacks frame range 1",
        "the video index holds video 99, which is gone",
    }
    assert repair(engine, thumbnails, findings, videos) == []


def test_videos_of_another_model_are_told(held: Held, tmp_path: Path) -> None:
    engine, thumbnails, _ = held
    source = engine_source(tmp_path)
    with open_video_engine(
        engine.catalogue,
        FakeExtractor(seed=8),
        index_home(source.index_url, source.index_dir, source.index_token),
        tmp_path / "posters",
        sampling=Sampling(),
        limits=VideoLimits(),
        picture_limits=engine.limits,
    ) as others:
        found = check_all(engine, thumbnails, others)
        assert [(one.what, one.subject) for one in found] == [
            (Disagreement.VIDEO_UNDESCRIBED, "1"),
            (Disagreement.VIDEO_UNDESCRIBED, "2"),
        ]


@pytest.mark.parametrize("frames", [1, 4, 19, 20, 41, 160])
def test_the_times_of_a_strip_are_those_of_its_frames(frames: int) -> None:
    # As `describe_video` keeps them: every frame seen of up to twenty, then every second, every fourth …
    seen = [500 * number for number in range(frames)]
    every = 1
    while -(-frames // every) > 20:
        every *= 2
    kept = seen[::every]
    wanted = [kept[place] for place in np.linspace(0, len(kept) - 1, 10).round().astype(int)]
    assert strip_times([(ms, ms) for ms in seen], 2.0) == wanted
    # Where it shows the same for long, frames are seen within a stretch too.
    assert strip_times([(0, seen[-1])], 2.0) == wanted


def test_the_size_of_a_strip_is_told_beforehand(held: Held) -> None:

    videos = held[2]
    video = videos.shelf.video(1)
    data = videos.posters.read(video.sha256)
    assert data is not None
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == strip_size(video.width, video.height)
