from functools import partial
from pathlib import Path

import numpy as np
import pytest

from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.picture import Picture
from feature_extractor.training.generator import UNKNOWN
from feature_extractor.training.heads import LOOK_DIM
from feature_extractor.training.picture_cache import PictureCache, build_picture_cache
from feature_extractor.training.sample import LabelledPicture
from feature_extractor.training.training_set import assemble

NAN = float("nan")


def plain(value: int) -> Picture:
    return np.full((20, 24, 3), value, np.uint8)


def label(name: str, category: str = "", split: str = "train", first: float = NAN) -> LabelledPicture:
    return LabelledPicture(Path(name), name, split, 1, (first, *(NAN,) * (len(ATTRIBUTES) - 1)), category=category)


LABELLED = [
    label("pacs/photo/a.png", "dog", first=1.0),
    label("pacs/sketch/b.png", "house", first=0.0),
    label("art/oil/c.png"),
    label("pacs/photo/gone.png", "dog"),
    label("pacs/photo/v.png", "cat", split="val"),
]


@pytest.fixture
def caches(tmp_path: Path) -> tuple[PictureCache, PictureCache]:
    """One of labelled pictures, in another order and without one of them, and one of others; the value tells which."""

    def build(folder: str, names: dict[str, int]) -> PictureCache:
        reads = [(name, partial(plain, value)) for name, value in names.items()]
        return build_picture_cache(tmp_path / folder, reads)[0]

    labelled = {"art/oil/c.png": 3, "pacs/photo/v.png": 9, "pacs/sketch/b.png": 2, "pacs/photo/a.png": 1}
    return build("labelled", labelled), build("more", {"flowers/x.jpg": 5, "flowers/y.jpg": 6, "wiki/z.jpg": 7})


def test_rows_are_the_labelled_pictures_of_train_that_are_there_then_all_others(
    caches: tuple[PictureCache, PictureCache],
) -> None:
    found = assemble(LABELLED, caches[0], [caches[1]], teacher={})
    assert [int(found.read(row)[0, 0, 0]) for row in range(len(found))] == [1, 2, 3, 5, 6, 7]
    assert found.collections.tolist() == ["pacs/photo", "pacs/sketch", "art/oil", "flowers", "flowers", "wiki"]
    assert found.strata[:3].tolist() == ["pacs/photo/dog", "pacs/sketch/house", "art/oil/"]
    assert found.categories.tolist() == [0, 1, *[UNKNOWN] * 4]
    assert found.attributes[:, 0].tolist() == [1, 0, *[UNKNOWN] * 4]
    assert (found.attributes[:, 1:] == UNKNOWN).all()
    assert found.labelled.tolist() == [0, 1]


def test_what_is_left_out_is_left_out_altogether(caches: tuple[PictureCache, PictureCache]) -> None:
    found = assemble(LABELLED, caches[0], teacher={}, without=("dog",))
    assert [int(found.read(row)[0, 0, 0]) for row in range(len(found))] == [2, 3]
    assert found.categories.tolist() == [0, UNKNOWN]


def test_the_teacher_s_descriptors_go_by_name_and_are_nought_where_it_has_none(
    caches: tuple[PictureCache, PictureCache],
) -> None:
    vectors = np.random.default_rng(0).standard_normal((2, LOOK_DIM)).astype(np.float16)
    found = assemble(
        LABELLED, caches[0], [caches[1]], teacher={"wiki/z.jpg": vectors[0], "pacs/sketch/b.png": vectors[1]}
    )
    assert found.teacher.any(axis=1).tolist() == [False, True, False, False, False, True]
    np.testing.assert_allclose(np.linalg.norm(found.teacher[[1, 5]], axis=1), 1, atol=1e-5)
    wanted = vectors[1].astype(np.float32)
    np.testing.assert_allclose(found.teacher[1], wanted / np.linalg.norm(wanted), atol=1e-3)
