"""What is found by hash is what the catalogue holds now."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from data.hashes import Hashes
from feature_extractor.decode import decode
from feature_extractor.hashes import PDQ_MIN_QUALITY, compute_pdq
from search import live_hashes
from search.hash_export import hash_lines
from search.ingest import Intake
from search.live_hashes import LiveHashes
from search.removal import remove_images
from tests.engines import LIMITS, draw, encode, make_intake, offer, take_in


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    intake = make_intake(tmp_path)
    add(intake, range(6))
    yield intake
    intake.catalogue.close()


def add(intake: Intake, seeds: range) -> None:
    records = [offer(encode(draw(seed)), f"{seed}.png", collection="even" if seed % 2 == 0 else None) for seed in seeds]
    _, failures = take_in(intake, records)
    assert not failures


def pdq(seed: int) -> bytes:
    return compute_pdq(decode(encode(draw(seed)), LIMITS).pixels).bits


def ids(live: LiveHashes, *seeds: int, most: int | None = None) -> list[tuple[int, ...]]:
    return [near.ids for near in live.search([pdq(seed) for seed in seeds], 10, most=most)]


@pytest.mark.parametrize("rebuild_from", [10_000, 0], ids=["beside the table", "table made anew"])
def test_it_follows_the_catalogue(intake: Intake, monkeypatch: pytest.MonkeyPatch, rebuild_from: int) -> None:
    monkeypatch.setattr(live_hashes, "REBUILD_FROM", rebuild_from)
    live = LiveHashes(intake.catalogue)
    assert ids(live, 0, 5, 9) == [(1,), (6,), ()]
    add(intake, range(6, 10))
    assert ids(live, 0, 5, 9) == [(1,), (6,), (10,)]
    assert live.count() == 10
    remove_images(intake.catalogue, intake.thumbnails, [1, 10])
    assert ids(live, 0, 5, 9) == [(), (6,), ()]
    add(intake, range(1))
    add(intake, range(10, 11))
    remove_images(intake.catalogue, intake.thumbnails, [12])
    assert ids(live, 0, 10) == [(11,), ()]
    assert live.count() == 9


def test_as_many_are_told_as_are_wanted(intake: Intake) -> None:
    [near] = LiveHashes(intake.catalogue).search([pdq(3)], 256, most=2)
    assert near.total == 6
    assert near.ids[0] == 4
    assert len(near.ids) == len(near.distances) == 2
    assert near.distances[0] == 0 <= near.distances[1]


def test_a_plain_picture_has_no_hash(intake: Intake) -> None:
    tally, _ = take_in(intake, [offer(encode(np.full((64, 96, 3), 128, np.uint8)), "plain.png")])
    assert tally.added == 1
    assert LiveHashes(intake.catalogue).count() == 6
    assert len(list(Hashes(intake.catalogue.database).all())) == 6


def test_hashes_to_share_are_those_of_the_pictures(intake: Intake) -> None:
    hashes = Hashes(intake.catalogue.database)
    lines = list(hash_lines(hashes.all(), intake.thumbnails, LIMITS))
    assert [(line.image_id, line.hash) for line in lines] == [(seed + 1, pdq(seed).hex()) for seed in range(6)]
    for seed, line in enumerate(lines):
        quality = compute_pdq(decode(encode(draw(seed)), LIMITS).pixels).quality
        assert line.quality is not None
        assert abs(line.quality - quality) <= 3
        assert line.quality >= PDQ_MIN_QUALITY
    assert [line.image_id for line in hash_lines(hashes.all(collection="even"), intake.thumbnails, LIMITS)] == [1, 3, 5]
    intake.thumbnails.remove(lines[0].sha256)
    intake.thumbnails.put(lines[1].sha256, b"RIFF\x10\x00\x00\x00WEBPVP8 ")
    again = list(hash_lines(hashes.all(), intake.thumbnails, LIMITS, workers=2))
    assert [line.quality for line in again[:2]] == [None, None]
    assert again[2:] == lines[2:]
