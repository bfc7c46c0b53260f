"""A backbone is any network by its file, described with in batches."""

from pathlib import Path

import numpy as np
import pytest

from errors import ModelUnusable, PictureTooSmall
from feature_extractor.backbones import BATCH, FEATURES, GEM, open_backbone, scale_to_unit
from feature_extractor.extractor import open_extractor
from settings import Settings
from tests.small_backbone import LENGTH, write_small_backbone


def draw(count: int, seed: int = 0) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return list(generator.integers(0, 256, (count, 224, 224, 3), np.uint8))


def test_any_number_of_pictures_is_described_alike(tmp_path: Path) -> None:
    backbone = open_backbone(write_small_backbone(tmp_path / "small.xml"), threads=1)
    pictures = draw(BATCH + 3)
    found = backbone.describe(pictures)[FEATURES]
    blocks = np.stack(pictures).reshape(-1, 4, 56, 4, 56, 3).mean(axis=(2, 4))  # (n, 4, 4, 3)
    assert backbone.lengths == {FEATURES: LENGTH}
    np.testing.assert_allclose(found, blocks.transpose(0, 3, 1, 2).reshape(-1, LENGTH), rtol=1e-4)
    assert backbone.describe([])[FEATURES].shape == (0, LENGTH)
    np.testing.assert_allclose(backbone.describe(pictures[-1:])[FEATURES], found[-1:], rtol=1e-6)


def test_a_picture_of_another_size_is_prepared_and_one_too_small_is_refused(tmp_path: Path) -> None:
    backbone = open_backbone(write_small_backbone(tmp_path / "small.xml"), threads=1)
    grey = np.full((32, 48, 3), 90, np.uint8)
    np.testing.assert_allclose(backbone.describe([grey])[FEATURES], 90, rtol=1e-6)
    with pytest.raises(PictureTooSmall):
        backbone.describe([grey[:15]])


def test_what_is_no_such_network_is_refused(tmp_path: Path) -> None:
    import openvino as ov
    from openvino import opset13 as ops

    with pytest.raises(ModelUnusable):
        open_backbone(tmp_path / "absent.xml")
    vector = ops.parameter([-1, 7], np.float32)
    ov.save_model(ov.Model([ops.result(vector)], [vector]), str(tmp_path / "other.xml"))
    with pytest.raises(ModelUnusable, match=r"other\.xml"):
        open_backbone(tmp_path / "other.xml")
    (tmp_path / "broken.xml").write_text("<net")
    (tmp_path / "broken.bin").write_bytes(b"")
    with pytest.raises(ModelUnusable, match=r"broken\.xml"):
        open_backbone(tmp_path / "broken.xml")


def test_rows_are_scaled_and_nothing_stays_nothing() -> None:
    scaled = scale_to_unit(np.array([[3, 4], [0, 0]], np.float32))
    np.testing.assert_allclose(scaled, [[0.6, 0.8], [0.0, 0.0]])


@pytest.mark.model
def test_our_model_gives_what_its_heads_read_beside_what_they_say() -> None:
    model = Settings.model_fields["model"].get_default()
    backbone, pictures = open_backbone(model, threads=1), draw(2, seed=4)
    found, said = backbone.describe(pictures), open_extractor(model, threads=1).describe(pictures)
    np.testing.assert_allclose(found["copy"], said.copy, atol=1e-5)
    np.testing.assert_allclose(found["similar"], said.similar, atol=1e-5)
    assert {name: found[name].shape[1] for name in (FEATURES, GEM)} == {FEATURES: 2048, GEM: 3072}
    halves = found[GEM].reshape(2, -1)  # conv4 has 1024 maps, conv5 2048, each of norm 1
    np.testing.assert_allclose(np.linalg.norm(halves[:, :1024], axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(halves[:, 1024:], axis=1), 1, atol=1e-5)
    assert (found[FEATURES] >= 0).all()
