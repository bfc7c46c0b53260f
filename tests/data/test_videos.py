from dataclasses import replace

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.records import Change
from data.video_records import FrameRange, VideoCounts
from data.videos import VideoShelf
from errors import BadInput, DescriptorShapeError, NotFound
from tests.data.new_images import MODEL, digest, new_image, vector
from tests.data.new_videos import new_video


@pytest.fixture
def shelf(catalogue: Catalogue) -> VideoShelf:
    return VideoShelf(catalogue.database)


def test_what_was_added_is_found_again(shelf: VideoShelf) -> None:
    assert shelf.add(new_video(1, collection="films")) == (1, True)
    video = shelf.video(1)
    assert (video.sha256, video.locator, video.collection) == (digest("video 1"), "/films/1.mp4", "films")
    assert (video.duration_ms, video.fps, video.width, video.height) == (1500, 25.0, 320, 240)
    assert shelf.ranges_of([1]) == [
        FrameRange(place + 1, 1, 500 * place, 500 * place + 400, 12 * place, 500 * place) for place in range(3)
    ]
    assert shelf.counts() == VideoCounts(videos=1, ranges=3, duration_ms=1500)


def test_same_bytes_are_one_video(shelf: VideoShelf) -> None:
    shelf.add(new_video(1))
    assert shelf.add(replace(new_video(2), sha256=digest("video 1"))) == (1, False)
    assert shelf.counts().videos == 1
    assert shelf.same_file(digest("video 1")) == 1
    assert shelf.same_file(digest("video 2")) is None


def test_plain_frames_have_no_descriptor(shelf: VideoShelf) -> None:
    shelf.add(new_video(1))
    rows = shelf.descriptors_of([1, 2, 3, 4], "frame", MODEL)
    assert rows.ids.tolist() == [2, 3]
    assert np.allclose(rows.vectors[1], vector(102), atol=1e-3)
    assert shelf.descriptors_of([1], "video", MODEL).ids.tolist() == [1]
    assert shelf.descriptors_of([1], "video", "b" * 64).ids.tolist() == []


def test_removed_video_leaves_nothing_and_its_ids_are_not_used_again(shelf: VideoShelf) -> None:
    for number in (1, 2):
        shelf.add(new_video(number))
    (removed,) = shelf.remove([2, 77])
    assert removed.locator == "/films/2.mp4"
    assert shelf.ranges([4, 5, 6]) == {}
    assert shelf.descriptors_of(range(10), "frame", MODEL).ids.tolist() == [2, 3]
    assert shelf.descriptors_of([2], "video", MODEL).ids.tolist() == []
    with pytest.raises(NotFound):
        shelf.video(2)
    assert shelf.add(new_video(3)) == (3, True)
    assert list(shelf.ranges([4, 5, 6, 7, 8, 9])) == [7, 8, 9]


def test_history_tells_an_index_every_range_in_order(catalogue: Catalogue, shelf: VideoShelf) -> None:
    for number in (1, 2):
        shelf.add(new_video(number))
    shelf.remove([1])
    frames = [(change.number, change.image_id, change.kind) for change in shelf.changes_after(0)]
    assert frames == [
        *((1, number, "added") for number in (1, 2, 3)),
        *((2, number, "added") for number in (4, 5, 6)),
        *((3, number, "removed") for number in (1, 2, 3)),
    ]
    assert shelf.last_change() == 3
    videos = VideoShelf(catalogue.database, "video")
    assert videos.changes_after(1) == [Change(2, 2, "added"), Change(3, 1, "removed")]


def test_a_part_of_the_history_never_parts_a_video(shelf: VideoShelf) -> None:
    for number in range(4):
        shelf.add(new_video(number, ranges=5))
    seen: list[int] = []
    at = 0
    while changes := shelf.changes_after(at, 7):
        assert len(changes) == 5
        seen += [change.image_id for change in changes]
        at = changes[-1].number
    assert seen == list(range(1, 21))


def test_snapshot_holds_all_descriptors(shelf: VideoShelf) -> None:
    for number in range(3):
        shelf.add(new_video(number, ranges=4))
    last_change, batches = shelf.snapshot_descriptors("frame", MODEL, batch=2)
    assert last_change == 3
    assert [row for rows in batches for row in rows.ids.tolist()] == [2, 3, 4, 6, 7, 8, 10, 11, 12]


def test_videos_and_pictures_do_not_meet(catalogue: Catalogue, shelf: VideoShelf) -> None:
    shelf.add(new_video(1))
    assert catalogue.last_change() == 0
    catalogue.add_batch([new_image(1)])
    assert shelf.last_change() == 1
    assert catalogue.descriptors_of([1, 2, 3], "copy", MODEL).ids.tolist() == [1]
    shelf.remove([1])
    assert catalogue.descriptors_of([1], "copy", MODEL).ids.tolist() == [1]


def test_videos_are_listed_and_found(shelf: VideoShelf) -> None:
    for number in range(5):
        shelf.add(new_video(number, collection="odd" if number % 2 else None))
    assert [video.id for video in shelf.list_videos(after_id=1, limit=2)] == [2, 3]
    assert [video.id for video in shelf.list_videos(collection="odd")] == [2, 4]
    assert shelf.find(collection="odd", locator="/films/3.mp4") == [4]
    assert shelf.find(ids=[5, 4, 99]) == [4, 5]
    assert shelf.find(sha256=digest("video 2")) == [3]
    with pytest.raises(BadInput):
        shelf.find()


def test_wrong_descriptor_leaves_nothing_of_its_video(shelf: VideoShelf) -> None:
    with pytest.raises(DescriptorShapeError):
        shelf.add(replace(new_video(1), summary=np.zeros(256, np.float32)))
    assert shelf.counts().videos == 0
    assert shelf.last_change() == 0
