"""Pouring a shard's file does to the catalogue what adding its pictures there would have done."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.records import SourceRecord
from feature_extractor.keypoints import METHOD
from search.bulk.pour import Poured, pour, read_poured, write_poured
from search.bulk.shard_file import ShardFile
from search.ingest import Failure, Intake, Tally
from search.removal import remove_images
from tests.engines import draw, encode, make_intake, offer, take_in
from tests.search.bulk.orders import take_into


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    intake = make_intake(tmp_path)
    yield intake
    intake.catalogue.close()


def records() -> list[SourceRecord]:
    return [
        *(
            offer(encode(draw(seed)), f"{seed}.png", title=f"Blocks {seed}", labels={"media_comic": "positive"})
            for seed in range(40)
        ),
        offer(encode(draw(3)), "the same again.png"),
        offer(b"not a picture", "broken.png"),
    ]


def pour_into(intake: Intake, path: Path, tally: Tally | None = None) -> tuple[Tally, Poured, list[Failure]]:
    tally = tally or Tally()
    failures: list[Failure] = []
    poured = pour(intake, path, tally, on_progress=lambda _: None, on_failure=failures.append)
    return tally, poured, failures


def content(catalogue: Catalogue, model_id: str) -> list[object]:
    """Everything the catalogue says of its pictures but when they came."""
    images = catalogue.list_images(limit=1000)
    return [
        (
            *(image.id, image.sha256, image.pixel_sha256, image.pdq, image.width, image.height, image.format),
            *(image.size_bytes, image.title, image.licence, image.labels, image.probabilities),
            tuple(source.locator for source in image.sources),
            *(
                catalogue.descriptors_of([image.id], kind, model_id).vectors.astype(np.float32).tobytes()
                for kind in ("copy", "similar")
            ),
            catalogue.keypoints_of([image.id], METHOD)[image.id],
        )
        for image in images
    ]


def test_it_is_as_if_the_pictures_had_been_added_here(intake: Intake, tmp_path: Path) -> None:
    tally, poured, failures = pour_into(intake, take_into(tmp_path / "a.parquet", records()))
    (tmp_path / "plain").mkdir()
    plain = make_intake(tmp_path / "plain")
    with plain.catalogue:
        expected, left_out = take_in(plain, records())
        assert (tally, failures) == (expected, left_out)
        model_id = intake.extractor.model_id
        assert content(intake.catalogue, model_id) == content(plain.catalogue, model_id)
        assert set(intake.thumbnails.all()) == set(plain.thumbnails.all())
    assert poured == Poured(41, tuple(failures), {})


def test_a_shard_that_is_poured_again_adds_nothing(intake: Intake, tmp_path: Path) -> None:
    path = take_into(tmp_path / "a.parquet", records())
    pour_into(intake, path)
    before = intake.catalogue.last_change()
    tally, poured, failures = pour_into(intake, path)
    assert (tally.added, tally.known, tally.failed) == (0, 41, len(failures)) == (0, 41, 1)
    assert intake.catalogue.last_change() == before
    assert poured.pictures == 41


def test_a_picture_of_two_shards_is_one_with_two_places(intake: Intake, tmp_path: Path) -> None:
    for name in ("a", "b"):
        pour_into(intake, take_into(tmp_path / f"{name}.parquet", [offer(encode(draw(1)), f"{name}.png")]))
    [image] = intake.catalogue.list_images()
    assert [source.locator for source in image.sources] == ["a.png", "b.png"]


def test_a_further_place_of_a_picture_that_is_gone_is_reported(intake: Intake, tmp_path: Path) -> None:
    """Another process removes a picture between two rows of a shard: its further place has nothing to stand at."""
    [absent] = [offer(encode(draw(1)), "again.png")]
    with ShardFile(tmp_path / "a.parquet", intake.extractor.model_id) as file:
        file.add_sources([("0" * 64, absent)])
    tally, _, failures = pour_into(intake, tmp_path / "a.parquet")
    assert (tally.known, tally.failed) == (0, 1)
    assert [failure.locator for failure in failures] == ["again.png"]


def test_a_removed_picture_comes_back_when_its_shard_is_poured(intake: Intake, tmp_path: Path) -> None:
    path = take_into(tmp_path / "a.parquet", [offer(encode(draw(1)), "a.png")])
    pour_into(intake, path)
    remove_images(intake.catalogue, intake.thumbnails, [1])
    tally, _, _ = pour_into(intake, path)
    assert tally.added == 1
    [image] = intake.catalogue.list_images()
    assert intake.thumbnails.has(image.sha256)


def test_what_stands_for_a_poured_shard_is_read_back_or_counts_as_absent(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert read_poured(path) is None
    poured = Poured(3, (Failure("b.png", "damaged"),), {"hidden": 1})
    write_poured(path, poured)
    assert read_poured(path) == poured
    path.write_text(path.read_text()[:-3])
    assert read_poured(path) is None


def test_a_known_picture_without_local_features_gets_them_from_a_shard(intake: Intake, tmp_path: Path) -> None:
    path = take_into(tmp_path / "a.parquet", records())
    pour_into(intake, path)
    before = intake.catalogue.keypoints_of(range(1, 41), METHOD)
    pairs = [(image.sha256, b"old") for image in intake.catalogue.list_images(limit=1000)]
    intake.catalogue.put_keypoints(pairs, "an older method")
    tally, _, _ = pour_into(intake, path)
    assert (tally.added, tally.known) == (0, 41)
    assert intake.catalogue.keypoints_of(range(1, 41), METHOD) == before
