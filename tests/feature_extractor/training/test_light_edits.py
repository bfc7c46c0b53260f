import numpy as np

from feature_extractor.picture import Picture
from feature_extractor.training.light_edits import LIGHT_EDITS, edit_lightly


def picture(height: int = 160, width: int = 130) -> Picture:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_every_edit_changes_the_picture_and_leaves_the_original() -> None:
    original = picture()
    before = original.copy()
    edited = dict(edit_lightly(original, np.random.default_rng(1)))
    assert list(edited) == list(LIGHT_EDITS)
    for result in edited.values():
        assert result.dtype == np.uint8
        assert result.shape[2] == 3
        assert result.shape != original.shape or (result != original).any()
    np.testing.assert_array_equal(original, before)


def test_equal_seeds_edit_alike() -> None:
    one, same, other = (dict(edit_lightly(picture(), np.random.default_rng(seed))) for seed in (4, 4, 5))
    for name, result in one.items():
        np.testing.assert_array_equal(result, same[name])
    assert other["crop"].shape != one["crop"].shape or (other["crop"] != one["crop"]).any()
