"""Duplicates of a small catalogue: found, kept in a file, told, and removed only where a bigger one is proven."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from data.decisions import PictureKey, Subject
from data.duplicate_groups import DuplicateGroups, DuplicateRun, Group
from errors import StorageUnavailable
from search.duplicates.find import find_duplicates
from search.duplicates.report import csv_pieces, duplicates_lines, duplicates_record, smaller_members
from search.open_engine import close_engine
from search.query import Engine
from tests.engines import encode, make_engine, offer
from tests.search.known_copies import in_greys
from tests.search.scenes import scene

WHOLE = scene(1)
SMALL = np.asarray(cv2.resize(WHOLE, (480, 360), interpolation=cv2.INTER_AREA), np.uint8)
OTHER = scene(2)
WHOLE_ID, SMALL_ID, GREY_ID, OTHER_ID, AGAIN_ID, TWICE_ID, ALONE_ID = range(1, 8)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    files = [
        encode(WHOLE),
        encode(SMALL),
        encode(in_greys(WHOLE), "JPEG", quality=90),
        encode(OTHER),
        encode(OTHER, compress_level=1),
        encode(OTHER, compress_level=2),
        encode(scene(3)),
    ]
    collections = ["a", "b", "a", "a", "a", "b", "a"]
    records = [
        offer(data, f"/{number}.png", collection=name)
        for number, (data, name) in enumerate(zip(files, collections, strict=True), 1)
    ]
    engine = make_engine(tmp_path_factory.mktemp("engine"), records)
    yield engine
    close_engine(engine)


def find(engine: Engine, collection: str | None = None) -> tuple[DuplicateRun, list[Group]]:
    return find_duplicates(engine, collection, on_progress=lambda *_: None)


@pytest.fixture(scope="module")
def found(engine: Engine) -> tuple[DuplicateRun, list[Group]]:
    return find(engine)


def ids_of(groups: list[Group]) -> list[set[int]]:
    return [{member.image_id for member in group.members} for group in groups]


def test_copies_and_equal_pixels_are_grouped_and_a_stranger_is_not(found: tuple[DuplicateRun, list[Group]]) -> None:
    run, groups = found
    assert ids_of(groups) == [{WHOLE_ID, SMALL_ID, GREY_ID}, {OTHER_ID, AGAIN_ID, TWICE_ID}]
    assert (run.groups, run.members, run.pictures) == (2, 6, 7)
    copies, same = groups
    assert copies.biggest == WHOLE_ID
    assert {member.kind for member in copies.members[1:]} == {"copy"}
    assert [member.kind for member in same.members] == ["head", "same_pixels", "same_pixels"]
    grey = next(member for member in copies.members if member.image_id == GREY_ID)
    assert "colour" in grey.what or "grey" in grey.what


def test_a_collection_is_looked_at_alone(engine: Engine) -> None:
    _, groups = find(engine, "a")
    assert sorted(map(sorted, ids_of(groups))) == [[WHOLE_ID, GREY_ID], [OTHER_ID, AGAIN_ID]]
    assert find(engine, "none")[1] == []


def test_what_was_decided_to_be_no_copy_is_left_out(engine: Engine) -> None:
    images = engine.catalogue.images([WHOLE_ID, SMALL_ID, GREY_ID])
    keys = {one: PictureKey(image.sha256, image.pixel_sha256) for one, image in images.items()}
    decisions = [
        engine.decisions.decide("not_a_copy", Subject.of_pair(keys[GREY_ID], keys[one]), "tester")
        for one in (WHOLE_ID, SMALL_ID)
    ]
    try:
        assert {WHOLE_ID, SMALL_ID} in ids_of(find(engine)[1])
    finally:
        for decision in decisions:
            engine.decisions.undo(decision.id, "tester")


def test_what_a_run_found_is_kept_whole(found: tuple[DuplicateRun, list[Group]], tmp_path: Path) -> None:
    kept = DuplicateGroups(tmp_path)
    assert kept.read() is None
    run, groups = found
    kept.write(run, groups)
    assert kept.read() == (run, groups)
    assert kept.read(1, 1) == (run, groups[1:])
    assert kept.read(5, 5) == (run, [])
    assert [path.name for path in tmp_path.iterdir()] == ["duplicates.jsonl"]
    kept.path.write_text("{}\n")
    with pytest.raises(StorageUnavailable, match="damaged"):
        kept.read()


def test_people_and_programs_are_told_the_same(found: tuple[DuplicateRun, list[Group]]) -> None:
    run, groups = found
    record = json.loads(json.dumps(duplicates_record(run, groups)))
    rows = list(csv.DictReader("".join(csv_pieces(groups)).splitlines()))
    assert [int(row["id"]) for row in rows] == [one["image_id"] for each in record["groups"] for one in each["members"]]
    assert sum(row["is_biggest"] == "True" for row in rows) == len(groups)
    text = "\n".join(duplicates_lines(run, groups, most=1))
    assert "Group 1" in text
    assert "Group 2" not in text
    assert "1 more group" in text


def test_only_what_is_proven_against_the_biggest_may_go(
    engine: Engine, found: tuple[DuplicateRun, list[Group]]
) -> None:
    _, groups = found
    for group, member in smaller_members(groups, engine.catalogue):
        assert group.members[0].image_id in {group.biggest, member.image_id}
        assert member.image_id != group.biggest
    assert datetime.now(UTC) >= found[0].made_at
    gone = [group.model_copy(update={"biggest": 99}) for group in groups]
    assert smaller_members(gone, engine.catalogue) == []  # what is not there stands for nothing
