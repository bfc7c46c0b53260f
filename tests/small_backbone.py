"""A network for tests that need one and no more: the mean colours of sixteen parts of a picture."""

from pathlib import Path

import numpy as np

from feature_extractor.openvino_import import forbid_telemetry

LENGTH = 48


def write_small_backbone(path: Path) -> Path:
    """Write an OpenVINO model from RGB bytes (batch, 224, 224, 3) to the means of 4 × 4 blocks, (batch, 48)."""
    forbid_telemetry()
    import openvino as ov
    from openvino import opset13 as ops

    pictures = ops.parameter([-1, 224, 224, 3], np.uint8, name="pictures")
    planes = ops.transpose(ops.convert(pictures, "f32"), np.array([0, 3, 1, 2]))
    blocks = ops.avg_pool(planes, [56, 56], [0, 0], [0, 0], [56, 56], exclude_pad=True)
    rows = ops.reshape(blocks, np.array([0, LENGTH]), special_zero=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    ov.save_model(ov.Model([ops.result(rows, name="features")], [pictures], "small"), str(path), compress_to_fp16=False)
    return path
