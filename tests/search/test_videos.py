from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.migrate import upgrade
from data.records import DescriptorKind, DescriptorRows
from data.thumbnails import ThumbnailStore
from data.videos import VideoShelf
from errors import SourceUnreadable
from feature_extractor.video import Sampling, VideoLimits
from search.ingest import Failure, Tally
from search.kept_video import OpenKept, open_kept
from search.vector_index.open_index import index_home
from search.video_engine import VideoEngine, open_video_engine
from search.video_frames import STRIP_TILES
from search.video_ingest import (
    VideoIntake,
    VideoOffer,
    VideoProgress,
    digest_video,
    find_videos,
    ingest_videos,
    open_offer,
    remove_videos,
)
from search.video_query import FrameAnswer, VideoAnswer, search_by_picture, search_by_video
from tests.engines import LIMITS, draw, encode, engine_source
from tests.fake_extractor import FakeExtractor
from tests.videos import HEIGHT, WIDTH, draw_shot, encode_video

VIDEO_LIMITS = VideoLimits(max_seconds=600, max_wall_s=120)
BLACK = np.zeros((HEIGHT, WIDTH, 3), np.uint8)


class Library:
    """Videos in a folder, and an engine over those that were added."""

    def __init__(self, folder: Path, engine: VideoEngine) -> None:
        self.folder = folder
        self.engine = engine
        self.progress: list[VideoProgress] = []

    def save(self, name: str, frames: list[NDArray[np.uint8]], **options: object) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_video(frames, **options))  # type: ignore[arg-type] # passed on as given
        return path

    def add(self, offers: list[VideoOffer]) -> tuple[Tally, list[Failure]]:
        engine = self.engine
        intake = VideoIntake(engine.extractor, engine.shelf, engine.posters, engine.sampling, engine.limits, 1)
        failures: list[Failure] = []
        tally = ingest_videos(
            intake, offers, collection="films", on_progress=self.progress.append, on_failure=failures.append
        )
        self.catch_up()
        return tally, failures

    def catch_up(self) -> None:
        self.engine.frames.catch_up()
        self.engine.summaries.catch_up()

    def ask(self, path: Path, fps: float | None = None) -> VideoAnswer:
        offer = VideoOffer(path, fps)
        sha256, _ = digest_video([path]) if fps is None else (None, 0)
        return search_by_video(self.engine, lambda: open_offer(offer, VIDEO_LIMITS, threads=1), limit=5, sha256=sha256)

    def ask_picture(self, pixels: NDArray[np.uint8], open_kept: OpenKept | None = None) -> FrameAnswer:
        return search_by_picture(self.engine, encode(pixels), limit=5, open_kept=open_kept)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    source = engine_source(tmp_path / "engine")
    upgrade(source.catalogue_url)
    with ExitStack() as stack:
        catalogue = stack.enter_context(Catalogue.open(source.catalogue_url))
        engine = stack.enter_context(
            open_video_engine(
                catalogue,
                FakeExtractor(),
                index_home(source.index_url, source.index_dir, source.index_token),
                tmp_path / "posters",
                sampling=Sampling(per_second=2),
                limits=VIDEO_LIMITS,
                picture_limits=LIMITS,
            )
        )
        yield Library(tmp_path / "films", engine)


@pytest.fixture
def filled(library: Library) -> Library:
    for seed in range(1, 4):
        library.save(f"{seed}.mp4", draw_shot(seed, 60))
    tally, failures = library.add(find_videos(library.folder))
    assert not failures
    assert (tally.added, tally.known) == (3, 0)
    return library


