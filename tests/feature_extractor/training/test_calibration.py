import numpy as np
import pytest
from numpy.typing import NDArray

from feature_extractor.training.calibration import (
    Collection,
    EditedCopies,
    choose_copy_threshold,
    choose_similar_floor,
    measure_copies,
)
from feature_extractor.training.heads import normalise

NONE = np.empty((0, 2), np.intp)


def vectors(count: int, seed: int = 0) -> NDArray[np.float32]:
    return normalise(np.random.default_rng(seed).standard_normal((count, 32)).astype(np.float32))


def test_the_wanted_share_of_unrelated_queries_reaches_the_threshold() -> None:
    collection = Collection(vectors(1500), NONE)
    threshold = choose_copy_threshold(collection, false_copy_rate=0.02)
    copies = EditedCopies(collection.descriptors[:3], np.arange(3), np.array(["none"] * 3))
    assert measure_copies(collection, copies, threshold).false_copy_rate == pytest.approx(0.02, abs=0.002)


def test_near_duplicates_are_no_false_copies() -> None:
    descriptors = vectors(300)
    descriptors[7] = descriptors[3]
    alone = choose_copy_threshold(Collection(descriptors, NONE), false_copy_rate=0.0)
    excused = choose_copy_threshold(Collection(descriptors, np.array([[3, 7]])), false_copy_rate=0.0)
    assert alone == pytest.approx(1, abs=1e-5)
    assert excused < 0.95


def test_recall_is_told_by_edit() -> None:
    descriptors = vectors(200)
    far = normalise(descriptors[:2] + 4 * vectors(2, seed=1))
    copies = EditedCopies(
        np.concatenate([descriptors[:2], far]), np.array([0, 1, 0, 1]), np.array(["light", "light", "heavy", "heavy"])
    )
    figures = measure_copies(Collection(descriptors, NONE), copies, 0.9)
    assert figures.recall == {"light": 1.0, "heavy": 0.0, "all": 0.5}
    assert figures.recall_at_1["light"] == 1.0


def test_a_near_duplicate_in_front_of_the_original_is_no_mistake() -> None:
    descriptors = vectors(100)
    copy = normalise(descriptors[5:6] + 0.3 * vectors(1, seed=2))
    descriptors[9] = copy[0]
    copies = EditedCopies(copy, np.array([5]), np.array(["edit"]))
    assert measure_copies(Collection(descriptors, NONE), copies, 0.5).recall_at_1["edit"] == 0.0
    assert measure_copies(Collection(descriptors, np.array([[5, 9]])), copies, 0.5).recall_at_1["edit"] == 1.0


def test_the_similar_floor_parts_what_belongs_together() -> None:
    centres = np.eye(4, 32, dtype=np.float32)
    categories = np.repeat(["a", "b", "c", "d"], 30)
    similar = normalise(centres.repeat(30, axis=0) + 0.05 * vectors(120))
    floor = choose_similar_floor(similar, categories, precision=0.99)
    cosines = similar @ similar.T
    same = categories[:, None] == categories
    assert cosines[same].min() >= floor
    assert np.mean(cosines[~same] >= floor) < 0.01


def test_there_is_no_floor_among_strangers() -> None:
    assert choose_similar_floor(vectors(40), np.array([str(row) for row in range(40)]), precision=0.5) == 1.0
