"""ResNet-50 in the names and layouts of `keras.applications.ResNet50`, from uint8 pictures to feature maps."""

from dataclasses import dataclass
from typing import Literal

import keras

from feature_extractor.preprocess import INPUT_SIDE
from feature_extractor.training.losses import Tensor

Variant = Literal["v1", "v1.5"]
"""Where the stride of a stage's first block is: v1 in the 1 × 1 convolution, as in He et al. (2015) and in Keras's own
weights; v1.5 in the 3 × 3 convolution, as in torchvision's weights."""

STAGES = ((2, 64, 3), (3, 128, 4), (4, 256, 6), (5, 512, 3))
"""Number in the layers' names, width of the 3 × 3 convolution, blocks."""

MAPS = ("conv4", "conv5")

BatchNorm = Literal["frozen", "affine", "trained"]
"""What of a batch normalisation learns: nothing; its scale and offset, over fixed statistics; all of it. Small batches
of edited pictures would spoil the statistics of a pretrained network, so only training from nothing touches them."""

_EPSILON: dict[Variant, float] = {"v1": 1.001e-5, "v1.5": 1e-5}  # each as its source was trained

CENTRE: dict[Variant, tuple[float, float, float]] = {
    "v1": (123.68 / 255, 116.779 / 255, 103.939 / 255),
    "v1.5": (0.0, 0.0, 0.0),
}
"""What is taken from red, green and blue in 0..1: the mean of ImageNet where the weights were trained so, else nothing.

It cannot be folded into the first convolution: padding follows it, so that a border of noughts has the mean colour.
"""


def build_trunk(
    variant: Variant,
    *,
    side: int | None = INPUT_SIDE,
    batch_norm: BatchNorm = "frozen",
    first_trained: int = 1,
    dtype: str = "float32",
) -> keras.Model:
    """Return ResNet-50 with random weights, without its classifier.

    Args:
        variant: place of the strides; goes with the weights that will be loaded.
        side: of the pictures, px; None: any, the same for all of a batch.
        batch_norm: what learns of the batch normalisations in the trained stages.
        first_trained: number of the first stage that learns, 1..5; those before it are frozen. 6 freezes all.
        dtype: of the arithmetic, a Keras policy such as 'mixed_bfloat16'.
    Returns:
        A model from RGB uint8 (batch, side, side, 3), which it scales to 0..1 and centres itself, to two maps of that
        arithmetic: `conv4`, (batch, 14, 14, 1024) at 224 px, which knows what a picture looks like, and `conv5`,
        (batch, 7, 7, 2048), which knows more of what it shows.
    """
    pictures = keras.Input((side, side, 3), dtype="uint8", name="pictures")
    build = _Builder(variant, batch_norm, dtype)
    offset = [-value for value in CENTRE[variant]] if any(CENTRE[variant]) else 0.0
    x = keras.layers.Rescaling(1 / 255, offset, name="rescaling")(pictures)
    x = keras.layers.ZeroPadding2D(3, name="conv1_pad", dtype=dtype)(x)
    x = build.convolve(x, "conv1", 64, 7, strides=2)
    x = keras.layers.Activation("relu", name="conv1_relu", dtype=dtype)(x)
    x = keras.layers.ZeroPadding2D(1, name="pool1_pad", dtype=dtype)(x)
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool1_pool", dtype=dtype)(x)
    maps = {}
    for stage, width, blocks in STAGES:
        for block in range(1, blocks + 1):
            x = build.bottleneck(x, f"conv{stage}_block{block}", width, first=block == 1, strided=stage > 2)
        maps[f"conv{stage}"] = x
    trunk = keras.Model(pictures, {name: maps[name] for name in MAPS}, name="resnet50")
    for layer in trunk.layers:
        is_fixed = isinstance(layer, keras.layers.BatchNormalization) and batch_norm == "frozen"
        layer.trainable = not is_fixed and _stage(layer.name) >= first_trained
    return trunk


def _stage(layer: str) -> int:
    """Return the number of the stage that a layer belongs to, by its name; 1 for what comes before."""
    return int(layer[4]) if layer.startswith("conv") else 1


@dataclass(frozen=True, slots=True)
class _Builder:
    """Adds layers of one kind of network."""

    variant: Variant
    batch_norm: BatchNorm
    dtype: str

    def bottleneck(
        self, x: keras.KerasTensor, name: str, width: int, *, first: bool, strided: bool
    ) -> keras.KerasTensor:
        """Add 1 × 1, 3 × 3 and 1 × 1 convolutions beside a shortcut, a 1 × 1 convolution in a stage's first block."""
        strides = 2 if first and strided else 1
        shortcut = self.convolve(x, f"{name}_0", 4 * width, 1, strides=strides) if first else x
        x = self.convolve(x, f"{name}_1", width, 1, strides=strides if self.variant == "v1" else 1)
        x = keras.layers.Activation("relu", name=f"{name}_1_relu", dtype=self.dtype)(x)
        # Padding spelled out: "same" would pad a strided convolution on the right and bottom only.
        x = keras.layers.ZeroPadding2D(1, name=f"{name}_2_pad", dtype=self.dtype)(x)
        x = self.convolve(x, f"{name}_2", width, 3, strides=strides if self.variant == "v1.5" else 1)
        x = keras.layers.Activation("relu", name=f"{name}_2_relu", dtype=self.dtype)(x)
        x = self.convolve(x, f"{name}_3", 4 * width, 1)
        x = keras.layers.Add(name=f"{name}_add", dtype=self.dtype)([shortcut, x])
        return keras.layers.Activation("relu", name=f"{name}_out", dtype=self.dtype)(x)

    def convolve(
        self, x: keras.KerasTensor, name: str, filters: int, side: int, *, strides: int = 1
    ) -> keras.KerasTensor:
        """Add a convolution without padding and its batch normalisation."""
        x = keras.layers.Conv2D(filters, side, strides=strides, name=f"{name}_conv", dtype=self.dtype)(x)
        kind = _FixedStatistics if self.batch_norm == "affine" else keras.layers.BatchNormalization
        return kind(epsilon=_EPSILON[self.variant], name=f"{name}_bn", dtype=self.dtype)(x)


class _FixedStatistics(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras ships no types
    """Batch normalisation whose scale and offset may learn, over statistics that stay.

    It is not enough to build the model with `training=False`: a functional model that is called with `training=True`
    hands that to all its layers.
    """

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor = None) -> Tensor:
        """Return the inputs normalised by the moving statistics, whatever is said of training."""
        del training
        return super().call(inputs, training=False, mask=mask)
