"""Networks as Keras publishes them: fetched, converted, and answering as Keras does."""

import hashlib
import re
from pathlib import Path

import h5py  # type: ignore[import-untyped]  # ships no types
import keras
import numpy as np
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

from errors import ModelUnusable
from feature_extractor.backbones import FEATURES, open_backbone
from feature_extractor.training.official_backbones import OFFICIAL_BACKBONES, OfficialBackbone, fetch_backbone
from feature_extractor.training.official_weights import OfficialWeights
from tests.feature_extractor.training.test_official_weights import Shop, serving


def build_small(*, include_top: bool, weights: None, pooling: str, input_shape: tuple[int, int, int]) -> keras.Model:
    """Return a network made as those of `keras.applications` are, of two layers."""
    assert (include_top, weights, pooling) == (False, None, "avg")
    pictures = keras.Input(input_shape)
    maps = keras.layers.Conv2D(5, 7, strides=8, padding="same", activation="relu", name="conv")(pictures)
    return keras.Model(pictures, keras.layers.GlobalAveragePooling2D()(maps), name="small")


def weights_of(network: keras.Model, path: Path) -> bytes:
    with h5py.File(path, "w") as file:  # in the older form, as the published ones are
        save_weights_to_hdf5_group(file, network)
    return path.read_bytes()


def test_what_is_fetched_answers_as_keras_does(tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    theirs = build_small(include_top=False, weights=None, pooling="avg", input_shape=(224, 224, 3))
    content = weights_of(theirs, tmp_path / "theirs.h5")
    with serving(Shop(content, cuts=1)) as shop:
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        official = OfficialBackbone(OfficialWeights(shop.url, digest, len(content), algorithm="md5"), build_small)
        found = fetch_backbone(official, tmp_path / "kept" / "small.xml")
        assert fetch_backbone(official, found) == found
        assert len(shop.asked) == 2  # once cut, and not again once it is there
    assert sorted(path.name for path in found.parent.iterdir()) == ["small.bin", "small.xml"]
    pictures = np.random.default_rng(1).integers(0, 256, (2, 224, 224, 3), np.uint8)
    prepared = keras.applications.vgg16.preprocess_input(pictures.astype(np.float32))
    expected = theirs.predict(prepared, verbose=0)
    np.testing.assert_allclose(
        open_backbone(found, threads=1).describe(list(pictures))[FEATURES], expected, rtol=1e-3, atol=1e-3
    )


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    with serving(Shop(b"nothing of the kind")) as shop:
        digest = hashlib.sha256(b"nothing of the kind").hexdigest()
        official = OfficialBackbone(OfficialWeights(shop.url, digest, 19), build_small)
        with pytest.raises(ModelUnusable, match="small"):
            fetch_backbone(official, tmp_path / "small.xml")
    assert not (tmp_path / "small.xml").exists()


@pytest.mark.parametrize("name", OFFICIAL_BACKBONES)
def test_the_official_files_are_named_by_the_checksum_that_keras_tells(name: str) -> None:
    weights = OFFICIAL_BACKBONES[name].weights
    assert re.fullmatch(r"[0-9a-f]{32}", weights.digest)
    assert weights.algorithm == "md5"
    assert weights.url.startswith("https://")
    assert weights.file == f"{name}_weights_tf_dim_ordering_tf_kernels_notop.h5"
