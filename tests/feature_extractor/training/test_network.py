import keras
import numpy as np
import pytest

from feature_extractor.picture import Picture
from feature_extractor.training.network import CENTRE, MAPS, build_trunk

pytestmark = pytest.mark.slow


def pictures() -> Picture:
    return np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), np.uint8)


def shake(model: keras.Model) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """Give every variable a value of its own, batch statistics too, and return them by name."""
    generator = np.random.default_rng(1)
    values = {}
    for layer in model.layers:
        for variable in layer.weights:
            scale = np.sqrt(2 / np.prod(variable.shape[:-1])) if variable.name == "kernel" else 0.1
            value = generator.normal(0, scale, variable.shape).astype(np.float32)
            if variable.name in {"gamma", "moving_variance"}:
                value = 1 + np.abs(value)
            variable.assign(value)
            values[f"{layer.name}/{variable.name}"] = value
    return values


def test_v1_is_the_network_of_keras_name_for_name_and_number_for_number() -> None:
    ours = build_trunk("v1")
    values = shake(ours)
    theirs = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(224, 224, 3))
    variables = {f"{layer.name}/{variable.name}": variable for layer in theirs.layers for variable in layer.weights}
    assert variables.keys() == values.keys()
    for name, variable in variables.items():
        variable.assign(values[name])
    expected = theirs.predict(pictures() / np.float32(255) - np.array(CENTRE["v1"], np.float32), verbose=0)
    maps = ours.predict(pictures(), verbose=0)
    assert list(maps) == list(MAPS)
    np.testing.assert_allclose(maps["conv5"], expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


def test_the_variants_differ_in_the_place_of_the_stride_alone() -> None:
    strided = {
        variant: [layer.name for layer in build_trunk(variant).layers if getattr(layer, "strides", 1) == (2, 2)]
        for variant in ("v1", "v1.5")
    }
    stages = ("conv3", "conv4", "conv5")
    common = ["conv1_conv", "pool1_pool"]
    for variant, place in (("v1", 1), ("v1.5", 2)):
        blocks = [f"{stage}_block1_{number}_conv" for stage in stages for number in (0, place)]
        assert sorted(strided[variant]) == sorted(common + blocks)


def test_maps_have_the_sizes_of_their_stages() -> None:
    trunk = build_trunk("v1.5")
    assert trunk.input.dtype == "uint8"
    assert {name: tuple(output.shape) for name, output in trunk.output.items()} == {
        "conv4": (None, 14, 14, 1024),
        "conv5": (None, 7, 7, 2048),
    }