def test_video_is_kept_with_its_stretches_and_strip(filled: Library) -> None:
    video = filled.engine.shelf.video(1)
    assert video.locator == str(filled.folder / "1.mp4")
    assert (video.width, video.height, video.duration_ms, video.collection) == (WIDTH, HEIGHT, 6000, "films")
    ranges = filled.engine.shelf.ranges_of([1])
    assert [each.frame for each in ranges] == list(range(0, 60, 5))
    assert len(filled.engine.frames) == 36
    assert len(filled.engine.summaries) == 3
    strip = filled.engine.posters.path(video.sha256).read_bytes()
    assert strip[8:12] == b"WEBP"
    assert filled.progress[-1].done_ms == 5500
    assert filled.progress[-1].total_ms == 6000


def test_strip_shows_frames_in_their_order(library: Library) -> None:
    light = [np.full((HEIGHT, WIDTH, 3), 20 * step, np.uint8) for step in range(12) for _ in range(5)]
    library.add([VideoOffer(library.save("light.mp4", light))])
    from PIL import Image

    path = library.engine.posters.path(library.engine.shelf.video(1).sha256)
    strip = np.asarray(Image.open(path).convert("L"))
    tiles = strip.reshape(strip.shape[0], STRIP_TILES, -1).mean(axis=(0, 2))
    assert (np.diff(tiles) > 0).all()


def test_adding_again_changes_nothing(filled: Library) -> None:
    tally, _ = filled.add(find_videos(filled.folder))
    assert (tally.added, tally.known) == (0, 3)
    assert filled.engine.shelf.counts().videos == 3


def test_what_is_no_video_is_passed_over_in_a_folder_and_named_by_itself(library: Library) -> None:
    library.save("a.mp4", draw_shot(1, 10))
    (library.folder / "notes.mp4").write_text("no video at all")
    (library.folder / ".hidden.mp4").write_bytes((library.folder / "a.mp4").read_bytes())
    (library.folder / "cut.mp4").write_bytes((library.folder / "a.mp4").read_bytes()[:500])
    assert [offer.path.name for offer in find_videos(library.folder)] == ["a.mp4", "cut.mp4"]
    tally, failures = library.add([VideoOffer(library.folder / "notes.mp4"), *find_videos(library.folder)])
    assert (tally.added, tally.failed) == (1, 2)
    assert [Path(failure.locator).name for failure in failures] == ["notes.mp4", "cut.mp4"]
    with pytest.raises(SourceUnreadable):
        find_videos(library.folder / "absent")


def test_picture_finds_its_video_time_and_frame(filled: Library) -> None:
    answer = filled.ask_picture(draw_shot(2, 60)[35])
    best = answer.hits[0]
    assert (best.video.id, best.best.frame, best.best.frame_ms) == (2, 35, 3500)
    assert best.first_ms <= 3500 <= best.last_ms
    assert best.score > 0.97
    assert best.is_sure
    assert len({hit.video.id for hit in answer.hits}) == len(answer.hits) == 3
    assert answer.searched == 36


def test_frame_folder_finds_a_frame_at_its_own_number_with_cosine_one(library: Library) -> None:
    folder = library.folder / "frames"
    folder.mkdir(parents=True)
    for number, pixels in enumerate(draw_shot(5, 20)):
        (folder / f"{number}.png").write_bytes(encode(pixels))
    library.add([VideoOffer(folder, 2.0)])
    for number in (0, 7, 19):
        hit = library.ask_picture(draw_shot(5, 20)[number]).hits[0]
        assert hit.best.frame == number
        assert hit.score == pytest.approx(1.0, abs=1e-3)


def test_mirrored_picture_is_found(filled: Library) -> None:
    best = filled.ask_picture(np.ascontiguousarray(draw_shot(2, 60)[35][:, ::-1])).hits[0]
    assert (best.video.id, best.best.frame, best.view, best.is_sure) == (2, 35, "mirrored", True)


