from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from errors import StorageUnavailable
from evaluation.baselines import CopyDescriptor, PDQHash, SimilarDescriptor
from evaluation.description_cache import DescriptionCache
from feature_extractor.descriptors import Descriptors
from feature_extractor.picture import Picture
from feature_extractor.training.sample import LabelledPicture, read_sample
from tests.fake_extractor import FakeExtractor
from tests.feature_extractor.training.drawn_sample import draw_sample


class Counting(FakeExtractor):
    """Counts the pictures that it is shown."""

    shown = 0

    def describe(self, pictures: Sequence[Picture]) -> Descriptors:
        self.shown += len(pictures)
        return super().describe(pictures)


@pytest.fixture
def pictures(tmp_path: Path) -> list[LabelledPicture]:
    draw_sample(tmp_path / "sample", pictures=12)
    return read_sample(tmp_path / "sample")


def test_a_model_sees_each_picture_once_for_all_its_outputs(tmp_path: Path, pictures: list[LabelledPicture]) -> None:
    extractor = Counting()
    advances: list[tuple[int, int]] = []
    cache = DescriptionCache(tmp_path / "cache", pictures, advance=lambda *both: advances.append(both))
    found = cache.descriptions([CopyDescriptor(extractor), SimilarDescriptor(extractor, name="similar")])
    again = DescriptionCache(tmp_path / "cache", pictures).outputs(extractor)
    assert extractor.shown == 12
    assert advances == [(12, 12)]
    expected = extractor.describe([picture.read() for picture in pictures])
    for received, name in ((found["Retrace"], "copy"), (found["similar"], "similar"), (again.attributes, "attributes")):
        assert np.array_equal(received, getattr(expected, name))


def test_another_model_and_other_pictures_are_described_anew(tmp_path: Path, pictures: list[LabelledPicture]) -> None:
    one, other = Counting(), Counting(seed=8)
    DescriptionCache(tmp_path / "cache", pictures).outputs(one)
    DescriptionCache(tmp_path / "cache", pictures).outputs(other)
    assert len(DescriptionCache(tmp_path / "cache", pictures[:5]).outputs(one).copy) == 5
    assert (one.shown, other.shown) == (17, 12)
    pictures[0].path.write_bytes(pictures[1].path.read_bytes())
    changed = DescriptionCache(tmp_path / "cache", pictures).outputs(one).copy
    assert np.array_equal(changed[0], changed[1])


def test_hashes_and_small_pictures_are_kept_too(tmp_path: Path, pictures: list[LabelledPicture]) -> None:
    cache = DescriptionCache(tmp_path / "cache", pictures)
    assert cache.small().shape == (12, 64, 64, 3)
    first = cache.descriptions([PDQHash()])["PDQ"]
    for picture in pictures:
        picture.path.touch()
    kept = {path.name for path in (tmp_path / "cache").iterdir()}
    assert np.array_equal(cache.descriptions([PDQHash()])["PDQ"], first)
    assert {path.name for path in (tmp_path / "cache").iterdir()} == kept
    assert all(name.endswith(".npy") for name in kept)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, pictures: list[LabelledPicture]) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageUnavailable, match="cannot be written"):
        DescriptionCache(tmp_path / "file", pictures).descriptions([PDQHash()])
