from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from errors import ModelUnusable, StorageUnavailable
from feature_extractor.picture import Picture
from feature_extractor.training.heads import LOOK_DIM
from feature_extractor.training.picture_cache import PictureCache, build_picture_cache
from feature_extractor.training.teacher import Teacher, describe_pictures, teacher_of
from tests.feature_extractor.training.few_pictures import blobs
from tests.feature_extractor.training.tiny_training import write_start


@pytest.fixture
def cache(tmp_path: Path) -> PictureCache:
    return build_picture_cache(tmp_path / "cache", [(f"{n}.png", partial(blobs, n)) for n in range(5)])[0]


class Counting:
    """Describes pictures by their mean colour, and counts them."""

    def __init__(self) -> None:
        self.described = 0
        self.opened = 0

    def open(self) -> "Counting":
        self.opened += 1
        return self

    def __call__(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        self.described += len(pictures)
        vectors = np.zeros((len(pictures), LOOK_DIM), np.float32)
        vectors[:, :3] = [picture.mean(axis=(0, 1)) / 255 for picture in pictures]
        return vectors


def test_each_picture_is_described_once(tmp_path: Path, cache: PictureCache) -> None:
    counting, told = Counting(), list[tuple[int, int]]()
    teacher = Teacher("counting", counting.open)
    some = [(cache, name) for name in cache.names[:3]]
    describe_pictures(teacher, some, tmp_path / "store")
    found = describe_pictures(
        teacher,
        [(cache, name) for name in cache.names],
        tmp_path / "store",
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert list(found) == list(cache.names)
    assert counting.described == 5
    assert told == [(3, 5), (5, 5)]
    for row, name in enumerate(cache.names):
        assert found[name].dtype == np.float16
        np.testing.assert_allclose(found[name][:3], cache.picture(row).mean(axis=(0, 1)) / 255, atol=1e-3)
    describe_pictures(teacher, some, tmp_path / "store")
    assert counting.opened == 2
    describe_pictures(Teacher("another", counting.open), some, tmp_path / "store")
    assert counting.described == 8


def test_a_damaged_store_is_made_anew(tmp_path: Path, cache: PictureCache) -> None:
    counting = Counting()
    (tmp_path / "teacher-counting.npz").write_bytes(b"damaged")
    describe_pictures(Teacher("counting", counting.open), [(cache, "0.png")], tmp_path)
    assert counting.described == 1


def test_says_where_it_cannot_write(tmp_path: Path, cache: PictureCache) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable, match="teacher-counting"):
        describe_pictures(Teacher("counting", Counting().open), [(cache, "0.png")], tmp_path / "file")


@pytest.mark.slow
def test_starting_weights_teach_by_themselves(tmp_path: Path, cache: PictureCache) -> None:
    start = write_start(tmp_path / "start.npz")
    teacher = teacher_of(start, "v1.5", lambda: pytest.fail("these weights have heads"))
    found = describe_pictures(teacher, [(cache, name) for name in cache.names], tmp_path)
    np.testing.assert_allclose([np.linalg.norm(vector.astype(np.float32)) for vector in found.values()], 1, atol=2e-3)
    assert teacher.key != teacher_of(start, "v1", list).key
    with pytest.raises(ModelUnusable, match="absent"):
        teacher_of(tmp_path / "absent.npz", "v1.5", list)