def test_turned_picture_and_one_in_a_collage_are_found(filled: Library) -> None:
    still = draw_shot(2, 60)[35]
    turned = filled.ask_picture(np.ascontiguousarray(np.rot90(still, 3))).hits[0]
    assert (turned.video.id, turned.best.frame, turned.view, turned.is_sure) == (2, 35, "turned", True)
    collage = np.concatenate(
        [np.concatenate([draw(91, WIDTH, HEIGHT), still], axis=1), draw(92, 2 * WIDTH, HEIGHT)], axis=0
    )
    part = filled.ask_picture(collage).hits[0]
    assert (part.video.id, part.best.frame, part.view, part.is_sure) == (2, 35, "part", True)


def test_pixels_tell_a_moment_between_kept_frames_and_the_range_holds_it(filled: Library) -> None:
    still = draw_shot(2, 60)[33]
    for query in (still, np.ascontiguousarray(still[:, ::-1])):
        by_descriptors = filled.ask_picture(query).hits[0]
        assert (by_descriptors.timed_by, by_descriptors.frame) == ("descriptors", by_descriptors.best.frame)
        hit = filled.ask_picture(query, open_kept).hits[0]
        assert (hit.video.id, hit.timed_by) == (2, "pixels")
        assert hit.frame == pytest.approx(33, abs=1)
        assert hit.frame_ms == 100 * hit.frame
        assert hit.first_ms <= hit.frame_ms <= hit.last_ms


def test_pixels_tell_the_moment_in_a_folder_of_frames(library: Library) -> None:
    folder = library.folder / "frames"
    folder.mkdir(parents=True)
    for number, pixels in enumerate(draw_shot(5, 40)):
        (folder / f"{number}.png").write_bytes(encode(pixels))
    library.add([VideoOffer(folder, 10.0)])
    hit = library.ask_picture(draw_shot(5, 40)[23], open_kept).hits[0]
    assert hit.timed_by == "pixels"
    assert hit.frame == pytest.approx(23, abs=1)
    assert hit.frame_ms == 100 * hit.frame
    (folder / "9.png").write_bytes(encode(draw_shot(5, 40)[8]) + b"more")
    assert library.ask_picture(draw_shot(5, 40)[23], open_kept).hits[0].timed_by == "descriptors"


def test_time_by_descriptors_stands_where_the_file_is_gone_or_another(filled: Library) -> None:
    still = draw_shot(2, 60)[33]
    by_descriptors = filled.ask_picture(still).hits[0]
    path = filled.folder / "2.mp4"
    path.write_bytes(path.read_bytes() + b"more")
    assert filled.ask_picture(still, open_kept).hits[0] == by_descriptors
    path.unlink()
    assert filled.ask_picture(still, open_kept).hits[0] == by_descriptors


def test_time_by_descriptors_stands_where_reading_takes_too_long(filled: Library) -> None:
    filled.engine = replace(filled.engine, limits=replace(VIDEO_LIMITS, max_wall_s=0))
    hit = filled.ask_picture(draw_shot(2, 60)[33], open_kept).hits[0]
    assert (hit.timed_by, hit.moment) == ("descriptors", None)


def test_strange_picture_has_no_sure_hit(filled: Library) -> None:
    assert not any(hit.is_sure for hit in filled.ask_picture(draw(77)).hits)


def test_plain_picture_and_black_frames_never_match(library: Library) -> None:
    library.add([VideoOffer(library.save("a.mp4", [*[BLACK] * 30, *draw_shot(1, 30)]))])
    answer = library.ask_picture(BLACK)
    assert answer.is_too_plain
    assert answer.hits == ()
    (asked,) = (library.ask(library.save("b.mp4", [*[BLACK] * 30, *draw_shot(9, 30)])),)
    assert not any(hit.is_sure for hit in asked.hits)
    ranges = library.engine.shelf.ranges_of([1])
    assert (ranges[0].first_ms, ranges[0].last_ms) == (0, 2500)
    assert ranges[0].id not in library.engine.frames.index.ids()


def test_still_is_one_stretch(library: Library) -> None:
    library.add([VideoOffer(library.save("still.mp4", [draw(3, WIDTH, HEIGHT)] * 50))])
    (stretch,) = library.engine.shelf.ranges_of([1])
    assert (stretch.first_ms, stretch.last_ms, stretch.frame) == (0, 4500, 0)


