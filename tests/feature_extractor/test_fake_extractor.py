import numpy as np
import pytest

from errors import PictureTooSmall
from feature_extractor.descriptors import ATTRIBUTES, DIM, Extractor
from feature_extractor.picture import Picture
from tests.fake_extractor import FakeExtractor


def noise(seed: int, *shape: int) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)


def test_keeps_the_contract() -> None:
    extractor = FakeExtractor(untaught=["emotion_scary"])
    assert isinstance(extractor, Extractor)
    told = extractor.describe([noise(0, 40, 60), noise(1, 16, 16), np.zeros((20, 20, 3), np.uint8)])
    assert told.copy.shape == told.similar.shape == (3, DIM)
    assert told.copy.dtype == told.similar.dtype == told.attributes.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(told.copy, axis=1), 1, atol=1e-5)
    assert np.isnan(told.attributes).sum(axis=0).tolist() == [3 * (name == "emotion_scary") for name in ATTRIBUTES]


def test_says_nothing_of_no_pictures() -> None:
    told = FakeExtractor().describe([])
    assert (told.copy.shape, told.similar.shape, told.attributes.shape) == ((0, DIM), (0, DIM), (0, len(ATTRIBUTES)))


def test_a_picture_is_near_its_enlargement_and_far_from_others() -> None:
    extractor = FakeExtractor()
    picture = noise(2, 32, 48)
    told = extractor.describe([picture, picture.repeat(3, axis=0).repeat(3, axis=1), noise(3, 32, 48)])
    assert told.copy[0] @ told.copy[1] > 0.99
    assert told.copy[0] @ told.copy[2] < extractor.copy_threshold


def test_equal_seeds_are_equal_models() -> None:
    picture = noise(4, 30, 30)
    one, same, other = (FakeExtractor(seed=seed) for seed in (1, 1, 2))
    assert one.model_id == same.model_id != other.model_id
    np.testing.assert_array_equal(one.describe([picture]).copy, same.describe([picture]).copy)


def test_refuses_what_is_too_small() -> None:
    with pytest.raises(PictureTooSmall, match="received 40 x 15"):
        FakeExtractor().describe([noise(0, 15, 40)])
