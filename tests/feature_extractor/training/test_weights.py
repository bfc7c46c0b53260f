from pathlib import Path

import keras
import numpy as np
import pytest

from errors import ModelUnusable
from feature_extractor.training.heads import Heads, LinearHead
from feature_extractor.training.weights import load_weights, save_weights, silence_dead_channels


def small() -> keras.Model:
    inputs = keras.Input((8, 8, 3), name="pictures")
    x = keras.layers.Conv2D(4, 3, name="conv1_conv")(inputs)
    return keras.Model(inputs, keras.layers.BatchNormalization(name="conv1_bn")(x), name="small")


def arrays() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float16]]]:
    generator = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {
        f"conv1_bn/{name}": (4,) for name in ("gamma", "beta", "moving_mean", "moving_variance")
    }
    shapes |= {"conv1_conv/kernel": (3, 3, 3, 4), "conv1_conv/bias": (4,)}
    return {name: generator.uniform(0.5, 1, shape).astype(np.float16) for name, shape in shapes.items()}


def test_loads_every_array_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", **arrays())  # type: ignore[arg-type]  # NumPy's stub takes any keyword for allow_pickle
    model = small()
    load_weights(model, tmp_path / "weights.npz")
    for layer in model.layers:
        for variable in layer.weights:
            np.testing.assert_array_equal(np.asarray(variable), arrays()[f"{layer.name}/{variable.name}"])


def test_brings_back_what_was_saved_with_its_heads(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    heads = Heads(
        *(LinearHead(*(generator.random(shape, np.float32) for shape in ((4, n), (n,)))) for n in (2, 3, 4, 5))
    )
    saved = small()
    save_weights(tmp_path / "weights.npz", saved, heads)
    model = small()
    found = load_weights(model, tmp_path / "weights.npz")
    assert found is not None
    for one, other in zip(model.weights, saved.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
    for name in ("copy", "subject", "look", "attributes"):
        np.testing.assert_array_equal(getattr(found, name).matrix, getattr(heads, name).matrix)
        np.testing.assert_array_equal(getattr(found, name).bias, getattr(heads, name).bias)
    assert [path.name for path in tmp_path.iterdir()] == ["weights.npz"]


def test_refuses_half_of_the_heads(tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", **arrays(), **{"copy_head/matrix": np.zeros((4, 2), np.float32)})  # type: ignore[arg-type]  # NumPy's stub takes any keyword for allow_pickle
    with pytest.raises(ModelUnusable, match=r"differing: .*attributes_head/bias"):
        load_weights(small(), tmp_path / "weights.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conv1_bn/beta": None}, "differing: .*conv1_bn/beta"),
        ({"other/kernel": np.zeros(1, np.float32)}, "differing: .*other/kernel"),
        ({"conv1_conv/bias": np.zeros(5, np.float32)}, r"of shape \(4,\); received \(5,\)"),
        ({"conv1_conv/bias": np.array([{}] * 4)}, "Object arrays cannot be loaded"),
    ],
)
def test_refuses_arrays_of_another_network(tmp_path: Path, change: dict[str, object], message: str) -> None:
    content = {name: array for name, array in {**arrays(), **change}.items() if array is not None}
    np.savez(tmp_path / "weights.npz", **content)  # type: ignore[arg-type]  # one of them is no array on purpose
    with pytest.raises(ModelUnusable, match=message):
        load_weights(small(), tmp_path / "weights.npz")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off", b"\x93NUMPY\x01\x00"])
def test_refuses_a_damaged_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "weights.npz").write_bytes(content)
    with pytest.raises(ModelUnusable, match=r"weights\.npz"):
        load_weights(small(), tmp_path / "weights.npz")


def test_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="No such file"):
        load_weights(small(), tmp_path / "weights.npz")


def test_a_dead_channel_gives_its_offset_whatever_comes() -> None:
    model = small()
    normalisation = model.get_layer("conv1_bn")
    normalisation.moving_variance.assign([1.0, 1e-19, 1.0, 1.0])
    normalisation.beta.assign([0.0, 0.5, 0.0, 0.0])
    pictures = np.random.default_rng(1).uniform(size=(2, 8, 8, 3)).astype(np.float32)
    before = model.predict(pictures, verbose=0)
    assert silence_dead_channels(model) == 1
    after = model.predict(pictures, verbose=0)
    assert (after[..., 1] == 0.5).all()
    np.testing.assert_array_equal(after[..., [0, 2, 3]], before[..., [0, 2, 3]])
