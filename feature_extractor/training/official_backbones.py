"""Networks of Keras with the weights that it publishes, as files that `open_backbone` reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import openvino as ov

from errors import ModelUnusable, StorageUnavailable
from feature_extractor.preprocess import INPUT_SIDE
from feature_extractor.training.graph import convert
from feature_extractor.training.official_weights import OfficialWeights, OnProgress, download

_BGR_MEAN = (103.939, 116.779, 123.68)
"""What Keras takes from blue, green and red in 0..255 before networks of the older kind ('caffe')."""


@dataclass(frozen=True, slots=True)
class OfficialBackbone:
    """A network of Keras and its weights.

    Attributes:
        weights: without the classifier.
        build: makes the network, given what `keras.applications` takes.
    """

    weights: OfficialWeights
    build: Callable[..., keras.Model]


_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"

OFFICIAL_BACKBONES: Mapping[str, OfficialBackbone] = {
    "vgg16": OfficialBackbone(
        OfficialWeights(
            url=f"{_KERAS}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
            digest="6d6bbae143d832006294945121d1f1fc",
            size_bytes=58_889_256,
            algorithm="md5",
        ),
        keras.applications.VGG16,
    ),
    "resnet152": OfficialBackbone(
        OfficialWeights(
            url=f"{_KERAS}/resnet/resnet152_weights_tf_dim_ordering_tf_kernels_notop.h5",
            digest="ee4c566cf9a93f14d82f913c2dc6dd0c",
            size_bytes=234_698_864,
            algorithm="md5",
        ),
        keras.applications.ResNet152,
    ),
}
"""VGG-16 (Simonyan and Zisserman, 2014), 512 features, and ResNet-152 (He et al., 2015), 2048, both of ImageNet."""


def fetch_backbone(official: OfficialBackbone, target: Path, *, on_progress: OnProgress = lambda *_: None) -> Path:
    """Return a network as an OpenVINO model, fetched and converted where it is not there yet.

    Args:
        official: which.
        target: the `.xml`; `.bin` comes beside it, first, so that a whole `.xml` means a whole model. The folder also
            keeps what a stopped download brought, which the next one goes on with.
        on_progress: told of the download.
    Returns:
        `target`.
    Raises:
        FetchFailed: the server does not answer, or gives another file.
        ModelUnusable: the file is not of the network's form.
        StorageUnavailable: the folder cannot be written.
    """
    if target.is_file():
        return target
    fetched = target.parent / official.weights.file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        download(official.weights, fetched, on_progress=on_progress)
        _write(convert_backbone(official, fetched), target)
        fetched.unlink()
    except OSError as exc:
        raise StorageUnavailable(
            f"expected to write a network to {target.parent}; received {exc.strerror or exc}",
            remedy="Check that the folder can be written and that the disk has room.",
        ) from exc
    return target


def convert_backbone(official: OfficialBackbone, weights: Path) -> ov.Model:
    """Return a network as OpenVINO runs it: uint8 RGB (batch, 224, 224, 3) to `features`, float32 (batch, length).

    Args:
        official: which.
        weights: its file, HDF5.
    Raises:
        ModelUnusable: the file is not of the network's form.
    """
    network = official.build(include_top=False, weights=None, pooling="avg", input_shape=(INPUT_SIDE, INPUT_SIDE, 3))
    try:
        network.load_weights(weights)
    except (OSError, ValueError, KeyError) as exc:
        raise ModelUnusable(
            f"expected weights of {network.name} in {weights.name}; received {exc}",
            remedy="Delete the file and fetch it again.",
        ) from exc
    steps = ov.preprocess.PrePostProcessor(convert(network))
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NHWC"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).reverse_channels().mean(list(_BGR_MEAN))
    model = steps.build()
    model.outputs[0].set_names({"features"})
    return model


def _write(model: ov.Model, target: Path) -> None:
    made = target.with_name(f".{target.name}")
    ov.save_model(model, str(made), compress_to_fp16=False)
    made.with_suffix(".bin").replace(target.with_suffix(".bin"))
    made.replace(target)
