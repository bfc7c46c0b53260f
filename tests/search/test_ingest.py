"""The life of a picture, with real parts and a fake model."""

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.records import SourceRecord
from data.sources import open_source
from data.thumbnails import ThumbnailStore
from errors import FetchFailed
from feature_extractor.keypoints import METHOD, Keypoints
from search.ingest import AHEAD, BATCH, HELD_BYTES, Intake, Tally, ingest
from search.removal import remove_images, remove_strays
from tests.engines import draw, encode, make_intake, offer, take_in


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    intake = make_intake(tmp_path)
    yield intake
    intake.catalogue.close()


def test_pictures_go_in_with_rows_descriptors_and_thumbnails(intake: Intake) -> None:
    tally, failures = take_in(intake, [offer(encode(draw(seed)), f"{seed}.png") for seed in range(BATCH + 3)])
    assert (tally.added, tally.known, tally.failed, failures) == (BATCH + 3, 0, 0, [])
    images = intake.catalogue.list_images(limit=100)
    assert len(images) == BATCH + 3
    for image in images:
        assert intake.thumbnails.read(image.sha256)
    for kind in ("copy", "similar"):
        rows = intake.catalogue.descriptors_of([image.id for image in images], kind, intake.extractor.model_id)
        assert rows.vectors.shape == (BATCH + 3, 256)


def test_a_picture_that_fails_is_named_and_left_out(intake: Intake) -> None:
    tally, failures = take_in(
        intake,
        [
            offer(encode(draw(1)), "good.png"),
            offer(b"not a picture", "bad.png"),
            offer(FetchFailed("the server answered 404"), "https://example.org/dead.png"),
            offer(encode(draw(2), "JPEG")[:300], "cut.jpg"),
        ],
    )
    assert (tally.added, tally.failed) == (1, 3)
    assert [failure.locator for failure in failures] == ["bad.png", "https://example.org/dead.png", "cut.jpg"]
    assert "404" in failures[1].reason
    assert intake.catalogue.counts().images == 1


def test_a_failure_names_its_place_once_however_the_error_was_worded(intake: Intake, tmp_path: Path) -> None:
    huge = tmp_path / "huge.png"
    huge.write_bytes(encode(draw(1)))
    archive = tmp_path / "works.zip"
    with ZipFile(archive, "w") as members:
        members.writestr("inside.png", encode(draw(2)))
    table = tmp_path / "table.csv"
    table.write_text("path\nabsent.png\n")
    failures = []
    for source in (huge, archive, table):
        with open_source(str(source), max_bytes=40) as records:
            failures += take_in(intake, list(records))[1]
    assert [failure.locator for failure in failures] == [
        str(huge),
        f"{archive}!inside.png",
        str(tmp_path / "absent.png"),
    ]
    for failure in failures:
        assert failure.reason
        assert failure.locator not in failure.reason, failure


def test_the_same_bytes_again_are_known_and_their_source_is_noted(intake: Intake) -> None:
    take_in(intake, [offer(encode(draw(1)), "first.png")])
    before = intake.catalogue.last_change()
    tally, _ = take_in(intake, [offer(encode(draw(1)), "second.png")])
    assert (tally.added, tally.known) == (0, 1)
    [image] = intake.catalogue.list_images()
    assert [source.locator for source in image.sources] == ["first.png", "second.png"]
    assert intake.catalogue.last_change() == before


def test_the_same_bytes_twice_in_one_batch_are_one_picture_with_two_sources(intake: Intake) -> None:
    tally, _ = take_in(intake, [offer(encode(draw(1)), "a.png"), offer(encode(draw(1)), "b.png")])
    assert (tally.added, tally.known) == (1, 1)
    [image] = intake.catalogue.list_images()
    assert {source.locator for source in image.sources} == {"a.png", "b.png"}


def test_a_stopped_run_keeps_whole_batches_and_the_next_goes_on(intake: Intake, tmp_path: Path) -> None:
    records = [offer(encode(draw(seed)), f"{seed}.png") for seed in range(3 * BATCH)]

    def stop(tally: Tally) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(intake, records, on_progress=stop, on_failure=lambda _: None)
    with Catalogue.open(f"sqlite:///{tmp_path / 'catalogue.sqlite'}") as seen_by_others:
        assert seen_by_others.counts().images == BATCH
    tally, _ = take_in(intake, records)
    assert (tally.added, tally.known) == (2 * BATCH, BATCH)


