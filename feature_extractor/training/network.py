"""ResNet-50 in the names and layouts of `keras.applications.ResNet50`, from uint8 pictures to feature maps."""

from typing import Literal

import keras

from feature_extractor.preprocess import INPUT_SIDE

Variant = Literal["v1", "v1.5"]
"""Where the stride of a stage's first block is: v1 in the 1 × 1 convolution, as in He et al. (2015) and in Keras's own
weights; v1.5 in the 3 × 3 convolution, as in torchvision's weights."""

STAGES = ((2, 64, 3), (3, 128, 4), (4, 256, 6), (5, 512, 3))
"""Number in the layers' names, width of the 3 × 3 convolution, blocks."""

MAPS = ("conv4", "conv5")
_EPSILON: dict[Variant, float] = {"v1": 1.001e-5, "v1.5": 1e-5}  # each as its source was trained


def build_trunk(variant: Variant) -> keras.Model:
    """Return ResNet-50 with random weights, without its classifier.

    Args:
        variant: place of the strides; goes with the weights that will be loaded.
    Returns:
        A model from RGB uint8 (batch, 224, 224, 3), which it scales to 0..1 itself, to two maps, float32:
        `conv4`, (batch, 14, 14, 1024), which knows what a picture looks like, and `conv5`, (batch, 7, 7, 2048), which
        knows more of what it shows.
    """
    pictures = keras.Input((INPUT_SIDE, INPUT_SIDE, 3), dtype="uint8", name="pictures")
    x = keras.layers.Rescaling(1 / 255, name="rescaling")(pictures)
    x = keras.layers.ZeroPadding2D(3, name="conv1_pad")(x)
    x = _convolve(x, "conv1", 64, 7, variant, strides=2)
    x = keras.layers.Activation("relu", name="conv1_relu")(x)
    x = keras.layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    maps = {}
    for stage, width, blocks in STAGES:
        for block in range(1, blocks + 1):
            x = _bottleneck(x, f"conv{stage}_block{block}", width, variant, first=block == 1, strided=stage > 2)
        maps[f"conv{stage}"] = x
    return keras.Model(pictures, {name: maps[name] for name in MAPS}, name="resnet50")


def _bottleneck(
    x: keras.KerasTensor, name: str, width: int, variant: Variant, *, first: bool, strided: bool
) -> keras.KerasTensor:
    """Add 1 × 1, 3 × 3 and 1 × 1 convolutions beside a shortcut, a 1 × 1 convolution in a stage's first block."""
    strides = 2 if first and strided else 1
    shortcut = _convolve(x, f"{name}_0", 4 * width, 1, variant, strides=strides) if first else x
    x = _convolve(x, f"{name}_1", width, 1, variant, strides=strides if variant == "v1" else 1)
    x = keras.layers.Activation("relu", name=f"{name}_1_relu")(x)
    # Padding spelled out: "same" would pad a strided convolution on the right and bottom only.
    x = keras.layers.ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = _convolve(x, f"{name}_2", width, 3, variant, strides=strides if variant == "v1.5" else 1)
    x = keras.layers.Activation("relu", name=f"{name}_2_relu")(x)
    x = _convolve(x, f"{name}_3", 4 * width, 1, variant)
    x = keras.layers.Add(name=f"{name}_add")([shortcut, x])
    return keras.layers.Activation("relu", name=f"{name}_out")(x)


def _convolve(
    x: keras.KerasTensor, name: str, filters: int, side: int, variant: Variant, *, strides: int = 1
) -> keras.KerasTensor:
    """Add a convolution without padding and its batch normalisation."""
    x = keras.layers.Conv2D(filters, side, strides=strides, name=f"{name}_conv")(x)
    return keras.layers.BatchNormalization(epsilon=_EPSILON[variant], name=f"{name}_bn")(x)
