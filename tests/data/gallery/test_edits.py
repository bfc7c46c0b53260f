import numpy as np
import pytest
from PIL import Image, ImageOps

from data.gallery.edits import EDITS


@pytest.fixture
def picture() -> Image.Image:
    rng = np.random.default_rng(2)
    return Image.fromarray(rng.integers(0, 255, (30, 40, 3), dtype=np.uint8)).resize((640, 480))


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_the_picture_and_repeats_itself(name: str, picture: Image.Image) -> None:
    edit, quality = EDITS[name]
    before = picture.tobytes()
    first, second = (edit(picture, np.random.default_rng(9)) for _ in range(2))
    assert first.mode == "RGB"
    assert first.tobytes() == second.tobytes() != before
    assert picture.tobytes() == before
    assert 1 <= quality <= 95


def test_mirroring_twice_gives_the_picture_back(picture: Image.Image) -> None:
    mirrored = EDITS["mirrored"][0](picture, np.random.default_rng(0))
    assert ImageOps.mirror(mirrored).tobytes() == picture.tobytes()


def test_a_crop_is_a_part_of_the_picture(picture: Image.Image) -> None:
    part = np.asarray(EDITS["cropped"][0](picture, np.random.default_rng(4)))
    whole = np.asarray(picture)
    assert any(
        np.array_equal(whole[top : top + part.shape[0], left : left + part.shape[1]], part)
        for top in range(whole.shape[0] - part.shape[0])
        for left in range(whole.shape[1] - part.shape[1])
        if np.array_equal(whole[top, left], part[0, 0])
    )


def test_grey_has_no_colour(picture: Image.Image) -> None:
    grey = np.asarray(EDITS["in-grey"][0](picture, np.random.default_rng(0)))
    assert (np.ptp(grey, axis=2) == 0).all()
