"""Described regions: kept as directions, told by changes, and gone with their pictures."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.backup import backup, restore
from data.catalogue import Catalogue
from data.records import Change
from data.regions import MOST_REGIONS, RegionCounts, RegionOwner, RegionShelf
from errors import DescriptorShapeError
from tests.data.new_images import MODEL, digest, new_image, vector


@pytest.fixture
def shelf(catalogue: Catalogue) -> RegionShelf:
    catalogue.add_batch([new_image(number, collection="cats" if number % 2 else None) for number in range(4)])
    return RegionShelf(catalogue.database)


def regions(image_id: int, count: int = 5) -> NDArray[np.float32]:
    return np.stack([vector(100 * image_id + number) for number in range(count)])


def test_a_region_keeps_its_direction_and_tells_its_owner(shelf: RegionShelf) -> None:
    assert shelf.put([(2, regions(2)), (3, regions(3)), (77, regions(77))], MODEL) == 2
    number, batches = shelf.snapshot_descriptors("region", MODEL, batch=1)
    ids, vectors = zip(*((rows.ids, rows.vectors) for rows in batches), strict=True)
    assert number == shelf.last_change() == 2
    kept = np.concatenate(vectors).astype(np.float32)
    assert np.einsum("ij,ij->i", kept, np.concatenate([regions(2), regions(3)])).min() > 0.9995
    assert np.abs(np.linalg.norm(kept, axis=1) - 1).max() < 1e-3
    held = np.concatenate(ids).tolist()
    owners = shelf.owners([*held, 99 * MOST_REGIONS])
    assert [owners[one] for one in held] == [RegionOwner(image, place, 5) for image in (2, 3) for place in range(5)]
    assert len(owners) == len(held)
    assert shelf.ids_of_images([3, 4]).tolist() == held[5:]
    some = shelf.descriptors_of(held[4:6], "region", MODEL)
    assert some.ids.tolist() == held[4:6]
    assert np.array_equal(some.vectors, kept[4:6].astype(np.float16))
    assert shelf.descriptors_of(held, "region", "b" * 64).ids.tolist() == []
    assert shelf.counts(MODEL) == RegionCounts(pictures=2, regions=10, size_bytes=10 * 256)
    assert shelf.counts("b" * 64) == RegionCounts(0, 0, 0)


def test_what_is_no_set_of_directions_is_refused(shelf: RegionShelf) -> None:
    for wrong in (2 * regions(1), regions(1, 17), np.full((3, 256), np.nan, np.float32), vector(1)):
        with pytest.raises(DescriptorShapeError):
            shelf.put([(1, wrong)], MODEL)
    assert shelf.last_change() == 0


def test_lacking_are_those_without_as_many_of_this_model(shelf: RegionShelf) -> None:
    shelf.put([(1, regions(1)), (2, regions(2, 9))], MODEL)
    assert shelf.lacking(5, MODEL) == [(number, digest(number - 1)) for number in (2, 3, 4)]
    assert [image_id for image_id, _ in shelf.lacking(9, MODEL, limit=2)] == [1, 3]
    assert [image_id for image_id, _ in shelf.lacking(9, MODEL, after_id=3)] == [4]
    assert [image_id for image_id, _ in shelf.lacking(9, MODEL, collection="cats")] == [4]
    assert [image_id for image_id, _ in shelf.lacking(5, "b" * 64)] == [1, 2, 3, 4]


def test_changes_tell_what_came_and_went_and_no_id_comes_twice(catalogue: Catalogue, shelf: RegionShelf) -> None:
    shelf.put([(1, regions(1)), (2, regions(2))], MODEL)
    first = [Change(number, number * MOST_REGIONS + place, "added") for number in (1, 2) for place in range(5)]
    assert shelf.changes_after(0) == first
    assert shelf.changes_after(0, limit=5) == first[:5]
    shelf.put([(1, regions(1, 9))], MODEL)  # in place of the five
    gone = [Change(3, MOST_REGIONS + place, "removed") for place in range(5)]
    assert shelf.changes_after(2) == [*gone, *(Change(4, 4 * MOST_REGIONS + place, "added") for place in range(9))]
    catalogue.remove([2])
    assert shelf.changes_after(4) == [Change(5, 2 * MOST_REGIONS + place, "removed") for place in range(5)]
    assert catalogue.last_change() == 5, "four pictures added, one removed: regions count apart"
    assert shelf.remove("cats") == 0
    assert shelf.remove() == 1
    assert shelf.last_change() == 6
    assert shelf.counts(MODEL).pictures == 0
    assert shelf.put([(4, regions(4))], MODEL) == 1
    assert shelf.ids_of_images([4]).tolist() == [7 * MOST_REGIONS + place for place in range(5)]


def test_a_backup_brings_them_back(sqlite_url: str, tmp_path: Path) -> None:
    with Catalogue.open(sqlite_url) as catalogue:
        catalogue.add_batch([new_image(1)])
        RegionShelf(catalogue.database).put([(1, regions(1))], MODEL)
    there = tmp_path / "there"
    backup(sqlite_url, tmp_path / "instance", tmp_path / "kept.tar")
    restore(tmp_path / "kept.tar", there, f"sqlite:///{there / 'catalogue.sqlite'}")
    with Catalogue.open(f"sqlite:///{there / 'catalogue.sqlite'}") as restored:
        assert RegionShelf(restored.database).counts(MODEL) == RegionCounts(1, 5, 5 * 256)
