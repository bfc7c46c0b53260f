"""The life of a picture, with real parts and a fake model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.catalogue import Catalogue
from errors import FetchFailed
from search.ingest import BATCH, Intake, Tally, ingest
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
        ingest(intake, records, on_batch=stop, on_failure=lambda _: None)
    with Catalogue.open(f"sqlite:///{tmp_path / 'catalogue.sqlite'}") as seen_by_others:
        assert seen_by_others.counts().images == BATCH
    tally, _ = take_in(intake, records)
    assert (tally.added, tally.known) == (2 * BATCH, BATCH)


def test_progress_counts_every_picture_once(intake: Intake) -> None:
    seen: list[int] = []
    records = [offer(encode(draw(seed)), f"{seed}.png") for seed in range(BATCH + 1)]
    ingest(intake, records, on_batch=lambda tally: seen.append(tally.seen), on_failure=lambda _: None)
    assert seen == sorted(seen)
    assert seen[-1] == BATCH + 1