def test_progress_counts_every_picture_once(intake: Intake) -> None:
    seen: list[int] = []
    records = [offer(encode(draw(seed)), f"{seed}.png") for seed in range(BATCH + 1)]
    ingest(intake, records, on_progress=lambda tally: seen.append(tally.seen), on_failure=lambda _: None)
    assert seen == sorted(seen)
    assert seen[-1] == BATCH + 1


def test_pictures_left_out_move_the_progress_too(intake: Intake) -> None:
    seen: list[int] = []
    records = [offer(b"not a picture", f"{number}.png") for number in range(3)]
    ingest(intake, records, on_progress=lambda tally: seen.append(tally.seen), on_failure=lambda _: None)
    assert seen == [1, 2, 3, 3]


def test_a_thumbnail_that_was_lost_comes_back_when_the_picture_is_added_again(intake: Intake) -> None:
    record = offer(encode(draw(1)), "a.png")
    take_in(intake, [record])
    [image] = intake.catalogue.list_images()
    before = intake.thumbnails.read(image.sha256)
    intake.thumbnails.remove(image.sha256)
    tally, _ = take_in(intake, [record])
    assert (tally.added, tally.known) == (0, 1)
    assert intake.thumbnails.read(image.sha256) == before


@dataclass(frozen=True, slots=True)
class Meddled(ThumbnailStore):
    """Thumbnails with which another process does something right after one of them was looked for or put."""

    after_look: Callable[[], object] = bool
    after_put: Callable[[str], object] = bool

    def has(self, sha256: str) -> bool:
        found = ThumbnailStore.has(self, sha256)
        self.after_look()
        return found

    def put(self, sha256: str, data: bytes) -> None:
        ThumbnailStore.put(self, sha256, data)
        self.after_put(sha256)


def test_a_known_picture_that_is_removed_before_its_batch_is_added_anew(intake: Intake) -> None:
    take_in(intake, [offer(encode(draw(1)), "first.png")])

    def remove_all() -> None:
        remove_images(intake.catalogue, intake.thumbnails, [1])

    meddled = replace(intake, thumbnails=Meddled(intake.thumbnails.root, after_look=remove_all))
    tally, failures = take_in(meddled, [offer(encode(draw(1)), "second.png")])
    assert (tally.added, tally.known, failures) == (1, 0, [])
    [image] = intake.catalogue.list_images()
    assert (image.id, [source.locator for source in image.sources]) == (2, ["second.png"])
    assert intake.thumbnails.has(image.sha256)


def test_a_thumbnail_swept_as_a_stray_before_its_row_was_committed_is_put_again(intake: Intake) -> None:
    swept: list[str] = []

    def sweep(sha256: str) -> None:
        if not swept:
            swept.append(sha256)
            remove_strays(intake.catalogue, intake.thumbnails, [sha256])
            assert not intake.thumbnails.has(sha256)

    meddled = replace(intake, thumbnails=Meddled(intake.thumbnails.root, after_put=sweep))
    take_in(meddled, [offer(encode(draw(seed)), f"{seed}.png") for seed in range(2)])
    assert len(swept) == 1
    assert {image.sha256 for image in intake.catalogue.list_images()} == set(intake.thumbnails.all())


