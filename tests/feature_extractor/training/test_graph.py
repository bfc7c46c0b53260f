import keras
import numpy as np
import openvino as ov
import pytest

from feature_extractor.picture import Picture
from feature_extractor.training.features import extract
from feature_extractor.training.graph import attach_heads, attach_pooling, convert
from feature_extractor.training.heads import Heads, LinearHead, apply_heads, describe_similar, normalise
from feature_extractor.training.learner import pool
from feature_extractor.training.quantise import quantise


def small_trunk() -> keras.Model:
    """Two convolutions with the inputs and outputs of the real trunk, on pictures of 32 px."""
    keras.utils.set_random_seed(3)
    pictures = keras.Input((32, 32, 3), dtype="uint8", name="pictures")
    x = keras.layers.Rescaling(1 / 255, [-0.5, -0.4, -0.3])(pictures)
    conv4 = keras.layers.Conv2D(12, 5, strides=2, activation="relu")(x)
    conv5 = keras.layers.Conv2D(20, 3, strides=2, activation="relu")(conv4)
    return keras.Model(pictures, {"conv4": conv4, "conv5": conv5})


def pictures(count: int) -> list[Picture]:
    return list(np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), np.uint8))


def heads() -> Heads:
    generator = np.random.default_rng(1)

    def head(inputs: int, outputs: int) -> LinearHead:
        return LinearHead(
            *(generator.standard_normal(shape).astype(np.float32) for shape in ((inputs, outputs), outputs))
        )

    return Heads(copy=head(32, 8), subject=head(20, 2), look=head(20, 6), attributes=head(20, 5))


@pytest.fixture(scope="module")
def trunk() -> ov.Model:
    return convert(small_trunk())


def test_pooling_is_what_it_says(trunk: ov.Model) -> None:
    maps = small_trunk().predict(np.stack(pictures(5)), verbose=0)
    features = extract(attach_pooling(trunk), pictures(5))
    np.testing.assert_allclose(features["average"], normalise(maps["conv5"].mean(axis=(1, 2))), atol=1e-4)
    means = []
    for name in ("conv4", "conv5"):
        cubes = np.maximum(maps[name], 0).astype(np.float64) ** 3
        means.append(normalise(np.cbrt(cubes.mean(axis=(1, 2)))))
    np.testing.assert_allclose(features["gem"], np.concatenate(means, axis=1), atol=1e-3)


def test_pooling_is_that_of_training(trunk: ov.Model) -> None:
    maps = small_trunk()(np.stack(pictures(5)))
    features = extract(attach_pooling(trunk), pictures(5))
    for name, expected in zip(("gem", "average"), pool(maps["conv4"], maps["conv5"]), strict=True):
        np.testing.assert_allclose(features[name], keras.ops.convert_to_numpy(expected), atol=1e-3)


def test_attached_heads_compute_what_they_were_learnt_to(trunk: ov.Model) -> None:
    features = extract(attach_pooling(trunk), pictures(7))
    outputs = extract(attach_heads(trunk, heads(), 0.7), pictures(7))
    assert list(outputs) == ["copy", "similar", "attributes"]
    np.testing.assert_allclose(outputs["copy"], normalise(heads().copy(features["gem"])), atol=2e-3)
    logits = heads().attributes(features["average"])
    np.testing.assert_allclose(outputs["attributes"], 1 / (1 + np.exp(-logits)), atol=2e-3)
    expected = apply_heads(heads(), features, 0.7)
    for name, values in outputs.items():
        np.testing.assert_allclose(values, expected[name], atol=2e-3)


def test_cosines_of_similar_are_the_shared_sum_of_those_of_its_parts() -> None:
    average = np.random.default_rng(2).standard_normal((6, 20)).astype(np.float32)
    subject, look = normalise(heads().subject(average)), normalise(heads().look(average))
    for share in (0.0, 0.3, 1.0):
        similar = describe_similar(heads(), average, share)
        np.testing.assert_allclose(
            similar @ similar.T, share * subject @ subject.T + (1 - share) * look @ look.T, atol=1e-5
        )


def test_rows_come_in_the_order_of_the_pictures(trunk: ov.Model) -> None:
    model = attach_pooling(trunk)
    many = pictures(70)
    together = extract(model, iter(many))["gem"]
    for row in (0, 15, 16, 69):
        np.testing.assert_allclose(together[row], extract(model, [many[row]])["gem"][0], atol=1e-5)


def test_attaching_leaves_the_trunk_as_it_was(trunk: ov.Model) -> None:
    attach_pooling(trunk)
    attach_heads(trunk, heads())
    assert [port.any_name for port in trunk.outputs] == ["conv4", "conv5"]


def test_quantising_makes_all_convolutions_but_the_first_int8_and_stays_near(trunk: ov.Model) -> None:
    quantised = quantise(trunk, pictures(20))
    kernels = [
        _ancestors(convolution.input_value(1).get_node())
        for convolution in quantised.get_ordered_ops()
        if convolution.get_type_name() == "Convolution"
    ]
    stored_in_int8 = [any(node.get_element_type() == ov.Type.i8 for node in kernel) for kernel in kernels]
    assert stored_in_int8 == [False, True]
    float_features = extract(attach_pooling(trunk), pictures(30))
    int8_features = extract(attach_pooling(quantised), pictures(30))
    for name, features in float_features.items():
        assert np.einsum("ij,ij->i", features, int8_features[name]).mean() > 0.99


def _ancestors(node: ov.Node) -> list[ov.Node]:
    """The node and all that it is computed from."""
    return [node, *(older for port in node.input_values() for older in _ancestors(port.get_node()))]
