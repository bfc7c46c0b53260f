from pathlib import Path

import keras
import numpy as np
import openvino as ov
import pytest

from errors import ModelUnusable
from feature_extractor.descriptors import ATTRIBUTES, DIM
from feature_extractor.training.features import extract
from feature_extractor.training.graph import attach_heads, attach_pooling, convert
from feature_extractor.training.heads import LOOK_DIM, SUBJECT_DIM, Heads, LinearHead
from feature_extractor.training.learner import pool
from feature_extractor.training.network import Variant, build_trunk
from feature_extractor.training.quantise import quantise
from feature_extractor.training.read_back import read_served
from feature_extractor.training.weights import load_weights

GENERATOR = np.random.default_rng(8)
PICTURES = GENERATOR.integers(0, 256, (4, 224, 224, 3), np.uint8)


def random_trunk(variant: Variant) -> keras.Model:
    """Return a network none of whose normalisations leaves anything as it is."""
    keras.utils.set_random_seed(4)
    trunk = build_trunk(variant)
    for layer in trunk.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for variable in layer.weights:
                variable.assign(GENERATOR.uniform(0.4, 0.8, variable.shape))
    return trunk


def random_heads() -> Heads:
    def head(inputs: int, outputs: int) -> LinearHead:
        return LinearHead(
            *(GENERATOR.standard_normal(shape).astype(np.float32) for shape in ((inputs, outputs), outputs))
        )

    return Heads(head(3072, DIM), head(2048, SUBJECT_DIM), head(2048, LOOK_DIM), head(2048, len(ATTRIBUTES)))


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "is_rounded"), [("v1.5", True), ("v1", False)])
def test_a_network_sees_the_same_after_it_served(tmp_path: Path, variant: Variant, is_rounded: bool) -> None:
    trunk, heads = random_trunk(variant), random_heads()
    graph = convert(trunk)
    if is_rounded:
        graph = quantise(graph, list(PICTURES))
    ov.save_model(attach_heads(graph, heads), str(tmp_path / "model.xml"), compress_to_fp16=False)
    again = build_trunk(variant)
    found = load_weights(again, tmp_path / "model.xml")
    maps = again(PICTURES)
    expected = extract(attach_pooling(convert(trunk)), PICTURES)
    for name, features in zip(("gem", "average"), pool(maps["conv4"], maps["conv5"]), strict=True):
        cosines = (keras.ops.convert_to_numpy(features) * expected[name]).sum(axis=1)
        cosines /= np.linalg.norm(expected[name], axis=1) * np.linalg.norm(features, axis=1)
        assert cosines.min() > (0.98 if is_rounded else 0.9999)
    assert found is not None
    for name in ("copy", "subject", "look", "attributes"):
        np.testing.assert_allclose(getattr(found, name).matrix, getattr(heads, name).matrix, rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(getattr(found, name).bias, getattr(heads, name).bias, rtol=1e-6)


def test_says_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "model.xml").write_text("<nonsense/>", encoding="utf-8")
    with pytest.raises(ModelUnusable, match=r"model\.xml"):
        read_served(tmp_path / "model.xml", 1e-5)