def test_records_that_hold_their_bytes_are_not_piled_up(intake: Intake) -> None:
    """What was drawn and not yet dealt with stays under the limit, and one more record."""
    most_at_a_time = 4
    open_records: list[int] = []

    def records() -> Iterator[SourceRecord]:
        for number in range(AHEAD):
            assert len(open_records) <= most_at_a_time + intake.workers
            open_records.append(number)

            def read() -> bytes:
                open_records.pop()
                return b"not a picture"

            yield SourceRecord(f"{number}.png", read, held_bytes=HELD_BYTES // most_at_a_time)

    tally = ingest(intake, records(), on_progress=lambda _: None, on_failure=lambda _: None)
    assert tally.failed == AHEAD


def test_pictures_of_a_tar_tell_what_they_hold_until_they_are_prepared(intake: Intake, tmp_path: Path) -> None:
    data = encode(draw(1))
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        member = tarfile.TarInfo("a.png")
        member.size = len(data)
        tar.addfile(member, BytesIO(data))
    with open_source(tmp_path / "a.tar", max_bytes=intake.limits.max_bytes) as source:
        [record] = source
    assert record.held_bytes == len(data)
    tally, _ = take_in(intake, [record])
    assert tally.added == 1


def forget_keypoints(intake: Intake) -> None:
    """Make the catalogue one whose local features are of another method, which is as good as none."""
    pairs = [(image.sha256, b"old") for image in intake.catalogue.list_images(limit=1000)]
    intake.catalogue.put_keypoints(pairs, "an older method")


def test_local_features_go_in_with_the_picture_in_px_of_its_file(intake: Intake) -> None:
    """Of a picture over 2048 px only a smaller version is ever looked at."""
    take_in(intake, [offer(encode(draw(1, 640, 480)), "small.png"), offer(encode(draw(1, 3200, 2400)), "large.png")])
    packed = intake.catalogue.keypoints_of([1, 2], METHOD)
    small, large = (Keypoints.unpack(packed[image_id]) for image_id in (1, 2))
    assert (small.width, small.height, large.width, large.height) == (640, 480, 3200, 2400)
    apart = np.linalg.norm(large.places[:, np.newaxis] / 5 - small.places[np.newaxis], axis=2).min(axis=1)
    assert np.median(apart) < 1.0
    # The blocks are 80 by 60 px in one and five times as large in the other; features sit at their corners.
    assert large.places.max() > 2400
    assert np.median(large.sizes) > 3 * np.median(small.sizes)


def test_a_plain_picture_is_not_looked_at_again_and_again(intake: Intake) -> None:
    take_in(intake, [offer(encode(np.full((64, 64, 3), 200, np.uint8)), "plain.png")])
    assert len(Keypoints.unpack(intake.catalogue.keypoints_of([1], METHOD)[1])) == 0
    assert intake.catalogue.lacking_keypoints(METHOD) == []


def test_a_known_picture_without_local_features_gets_them_when_it_is_added_again(intake: Intake) -> None:
    records = [offer(encode(draw(seed)), f"{seed}.png") for seed in range(3)]
    take_in(intake, records)
    before = intake.catalogue.keypoints_of([1, 2, 3], METHOD)
    last_change = intake.catalogue.last_change()
    forget_keypoints(intake)
    thumbnail = intake.thumbnails.path(intake.catalogue.image(1).sha256)
    written = thumbnail.stat().st_mtime_ns
    tally, failures = take_in(intake, [records[0], *records[:2]])
    assert (tally.added, tally.known, failures) == (0, 3, [])
    assert intake.catalogue.keypoints_of([1, 2, 3], METHOD) == {1: before[1], 2: before[2]}
    assert intake.catalogue.last_change() == last_change
    assert thumbnail.stat().st_mtime_ns == written, "its thumbnail was there"


def test_what_was_lost_comes_back_all_at_once(intake: Intake) -> None:
    record = offer(encode(draw(1)), "a.png")
    take_in(intake, [record])
    before = intake.catalogue.keypoints_of([1], METHOD)
    forget_keypoints(intake)
    intake.thumbnails.remove(intake.catalogue.image(1).sha256)
    tally, _ = take_in(intake, [record])
    assert (tally.added, tally.known) == (0, 1)
    assert intake.catalogue.keypoints_of([1], METHOD) == before
    assert intake.thumbnails.has(intake.catalogue.image(1).sha256)


def test_a_known_picture_is_decoded_only_for_what_it_lacks(intake: Intake) -> None:
    record = offer(encode(draw(1)), "a.png")
    take_in(intake, [record])
    narrow = replace(intake, limits=replace(intake.limits, max_bytes=1))
    assert take_in(narrow, [record])[0].known == 1
    forget_keypoints(intake)
    assert take_in(narrow, [record])[0].failed == 1