def test_video_finds_the_videos_that_its_parts_come_from(filled: Library) -> None:
    parts = [*draw_shot(9, 20), *draw_shot(2, 60)[10:40], *draw_shot(3, 60)[20:]]
    answer = filled.ask(filled.save("../asked.mp4", parts, codec="libx264"))
    sure = {hit.video.id: hit for hit in answer.hits if hit.is_sure}
    assert set(sure) == {2, 3}
    (second,) = sure[2].segments
    assert second.query_first_ms == pytest.approx(2000, abs=600)
    assert second.query_last_ms == pytest.approx(5000, abs=600)
    assert second.first_ms == pytest.approx(second.query_first_ms - 1000, abs=400)
    (third,) = sure[3].segments
    assert third.first_ms == pytest.approx(third.query_first_ms - 3000, abs=400)
    assert not sure[2].is_same_file


def test_long_video_is_read_around_what_is_shown_of_it_alone(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    shots = [draw_shot(seed, 60) for seed in range(1, 11)]
    library.add([VideoOffer(library.save("long.mp4", [frame for shot in shots for frame in shot]))])
    read: list[int] = []
    kept = VideoShelf.descriptors_of

    def count(shelf: VideoShelf, ids: Collection[int], kind: DescriptorKind, model_id: str) -> DescriptorRows:
        rows = kept(shelf, ids, kind, model_id)
        read.append(len(rows.ids))
        return rows

    monkeypatch.setattr(VideoShelf, "descriptors_of", count)
    best = library.ask(library.save("../asked.mp4", shots[6][10:40])).hits[0]
    (segment,) = best.segments
    assert best.is_sure
    assert segment.first_ms == pytest.approx(36_000 + 1000, abs=400)
    assert 0 < sum(read) < len(library.engine.frames) // 2


def test_same_file_comes_first_whatever_it_shows(filled: Library) -> None:
    best = filled.ask(filled.folder / "3.mp4").hits[0]
    assert (best.video.id, best.is_same_file, best.is_sure) == (3, True, True)


def test_mirrored_video_is_found(filled: Library) -> None:
    mirrored = [np.ascontiguousarray(pixels[:, ::-1]) for pixels in draw_shot(1, 60)]
    best = filled.ask(filled.save("../mirrored.mp4", mirrored)).hits[0]
    assert (best.video.id, best.is_mirrored, best.is_sure) == (1, True, True)


def test_strange_video_has_no_sure_hit(filled: Library) -> None:
    answer = filled.ask(filled.save("../strange.mp4", draw_shot(40, 60)))
    assert not any(hit.is_sure for hit in answer.hits)
    assert answer.asked == 12


def test_frames_of_a_folder_may_ask(filled: Library) -> None:
    folder = filled.folder.parent / "asked"
    folder.mkdir()
    for number, pixels in enumerate(draw_shot(2, 60)):
        (folder / f"{number}.png").write_bytes(encode(pixels))
    best = filled.ask(folder, fps=10).hits[0]
    assert (best.video.id, best.is_sure) == (2, True)


def test_removed_video_is_not_found(filled: Library) -> None:
    (removed,) = remove_videos(filled.engine.shelf, filled.engine.posters, [2])
    assert filled.ask_picture(draw_shot(2, 60)[35]).hits[0].video.id != 2  # before the index has looked
    filled.catch_up()
    assert len(filled.engine.frames) == 24
    assert len(filled.engine.summaries) == 2
    assert not filled.engine.posters.has(removed.sha256)


def test_empty_library_answers_nothing(library: Library) -> None:
    assert library.ask_picture(draw(1)).hits == ()
    assert library.ask(library.save("a.mp4", draw_shot(1, 20))).hits == ()
    assert isinstance(library.engine.posters, ThumbnailStore)
