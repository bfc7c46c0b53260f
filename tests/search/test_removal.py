"""Pictures go wholly, also many of them and while others write."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feature_extractor.keypoints import METHOD
from search.ingest import Intake
from search.removal import remove_images, remove_strays
from tests.engines import draw, encode, make_intake, offer, take_in


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    intake = make_intake(tmp_path)
    take_in(intake, [offer(encode(draw(seed)), f"{seed}.png") for seed in range(5)])
    yield intake
    intake.catalogue.close()


def test_more_than_one_transaction_of_pictures_goes(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.removal.AT_ONCE", 2)
    assert remove_images(intake.catalogue, intake.thumbnails, [5, 1, 2, 3, 3, 77]) == 4
    [left] = intake.catalogue.list_images()
    assert list(intake.thumbnails.all()) == [left.sha256]


def test_only_strays_are_removed_as_such(intake: Intake) -> None:
    shown = [image.sha256 for image in intake.catalogue.list_images()]
    intake.thumbnails.put("f" * 64, b"stray")
    remove_strays(intake.catalogue, intake.thumbnails, ["f" * 64, *shown])
    assert set(intake.thumbnails.all()) == set(shown)


def test_local_features_go_with_their_picture(intake: Intake) -> None:
    before = intake.catalogue.keypoints_of(range(1, 6), METHOD)
    assert remove_images(intake.catalogue, intake.thumbnails, [2, 4]) == 2
    assert intake.catalogue.keypoints_of(range(1, 6), METHOD) == {number: before[number] for number in (1, 3, 5)}
